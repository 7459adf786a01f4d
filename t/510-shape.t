# A hand-written nginx.conf of another shape: two servers, another prefix, one
# of them the API alone, proxying beside it; and clients of several kinds.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use IO::Select ();
use IO::Socket::INET ();
use Test::More;
use Time::HiRes qw(sleep);

use ChatTest::Chat ();
use ChatTest::Client ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $sandbox = ChatTest::Sandbox->new;
my ($second, $h2) = ($sandbox->port, $sandbox->port);
my $database = $sandbox->cluster->conninfo;
my $user = $> == 0 ? 'user www-data;' : '';
my $temp = join "\n", map { "${_}_temp_path %%DIR%%/temp/$_;" }
    qw(client_body proxy fastcgi uwsgi scgi);

my $nginx = $sandbox->nginx(conf => <<"END");
$user
worker_processes 1;
error_log %%DIR%%/logs/error.log info;
pid %%DIR%%/nginx.pid;
env ASAN_OPTIONS;
env UBSAN_OPTIONS;
load_module %%MODULE%%;
events { worker_connections 256; }
http {
    log_format chat '\$host \$request_uri \$status \$chat_operation \$chat_problem';
    access_log %%DIR%%/logs/access.log chat;
    $temp
    client_body_timeout 1s;
    map \$chat_problem \$failed { default 1; "" 0; }
    chat_database "$database";

    server {
        listen 127.0.0.1:%%PORT%%;
        server_name one;
        root %%DIR%%/html;
        error_page 404 /missing.html;

        location /talk/api/ {
            chat;

            location /talk/api/v1/health/ {
                chat_operations;
            }
        }

        location /talk/ {
            proxy_pass http://127.0.0.1:$second/v1/;
        }

        location = /missing.html { internal; return 200 "missing\\n"; }
    }

    server {
        listen 127.0.0.1:$second;
        server_name two;
        location / { chat; }
        location /static/ { return 200 "static\\n"; }
    }

    server {
        listen 127.0.0.1:$h2 http2;
        location /api { chat; }
    }
}
END

my $one = ChatTest::Client->new(port => $nginx->port, base => '/talk/api/v1');
my $two = ChatTest::Client->new(port => $second, base => '');

is $one->get('/server')->{status}, 200, 'the API under another prefix';
is $two->get('/v1/server')->{status}, 200, 'a server that is the API alone';
is $two->get('/static/x')->{body}, "static\n", 'and has a static corner';
is $two->get('/other')->{json}{code}, 'unrecognized',
    'what else it is asked for is a problem';

my $got = ChatTest::Client->new(port => $nginx->port, base => '/talk')
    ->get('/health/live');
is $got->{body}, '{"status":"ok"}', 'the API behind a proxy';

like $one->get('/health/x')->{headers}{'content-type'}, qr/ndjson/,
    'a location inside the location has its own handler';

$got = ChatTest::Client->new(port => $nginx->port, base => '')->get('/none');
is $got->{status}, 404, 'the site beside it has its own errors';

# ---- clients ----

sub access {
    my ($nginx) = @_;
    open my $in, '<', $nginx->dir . '/logs/access.log' or die $!;
    return do { local $/; <$in> } // '';
}

sub talk {
    my ($port, $wait, @packets) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port")
        or die "connect: $!";

    for my $packet (@packets) {
        if (ref $packet) {
            sleep $$packet;
        } else {
            syswrite $socket, $packet;
        }
    }

    my ($all, $closed) = ('', 0);
    my $select = IO::Select->new($socket);
    while ($select->can_read($wait)) {
        if (!sysread $socket, my $bytes, 65536) {
            $closed = 1;
            last;
        } else {
            $all .= $bytes;
        }
    }

    return ($all, $closed);
}

my $post = "POST /v1/sessions HTTP/1.1\r\nHost: two\r\n"
           . "Content-Type: application/json\r\n";

my ($answer, $closed) = talk($second, 3,
    "${post}Content-Length: 7\r\n\r\n{\"a\":1}", \0.1,
    "GET /v1/health/live HTTP/1.1\r\nHost: two\r\n\r\n", \0.1,
    "GET /v1/none HTTP/1.1\r\nHost: two\r\nConnection: close\r\n\r\n");
is join(' ', $answer =~ m{HTTP/1.1 (\d+)}g), '400 200 404',
    'one connection carries many requests, failed ones too';
ok $closed, 'until the client says it is the last';

($answer) = talk($second, 3, (map { ($_, \0.02) } split //,
    "${post}Connection: close\r\nContent-Length: 7\r\n\r\n{\"a\":1}"));
like $answer, qr/"parameter":"a"/, 'a request in single bytes is one request';

($answer, $closed) = talk($second, 4, "${post}Content-Length: 7\r\n\r\n{\"a\"");
is $answer, '', 'a body that stops is answered by nothing';
ok $closed, 'and its connection closed after client_body_timeout';

