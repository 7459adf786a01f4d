# chat_audit: what nginx -t says of mistakes, syslog, a file that can't be written; limits that were
# hit, and what is found in sign-ins.

use strict;
use warnings;

use IO::Socket::INET ();
use JSON::PP ();
use Test::More;

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $db = $s->cluster;
my $dir = $ENV{TEST_NGINX_CHAT_DIR};

for my $case (
    [ 'retention=1d', 'at least 7d' ],
    [ 'retention=soon', 'at least 7d' ],
    [ 'keep=90d', 'write retention=TIME, file=PATH or syslog:server=ADDRESS' ],
    [ 'file=', 'needs a path' ],
    [ 'syslog:server=nowhere.invalid', 'host not found' ],
    [ 'syslog:facility=auth', 'no syslog server specified' ],
    [ 'retention=90d; chat_audit retention=90d', 'is duplicate' ],
) {
    my ($text, $says) = @$case;
    my $nginx = $s->nginx(http => "chat_audit $text;", stopped => 1);
    my ($ok, $output) = $nginx->test;
    ok(!$ok && $output =~ /\[emerg\].*\Q$says\E.* in .*:\d+/, "$text: $says") or diag $output;
}

# syslog, beside a file on a full disk

my $log = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1') or die $!;
my $nginx = $s->nginx(
    http => "chat_audit file=/dev/full syslog:server=127.0.0.1:${\ $log->sockport},facility=auth,tag=chat;"
            . ' chat_limit sign_in rate=1r/m burst=5; chat_limit login off; chat_limit confirm off;'
            . ' chat_limit register off; set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP;',
    server => 'location = /metrics { chat_metrics; }');
my $c = ChatTest::Account::ready($s, $nginx);
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');

sub heard {
    my ($seconds) = @_;
    my ($bits, $datagram) = ('');
    vec($bits, $log->fileno, 1) = 1;
    return select($bits, undef, undef, $seconds) > 0 && $log->recv($datagram, 65536) ? $datagram : undef;
}

my $line = heard(10);
like($line, qr/^<38>.* chat: \{"number" ?: ?1,.*"action" ?: ?"account\.register"/, 'syslog gets the lines');
ok($nginx->wait_log(qr/audit log's "[^"]* file \/dev\/full" can't be written \(write\(\) failed\).*No space/, 10),
   'a full disk is told');
$alice->sign_in;
my @told = $nginx->log =~ /can't be written/g;
ChatTest::Process::wait_for(5, sub { 0 });
is(scalar(@{[ $nginx->log =~ /can't be written/g ]}), scalar @told, 'once, and people sign in all the same');

# from many networks at one account

sub mails { $db->psql("select count(*) from chat.mail where recipient = '$alice->{email}' and template = '$_[0]'") }

sub guess {
    my ($login, $address) = @_;
    return $c->post('/sessions', { login => $login, password => 'wrong' }, 'x-real-ip' => $address)->{json}{code};
}

is(guess('alice', "203.0.$_.7"), 'invalid_credentials', "a guess from 203.0.$_") for 1 .. 10;
my ($found) = grep { $_->{action} eq 'detect.many_failures' } @{$alice->{client}->get('/account/audit')->{json}{items}};
is_deeply($found->{detail}, { failures => 10, networks => 10 }, 'ten guesses from ten networks are found');
is(mails('many_failures'), 1, 'and the owner gets a mail');

# from one network at many accounts

is(guess("nobody$_", '198.51.100.' . int(1 + $_ / 4)), 'invalid_credentials', "a guess at nobody$_") for 1 .. 10;
is($db->psql("select target from chat.audit_entry where action = 'detect.many_accounts'"), '198.51.100.0/24',
   'ten logins from one network are found');

# a new network

my $got = $c->post('/sessions', { login => 'alice', password => $ChatTest::Account::password },
                   'x-real-ip' => '192.0.2.1');
is($got->{status}, 201, 'a sign-in from afar succeeds');
is(mails('new_network'), 1, 'the owner gets a mail');
is($db->psql("select params->>'network' from chat.mail where template = 'new_network'"), '192.0.0.0/16',
   'that says from where');

# limits

is(guess('alice', '192.0.2.9'), 'invalid_credentials') for 1 .. 5;
is(guess('alice', '192.0.2.9'), 'rate_limited', 'a limit') for 1 .. 3;
ok(ChatTest::Process::wait_for(90, sub {
    $db->psql("select count(*) from chat.audit_entry where action = 'limit.hit'") > 0
}), 'a limit that was hit is told within about a minute');
is($db->psql("select address || ' ' || detail from chat.audit_entry where action = 'limit.hit'"),
   '192.0.2.0/24 {"class": "sign_in", "count": 3}', 'once, with how often');

my $metrics = $s->client($nginx, base => '')->get('/metrics')->{body};
like($metrics, qr/^ngx_chat_detected_${_}_total 1$/m, "counted: $_") for qw(many_failures many_accounts new_network);

is_deeply([ $nginx->complaints ], [], 'nothing went wrong');

done_testing;
