#!/usr/bin/perl

# Commits: one wins an epoch, the server lets only right ones in, and what it keeps agrees with the
# tree. Real messages: ChatTest::Groups.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Groups ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(location => "$ChatTest::Chat::limits"
    . ' chat_limit claim rate=1000r/s burst=1000; chat_limit rejoin rate=1000r/s burst=1000;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Groups->new(chat => $chat);

my ($alice, $bob, $eve) = map { $mls->device($_) } $chat->people(qw(alice bob eve));
$mls->stock($_, 30) for $alice, $bob, $eve;

# --- the first commit

my $talk = $mls->direct($alice, $bob);
my $c = $mls->conversation($alice, $talk);
is $c->{epoch}, 0, 'a new conversation has no group yet';
is $c->{cipher_suite}, 1, '... and a cipher suite';
is length ChatTest::Groups::bytes($c->{group_id}), 20, '... and a group id';
is_deeply $c->{leaves}, [], '... and no leaves';

my $r = $mls->begin($alice, $talk, $bob);
is $r->{status}, 201, 'the first commit begins the group' or diag $r->{body};
is $r->{json}{epoch}, 1, '... with epoch 1';
is $r->{json}{duplicate}, JSON::PP::false(), '... for the first time';
my $first = $r->{json}{seq};

$c = $mls->conversation($bob, $talk);
is_deeply $c->{leaves}, [
    { leaf => 0, account => $alice->{id}, device => $alice->{session},
      removal_pending => JSON::PP::false() },
    { leaf => 1, account => $bob->{id}, device => $bob->{session},
      removal_pending => JSON::PP::false() } ], 'the leaves are known';

my ($e) = $mls->entries($bob, $talk);
is $e->{kind}, 'commit', 'who is added sees the commit';
is $e->{seq}, $first, '... under its number';
ok $e->{body}{welcome}, '... with the Welcome as its payload';
is_deeply $e->{body}{added}, [{ leaf => 1, account => $bob->{id}, device => $bob->{session} }],
    '... and who was added';
($e) = $mls->entries($alice, $talk);
ok !$e->{body}{welcome}, 'the committer sees the commit itself';
is $e->{body}{committer}{device}, $alice->{session}, '... and who made it';

$mls->follow($_, $talk) for $alice, $bob;
is $mls->say($alice, $talk, 'hello')->{status}, 201, 'a message to the group';
is $mls->say($bob, $talk, 'you')->{status}, 201, '... and back';
is_deeply [$mls->follow($bob, $talk)], ['hello'], '... can be read';
is_deeply [$mls->follow($alice, $talk)], ['you'], '... by both';

# --- an answer that was lost

my $made = $mls->make($alice, $talk);
my $id = ChatTest::Chat::uuid();
$r = $mls->upload($alice, $talk, $made, id => $id);
is $r->{status}, 201, 'an update of the committer\'s keys';
my $lost = $r->{json};
is $lost->{epoch}, 2, '... is the next epoch';

is $mls->commit($alice, $talk)->{json}{epoch}, 3, 'the epoch moves on';

my $now = $mls->group($alice, $talk);
$r = $mls->upload($alice, $talk, $made, id => $id);
is $r->{status}, 201, 'the same request again gets its answer';
is_deeply $r->{json}, { %$lost, duplicate => JSON::PP::true() }, '... the first one';
$mls->group($alice, $talk, $now);

$r = $mls->upload($alice, $talk, { %$made, %{$mls->ask(break_group_info =>
    group_info => $made->{group_info})} }, id => $id);
is $r->{status}, 409, 'a repeat must be whole';
is $r->{json}{code}, 'idempotency_conflict', '... for that reason';

$mls->follow($bob, $talk);
my $other = $mls->make($bob, $talk);
is $mls->upload($bob, $talk, $other, id => $id)->{status}, 201,
    'the same id of another device is another commit';
$mls->follow($alice, $talk);

