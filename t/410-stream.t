#!/usr/bin/perl

# A device's socket: what waits for it comes first and in order, then what is
# new; whatever worker it is on.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time sleep);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2,
    location => "$ChatTest::Chat::limits chat_window 20;",
    events => 'accept_mutex off;',
    http => 'chat_recheck 3600s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);

my ($alice, $bob) = $chat->people(qw(alice bob));
my $talk = $chat->direct($alice, $bob);

# entries of the talk until drained, acknowledged as they come
sub until_drained {
    my ($socket) = @_;
    my @got;

    while (my $e = $socket->event) {
        last if $e->{event} eq 'drained' || exists $e->{close};
        next if $e->{event} ne 'entry';
        push @got, $e if $e->{conversation} eq $talk;
        $socket->ask(ack => { cursors => { $e->{conversation} => $e->{seq} } });
    }

    return @got;
}

# --- offline, then in order

$chat->send($_ % 2 ? $alice : $bob, $talk, "m$_") for 1 .. 50;

my $b = $chat->socket($bob);
is $b->status, 101, 'a socket opens';
my $hello = $b->event('hello');
is $hello->{session}, $bob->{session}, 'hello names the session';
like $hello->{log_epoch}, qr/^[0-9a-f-]{36}$/, '... the log';
is $hello->{pending}, 51, '... and how much waits';

is $b->event(undef, 0.5), undef, 'nothing comes before the resume';

my $answer = $b->call(resume => { log_epoch => $hello->{log_epoch}, cursors => {} });
ok $answer->{ok}, 'resume is answered' or diag explain $answer;

my @got = until_drained($b);
is_deeply [map { $_->{seq} } @got], [1 .. 50],
    'what waited comes in order, in windows, then drained';
is_deeply [map { $_->{payload} } @got], [map { "m$_" } 1 .. 50], '... whole';

# --- live, from both workers

for my $n (51 .. 70) {
    $chat->send($alice, $talk, "m$n");
}

my @live;
while (@live < 20) {
    my $e = $b->event('entry', 3) or last;
    push @live, $e;
    $b->ask(ack => { cursors => { $talk => $e->{seq} } });
}
is_deeply [map { $_->{seq} } @live], [51 .. 70], 'what is new comes in order';

my $a = $chat->socket($alice);
$a->resume({ $talk => 68 });
ok $a->{resumed}{ok}, 'resume applies cursors';
is_deeply [map { $_->{seq} } until_drained($a)], [69, 70],
    '... and what they cover does not come again';

my $start = time;
my $sent = $a->call(entry_send => { conversation => $talk,
                                    client_id => ChatTest::Chat::uuid() }, 'hi');
is $sent->{ok}{seq}, 71, 'a send over the socket' or diag explain $sent;
my $e = $b->event('entry');
is $e->{payload}, 'hi', '... comes to the other';
cmp_ok time - $start, '<', 1, '... soon';
is $a->event('entry')->{seq}, 71, '... and to the sender itself';

# --- acknowledgements

$answer = $b->call(ack => { cursors => { $talk => 71 } });
ok $answer->{ok}, 'an acknowledgement with an id is answered';

my $receipt = $a->event('receipt');
ok $receipt, 'the sender hears that it was delivered';
SKIP: {
    skip 'no receipt', 2 if !$receipt;
    $receipt = $a->event('receipt', 1) // $receipt
        while $receipt->{delivered} < 71 && @{$a->{events}};
    is $receipt->{account}, $bob->{id}, '... to whom';
    is $receipt->{conversation}, $talk, '... and where';
}

$b->abort;
$b = $chat->socket($bob);
$b->resume;
is_deeply [until_drained($b)], [],
    'nothing comes again that an answered acknowledgement covered';

# --- the window

$chat->send($alice, $talk, "w$_") for 1 .. 30;
my @window;
while (my $e = $b->event('entry', 1)) { push @window, $e }
is scalar @window, 20, 'without acknowledgements the window is the bound';
$b->ask(ack => { cursors => { $talk => $window[-1]{seq} } });
while (my $e = $b->event('entry', 1)) { push @window, $e }
is_deeply [map { $_->{payload} } @window], [map { "w$_" } 1 .. 30],
    '... and the rest follows from the log';
$b->call(ack => { cursors => { $talk => $window[-1]{seq} } });
$b->close;

# --- another log

$b = $chat->socket($bob);
$hello = $b->event('hello');
$answer = $b->call(resume => { log_epoch => ChatTest::Chat::uuid(),
                               cursors => { $talk => 5 } });
is $answer->{problem}{code}, 'log_epoch_mismatch', 'cursors of another log are refused';
my $resync = $b->event('resync');
is $resync->{log_epoch}, $hello->{log_epoch}, '... with the word to start anew';
$answer = $b->call(resume => { log_epoch => $hello->{log_epoch},
                               cursors => { $talk => 100000 } });
is $answer->{problem}{code}, 'log_epoch_mismatch', 'so are cursors beyond the log';
$answer = $b->call(resume => { log_epoch => $hello->{log_epoch}, cursors => {} });
ok $answer->{ok}, '... after which it can resume';
is_deeply [until_drained($b)], [], '... from its cursor';

# --- replaced

my $newer = $chat->socket($bob);
my $closed = $b->event('close', 3);
is $closed->{close}, 4409, 'a newer socket of the device replaces the older';
$newer->resume;
$chat->send($alice, $talk, 'to the newer');
is $newer->event('entry')->{payload}, 'to the newer', '... and gets what comes';

my $r = $bob->{client}->get('/events');
is $r->{status}, 200, 'a poll counts as the device\'s socket';
is $newer->event('close', 3)->{close}, 4409, '... and replaces it';

# many at once: one stays
my @all = map { $chat->socket($bob) } 1 .. 6;
my @open;
for my $socket (@all) {
    my $end = $socket->event('close', 1);
    push @open, $socket if !$end;
}
is scalar @open, 1, 'of several at once one stays';

# --- signing out

$r = $bob->{client}->delete('/sessions/current');
is $r->{status}, 204, 'signing out';
is $open[0]->event('close', 3)->{close}, 4401, '... closes the socket' if @open;

is_deeply [$nginx->complaints], [], 'nothing to complain about';

done_testing;
