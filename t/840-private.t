#!/usr/bin/perl

# Private conversations belong to two devices for ever: whom they are offered to, who gets them, who
# never does, and how they end.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Groups ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => 'chat_recheck 3600s; chat_maintain 1s;',
    location => "$ChatTest::Chat::limits"
    . ' chat_limit claim rate=1000r/s burst=1000; chat_limit rejoin rate=1000r/s burst=1000;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Groups->new(chat => $chat);

my ($alice, $bob, $eve) = map { $mls->device($_) } $chat->people(qw(alice bob eve));
my ($alice2, $bob2, $bob3) = map { $mls->device($chat->device($_)) } $alice, $bob, $bob;
$mls->stock($_, 3) for $alice, $alice2, $bob, $bob2, $bob3, $eve;

sub offer {
    my ($from, $to) = @_;
    return $from->{client}->post('/conversations/private', { account => $to->{id} });
}

sub accept_it {
    my ($device, $talk, %opt) = @_;
    my $kp = $opt{key_package}
        || $mls->ask(key_package => id => $device->{session}, %opt)->{key_package};
    return $device->{client}->post("/conversations/$talk/accept", { key_package => $kp });
}

# the newest entry of the account's own log of this type
sub told {
    my ($device, $type) = @_;
    my $self = $s->cluster->psql("SELECT self FROM chat.account WHERE id = '$device->{id}'");
    my ($e) = grep { $_->{body}{type} eq $type } reverse $mls->entries($device, $self);
    return $e && $e->{body};
}

# --- offered

my $r = offer($alice, $bob);
is $r->{status}, 201, 'a private conversation is offered' or diag $r->{body};
my $talk = $r->{json}{id};
is $r->{json}{kind}, 'private', '... as such';
is $r->{json}{history}, 'until_delivered', '... whose entries go when they are there';
is_deeply [@{$r->{json}{private}}{qw(state from_device to_device)}],
    ['offered', $alice->{session}, undef], '... by this device, to nobody yet';
is offer($alice, $alice)->{status}, 400, 'not to oneself';

for my $device ($bob, $bob2, $alice2) {
    is told($device, 'private_offered')->{conversation}, $talk, 'all devices of both hear of it';
}

is $mls->begin($alice, $talk)->{json}{code}, 'conflict', 'before it is accepted there is no group';

# --- accepted

is accept_it($alice2, $talk)->{status}, 403, 'the one who offers does not accept';
is accept_it($eve, $talk)->{status}, 404, 'nor does a stranger';
is accept_it($bob, $talk, days => 400)->{json}{code}, 'invalid_key_package',
    'a key package is checked as at an upload';
is accept_it($bob, $talk, identity => "$bob->{id}/$bob2->{session}")->{json}{code},
    'invalid_key_package', '... must be the device\'s own';
my ($uploaded) = $mls->stock($bob, 1);
is accept_it($bob, $talk, key_package => $uploaded)->{json}{code}, 'invalid_key_package',
    '... and for this alone';

my $kp = $mls->ask(key_package => id => $bob2->{session})->{key_package};
$r = accept_it($bob2, $talk, key_package => $kp);
is $r->{status}, 200, 'a device accepts' or diag $r->{body};
is $r->{json}{private}{to_device}, $bob2->{session}, '... and is it';
is $r->{json}{private}{key_package}, undef, '... its key package is for the offerer alone';
is accept_it($bob2, $talk, key_package => $kp)->{status}, 200, 'a repeat is no harm';
is accept_it($bob, $talk)->{json}{code}, 'private_taken', 'another comes too late';
is accept_it($bob3, $talk)->{json}{code}, 'private_taken', '... for ever';
is $bob3->{client}->post("/conversations/$talk/decline", {})->{json}{code}, 'private_taken',
    '... and can not decline it';
is told($bob3, 'private_accepted')->{device}, $bob2->{session}, 'all hear who it is';

my $c = $mls->conversation($alice, $talk);
is $c->{private}{key_package}, $kp, 'the offerer gets the key package';
is $mls->conversation($alice2, $talk)->{private}{key_package}, undef, '... not its other devices';

# --- begun

sub fixed { my ($r, $what) = @_; is $r->{json}{code}, 'private_fixed', $what or diag $r->{body} }

$mls->create($_, $talk) for $alice, $alice2, $bob2;
my ($bobs) = $mls->claim($alice, $bob->{id});
fixed($mls->commit($alice, $talk, add => [$bobs]), 'no other device is added');
fixed($mls->commit($alice, $talk, add => [$kp, $bobs]), '... nor one more');
fixed($mls->commit($alice2, $talk, add => [$kp]), 'no other device begins it');
fixed($mls->commit($bob2, $talk), 'nor does the one that accepted');

$r = $mls->commit($alice, $talk, add => [$kp], external_pub => JSON::PP::false());
is $r->{status}, 201, 'the offerer does, with the one that accepted' or diag $r->{body};
is $mls->conversation($alice, $talk)->{private}{state}, 'active', '... and it is active';
$mls->follow($bob2, $talk);
$mls->say($alice, $talk, 'between us');
is_deeply [$mls->follow($bob2, $talk)], ['between us'], 'they talk';
$mls->say($bob2, $talk, 'yes');
is_deeply [$mls->follow($alice, $talk)], ['yes'], '... both ways';

# --- nobody else

