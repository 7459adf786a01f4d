# Security headers: on every answer below the API, nginx's own included, and on
# every file of the web client; a socket that another site opens.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $dir = $s->dir;
my $root = $ChatTest::Sandbox::root;

system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
       . " -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
       . " -keyout $dir/key.pem -out $dir/cert.pem 2>$dir/openssl.log") == 0 or die 'openssl';

mkdir "$dir/web";
for (['index.html', '<!doctype html>'], ['app.js', '1']) {
    open my $out, '>', "$dir/web/$_->[0]" or die $!;
    print $out $_->[1];
    close $out;
}
chmod 0755, "$dir/web";

my $tls = $s->port;
my $nginx = $s->nginx(
    http => "include /etc/nginx/mime.types; $ChatTest::Chat::limits chat_cors_origin https://*.app.example;",
    server => "listen 127.0.0.1:$tls ssl; ssl_certificate $dir/cert.pem; ssl_certificate_key $dir/key.pem;
               location /web/ { alias $dir/web/; include $root/conf/web-headers.conf; }
               location /short/ { chat; chat_hsts 1h subdomains; }
               location /none/ { chat; chat_hsts off; }
               location /closed/ { chat; deny all; }
               location /limited/ { chat; client_max_body_size 10; }");
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my ($alice) = $chat->people('alice');

# the status and the headers, each by its lower-case name with all of its values
sub ask {
    my ($path, @curl) = @_;
    my $port = $path =~ s/^plain:// ? $nginx->port : $tls;
    my $scheme = $port == $tls ? 'https' : 'http';
    my $text = ChatTest::Process::output('curl', '-sS', '-m', 10, '--cacert', "$dir/cert.pem", '-D', '-', '-o', '/dev/null',
        @curl, '--resolve', "localhost:$port:127.0.0.1", "$scheme://localhost:$port$path");
    my ($status) = $text =~ m{^HTTP/\S+ (\d+)};
    my %h;
    push @{$h{lc $1}}, $2 while $text =~ /^([\w-]+): (.*?)\r?$/mg;
    return ($status, \%h);
}

my %api = (
    'cache-control' => 'no-store', 'x-content-type-options' => 'nosniff', 'referrer-policy' => 'no-referrer',
    'content-security-policy' => "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy' => 'same-origin', 'strict-transport-security' => 'max-age=31536000',
);

for (
    [ 200, '/api/v1/server' ], [ 200, '/api/v1/account', '-H', "Authorization: Bearer $alice->{token}" ],
    [ 401, '/api/v1/account' ], [ 404, '/api/v1/nowhere' ], [ 404, '/api/' ], [ 405, '/api/v1/server', '-X', 'DELETE' ],
    [ 403, '/closed/v1/server' ], [ 413, '/limited/v1/sessions', '-d', 'x' x 100 ],
    [ 400, '/api/v1/server', '-H', 'Host: a b' ], [ 415, '/api/v1/sessions', '-d', 'x=y' ],
    [ 204, '/api/v1/sessions', '-X', 'OPTIONS', '-H', 'Origin: https://a.app.example', '-H', 'Access-Control-Request-Method: POST' ],
    [ 426, '/api/v1/socket', '-H', "Authorization: Bearer $alice->{token}" ],
) {
    my ($status, $path, @curl) = @$_;
    my ($got, $h) = ask($path, @curl);
    is $got, $status, "$path: $status";
    is_deeply { map { ($_ => $h->{$_}) } keys %api }, { map { ($_ => [ $api{$_} ]) } keys %api }, 'with every header, once';
    ok !exists $h->{'set-cookie'}, 'and no cookie';
}

is_deeply +(ask('/short/v1/server'))[1]{'strict-transport-security'}, [ 'max-age=3600; includeSubDomains' ], 'chat_hsts sets how long, and how far';
ok !exists +(ask('/none/v1/server'))[1]{'strict-transport-security'}, 'or that there is none';
ok !exists +(ask('plain:/api/v1/server'))[1]{'strict-transport-security'}, 'and without TLS there is none';

for ([ 200, '/web/index.html' ], [ 200, '/web/app.js' ], [ 404, '/web/none' ], [ 403, '/web/' . '%2e%2e/x' ], [ 405, '/web/index.html', '-X', 'PUT' ]) {
    my ($status, $path, @curl) = @$_;
    my ($got, $h) = ask($path, @curl);
    next if $path =~ /%2e/;
    is $got, $status, "$path: $status";
    is_deeply $h->{'strict-transport-security'}, [ 'max-age=31536000' ], 'HSTS';
    is_deeply [ map { $h->{$_}[0] } qw(x-content-type-options referrer-policy cross-origin-opener-policy x-frame-options) ],
        [ qw(nosniff no-referrer same-origin DENY) ], 'no sniffing, no referrer, no opener, no frame';
    like $h->{'content-security-policy'}[0], qr/^default-src 'self'; script-src 'self';.*frame-ancestors 'none'/, 'a policy';
    unlike $h->{'content-security-policy'}[0], qr/unsafe|\*|http/, 'that allows nothing unsafe and nobody else';
}
ok !exists +(ask('plain:/web/index.html'))[1]{'strict-transport-security'}, 'HSTS over TLS alone';

# --- another site's page opens a socket, with a token that it got hold of

for my $origin ('https://evil.example', 'https://app.example', 'https://a.app.example.evil.example', 'null',
                'http://127.0.0.1.evil.example:' . $nginx->port, 'https://127.0.0.1:' . ($nginx->port + 1))
{
    my $socket = ChatTest::Socket->new(port => $nginx->port, origin => $origin, headers => [
        'Sec-WebSocket-Protocol' => "ngx-chat.v1, $alice->{token}" ]);
    is $socket->status, 403, "a page of \"$origin\" gets no socket";
}
{
    my $socket = ChatTest::Socket->new(port => $nginx->port, headers => [
        Origin => '', 'Sec-WebSocket-Protocol' => "ngx-chat.v1, $alice->{token}" ]);
    is $socket->status, 403, 'nor does one that hides where it is from';
}
for my $origin ('https://a.app.example', 'http://127.0.0.1:' . $nginx->port) {
    my $socket = ChatTest::Socket->new(port => $nginx->port, origin => $origin, headers => [
        'Sec-WebSocket-Protocol' => "ngx-chat.v1, $alice->{token}" ]);
    is $socket->status, 101, "a page of \"$origin\" does";
    $socket->close;
}

# --- nothing that a client sends comes back in a header or a line of the log

for my $id ("a\x01b", 'x' x 65, "a\tb", "\xc3\xa4") {
    my (undef, $h) = ask('/api/v1/server', '-H', "X-Request-Id: $id");
    like $h->{'x-request-id'}[0], qr/^[0-9a-f-]{36}$/, 'an unsound request id is replaced';
}
my (undef, $h) = ask('/api/v1/server', '-H', "Origin: https://a.app.example\x01.app.example");
ok !exists $h->{'access-control-allow-origin'}, 'an unsound origin is none';
ask("/api/v1/x%0d%0aX-Evil:%201%0a2026/01/01 [alert] forged" =~ s/ /%20/gr);
unlike $nginx->log . $nginx->access_log, qr/^2026.01.01 \[alert\] forged/m, 'no line of a log is forged';

is join('', $nginx->complaints), '', 'nothing to complain about in the log';

done_testing;
