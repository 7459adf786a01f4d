#!/usr/bin/perl

# The room that one account takes is not taken from others: acknowledgements that
# wait, requests that wait for a connection, sends behind a lock.

use strict;
use warnings;

use lib 't/lib';
use POSIX ();
use Test::More;
use Time::HiRes qw(time sleep);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new(own => 1);
my $nginx = $s->nginx(
    database => $s->cluster->conninfo . '" connections=1 "queue=8',
    location => "$ChatTest::Chat::limits chat_window 1000;",
    http => 'chat_recheck 3600s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);

my ($alice, $bob, $carol) = $chat->people(qw(alice bob carol));
my $ab = $chat->direct($alice, $bob);
my $bc = $chat->direct($bob, $carol);

sub open_socket {
    my ($device) = @_;
    my $socket = $chat->socket($device, timeout => 15);
    $socket->resume;
    $socket->event('drained');
    return $socket;
}

sub ask {
    my ($socket, $conversation, $payload) = @_;
    return $socket->ask(entry_send => { conversation => $conversation,
        client_id => ChatTest::Chat::uuid() }, $payload);
}

my @many = map { open_socket($chat->device($alice)) } 1 .. 4;
my $other = open_socket($bob);
ok $other->answer(ask($other, $bc, 'one'))->{ok}, 'a message';

# --- acknowledgements that wait

$s->cluster->pause;
my @acks = map { [$_, $_->ask(ack => { cursors =>
    { map { ChatTest::Chat::uuid() => 1 } 1 .. 200 } })] } (@many) x 3;
sleep 0.5;
my $mine = $other->ask(ack => { cursors => { $bc => 1 } });
sleep 0.5;
$s->cluster->resume;
ok $other->answer($mine)->{ok}, 'an acknowledgement beside another account\'s many';
my @codes = map { my $a = $_->[0]->answer($_->[1]);
                  $a->{ok} ? 'ok' : $a->{problem}{code} } @acks;
is scalar(grep { $_ eq 'ok' } @codes), 5, '... of which as many wait as its part of the room holds';
is scalar(grep { $_ eq 'overloaded' } @codes), 7, '... and the others come again later';
ok $many[0]->call(ack => { cursors => { $ab => 1 } })->{ok}, 'the room is given back';

# --- sends behind a lock

my $pid = fork // die $!;
if (!$pid) {
    eval { $s->cluster->psql_super('chat', "BEGIN;
        SELECT 1 FROM chat.conversation WHERE id = '$ab' FOR UPDATE;
        SELECT pg_sleep(4.2); COMMIT") };
    POSIX::_exit(0);
}
sleep 0.3;
my @behind = map { my $n = $_; map { [$_, ask($_, $ab, "behind $n")] } @many } 1 .. 60;
sleep 0.2;
my $start = time;
ok $other->answer(ask($other, $bc, 'free'))->{ok}, 'a message while 240 wait for a lock';
my $took = time - $start;
cmp_ok $took, '<', 2.5, sprintf '... waits no longer than the lock\'s deadline (%.2f s)', $took;
is scalar(grep { $_->[0]->answer($_->[1])->{ok} } @behind), 240, '... which are stored after it';
waitpid $pid, 0;
is $s->cluster->psql_super('chat', "SELECT string_agg(convert_from(payload, 'utf8'), ',' ORDER BY seq)
        FROM chat.entry e WHERE conversation = '$ab' AND session = (
        SELECT session FROM chat.entry WHERE conversation = '$ab' ORDER BY seq LIMIT 1)"),
    join(',', map { "behind $_" } 1 .. 60), '... in order';

# --- requests that wait for a connection

$s->cluster->psql_super('chat', q{
    CREATE OR REPLACE FUNCTION chat.account_lookup(p_account uuid, p_session uuid, p_username text)
    RETURNS chat.reply LANGUAGE plpgsql AS $$
    DECLARE r chat.reply;
    BEGIN PERFORM pg_sleep(3); r.status := 200; r.body := '{}'; RETURN r; END $$});
my @slow = map { my $from = $_;
    map { [$from, $from->ask(account_lookup => { username => 'bob' })] } 1 .. 30 } @many;
sleep 0.5;
$start = time;
my $sent = $other->answer(ask($other, $bc, 'beside them'));
ok $sent->{ok}, 'a message while reads wait in a full queue' or diag explain $sent;
cmp_ok time - $start, '<', 2, '... doesn\'t wait for them';
ok scalar(grep { my $a = $_->[0]->answer($_->[1]); $a && $a->{problem}
                 && $a->{problem}{retryable} } @slow), '... the queue was full';

is_deeply [grep { !/didn't answer|still waited/ } $nginx->complaints], [], 'nothing to complain about';

done_testing;
