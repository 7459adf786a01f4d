use strict;
use warnings;

# Each configuration in conf/ starts as it stands. What belongs to the machine
# that it is written for (ports, certificate, directories, database) is put in
# its place, each exactly where it is expected; all else is the file's own.

use Test::More;

use ChatTest::Client ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $root = $ChatTest::Sandbox::root;
my $dir = $s->dir;
my $database = $s->cluster->conninfo;

system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
       . " -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
       . " -keyout $dir/key.pem -out $dir/cert.pem 2>$dir/openssl.log") == 0
    or die 'openssl: ' . ChatTest::Nginx::slurp("$dir/openssl.log");

mkdir "$dir/web" or die $!;
open my $page, '>', "$dir/web/index.html" or die $!;
print $page "the web client\n";
close $page;
chmod 0755, "$dir/web";
mkdir "$dir/web/assets" or die $!;
for my $file ('assets/app-ABCDEFGH.js', 'build.txt') {
    open my $out, '>', "$dir/web/$file" or die $!;
    print $out "$file\n";
    close $out;
}

# what the web client's pages rely on, in each example that serves them
sub web_headers {
    my ($name, $port) = @_;

    my $page = get($port, '/');
    like($page, qr/the web client/, "$name: the web client is there");
    like($page, qr/^content-security-policy: default-src 'self';(?!.*unsafe-inline).*frame-ancestors 'none'/mi,
         'with a policy that runs no foreign and no inline code');
    like($page, qr/^$_\r?$/mi, "and $_") for
        'cache-control: no-cache', 'x-content-type-options: nosniff', 'referrer-policy: no-referrer',
        'cross-origin-opener-policy: same-origin', 'cross-origin-resource-policy: same-origin';
    like($page, qr/^permissions-policy: .*microphone=\(\)/mi, 'and no microphone');
    like(get($port, '/assets/app-ABCDEFGH.js'), qr/^cache-control: public, max-age=31536000, immutable\r?$/mi,
         'what has its hash in its name is kept for good');
    unlike(get($port, '/assets/gone-ABCDEFGH.js'), qr/^cache-control: .*immutable/mi, 'what is missing is not');
}

