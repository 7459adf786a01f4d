#!/usr/bin/perl

# Blocking over the API and the socket: the blocked one notices nothing, the blocker gets nothing.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;',
    location => $ChatTest::Chat::limits, http => 'chat_recheck 3600s; chat_maintain 3600s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my ($alice, $bob, $carol) = $chat->people(qw(alice bob carol));
my $bob2 = $chat->device($bob);
my $talk = $chat->direct($alice, $bob);

sub online {
    my ($device) = @_;
    my $socket = $chat->socket($device);
    my $hello = $socket->event('hello');
    $socket->call(resume => { log_epoch => $hello->{log_epoch}, cursors => {} });
    while (my $e = $socket->event) { last if $e->{event} eq 'drained' }
    return $socket;
}

# the events of a conversation that come within a while
sub hears {
    my ($socket, $conversation, $seconds) = @_;
    my ($end, @got) = (time + $seconds);
    while (time < $end) {
        my $e = $socket->event(undef, 0.2) or next;
        push @got, $e if ($e->{conversation} || '') eq $conversation;
    }
    return @got;
}

# what an answer says, without what differs from one to the next anyway
sub shape {
    my ($r) = @_;
    my $json = JSON::PP->new->canonical->encode($r->{json} || {});
    $json =~ s/"(seq|last_seq)":\d+/"$1":0/g;
    $json =~ s/[0-9a-f]{8}-[0-9a-f-]{27}/ID/g;
    $json =~ s/\d{4}-\d\d-\d\dT[^"]*/TIME/g;
    return "$r->{status} $json";
}

my @sockets = map { online($_) } $bob, $bob2;
my $alices = online($alice);
$chat->send($alice, $talk, 'before');
is_deeply [map { (hears($_, $talk, 1))[0]{payload} } @sockets], ['before', 'before'],
    'before the block all devices hear what is said';

my %before = map { $_->[0] => shape($_->[1]->()) }
    [list => sub { $alice->{client}->get("/conversations/$talk") }],
    [lookup => sub { $alice->{client}->get('/accounts?username=bob') }],
    [devices => sub { $alice->{client}->get("/accounts/$bob->{id}/devices") }],
    [claim => sub { $alice->{client}->post("/accounts/$bob->{id}/key_packages/claim", {}) }],
    [direct => sub { $alice->{client}->put("/conversations/direct/$bob->{id}", {}) }],
    [send => sub { $chat->send($alice, $talk, 'x') }];
hears($_, $talk, 0.5) for @sockets, $alices;

my $r = $bob->{client}->put("/blocks/$alice->{id}");
is $r->{status}, 204, 'a block' or diag $r->{body};
is $bob->{client}->get('/blocks')->{json}{items}[0]{username}, 'alice', '... is listed';
is $sockets[1]->event('entry', 3)->{body}{type}, 'block_added', '... and told to the other devices';

my %after = map { $_->[0] => shape($_->[1]->()) }
    [list => sub { $alice->{client}->get("/conversations/$talk") }],
    [lookup => sub { $alice->{client}->get('/accounts?username=bob') }],
    [devices => sub { $alice->{client}->get("/accounts/$bob->{id}/devices") }],
    [claim => sub { $alice->{client}->post("/accounts/$bob->{id}/key_packages/claim", {}) }],
    [direct => sub { $alice->{client}->put("/conversations/direct/$bob->{id}", {}) }],
    [send => sub { $chat->send($alice, $talk, 'y') }];
# the one who writes sees that as the newest entry
s/"last_entry":\{[^}]*\}/"last_entry":ENTRY/g for values %before, values %after;
is_deeply \%after, \%before, 'every answer to the blocked one has the shape of before';

$chat->send($alice, $talk, "insult $_") for 1 .. 5;
is_deeply [map { hears($_, $talk, 1) } @sockets], [], 'the blocker\'s devices hear nothing';
is hears($alices, $talk, 1), 6, 'the blocked one\'s own devices hear all of it';
$alice->{client}->post("/conversations/$talk/read", { seq => 7 });
is_deeply [map { hears($_, $talk, 1) } @sockets], [], 'no receipt comes';
is $chat->send($bob, $talk, 'x')->{json}{code}, 'blocked', 'the blocker can not write there';
is $bob->{client}->get("/conversations/$talk")->{json}{blocked}, JSON::PP::true(), '... and sees why';

my $again = online($bob);
is_deeply [hears($again, $talk, 0.5)], [], 'nor does a device hear it that comes back';
is $alice->{client}->put("/conversations/direct/$carol->{id}", {})->{status}, 201, 'others are as ever';

# an account that blocks first is as one that doesn't
is $carol->{client}->put("/blocks/$bob->{id}")->{status}, 204, 'one who was never written to blocks';
my $to_carol = $bob->{client}->put("/conversations/direct/$carol->{id}", {});
is $to_carol->{status}, 201, 'a conversation is begun with her';
is $chat->send($bob, $to_carol->{json}{id}, 'hello')->{status}, 201, '... and written to';
ok !(grep { $_->{id} eq $to_carol->{json}{id} } @{$carol->{client}->get('/conversations')->{json}{items}}),
    '... which she does not see';
is $carol->{client}->put("/conversations/direct/$bob->{id}", {})->{json}{code}, 'blocked',
    '... nor can begin herself';

# and ends
is $bob->{client}->delete("/blocks/$alice->{id}")->{status}, 204, 'the block ends';
$chat->send($alice, $talk, 'sorry');
is_deeply [map { map { $_->{payload} } grep { $_->{event} eq 'entry' } hears($_, $talk, 1.5) } $again, $sockets[1]],
    ['sorry', 'sorry'], 'what is said from now on comes, on every worker';
is $chat->send($bob, $talk, 'fine')->{status}, 201, 'and both write';

# a send costs the same: the two are timed by turns
my ($free, $blocked) = ($chat->direct($alice, $carol), $talk);
$bob->{client}->put("/blocks/$alice->{id}");
my %took;
for my $n (1 .. 150) {
    for my $where ($free, $blocked) {
        my $start = time;
        $chat->send($alice, $where, 'z');
        push @{$took{$where}}, time - $start;
    }
}
my ($m1, $m2) = map { (sort { $a <=> $b } @{$took{$_}})[75] } $free, $blocked;
cmp_ok abs($m1 - $m2) / $m1, '<', 0.25, sprintf 'a send takes as long: medians %.2f and %.2f ms', $m1 * 1e3, $m2 * 1e3;

is join("\n", $nginx->complaints), '', 'nothing to complain about in the log';
done_testing;
