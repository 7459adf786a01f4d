#!/usr/bin/perl

# What a group takes as a message: of a device with a leaf, to this group, of an epoch not far behind.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Groups ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(location => "$ChatTest::Chat::limits"
    . ' chat_limit claim rate=1000r/s burst=1000;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Groups->new(chat => $chat);

my ($alice, $bob) = map { $mls->device($_) } $chat->people(qw(alice bob));
$mls->stock($bob, 10);

my $talk = $mls->direct($alice, $bob, cipher_suite => 3);
is $mls->conversation($alice, $talk)->{cipher_suite}, 3, 'another cipher suite';
is $alice->{client}->put("/conversations/direct/$bob->{id}",
    { payload => 'mls', cipher_suite => 2 })->{json}{code}, 'invalid_parameter',
    '... of those that the server allows';

is $mls->say($alice, $talk, undef, epoch => 0, payload => 'x')->{json}{code}, 'invalid_message',
    'before there is a group nothing is a message to it';

# key packages of suite 3
my @made = map { $mls->ask(key_package => id => $bob->{session}, suite => 3) } 1 .. 2;
$bob->{client}->post('/key_packages', { key_packages => [map { $_->{key_package} } @made] });
$mls->create($alice, $talk);
my ($three) = map { $_->{key_package} } @{$alice->{client}->post(
    "/accounts/$bob->{id}/key_packages/claim", { cipher_suite => 3 })->{json}{devices}};
my $r = $mls->commit($alice, $talk, add => [$three]);
is $r->{status}, 201, 'a group of that suite' or diag $r->{body};
$mls->follow($bob, $talk);

# messages of the epochs 1 to 5, kept
my %kept;

for my $epoch (1 .. 5) {
    $kept{$epoch} = $mls->ask(encrypt => group => $mls->group($bob, $talk), text => "e$epoch");
    next if $epoch == 5;
    $mls->commit($alice, $talk);
    $mls->follow($bob, $talk);
}

sub late {
    my ($epoch, %opt) = @_;
    return $mls->say($bob, $talk, undef, epoch => $epoch,
        payload => ChatTest::Groups::bytes($kept{$epoch}{message}), %opt);
}

is late(5)->{status}, 201, 'a message of the present epoch';
is late(2)->{status}, 201, '... of three before';
$r = late(1);
is $r->{status}, 409, '... but not of four';
is $r->{json}{code}, 'stale_epoch', '... for that reason';
is $r->{json}{epoch}, 5, '... with the epoch';

my $id = ChatTest::Chat::uuid();
is late(3, id => $id)->{status}, 201, 'a message';
$mls->commit($alice, $talk), $mls->follow($bob, $talk) for 1 .. 2;
$r = late(3, id => $id);
is $r->{status}, 201, '... is still known when its epoch is over';
ok $r->{json}{duplicate}, '... as a repeat';

# --- what is no message

my $group = $mls->group($bob, $talk);
my $now = $mls->conversation($bob, $talk)->{epoch};

sub refused {
    my ($reason, $what, %opt) = @_;
    my $r = $mls->say($bob, $talk, undef, epoch => $now, %opt);
    is $r->{status}, 400, "$what: refused" or diag $r->{body};
    is $r->{json}{code}, 'invalid_message', '... as no message';
    like $r->{json}{reason}, $reason, '... and why';
}

my $good = ChatTest::Groups::bytes($mls->ask(encrypt => group => $group, text => 'x')->{message});
refused qr/./, 'plain text', payload => 'hello';
refused qr/./, 'a message that is cut off', payload => substr $good, 0, -1;
refused qr/./, 'a message with something behind', payload => $good . 'x';
refused qr/epoch/, 'an epoch that is not the message\'s', payload => $good, epoch => $now - 1;
refused qr/PrivateMessage/, 'a commit',
    payload => ChatTest::Groups::bytes($mls->ask(commit => group => $group)->{commit});
refused qr/application/, 'an encrypted proposal',
    payload => ChatTest::Groups::bytes($mls->ask(private_proposal => group => $group)->{message});

my $other = $mls->ask(create => id => $bob->{session}, suite => 3,
    group_id => ChatTest::Groups::text64("\0" x 20))->{group};
refused qr/group id/, 'a message to another group', epoch => 0,
    payload => ChatTest::Groups::bytes($mls->ask(encrypt => group => $other, text => 'x')->{message});

$r = $bob->{client}->post("/conversations/$talk/entries",
    ChatTest::Socket->payload_frame({ client_id => ChatTest::Chat::uuid() }, $good),
    'content-type' => 'application/vnd.ngx-chat.frames');
is $r->{json}{code}, 'invalid_message', 'without its epoch it is none either';

is $mls->say($bob, $talk, undef, epoch => $now, payload => $good)->{status}, 201,
    'after all that, a good one';

# --- an opaque conversation takes what comes

my $carol = $chat->person('carol');
my $plain = $chat->direct($alice, $carol);
is $mls->say($alice, $plain, undef, epoch => 7, payload => 'anything')->{status}, 201,
    'opaque payloads are nobody\'s business';
my ($e) = $mls->entries($carol, $plain);
is $e->{epoch}, 7, '... nor are their epochs';

done_testing;
