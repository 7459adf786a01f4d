package Bench::Load;

# Runs the generator, and samples the server between the lines with which it says
# that its measured window begins and ends.

use strict;
use warnings;

use FindBin ();
use IPC::Open3 ();
use JSON::PP ();
use Symbol ();

use Bench::Sample ();

our $binary;

sub build {
    my ($root, $build) = @_;
    $binary = "$build/bench/load";
    system('make', '-s', '-C', "$root/bench/load", "BUILD=$build/bench") == 0
        or die "bench: the generator can't be built\n";
}

# groups: { name => [pids] }, sampled at both ends. Returns the generator's figures
# with {cpu}{name} in seconds and {busy}: of the whole machine.
sub run {
    my ($groups, @options) = @_;
    my $err = Symbol::gensym();
    my $pid = IPC::Open3::open3(my $in, my $out, $err, $binary, @options);
    my (%before, %after, $busy, $said);

    close $in;

    while (my $line = <$err>) {
        if ($line =~ /^window start/) {
            %before = map { $_ => Bench::Sample::cpu(@{$groups->{$_}}) } keys %$groups;
            $busy = -Bench::Sample::busy();
        } elsif ($line =~ /^window end/) {
            %after = map { $_ => Bench::Sample::cpu(@{$groups->{$_}}) } keys %$groups;
            $busy += Bench::Sample::busy();
        } else {
            $said .= $line;
        }
    }

    my $json = do { local $/; <$out> };
    waitpid $pid, 0;

    my $r = eval { JSON::PP->new->decode($json) }
        or die "bench: the generator said nothing: " . ($said // '') . "\n";

    $r->{cpu} = { map { $_ => $after{$_} - $before{$_} } keys %after };
    $r->{busy} = $busy if %after;
    $r->{said} = $said if defined $said;
    return $r;
}

1;
