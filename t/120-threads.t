# Password hashing runs beside the event loop, in a small queue: the worker
# stays quick, what is too much hears so at once, and a reload waits for it.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use IO::Select ();
use IO::Socket::INET ();
use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Process ();
use ChatTest::Sandbox ();

my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(
    shutdown_timeout => '30s',
    http => 'chat_threads auth=1 auth_queue=1;
             chat_password memory=64m passes=3;
             chat_limit sign_in off; chat_limit login off; chat_limit guess off;');

my $client = $sandbox->client($nginx);
my $body = '{"login":"nobody","password":"correct horse battery staple"}';

# a sign-in that is sent and not read yet
sub begin {
    my $fh = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                   PeerPort => $nginx->port) or die $!;
    syswrite $fh, "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\n"
        . "Content-Type: application/json\r\nConnection: close\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
    return $fh;
}

# the whole answer, '' if there was none
sub finish {
    my ($fh, $seconds) = @_;
    my ($in, $until) = ('', time + ($seconds || 20));

    while ((my $left = $until - time) > 0) {
        IO::Select->new($fh)->can_read($left) or last;
        sysread($fh, $in, 65536, length $in) or last;
    }

    return $in;
}

sub status { $_[0] =~ m{^HTTP/1\.1 (\d+)} ? $1 : 'none' }

ok(ChatTest::Process::wait_for(10, sub {
    $client->get('/health/ready')->{status} == 200
}), 'ready');

my $began = time;
is(status(finish(begin())), 401, 'a wrong password is refused');
my $alone = time - $began;
note sprintf 'alone it takes %.2f s', $alone;

# more than the queue holds

my @pending = map { begin() } 1 .. 8;
sleep 0.1;

$began = time;
is($client->get('/health/live')->{status}, 200, 'the worker answers meanwhile');
cmp_ok(time - $began, '<', 1, 'at once');

my @answers = map { finish($_) } @pending;
my %seen;
$seen{status($_)}++ for @answers;

is_deeply([sort keys %seen], [401, 503], 'hashed, or refused: nothing else');
cmp_ok($seen{401}, '>=', 1, 'what the queue holds is hashed');
cmp_ok($seen{503}, '>=', 4, 'what it does not hold is refused');
is(scalar(grep { status($_) == 503 && !/\r\nRetry-After: [1-9]/i } @answers), 0,
   'with Retry-After');

is(status(finish(begin())), 401, 'and the next one is hashed again');

# clients that go away

close $_ for map { begin() } 1 .. 2;
sleep 0.1;
ok(ChatTest::Process::wait_for(20, sub { status(finish(begin())) == 401 }),
   'clients that went away are forgotten');

# a reload

my $pending = begin();
sleep 0.1;
my @old = $nginx->reload;
is(status(finish($pending)), 401, 'a reload waits for what is being hashed');
ok($nginx->wait_gone(20, @old), 'then the old worker leaves');

# an exit, its client gone

close begin();
sleep 0.1;
ok($nginx->quit(30), 'an exit waits for the thread alone');
is_deeply([$nginx->complaints], [], 'no alert, no crash');

done_testing();
