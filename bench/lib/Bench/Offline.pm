package Bench::Offline;

# 20,000 entries for 100 devices that are away; then all of them come back at once.

use strict;
use warnings;
use utf8;

use Bench::Load ();
use Bench::Pairs ();

sub options {
    my ($c) = @_;
    return ('--messages', $c->either(10000, 20000), '--window', 16, '--opening', 200);
}

sub report {
    my ($c, $what, $r) = @_;
    $c->say('%-28s %d entries stored at %.0f/s, drained at %.0f/s in %.2f s', $what,
            @$r{qw(entries stored_per_s drained_per_s drained_in_s)});
}

sub run {
    my ($c) = @_;
    my $server = $c->server;
    my $void = @{$c->{void}};
    my (@ours, @theirs, @stored);

    for my $n (1 .. $c->runs) {
        Bench::Pairs::seed($server);
        my $r = $c->checked("offline, run $n", Bench::Load::observe($server->pids, {}, $Bench::Load::binary,
            'offline', '--port', $server->port, '--users', $server->dir . '/users.tsv',
            '--conversations', $server->dir . '/conversations.tsv', options($c)));
        report($c, "offline $n", $r) if $r;
        push @ours, $r && $r->{drained_per_s};
        push @stored, $r && $r->{stored_per_s};

        if ($c->{peers}) {
            my $e = $c->checked("ejabberd, offline, run $n",
                $c->ejabberd->pairs(Bench::Pairs::lists())->load('offline', options($c)));
            report($c, "ejabberd, offline $n", $e) if $e;
            push @theirs, $e && $e->{drained_per_s};
        }
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    $c->measure('drain', 'offline drain', 'entries/s', @ours);
    $c->measure('drain_stored', 'storing for those who are away', 'entries/s', @stored);
    $c->figure('drain_vs_ejabberd', ours => \@ours, other => \@theirs, void => \@void) if $c->{peers};
}

1;
