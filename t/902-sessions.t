# Sessions are devices: what one sees of the others, ends of them, and how fast that is so everywhere.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use List::Util qw(max);
use Test::More;
use Time::HiRes qw(time);

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
# upkeep forgets an expired token: what is said of one until then is looked at here
my $nginx = $s->nginx(http => "$ChatTest::Account::unlimited chat_maintain 3600s;", workers => 4);
my $anyone = ChatTest::Account::ready($s, $nginx);
my $db = $s->cluster;
my $password = $ChatTest::Account::password;

sub problem { return join ' ', map { $_ // '' } $_[0]{status}, @{$_[0]{json} // {}}{qw(code)} }
sub listed { return { map { $_->{id} => $_ } @{$_[0]{client}->get('/devices')->{json}{items}} } }
sub socket_of { return ChatTest::Socket->new(port => $nginx->port, token => $_[0]{token}) }

# how many ms after the answer each socket was closed (negative: before), by its code
sub closings {
    my ($answered, @sockets) = @_;
    my @got;
    for my $socket (@sockets) {
        my $code = 'open';
        while (my $message = $socket->message(2)) {
            next if $message->{type} ne 'close';
            $code = $message->{code};
            last;
        }
        push @got, [ $code, (time() - $answered) * 1000 ];
    }
    return @got;
}

# what is seen

my $ann = ChatTest::Account->verified($s, $nginx, 'ann');
my @others = map { $ann->sign_in(device_name => "device $_") } 1 .. 6;
my $list = listed($ann);
my $mine = $list->{$ann->{session}};
is_deeply([ @{$mine}{qw(address signed_in current)} ], [ '127.0.0.0/24', JSON::PP::true(), JSON::PP::true() ],
          'a device knows itself, and where it is');
is($list->{$others[0]{session}}{name}, 'device 1', 'and the others by their names');
ok(!$list->{$others[0]{session}}{current}, 'which are not this one');
like($mine->{last_seen}, qr/^\d{4}-/, 'when each was last seen');

$db->psql("update chat.session set last_seen = now() - interval '10 min', address = null");
my $far = socket_of($others[0]);
is($far->status, 101, 'a device connects');
ok(ChatTest::Process::wait_for(20, sub {
    $db->psql("select count(*) from chat.session where id = '$others[0]{session}'
               and address = '127.0.0.0/24' and last_seen > now() - interval '1 min'") == 1 }),
   'being used tells from where, within seconds');
$far->close;

# ending one: on all four workers within 100 ms of the answer

my @sockets = map { socket_of($_) } @others;
is(scalar(grep { $_->status == 101 } @sockets), 6, 'six are connected, spread over four workers');
$_->call('account_get') for @sockets;

my $answer = $ann->{client}->delete("/devices/$others[5]{session}");
my $answered = time;
is($answer->{status}, 204, 'one is ended');
my ($end) = closings($answered, pop @sockets);
is($end->[0], 4403, 'its socket says that it was removed');
cmp_ok($end->[1], '<', 100, sprintf 'within 100 ms (%.1f)', $end->[1]);
is(problem($others[5]{client}->get('/account')), '401 unauthorized', 'its token is dead');
is($sockets[0]->call('account_get')->{ok}{username}, 'ann', 'the others go on');

# signing the others out

$answer = $ann->{client}->post('/sessions/end_others');
$answered = time;
is($answer->{status}, 204, 'all others are signed out');
my @ends = closings($answered, @sockets);
is_deeply([ map { $_->[0] } @ends ], [ (4401) x 5 ], 'their sockets say so');
my $slowest = max map { $_->[1] } @ends;
cmp_ok($slowest, '<', 100, sprintf 'within 100 ms (%.1f)', $slowest);
my %after = map { problem($others[$_ % 5]{client}->get('/account')) => 1 } 1 .. 25;
is_deeply([ keys %after ], [ '401 unauthorized' ], 'no worker takes one of their tokens');
is($ann->{client}->get('/account')->{status}, 200, 'this one stays');
$list = listed($ann);
is(scalar(grep { !$_->{signed_in} } values %$list), 5, 'the devices stay, signed out');

# ending all others

@sockets = ();
for my $other (@others[0 .. 4]) {
    my $got = $anyone->post('/sessions', { login => 'ann', password => $password,
        session => $other->{session}, device_secret => $other->{device_secret} });
    $other->{client}->token($other->{token} = $got->{json}{token});
    push @sockets, socket_of($other);
}
is(scalar(grep { $_->status == 101 } @sockets), 5, 'they come back');
$answer = $ann->{client}->post('/devices/revoke_others');
$answered = time;
is($answer->{status}, 204, 'all others are ended');
@ends = closings($answered, @sockets);
is_deeply([ map { $_->[0] } @ends ], [ (4403) x 5 ], 'their sockets say that they were removed');
$slowest = max map { $_->[1] } @ends;
cmp_ok($slowest, '<', 100, sprintf 'within 100 ms (%.1f)', $slowest);
is_deeply([ keys %{listed($ann)} ], [ $ann->{session} ], 'one device is left');
my $gone = $anyone->post('/sessions', { login => 'ann', password => $password,
    session => $others[0]{session}, device_secret => $others[0]{device_secret} });
isnt($gone->{json}{session}{id}, $others[0]{session}, 'what was ended does not come back, even with its secret');

# signing in makes a new token, whatever the client brings

my $bob = ChatTest::Account->verified($s, $nginx, 'bob');
my $planted = $s->client($nginx, token => 'ngxc_' . 'A' x 43);
my $got = $planted->post('/sessions', { login => 'bob', password => $password });
is($got->{status}, 201, 'signing in with a token at hand');
isnt($got->{json}{token}, 'ngxc_' . 'A' x 43, 'gives another');
is(problem($planted->get('/account')), '401 unauthorized', 'the one that was brought is good for nothing');
$got = $ann->{client}->post('/sessions', { login => 'bob', password => $password,
    session => $ann->{session}, device_secret => $ann->{device_secret} });
is($got->{json}{account}{username}, 'bob', "with another account's device");
isnt($got->{json}{session}{id}, $ann->{session}, 'one gets a device of the own');
is($ann->{client}->get('/account')->{json}{username}, 'ann', 'which takes nothing from the other');

# expiry, idle and absolute, and a clock that jumps

my $idle = $bob->sign_in(device_name => 'idle');
my $last = $bob->sign_in(device_name => 'last');
$db->psql("update chat.session set idle_expires = now() - interval '1 s' where id = '$idle->{session}'");
$db->psql("update chat.session set expires = now() - interval '1 s' where id = '$last->{session}'");
is(problem($idle->{client}->get('/account')), '401 token_expired', 'unused for too long, a token ends');
is(problem($last->{client}->get('/account')), '401 token_expired', 'used or not, one ends at last');
is(listed($bob)->{$idle->{session}}{signed_in}, JSON::PP::false(), 'the list says it');
$got = $anyone->post('/sessions', { login => 'bob', password => $password,
    session => $idle->{session}, device_secret => $idle->{device_secret} });
is($got->{json}{session}{id}, $idle->{session}, 'the device signs in again');
$db->psql("update chat.session set last_seen = now() + interval '1 year' where id = '$bob->{session}'");
is($bob->{client}->get('/account')->{status}, 200, 'a clock that was set back ends no session');

# a cap on devices

my $eve = ChatTest::Account->verified($s, $nginx, 'eve');
$eve->sign_in for 2 .. 10;
is(problem($anyone->post('/sessions', { login => 'eve', password => $password })), '409 too_many_sessions',
   'ten devices are signed in at most');
is($eve->{client}->post('/sessions/end_others')->{status}, 204, 'who signs others out');
is($anyone->post('/sessions', { login => 'eve', password => $password })->{status}, 201, 'makes room');
is(scalar(keys %{listed($eve)}), 10, 'by the device that was signed out the longest');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
