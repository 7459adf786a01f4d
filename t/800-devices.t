#!/usr/bin/perl

# An account key certifies devices; a device that isn't approved waits; one that
# is revoked is out at once.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use POSIX ();
use Test::More;

use ChatTest::Chat ();
use ChatTest::Mls ();
use ChatTest::Sandbox ();

die ChatTest::Mls::missing(), "\n" if ChatTest::Mls::missing();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, location => "$ChatTest::Chat::limits",
    events => 'accept_mutex off;', http => 'chat_recheck 3600s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Mls->new;

my ($alice, $bob) = $chat->people(qw(alice bob));
my $talk = $chat->direct($alice, $bob);
my $none = '00000000-0000-4000-8000-000000000000';

sub devices { return map { ($_->{id} => $_) } @{$_[0]{client}->get('/devices')->{json}{items}} }

# what the account's own conversation says, from the last time on
my %read;
sub self_of {
    my ($device) = @_;
    my $self = $s->cluster->psql("select self from chat.account where id = '$device->{id}'");
    my $got = $device->{client}->get("/conversations/$self/entries?limit=200&after="
        . ($read{$device->{session}} // 0), accept => 'application/json');
    my @items = @{$got->{json}{items}};
    $read{$device->{session}} = $items[-1]{seq} if @items;
    return map { $_->{body} } @items;
}

sub closed_with {
    my ($socket) = @_;
    while (my $e = $socket->next(5)) {
        return $e->{close} if exists $e->{close};
    }
    return undef;
}

# ---- the account key ----

is $s->client($nginx)->put('/account/key', {})->{status}, 401, 'without a session there is no account key';

for my $case ([ undef, 'missing_parameter' ], [ 'AA', 'invalid_parameter' ], [ 7, 'invalid_parameter' ],
              [ 'A' x 43 . '=', 'invalid_parameter' ], [ 'A' x 44, 'invalid_parameter' ],
              [ 'A' x 42 . 'B', 'invalid_parameter' ], [ 'A' x 43, 'invalid_parameter' ])
{
    my ($key, $code) = @$case;
    my $got = $alice->{client}->put('/account/key', { defined $key ? (public_key => $key) : () });
    is_deeply [ @{$got->{json}}{qw(code parameter)} ], [ $code, 'public_key' ],
        'no account key: ' . substr($key // 'none', 0, 45);
}

my $before = $chat->device($alice);
is((devices($alice))[1]{state}, 'approved', 'devices of an account without a key are approved');

my $account_key = $alice->{account_key} = $mls->key;
my $set = $alice->{client}->put('/account/key', { public_key => $account_key->{public} });
is_deeply [ $set->{status}, $set->{json} ], [ 201, { public_key => $account_key->{public}, version => 1 } ],
    'an account key is set';
is $alice->{client}->put('/account/key', { public_key => $account_key->{public} })->{status}, 200,
    'once more is no other';
my $other = $mls->key;
is $before->{client}->put('/account/key', { public_key => $other->{public} })->{json}{code},
    'account_key_exists', 'another is refused';

# ---- the device's key ----

my $key = $alice->{key} = $mls->key;
for my $case (
    [ { signature_key => 'AA' }, 'invalid_parameter', 'signature_key' ],
    [ {}, 'missing_parameter', 'signature_key' ],
    [ { signature_key => 'A' x 43 }, 'invalid_parameter', 'signature_key' ],
    [ { signature_key => $key->{public}, certificate => 'x' }, 'invalid_parameter', 'certificate' ],
    [ { signature_key => $key->{public}, certificate => {} }, 'invalid_parameter', 'certificate' ],
    [ { signature_key => $key->{public}, certificate => { created => 1, signature => 'AA' } },
      'invalid_parameter', 'certificate' ],
    [ { signature_key => $key->{public}, certificate => { created => '1', signature => 'A' x 86 } },
      'invalid_parameter', 'certificate' ],
    [ { signature_key => $key->{public}, certificate => { created => -1, signature => 'A' x 86 } },
      'invalid_parameter', 'certificate' ],
    [ { signature_key => $key->{public}, certificate => { created => 1, signature => 'A' x 86, x => 1 } },
      'invalid_parameter', 'certificate' ],
    [ { signature_key => $key->{public}, certificate => { created => 1, signature => 'A' x 86 } },
      'invalid_certificate', undef ],
) {
    my ($body, $code, $parameter) = @$case;
    my $got = $alice->{client}->put('/devices/current/key', $body);
    is_deeply [ $got->{status}, @{$got->{json}}{qw(code parameter)} ], [ 400, $code, $parameter ],
        'no device key: ' . substr($ChatTest::Client::json->encode($body), 0, 70);
}

my $good = $mls->certificate($account_key, $alice);
for my $wrong ([ 'another account' => account => $bob->{id} ], [ 'another device' => device => $before->{session} ],
               [ 'another key' => signature_key => $other->{public} ], [ 'another account key' => secret => $other->{secret} ])
{
    my ($what, %with) = @$wrong;
    is $alice->{client}->put('/devices/current/key', { signature_key => $key->{public},
        certificate => $mls->certificate($account_key, $alice, %with) })->{json}{code},
        'invalid_certificate', "a certificate of $what is none";
}
is $alice->{client}->put('/devices/current/key', { signature_key => $key->{public},
    certificate => { %$good, created => $good->{created} + 1 } })->{json}{code},
    'invalid_certificate', 'nor is one of another time';

is $bob->{client}->put('/devices/current/key', { signature_key => $mls->key->{public},
    certificate => $good })->{json}{code}, 'invalid_certificate', 'without an account key there is no certificate';

self_of($_) for $alice, $bob;
my $own = $alice->{client}->put('/devices/current/key', { signature_key => $key->{public}, certificate => $good });
is $own->{status}, 200, 'the device is certified';
is_deeply [ @{$own->{json}}{qw(id state current signature_key certificate link)} ],
    [ $alice->{session}, 'approved', JSON::PP::true, $key->{public}, $good, undef ], 'and is told so';
is_deeply [ map { $_->{type} } self_of($alice) ], [ 'device_approved' ], 'its account hears of it';
is_deeply [ self_of($bob) ], [ { type => 'device_certified', account => $alice->{id}, device => $alice->{session} } ],
    'so do those it talks with';
is $alice->{client}->put('/devices/current/key', { signature_key => $key->{public} })->{json}{certificate}{signature},
    $good->{signature}, 'the same key again changes nothing';
is $before->{client}->put('/devices/current/key', { signature_key => $key->{public} })->{json}{code},
    'device_key_exists', 'a key is one device\'s';

# ---- what others see ----

my $seen = $bob->{client}->get("/accounts/$alice->{id}/devices");
is_deeply [ $seen->{status}, @{$seen->{json}}{qw(account username public_key version)} ],
    [ 200, $alice->{id}, 'alice', $account_key->{public}, 1 ], 'others see the account key';
is_deeply [ map { $_->{device} } @{$seen->{json}{devices}} ], [ $alice->{session} ], 'and certified devices only';
is_deeply $seen->{json}{devices}[0]{certificate}, $good, 'with their certificates';
is $bob->{client}->get("/accounts/$none/devices")->{json}{code}, 'not_found', 'nobody has no devices';
is $bob->{client}->get('/accounts/x/devices')->{json}{code}, 'invalid_parameter', 'an account is a UUID';
is_deeply $alice->{client}->get("/accounts/$bob->{id}/devices")->{json}{public_key}, undef, 'who has no key shows none';

# ---- a pending device ----

self_of($alice);
my $phone = $chat->device($alice);
my %all = devices($alice);
is $all{$phone->{session}}{state}, 'pending', 'a new device of an account with a key is pending';
is_deeply [ map { [ @{$_}{qw(type device state)} ] } self_of($alice) ], [ [ 'device_added', $phone->{session}, 'pending' ] ],
    'the others hear of it';

my $operations = $s->nginx(server => 'location = /operations { chat_operations; }',
    location => $ChatTest::Chat::limits);
ChatTest::Client::ready($s, $operations);
my @rows = map { $ChatTest::Client::json->decode($_) }
    split /\n/, ChatTest::Client->new(port => $operations->port, base => '')->get('/operations')->{body};
cmp_ok scalar(grep { $_->{pending} } @rows), '>', 10, 'some operations are for pending devices';

my $socket = $chat->socket($phone);
$socket->resume({});

for my $row (grep { $_->{who} ne 'anyone' && !$_->{pending} } @rows) {
    my $path = $row->{path} =~ s/\{\w+\}/$none/gr;
    my @body = $row->{method} eq 'GET' ? () : $row->{payload}
        ? (ChatTest::Socket->payload_frame({}, 'x'), 'content-type' => 'application/vnd.ngx-chat.frames')
        : ({});
    my $got = $phone->{client}->call($row->{method}, "/$path", @body);
    is $got->{json}{code}, 'device_pending', "a pending device is refused: $row->{name}";
    next if !$row->{socket} || $row->{payload};
    is $socket->call($row->{name} => {})->{problem}{code}, 'device_pending', '... and on its socket';
}

is $phone->{client}->get("/conversations/$talk/entries")->{json}{code}, 'device_pending',
    'a pending device reads no conversation';
is $phone->{client}->get('/account')->{json}{username}, 'alice', 'but its account';
1 while $socket->event(undef, 0.5);
$chat->send($bob, $talk, 'for approved ones');
$bob->{client}->post("/conversations/$talk/read", { seq => 1 });
is $socket->event(undef, 1), undef, 'nor does its socket bring what is said, or who has read it';
is $phone->{client}->get('/devices')->{status}, 200, 'it sees the devices';
is $phone->{client}->delete("/devices/$alice->{session}")->{json}{code}, 'device_pending', 'but ends no other';

# ---- approving ----

is $alice->{client}->post("/devices/$phone->{session}/approve", { certificate => $good })->{json}{code},
    'no_device_key', 'a device without a key can\'t be approved';
$mls->pending($phone);
is $alice->{client}->post("/devices/$phone->{session}/approve", { certificate => $good })->{json}{code},
    'invalid_certificate', 'nor by the certificate of another';
is $alice->{client}->post("/devices/$phone->{session}/approve", {})->{json}{parameter}, 'certificate',
    'nor without one';
my $certificate = $mls->certificate($account_key, $phone);
for my $id ($none, $bob->{session}) {
    is $alice->{client}->post("/devices/$id/approve", { certificate => $certificate })->{json}{code},
        'not_found', 'nor another account\'s device';
}
is $alice->{client}->post('/devices/x/approve', { certificate => $certificate })->{json}{code},
    'invalid_parameter', 'a device is a UUID';

self_of($_) for $alice, $bob;
my $approved = $alice->{client}->post("/devices/$phone->{session}/approve", { certificate => $certificate });
is_deeply [ $approved->{status}, @{$approved->{json}}{qw(id state current certificate)} ],
    [ 200, $phone->{session}, 'approved', JSON::PP::false, $certificate ], 'a pending device is approved';
is_deeply [ self_of($alice) ], [ { type => 'device_approved', device => $phone->{session} } ], 'its account hears of it';
is_deeply [ self_of($bob) ], [ { type => 'device_certified', account => $alice->{id}, device => $phone->{session} } ],
    'and those it talks with';
is $phone->{client}->get('/conversations')->{status}, 200, 'it may do everything at once';
is $socket->call(conversation_list => {})->{ok}{items}[0]{id} ? 1 : 0, 1, 'on the socket, too, that it has';

$chat->send($bob, $talk, 'for all');
my $heard;
while (my $e = $socket->event('entry', 5)) {
    $heard = $e->{payload}, last if $e->{conversation} eq $talk;
}
is $heard, 'for all', 'which brings from now on what is said';
is $alice->{client}->post("/devices/$phone->{session}/approve", { certificate => $certificate })->{status}, 200,
    'approving again changes nothing';
is_deeply [ self_of($alice) ], [], 'and tells nobody';

# a device that was there before the account had a key is approved, and is certified the same way
$mls->approve($alice, $before);
is scalar @{$bob->{client}->get("/accounts/$alice->{id}/devices")->{json}{devices}}, 3,
    'a device from before the key is certified as well';

# who has the account key from its recovery approves itself
my $tablet = $chat->device($alice);
$tablet->{key} = $mls->key;
my $selfmade = $tablet->{client}->put('/devices/current/key', { signature_key => $tablet->{key}{public},
    certificate => $mls->certificate($account_key, $tablet) });
is $selfmade->{json}{state}, 'approved', 'a device that has recovered the account key approves itself';

# two devices approve a third in the same moment
my $third = $mls->pending($chat->device($alice));
self_of($alice);
my @pids;
for my $by ($alice, $phone) {
    my $c = $mls->certificate($account_key, $third);
    my $pid = fork // die;
    if (!$pid) {
        my $got = $by->{client}->post("/devices/$third->{session}/approve", { certificate => $c });
        POSIX::_exit($got->{status} == 200 ? 0 : 1);
    }
    push @pids, $pid;
}
my $failed = grep { waitpid $_, 0; $? } @pids;
is $failed, 0, 'two may approve at once';
is scalar(grep { $_->{type} eq 'device_approved' } self_of($alice)), 1, 'and it is told once';

# ---- a name ----

is $alice->{client}->patch("/devices/$phone->{session}", { name => 'Old phone' })->{json}{name}, 'Old phone',
    'a device is renamed';
for my $name ('', ' x', 'x' x 65, 7) {
    is $alice->{client}->patch("/devices/$phone->{session}", { name => $name })->{json}{code}, 'invalid_parameter',
        'not to ' . substr("'$name'", 0, 12);
}
is $bob->{client}->patch("/devices/$phone->{session}", { name => 'Mine' })->{json}{code}, 'not_found',
    'another account renames nothing';

# ---- revoking ----

my $other_socket = $chat->socket($tablet);
$_->resume({}) for $other_socket;
is $bob->{client}->delete("/devices/$phone->{session}")->{json}{code}, 'not_found', 'another account ends no device';
self_of($alice);
is $alice->{client}->delete("/devices/$phone->{session}")->{status}, 204, 'a device is ended';
is closed_with($socket), 4403, 'its socket is closed with 4403';
my %codes = map { $phone->{client}->get('/account')->{status} => 1 } 1 .. 8;
is_deeply [ keys %codes ], [ 401 ], 'no worker takes its token';
is_deeply [ self_of($alice) ], [ { type => 'device_revoked', device => $phone->{session} } ], 'the others hear of it';
is $alice->{client}->delete("/devices/$phone->{session}")->{json}{code}, 'not_found', 'it is gone';
ok !(grep { $_->{device} eq $phone->{session} }
     @{$bob->{client}->get("/accounts/$alice->{id}/devices")->{json}{devices}}), 'for others, too';
is $third->{client}->delete("/devices/$third->{session}")->{status}, 204, 'a device may end itself';
is $third->{client}->get('/account')->{status}, 401, 'and is out';
my $waits = $chat->device($alice);
is $waits->{client}->delete("/devices/$waits->{session}")->{status}, 204, 'so may a pending one';

# ---- a new account key, for who has lost everything ----

my $lost = $chat->device($alice);
my $fresh = $mls->key;
my $password = 'a long password of alice';
for my $case ([ {}, 'missing_parameter' ], [ { public_key => $fresh->{public} }, 'missing_parameter' ],
              [ { public_key => 'A' x 43, password => $password }, 'invalid_parameter' ],
              [ { public_key => $fresh->{public}, password => '' }, 'invalid_parameter' ],
              [ { public_key => $fresh->{public}, password => 'guessed' }, 'invalid_credentials' ])
{
    is $lost->{client}->post('/account/key/reset', $case->[0])->{json}{code}, $case->[1],
        "no new account key: $case->[1]";
}
is $alice->{client}->get('/account')->{status}, 200, 'the others are still there';
self_of($bob);
my $own_self = $chat->socket($lost);
$own_self->resume({});
my $reset = $lost->{client}->post('/account/key/reset', { public_key => $fresh->{public}, password => $password });
is_deeply [ $reset->{status}, $reset->{json} ], [ 200, { public_key => $fresh->{public}, version => 2 } ],
    'who proves the password gets a new account key';
is closed_with($other_socket), 4403, 'all other devices are ended';
is $alice->{client}->get('/account')->{status}, 401, 'for good';
is_deeply [ map { @{$_}{qw(id state)} } @{$lost->{client}->get('/devices')->{json}{items}} ],
    [ $lost->{session}, 'approved' ], 'this one is approved, and the only one';
is_deeply [ self_of($bob) ], [ { type => 'account_key_changed', account => $alice->{id}, version => 2 } ],
    'those it talks with hear that the key changed';
my $told;
while (my $e = $own_self->event('entry', 5)) {
    $told = $e->{body}, last if ($e->{body}{type} // '') eq 'account_key_changed';
}
is $told->{version}, 2, 'so does the account itself';

# ---- the limit of tries ----

my $strict = $s->nginx(location => 'chat_limit proof rate=1r/m burst=2; chat_limit sign_in rate=1000r/s burst=1000;');
ChatTest::Client::ready($s, $strict);
my $guess = $s->client($strict, token => $lost->{token});
my @guesses = map { $guess->post('/account/key/reset', { public_key => $fresh->{public}, password => "guess $_" })
    ->{json}{code} } 1 .. 4;
is_deeply [ @guesses[0, -1] ], [ 'invalid_credentials', 'rate_limited' ], 'a token is good for few guesses at the password';

done_testing;
