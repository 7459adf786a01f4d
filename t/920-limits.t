# Limits: each class takes from the bucket that it says, and nobody else's.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(sleep);

use ChatTest::Chat ();
use ChatTest::Flood ();
use ChatTest::Sandbox ();

my $sandbox = ChatTest::Sandbox->new;
my $metrics = 'location = /metrics { chat_metrics; }';
my $nginx = $sandbox->nginx(workers => 2, http => $ChatTest::Chat::limits,
                            server => "$ChatTest::Flood::real $metrics",
                            location => 'chat_limit_headers on;');
my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $nginx);
my ($alice, $bob, $carol) = $chat->people(qw(alice bob carol));
my $talk = $chat->direct($alice, $bob);
my $other = $chat->direct($alice, $carol);

sub with {
    my ($limits, %opt) = @_;
    my $n = $sandbox->nginx(http => $limits, workers => $opt{workers} || 1,
                            server => "$ChatTest::Flood::real $metrics $opt{server}",
                            location => $opt{location} || '');
    ChatTest::Client::ready($sandbox, $n);
    return $n;
}

sub metric {
    my ($n, $series) = @_;
    return $sandbox->client($n, base => '')->get('/metrics')->{body} =~ /^\Qngx_chat_$series\E (\d+)$/m
        ? $1 : undef;
}

sub from {
    my ($n, $address, %opt) = @_;
    return $sandbox->client($n, headers => { 'x-real-ip' => $address }, %opt);
}

my $nobody = { login => 'nobody', password => 'x' };

subtest 'by address' => sub {
    my $n = with('chat_limit sign_in rate=1r/m burst=2; chat_limit guess off;', server => '');
    my $try = sub { from($n, shift)->post('/sessions', $nobody)->{status} };

    is join(' ', map { $try->('192.0.2.1') } 1 .. 3), '401 401 429', 'an IPv4 address has its bucket';
    is $try->('192.0.2.2'), 401, 'and the next one another';
    is join(' ', map { $try->("2001:db8:0:1::$_") } 1 .. 3), '401 401 429', 'of IPv6 the /64 has one';
    is $try->('2001:db8:0:2::1'), 401, 'and the next /64 another';
    is $try->('::ffff:192.0.2.1'), 429, 'an IPv4 address written as IPv6 is the same';

    my $r = from($n, '192.0.2.1')->post('/sessions', $nobody);
    is_deeply [ @{$r->{json}}{qw(code class retryable)} ], [ 'rate_limited', 'sign_in', JSON::PP::true() ],
        'the answer names the limit';
    cmp_ok $r->{headers}{'retry-after'}, '>', 0, 'and when to come again';
    is metric($n, 'limit_refused_total{limit="sign_in"}'), 4, 'each refusal is counted by its class';
    is metric($n, 'limit_refused_total{limit="register"}'), 0, 'and those of others from zero on';
};

subtest 'fifty people behind one address come back after an outage' => sub {
    my $n = with('', server => '');
    my %by = ChatTest::Flood::run($n->port, 10, [ map {
        [ '192.0.2.1', 'POST', '/sessions', { login => "guest$_", password => 'x' } ] } 1 .. 50 ]);
    is_deeply \%by, { 401 => 50 }, 'the defaults let all of them sign in' or diag explain \%by;
};