$made = $mls->make($alice, $talk);
$r = $mls->upload($alice, $talk, $made, id => $id);
is $r->{status}, 409, 'the same id with another commit is refused';
is $r->{json}{code}, 'idempotency_conflict', '... for that reason';

# --- too late

$made = $mls->make($bob, $talk);
is $mls->commit($alice, $talk)->{status}, 201, 'of two, one is first';
my $won = $mls->conversation($alice, $talk);
$r = $mls->upload($bob, $talk, $made);
is $r->{status}, 409, '... and the other too late';
is $r->{json}{code}, 'stale_epoch', '... for that reason';
is $r->{json}{epoch}, $won->{epoch}, '... with the epoch';
is $r->{json}{last_seq}, $won->{last_seq}, '... the last number';
is_deeply $r->{json}{missed}, [{ seq => $won->{last_seq}, epoch => $won->{epoch} }],
    '... and what was missed';
$mls->follow($bob, $talk);
is $mls->commit($bob, $talk)->{status}, 201, 'who takes that in can go on';
$mls->follow($alice, $talk);

# --- what is no right commit

my $before = $mls->conversation($alice, $talk);

sub refused {
    my ($r, $status, $code, $reason, $what) = @_;
    is $r->{status}, $status, "$what: refused" or diag $r->{body};
    is $r->{json}{code}, $code, "... $what: $code";
    like $r->{json}{reason}, $reason, "... $what: why" if $reason;
}

refused $mls->commit($eve, $talk, id => undef), 404, 'not_found', undef, 'a stranger'
    if $mls->group($eve, $talk, $mls->ask(create => id => $eve->{session},
        group_id => $before->{group_id})->{group});

refused $mls->commit($alice, $talk, fault => 'sender=1'), 409, 'group_info_mismatch',
    qr/signer/, 'another\'s leaf';
my $bobs = $mls->make($bob, $talk);
refused $mls->upload($alice, $talk, $bobs), 400, 'invalid_commit', qr/^path: .*identity/,
    'another\'s commit';
my $right = $mls->make($alice, $talk);
refused $mls->upload($alice, $talk, $right, %{$mls->ask(group_info =>
    group => $mls->group($alice, $talk), tag_of => $right->{commit})}), 409,
    'group_info_mismatch', qr/epoch/, 'another epoch than the GroupInfo\'s';
refused $mls->commit($alice, $talk, fault => 'epoch=9'), 409, 'stale_epoch', undef,
    'an epoch that is not there';

# who has no business there costs no signature: what is wrong with it isn't even looked at
my %signed = %{$mls->ask(break_group_info => group_info => $right->{group_info})};
refused $mls->upload($alice, $talk, $right, %signed), 409, 'group_info_mismatch',
    qr/signature/, 'a wrong signature of a member';
refused $mls->upload($eve, $talk, $right, %signed), 404, 'not_found', undef,
    '... and of a stranger';
refused $mls->upload($alice, $talk, { %$right, %{$mls->ask(refault => commit => $right->{commit},
    fault => 'epoch=1')}, %signed }), 409, 'stale_epoch', undef, '... and of a past epoch';
refused $mls->commit($alice, $talk, fault => 'group_id=AAAA'), 400, 'invalid_commit',
    qr/group id/, 'another group';
refused $mls->commit($alice, $talk, fault => 'reference'), 400, 'invalid_commit',
    qr/reference/, 'a proposal by reference';
refused $mls->commit($alice, $talk, fault => 'update'), 400, 'invalid_commit',
    qr/update/, 'an update';
refused $mls->commit($alice, $talk, fault => 'context'), 400, 'invalid_commit',
    qr/group_context_extensions/, 'new extensions of the group';
refused $mls->commit($alice, $talk, fault => 'psk'), 400, 'invalid_commit', qr/psk/,
    'a pre-shared key';
refused $mls->commit($alice, $talk, fault => 'external_init'), 400, 'invalid_commit',
    qr/external_init/, 'external_init by a member';
refused $mls->commit($alice, $talk, fault => 'no_path'), 400, 'invalid_commit', qr/^path/,
    'no path and nothing added';