for my $other ($alice2, $bob, $bob3) {
    my ($item) = grep { $_->{id} eq $talk } @{$other->{client}->get('/conversations')->{json}{items}};
    is_deeply [@{$item->{private}}{qw(from_device to_device)}],
        [$alice->{session}, $bob2->{session}], 'another device sees whose it is';
    is $item->{last_entry}, undef, '... and no entry';
    is $other->{client}->get("/conversations/$talk/entries")->{status}, 404, '... reads nothing';
    is $other->{client}->post("/conversations/$talk/read", { seq => 1 })->{status}, 404,
        '... marks nothing as read';
    fixed($mls->say($other, $talk, undef, epoch => 1, payload => 'x'), '... says nothing');
    fixed($other->{client}->get("/conversations/$talk/group_info"), '... gets no GroupInfo');
    fixed($other->{client}->post("/conversations/$talk/close", {}), '... closes nothing');
    fixed($other->{client}->post("/conversations/$talk/reset",
        { group_id => $mls->conversation($other, $talk)->{group_id}, epoch => 1 }),
        '... begins nothing anew');

    my $socket = $chat->socket($other);
    $socket->resume;
    $mls->say($alice, $talk, 'secret');
    is scalar(grep { ($_->{conversation} // '') eq $talk && $_->{event} eq 'entry' }
        map { $socket->event(undef, 0.3) // () } 1 .. 12), 0, '... and hears nothing live';
    $socket->close;
}

is $alice->{client}->get("/conversations/$talk/group_info")->{json}{code}, 'forbidden',
    'nor is a GroupInfo kept for the two';
is $s->cluster->psql("SELECT count(*) FROM chat.group_info WHERE conversation = '$talk'"), 0,
    '... at all';
is $eve->{client}->get("/conversations/$talk")->{status}, 404, 'a stranger sees nothing';

# who has the group's state by other means can't bring in another device either
$mls->follow($bob2, $talk);
fixed($mls->commit($bob2, $talk, add => [$mls->claim($bob2, $bob->{id})]),
    'neither of the two adds a device');
fixed($mls->commit($alice, $talk, remove => [1]), '... nor removes the other');
my $made = $mls->make($alice, $talk);
my $stolen = $mls->ask(external => id => $bob->{session}, group_info => $made->{group_info});
fixed($mls->upload($bob, $talk, $stolen), 'no other device joins from outside');
is $mls->commit($alice, $talk, external_pub => JSON::PP::false())->{status}, 201,
    'an update of keys is taken';
$mls->follow($bob2, $talk);

# --- closed

is $bob2->{client}->post("/conversations/$talk/close", {})->{status}, 204, 'either may close it';
is $bob2->{client}->post("/conversations/$talk/close", {})->{status}, 204, '... once more, too';
$c = $mls->conversation($alice, $talk);
is_deeply [$c->{state}, $c->{private}{state}], ['closed', 'closed'], '... for good';
is $mls->say($alice, $talk, 'still there?')->{json}{code}, 'conversation_closed',
    'nothing is said any more';
is $mls->commit($alice, $talk)->{json}{code}, 'conversation_closed', '... or changed';
is $alice->{client}->post("/conversations/$talk/reset",
    { group_id => $c->{group_id}, epoch => $c->{epoch} })->{json}{code},
    'conversation_closed', '... or begun anew';
ok scalar(grep { $_->{kind} eq 'message' } $mls->entries($bob2, $talk, 2)),
    'what waits can still be read';
is told($alice, 'private_closed')->{reason}, 'closed', 'both hear of it';

# --- declined, expired, revoked

$talk = offer($alice, $bob)->{json}{id};
is $alice->{client}->post("/conversations/$talk/decline", {})->{status}, 403,
    'the one who offers closes and does not decline';
is $bob3->{client}->post("/conversations/$talk/decline", {})->{status}, 204, 'an offer is declined';
is told($alice, 'private_closed')->{reason}, 'declined', '... which is told';
is accept_it($bob, $talk)->{json}{code}, 'conversation_closed', '... and over';

$talk = offer($alice, $bob)->{json}{id};
is $alice2->{client}->post("/conversations/$talk/close", {})->{status}, 204,
    'any device of the one who offers takes the offer back';

$talk = offer($alice, $bob)->{json}{id};
my $socket = $chat->socket($bob);
$socket->resume, $socket->event('drained');
$s->cluster->psql("UPDATE chat.private SET expires = now() - interval '1 second'"
    . " WHERE conversation = '$talk'");
is accept_it($bob, $talk)->{json}{code}, 'conversation_closed', 'an offer of yesterday is over';
my $e;
1 while ($e = $socket->event('entry', 5)) && $e->{body}{type} ne 'private_closed'
    || $e && $e->{body}{conversation} ne $talk;
is $e->{body}{reason}, 'expired', '... and that is told live';

$talk = offer($alice, $bob)->{json}{id};
accept_it($bob3, $talk);
is $bob->{client}->delete("/devices/$bob3->{session}")->{status}, 204,
    'a device that accepted is revoked';
is told($alice, 'private_closed')->{reason}, 'revoked', '... which ends the conversation';
is $mls->conversation($alice, $talk)->{state}, 'closed', '... for good';

# --- not more than one can mean

my @offers = map { offer($alice, $eve) } 1 .. 21;
is $offers[19]{status}, 201, 'twenty offers are open at a time';
is $offers[20]{json}{code}, 'too_many_offers', '... and no more';

done_testing;
