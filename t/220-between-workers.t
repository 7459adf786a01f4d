#!/usr/bin/perl

# What one worker stores reaches the sockets of the others, whatever happens to
# either: each part switches the paced re-check off, so nothing but the workers'
# own messages can bring it.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time sleep);

use ChatTest::Chat ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 3, daemon => 1, shutdown_timeout => '400s',
    events => 'accept_mutex off;', location => $ChatTest::Chat::limits,
    http => 'chat_recheck 3600s; chat_drain 300s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);

my ($alice, $bob, $carol) = $chat->people(qw(alice bob carol));
my $talk = $chat->direct($alice, $bob);
my @said;

# the worker at the other end of a socket
sub worker_of {
    my ($socket) = @_;
    my $want = sprintf ':%04X 0100007F:%04X 01 ', $nginx->port,
        $socket->{fh}->sockport;
    open my $in, '<', '/proc/net/tcp' or die $!;
    my ($line) = grep { index($_, $want) >= 0 } <$in>;
    my $inode = (split ' ', $line // '')[9] or return 0;

    for my $fd (glob '/proc/[0-9]*/fd/*') {
        return $1 if (readlink($fd) // '') eq "socket:[$inode]"
            && $fd =~ m{^/proc/(\d+)/} && $1 != $nginx->pid;
    }

    return 0;
}

# a resumed and drained socket on a worker that $fits
sub socket_on {
    my ($device, $fits) = @_;

    for (1 .. 60) {
        my $socket = $chat->socket($device, timeout => 20);
        my $worker = worker_of($socket);

        if ($worker && $fits->($worker)) {
            $socket->resume({ $talk => scalar @said });
            $socket->event('drained') or die 'not drained';
            return ($socket, $worker);
        }

        $socket->abort;
    }

    die 'no socket on such a worker';
}

# one after the other, all answered?
sub answered {
    my ($socket, @ids) = @_;
    my @bad = grep { !$_ || !$_->{ok} } map { $socket->answer($_) } @ids;
    diag explain $bad[0] if @bad;
    return !@bad;
}

# in another talk: more than the kernel keeps for a worker that doesn't read
sub fill_up {
    my ($socket, $conversation) = @_;
    return answered($socket, map { $socket->ask(entry_send => {
        conversation => $conversation, client_id => ChatTest::Chat::uuid() },
        'x' x 16000) } 1 .. 300);
}

# n entries, each answered
sub say_all {
    my ($socket, $n) = @_;
    my @ids;

    for my $i (1 .. $n) {
        my $text = 'entry ' . (@said + 1);
        push @said, $text;
        push @ids, $socket->ask(entry_send => { conversation => $talk,
            client_id => ChatTest::Chat::uuid() }, $text);
    }

    return answered($socket, @ids);
}

# what the socket gets of the talk until it has the newest, acknowledged
sub hear {
    my ($socket, $seconds) = @_;
    my $deadline = time + $seconds;
    my @got;

    while ((my $left = $deadline - time) > 0) {
        my $e = $socket->event(undef, $left) or last;
        last if exists $e->{close};
        next if $e->{event} ne 'entry' || $e->{conversation} ne $talk;
        push @got, $e->{seq};
        $socket->ask(ack => { cursors => { $talk => $e->{seq} } });
        last if $e->{seq} == @said;
    }

    return \@got;
}

# --- another worker's socket

my ($b, $there) = socket_on($bob, sub { 1 });
my ($a, $here) = socket_on($alice, sub { $_[0] != $there });

my $before = @said;
ok say_all($a, 5), 'one worker stores';
is_deeply hear($b, 5), [$before + 1 .. @said], "another's socket gets it";

# --- one that takes nothing, until what is for it can only be kept as a hint

my $noise = $chat->direct($alice, $carol);
my ($c) = socket_on($carol, sub { $_[0] == $there });

kill 'STOP', $there;
ok fill_up($a, $noise), 'a stopped worker keeps nobody from sending';
$before = @said;
ok say_all($a, 1), 'when no more goes to it, something is said';
kill 'CONT', $there;
is_deeply hear($b, 15), [$before + 1 .. @said],
    'which its socket gets when it goes on';

# --- one that takes nothing, and then who kept it dies

kill 'STOP', $there;
$before = @said;
ok fill_up($a, $noise) && say_all($a, 1), 'it is stopped again';
kill 'KILL', $here;
$nginx->{killed}++;
sleep 0.5;
kill 'CONT', $there;
is_deeply hear($b, 15), [$before + 1 .. @said],
    'what the dead worker kept for it is not lost';

ok ChatTest::Process::wait_for(20, sub { $nginx->workers == 3 }),
    'there are three workers again';

# --- a revocation

{
    my $phone = $chat->device($alice);
    my $got = 0;
    $got += $phone->{client}->get('/account')->{status} == 200 for 1 .. 20;
    is $got, 20, 'every worker knows a session';

    is $alice->{client}->delete('/sessions/current')->{status}, 204,
        'another one signs out'; 
    $got = 0;
    $got += $alice->{client}->get('/account')->{status} == 401 for 1 .. 20;
    is $got, 20, 'and is unknown to every worker at once';
    is $phone->{client}->get('/account')->{status}, 200, 'the other stays';
    $alice = $phone;
}

# --- a zone that isn't shared

my %old = map { $_ => 1 } $nginx->workers;
$nginx->write_conf(http => 'chat_recheck 3600s; chat_drain 300s; chat_zone 20m;');
$nginx->reload;
($a) = socket_on($alice, sub { !$old{$_[0]} });

$before = @said;
ok say_all($a, 5), 'after a reload with another zone a new worker stores';
is_deeply hear($b, 10), [$before + 1 .. @said], "an old worker's socket gets it";

# --- two masters

my $master = $nginx->upgrade;
my %new = map { $_ => 1 } $nginx->workers;
($a) = socket_on($alice, sub { $new{$_[0]} });

$before = @said;
ok say_all($a, 5), 'a worker of an upgraded binary stores';
is_deeply hear($b, 10), [$before + 1 .. @said],
    "a socket of the old one's gets it";

$_->abort for $a, $b, $c;
is_deeply [$nginx->complaints], [], 'nothing to complain about';

done_testing;
