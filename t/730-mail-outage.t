# A mail server that is dead or swallows everything delays mails, and nobody's
# registration, sign-in or reload.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use IO::Socket::INET ();
use Socket ();
use Test::More;
use Time::HiRes qw(time);

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

my $s = ChatTest::Sandbox->new;
my $smtp = ChatTest::Smtp->new(port => $s->port, dir => $s->dir . '/smtp');
my $port = $smtp->port;
my $db = $s->cluster;

my $nginx = $s->nginx(
    http => "chat_mail smtp://127.0.0.1:$port from=chat\@example.org timeout=6s;"
            . $ChatTest::Account::unlimited);
ChatTest::Account::ready($s, $nginx);

my $n = 0;
my $ann = ChatTest::Account->registered($s, $nginx, 'ann');
$db->psql("SELECT chat.account_verify_by_hand('ann')");

# The longest of some registrations and sign-ins, in seconds.
sub longest {
    my $longest = 0;

    for (1 .. 4) {
        my $start = time;
        ChatTest::Account->registered($s, $nginx, 'one' . ++$n);
        my $between = time;
        my $device = $ann->sign_in;
        for my $took ($between - $start, time - $between) {
            $longest = $took if $took > $longest;
        }
        $device->{client}->delete('/sessions/current');
    }

    return $longest;
}

sub waiting { $db->psql('select count(*) from chat.mail where done is null') }
sub row { $db->psql("select $_[0] from chat.mail where recipient = '$_[1]\@example.org'") }

my $good = longest();
ok(ChatTest::Process::wait_for(20, sub { waiting() == 0 }), 'the server takes mails');

sub no_longer {
    my ($what) = @_;
    my $first = $n + 1;
    my $took = longest();
    # a mail holds its thread for 6 s
    cmp_ok($took, '<', $good * 10 < 4 ? 4 : $good * 10, "$what: nobody waits for it")
        or diag "$good s when all is well";
    return "one$first";
}

# it hangs

$smtp->mode(connect => 'hang');
my $who = no_longer('a server that hangs');
ok($smtp->wait_step('connect', 1), 'which it did');
is(waiting(), 8, 'their mails wait: four codes, four notices of a new device');

# it is gone

$smtp->stop;
$db->psql('update chat.mail set done = now() where done is null');
$who = no_longer('a server that is gone');
ok($nginx->wait_log(qr/not sent, will be tried again: connect to 127\.0\.0\.1 port $port/, 15),
   'the log says so');

# it doesn't even answer a connection: its queue of new ones is full

my $hole = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port,
                                 Listen => 1, ReuseAddr => 1) or die "port $port: $!";
listen $hole, 0;
my @fill = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port,
                                       Blocking => 0) } 1 .. 4;
$db->psql('update chat.mail set done = now() where done is null');
$who = no_longer('a black hole');
ok($nginx->wait_log(qr/connect to 127\.0\.0\.1 port $port: Connection timed out/, 20),
   'its time ends, too');
close $_ for @fill, $hole;

# all of those who waited have their mails when the server is back

$smtp->start;
$smtp->mode;
$db->psql("update chat.mail set next_try = now() where done is null");
ChatTest::Account->registered($s, $nginx, 'back');
ok(ChatTest::Process::wait_for(30, sub { waiting() == 0 }), 'all goes out when it is back');
is(scalar $smtp->mails("$who\@example.org"), 1, 'each once');

# a worker that leaves ends the mail that it sends, and begins no other

$smtp->mode(data => 'hang');
my $seen = $smtp->count('data');
ChatTest::Account->registered($s, $nginx, "last$_") for 1 .. 3;
ok($smtp->wait_step('data', $seen + 1), 'a mail is under way');
ok($nginx->quit(30), 'nginx leaves');
is($smtp->count('data'), $seen + 1, 'after the mail that it was at, and no other');
ok($nginx->wait_log(qr/mail \d+ not sent, will be tried again: time over/),
   'of which it says what became');
ok(ChatTest::Process::wait_for(5, sub { row('last_error', 'last1') =~ /^time over/ }),
   'in the database, too') or diag $db->psql('select * from chat.mail where done is null');
is(waiting(), 3, 'what it did not begin waits');

$smtp->mode;
$db->psql('update chat.mail set next_try = now() where done is null');
$nginx->start;
ok(ChatTest::Process::wait_for(30, sub { waiting() == 0 }), 'for the next one') or diag $nginx->log;
is_deeply([ map { scalar $smtp->mails("last$_\@example.org") } 1 .. 3 ], [ 1, 1, 1 ], 'each once');

# killed in the middle: another takes the mail when its lease is over

$smtp->mode(rcpt => 'hang');
ChatTest::Account::ready($s, $nginx);
$seen = $smtp->count('rcpt');
ChatTest::Account->registered($s, $nginx, 'killed');
ok($smtp->wait_step('rcpt', $seen + 1), 'another is under way');
$nginx->kill_worker;
$smtp->mode;

my $lease = row('extract(epoch from next_try - now())::int', 'killed');
ok($lease > 30 && $lease <= 66, 'a killed worker\'s mail is leased for a minute') or diag $lease;
$db->psql('update chat.mail set next_try = now() where done is null');
is(scalar $smtp->wait_mails('killed@example.org', 1, 20), 1, 'then another sends it');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
