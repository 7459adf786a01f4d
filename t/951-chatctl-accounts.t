# What the operator does with accounts and devices reaches running workers at once: all of one nginx,
# and those of another one on the same database.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes ();

use ChatTest::Account ();
use ChatTest::Ctl ();
use ChatTest::Passkey ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
my $ctl = ChatTest::Ctl->new($s);

# the sockets look for themselves so seldom that it isn't them who notice
my $http = "$ChatTest::Account::unlimited chat_recheck 10m;";
my @nginx = map { $s->nginx(workers => 2, http => $http) } 1, 2;
ChatTest::Account::ready($s, $_) for @nginx;

my $alice = ChatTest::Account->verified($s, $nginx[0], 'alice');
my $bob = ChatTest::Account->verified($s, $nginx[0], 'bob');

# finding

my $r = $ctl->json('user', 'list');
is_deeply([ map { $_->{username} } @{$r->{json}{items}} ], ['bob', 'alice'], 'the newest first');
is_deeply([ sort keys %{$r->{json}{items}[0]} ],
          [ sort qw(id username email state created last_seen devices) ], 'what a list says');
$r = $ctl->json('user', 'list', '--search', 'ALI');
is_deeply([ map { $_->{id} } @{$r->{json}{items}} ], [ $alice->{id} ], 'found by a part of its name');
is_deeply($ctl->json('user', 'list', '--limit', 1, '--before', 'bob')->{json}{items}[0]{id},
          $alice->{id}, 'the next page');
is_deeply($ctl->json('user', 'list', '--state', 'suspended')->{json}, { items => [] }, 'none');
is($ctl->run('user', 'list', '--state', 'gone')->{rc}, 2, 'a state that is none is refused');

$r = $ctl->json('user', 'show', 'alice@example.org');
is_deeply([ $r->{rc}, @{$r->{json}}{qw(id state devices signed_in has_key)} ],
          [ 0, $alice->{id}, 'active', 1, 1, JSON::PP::false ], 'one account, by its address');
$r = $ctl->json('user', 'show', 'nobody');
is_deeply([ $r->{rc}, $r->{json}{error}{code} ], [3, 'not_found'], 'nobody is exit code 3');

my $carol = ChatTest::Account->registered($s, $nginx[0], 'carol');
is($carol->{client}->get('/conversations')->{status}, 403, 'an unverified account may do little');
is($ctl->run('user', 'verify', 'carol')->{rc}, 0, 'the operator verifies it');
is($ctl->run('user', 'verify', 'carol')->{rc}, 1, 'once');

# devices are ended everywhere at once

sub socket_on {
    my ($nginx, $token) = @_;
    my $socket = ChatTest::Socket->new(port => $nginx->port, token => $token);
    $socket->resume;
    $socket->event('drained', 10) or die 'not drained';
    return $socket;
}

# with what code it closes, and after how many seconds from $from
sub closes {
    my ($socket, $from) = @_;
    while (my $message = $socket->message(5)) {
        return ($message->{code}, Time::HiRes::time() - $from) if $message->{type} eq 'close';
    }
    return (0, 99);
}

my @devices = map { $alice->sign_in } 1 .. 6;
my @sockets = map { socket_on($nginx[$_ % 2], $devices[$_]{token}) } 0 .. 5;
my $bystander = socket_on($nginx[1], $bob->{token});

$r = $ctl->json('session', 'list', 'alice');
is(scalar @{$r->{json}{items}}, 7, 'her devices');

$r = $ctl->run({ in => "y\n" }, 'session', 'revoke', $devices[0]{session});
is($r->{rc}, 5, 'without a terminal nothing is asked, and nothing done');
is($devices[0]{client}->get('/account')->{status}, 200, 'the device lives');
is($ctl->json('session', 'revoke', $devices[0]{session})->{rc}, 5, 'nor with --json');

for my $i (0, 1) {
    my $from = Time::HiRes::time();
    $r = $ctl->json('--yes', 'session', 'revoke', $devices[$i]{session});
    is_deeply($r->{json}, { revoked => [ $devices[$i]{session} ], sign_out => JSON::PP::false },
              'a device is revoked');
    my ($code, $took) = closes($sockets[$i], $from);
    is($code, 4403, 'its socket closes as revoked, whichever nginx holds it');
    cmp_ok($took, '<', 1, 'within a second, chatctl\'s own start in it');
    is($devices[$i]{client}->get('/account')->{status}, 401, 'its token is dead in the cache, too');
}

is($ctl->run('--yes', 'session', 'revoke', $devices[0]{session})->{rc}, 3, 'once is for ever');
is($ctl->run('--yes', 'session', 'revoke', 'x')->{rc}, 3, 'no id, no session');
is($ctl->run('--yes', 'session', 'revoke')->{rc}, 2, 'which one has to be said');

my $from = Time::HiRes::time();
$r = $ctl->json('--yes', 'session', 'revoke', '--sign-out', '--user', 'alice');
is(scalar @{$r->{json}{revoked}}, 5, 'all that are left are signed out');
for my $socket (@sockets[2 .. 5]) {
    my ($code) = closes($socket, $from);
    is($code, 4401, 'a socket closes as signed out');
}
$r = $ctl->json('session', 'list', 'alice');
is_deeply([ map { $_->{signed_in} } @{$r->{json}{items}} ], [ (JSON::PP::false) x 5 ],
          'the devices are still there');
