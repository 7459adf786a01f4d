# A device that only listens doesn't fall idle.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => "$ChatTest::Account::unlimited
    chat_session idle=1m; chat_socket ping=1s timeout=2s;");
ChatTest::Account::ready($s, $nginx);
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');

my $socket = ChatTest::Socket->new(port => $nginx->port, token => $alice->{token});
$socket->resume;
ok($socket->event('drained', 5), 'a socket is level');

# past the write that the handshake caused; pings are answered while it waits
$socket->message(6);
$s->cluster->psql("update chat.session set last_seen = now() - interval '1 hour'
                   where id = '$alice->{session}'");

my $seen;
for (1 .. 30) {
    $socket->message(1);
    $seen = $s->cluster->psql("select last_seen > now() - interval '1 minute'
        from chat.session where id = '$alice->{session}'");
    last if $seen eq 't';
}
is($seen, 't', 'and keeps its session alive by listening');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
