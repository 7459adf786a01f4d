package Bench::Sample;

# CPU and memory of processes, from /proc.

use strict;
use warnings;

use POSIX ();

my $hz = POSIX::sysconf(POSIX::_SC_CLK_TCK());

# a process and all below it
sub tree {
    my ($root) = @_;
    my %children;

    for my $stat (glob '/proc/[0-9]*/stat') {
        my $text = slurp($stat) // next;
        my ($pid, $parent) = $text =~ /^(\d+) \(.*\) \S (\d+)/s or next;
        push @{$children{$parent}}, $pid;
    }

    my @all = ($root);
    for (my $i = 0; $i < @all; $i++) { push @all, @{$children{$all[$i]} || []} }
    return @all;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return undef;
    local $/;
    return scalar <$in>;
}

# CPU seconds that processes took, with those of children they waited for
sub cpu {
    my $sum = 0;
    for my $pid (@_) {
        my $text = slurp("/proc/$pid/stat") // next;
        my @f = split ' ', $text =~ s/^.*\) //sr;
        $sum += $f[11] + $f[12] + $f[13] + $f[14];
    }
    return $sum / $hz;
}

# seconds that all CPUs were busy
sub busy {
    my @f = split ' ', slurp('/proc/stat') =~ s/^cpu\s+//r;
    return ($f[0] + $f[1] + $f[2] + $f[5] + $f[6] + $f[7]) / $hz;
}

sub pss {
    my $sum = 0;
    for my $pid (@_) {
        my ($kib) = (slurp("/proc/$pid/smaps_rollup") // '') =~ /^Pss:\s+(\d+)/m;
        $sum += ($kib // 0) * 1024;
    }
    return $sum;
}

1;
