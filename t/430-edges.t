#!/usr/bin/perl

# What goes wrong for one must not go wrong for others: poisonous sends, locks
# that others hold, a database that hangs, clients that don't read, large
# messages between workers.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time sleep);

use ChatTest::Chat ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new(own => 1);
my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;',
    location => "$ChatTest::Chat::limits chat_message_max_size 256k;
                 chat_window 1000;",
    http => 'chat_recheck 3600s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);

my ($alice, $bob, $carol) = $chat->people(qw(alice bob carol));
my $ab = $chat->direct($alice, $bob);
my $ac = $chat->direct($alice, $carol);

sub open_socket {
    my ($device, %opt) = @_;
    my $socket = $chat->socket($device, timeout => 15, %opt);
    $socket->resume;
    $socket->event('drained');
    return $socket;
}

sub ask {
    my ($socket, $conversation, $payload, $id) = @_;
    return $socket->ask(entry_send => { conversation => $conversation,
        client_id => $id || ChatTest::Chat::uuid() }, $payload);
}

# --- one poisonous send among others

$s->cluster->psql_super('chat', q{
    CREATE FUNCTION chat.poison() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.payload = 'poison' THEN RAISE 'poison'; END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER poison BEFORE INSERT ON chat.entry
        FOR EACH ROW EXECUTE FUNCTION chat.poison()});

my $writer = open_socket($alice);
my @ids = map { ask($writer, $_ % 2 ? $ab : $ac, $_ == 7 ? 'poison' : "p$_") } 1 .. 20;
my @answers = map { $writer->answer($_) } @ids;
is_deeply [map { $_->{problem} ? $_->{problem}{code} : 'ok' } @answers],
    [map { $_ == 7 ? 'internal' : 'ok' } 1 .. 20], 'a poisonous send fails alone';
is_deeply [map { $_->{ok}{seq} } grep { $_->{ok} } @answers[map { $_ * 2 } 0 .. 9]],
    [1 .. 9], '... and the others keep their order';
$s->cluster->psql_super('chat', 'DROP TRIGGER poison ON chat.entry');

# --- a lock that somebody else holds

