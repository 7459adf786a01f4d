# The own profile, others by name, conversations: reading and changing them.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => $ChatTest::Account::unlimited, workers => 2);
ChatTest::Account::ready($s, $nginx);
my ($alice, $bob) = map { ChatTest::Account->verified($s, $nginx, $_) } qw(alice bob);
my ($c, $b) = map { $_->{client} } $alice, $bob;

# the profile

my $got = $c->get('/account');
is($got->{status}, 200, 'the own profile');
is_deeply([ sort keys %{$got->{json}} ],
          [ qw(created display_name email erased_after id username verified) ], 'with its members');
my $etag = $got->{headers}{etag};
like($etag, qr/^"\d+"$/, 'and its version');

my $changed = $c->patch('/account', { display_name => 'Al' }, 'if-match' => $etag);
is($changed->{json}{display_name}, 'Al', 'is changed');
isnt($changed->{headers}{etag}, $etag, 'and has another version');
is_deeply([ @{$c->patch('/account', { display_name => 'Ali' }, 'if-match' => $etag)->{json}}{qw(status code)} ],
          [ 412, 'precondition_failed' ], 'not over a version that was not seen');
is($c->get('/account')->{json}{display_name}, 'Al', 'nothing changed');
is($c->patch('/account', { display_name => 'Ali' })->{status}, 200, 'without a condition it is');
is($c->patch('/account', { display_name => 'Alice' }, 'if-match' => '*')->{status}, 200, 'as with any');

for my $bad ('', ' ', "a\nb", 'x' x 65, 7) {
    is($c->patch('/account', { display_name => $bad })->{json}{parameter}, 'display_name',
       'refused: ' . ($bad =~ s/\n/?/r));
}
is($c->patch('/account', { email => 'x@example.org' })->{json}{code}, 'unknown_parameter',
   'an address is not changed like this');
is($c->patch('/account', { display_name => 'x' }, 'if-match' => 'x' x 65)->{json}{parameter},
   'if_match', 'a condition has its bound');

# by name

$got = $c->get('/accounts?username=bob');
is_deeply($got->{json}, { id => $bob->{id}, username => 'bob', display_name => 'bob' },
          'another account shows its names only');
is($c->get('/accounts?username=nobody')->{status}, 404, 'an unknown name is not found');
ChatTest::Account->registered($s, $nginx, 'ghost');
is($c->get('/accounts?username=ghost')->{status}, 404, 'nor is an unverified one');
is($c->get('/accounts?username=B!')->{json}{code}, 'invalid_parameter', 'a name has its form');
is($c->get('/accounts')->{json}{code}, 'missing_parameter', 'and is needed');
is($c->get('/accounts?username=bob&all=1')->{json}{code}, 'unknown_parameter', 'nothing else is');

# conversations

my $made = $c->put("/conversations/direct/$bob->{id}");
is($made->{status}, 201, 'a conversation is made');
is($made->{headers}{location}, "/api/v1/conversations/$made->{json}{id}", 'and is found there');
my $id = $made->{json}{id};
is($b->put("/conversations/direct/$alice->{id}")->{status}, 200, 'the peer opens the same');
is($b->put("/conversations/direct/$alice->{id}")->{json}{id}, $id, 'with the same id');
is($c->put("/conversations/direct/$alice->{id}")->{json}{code}, 'invalid_parameter',
   'nobody has one with himself');
is($c->put('/conversations/direct/00000000-0000-7000-8000-000000000000')->{status}, 404,
   'nor with nobody');
is($c->put("/conversations/direct/$bob->{id}", { payload => 'plain' })->{json}{parameter}, 'payload',
   'a payload is opaque or mls');
is($c->put("/conversations/direct/$bob->{id}", { history => 'x' })->{json}{parameter}, 'history',
   'history is keep or until_delivered');

my $list = $b->get('/conversations?limit=1');
is(scalar @{$list->{json}{items}}, 1, 'a page of the list');
ok($list->{json}{next}, 'tells how to go on');
my $next = $b->get("/conversations?limit=1&cursor=$list->{json}{next}");
isnt($next->{json}{items}[0]{id}, $list->{json}{items}[0]{id}, 'with the next one');
for my $bad ('limit=0', 'limit=101', 'limit=x', 'limit=1.5', 'cursor=%00', 'cursor=' . 'x' x 129) {
    is($b->get("/conversations?$bad")->{status}, 400, "refused: " . substr($bad, 0, 12));
}

is($c->get("/conversations/$id")->{json}{id}, $id, 'one conversation');
is($c->get('/conversations/x')->{json}{parameter}, 'conversation', 'by a UUID');
my $eve = ChatTest::Account->verified($s, $nginx, 'eve');
for my $path ("/conversations/$id", "/conversations/$id/entries") {
    is($eve->{client}->get($path)->{status}, 404, "another's is not found: $path");
}
is($eve->{client}->post("/conversations/$id/read", { seq => 0 })->{status}, 404,
   'nor read');

# read, with a receipt for who is there

is($b->call('POST', "/conversations/$id/entries",
            JSON::PP::encode_json({ client_id => '11111111-1111-4111-8111-111111111111',
                                    payload => 'aGVsbG8' }),
            'content-type' => 'application/json')->{status}, 201, 'something to read');

my $socket = ChatTest::Socket->new(port => $nginx->port, token => $bob->{token});
is($socket->status, 101, 'the sender listens');
$socket->resume;
ok($socket->event('drained', 5), 'and is level');

for my $bad (-1, 2, '1', 1.5) {
    is($c->post("/conversations/$id/read", { seq => $bad })->{json}{parameter}, 'seq', "seq $bad is refused");
}

my $read = $c->post("/conversations/$id/read", { seq => 1 });
is($read->{status}, 200, 'read') or diag $read->{body};
is($read->{json}{read}, 1, 'the cursor moved');
is($c->post("/conversations/$id/read", { seq => 0 })->{json}{read}, 1, 'and moves forward only');

my $receipt = $socket->event('receipt', 5);
is_deeply($receipt, { event => 'receipt', conversation => $id, account => $alice->{id},
                      delivered => 1, read => 1 }, 'the sender hears of it');
is($b->get("/conversations/$id")->{json}{members}[0]{read}
   + $b->get("/conversations/$id")->{json}{members}[1]{read}, 1, 'and finds it in the conversation');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
