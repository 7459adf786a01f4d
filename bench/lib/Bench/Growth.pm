package Bench::Growth;

# Saturation over a log of 10 million entries against one of 10 thousand. Each has a
# cluster of its own with the same settings; the large one is seeded once (its payloads
# are small, its indexes the real ones) and each run adds a few per cent.

use strict;
use warnings;
use utf8;

use Bench::Context ();
use Bench::Pairs ();
use Bench::Seed ();
use Bench::Server ();

our $size = 64;         # bytes of a seeded payload; messages of the run have 300

sub run {
    my ($c) = @_;
    my ($few, $many) = (10_000, $c->either(1_000_000, 10_000_000));
    my @options = ('--window', $Bench::Pairs::window, '--warm', 2, '--seconds', $c->either(4, 6));
    my $void = @{$c->{void}};
    my (@many, @few, @bytes);

    my $small = $c->server;
    my $large = Bench::Server->new;
    Bench::Pairs::seed($large, history => 'keep');
    my $begun = time;
    Bench::Seed::entries($large, $many, $size);
    $c->say('%d entries of %d bytes seeded in %d s, %.2f GB', $many, $size, time - $begun, $large->bytes / 1e9);

    for my $n (1 .. $c->runs) {
        Bench::Pairs::seed($small, history => 'keep');
        Bench::Seed::entries($small, $few, $size);
        $large->fresh(keep => 1);
        $large->sql('CHECKPOINT');

        for my $side ([$large, \@many, $many], [$small, \@few, $few]) {
            my ($server, $list, $stored) = @$side;
            my $r = $c->checked("growth, $stored entries, run $n", Bench::Pairs::load($server, @options));
            Bench::Pairs::report($c, "$stored entries, $n", $r) if $r;
            push @$list, $r && $r->{delivered_per_s};
        }
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    $c->figure('growth_10m', ours => \@many, other => \@few, void => \@void,
               note => sprintf('%s against %s seeded entries of %d bytes, in the conversations that are written to',
                               map({ Bench::Context::short($_) } $many, $few), $size));
    $large->destroy;
}

1;