sub example {
    my ($name, $port, @put) = @_;

    my $conf = ChatTest::Nginx::slurp("$root/conf/$name");
    for my $put (
        ['modules/ngx_http_chat_module.so', '%%MODULE%%'],
        ['host=/run/postgresql dbname=chat', $database],
        ['/etc/ssl/certs/ssl-cert-snakeoil.pem', "$dir/cert.pem"],
        ['/etc/ssl/private/ssl-cert-snakeoil.key', "$dir/key.pem"],
        ['root /usr/share/ngx-chat/web;', "root $dir/web;"],
        ['/usr/share/ngx-chat/conf/web-headers.conf', "$root/conf/web-headers.conf"],
        @put)
    {
        my ($from, $to) = @$put;
        my $n = () = $conf =~ /\Q$from\E/g;
        is($n, 1, "$name says \"$from\" once");
        $conf =~ s/\Q$from\E/$to/;
    }

    if ($> != 0) {
        $conf =~ s/^user www-data;$//m;
    }

    # a prefix of its own instead of Debian's directories
    my $temp = join ' ', map { "${_}_temp_path %%DIR%%/temp/$_;" }
        qw(client_body proxy fastcgi uwsgi scgi);
    $conf =~ s/^http \{\n/http {\n    $temp\n/m or die 'no http';
    my $logs = $conf =~ /^error_log/m ? '' : "error_log %%DIR%%/logs/error.log;\n";
    $logs .= "pid %%DIR%%/nginx.pid;\n" if $conf !~ /^pid/m;
    $logs .= "env LD_PRELOAD; env ASAN_OPTIONS; env UBSAN_OPTIONS;\n";
    $conf =~ s/^http \{\n/http {\n    access_log %%DIR%%\/logs\/access.log;\n/m
        if $conf !~ /^\s*access_log/m;

    my $nginx = $s->nginx(conf => $logs . $conf, port => $port, stopped => 1);
    my ($good, $said) = $nginx->test;
    ok($good, "nginx -t takes $name") or diag($said);
    # the smallest one leaves the links in mails to a guess, and is told so
    $said =~ s/^.*\[warn\].*"chat_public_url" is not set.*\n//m
        if $name eq 'minimal.conf';
    unlike($said, qr/\[warn\]/, "and warns of nothing in $name");
    return $good ? $nginx->start : undef;
}

sub get {
    my ($port, $path) = @_;
    return ChatTest::Process::output(
        'curl', '-sS', '-m', 10, '--cacert', "$dir/cert.pem", '-D', '-',
        '--resolve', "localhost:$port:127.0.0.1", "https://localhost:$port$path");
}

sub ready {
    my ($port) = @_;
    return ChatTest::Process::wait_for(
        15, sub { get($port, '/api/v1/health/ready') =~ m{^HTTP/\S+ 200} });
}

{
    my $port = $s->port;
    my $nginx = example('minimal.conf', $port,
                        ['listen 443 ssl', "listen 127.0.0.1:$port ssl"]);

    ok($nginx && ready($port), 'minimal.conf: chat is ready');
    like(get($port, '/api/v1/server'), qr/"feature_level":/, 'and answers');
    web_headers('minimal.conf', $port);
    ok($nginx->quit, 'it quits in grace');
    is_deeply([$nginx->complaints], [], 'its log complains of nothing');
}

{
    my ($port, $plain, $metrics) = ($s->port, $s->port, $s->port);
    my $nginx = example('production.conf', $port,
        ['/run/nginx.pid', '%%DIR%%/nginx.pid'],
        ['/var/log/nginx/error.log', '%%DIR%%/logs/error.log'],
        ['file:/usr/share/ngx-chat/web/build.txt', "file:$dir/web/build.txt"],
        ['/var/log/nginx/access.log', '%%DIR%%/logs/access.log'],
        ['/usr/share/ngx-chat/conf/mail', "$root/conf/mail"],
        ['listen 80;', "listen 127.0.0.1:$plain;"],
        ['listen [::]:80;', ''],
        ['listen 443 ssl http2;', "listen 127.0.0.1:$port ssl http2;"],
        ['listen [::]:443 ssl http2;', ''],
        ['listen 127.0.0.1:9145;', "listen 127.0.0.1:$metrics;"]);

    ok($nginx && ready($port), 'production.conf: chat is ready');

    my $answer = get($port, '/api/v1/server?');
    like($answer, qr/"name":"Example chat"/, 'and has the name it was given');
    like($answer, qr/^strict-transport-security:/mi, 'with HSTS');
    like($answer, qr/"web_build":"[0-9a-f]{64}"/, 'and says which web client it hands out');
    web_headers('production.conf', $port);
    like(get($port, '/'), qr/^strict-transport-security:/mi, 'and its pages have HSTS, too');

    my $client = ChatTest::Client->new(port => $metrics, base => '');
    my $got = $client->get('/metrics');
    is($got->{status}, 200, 'its metrics are there for this machine');
    like($got->{body}, qr/^ngx_chat_\w+|^chat_\w+/m, 'as Prometheus reads them');

    is(ChatTest::Client->new(port => $plain, base => '')->get('/')->{status}, 301,
       'plain HTTP is sent to TLS');

    ChatTest::Process::output('curl', '-sS', '--cacert', "$dir/cert.pem",
        '-H', 'Authorization: Bearer not-for-logs',
        "https://localhost:$port/api/v1/account?secret=not-for-logs");
    ok(ChatTest::Process::wait_for(5, sub {
        $nginx->access_log =~ m{"GET /api/v1/account" 40\d .* problem=\w+} }),
       'the access log says what was asked for and what came of it')
        or diag($nginx->access_log);
    unlike($nginx->access_log, qr/not-for-logs/, 'and nothing that is secret');

    ok($nginx->quit, 'it quits in grace');
    # a container may not raise its limit of open files
    is_deeply([grep { !/setrlimit/ } $nginx->complaints], [],
              'its log complains of nothing');
    unlike($nginx->log, qr/not-for-logs/, 'nor tells a secret');
}

done_testing();
