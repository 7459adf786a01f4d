# The API's socket: who gets one, what its frames mean, how it ends.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

$SIG{PIPE} = 'IGNORE';

my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(
    workers => 2,
    http => "$ChatTest::Chat::limits chat_cors_origin https://app.example;
             chat_drain 1s; chat_max_sockets 12; chat_message_max_size 20k;",
    server => 'location /quick/ { chat; chat_socket ping=2s timeout=1s; }',
    location => 'chat_socket buffer=32k;');
my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $nginx);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $talk = $chat->direct($alice, $bob);

sub refused {
    my ($status, $code, $name, %opt) = @_;
    my $s = ChatTest::Socket->new(port => $nginx->port, %opt);
    $s->fill(time + 1) if $s->{in} !~ /}/;
    is $s->status, $status, "$name: $status";
    like $s->head . $s->{in}, qr/"code":"$code"/, "$name: $code";
    return $s;
}

subtest 'who gets a socket' => sub {
    refused(401, 'unauthorized', 'no token');
    refused(401, 'unauthorized', 'a made-up token',
            token => 'ngxc_' . 'A' x 43);
    refused(403, 'origin_refused', 'a page of another origin',
            token => $alice->{token}, origin => 'https://evil.example');
    refused(400, 'invalid_handshake', 'another subprotocol',
            token => $alice->{token},
            headers => ['Sec-WebSocket-Protocol' => 'graphql']);

    my $s = $chat->socket($alice, origin => 'https://app.example');
    is $s->status, 101, 'a page of a listed origin';
    $s->close;

    $s = $chat->socket($alice, origin => 'http://127.0.0.1:' . $nginx->port);
    is $s->status, 101, 'a page of this server';
    $s->close;

    $s = ChatTest::Socket->new(port => $nginx->port, headers => [
        'Sec-WebSocket-Protocol' => "ngx-chat.v1, $alice->{token}"]);
    is $s->status, 101, "a browser's token beside the subprotocol";
    like $s->head, qr/^Sec-WebSocket-Protocol: ngx-chat\.v1\r$/m,
        'only the subprotocol comes back';
    $s->close;

    my $r = $alice->{client}->get('/socket');
    is $r->{status}, 426, 'a request without the handshake';
    is $r->{json}{code}, 'upgrade_required', 'as a problem';
};

subtest 'a socket from before the verification' => sub {
    my $client = $sandbox->client($nginx);
    my $new = $client->post('/accounts', { username => 'carol',
        email => 'carol@example.org', password => 'a long password of carol' });
    my $s = $chat->socket({ token => $new->{json}{token} });
    is $s->call('conversation_list')->{problem}{code}, 'not_verified', 'may only verify';
    $sandbox->cluster->psql("SELECT chat.account_verify_by_hand('carol')");
    is ref $s->call('conversation_list')->{ok}{items}, 'ARRAY', 'and then do everything';
    $s->close;
};

subtest 'hello, resume, drained' => sub {
    my $s = $chat->socket($alice);
    my $hello = $s->event('hello');
    is $hello->{session}, $alice->{session}, 'hello tells the session';
    like $hello->{log_epoch}, qr/^[0-9a-f-]{36}$/, 'and the epoch of the log';

    my $r = $s->call(resume => { log_epoch => $hello->{log_epoch}, cursors => {} });
    ok $r->{ok}, 'resume is answered';
    ok $s->event('drained'), 'and what was pending ends with drained';
    $s->close;
};

