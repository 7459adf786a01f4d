#!/usr/bin/perl

# Messages over HTTP: sending, repeating, listing, acknowledging, waiting.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time sleep);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(location => $ChatTest::Chat::limits);
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);

my ($alice, $bob, $eve) = $chat->people(qw(alice bob eve));
my $talk = $chat->direct($alice, $bob);

# --- sending

my $id = ChatTest::Chat::uuid();
my $r = $chat->send($alice, $talk, "one\0\xff", id => $id);
is $r->{status}, 201, 'a message is stored' or diag $r->{body};
is $r->{json}{seq}, 1, '... under the first number';
like $r->{json}{time}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, '... and its time';
ok !$r->{json}{duplicate}, '... for the first time';
my $first = $r->{json};

$r = $chat->send($alice, $talk, "one\0\xff", id => $id);
is $r->{status}, 201, 'the same again gets the same answer';
is_deeply $r->{json}, { %$first, duplicate => JSON::PP::true() },
    '... and says that it is a repeat';

$r = $chat->send($alice, $talk, 'other', id => $id);
is $r->{status}, 409, 'the same id with another body is refused';
is $r->{json}{code}, 'idempotency_conflict', '... for that reason';

$r = $chat->send($bob, $talk, 'two');
is $r->{json}{seq}, 2, 'numbers have no gap, whatever was refused';

$r = $chat->send($eve, $talk, 'three');
is $r->{status}, 404, 'who is no member finds no conversation';

$r = $chat->send($alice, ChatTest::Chat::uuid(), 'x');
is $r->{status}, 404, 'nor does anybody where there is none';

$r = $chat->send($alice, $talk, '');
is $r->{status}, 400, 'an empty payload is refused';

$r = $chat->send($alice, $talk, 'x' x 65537);
is $r->{status}, 413, 'a payload over the bound is refused';
is $r->{json}{code}, 'payload_too_large', '... for that reason';

$r = $alice->{client}->post("/conversations/$talk/entries",
    { client_id => ChatTest::Chat::uuid(), payload => 'dGhyZWU' });
is $r->{json}{seq}, 3, 'a message as JSON';

# --- listing

my $client = $bob->{client};
$r = $client->get("/conversations/$talk/entries?after=0");
is $r->{status}, 200, 'entries are listed';
is $r->{headers}{'content-type'}, 'application/vnd.ngx-chat.frames', '... as frames';
my @f = $chat->frames($r);
is_deeply [map { $_->{seq} } @f], [1, 2, 3], '... in order';
is $f[0]{payload}, "one\0\xff", '... with their payload';
is $f[0]{client_id}, $id, '... and their ids';
is $f[0]{sender}, $alice->{id}, '... and their senders';
is $f[0]{session}, $alice->{session}, '... and their devices';

$r = $client->get("/conversations/$talk/entries?before=3&limit=1",
                  accept => 'application/json');
is $r->{json}{items}[0]{seq}, 2, 'backwards, as JSON';
is $r->{json}{items}[0]{payload}, 'dHdv', '... with base64url';

$r = $client->get("/conversations/$talk/entries?limit=201");
is $r->{status}, 400, 'a limit over the bound is an error';
is $r->{json}{parameter}, 'limit', '... that names it';

$r = $eve->{client}->get("/conversations/$talk/entries");
is $r->{status}, 404, 'who is no member sees no entries';

# --- events and acknowledgements

# the self conversation has entries of its own: only the talk counts here
sub events {
    my ($who, $query) = @_;
    my $r = $who->{client}->get('/events' . ($query // ''));
    return grep { ($_->{conversation} // '') eq $talk } $chat->frames($r);
}

is_deeply [map { $_->{seq} } events($bob)], [1, 2, 3],
    'events are what was not acknowledged';
is_deeply [map { $_->{seq} } events($bob)], [1, 2, 3],
    '... and asking acknowledges nothing';

$r = $client->post('/ack', { cursors => { $talk => 2 } });
is $r->{status}, 204, 'an acknowledgement is answered' or diag $r->{body};
is_deeply [map { $_->{seq} } events($bob)], [3], '... after it counts';

$client->post('/ack', { cursors => { $talk => 1 } });
is_deeply [map { $_->{seq} } events($bob)], [3], 'cursors only move forward';

$r = $client->post('/ack', { cursors => { $talk => -1 } });
is $r->{status}, 400, 'a negative cursor is refused';

$r = $client->post('/ack', { cursors => {} });
is $r->{status}, 400, 'so is none at all';

# all of bob's, so that the next poll waits
my %cursors = map { $_->{conversation} => $_->{seq} }
    $chat->frames($client->get('/events'));
$client->post('/ack', { cursors => \%cursors });

my $start = time;
$r = $client->get('/events?wait=1');
is $r->{status}, 200, 'a long poll without news ends';
is $r->{body}, '', '... empty';
cmp_ok time - $start, '>', 0.8, '... when its time is over';

sub in_background {
    my ($code) = @_;
    pipe my $in, my $out or die $!;
    my $pid = fork // die $!;

    if (!$pid) {
        close $in;
        print $out eval { $code->() } // "died: $@";
        close $out;
        POSIX::_exit(0);
    }

    close $out;
    return sub { local $/; my $text = <$in>; waitpid $pid, 0; return $text };
}

my $poll = in_background(sub {
    my $begin = time;
    my $r = $client->get('/events?wait=20');
    return sprintf '%d %s %.1f', $r->{status},
        join(',', map { "$_->{seq}:$_->{payload}" } $chat->frames($r)),
        time - $begin;
});
sleep 0.5;
$chat->send($alice, $talk, 'four');
my ($status, $what, $time) = split / /, $poll->();
is $what, '4:four', 'a long poll ends at the first entry';
cmp_ok $time, '<', 5, '... at once';

$client->post('/ack', { cursors => { $talk => 4 } });
$poll = in_background(sub {
    my $r = $client->get('/events?wait=20');
    return "$r->{status} " . ($r->{json}{code} // '');
});
sleep 0.5;
$client->get('/events');
is $poll->(), '409 replaced', 'a newer poll of the same device replaces it';

$poll = in_background(sub {
    my $r = $client->get('/events?wait=20');
    return "$r->{status} " . length $r->{body};
});
sleep 0.5;
my @old = $nginx->reload;
is $poll->(), '200 0', 'a worker that leaves answers its polls at once';
ok $nginx->wait_gone(5, @old), '... and is gone soon';

is_deeply [$nginx->complaints], [], 'nothing to complain about';

done_testing;
