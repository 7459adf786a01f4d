package Bench::Plot;

# The ratios of the table against their targets, as an SVG: a bar each on a logarithmic
# scale, 1 is the target, to the right of it is better; the line on it is the spread.

use strict;
use warnings;
use utf8;

use Bench::Context ();
use Bench::Figure ();

my ($left, $width, $right, $row, $top) = (230, 420, 250, 30, 62);
my ($low, $high) = (0.01, 100);     # of the scale

sub short { return Bench::Context::short(@_) }

sub at {
    my ($v) = @_;
    $v = $v < $low ? $low : $v > $high ? $high : $v;
    return $left + $width * (log($v) - log $low) / (log($high) - log $low);
}

# how many times better than the target
sub score {
    my ($d, $v) = @_;
    return $d->{better} eq 'more' ? $v / $d->{target} : $d->{target} / ($v || 1e-9);
}

sub svg {
    my ($data) = @_;
    my @bars;
    my $y = $top;

    for my $d (@Bench::Figure::table) {
        my $f = $data->{figures}{$d->{name}};
        push @bars, bar($d, $f && $f->{runs} ? $f : undef, $y);
        $y += $row;
    }

    my $one = at(1);
    my @ticks = map {
        my $x = at($_);
        sprintf('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" class="tick"/><text x="%.1f" y="%d" class="scale">%s ×</text>',
                $x, $top - 8, $x, $y, $x, $top - 14, $_)
    } 0.01, 0.1, 1, 10, 100;

    return join "\n", sprintf('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="Figures against their targets">',
                              $left + $width + $right, $y + 16),
        '<style>text{font:13px system-ui,sans-serif;fill:#222}.scale{text-anchor:middle;font-size:11px;fill:#666}'
        . '.name{text-anchor:end}.tick{stroke:#ddd}.target{stroke:#222;stroke-width:2}.yes{fill:#2a7f62}.no{fill:#c0392b}'
        . '.spread{stroke:#222;stroke-width:1.5}.none{fill:#888}</style>',
        '<rect width="100%" height="100%" fill="#fff"/>',
        sprintf('<text x="%d" y="20">How many times better than the target (1 × is the target; the line: all runs)</text>', 12),
        @ticks, @bars,
        sprintf('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" class="target"/>', $one, $top - 8, $one, $y), '</svg>', '';
}

sub bar {
    my ($d, $f, $y) = @_;
    my $name = sprintf '<text x="%d" y="%d" class="name">%s</text>', $left - 8, $y + 15, $d->{name};
    return $name . sprintf('<text x="%d" y="%d" class="none">not measured</text>', $left + 6, $y + 15) if !$f;

    my $value = $d->{alone} ? $f->{value} : $f->{ratio};
    my @spread = sort { $a <=> $b } map { score($d, $_) } @{$f->{spread}};
    my ($one, $x) = (at(1), at(score($d, $value)));
    my ($from, $to) = $x < $one ? ($x, $one) : ($one, $x);

    return $name . sprintf(
        '<rect x="%.1f" y="%d" width="%.1f" height="%d" class="%s"/><line x1="%.1f" y1="%d" x2="%.1f" y2="%d" class="spread"/>'
        . '<text x="%d" y="%d">%s %s (%s)</text>',
        $from, $y + 4, $to - $from, $row - 14, $f->{reached} ? 'yes' : 'no',
        at($spread[0]), $y + ($row - 6) / 2 + 1, at($spread[1]), $y + ($row - 6) / 2 + 1,
        $left + $width + 10, $y + 15, short($value), $d->{alone} ? $d->{unit} : '×',
        ($d->{better} eq 'more' ? 'at least ' : 'at most ') . $d->{target});
}

1;