refused $mls->commit($alice, $talk, fault => 'path_signature'), 400, 'invalid_commit',
    qr/^path: .*signature/, 'a path with a wrong signature';
refused $mls->commit($alice, $talk, remove => [1]), 403, 'forbidden', undef,
    'the other\'s live device removed';
refused $mls->commit($alice, $talk, fault => 'remove=0'), 400, 'invalid_commit', qr/own leaf/,
    'the own leaf removed';
refused $mls->commit($alice, $talk, fault => 'remove=7'), 400, 'invalid_commit',
    qr/no such leaf/, 'a leaf that is not there';

# --- adds

my $eves = $mls->ask(key_package => id => $eve->{session})->{key_package};
refused $mls->commit($alice, $talk, add => [$eves]), 400, 'invalid_commit',
    qr/unknown key package/, 'a key package that was never uploaded';
my ($claimed) = $mls->claim($alice, $eve->{id});
refused $mls->commit($alice, $talk, add => [$claimed]), 400, 'invalid_commit', qr/no member/,
    'a device of somebody else';

my $bob2 = $mls->device($chat->device($bob));
my ($bob3, $ghost) = ($mls->device($chat->device($bob)), undef);
$mls->stock($_, 6) for $bob2, $bob3;

my ($unclaimed) = $mls->stock($bob2, 1);
refused $mls->commit($alice, $talk, add => [$unclaimed]), 400, 'invalid_commit',
    qr/not claimed/, 'a key package that was not handed out';
my ($by_bob) = $mls->claim($bob, $bob->{id});
refused $mls->commit($alice, $talk, add => [$by_bob]), 400, 'invalid_commit', qr/not claimed/,
    '... or to another device';

# bob's first device has a leaf
my @three = $mls->claim($alice, $bob->{id});
is scalar @three, 3, 'each device gives a key package';

my ($for1, $for2, $for3) = @three;
refused $mls->commit($alice, $talk, add => [$for2], fault => "add=$for1"), 400,
    'invalid_commit', qr/has a leaf/, 'a device that is in';
refused $mls->commit($alice, $talk, add => [$for2], fault => "add=$for2"), 400,
    'invalid_commit', qr/a device twice/, 'a device twice';
$made = $mls->make($alice, $talk, add => [$for2]);
my $wrong = $mls->make($alice, $talk, add => [$for3]);
my $both = $mls->make($alice, $talk, add => [$for2, $for3]);
refused $mls->upload($alice, $talk, $made, welcome => $wrong->{welcome}), 409,
    'welcome_mismatch', undef, 'a Welcome for another';
refused $mls->upload($alice, $talk, $made, welcome => $both->{welcome}), 409,
    'welcome_mismatch', undef, 'a Welcome for one more';
refused $mls->upload($alice, $talk, $made, welcome => ''), 409, 'welcome_mismatch', undef,
    'no Welcome';
refused $mls->upload($alice, $talk, $mls->make($alice, $talk), welcome => $made->{welcome}), 409,
    'welcome_mismatch', undef, 'a Welcome for nobody';
refused $mls->upload($alice, $talk, $made, group_info => $wrong->{group_info}), 409,
    'group_info_mismatch', qr/confirmation tag/, 'the GroupInfo of another commit';
refused $mls->upload($alice, $talk, $made, %{$mls->ask(group_info =>
    group => $made->{next}, tag_of => $wrong->{commit})}), 409,
    'group_info_mismatch', qr/confirmation tag/, 'a right GroupInfo with the tag of another commit';
refused $mls->upload($alice, $talk, $made, %{$mls->ask(group_info =>
    group => $wrong->{next}, tag_of => $made->{commit})}), 409,
    'group_info_mismatch', qr/leaves/, 'a GroupInfo with another device';
refused $mls->upload($alice, $talk, $made, %{$mls->ask(group_info =>
    group => $both->{next}, tag_of => $made->{commit})}), 409,
    'group_info_mismatch', qr/leaves/, '... or one more';
