package Bench::Fanout;

# One sender, a group of 1, 10, 100 and 1,000 receivers with a socket each: as many
# deliveries as the server makes. Receivers of ours acknowledge at half of the window
# or after 200 ms; Nchan knows no acknowledgement.

use strict;
use warnings;
use utf8;

use Bench::Load ();
use Bench::Pairs ();
use Bench::Seed ();

our $window = 64;     # with less the generator, not the server, is what is busy

sub one {
    my ($c, $receivers, @options) = @_;
    my $server = $c->server;
    $server->fresh;
    Bench::Seed::users($server, $receivers + 1);
    Bench::Seed::conversations($server, 'group', 'until_delivered', [0 .. $receivers]);
    $server->sql('VACUUM ANALYZE');

    return Bench::Load::observe($server->pids, {}, $Bench::Load::binary, 'fanout', '--port', $server->port,
        '--users', $server->dir . '/users.tsv', '--conversations', $server->dir . '/conversations.tsv',
        '--window', $window, '--warm', 2, '--seconds', $c->either(4, 6), @options);
}

sub report {
    my ($c, $what, $r) = @_;
    my $n = $r->{delivered_per_s} * $r->{seconds} || 1;
    $c->say('%-28s %6.0f deliveries/s, %.0f messages/s  p50 %.1f  p99 %.1f ms  CPU %s µs/delivery, generator %.0f %% of a core',
        $what, $r->{delivered_per_s}, $r->{accepted_per_s}, map({ $_ / 1000 } @{$r->{latency_us}}{qw(p50 p99)}),
        join(' + ', map { sprintf '%.1f %s', 1e6 * $r->{cpu}{$_} / $n, $_ } sort keys %{$r->{cpu}}),
        100 * $r->{generator_cpu});
}

sub run {
    my ($c) = @_;
    my $void = @{$c->{void}};
    my (@ours, @theirs, @cpu, @their_cpu);

    # a run with the peer makes only the comparison
    for my $receivers ($c->{peers} ? () : (1, 10, 100)) {
        my @rate;
        for my $n (1 .. $c->runs) {
            my $r = $c->checked("fan-out to $receivers, run $n", one($c, $receivers));
            report($c, "1 to $receivers, $n", $r) if $r;
            push @rate, $r && $r->{delivered_per_s};
        }
        $c->measure("fanout_$receivers", "fan-out of one sender to $receivers", 'deliveries/s', @rate);
    }

    for my $n (1 .. $c->runs) {
        my $r = $c->checked("fan-out to 1000, run $n", one($c, 1000));
        report($c, "1 to 1000, $n", $r) if $r;
        push @ours, $r && $r->{delivered_per_s};
        push @cpu, $r && Bench::Pairs::cpu_per_message($r);

        if ($c->{peers}) {
            my $p = $c->checked("Nchan, fan-out to 1000, run $n",
                $c->nchan->group(1000)->load('fanout', '--window', $window, '--warm', 2,
                                             '--seconds', $c->either(4, 6)));
            report($c, "Nchan, 1 to 1000, $n", $p) if $p;
            push @theirs, $p && $p->{delivered_per_s};
            push @their_cpu, $p && Bench::Pairs::cpu_per_message($p);
        }
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    $c->measure('fanout_1000', 'fan-out of one sender to 1,000', 'deliveries/s', @ours);
    $c->measure('fanout_cpu', 'CPU of nginx and PostgreSQL at fan-out to 1,000', 'µs/delivery', @cpu);

    if ($c->{peers}) {
        $c->measure('fanout_cpu_nchan', 'CPU of Nchan at fan-out to 1,000', 'µs/delivery', @their_cpu);
        $c->figure('fanout_vs_nchan', ours => \@ours, other => \@theirs, void => \@void);
    }
}

1;
