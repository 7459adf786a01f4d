# Signing in and out; what a token is good for, and until when.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => $ChatTest::Account::unlimited, workers => 2);
my $c = ChatTest::Account::ready($s, $nginx);
my $password = $ChatTest::Account::password;
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');

sub sign_in {
    my (%with) = @_;
    my %body = (login => 'alice', password => $password, %with);
    delete $body{$_} for grep { !defined $body{$_} } keys %body;
    return $c->post('/sessions', \%body);
}

# parameters

for my $case (
    [ login => undef, 'missing_parameter' ], [ login => '', 'invalid_parameter' ],
    [ login => 'x' x 255, 'invalid_parameter' ], [ login => 5, 'invalid_parameter' ],
    [ password => undef, 'missing_parameter' ], [ password => '', 'invalid_parameter' ],
    [ password => 'x' x 1025, 'invalid_parameter' ],
    [ device_name => "a\tb", 'invalid_parameter' ],
    [ device_platform => 'x' x 33, 'invalid_parameter' ],
    [ session => 'x', 'invalid_parameter' ],
    [ session => '00000000000000000000000000000000', 'invalid_parameter' ],
    [ device_secret => 'short', 'invalid_parameter' ],
    [ remember => 'yes', 'unknown_parameter' ],
) {
    my ($name, $value, $code) = @$case;
    my $got = sign_in($name => $value);
    is_deeply([ $got->{status}, @{$got->{json}}{qw(code parameter)} ],
              [ 400, $code, $name ], "$name " . (defined $value ? substr($value, 0, 20) : 'absent'))
        or diag $got->{body};
}

is(sign_in(session => $alice->{session})->{json}{parameter}, 'device_secret',
   'a session is named together with its secret');
is(sign_in(device_secret => $alice->{device_secret})->{json}{parameter}, 'session',
   'and the secret with its session');

# signing in

my $by_name = sign_in(device_name => 'Phone', device_platform => 'ios');
is($by_name->{status}, 201, 'by user name');
is($by_name->{headers}{location}, '/api/v1/sessions/current', 'with its place');
is($by_name->{json}{session}{name}, 'Phone', "the device's name");
is($by_name->{json}{account}{username}, 'alice', "the account's");
is(sign_in(login => 'ALICE@Example.org')->{status}, 201, 'by address, whatever its case');

my $wrong = sign_in(password => 'wrong');
my $nobody = sign_in(login => 'nobody');
my $no_address = sign_in(login => 'nobody@example.org');
$_->{body} =~ s/"request_id":"[^"]+"/x/ for $wrong, $nobody, $no_address;
is($wrong->{status}, 401, 'a wrong password is refused');
is($wrong->{json}{code}, 'invalid_credentials', 'with the code for it');
is($nobody->{body}, $wrong->{body}, 'an unknown name answers the same');
is($no_address->{body}, $wrong->{body}, 'and so does an unknown address');

my $eve = ChatTest::Account->registered($s, $nginx, 'eve');
is(sign_in(login => $eve->{email})->{status}, 201,
   'an unverified account is signed in by its address');

# tokens

my $phone = $s->client($nginx, token => $by_name->{json}{token});
is($phone->get('/account')->{json}{username}, 'alice', 'the token is good');

for my $bad ('', 'x', 'ngxc_', 'ngxc_' . 'A' x 43, 'ngxd_' . substr($by_name->{json}{token}, 5),
             $by_name->{json}{token} . 'A', uc $by_name->{json}{token})
{
    my $got = $s->client($nginx, token => $bad)->get('/account');
    is($got->{status}, 401, 'refused: ' . substr($bad, 0, 12));
    like($got->{headers}{'www-authenticate'}, qr/^Bearer/, 'and asks for a token');
}

isnt($c->get("/account?token=$by_name->{json}{token}")->{status}, 200,
     'a token in a query is none');

# signing out, on every worker

my $socket = ChatTest::Socket->new(port => $nginx->port, token => $by_name->{json}{token});
is($socket->status, 101, 'a socket of the device');
$phone->get('/account') for 1 .. 8;

my $out = $phone->delete('/sessions/current');
is($out->{status}, 204, 'signed out');
my %after = map { $phone->get('/account')->{status} => 1 } 1 .. 12;
is_deeply([ keys %after ], [ 401 ], 'no worker takes its token any more');
my $closed;
while (my $message = $socket->message(5)) {
    $closed = $message->{code};
    last if $message->{type} eq 'close';
}
is($closed, 4401, 'its socket is closed with 4401');

