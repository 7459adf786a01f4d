# A device that only listens doesn't fall idle.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => "$ChatTest::Account::unlimited chat_recheck 1s;");
ChatTest::Account::ready($s, $nginx);
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');

my $socket = ChatTest::Socket->new(port => $nginx->port, token => $alice->{token});
$socket->resume;
ok($socket->event('drained', 5), 'a socket is level');

# past the write that the handshake caused
sleep 6;
$s->cluster->psql("update chat.session set last_seen = now() - interval '1 hour',
                   idle_expires = now() + interval '1 hour' where id = '$alice->{session}'");

ok(ChatTest::Process::wait_for(25, sub {
    $s->cluster->psql("select last_seen > now() - interval '1 minute'
        and idle_expires > now() + interval '80 days'
        from chat.session where id = '$alice->{session}'") eq 't'
}), 'and keeps its session alive by listening');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