is(scalar @{$ctl->json('session', 'list', '--revoked', 'alice')->{json}{items}}, 7,
   'the revoked ones, too, if asked for');

# suspension

my $again = $alice->sign_in;
my $socket = socket_on($nginx[1], $again->{token});
$from = Time::HiRes::time();
is($ctl->run('user', 'suspend', 'alice')->{rc}, 0, 'an account is suspended');
my ($code, $took) = closes($socket, $from);
is($code, 4401, 'its socket closes');
cmp_ok($took, '<', 1, 'at once');
is($s->client($nginx[0])->post('/sessions', { login => 'alice',
        password => $ChatTest::Account::password })->{status}, 403, 'nobody is let in');
is($ctl->json('user', 'list', '--state', 'suspended')->{json}{items}[0]{username}, 'alice', 'listed');
is($ctl->run('user', 'reactivate', 'alice')->{rc}, 0, 'and let in again');
ok($alice->sign_in, 'she signs in');

# deletion

is($ctl->run('user', 'delete', 'alice')->{rc}, 5, 'a deletion is confirmed');
is($ctl->json('user', 'show', 'alice')->{json}{state}, 'active', 'or doesn\'t happen');
is($ctl->run('--yes', 'user', 'delete', 'alice')->{rc}, 0, 'confirmed');
like($ctl->json('user', 'show', 'alice')->{json}{erased_after} // '', qr/^20\d\d-/, 'it has its time');

is($bystander->message(0.2), undef, 'who wasn\'t meant heard nothing of all this');

# second factors

sub sign_in_of {
    return $s->client($nginx[1])->post('/sessions', { login => $_[0],
        password => $ChatTest::Account::password });
}

is($ctl->run('--yes', 'user', 'reset-factor', 'bob')->{rc}, 3, 'who has no second factor has none to lose');
my $app = ChatTest::Passkey->new;
$app->totp_on($bob);
is(sign_in_of('bob')->{json}{code}, 'factor_required', 'the password alone lets nobody in');
is($ctl->run('user', 'reset-factor', 'bob')->{rc}, 5, 'a factor\'s end is confirmed');
is($ctl->run('--yes', 'user', 'reset-factor', 'bob')->{rc}, 0, 'and taken from who lost it');
is(sign_in_of('bob')->{status}, 201, 'then the password is enough');

# invitations

$r = $ctl->json('invite', 'create', '--uses', 2, '--days', 1, '--note', "for \e[31mDora");
like($r->{json}{token}, qr/^\w+_[\w-]{40,}$/, 'an invitation has a token');
my $token = $r->{json}{token};
my $list = $ctl->run('invite', 'list');
unlike($list->{out}, qr/\Q$token\E/, 'shown once: not in the list');
unlike($list->{out}, qr/\e/, 'a note reaches no terminal raw');
is($s->cluster->psql("select count(*) from chat.invitation i where i::text like '%$token%'"), 0,
   'nor in the database');
is($ctl->run('--yes', 'invite', 'revoke', $r->{json}{id})->{rc}, 0, 'it is revoked');
is($ctl->run('--yes', 'invite', 'revoke', $alice->{id})->{rc}, 3, 'another isn\'t there');

# names that mean harm

$s->cluster->psql(q{update chat.session set name = E'tv\x1b]0;owned\x07\u202eend'
                    where account = '} . $bob->{id} . q{'});
my $out = $ctl->run('session', 'list', 'bob')->{out};
unlike($out, qr/[\x00-\x09\x0b-\x1f\x7f]|\xe2\x80\xae/, 'a device\'s name moves no cursor');
like($out, qr/tv\\u\{1b\}\]0;owned/, 'and is still told');
$ctl->json('session', 'list', 'bob');

# all of it is in the log, nobody else was touched

is_deeply([ sort map { $_->{action} } grep { ($_->{account} // '') eq $alice->{id} }
            @{$ctl->json('audit', 'tail', '--action', 'operator.')->{json}{items}} ],
          [ ('operator.session.revoke') x 7, 'operator.user.delete', 'operator.user.reactivate',
            'operator.user.suspend' ], 'the audit log has each act');
is($bob->{client}->get('/account')->{status}, 200, 'and is signed in');

is(join("\n", $_->complaints), '', 'nothing to complain about in the log') for @nginx;

# a database that was away is listened to again

$s->cluster->restart('fast');
ChatTest::Account::ready($s, $_) for @nginx;
$from = Time::HiRes::time();
my $heard = 0;
for (1 .. 20) {     # each worker comes back in its own time
    my $device = $bob->sign_in;
    my $last = socket_on($nginx[1], $device->{token});
    $ctl->run('--yes', 'session', 'revoke', $device->{session});
    while (my $message = $last->message(1)) {
        $heard++ if $message->{type} eq 'close' && $message->{code} == 4403;
        last if $message->{type} eq 'close';
    }
    last if $heard == 3;
}
is($heard, 3, 'a revocation is heard after a restart of PostgreSQL, too');

done_testing;
