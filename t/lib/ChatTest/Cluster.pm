package ChatTest::Cluster;

# One PostgreSQL cluster on a Unix socket, run as postgres when we are root.

use strict;
use warnings;

use File::Basename ();
use File::Path ();
use File::Temp ();
use IPC::Open3 ();
use POSIX ();
use Time::HiRes ();

use ChatTest::Process ();

our $bin = $ENV{PG_BIN} || '/usr/lib/postgresql/15/bin';

# fsync stays on: the module refuses a server without it. Memory makes it cheap.
my $conf = <<'END';
listen_addresses = ''
max_connections = 100
shared_buffers = 64MB
max_wal_size = 1GB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %a '
log_min_error_statement = warning
END

# dir: its directory, made here, removed by destroy.
# template: a data directory to copy (else one is made by initdb and migrated).
# bare: without schema. conf: lines added to postgresql.conf. disk: its data on
# the disk, whose fsync costs what it costs, not in memory.
sub new {
    my ($class, %opt) = @_;

    my $self = bless {
        dir => $opt{dir},
        owner => $$,
        user => 'postgres',
        process => undef,
    }, $class;

    mkdir $self->{dir} or die "mkdir $self->{dir}: $!";
    chmod 0755, $self->{dir};
    $self->{disk} = $opt{disk};
    $self->{data} = $self->data_place . '/data';
    ChatTest::Process::give($self->{user}, $self->{dir});

    my $template = $opt{template} || $ENV{TEST_NGINX_CHAT_TEMPLATE};
    my $extra = $opt{conf} || '';

    if ($template && !$opt{bare}) {
        $self->as_user('cp', '-a', $template, $self->{data});
        $self->configure($extra);
        return $self;
    }

    $self->as_user("$bin/initdb", '-D', $self->{data}, '-U', 'postgres',
                   '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8',
                   '--no-sync', '--no-instructions', $opt{disk} ? () : '--wal-segsize=4');
    $self->configure($extra);
    $self->start;
    $self->psql_super('postgres', 'CREATE ROLE chat LOGIN');
    $self->psql_super('postgres', 'CREATE DATABASE chat OWNER chat');
    $self->migrate unless $opt{bare};

    return $self;
}

# The cluster that another process of this suite runs (t/run): by its
# directory. It can be stopped and started; destroy leaves it to its owner.
sub attach {
    my ($class, $dir) = @_;

    open my $in, '<', "$dir/data-place" or die "$dir/data-place: $!";
    chomp(my $data = <$in>);

    return bless { dir => $dir, data => $data, user => 'postgres',
                   attached => 1, owner => $$ }, $class;
}

sub dir { $_[0]{dir} }

# Memory when there is enough of it: fsync costs nothing there. It is still
# one, for the server and for a killed server alike.
sub data_place {
    my ($self) = @_;

    my $place = $self->{dir};

    if (!$self->{disk} && -d '/dev/shm' && -w '/dev/shm'
        && (ChatTest::Process::output('df', '-Pk', '/dev/shm')
            =~ /(\d+)\s+\d+%/m) && $1 > 2_000_000)
    {
        $place = File::Temp::tempdir('ngxchat-XXXXXX', DIR => '/dev/shm');
        ChatTest::Process::give($self->{user}, $place);
        $self->{memory} = $place;
    }

    open my $out, '>', "$self->{dir}/data-place" or die $!;
    print $out "$place/data\n";
    close $out;

    return $place;
}

sub configure {
    my ($self, $extra) = @_;

    my $file = "$self->{data}/conf.sandbox";
    open my $out, '>', $file or die "$file: $!";
    print $out $conf, "unix_socket_directories = '$self->{dir}'\n", $extra;
    close $out;
    ChatTest::Process::give($self->{user}, $file);

    my $main = "$self->{data}/postgresql.conf";
    open my $in, '<', $main or die "$main: $!";
    my $have = join '', <$in>;
    return if $have =~ /^include 'conf.sandbox'/m;
    open $out, '>>', $main or die $!;
    print $out "include 'conf.sandbox'\n";
    close $out;
}

# Sets one parameter for the next start.
sub set {
    my ($self, $name, $value) = @_;

    open my $out, '>>', "$self->{data}/conf.sandbox" or die $!;
    print $out "$name = '$value'\n";
    close $out;
    return $self;
}

