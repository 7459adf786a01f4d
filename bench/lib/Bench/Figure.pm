package Bench::Figure;

# From runs to a figure: medians, the ratio of the two sides, its spread over the runs.

use strict;
use warnings;
use utf8;

# The figures of the table in the order in which it has them: what is compared with
# what, whether more or less is better, and what is to be reached. Of `alone` the
# value itself is held against the target.
our @table = (
    { name => 'saturation_vs_ejabberd', unit => 'messages/s', better => 'more', target => 8,
      what => 'durable delivered messages/s at saturation', other => 'ejabberd' },
    { name => 'saturation_vs_limit', unit => 'messages/s', better => 'more', target => 0.35,
      what => 'durable delivered messages/s at saturation', other => 'the limit program' },
    { name => 'p99_vs_ejabberd', unit => 'ms', better => 'less', target => 0.25,
      what => 'p99 send to receive at 1,700 messages/s', other => 'ejabberd at 650/s' },
    { name => 'cpu_vs_ejabberd', unit => 'µs of CPU/message', better => 'less', target => 0.1,
      what => 'CPU of nginx and PostgreSQL per delivered message at saturation',
      other => 'ejabberd and PostgreSQL' },
    { name => 'fanout_vs_nchan', unit => 'deliveries/s', better => 'more', target => 1,
      what => 'one message to 1,000 sockets, at saturation', other => 'Nchan, in memory' },
    { name => 'idle_bytes_per_socket', unit => 'bytes', better => 'less', target => 3072, alone => 1,
      what => 'memory of nginx per idle signed-in socket', other => 'Nchan, in memory' },
    { name => 'drain_vs_ejabberd', unit => 'entries/s', better => 'more', target => 4,
      what => 'offline drain', other => 'ejabberd' },
    { name => 'p99_signin_storm', unit => 'ms', better => 'less', target => 1.5,
      what => 'p99 of messages during a sign-in storm', other => 'without it' },
    { name => 'growth_10m', unit => 'messages/s', better => 'more', target => 0.9,
      what => 'throughput with 10 million stored entries', other => 'with 10 thousand' },
    { name => 'disk_flat', unit => 'bytes', better => 'less', target => 1.1,
      what => 'database size after 4N messages', other => 'after N' },
);

my %of = map { $_->{name} => $_ } @table;

sub median {
    my @s = sort { $a <=> $b } grep { defined } @_;
    return undef if !@s;
    return @s % 2 ? $s[$#s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2;
}

sub spread {
    my @s = sort { $a <=> $b } grep { defined } @_;
    return [@s[0, -1]];
}

# ours, other: values in the order of the runs, undef for a void one (a run on one side
# voids its pair); other may be left out of an `alone` one. void: reasons.
sub make {
    my ($name, %arg) = @_;
    my $d = $of{$name} or die "no figure $name";
    my @pairs = map { [$arg{ours}[$_], $arg{other} ? $arg{other}[$_] : undef] } 0 .. $#{$arg{ours}};
    @pairs = grep { defined $_->[0] && (defined $_->[1] || $d->{alone}) } @pairs;

    my %f = (%$d, runs => scalar @pairs, void => [grep { defined } @{$arg{void} || []}],
             $arg{note} ? (note => $arg{note}) : ());
    delete $f{other};
    $f{other_side} = $d->{other};

    if (@pairs) {
        $f{value} = median(map { $_->[0] } @pairs);
        $f{other} = median(map { $_->[1] } @pairs);
        $f{ratio} = $f{value} / $f{other} if $f{other};
        $f{values} = [map { $_->[0] } @pairs];
        $f{others} = [map { $_->[1] } @pairs] if defined $f{other};
        $f{spread} = $d->{alone} ? spread(@{$f{values}}) : spread(map { $_->[0] / $_->[1] } @pairs);
        my $held = $d->{alone} ? $f{value} : $f{ratio};
        $f{reached} = ($d->{better} eq 'more' ? $held >= $d->{target} : $held <= $d->{target})
            ? JSON::PP::true() : JSON::PP::false();
    }

    return \%f;
}

# What is measured beside the table: a value with its runs.
sub measure {
    my ($what, $unit, @values) = @_;
    my @v = grep { defined } @values;
    return { what => $what, unit => $unit, runs => scalar @v, void => @values - @v,
             @v ? (value => median(@v), spread => spread(@v)) : () };
}

1;
