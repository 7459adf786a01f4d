# Five thousand idle sockets: they stay, they cost little, they are told of a
# message, and their end leaves nothing behind.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/../lib";

use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

$SIG{PIPE} = 'IGNORE';

my $n = $ENV{CHAT_IDLE_SOCKETS} || 5000;
my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(
    workers => 2, level => 'warn', http => $ChatTest::Chat::limits,
    location => 'chat_socket ping=30s timeout=30s;',
    main => 'worker_rlimit_nofile 20000;', events => '');

# the generated configuration's worker_connections are for small suites
my $conf = do { open my $in, '<', $nginx->dir . '/nginx.conf' or die $!; local $/; <$in> };
$conf =~ s/worker_connections 1024/worker_connections 10000/;
$nginx->write_conf(conf => $conf);
$nginx->reload;

my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $nginx);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $talk = $chat->direct($alice, $bob);

sub memory { my $sum = 0; $sum += $nginx->memory($_) for $nginx->workers; return $sum }

# strangers' sockets: one device each
my @tokens = map { 'ngxc_' . join('', map { ('a' .. 'z', 0 .. 9)[rand 36] } 1 .. 42) . 'A' } 1 .. $n;
my $dir = $sandbox->dir . '/tokens';
mkdir $dir;
for my $i (0 .. $#tokens) {
    open my $out, '>', sprintf '%s/%06d', $dir, $i or die $!;
    print $out $tokens[$i];
}
my @hash = map { (split)[0] } `cd $dir && ls | xargs b2sum -l 256`;
my $sql = join '', map { <<"END" } 0 .. $#tokens;
INSERT INTO chat.session (id, account, name, platform, state, token_hash, device_secret_hash,
    ttl_idle, idle_expires, expires)
VALUES (gen_random_uuid(), '$bob->{id}', 'x', 'x', 'approved', '\\x$hash[$_]',
        sha256('$_'), 86400, now() + '1 day', now() + '1 day');
END
open my $psql, '|-', "$ChatTest::Cluster::bin/psql", '-Xq', '-1', '-v', 'ON_ERROR_STOP=1',
    '-h', $sandbox->cluster->dir, '-U', 'postgres', '-o', '/dev/null', 'chat' or die $!;
print $psql $sql;
ok close $psql, "$n devices";

my $before = memory();
my @sockets = map { $chat->socket({ token => $_ }, timeout => 30) } @tokens;
is scalar(grep { $_->status == 101 } @sockets), $n, "$n sockets"
    or diag((grep { $_->status != 101 } @sockets)[0]->head, $sockets[-1]{in});
$_->resume for @sockets;
my $each = (memory() - $before) * 1024 / $n;
cmp_ok $each, '<', 6144 * ($ENV{TEST_NGINX_CHAT_FLAVOUR} ? 100 : 1),
    sprintf 'they cost little (%.0f bytes resident each)', $each;

sleep 3;
my $r = $sandbox->client($nginx)->get('/health/live');
is $r->{status}, 200, 'requests go on';
is $chat->send($alice, $talk, 'hello')->{status}, 201, 'and messages';

$_->abort for @sockets;
my $gone = 0;
for (1 .. 50) {
    my $metrics = $nginx->access_log;
    sleep 0.2;
    $gone = memory();
}
cmp_ok $gone - $before, '<', 65536 * ($ENV{TEST_NGINX_CHAT_FLAVOUR} ? 100 : 1),
    'their end gives the memory back, but for what malloc keeps';
is $chat->socket($alice)->status, 101, 'a new socket';
is join('', $nginx->complaints), '', 'no alert in the error log';

done_testing;
