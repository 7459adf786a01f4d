# Callers that go away, a database that goes away: nothing leaks, hangs or falls over.

use strict;
use warnings;

use IO::Socket::INET ();
use Test::More;

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => $ChatTest::Account::unlimited);
my $c = ChatTest::Account::ready($s, $nginx);
my $password = $ChatTest::Account::password;
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');

# sends a request and closes the connection after some milliseconds
sub vanish {
    my ($method, $path, $body, $ms, $token) = @_;
    my $json = $body ? JSON::PP::encode_json($body) : '';
    my $fh = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $nginx->port) or die $!;

    syswrite $fh, "$method /api/v1$path HTTP/1.1\r\nHost: localhost\r\n"
        . ($token ? "Authorization: Bearer $token\r\n" : '')
        . ($body ? "Content-Type: application/json\r\n" : '')
        . 'Content-Length: ' . length($json) . "\r\n\r\n$json";
    select undef, undef, undef, $ms / 1000 if $ms;
    close $fh;
}

for my $n (0 .. 39) {
    my $ms = ($n * 3) % 40;
    vanish('POST', '/sessions', { login => 'alice', password => $password }, $ms);
    vanish('POST', '/sessions', { login => 'nobody', password => 'x' }, $ms / 2);
    vanish('POST', '/accounts', { username => "gone$n", email => "gone$n\@example.org",
                                  password => $password }, $ms);
    vanish('GET', '/account', undef, $ms / 8, $alice->{token});
    vanish('DELETE', '/sessions/current', undef, $ms / 8, 'ngxc_' . 'A' x 43);
}

is($alice->{client}->get('/account')->{status}, 200, 'those who stay are served');
is($nginx->workers, 1, 'by a worker');

# devices that came of sign-ins whose answer nobody read make room again
$s->cluster->psql('update chat.session set token_hash = null, signed_out = now()
                   where id <> ' . "'$alice->{session}'");
is($c->post('/sessions', { login => 'alice', password => $password })->{status}, 201,
   'and may sign in');

# the database goes away in the middle

my $pid = fork;
if (!$pid) {
    for (1 .. 60) {
        my $got = $s->client($nginx)->post('/sessions', { login => 'nobody', password => 'x' });
        last if $got->{status} == 599;
    }
    require POSIX;
    POSIX::_exit(0);
}
select undef, undef, undef, 0.2;
$s->cluster->stop;

my $during = $s->client($nginx, token => $alice->{token});
my $got = $during->patch('/account', { display_name => 'x' });
is($got->{status}, 503, 'without a database the answer is 503');
like($got->{json}{code}, qr/^(unavailable|outcome_unknown|overloaded)$/, 'with its problem');
ok($got->{headers}{'retry-after'}, 'and when to try again');
is($s->client($nginx)->get('/health/ready')->{status}, 503, 'the server is not ready');
is($s->client($nginx)->get('/health/live')->{status}, 200, 'but alive');

$s->cluster->start;
waitpid $pid, 0;
ok(ChatTest::Process::wait_for(15, sub {
    $s->client($nginx)->get('/health/ready')->{status} == 200
}), 'it is ready again by itself');
is($during->patch('/account', { display_name => 'Back' })->{json}{display_name}, 'Back',
   'and does what is asked');

# a reload under way: what was asked is answered

my @pids;
pipe my $in, my $to or die $!;
for (1 .. 4) {
    my $kid = fork;
    if (!$kid) {
        my $r = $s->client($nginx)->post('/sessions', { login => 'nobody', password => 'x' });
        syswrite $to, "$r->{status}\n";
        require POSIX;
        POSIX::_exit(0);
    }
    push @pids, $kid;
}
close $to;
select undef, undef, undef, 0.03;
$nginx->reload;
my @status = map { chomp; $_ } <$in>;
waitpid $_, 0 for @pids;
is(join(' ', @status), '401 401 401 401', 'a reload loses no answer');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
