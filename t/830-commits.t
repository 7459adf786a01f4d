#!/usr/bin/perl

# Commits: one wins an epoch, the server lets only right ones in, and what it keeps agrees with the
# tree. Real messages: ChatTest::Mls.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Mls ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(location => "$ChatTest::Chat::limits"
    . ' chat_limit claim rate=1000r/s burst=1000; chat_limit rejoin rate=1000r/s burst=1000;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Mls->new(chat => $chat);

my ($alice, $bob, $eve) = map { $mls->device($_) } $chat->people(qw(alice bob eve));
$mls->stock($_, 30) for $alice, $bob, $eve;

# --- the first commit

my $talk = $mls->direct($alice, $bob);
my $c = $mls->conversation($alice, $talk);
is $c->{epoch}, 0, 'a new conversation has no group yet';
is $c->{cipher_suite}, 1, '... and a cipher suite';
is length ChatTest::Mls::bytes($c->{group_id}), 20, '... and a group id';
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

done_testing;