# What the module's conninfo is; a superuser's with the name of one.
sub conninfo {
    my ($self, $user, $database) = @_;
    $user ||= 'chat';
    $database ||= 'chat';
    return "host=$self->{dir} dbname=$database user=$user";
}

sub start {
    my ($self) = @_;

    return $self if $self->pid;

    $self->{process} = ChatTest::Process->start(
        user => $self->{user},
        log => "$self->{dir}/postgres.log",
        stop_with => 'QUIT',
        detach => $self->{attached},
        command => ["$bin/postgres", '-D', $self->{data}],
    );

    ChatTest::Process::wait_for(30, sub {
        system("$bin/pg_isready -q -h $self->{dir}") == 0
    }) or die "PostgreSQL did not start:\n" . $self->log;

    return $self;
}

# The postmaster's pid while it runs, else 0.
sub pid {
    my ($self) = @_;

    open my $in, '<', "$self->{data}/postmaster.pid" or return 0;
    my $pid = <$in>;
    close $in;
    $pid = defined $pid && $pid =~ /^(\d+)/ ? $1 : 0;

    return $pid && kill(0, $pid) && -d "/proc/$pid" ? $pid : 0;
}

# how: smart, fast (default), immediate (no checkpoint: recovery at the start)
sub stop {
    my ($self, $how) = @_;

    my $pid = $self->pid or return $self;
    my %signal = (smart => 'TERM', fast => 'INT', immediate => 'QUIT');

    kill 'CONT', $pid, $self->backends;
    kill $signal{$how || 'fast'}, $pid;
    ChatTest::Process::wait_for(30, sub {
        $self->{process}->running if $self->{process};
        !$self->pid
    }) or die 'PostgreSQL did not stop';

    return $self;
}

sub restart {
    my ($self, $how) = @_;
    return $self->stop($how)->start;
}

sub backends {
    my ($self) = @_;
    my $pid = $self->pid or return;
    return ChatTest::Process::children($pid);
}

# Connections stay open and nothing is answered, until resume.
sub pause {
    my ($self) = @_;
    kill 'STOP', $self->pid, $self->backends;
    return $self;
}

sub resume {
    my ($self) = @_;
    kill 'CONT', $self->pid, $self->backends;
    return $self;
}

# Runs SQL as the module's role; returns psql's unaligned output.
sub psql {
    my ($self, $sql) = @_;
    return $self->psql_as('chat', 'chat', $sql);
}

sub psql_super {
    my ($self, $database, $sql) = @_;
    return $self->psql_as('postgres', $database, $sql);
}

sub psql_as {
    my ($self, $user, $database, $sql) = @_;

    my $out = ChatTest::Process::output(
        "$bin/psql", '-XAtq', '-v', 'ON_ERROR_STOP=1',
        '-d', $self->conninfo($user, $database), '-c', $sql);
    die "psql: $sql" if $?;
    chomp $out;
    return $out;
}

sub migrate {
    my ($self) = @_;

    my $chatctl = "$ChatTest::Sandbox::build/chatctl";
    my $sql = "$ChatTest::Sandbox::root/sql";

    if (!-x $chatctl) {
        die "$chatctl is missing: make" if -d $sql;
        return $self;
    }

    my $out = ChatTest::Process::output(
        $chatctl, '--database', $self->conninfo, 'migrate', '--sql', $sql);
    die "chatctl migrate failed:\n$out" if $?;
    return $self;
}

sub log {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/postgres.log" or return '';
    local $/;
    return scalar <$in>;
}

sub as_user {
    my ($self, @command) = @_;
    my $out = ChatTest::Process::output(
        ChatTest::Process::as($self->{user}), @command);
    die "@command:\n$out" if $?;
}

sub destroy {
    my ($self) = @_;

    return if $self->{owner} != $$;

    if ($self->{attached}) {
        $self->start if !$self->pid;
        $self->resume;
        return;
    }

    eval { $self->stop('immediate') };
    $self->{process}->stop if $self->{process};
    File::Path::remove_tree($_, { error => \my $ignored })
        for grep { defined } @$self{qw(memory dir)};
}

1;
