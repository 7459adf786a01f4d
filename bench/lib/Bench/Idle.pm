package Bench::Idle;

# Sockets that only stand there: 20,000 devices of as many accounts, opened with the
# headers that a browser sends, resumed and drained. One process may hold less than that
# many files, so there are several generators, each with several source addresses.

use strict;
use warnings;
use utf8;

use Time::HiRes qw(sleep time);

use Bench::Context ();
use Bench::Load ();
use Bench::Seed ();

our $processes = 2;
our $settle = 4;        # s from the last handshake to the reading
our $sources = 4;

# users: lines of a users' file. Returns bytes per socket above the memory before, all
# memory per socket, sockets, handshakes/s; or { void, reason }. memory: what is read.
sub hold {
    my ($dir, $memory, $cpu, $users, @options) = @_;
    my $n = @$users;
    my @runs;
    my $before = $memory->();
    my $begun = time;
    my $used = $cpu->();

    for my $i (0 .. $processes - 1) {
        my $file = "$dir/idle-$i.tsv";
        open my $out, '>', $file or die $!;
        print $out @$users[grep { $_ % $processes == $i } 0 .. $n - 1];
        close $out;
        push @runs, Bench::Load::begin($Bench::Load::binary, 'idle', '--users', $file, '--hold', $settle + 4,
                                       '--sources', $sources, '--opening', 64, '--grace', 60, @options);
    }

    # "window start": all of a generator's sockets stand
    for my $run (@runs) {
        my ($err, $said) = ($run->{err}, '');
        while (my $line = <$err>) {
            last if $line =~ /^window start/;
            $said .= $line;
        }
        $run->{said} = $said;
    }

    my $took = time - $begun;
    $used = $cpu->() - $used;
    sleep $settle;
    my $after = $memory->();
    my %all = (void => 0, sockets => 0);

    for my $run (@runs) {
        my $r = Bench::Load::finish($run, {}, {});
        @all{qw(void reason)} = (1, $r->{reason}) if $r->{void};
        $all{sockets} += $r->{sockets} // 0;
    }

    @all{qw(void reason)} = (1, "$all{sockets} of $n sockets stood at the end")
        if !$all{void} && $all{sockets} != $n;

    return { %all, bytes => ($after - $before) / $n, whole => $after / $n, opened_per_s => $n / $took,
             cpu => 1e6 * $used / $n };
}

sub lines {
    my ($file) = @_;
    open my $in, '<', $file or die $!;
    return [<$in>];
}

sub one {
    my ($c, $n) = @_;
    my $server = $c->server;
    $server->fresh;
    Bench::Seed::users($server, $n + 100);
    $server->sql('VACUUM ANALYZE');

    my $users = lines($server->dir . '/users.tsv');
    my @workers = $server->nginx->workers;
    my @options = ('--port', $server->port);

    # connections to PostgreSQL, caches and pools are warm
    hold_warm($server->dir, [splice @$users, -100], @options);

    return hold($server->dir, sub { $server->memory }, sub { Bench::Sample::cpu(@workers) }, $users, @options);
}

sub hold_warm {
    my ($dir, $users, @options) = @_;
    open my $out, '>', "$dir/warm.tsv" or die $!;
    print $out @$users;
    close $out;
    Bench::Load::observe({}, {}, $Bench::Load::binary, 'idle', '--users', "$dir/warm.tsv", '--hold', 1, @options);
    sleep 2;
}

sub report {
    my ($c, $what, $r) = @_;
    $c->say('%-28s %d sockets, %.0f bytes each (%.0f with all that was there before), %.0f handshakes/s, %.0f µs each',
            $what, @$r{qw(sockets bytes whole opened_per_s cpu)});
}

sub run {
    my ($c) = @_;
    my $n = $c->either(5000, 20000);
    my $void = @{$c->{void}};
    my (@ours, @theirs, @whole, @opened);

    for my $i (1 .. $c->runs) {
        my $r = $c->checked("idle, run $i", one($c, $n));
        report($c, "idle $i", $r) if $r;
        push @ours, $r && $r->{bytes};
        push @whole, $r && $r->{whole};
        push @opened, $r && $r->{opened_per_s};

        if ($c->{peers}) {
            my $p = $c->checked("Nchan, idle, run $i", $c->nchan->idle($n));
            report($c, "Nchan, idle $i", $p) if $p;
            push @theirs, $p && $p->{bytes};
        }
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    $c->figure('idle_bytes_per_socket', ours => \@ours, $c->{peers} ? (other => \@theirs) : (), void => \@void,
               note => Bench::Context::short($n) . ' sockets');
    $c->measure('idle_whole', 'memory of nginx per idle socket with all that the workers had before', 'bytes', @whole);
    $c->measure('idle_opened', 'handshakes with resume and drain', 'sockets/s', @opened);
}

1;
