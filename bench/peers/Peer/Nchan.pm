package Peer::Nchan;

# Nchan of Debian in an nginx of its own: the same nginx, as many workers, no storage.

use strict;
use warnings;

use FindBin ();

use Bench::Idle ();
use Bench::Load ();
use Bench::Sample ();
use Bench::Server ();

my $modules = '/usr/lib/nginx/modules';

sub new {
    my ($class, $server) = @_;
    -r "$modules/ngx_nchan_module.so" or die "Nchan is not installed: tools/deps bench/peers/packages.txt\n";
    return bless { server => $server, dir => $server->dir }, $class;
}

# A new process: it has no channels and no messages.
sub fresh {
    my ($self) = @_;
    $self->destroy;

    open my $in, '<', "$FindBin::RealBin/peers/nchan.conf" or die $!;
    my $text = do { local $/; <$in> };
    my %put = (USER => $> == 0 ? 'user www-data;' : '', WORKERS => $Bench::Server::workers,
               FILES => $Bench::Server::files, MODULES => $modules, DIR => '%%DIR%%', PORT => '%%PORT%%');
    $text =~ s/%%(\w+)%%/$put{$1} \/\/ die "%%$1%%"/ge;

    $self->{nginx} = $self->{server}{sandbox}->nginx(conf => $text, workers => $Bench::Server::workers);
    return $self;
}

sub destroy {
    my ($self) = @_;
    my $nginx = delete $self->{nginx} or return;
    $nginx->stop(20);
}

sub users {
    my ($self, $n) = @_;
    open my $out, '>', "$self->{dir}/nchan-users.tsv" or die $!;
    print $out "user-$_\tnone\n" for 0 .. $n - 1;
    close $out;
}

# One channel, its sender and so many receivers.
sub group {
    my ($self, $receivers) = @_;
    $self->fresh;
    $self->users($receivers + 1);
    open my $out, '>', "$self->{dir}/nchan-conversations.tsv" or die $!;
    print $out "group\t", join(',', 0 .. $receivers), "\n";
    close $out;
    return $self;
}

sub load {
    my ($self, $scenario, @options) = @_;
    return Bench::Load::observe({ nchan => [$self->{nginx}->workers] }, {}, $Bench::Load::binary, $scenario,
        '--proto', 'nchan', '--port', $self->{nginx}->port, '--users', "$self->{dir}/nchan-users.tsv",
        '--conversations', "$self->{dir}/nchan-conversations.tsv", @options);
}

# So many idle sockets, as Bench::Idle::hold tells; each reads a channel of its own.
sub idle {
    my ($self, $n) = @_;
    $self->fresh;
    my @workers = $self->{nginx}->workers;
    my @options = ('--proto', 'nchan', '--port', $self->{nginx}->port);
    Bench::Idle::hold_warm($self->{dir}, [map { "warm-$_\tnone\n" } 0 .. 99], @options);
    return Bench::Idle::hold($self->{dir}, sub { Bench::Sample::pss(@workers) },
        sub { Bench::Sample::cpu(@workers) }, [map { "user-$_\tnone\n" } 0 .. $n - 1], @options);
}

1;
