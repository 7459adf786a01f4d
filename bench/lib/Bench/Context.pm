package Bench::Context;

# What the scenarios of one run share: its options, the server, the peers, the results.

use strict;
use warnings;

use Time::HiRes ();

use Bench::Figure ();
use Bench::Limit ();
use Bench::Load ();
use Bench::Seed ();
use Bench::Server ();

# quick: short and few runs; peers: with ejabberd and Nchan; runs: of each side
sub new {
    my ($class, %opt) = @_;
    return bless { %opt, figures => {}, measures => {}, void => [], begun => Time::HiRes::time() }, $class;
}

sub quick { $_[0]{quick} }
sub runs { $_[0]{runs} }

# the first for a quick run
sub either { $_[0]{quick} ? $_[1] : $_[2] }

sub server {
    my ($self) = @_;
    return $self->{server} ||= Bench::Server->new(
        postgres => $self->{peers} ? Peer::Ejabberd::postgres() : '');
}

sub ejabberd {
    my ($self) = @_;
    return $self->{ejabberd} ||= Peer::Ejabberd->new($self->server);
}

sub nchan {
    my ($self) = @_;
    return $self->{nchan} ||= Peer::Nchan->new($self->server);
}

sub say {
    my ($self, $format, @args) = @_;
    printf "%5.0f s  $format\n", Time::HiRes::time() - $self->{begun}, @args;
}

# A run of one side: its figures, or nothing and a word when it is void. It is not
# made again.
sub checked {
    my ($self, $what, $r) = @_;
    if ($r->{void}) {
        my $reason = "$what: " . ($r->{reason} // 'no reason given');
        $self->say('VOID  %s', $reason);
        push @{$self->{void}}, $reason;
        return undef;
    }
    return $r;
}

sub figure {
    my ($self, $name, %arg) = @_;
    my $f = $self->{figures}{$name} = Bench::Figure::make($name, %arg);
    $self->say('%s: %s', $name, !$f->{runs} ? 'no valid run'
        : sprintf '%s against %s: ratio %s (%s), target %s%s', map({ short($_) } @$f{qw(value other ratio)}),
          join(' to ', map { short($_) } @{$f->{spread}}), $f->{target}, $f->{reached} ? '' : ', NOT REACHED');
}

sub measure {
    my ($self, $name, $what, $unit, @values) = @_;
    my $m = $self->{measures}{$name} = Bench::Figure::measure($what, $unit, @values);
    $self->say('%s: %s %s (%s)', $what, short($m->{value}), $unit,
               $m->{runs} ? join ' to ', map { short($_) } @{$m->{spread}} : 'no valid run');
}

sub short {
    my ($n) = @_;
    return '-' if !defined $n;
    my $text = $n == int $n ? "$n" : sprintf abs $n >= 1000 ? '%.0f' : abs $n >= 10 ? '%.1f' : '%.3f', $n;
    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;
    return $text;
}

# At the end: what nginx said that it must not say.
sub complaints {
    my ($self) = @_;
    return $self->{server} ? $self->{server}->complaints : ();
}

sub destroy {
    my ($self) = @_;
    for (qw(ejabberd nchan server)) {
        (delete $self->{$_})->destroy if $self->{$_};
    }
}

1;