subtest 'what is no call' => sub {
    my $s = $chat->socket($alice);
    $s->resume;

    for (['{', 'invalid_json'], ['[]', 'invalid_json'],
         ['{"op":"account_get","op":"x"}', 'invalid_json'],
         ["{\"op\":\"account_get\",\"x\":\"\\u0000\"}", 'invalid_json'],
         ['{"id":1.5,"op":"account_get"}', 'invalid_frame'],
         ['{"id":"' . 'x' x 65 . '","op":"account_get"}', 'invalid_frame'],
         ['{"id":"n1"}', 'invalid_frame'],
         ['{"id":"n2","op":"no_such"}', 'unrecognized'],
         ['{"id":"n3","op":"socket"}', 'unrecognized'],
         ['{"id":"n4","op":"ack"}', 'missing_parameter'],
         ['{"id":"n5","op":"ack","cursors":[]}', 'invalid_parameter'],
         ['{"id":"n6","op":"ack","cursors":{},"more":1}', 'unknown_parameter'],
         ['{"id":"n7","op":"account_lookup"}', 'missing_parameter'],
         ['{"id":"n8","op":"account_lookup","username":"bob","x":1}', 'unknown_parameter'],
         ['{"id":"n9","op":"entry_send"}', 'invalid_frame'])
    {
        my ($text, $code) = @$_;
        $s->text($text);
        my ($id) = $text =~ /"id":"(n\d)"/;
        my $r = $s->answer($id // '');
        is $r && $r->{problem}{code}, $code, substr $text, 0, 60;
    }

    $s->binary("\0\0\0\5{}");
    is $s->answer('')->{problem}{code}, 'invalid_frame', 'a broken payload frame';
    $s->binary($s->payload_frame({ id => 'b1', op => 'account_get' }, 'x'));
    is $s->answer('b1')->{problem}{code}, 'invalid_frame', 'a payload where none goes';

    my $me = $s->call('account_get');
    is $me->{ok}{username}, 'alice', 'and the socket lives on';
    is $s->call('account_lookup', { username => 'bob' })->{ok}{id}, $bob->{id},
        'any operation can be called';
    $s->close;
};

subtest 'sending and receiving' => sub {
    my ($a, $b) = map { $chat->socket($_) } $alice, $bob;
    $_->resume, $_->event('drained') for $a, $b;

    my @ids = map { $a->ask(entry_send => { conversation => $talk,
                                            client_id => ChatTest::Chat::uuid() },
                            "message $_") } 1 .. 150;
    my @seqs = map { $a->answer($_)->{ok}{seq} } @ids;
    is "@seqs", join(' ', $seqs[0] .. $seqs[0] + 149),
        'pipelined sends keep their order';

    my @got;
    while (@got < 150) {
        my $e = $b->event('entry') or last;
        next if $e->{kind} ne 'message';
        push @got, $e->{payload};
        $b->call(ack => { cursors => { $talk => $e->{seq} } }) if @got % 40 == 0;
    }
    is "@got", join(' ', map { "message $_" } 1 .. 150), 'and arrive in it, across the window';

    my $list = $b->call(entry_list => { conversation => $talk, after => 0, limit => 3 });
    is scalar(() = $b->payload_frames($list->{payload})), 3, 'a page of the log on the socket';
    is $list->{ok}{more}, JSON::PP::true(), 'which says that there is more';

    my $page = $alice->{client}->get("/conversations/$talk/entries?after=0&limit=3");
    is $page->{headers}{link}, '<?after=3&limit=3>; rel="next"', 'over HTTP, too, with the way on';
    $page = $alice->{client}->get("/conversations/$talk/entries?before=3", accept => 'application/json');
    is $page->{headers}{link}, undef, 'but not on the last page';
    is $page->{json}{more}, JSON::PP::false(), 'which says so';

    my $r = $a->answer($a->ask(entry_send => { conversation => $talk,
        client_id => ChatTest::Chat::uuid() }, 'x' x 20481));
    is $r->{problem}{code}, 'payload_too_large', 'over chat_message_max_size';
    $_->close for $a, $b;
};

subtest 'how it ends' => sub {
    my $old = $chat->socket($alice);
    $old->resume;
    my $new = $chat->socket($alice);
    $new->resume;
    is $old->event('close')->{close}, 4409, 'a newer socket of the device takes over';

    my $device = $chat->device($alice);
    my $s = $chat->socket($device);
    $s->resume;
    is $device->{client}->delete('/sessions/current')->{status}, 204, 'signed out';
    is $s->event('close')->{close}, 4401, 'closes its socket';
    refused(401, 'unauthorized', 'and its token is dead', token => $device->{token});

    my $half = $chat->socket($bob, path => '/quick/v1/socket');
    $half->event('hello');
    $half->write(substr $half->frame(text => 'x' x 100), 0, 50);
    is $half->event('close', 10)->{close}, 4408, 'half a frame and then silence';

    my $bare = $chat->socket($alice);
    $bare->write("\x81\x05hello");
    is $bare->event('close')->{close}, 1002, 'an unmasked frame';
};

subtest 'a client that never reads' => sub {
    my $slow = $chat->socket($bob);
    $slow->resume;
    my $before = $nginx->memory(($nginx->workers)[0]) + $nginx->memory(($nginx->workers)[1]);
    $chat->send($alice, $talk, 'y' x 20000) for 1 .. 200;
    my $after = $nginx->memory(($nginx->workers)[0]) + $nginx->memory(($nginx->workers)[1]);
    cmp_ok $after - $before, '<', 4096 * ($ENV{TEST_NGINX_CHAT_FLAVOUR} eq 'asan' ? 8 : 1),
        'holds a bounded share of memory';

    my $again = $chat->socket($bob);
    $again->resume;
    my ($n, $last) = (0, 0);
    while (my $e = $again->event('entry', 3)) {
        next if $e->{conversation} ne $talk || $e->{kind} ne 'message';
        $n++ if $e->{payload} eq 'y' x 20000;
        ok 0, "number $e->{seq} after $last" if $last && $e->{seq} != $last + 1;
        $last = $e->{seq};
        $again->ask(ack => { cursors => { $talk => $last } }) if $last % 20 == 0;
        last if $n == 200;
    }
    is $n, 200, 'and finds all of it when it comes again';
    $_->abort for $slow, $again;
};

subtest 'a reload' => sub {
    my @sockets = map { $chat->socket($chat->device($alice)) } 1 .. 6;
    $_->resume for @sockets;
    my @old = $nginx->reload;
    is join(' ', map { ($_->event('close') || {})->{close} // 'none' } @sockets),
        '1012 1012 1012 1012 1012 1012', 'tells the sockets to come again';
    ok $nginx->wait_gone(10, @old), 'and the old workers leave';
    my $s = $chat->socket($alice);
    ok $s->resume, 'a socket of the new ones';
    $s->close;
};

subtest 'chat_max_sockets' => sub {
    my @sockets = map { $chat->socket($alice) } 1 .. 1;
    my @devices = map { $chat->device($bob) } 1 .. 5;
    push @sockets, map { $chat->socket($_) } @devices;
    my $r = $sandbox->client($nginx)->get('/server');
    is $r->{status}, 200, 'requests go on beside many sockets';
    is scalar(grep { $_->status == 101 } @sockets), 6, 'sockets below the bound';
    $_->close for @sockets;
};

is join('', $nginx->complaints), '', 'no alert in the error log';

done_testing;