my $pid = fork // die $!;
if (!$pid) {
    eval { $s->cluster->psql_super('chat', "BEGIN;
        SELECT 1 FROM chat.conversation WHERE id = '$ab' FOR UPDATE;
        SELECT pg_sleep(4); COMMIT") };
    POSIX::_exit(0);
}
sleep 0.5;

my $start = time;
my $locked = ask($writer, $ab, 'locked 1');
my $behind = ask($writer, $ab, 'locked 2');
sleep 0.1;
my @free;
for (1 .. 5) {
    my $begin = time;
    push @free, $writer->answer(ask($writer, $ac, "free $_"));
    pass sprintf '%.2f s for a conversation that is not locked', time - $begin;
}
is scalar(grep { $_->{ok} } @free), 5, 'a locked conversation does not stop others';
cmp_ok time - $start, '<', 3, '... which wait for it no longer than the lock\'s deadline';
my ($one, $two) = map { $writer->answer($_) } $locked, $behind;
ok $one->{ok} && $two->{ok}, 'its sends are stored once it is free'
    or diag explain [$one, $two];
is $two->{ok}{seq}, $one->{ok}{seq} + 1, '... in order';
waitpid $pid, 0;

# --- a large message, from a worker to the other

my @bobs = map { $chat->device($bob) } 1 .. 3;
my @sockets = map { open_socket($_) } @bobs;
my $large = join '', map { chr int rand 256 } 1 .. 200_000;
my $medium = join '', map { chr int rand 256 } 1 .. 40_000;
ok $writer->answer(ask($writer, $ab, $large))->{ok}, 'a large message';
ok $writer->answer(ask($writer, $ab, $medium))->{ok}, '... and one that fits a packet';
for my $socket (@sockets) {
    my @got;
    while (@got < 2) {
        my $e = $socket->event('entry', 5) or last;
        push @got, $e->{payload} if $e->{conversation} eq $ab;
    }
    ok @got == 2 && $got[0] eq $large && $got[1] eq $medium, '... reach each device whole, in order';
}

# --- a client that doesn't read

my $slow = open_socket($carol);
my $carol2 = $chat->device($carol);
my $fast = open_socket($carol2);
my $bulk = 'x' x 60_000;
@ids = map { ask($writer, $ac, "$_ $bulk") } 1 .. 150;
@answers = map { $writer->answer($_) } @ids;
is scalar(grep { $_->{ok} } @answers), 150, 'sends go on';
my $n = 0;
while ($n < 150) {
    my $e = $fast->event('entry', 10) or last;
    $n++ if length $e->{payload} > 60_000;
}
is $n, 150, '... others get them';
my $memory = (sort { $a <=> $b } map { $nginx->memory($_) } $nginx->workers)[-1];
cmp_ok $memory, '<', 100_000, "... and no worker keeps them in memory ($memory KiB)";
my @numbers;
while (@numbers < 150) {
    my $e = $slow->event('entry', 10) or last;
    next if $e->{conversation} ne $ac || length $e->{payload} < 60_000;
    push @numbers, $e->{payload} =~ /^(\d+)/;
}
is_deeply \@numbers, [1 .. 150], 'the slow one gets all in order, once it reads';

# --- a log that can't be read for a while

my $dan = $chat->person('dan');
my $ad = $chat->direct($alice, $dan);
my $reader = open_socket($dan);
my $type = 'uuid,uuid[],bigint[],boolean,integer,integer';
$s->cluster->psql_super('chat', "ALTER FUNCTION chat.read_log($type) RENAME TO read_log_gone");
ok $writer->answer(ask($writer, $ad, 'unread'))->{ok}, 'a message while the log can\'t be read';
sleep 1;
$s->cluster->psql_super('chat', "ALTER FUNCTION chat.read_log_gone($type) RENAME TO read_log");
my $late;
do { $late = $reader->event('entry', 15) } while $late && $late->{conversation} ne $ad;
is $late && $late->{payload}, 'unread', '... comes when it can, without another cause';

# --- a database that hangs

my $id = ChatTest::Chat::uuid();
$s->cluster->pause;
$start = time;
my $hung = ask($writer, $ab, 'hung', $id);
my $answer = $writer->answer($hung);
my $took = time - $start;
$s->cluster->resume;
my $told;
do { $told = $sockets[0]->event('entry', 10) } while $told && $told->{payload} ne 'hung';
ok $told, 'what was stored all the same reaches the others, though the sender was not told';
ok $answer->{problem}{retryable}, 'a database that hangs: a problem that says to try again'
    or diag explain $answer;
cmp_ok $took, '<', 8, "... in time ($took)";
my $r;
ok ChatTest::Process::wait_for(15, sub {
    $r = $writer->answer(ask($writer, $ab, 'hung', $id));
    $r && $r->{ok};
}), '... which works once it answers again';
my $again = $writer->answer(ask($writer, $ab, 'hung', $id));
is $again->{ok}{seq}, $r->{ok}{seq}, '... and stores it once';
ok $again->{ok}{duplicate}, '... as the repeat says';

# --- a worker that stands still

my ($first) = $nginx->workers;
kill 'STOP', $first;
my @sent;
for my $try (1 .. 6) {
    my $client = $s->client($nginx, timeout => 2, token => $alice->{token});
    my $r = $chat->send($alice, $ab, "while one stands $try", client => $client);
    push @sent, $r->{json}{seq} if $r->{status} == 201;
}
sleep 1;
kill 'CONT', $first;
for my $socket (@sockets) {
    my %got;
    my $deadline = time + 10;
    while (time < $deadline && grep { !$got{$_} } @sent) {
        my $e = $socket->event('entry', 1) or next;
        $got{$e->{seq}}++ if $e->{conversation} eq $ab;
    }
    is_deeply [grep { ($got{$_} // 0) != 1 } @sent], [],
        scalar(@sent) . ' messages of the other reach everybody once';
}

is_deeply [$nginx->complaints], [], 'nothing to complain about';

done_testing;
