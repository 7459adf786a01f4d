package Bench::Machine;

# What the figures were measured on: no names, no paths.

use strict;
use warnings;

use ChatTest::Cluster ();
use ChatTest::Nginx ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use Bench::Sample ();
use Bench::Server ();

sub describe {
    my $cpu = Bench::Sample::slurp('/proc/cpuinfo') // '';
    my ($model) = $cpu =~ /^model name\s*:\s*(.+)$/m;
    my $cores = () = $cpu =~ /^processor\s*:/mg;
    my ($kib) = (Bench::Sample::slurp('/proc/meminfo') // '') =~ /^MemTotal:\s+(\d+)/m;
    my ($kernel) = (Bench::Sample::slurp('/proc/version') // '') =~ /^Linux version (\S+)/;
    my ($nginx) = ChatTest::Process::output($ChatTest::Nginx::binary, '-v') =~ m{nginx/(\S+)};
    my ($postgres) = ChatTest::Process::output("$ChatTest::Cluster::bin/postgres", '--version') =~ /(\d+\.\d+)/;
    my $commit = `git -C "$ChatTest::Sandbox::root" rev-parse --short HEAD 2>/dev/null`;
    my $changed = `git -C "$ChatTest::Sandbox::root" status --porcelain -- src sql config 2>/dev/null`;
    chomp $commit;

    my %package = map { $_ => ChatTest::Process::output('dpkg-query', '-W', '-f', '${db:Status-Status} ${Version}', $_) }
        qw(ejabberd libnginx-mod-nchan);

    return {
        cpu => $model, cores => $cores, memory_gib => sprintf('%.0f', $kib / 1048576) + 0, kernel => $kernel,
        nginx => $nginx, postgresql => $postgres, commit => $commit . ($changed ? ' with changes' : ''),
        nginx_workers => $Bench::Server::workers,
        (map { $package{$_} =~ /^installed (\S+)/ ? ($_ => $1) : () } keys %package),
        postgresql_settings => "shared_buffers=$Bench::Server::shared_buffers, max_wal_size=8GB, "
            . 'checkpoint_timeout=30min, fsync and synchronous_commit on',
        shared => 'server, PostgreSQL, peers and generator share the cores; loopback TCP without TLS',
    };
}

1;
