package Bench::Storm;

# Traffic that something comes in between of: all sockets drop at once, a storm of
# sign-ins, readers that are slow.

use strict;
use warnings;
use utf8;

use ChatTest::Chat ();
use Bench::Context ();
use Bench::Load ();
use Bench::Pairs ();
use Bench::Seed ();

# All sockets of 100 or more pairs drop in one moment, while messages are sent; clients
# come back at random within a quarter of a second, and sends go again with their ids.
sub reconnect {
    my ($c) = @_;
    my $server = $c->server;
    my $sockets = $c->either(2000, 10000);
    my (@back, @rate);

    for my $n (1 .. $c->runs) {
        $server->fresh;
        Bench::Seed::users($server, $sockets);
        Bench::Seed::conversations($server, 'direct', 'until_delivered', map { [2 * $_, 2 * $_ + 1] } 0 .. $sockets / 2 - 1);
        $server->sql('VACUUM ANALYZE');
        $server->sql('CHECKPOINT');

        my $r = $c->checked("reconnect, run $n", Bench::Load::observe($server->pids, {}, $Bench::Load::binary,
            'pairs', '--port', $server->port, '--users', $server->dir . '/users.tsv', '--conversations',
            $server->dir . '/conversations.tsv', '--rate', 1000, '--storm-at', 2, '--warm', 1,
            '--seconds', $c->either(7, 15), '--sources', 4, '--grace', 60));
        push @back, $r && $r->{storm_s};
        push @rate, $r && $sockets / $r->{storm_s};
        $c->say('%-28s %d sockets dropped, all back and level after %.2f s; p99 of messages %.0f ms', "reconnect $n",
                $sockets, $r->{storm_s}, $r->{latency_us}{p99} / 1000) if $r;
    }

    $c->measure('reconnect_s', Bench::Context::short($sockets)
                . ' sockets drop at 1,000 messages/s: until all are back and level', 's', @back);
    $c->measure('reconnect_rate', 'sockets that are back after such a drop', 'sockets/s', @rate);
}

our $signins = 200;     # a second: more than two threads of Argon2id can do

# 1,700 messages/s with and without sign-ins, in turns.
sub signin {
    my ($c) = @_;
    my $server = $c->server;
    my $accounts = 2000;
    my @options = ('--rate', $Bench::Pairs::rate, '--warm', 2, '--seconds', $c->either(5, 10));
    my $void = @{$c->{void}};
    my (@with, @without, @done, @busy, @took);

    for my $n (1 .. $c->runs) {
        for my $storm (0, 1) {
            Bench::Pairs::seed($server, users => $accounts);
            my $file = passwords($server, 2 * $Bench::Pairs::pairs, $accounts);
            my $what = $storm ? "sign-in storm, run $n" : "no storm, run $n";
            my $r = $c->checked($what, Bench::Pairs::load($server, @options,
                $storm ? ('--signins', $file, '--signin-rate', $signins) : ()));

            push @{$storm ? \@with : \@without}, $r && $r->{latency_us}{p99} / 1000;
            Bench::Pairs::report($c, $what, $r) if $r;
            next if !$storm || !$r;
            push @done, $r->{signins_ok} / ($r->{seconds} + 2);
            push @busy, 100 * $r->{signins_busy} / $r->{signins};
            push @took, $r->{signin_us} && $r->{signin_us}{p50} / 1000;
            $c->say('%-28s %d sign-ins begun, %d done, %d answered busy; p50 %.0f ms', '', @$r{qw(signins signins_ok signins_busy)},
                    $took[-1] // 0);
        }
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    $c->figure('p99_signin_storm', ours => \@with, other => \@without, void => \@void,
               note => "$signins sign-ins/s tried, " . Bench::Context::short($Bench::Pairs::rate) . ' messages/s');
    $c->measure('signin_done', "sign-ins done of $signins/s tried", 'sign-ins/s', @done);
    $c->measure('signin_busy', 'sign-ins of them answered "busy, try later"', '%', @busy);
    $c->measure('signin_took', 'a sign-in in the storm, p50', 'ms', @took);
}

# Real hashes at the cost of the server: one is made by it, and is then everybody's.
sub passwords {
    my ($server, $from, $n) = @_;
    my $chat = ChatTest::Chat->new(sandbox => $server->{sandbox}, nginx => $server->nginx);
    my $person = $chat->person('storm');

    $server->sql("UPDATE chat.account SET password_hash = (SELECT password_hash FROM chat.account"
                 . " WHERE username = 'storm') WHERE username LIKE 'bench-%'");

    open my $out, '>', $server->dir . '/passwords.tsv' or die $!;
    print $out "bench-$_\ta long password of storm\n" for $from .. $from + $n - 1;
    close $out;
    return $server->dir . '/passwords.tsv';
}

# 5,000 messages/s; ten of the readers take 8 KiB/s, which is less than is sent to them.
# What the others see, and that the slow ones get everything in the end.
sub slow {
    my ($c) = @_;
    my $server = $c->server;
    my @options = ('--rate', 5000, '--warm', 2, '--seconds', $c->either(6, 15), '--grace', 60);
    my (@with, @without, @to_log, @memory);

    for my $n (1 .. $c->runs) {
        for my $slow (0, 10) {
            Bench::Pairs::seed($server);
            my $before = $server->memory;
            my $what = $slow ? "slow readers, run $n" : "all read, run $n";
            my $top = 0;
            my $r = $c->checked($what, Bench::Pairs::load($server, @options, $slow ? ('--slow', $slow) : ()));
            push @{$slow ? \@with : \@without}, $r && $r->{latency_us}{p99} / 1000;
            Bench::Pairs::report($c, $what, $r) if $r;
            next if !$slow || !$r;
            push @to_log, $r->{counted}{entries_read_total};
            push @memory, ($server->memory - $before) / 1048576;
            $c->say('%-28s %d entries came from the log instead of memory; memory of nginx %+.1f MiB', '', $to_log[-1], $memory[-1]);
        }
    }

    $c->measure('slow_p99', 'p99 of the other readers beside ten slow ones, 5,000 messages/s', 'ms', @with);
    $c->measure('slow_p99_without', 'p99 at 5,000 messages/s when all read', 'ms', @without);
    $c->measure('slow_read', 'entries that slow readers got from the log', 'entries', @to_log);
    $c->measure('slow_memory', 'memory of nginx after ten slow readers against before', 'MiB', @memory);
}

1;
