package Peer::Ejabberd;

# ejabberd of Debian with its archive in the PostgreSQL that our server uses: the same
# cluster, the same settings, a database of its own. It runs from a directory of its own
# and without Erlang's distribution, so nothing stays behind.

use strict;
use warnings;

use FindBin ();
use IO::Socket::INET ();
use Time::HiRes qw(sleep);

use ChatTest::Cluster ();
use ChatTest::Process ();
use Bench::Load ();
use Bench::Sample ();

my $schema = '/usr/share/ejabberd/sql/pg.sql';
my $port;

# Lines of postgresql.conf: its driver connects by TCP.
sub postgres {
    $ENV{PGPORT} = $port ||= free_port();
    return "listen_addresses = '127.0.0.1'\nport = $port\n";
}

sub free_port {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1, Proto => 'tcp') or die $!;
    return $socket->sockport;
}

sub new {
    my ($class, $server) = @_;
    my $self = bless { server => $server, dir => $server->dir . '/ejabberd' }, $class;

    -r $schema or die "ejabberd is not installed: tools/deps bench/peers/packages.txt\n";
    mkdir $self->{dir} or die $!;
    chmod 0755, $self->{dir};
    $self->{user} = 'ejabberd' if $> == 0;
    ChatTest::Process::give($self->{user}, $self->{dir}) if $self->{user};

    my $cluster = $server->cluster;
    $cluster->psql_super('postgres', $_) for 'CREATE ROLE ejabberd LOGIN',
        'CREATE DATABASE ejabberd OWNER ejabberd';
    my $out = ChatTest::Process::output("$ChatTest::Cluster::bin/psql", '-Xq', '-v', 'ON_ERROR_STOP=1',
        '-d', $cluster->conninfo('ejabberd', 'ejabberd'), '-f', $schema);
    die "ejabberd's schema: $out" if $?;

    return $self;
}

sub sql {
    my ($self, $sql) = @_;
    return $self->{server}->cluster->psql_super('ejabberd', $sql);
}

# A new process over an empty database, with so many users.
sub fresh {
    my ($self, $users) = @_;
    $self->stop;
    $self->sql('TRUNCATE users, archive, archive_prefs, spool, last, sr_user');
    $self->sql("INSERT INTO users (username, password) SELECT 'bench-' || i, 'secret-' || i FROM generate_series(0, $users - 1) i");
    $self->sql('VACUUM ANALYZE');
    $self->sql('CHECKPOINT');

    open my $out, '>', "$self->{dir}/users.tsv" or die $!;
    print $out "bench-$_\tsecret-$_\n" for 0 .. $users - 1;
    close $out;

    return $self->start;
}

sub start {
    my ($self) = @_;
    my $dir = $self->{dir};
    $self->{port} = free_port();

    open my $in, '<', "$FindBin::RealBin/peers/ejabberd.yml" or die $!;
    my $text = do { local $/; <$in> };
    my %put = (PORT => $self->{port}, SERVER => '127.0.0.1', DATABASE_PORT => $port);
    $text =~ s/%%(\w+)%%/$put{$1} \/\/ die "%%$1%%"/ge;
    open my $out, '>', "$dir/ejabberd.yml" or die $!;
    print $out $text;
    close $out;

    # as ejabberdctl starts it, but for the distribution
    my ($ebin) = glob '/usr/lib/*/ejabberd-*/ebin';
    system 'rm', '-rf', "$dir/spool";
    mkdir "$dir/spool";
    ChatTest::Process::give($self->{user}, "$dir/spool") if $self->{user};

    $self->{process} = ChatTest::Process->start(
        user => $self->{user}, log => "$dir/stdout.log", stop_with => 'TERM',
        env => { HOME => $dir, EJABBERD_CONFIG_PATH => "$dir/ejabberd.yml",
                 EJABBERD_LOG_PATH => "$dir/ejabberd.log", ERL_CRASH_DUMP => "$dir/crash.dump",
                 ERL_CRASH_DUMP_BYTES => 0, ERL_MAX_PORTS => 32000, ERL_MAX_ETS_TABLES => 1400,
                 ERL_LIBS => $ebin =~ s{/[^/]+/ebin$}{}r, ERL_INETRC => '/etc/ejabberd/inetrc' },
        command => ['erl', '+K', 'true', '+P', '250000', '-noshell', '-noinput', '-pa', $ebin,
                    '-mnesia', 'dir', qq{"$dir/spool"}, '-s', 'ejabberd']);

    ChatTest::Process::wait_for(60, sub {
        !$self->{process}->running or IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port})
    });
    $self->{process}->running or die "ejabberd did not start:\n" . $self->log;
    sleep 2;        # its pool of connections

    return $self;
}

sub log {
    my ($self) = @_;
    return join "\n", map { Bench::Sample::slurp("$self->{dir}/$_") // '' } qw(stdout.log ejabberd.log);
}

sub stop {
    my ($self) = @_;
    my $process = delete $self->{process} or return;
    $process->stop(20);
}

sub destroy { $_[0]->stop }

# Its users, and pairs of them, for the generator.
sub pairs {
    my ($self, @lists) = @_;
    my $users = 0;
    for (@lists) { for (@$_) { $users = $_ + 1 if $_ >= $users } }
    $self->fresh($users);
    open my $out, '>', "$self->{dir}/conversations.tsv" or die $!;
    print $out "pair-$_\t", join(',', @{$lists[$_]}), "\n" for 0 .. $#lists;
    close $out;
    return $self;
}

sub load {
    my ($self, $scenario, @options) = @_;
    return Bench::Load::observe(sub { $self->pids }, {}, $Bench::Load::binary, $scenario, '--proto', 'xmpp',
        '--port', $self->{port}, '--users', "$self->{dir}/users.tsv",
        '--conversations', "$self->{dir}/conversations.tsv", @options);
}

sub pids {
    my ($self) = @_;
    return { ejabberd => [Bench::Sample::tree($self->{process}->pid)],
             postgres => $self->{server}->pids->{postgres} };
}

1;