# the device comes back

my $back = sign_in(session => $by_name->{json}{session}{id},
                   device_secret => $by_name->{json}{device_secret});
is($back->{status}, 200, 'the device is back');
is($back->{json}{session}{id}, $by_name->{json}{session}{id}, 'as the same session');
ok($back->{json}{resumed}, 'and is told so');
is($back->{json}{session}{name}, 'Phone', 'it keeps its name');
isnt($back->{json}{token}, $by_name->{json}{token}, 'with a new token');
ok(!exists $back->{json}{device_secret}, 'its secret stays');
$phone->token($back->{json}{token});
is($phone->get('/account')->{status}, 200, 'which is good');

my $other = sign_in(session => $by_name->{json}{session}{id},
                    device_secret => $alice->{device_secret});
is($other->{status}, 201, 'without the right secret it is a new one');
isnt($other->{json}{session}{id}, $by_name->{json}{session}{id}, 'with another session');

# expiry

$s->cluster->psql("update chat.session set idle_expires = now() - interval '1 second'
                   where id = '$alice->{session}'");
my $fresh = $s->nginx(http => $ChatTest::Account::unlimited);
ChatTest::Account::ready($s, $fresh);
my $late = $s->client($fresh, token => $alice->{token})->get('/account');
is($late->{status}, 401, 'an idle session ends');
is($late->{json}{code}, 'token_expired', 'and is told why');

# many devices

my $bob = ChatTest::Account->verified($s, $nginx, 'bob');
my @devices = map { $bob->sign_in } 1 .. 9;
my $eleventh = $c->post('/sessions', { login => 'bob', password => $password });
is($eleventh->{json}{code}, 'too_many_sessions', 'an account has ten devices');
$devices[4]{client}->delete('/sessions/current');
is($c->post('/sessions', { login => 'bob', password => $password })->{status}, 201,
   'one that signed out makes room');

# costs that rose

my $dearer = $s->nginx(http => "$ChatTest::Account::unlimited chat_password memory=32m passes=3;");
ChatTest::Account::ready($s, $dearer);
is($s->client($dearer)->post('/sessions', { login => 'eve@example.org', password => $password })->{status},
   201, 'a password hashed at a lower cost is good');
like($s->cluster->psql("select password_hash from chat.account where username = 'eve'"),
     qr/m=32768,t=3/, 'and is hashed anew');
is($s->client($dearer)->post('/sessions', { login => 'eve@example.org', password => $password })->{status},
   201, 'at the cost that rose');

# limits

my $limited = $s->nginx(http => 'chat_limit sign_in rate=1r/m burst=2;');
my $lc = ChatTest::Account::ready($s, $limited);
is(join(' ', map { $lc->post('/sessions', { login => 'x', password => 'y' })->{status} } 1 .. 3),
   '401 401 429', 'guesses from one address are limited');

my $guessed = $s->nginx(http => 'chat_limit login rate=1r/m burst=2;');
my $gc = ChatTest::Account::ready($s, $guessed);
is(join(' ', map { $gc->post('/sessions', { login => 'alice', password => 'y' })->{status} } 1 .. 3),
   '401 401 429', 'guesses at one account are limited, wherever they come from');
is($gc->post('/sessions', { login => 'ALICE', password => 'y' })->{status}, 429, 'in any case');
is($gc->post('/sessions', { login => 'unknown', password => 'y' })->{status}, 401, "not another's");

# one Argon2 at a time: past the queue the answer is 503, at once

my $narrow = $s->nginx(http => "$ChatTest::Account::unlimited
    chat_threads auth=1 auth_queue=1; chat_password memory=128m passes=4;");
ChatTest::Account::ready($s, $narrow);
my @pids;
pipe my $in, my $to or die $!;
for (1 .. 6) {
    my $pid = fork;
    if (!$pid) {
        my $got = $s->client($narrow, timeout => 60)->post('/sessions', { login => 'alice', password => 'no' });
        syswrite $to, "$got->{status} " . ($got->{headers}{'retry-after'} || '-') . "\n";
        require POSIX;
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
close $to;
my @answers = <$in>;
waitpid $_, 0 for @pids;
ok((grep { /^401/ } @answers) >= 1, 'some are verified');
ok((grep { /^503 [1-9]/ } @answers) >= 1, 'the rest is told to come again') or diag "@answers";

is(join("\n", map { $_->complaints } $nginx, $narrow, $fresh, $dearer), '',
   'nothing to complain about in the log');

done_testing;
