package Bench::Load;

# Runs the generator or the limit program, and samples the server between the lines
# with which these say that their measured window begins and ends.

use strict;
use warnings;

use IPC::Open3 ();
use JSON::PP ();
use Symbol ();

use Bench::Sample ();

our $binary;
our $limit;

sub build {
    my ($root, $build) = @_;
    for my $name (qw(load limit)) {
        system('make', '-s', '-C', "$root/bench/$name", "BUILD=$build/bench") == 0
            or die "bench: $name can't be built\n";
    }
    ($binary, $limit) = ("$build/bench/load", "$build/bench/limit");
}

# groups: { name => [pids] }, or what gives them when the window begins, sampled at both
# ends. Returns the generator's figures
# with {cpu}{name} in seconds and {busy}: of the whole machine.
sub run {
    my ($groups, @options) = @_;
    return observe($groups, {}, $binary, @options);
}

# The same of any command that speaks as the generator does; hooks: start and end are
# called with the window.
sub observe {
    my ($groups, $hooks, @command) = @_;
    return finish(begin(@command), $groups, $hooks);
}

# A command that runs: { pid, in, out, err }.
sub begin {
    my (@command) = @_;
    my $err = Symbol::gensym();
    my $pid = IPC::Open3::open3(my $in, my $out, $err, @command);
    return { pid => $pid, in => $in, out => $out, err => $err };
}

sub finish {
    my ($run, $groups, $hooks) = @_;
    my ($out, $err) = @$run{qw(out err)};
    my (%before, %after, $busy, $said);

    close $run->{in};

    while (my $line = <$err>) {
        if ($line =~ /^window start/) {
            $groups = $groups->() if ref $groups eq 'CODE';
            %before = map { $_ => Bench::Sample::cpu(@{$groups->{$_}}) } keys %$groups;
            $busy = -Bench::Sample::busy();
            $hooks->{start}->() if $hooks->{start};
        } elsif ($line =~ /^window end/) {
            %after = map { $_ => Bench::Sample::cpu(@{$groups->{$_}}) } keys %$groups;
            $busy += Bench::Sample::busy();
            $hooks->{end}->() if $hooks->{end};
        } else {
            $said .= $line;
        }
    }

    my $json = do { local $/; <$out> };
    waitpid $run->{pid}, 0;

    my $r = eval { JSON::PP->new->decode($json) }
        or return { void => 1, reason => 'the generator said nothing: ' . ($said // "status $?") };

    $r->{cpu} = { map { $_ => $after{$_} - $before{$_} } keys %after };
    $r->{busy} = $busy if %after;
    $r->{said} = $said if defined $said;
    $r->{void} = $r->{void} ? 1 : 0;
    return $r;
}

1;
