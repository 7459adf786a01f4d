#!/usr/bin/perl

# Many devices commit at once: one wins each epoch, the others learn what they missed and go on.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Groups ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;',
    location => "$ChatTest::Chat::limits"
    . ' chat_limit claim rate=1000r/s burst=1000;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Groups->new(chat => $chat);

# five accounts of ten devices
my @people = map { $chat->person("person$_") } 1 .. 5;
my @devices;

for my $person (@people) {
    my @own = ($person, map { $chat->device($person) } 2 .. 10);
    $mls->stock($mls->device($_), 4) for @own;
    push @devices, \@own;
}

my %socket;

# a group conversation of some accounts, all of whose devices are in
sub group_of {
    my (@own) = @_;
    my @ids = map { $_->[0]{id} } @own;
    my $talk = ChatTest::Chat::uuid();

    $s->cluster->psql("SELECT chat.conversation_open('$talk', 'group', 'mls', 'until_delivered',"
        . " ARRAY[" . join(',', map { "'$_'" } @ids) . "]::uuid[])");

    my $first = $own[0][0];
    my %wanted = map { $_->{session} => 1 } map { @$_ } @own;
    my @add = map { $_->{key_package} } grep { $wanted{$_->{device}} }
        map { @{$first->{client}->post("/accounts/$_/key_packages/claim", {})->{json}{devices}} }
        @ids;

    $mls->create($first, $talk);
    my $r = $mls->commit($first, $talk, add => \@add);
    $r->{status} == 201 or die "begin: $r->{status} $r->{body}";

    my @all = map { @$_ } @own;
    $mls->follow($_, $talk) for @all;

    return ($talk, @all);
}

# All of them commit at once, each over a socket of its own; the answers in the same order.
sub at_once {
    my ($talk, @all) = @_;
    my @made = map { $mls->make($_, $talk) } @all;
    my @asked;

    for my $i (0 .. $#all) {
        my $socket = $socket{$all[$i]{session}} ||= $chat->socket($all[$i], timeout => 20);
        my @part = map { ChatTest::Groups::bytes($made[$i]{$_}) } qw(commit group_info);
        push @asked, [$socket, $socket->ask(commit => { conversation => $talk,
            client_id => ChatTest::Chat::uuid(), commit_size => length $part[0],
            welcome_size => 0, group_info_size => length $part[1] }, join '', @part)];
    }

    my @answers = map { $_->[0]->answer($_->[1]) } @asked;
    $answers[$_]{ok} and $mls->group($all[$_], $talk, $made[$_]{next}) for 0 .. $#all;

    return @answers;
}

# One round: exactly one wins, the rest are told. Returns who won.
sub round {
    my ($what, $talk, @all) = @_;
    my $epoch = $mls->conversation($all[0], $talk)->{epoch};
    my @answers = at_once($talk, @all);
    my @won = grep { $answers[$_]{ok} } 0 .. $#all;
    my @lost = grep { $_->{problem} } @answers;

    is scalar @won, 1, "$what: one wins epoch " . ($epoch + 1) or return;
    my $ok = $answers[$won[0]]{ok};
    is $ok->{epoch}, $epoch + 1, '... which it is told';

    my @told = grep { $_->{problem}{code} eq 'stale_epoch'
        && $_->{problem}{epoch} == $epoch + 1
        && $_->{problem}{missed}[0]{seq} == $ok->{seq} } @lost;
    is scalar @told, @all - 1, '... and the others what they missed'
        or diag explain $lost[0];

    return $won[0];
}

# --- two

my ($talk, @two) = group_of(map { [$_->[0]] } @devices[0, 1]);

for (1 .. 3) {
    round('two', $talk, @two);
    $mls->follow($_, $talk) for @two;
}

# --- ten: everybody goes on until it has won

($talk, my @ten) = group_of([@{$devices[0]}[0 .. 4]], [@{$devices[1]}[0 .. 4]]);
my @left = @ten;
my $rounds = 0;

while (@left && $rounds++ < 10) {
    my $won = round('ten', $talk, @left);
    last if !defined $won;
    splice @left, $won, 1;
    $mls->follow($_, $talk) for @ten;
}

is scalar @left, 0, 'each of the ten wins once';
is $mls->conversation($ten[0], $talk)->{epoch}, 11, '... and there are as many epochs';
$mls->say($ten[3], $talk, 'after all that');
is_deeply [map { $mls->follow($_, $talk) } grep { $_ != $ten[3] } @ten],
    [('after all that') x 9], '... in which all are';

# --- fifty

($talk, my @fifty) = group_of(@devices);
is scalar @fifty, 50, 'fifty devices in one group';
my $won = round('fifty', $talk, @fifty);
$mls->follow($_, $talk) for @fifty[0 .. 4], $fifty[$won];
$mls->say($fifty[$won], $talk, 'hello all');
is_deeply [$mls->follow($fifty[$won ? 0 : 1], $talk)], ['hello all'], '... and can talk';

is $s->cluster->psql('SELECT count(*) FROM (SELECT conversation, epoch FROM chat.entry'
    . ' WHERE kind = 2 GROUP BY 1, 2 HAVING count(*) > 1) twice'), 0,
    'no epoch began twice';

done_testing;
