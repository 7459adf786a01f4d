package Bench::Server;

# What is measured: a PostgreSQL with its data on the disk, set up as the README
# tells operators to, and nginx with two workers.

use strict;
use warnings;

use HTTP::Tiny ();
use Time::HiRes qw(sleep time);

use ChatTest::Chat ();
use ChatTest::Sandbox ();
use Bench::Sample ();

our $workers = 2;
our $shared_buffers = '1GB';
our $files = do { my $most = `bash -c 'ulimit -Hn'`; $most =~ /^\d+$/ && $most < 65536 ? $most + 0 : 65536 };

my $postgres = <<'END';
max_wal_size = 8GB
checkpoint_timeout = 30min
max_connections = 100
track_functions = pl
END

# postgres: more lines of postgresql.conf; http: of nginx's http block;
# naked: without nginx
sub new {
    my ($class, %opt) = @_;
    my $self = bless { users => [], conversations => [] }, $class;

    delete $ENV{TEST_NGINX_CHAT_TEMPLATE};
    $self->{sandbox} = ChatTest::Sandbox->new(own => 1);
    $self->{cluster} = $self->{sandbox}->cluster(disk => 1,
        conf => "shared_buffers = $shared_buffers\n$postgres" . ($opt{postgres} // ''));
    $self->start_nginx($opt{http} // '') unless $opt{naked};

    return $self;
}

sub start_nginx {
    my ($self, $http) = @_;

    my $text = ChatTest::Nginx->can('generated')->({
        workers => $workers, shutdown_timeout => '5s', level => 'error',
        http => "$ChatTest::Chat::limits $http", main => "worker_rlimit_nofile $files;",
        events => '', location => '', server => 'location = /metrics { chat_metrics; }', database => $self->conninfo,
        dir => '%%DIR%%', port => '%%PORT%%', module => '%%MODULE%%' });

    # by both workers alike: which of them gets a connection is not to decide a figure
    $text =~ s/worker_connections 1024/worker_connections 32768/;
    $text =~ s{access_log [^;]*;}{access_log off;};
    $text =~ s{listen ([^;]*);}{listen $1 reuseport backlog=4096;};

    $self->{nginx} = $self->{sandbox}->nginx(conf => $text, workers => $workers);
    ChatTest::Chat->new(sandbox => $self->{sandbox}, nginx => $self->{nginx});

    return $self;
}

sub dir { $_[0]{sandbox}->dir }
sub port { $_[0]{nginx}->port }
sub cluster { $_[0]{cluster} }
sub nginx { $_[0]{nginx} }

# PGPORT is set when a peer connects by TCP: the name of the Unix socket has it
sub conninfo {
    my ($self) = @_;
    return $self->{cluster}->conninfo . ($ENV{PGPORT} ? " port=$ENV{PGPORT}" : '');
}

sub sql {
    my ($self, $sql) = @_;
    return $self->{cluster}->psql_super('chat', $sql);
}

# The database as it is after a migration, so that no run inherits another's rows.
sub empty {
    my ($self) = @_;
    # replica: without the trigger by which audit entries are only added
    $self->sql('SET session_replication_role = replica;'
               . ' TRUNCATE chat.account, chat.session, chat.conversation, chat.direct, chat.member,'
               . ' chat.range, chat.entry, chat.mail, chat.audit_entry, chat.verification CASCADE;'
               . ' UPDATE chat.audit_chain SET number = 0, cut = 0, hash = DEFAULT, cut_hash = DEFAULT');
    $self->sql('VACUUM ANALYZE');
    $self->sql('CHECKPOINT');
    return $self;
}

# An empty database and an nginx that has just started: no run knows of another.
sub fresh {
    my ($self, %opt) = @_;
    $self->stop_nginx;
    $self->empty if !$opt{keep};
    $self->start_nginx($opt{http} // '');
    return $self;
}

sub stop_nginx {
    my ($self) = @_;
    my $nginx = delete $self->{nginx} or return;
    $nginx->quit(20);
    push @{$self->{complaints}}, $nginx->complaints;
}

# what any of its nginxes said that it must not say
sub complaints {
    my ($self) = @_;
    return (@{$self->{complaints} || []}, $self->{nginx} ? $self->{nginx}->complaints : ());
}

# pids whose CPU is the server's: the workers, and PostgreSQL with all it forks
sub pids {
    my ($self) = @_;
    return { nginx => [$self->{nginx} ? $self->{nginx}->workers : ()],
             postgres => [Bench::Sample::tree($self->{cluster}->pid)] };
}

# nginx's counters, { name => value }; of what is counted by kind the sum
sub metrics {
    my ($self) = @_;
    my $r = HTTP::Tiny->new->get('http://127.0.0.1:' . $self->port . '/metrics');
    my %m;
    /^ngx_chat_(\w+)(?:\{[^}]*\})? (\S+)$/ and $m{$1} += $2 for split /\n/, $r->{content};
    return \%m;
}

sub bytes { $_[0]->sql("SELECT pg_database_size('chat')") }

# bytes of nginx's workers: proportional set size, shared pages counted once
sub memory {
    my ($self) = @_;
    return Bench::Sample::pss($self->{nginx}->workers);
}

sub destroy { $_[0]{sandbox}->destroy }

1;