refused $mls->upload($alice, $talk, $made, %{$mls->ask(break_group_info =>
    group_info => $made->{group_info})}), 409, 'group_info_mismatch', qr/signature/,
    'a GroupInfo with a wrong signature';
refused $mls->upload($alice, $talk, $mls->make($alice, $talk, add => [$for2],
    external_pub => JSON::PP::false())), 409, 'group_info_mismatch', qr/external_pub/,
    'a GroupInfo by which nobody can join';
refused $mls->upload($alice, $talk, $made, commit => $made->{welcome}), 400, 'invalid_commit',
    qr/^commit/, 'something else as the commit';

my $after = $mls->conversation($alice, $talk);
is_deeply [@$after{qw(epoch last_seq leaves)}], [@$before{qw(epoch last_seq leaves)}],
    'nothing of that left a trace';

$r = $mls->upload($alice, $talk, $both);
is $r->{status}, 201, 'two devices are added' or diag $r->{body};
is scalar @{$mls->conversation($alice, $talk)->{leaves}}, 4, '... and have leaves';
$mls->follow($_, $talk) for $bob, $bob2, $bob3;
$mls->say($alice, $talk, 'all');
is_deeply [map { $mls->follow($_, $talk) } $bob, $bob2, $bob3], [('all') x 3],
    'all read what is said then';
my @theirs = grep { $_->{kind} eq 'message' } $mls->entries($bob2, $talk);
is scalar @theirs, 1, '... and who came then nothing from before';

# --- a key package is for one use

my ($third) = grep { $_->{device} eq $bob3->{session} }
    @{$mls->conversation($bob, $talk)->{leaves}};
is $mls->commit($bob, $talk, remove => [$third->{leaf}])->{status}, 201,
    'an account removes its own device';
$mls->follow($_, $talk) for $alice, $bob2;
refused $mls->commit($alice, $talk, add => [$for3]), 400, 'invalid_commit', qr/was used/,
    'a key package that was used';

# --- sizes

my $frame = ChatTest::Socket->payload_frame({ client_id => $id, commit_size => 200_000,
    welcome_size => 150_000, group_info_size => 150_000 }, 'x' x 500_000);
my @type = ('content-type' => 'application/vnd.ngx-chat.frames');
$r = $alice->{client}->post("/conversations/$talk/commits", $frame, @type);
is $r->{json}{code}, 'invalid_commit', 'a commit may be larger than a message';
my $socket = $chat->socket($alice);
my $answer = $socket->call(commit => { conversation => $talk, client_id => $id,
    commit_size => 200_000, welcome_size => 150_000, group_info_size => 150_000 }, 'x' x 500_000);
is $answer->{problem}{code}, 'invalid_commit', '... on the socket, too';
$frame = ChatTest::Socket->payload_frame({ client_id => $id, commit_size => 524_289,
    welcome_size => 0, group_info_size => 1 }, 'x' x 524_290);
is $alice->{client}->post("/conversations/$talk/commits", $frame, @type)->{status}, 413,
    '... but not than chat_commit_max_size';
$frame = ChatTest::Socket->payload_frame({ client_id => $id, commit_size => 5,
    welcome_size => 0, group_info_size => 1 }, 'x' x 7);
$r = $alice->{client}->post("/conversations/$talk/commits", $frame, @type);
is $r->{json}{code}, 'invalid_parameter', 'the sizes must be those of the payload';

# an opaque conversation has no group
my $plain = $chat->direct($alice, $eve);
$r = $alice->{client}->post("/conversations/$plain/commits",
    ChatTest::Socket->payload_frame({ client_id => $id, commit_size => 3, welcome_size => 0,
        group_info_size => 3 }, 'abcabc'), @type);
is $r->{json}{code}, 'invalid_commit', 'an opaque conversation takes no commit';
ok !exists $alice->{client}->get("/conversations/$plain")->{json}{leaves},
    '... and has no leaves';

done_testing;
