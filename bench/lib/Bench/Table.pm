package Bench::Table;

# The results as Markdown.

use strict;
use warnings;
use utf8;

use Bench::Context ();
use Bench::Figure ();

sub short { return Bench::Context::short(@_) }

sub markdown {
    my ($data) = @_;
    return join "\n", '# Figures', '', machine($data->{machine}), '', figures($data), '', measures($data), '',
        'Made by `make bench` and `make bench-peers`; [../README.md](../README.md) says how to read it. '
        . 'The same as data: [latest.json](latest.json).', '', '![The ratios against their targets](figures.svg)', '';
}

sub machine {
    my ($m) = @_;
    return join "\n", "Machine: $m->{cpu}, $m->{cores} cores, $m->{memory_gib} GiB, Linux $m->{kernel}; "
        . "nginx $m->{nginx} with $m->{nginx_workers} workers, PostgreSQL $m->{postgresql} ($m->{postgresql_settings})"
        . join('', map { $m->{$_} ? "; $_ $m->{$_}" : () } qw(ejabberd libnginx-mod-nchan)) . '.',
        ucfirst "$m->{shared}.";
}

sub figures {
    my ($data) = @_;
    my @rows = ('| name | what | ours | other side | ratio (from … to …) | runs | target | reached |',
                '|---|---|---|---|---|---|---|---|');

    for my $d (@Bench::Figure::table) {
        my $f = $data->{figures}{$d->{name}};
        my $target = ($d->{better} eq 'more' ? '≥ ' : '≤ ') . short($d->{target}) =~ s/\.?0+$//r
                     . ($d->{alone} ? " $d->{unit}" : ' ×');
        $target = '≤ 3,072 bytes' if $d->{alone};

        if (!$f || !$f->{runs}) {
            push @rows, sprintf '| `%s` | %s | – | – | %s | %d | %s | |', $d->{name}, $d->{what},
                $f ? 'every run was void' : 'not measured', 0, $target;
            next;
        }

        my $spread = join ' to ', map { short($_) } @{$f->{spread}};
        push @rows, sprintf '| `%s` | %s%s | %s %s | %s | %s | %d%s | %s | %s |', $d->{name}, $d->{what},
            ($f->{note} ? " ($f->{note})" : '') . ($f->{quick} ? ' **quick run**' : ''),
            short($f->{value}), $d->{unit},
            defined $f->{other} ? short($f->{other}) . " ($f->{other_side})" : '–',
            $d->{alone} ? (defined $f->{ratio} ? short($f->{ratio}) . ' ×; ' : '') . "value $spread"
                        : short($f->{ratio}) . " × ($spread)",
            $f->{runs}, @{$f->{void}} ? ', void: ' . @{$f->{void}} : '', $target, $f->{reached} ? 'yes' : '**no**';
    }

    my @void = map { @{$_->{void} || []} } values %{$data->{figures}};
    my %seen;
    push @rows, '', 'Void runs, which were not repeated:', '', map { "- $_" } grep { !$seen{$_}++ } sort @void if @void;

    return @rows;
}

sub measures {
    my ($data) = @_;
    my $m = $data->{measures};
    return ('## What else was measured', '', '| what | median | from … to … | runs |', '|---|---|---|---|',
        map {
            my $v = $m->{$_};
            $v->{runs} ? sprintf('| %s%s | %s %s | %s | %d%s |', $v->{what}, $v->{quick} ? ' **quick run**' : '',
                short($v->{value}), $v->{unit}, join(' to ', map { short($_) } @{$v->{spread}}), $v->{runs},
                $v->{void} ? ", void: $v->{void}" : '')
            : "| $v->{what} | no valid run | | 0 |"
        } sort keys %$m);
}

1;
