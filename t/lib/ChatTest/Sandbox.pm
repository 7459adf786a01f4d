package ChatTest::Sandbox;

# A place of its own for one suite: a short directory, a PostgreSQL cluster
# with the schema in it, and any number of nginxes. Whatever way the suite
# ends, what was started is stopped and what was written is removed; nothing
# that was started by others is touched.
#
#   my $s = ChatTest::Sandbox->new;
#   my $nginx = $s->nginx(workers => 2);
#   $s->cluster->restart('immediate');
#   my $r = $s->client($nginx)->get('/api/v1/server');

use strict;
use warnings;

use Cwd ();
use File::Basename ();
use File::Path ();
use File::Temp ();
use IO::Socket::INET ();
use POSIX ();
use Scalar::Util ();

use ChatTest::Cluster ();
use ChatTest::Nginx ();

# the checkout, whatever directory the suite is run from
our $root = Cwd::realpath(File::Basename::dirname(__FILE__) . '/../../..');
our $build = $ENV{BUILD} || "$root/build";

my @alive;
my $owner = $$;

$SIG{$_} ||= sub { exit 130 } for qw(INT TERM HUP);

sub new {
    my ($class, %opt) = @_;

    my $self = bless {
        dir => File::Temp::tempdir('ngxchat-XXXXXX', DIR => '/tmp'),
        nginx => [],
        ports => {},
        opt => \%opt,
    }, $class;

    # the cluster's user and the workers pass through it
    chmod 0755, $self->{dir} or die "chmod $self->{dir}: $!";

    push @alive, $self;
    Scalar::Util::weaken($alive[-1]);

    return $self;
}

sub dir { $_[0]{dir} }

# The cluster: the one that t/run started for this suite, else an own one.
# Started at the first call. Options of ChatTest::Cluster->new.
sub cluster {
    my ($self, %opt) = @_;

    if (!$self->{cluster}) {
        $self->{cluster} = $ENV{TEST_NGINX_CHAT_CLUSTER} && !$self->{opt}{own}
            ? ChatTest::Cluster->attach($ENV{TEST_NGINX_CHAT_CLUSTER})
            : ChatTest::Cluster->new(dir => "$self->{dir}/pg",
                                     %{$self->{opt}}, %opt)->start;
    }

    return $self->{cluster};
}

# A started nginx. Options of ChatTest::Nginx->new; database defaults to the
# cluster's.
sub nginx {
    my ($self, %opt) = @_;

    my $n = @{$self->{nginx}};
    $opt{database} = $self->cluster->conninfo
        if !exists $opt{database} && !exists $opt{conf};

    my $nginx = ChatTest::Nginx->new(dir => "$self->{dir}/n$n",
                                     port => $self->port, %opt);
    push @{$self->{nginx}}, $nginx;
    $nginx->start unless $opt{stopped};

    return $nginx;
}

# An API client (see ChatTest::Client) of an nginx.
sub client {
    my ($self, $nginx, %opt) = @_;

    require ChatTest::Client;
    $nginx ||= $self->{nginx}[0] || $self->nginx;
    return ChatTest::Client->new(port => $nginx->port, %opt);
}

# A TCP port of the loopback address that nothing listens on.
sub port {
    my ($self) = @_;

    for (1 .. 50) {
        my $socket = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', Listen => 1, Proto => 'tcp',
        ) or die "no free port: $!";
        my $port = $socket->sockport;
        close $socket;
        return $port if !$self->{ports}{$port}++;
    }

    die 'no free port';
}

# Stops and removes everything. Called at the end by itself.
sub destroy {
    my ($self) = @_;

    return if $$ != $owner || $self->{gone}++;

    local ($@, $?, $!);
    eval { $_->stop_hard } for @{$self->{nginx}};
    eval { $self->{cluster}->destroy } if $self->{cluster};

    if ($ENV{TEST_NGINX_NO_CLEAN}) {
        print STDERR "# kept: $self->{dir}\n";
        return;
    }

    File::Path::remove_tree($self->{dir}, { error => \my $ignored });
}

sub DESTROY { $_[0]->destroy }

END {
    my $status = $?;
    $_ && $_->destroy for @alive;
    $? = $status;
}

1;