talk($second, 0.2, "${post}Content-Length: 7\r\n\r\n{\"a\"");
is $two->get('/v1/health/live')->{status}, 200, 'a cut-off body hurts nobody';

SKIP: {
    my $curl = `curl --version 2>/dev/null` || '';
    skip 'no curl with HTTP/2', 4 if $curl !~ /HTTP2/;

    my $h2c = sub {
        my @command = ('curl', '-s', '-m', 10, '--http2-prior-knowledge', '-w',
                       "\n%{http_version} %{http_code}", @_);
        open my $pipe, '-|', @command or die "curl: $!";
        return do { local $/; <$pipe> };
    };
    my $base = "http://127.0.0.1:$h2/api/v1";
    my @json = ('-H', 'content-type: application/json');

    like $h2c->("$base/server"), qr/"feature_level".*\n2 200$/s, 'HTTP/2';
    like $h2c->("$base/none"), qr/"unrecognized".*\n2 404$/s, 'its problems';
    like $h2c->(@json, '-d', '{"a":1}', "$base/sessions"),
        qr/"parameter":"a".*\n2 400$/s, 'its bodies';

    # an answer that comes before the body was sent: curl 7.88 loses it more often than not
    my $said = do {
        open my $pipe, '-|', 'node', '-e', <<'END', "http://127.0.0.1:$h2" or die "node: $!";
const http2 = require('node:http2');
const client = http2.connect(process.argv[1]);
const stream = client.request({ ':method': 'POST', ':path': '/api/v1/sessions',
                                'content-type': 'application/json' });
let status = 0, body = '';
stream.on('response', (headers) => { status = headers[':status']; });
stream.on('data', (part) => { body += part; });
stream.on('error', () => {});
stream.on('close', () => { console.log(`${body}\n2 ${status}`); client.destroy(); });
stream.end(JSON.stringify({ a: 'x'.repeat(17000) }));
END
        local $/;
        <$pipe>;
    };
    chomp $said;
    like $said, qr/"payload_too_large".*\n2 413$/s, 'its bounds';
}

# ---- bounds, and clients that leave ----

my $big = $sandbox->nginx(http => $ChatTest::Chat::limits,
                          location => 'chat_message_max_size 1m;');
like $big->output, qr/\[warn\].*"client_max_body_size" of location "\/api\/" is too small for "chat_message_max_size" or "chat_commit_max_size": set it to 1041k/,
    'a bound of nginx that cuts messages off is told at start';
unlike $nginx->output, qr/client_max_body_size/, 'the default bounds fit each other';
$big->stop;

$big = $sandbox->nginx(http => $ChatTest::Chat::limits, location =>
                       'chat_message_max_size 1m; client_max_body_size 1041k;');
my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $big);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $talk = $chat->direct($alice, $bob);
my $payload = join '', map { chr $_ % 251 } 1 .. 1048576;
is $chat->send($alice, $talk, $payload)->{status}, 201,
    'a message of the greatest size by HTTP';
my $too_much = $chat->send($alice, $talk, $payload . 'x');
is "$too_much->{status} $too_much->{json}{code} $too_much->{json}{max}",
    '413 payload_too_large 1048576', 'one byte more is too much';
my ($entry) = ChatTest::Socket->payload_frames(
    $bob->{client}->get("/conversations/$talk/entries")->{body});
ok $entry->{payload} eq $payload, 'and comes back byte for byte';
ok !glob($big->dir . '/temp/*/*'), 'no body was in a file';

for (1 .. 10) {
    my @had = ChatTest::Socket->payload_frames(
        $bob->{client}->get('/events')->{body}) or last;
    $bob->{client}->post('/ack', {
        cursors => { map { ($_->{conversation} => $_->{seq}) } @had } });
}

my ($poll) = talk($big->port, 1, "GET /api/v1/events?wait=60 HTTP/1.1\r\n"
    . "Host: x\r\nAuthorization: Bearer $bob->{token}\r\n\r\n");
is length $poll, 0, 'a poll waits';
ok ChatTest::Process::wait_for(5, sub {
    access($big) =~ /"GET \/api\/v1\/events\?wait=60 HTTP\/1.1" 499/
}), 'and ends when its client leaves';
unlike $big->log, qr/\[(?:alert|emerg|crit|error)\]/, 'without a complaint';

my $log = $nginx->log;
unlike $log, qr/\[(?:alert|emerg|crit)\]/, 'nginx has nothing to complain of';

my @lines = split /^/m, access($nginx);
ok((grep { /^127\.0\.0\.1 \/v1\/server 200 server_get -$/ } @lines),
   'the access log names operations of any server');
ok !(grep { / 5\d\d / } @lines), 'and no answer was our fault';

done_testing;
