#!/usr/bin/perl

# Devices come into groups and leave them: by another's commit, by their own, by revocation; and a
# broken group begins anew.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Groups ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;',
    http => 'chat_recheck 3600s; chat_maintain 20s;',
    location => "$ChatTest::Chat::limits"
    . ' chat_limit claim rate=1000r/s burst=1000;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Groups->new(chat => $chat);

my ($alice, $bob, $eve) = map { $mls->device($_) } $chat->people(qw(alice bob eve));
$mls->stock($_, 10) for $alice, $bob, $eve;

my $talk = $mls->direct($alice, $bob);
my $a = $chat->socket($alice);
my $b = $chat->socket($bob);
$_->resume, $_->event('drained') for $a, $b;

# the next entry of the talk on a socket
sub live {
    my ($socket, $timeout) = @_;
    while (my $e = $socket->event('entry', $timeout // 4)) {
        return $e if $e->{conversation} eq $talk;
    }
    return undef;
}

# --- live

is $mls->begin($alice, $talk, $bob)->{status}, 201, 'a group';
my $e = live($b);
is $e->{kind}, 'commit', 'who is added hears of it at once';
ok $e->{body}{welcome}, '... by the Welcome';
is $e->{epoch}, 1, '... with the epoch';
$e = live($a);
ok !$e->{body}{welcome}, '... the committer by the commit';
$mls->follow($_, $talk) for $alice, $bob;

is $mls->commit($alice, $talk)->{status}, 201, 'an update';
is live($b)->{epoch}, 2, '... reaches the others at once';
live($a);
$mls->follow($bob, $talk);
$mls->say($bob, $talk, 'one');
is live($a)->{kind}, 'message', '... and what is said after it, too';
live($b);
$mls->follow($alice, $talk);

# --- a device that nobody adds

my $bob2 = $mls->device($chat->device($bob));
is $bob2->{client}->get("/conversations/$talk/entries")->{status}, 404,
    'a new device reads nothing';
is $mls->say($bob2, $talk, undef, epoch => 2, payload => 'x')->{json}{code}, 'invalid_message',
    '... and says nothing';

my $r = $mls->rejoin($bob2, $talk);
is $r->{status}, 201, 'it joins by an external commit' or diag $r->{body};
is $r->{json}{epoch}, 3, '... into the next epoch';
my @own = $mls->entries($bob2, $talk);
is $own[0]{seq}, $r->{json}{seq}, '... and reads from there on';
ok $own[0]{body}{external}, '... its own commit first';
ok !$own[0]{body}{welcome}, '... as a commit';
$mls->follow($_, $talk) for $alice, $bob;
$mls->say($bob2, $talk, 'from my other one');
is_deeply [$mls->follow($alice, $talk)], ['from my other one'], 'it is in';
$mls->follow($bob, $talk);

$r = $mls->rejoin($eve, $talk);
is $r->{status}, 404, 'a stranger gets no GroupInfo';

# --- a state that was lost

$r = $mls->rejoin($bob2, $talk, resync => JSON::PP::true());
is $r->{status}, 201, 'a device that lost its state takes the place of its old leaf'
    or diag $r->{body};
is_deeply [map { $_->{leaf} } @{$mls->conversation($alice, $talk)->{leaves}}], [0, 1, 2],
    '... so that there are as many';
@own = $mls->entries($bob2, $talk, $r->{json}{seq} - 1);
is $own[0]{body}{removed}[0]{device}, $bob2->{session}, '... and all are told';
$mls->follow($_, $talk) for $alice, $bob;

my ($f) = $chat->frames($bob2->{client}->get("/conversations/$talk/group_info"));
is $f->{epoch}, 4, 'the GroupInfo is the newest';
my $info = ChatTest::Groups::text64($f->{payload});
my $made = $mls->ask(external => id => $bob2->{session}, group_info => $info,
                     resync => JSON::PP::true());
my $forged = $mls->ask(external => id => $bob2->{session}, group_info => $info,
                       resync => JSON::PP::true(), fault => 'remove=0');
is $mls->upload($bob2, $talk, $forged)->{json}{code}, 'invalid_commit',
    'an external commit removes nobody else';
is $mls->upload($alice, $talk, $made)->{json}{code}, 'invalid_commit',
    '... and is its sender\'s own';

$r = $bob2->{client}->get("/conversations/$talk/group_info",
                          accept => 'application/json');
is $r->{json}{epoch}, 4, 'the GroupInfo as JSON';
is $r->{json}{payload}, $info, '... whole';
$r = $bob2->{client}->get("/conversations/$talk/group_info") for 1 .. 9;
is $r->{status}, 429, 'who joins again and again has to wait';
my $wait = $r->{headers}{'retry-after'};
ok $wait > 600 && $wait <= 720, '... for the twelfth minute: five an hour' or diag $wait;

# --- removed by a device of the same account

my $seq = $mls->conversation($bob, $talk)->{last_seq};
my $b2 = $chat->socket($bob2);
$b2->resume({ $talk => $seq });
$b2->event('drained');
$mls->say($bob, $talk, 'with you');
is live($b2)->{seq}, ++$seq, 'a device hears what is said';
is $mls->commit($bob, $talk, remove => [2])->{status}, 201, 'an own device is removed';
$mls->follow($alice, $talk);
$mls->say($alice, $talk, 'without you');
is live($b2, 1), undef, '... and hears nothing more';
$b2->close;
is_deeply [map { $_->{seq} } $mls->entries($bob2, $talk, $seq)], [$seq + 1],
    'it sees that it was removed and nothing more';
my $old = $mls->group($bob2, $talk);
is $mls->say($bob2, $talk, 'still me')->{json}{code}, 'stale_epoch', '... and says nothing more';
$mls->follow($bob, $talk);

my ($message) = grep { $_->{kind} eq 'message' } $mls->entries($alice, $talk, $seq);
like $mls->ask(process => group => $old, message => ChatTest::Groups::text64($message->{payload}),
               may_fail => 1)->{error}, qr/./, '... nor could it read it';

# --- revoked

my $bob3 = $mls->device($chat->device($bob));
$mls->stock($bob3, 2);
my ($kp) = map { $_->{key_package} } grep { $_->{device} eq $bob3->{session} }
    @{$alice->{client}->post("/accounts/$bob->{id}/key_packages/claim", {})->{json}{devices}};
is $mls->commit($alice, $talk, add => [$kp])->{status}, 201, 'a third device comes in';
$mls->follow($_, $talk) for $bob, $bob3;
my ($leaf) = grep { $_->{device} eq $bob3->{session} }
    @{$mls->conversation($alice, $talk)->{leaves}};
my $b3 = $chat->socket($bob3);
$b3->resume, $b3->event('drained');
1 while live($a, 0.2);

is $bob->{client}->delete("/devices/$bob3->{session}")->{status}, 204, 'it is revoked';
is $b3->event('close')->{close}, 4403, '... and its socket ends at once';
$mls->say($alice, $talk, 'gone');
is_deeply $s->cluster->psql("SELECT count(*) FROM chat.range WHERE session = '$bob3->{session}'"
    . ' AND to_seq IS NULL'), 0, '... it reads nothing more';
($leaf) = grep { $_->{device} eq $bob3->{session} }
    @{$mls->conversation($alice, $talk)->{leaves}};
ok $leaf->{removal_pending}, '... and its leaf waits to be removed';

$e = $a->event('removal_pending', 2);
is $e->{conversation}, $talk, 'members are asked to';
is_deeply $e->{leaves}, [$leaf], '... with the leaf';
is $a->event('removal_pending', 2), undef, '... not all the time';

is $mls->commit($alice, $talk, remove => [$leaf->{leaf}])->{status}, 201, 'anybody may';
is_deeply [map { $_->{device} } @{$mls->conversation($alice, $talk)->{leaves}}],
    [$alice->{session}, $bob->{session}], '... and it is gone';
$mls->follow($bob, $talk);

# --- begun anew

my $c = $mls->conversation($alice, $talk);
is $bob->{client}->post("/conversations/$talk/reset",
    { group_id => $c->{group_id}, epoch => $c->{epoch} - 1 })->{json}{code},
    'stale_epoch', 'who resets must know the epoch';
is $eve->{client}->post("/conversations/$talk/reset",
    { group_id => $c->{group_id}, epoch => $c->{epoch} })->{status}, 404,
    '... and be a member';

my $stale = $mls->ask(encrypt => group => $mls->group($alice, $talk), text => 'old');
$r = $bob->{client}->post("/conversations/$talk/reset",
    { group_id => $c->{group_id}, epoch => $c->{epoch} });
is $r->{status}, 200, 'a broken group is begun anew' or diag $r->{body};
is $r->{json}{epoch}, 0, '... without an epoch';
is_deeply $r->{json}{leaves}, [], '... or leaves';
isnt $r->{json}{group_id}, $c->{group_id}, '... under another id';
is $bob->{client}->post("/conversations/$talk/reset",
    { group_id => $c->{group_id}, epoch => $c->{epoch} })->{json}{code},
    'stale_epoch', '... once';

($e) = grep { $_->{kind} eq 'setting' } $mls->entries($alice, $talk, $c->{last_seq});
is_deeply $e->{body}, { type => 'group_reset', group_id => $r->{json}{group_id},
                        by => $bob->{id} }, 'all are told';
$r = $mls->say($alice, $talk, undef, epoch => $stale->{epoch},
               payload => ChatTest::Groups::bytes($stale->{message}));
is $r->{json}{code}, 'stale_epoch', 'what is for the old group is too late';
is $r->{json}{epoch}, 0, '... and the sender sees why';
is $mls->commit($alice, $talk)->{json}{code}, 'stale_epoch', '... and so are its commits';
is $mls->rejoin($alice, $talk)->{status}, 404, '... and nobody can join it';

$mls->stock($alice, 1);
is $mls->begin($bob, $talk, $alice)->{status}, 201, 'a new group';
$mls->follow($alice, $talk);
$mls->say($alice, $talk, 'again');
is_deeply [$mls->follow($bob, $talk)], ['again'], '... works';

sub reset_of {
    my ($of) = @_;
    return $alice->{client}->post("/conversations/$talk/reset",
        { group_id => $of->{group_id}, epoch => $of->{epoch} });
}

$c = $mls->conversation($alice, $talk);
for (1 .. 4) {
    $r = reset_of($mls->conversation($alice, $talk));
    is $r->{status}, 200, 'and again' or diag $r->{body};
    $mls->create($alice, $talk);
    is $mls->commit($alice, $talk)->{status}, 201, '... it begins';
    is reset_of($c)->{json}{code}, 'stale_epoch', '... and the earlier request ends no later group';
}
$r = reset_of($mls->conversation($alice, $talk));
is $r->{status}, 429, 'resets are bounded';
ok $r->{headers}{'retry-after'}, '... for a while';

done_testing;