subtest 'by account, by session, by pair' => sub {
    my $n = with('chat_limit lookup rate=1r/m burst=2; chat_limit request rate=1r/m burst=3;
                  chat_limit send rate=1r/m burst=2;', workers => 2, server => '');
    my $second = $chat->device($alice);
    my ($a, $a2, $b) = map { $sandbox->client($n, token => $_->{token}) } $alice, $second, $bob;

    is join(' ', map { $_->get('/accounts?username=bob')->{status} } $a, $a2, $a, $b), '200 200 429 200',
        'both devices of an account look names up from one bucket';
    is join(' ', map { $_->get('/account')->{status} } $a, $a, $a, $a, $a2), '200 200 200 429 200',
        'what has no class of its own counts by device';
    my $send = sub { $chat->send($alice, $_[0], 'x', client => $a)->{status} };
    is join(' ', map { $send->($_) } $talk, $talk, $talk, $other), '201 201 429 201',
        'messages count by sender and conversation';
    is $a->post('/ack', { cursors => { $talk => 1 } })->{status}, 204, 'acknowledging is always allowed';

    my $s = $chat->socket($alice, nginx => $n);
    my $refused = $s->call('account_get')->{problem};
    is $refused->{code}, 'rate_limited', 'the socket draws from the same buckets';
    cmp_ok $refused->{retry_after}, '>', 0, 'and is told when to come again';
    is $s->answer($s->ask(entry_send => { conversation => $talk, client_id => ChatTest::Chat::uuid() }, 'y'))
        ->{problem}{class}, 'send', 'for sends, too';
    $s->close;
};

subtest 'by everybody together' => sub {
    my $n = with('chat_limit register_all rate=1r/m burst=2;', server => '');
    my @got = map { from($n, "192.0.2.$_")->post('/accounts', { username => "new$_", email => "new$_\@example.org",
        password => 'a long password of no one' }) } 1 .. 3;
    is join(' ', map { $_->{status} } @got), '201 201 429', 'registrations from whatever address';
    is $got[2]{json}{class}, 'register_all', 'which the answer says';
};

subtest 'a dry run' => sub {
    my $n = with('chat_limit sign_in rate=1r/m burst=2 dry_run; chat_limit login rate=1r/m burst=1 dry_run;
                  chat_limit guess dry_run;', server => '');
    is join(' ', map { from($n, '192.0.2.1')->post('/sessions', { %$nobody, login => 'no-one' })->{status} } 1 .. 4), '401 401 401 401',
        'refuses nothing';
    is metric($n, 'limit_dry_run_total{limit="sign_in"}'), 2, 'but counts what it would have';
    is metric($n, 'limit_dry_run_total{limit="login"}'), 3, 'failures, too';
    is metric($n, 'limit_refused_total{limit="sign_in"}'), 0, 'apart from real refusals';
    like $n->log, qr/would be refused by limit "sign_in" for \d+ s, dry run/, 'and says so in the log';
};

subtest 'RateLimit headers' => sub {
    my $r = $alice->{client}->get('/accounts?username=bob');
    like $r->{headers}{'ratelimit-policy'}, qr/^"lookup";q=1000;w=1$/, 'the policy';
    like $r->{headers}{ratelimit}, qr/^"lookup";r=9\d\d;t=1$/, 'and what is left';

    my $n = with('chat_limit_headers on; chat_limit sign_in rate=6r/m burst=2;', server => '');
    my @left = map { from($n, '192.0.2.1')->post('/sessions', $nobody)->{headers}{ratelimit} } 1 .. 3;
    like "@left", qr/^"sign_in";r=1;t=10 "sign_in";r=0;t=(?:19|20) "sign_in";r=0;t=(?:19|20)$/, 'of the bucket nearest to its end';
    my $plain = with('', server => '');
    ok !exists from($plain, '192.0.2.1')->post('/sessions', $nobody)->{headers}{ratelimit}, 'only when asked for';
};

subtest 'neighbours do not hold back who changes his password' => sub {
    my $n = with('chat_limit sign_in rate=1r/h burst=1; chat_limit password rate=1r/h burst=2;', server => '');
    from($n, '192.0.2.1')->post('/sessions', $nobody) for 1 .. 2;
    my $phone = from($n, '192.0.2.2')->post('/sessions', { login => 'alice', password => 'a long password of alice' });
    my $as = sub { my $c = from($n, '192.0.2.1'); $c->token(shift); $c };
    my $own = sub { $as->(shift)->post('/proofs', { password => 'a long password of alice' }) };
    my $got = $as->($alice->{token})->call(PUT => '/account/password',
        { current_password => 'a long password of alice', password => 'short' });
    is $got->{json}{code}, 'weak_password', 'an address without sign-ins left changes a password';
    is $own->($alice->{token})->{status}, 200, 'and proves itself';
    is $own->($alice->{token})->{json}{class}, 'password', 'a device has its own bucket for that';
    is $own->($phone->{json}{token})->{status}, 200, 'which holds no other device of the account back';
};

subtest 'a limit is checked before anything costs' => sub {
    my $n = with('chat_limit sign_in rate=1r/h burst=1; chat_password memory=256m passes=4;', server => '');
    from($n, '192.0.2.1')->post('/sessions', $nobody);
    my $start = time;
    is from($n, '192.0.2.1')->post('/sessions', $nobody)->{status}, 429, 'refused' for 1 .. 20;
    cmp_ok time - $start, '<', 2, 'twenty refusals hash no password';
};

subtest 'buckets are exact when all workers take from them' => sub {
    my $n = with('chat_limit lookup rate=1r/h burst=100;', workers => 2, server => '');
    my $requests = join '', map { "GET /api/v1/accounts?username=bob HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        . "$alice->{token}\r\n\r\n" } 1 .. 40;
    my @sockets = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $n->port) } 1 .. 10;
    syswrite $_, $requests for @sockets;
    my $good = 0;
    for my $s (@sockets) {
        my ($in, $n) = ('', 0);
        while ($n < 40 && sysread $s, $in, 65536, length $in) {
            $n = () = $in =~ m{HTTP/1\.1 \d}g;
        }
        $good += () = $in =~ m{HTTP/1\.1 200}g;
    }
    is $good, 100, 'a hundred of four hundred, no more and no less';
};

is join('', map { $_->complaints } @{$sandbox->{nginx}}), '', 'nothing to complain about in the logs';

done_testing;
