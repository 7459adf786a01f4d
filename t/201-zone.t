# The zone: a mistake is told with its mend before anything is broken, and a
# reload keeps what is in it.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Process ();
use ChatTest::Sandbox ();

my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(
    workers => 2,
    http => 'chat_zone 8m;',
    server => 'location = /metrics { chat_metrics; }',
);
my $plain = $sandbox->client($nginx, base => '');

sub value {
    my ($series) = @_;
    return $plain->get('/metrics')->{body} =~ /^\Q$series\E (\S+)$/m
        ? $1 : undef;
}

is value('ngx_chat_zone_bytes'), 8 * 1024 * 1024, 'chat_zone sets the size';

# too small

$nginx->write_conf(http => 'chat_zone 256k;');
my ($ok, $said) = $nginx->test;
ok !$ok, 'a zone that is too small is refused by nginx -t';
my ($least) = $said =~
    /\[emerg\].*"chat_zone" of 256k .*2 worker processes.* at least (\d+)k in \S+:\d+$/m;
ok $least, 'which names the directive and the least size' or diag $said;

my @before = $nginx->workers;
kill 'HUP', $nginx->pid;
ok $nginx->wait_log(qr/\[emerg\].*"chat_zone" of 256k/), 'a reload says it, too';
sleep 1;
is_deeply [$nginx->workers], \@before, 'and leaves the workers alone';
is $plain->get('/metrics')->{status}, 200, 'which go on serving';

$nginx->write_conf(http => "chat_zone ${least}k;");
ok +($nginx->test)[0], 'the size it named is enough';

# a reload keeps the zone, another size begins a new one

$nginx->write_conf(http => 'chat_zone 8m;');
$sandbox->client($nginx)->get('/server') for 1 .. 5;
my $series = 'ngx_chat_operations_total{operation="server_get",result="200"}';
is value($series), 5, 'five requests are counted';

$nginx->wait_gone(20, $nginx->reload);
is value($series), 5, 'a reload keeps what the zone holds';

$nginx->write_conf(http => 'chat_zone 9m;');
$nginx->wait_gone(20, $nginx->reload);
is value($series), undef, 'one with another size begins afresh';
is value('ngx_chat_zone_bytes'), 9 * 1024 * 1024, 'and serves';

# a path that no Unix socket can have

my $deep = $nginx->dir . '/' . 'd' x 80;
mkdir $deep or die "mkdir $deep: $!";
my $conf = $nginx->generated;
$conf =~ s{^pid .*$}{pid $deep/nginx.pid;}m;
$nginx->write_conf(conf => $conf);
($ok, $said) = $nginx->test;
ok !$ok, 'a pid file whose path leaves no room for the sockets is refused';
like $said, qr/\[emerg\].*nginx\.pid\.chat".*\d+ bytes.*"pid"/,
    'by a message that names "pid" and the bound';

my @bad = grep { !/"chat_zone" of 256k|nginx\.pid\.chat/ } $nginx->complaints;
is_deeply \@bad, [], 'no other complaint';

done_testing;
