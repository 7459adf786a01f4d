# Workers find each other: at the start, after a death, across a reload, when
# the zone is not shared and across a binary upgrade.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(sleep);

use ChatTest::Process ();
use ChatTest::Sandbox ();

my $sandbox = ChatTest::Sandbox->new;
my $server = 'location = /metrics { chat_metrics; }';

sub text {
    my ($nginx) = @_;
    return $sandbox->client($nginx, base => '')->get('/metrics')->{body};
}

# how many peers each worker of the answering one's zone has
sub peers { my @n = text(@_) =~ /^ngx_chat_hub_peers\{.*?\} (\d+)$/mg; @n }

sub all_have {
    my ($nginx, $workers, $peers) = @_;
    return ChatTest::Process::wait_for(10, sub {
        my @n = peers($nginx);
        @n == $workers && !grep { $_ != $peers } @n;
    }) || do { diag join ' ', 'peers:', peers($nginx); 0 };
}

sub sockets {
    my ($nginx) = @_;
    opendir my $dir, $nginx->dir . '/nginx.pid.chat' or return;
    my @pids = sort { $a <=> $b } grep { /^\d+$/ } readdir $dir;
    return @pids;
}

my $nginx = $sandbox->nginx(workers => 3, server => $server, daemon => 1);
my $dir = $nginx->dir . '/nginx.pid.chat';

ok all_have($nginx, 3, 2), 'three workers: each has the two others';
is_deeply [sockets($nginx)], [$nginx->workers], 'by a socket each';

my @stat = stat $dir;
is $stat[2] & 07777, 0700, 'in a directory that others cannot enter';
is $stat[4], (stat '/proc/' . ($nginx->workers)[0])[4], 'of the workers\' user';

my $dead = $nginx->kill_worker(1);
ok all_have($nginx, 3, 2), 'a killed worker is replaced in the registry';
is_deeply [sockets($nginx)], [$nginx->workers], 'and its socket removed';
ok $nginx->wait_log(qr/worker $dead died/), 'its peers noticed';

kill 'KILL', $nginx->workers;
ok ChatTest::Process::wait_for(20, sub { $nginx->workers == 3 }),
    'all workers killed at once';
ok all_have($nginx, 3, 2), 'their successors find each other';
ok ChatTest::Process::wait_for(10, sub {
    "@{[sockets($nginx)]}" eq "@{[$nginx->workers]}"
}), 'and bury all of the dead';

my @old = $nginx->reload;
$nginx->wait_gone(20, @old);
ok all_have($nginx, 3, 2), 'after a reload';
is_deeply [sockets($nginx)], [$nginx->workers], 'the old ones left nothing';

$nginx->write_conf(http => 'chat_zone 20m;');
$nginx->wait_gone(20, $nginx->reload);
ok all_have($nginx, 3, 2), 'after one with another zone';

# old and new masters' workers don't share a zone, and still talk

$nginx->upgrade;
ok ChatTest::Process::wait_for(10, sub { sockets($nginx) == 6 }),
    'during a binary upgrade both generations use the directory';
ok all_have($nginx, 3, 5), 'and each worker has five others';
$nginx->finish_upgrade;
ok all_have($nginx, 3, 2), 'after it the old ones are forgotten';
is_deeply [sockets($nginx)], [$nginx->workers], 'with their sockets';

# a stopped worker takes nothing and holds nobody up

my ($stopped) = $nginx->workers;
kill 'STOP', $stopped;
my $answered = 0;
for (1 .. 10) {
    my $r = $sandbox->client($nginx, base => '', timeout => 1)->get('/metrics');
    $answered++ if $r->{status} == 200;
}
ok $answered > 0, 'while one worker is stopped the others serve';
kill 'CONT', $stopped;
ok all_have($nginx, 3, 2), 'and it comes back';

ok $nginx->quit, 'a graceful exit';
is_deeply [sockets($nginx)], [], 'leaves no socket behind';

$nginx->{killed} = 1;
is_deeply [$nginx->complaints], [], 'no alerts';

# what a crash left is removed at the next start

{
    my $second = $sandbox->nginx(workers => 2, server => $server, stopped => 1);
    my $place = $second->dir . '/nginx.pid.chat';
    mkdir $place or die $!;
    require IO::Socket::UNIX;
    IO::Socket::UNIX->new(Type => IO::Socket::UNIX::SOCK_SEQPACKET(),
                          Local => "$place/4194303", Listen => 1)
        or die "socket: $!";
    chmod 0777, "$place/4194303";
    $second->start;
    ok all_have($second, 2, 1), 'a stale socket is no peer';
    ok ChatTest::Process::wait_for(10, sub {
        "@{[sockets($second)]}" eq "@{[$second->workers]}"
    }), 'and is removed';
    is_deeply [$second->complaints], [], 'no alerts';
}

# one process alone

{
    my $single = $sandbox->nginx(workers => 1, server => $server,
                                 main => 'master_process off;');
    is $sandbox->client($single)->get('/server')->{status}, 200,
        'with master_process off it serves';
    ok all_have($single, 1, 0), 'alone';
    ok $single->quit, 'and exits';
    is_deeply [sockets($single)], [], 'leaving no socket';
    is_deeply [$single->complaints], [], 'no alerts';
}

done_testing;
