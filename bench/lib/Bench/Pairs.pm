package Bench::Pairs;

# 100 pairs that write to each other, messages of 300 bytes: as many as the server
# takes (a closed loop, `window` messages of each sender on their way) or so many a second.

use strict;
use warnings;
use utf8;

use POSIX ();

use Bench::Limit ();
use Bench::Load ();
use Bench::Seed ();

our $pairs = 100;
our $window = 4;

sub lists { return map { [2 * $_, 2 * $_ + 1] } 0 .. $pairs - 1 }

# users: more of them, without conversations; history: keep (until_delivered)
sub seed {
    my ($server, %opt) = @_;
    $server->fresh;
    Bench::Seed::users($server, 2 * $pairs + ($opt{users} // 0));
    Bench::Seed::conversations($server, 'direct', $opt{history} // 'until_delivered', lists());
    $server->sql('VACUUM ANALYZE');
    $server->sql('CHECKPOINT');
}

# One run over what is seeded; with {habits} of the server's writer, for the limit.
sub load {
    my ($server, @options) = @_;
    my (%from, %to, $run);
    my $log = logged($server);

    my $r = Bench::Load::observe($server->pids, {
        start => sub { %from = (%{$server->metrics}, calls => calls($server)) },
        end => sub {
            %to = (%{$server->metrics}, calls => calls($server));
            $run = in_a_row($server);
        },
    }, $Bench::Load::binary, 'pairs', '--port', $server->port, '--users', $server->dir . '/users.tsv',
        '--conversations', $server->dir . '/conversations.tsv', @options);

    if (%to) {
        my %d = map { $_ => $to{$_} - ($from{$_} // 0) } keys %to;
        $r->{counted} = \%d;
        $r->{habits} = habits(\%d, $run);
    }

    return $r if $r->{void};

    # every message was for one receiver
    my $n = logged($server) - $log;
    @$r{qw(void reason)} = (1, "$n entries in the log, $r->{delivered} delivered") if $n != $r->{delivered};

    return $r;
}

# entries ever written
sub logged {
    my ($server) = @_;
    return $server->sql("SELECT coalesce(sum(last_seq), 0) FROM chat.conversation WHERE kind <> 'self'");
}

# how often cursors were written
sub calls {
    my ($server) = @_;
    return $server->sql("SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions WHERE funcname = 'ack_batch'");
}

# How many sends of a batch belong to one conversation: all of a batch have one time. Of
# what upkeep has not removed yet, without the batches of which it has removed a part.
sub in_a_row {
    my ($server) = @_;
    return $server->sql(<<'END') || 1;
SELECT round(count(*)::numeric / nullif(count(DISTINCT (created, conversation)), 0)) FROM chat.entry
WHERE created > (SELECT max(first) FROM (SELECT min(e.created) AS first FROM chat.entry e
                 JOIN chat.conversation c ON c.id = e.conversation AND c.kind <> 'self' GROUP BY e.conversation) f)
END
}

# What the writer did: sends of a batch (run: those of a conversation in it), cursors of a
# message and of one call.
sub habits {
    my ($d, $run) = @_;
    my ($batches, $stored, $acks) = @$d{map { "${_}_total" } qw(batches entries_stored acks)};
    return undef if !$batches || !$stored;

    return {
        batch => POSIX::floor($stored / $batches + 0.5) || 1,
        run => $run,
        cursors => $acks / $stored,
        cursors_call => $d->{calls} > 0 ? POSIX::floor($acks / $d->{calls} + 0.5) || 1 : 1,
    };
}

sub cpu_per_message {
    my ($r) = @_;
    my $n = $r->{delivered_per_s} * $r->{seconds} or return undef;
    my $sum = 0;
    $sum += $_ for values %{$r->{cpu}};
    return 1e6 * $sum / $n;
}

sub report {
    my ($c, $what, $r) = @_;
    my $h = $r->{habits};
    $c->say('%-28s %6.0f/s  p50 %.2f  p99 %.2f ms  CPU %s µs/message, generator %.0f %% of a core%s', $what,
        $r->{delivered_per_s}, $r->{latency_us}{p50} / 1000, $r->{latency_us}{p99} / 1000,
        join(' + ', map { sprintf '%.1f %s', 1e6 * $r->{cpu}{$_} / ($r->{delivered_per_s} * $r->{seconds}), $_ }
             sort keys %{$r->{cpu}}),
        100 * $r->{generator_cpu},
        $h ? sprintf '; batches of %d, %d of a conversation, %.3f cursors a message, %d a call', @$h{qw(batch run cursors cursors_call)} : '');
}

sub saturation {
    my ($c) = @_;
    my $server = $c->server;
    my @seconds = ('--window', $window, '--warm', 2, '--seconds', $c->either(3, 6));
    my (@ours, @cpu, @limit, @limit_cpu, @apart, @theirs, @their_cpu, @batch, @cursors, @accept);
    my $void = @{$c->{void}};

    for my $n (1 .. $c->runs) {
        seed($server);
        my $r = $c->checked("saturation, run $n", load($server, @seconds));
        report($c, "saturation $n", $r) if $r;
        push @ours, $r && $r->{delivered_per_s};
        push @cpu, $r && cpu_per_message($r);
        push @batch, $r && $r->{habits}{batch};
        push @cursors, $r && $r->{habits}{cursors};

        if ($r) {
            for my $side ([\@limit, \@limit_cpu, 'limit'], [\@apart, undef, 'limit, apart', '--apart']) {
                my ($list, $cpu, $name, @how) = @$side;
                seed($server);
                my $l = $c->checked("$name, run $n",
                    Bench::Limit::run($server, 2 * $pairs, $r->{habits}, '--seconds', $c->either(3, 6), @how));
                push @$list, $l && $l->{stored_per_s};
                push @$cpu, $l && 1e6 * $l->{cpu}{postgres} / $l->{stored} if $cpu;
                $c->say('%-28s %6.0f/s  CPU %.1f µs/message of PostgreSQL, itself %.0f %% of a core',
                    "$name $n", $l->{stored_per_s}, 1e6 * $l->{cpu}{postgres} / $l->{stored},
                    100 * $l->{generator_cpu}) if $l;
            }
        } else {
            push @limit, undef;
        }

        if ($c->{peers}) {
            my $e = $c->checked("ejabberd at saturation, run $n",
                $c->ejabberd->pairs(lists())->load('pairs', @seconds));
            report($c, "ejabberd, saturation $n", $e) if $e;
            push @theirs, $e && $e->{delivered_per_s};
            push @their_cpu, $e && cpu_per_message($e);
        }
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    $c->figure('saturation_vs_limit', ours => \@ours, other => \@limit, void => \@void);
    $c->measure('limit_apart', 'the limit program, each conversation written by one connection alone',
                'messages/s', @apart);
    $c->measure('limit_cpu', 'CPU of PostgreSQL under the limit program', 'µs/message', @limit_cpu);
    $c->measure('saturation_cpu', 'CPU of nginx and PostgreSQL at saturation', 'µs/message', @cpu);
    $c->measure('saturation_batch', 'sends in a batch at saturation', 'sends', @batch);
    $c->measure('saturation_cursors', 'cursors written per message at saturation', 'cursors', @cursors);

    if ($c->{peers}) {
        $c->figure('saturation_vs_ejabberd', ours => \@ours, other => \@theirs, void => \@void);
        $c->figure('cpu_vs_ejabberd', ours => \@cpu, other => \@their_cpu, void => \@void);
    }
}

our ($rate, $their_rate) = (1700, 650);

sub paced {
    my ($c) = @_;
    my $server = $c->server;
    my @seconds = ('--warm', 2, '--seconds', $c->either(5, 10));
    my (@ours, @theirs, @p50, @accept);
    my $void = @{$c->{void}};

    for my $n (1 .. $c->runs) {
        seed($server);
        my $r = $c->checked("$rate/s, run $n", load($server, '--rate', $rate, @seconds));
        report($c, "$rate/s $n", $r) if $r;
        push @ours, $r && $r->{latency_us}{p99} / 1000;
        push @p50, $r && $r->{latency_us}{p50} / 1000;
        push @accept, $r && $r->{accept_us}{p99} / 1000;

        if ($c->{peers}) {
            my $e = $c->checked("ejabberd at $their_rate/s, run $n",
                $c->ejabberd->pairs(lists())->load('pairs', '--rate', $their_rate, @seconds));
            report($c, "ejabberd, $their_rate/s $n", $e) if $e;
            push @theirs, $e && $e->{latency_us}{p99} / 1000;
        }
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    $c->measure('paced_p50', "p50 send to receive at 1,700 messages/s", 'ms', @p50);
    $c->measure('paced_p99', "p99 send to receive at 1,700 messages/s", 'ms', @ours);
    $c->measure('paced_accept_p99', "p99 send to answer (stored) at 1,700 messages/s", 'ms', @accept);
    $c->figure('p99_vs_ejabberd', ours => \@ours, other => \@theirs, void => \@void) if $c->{peers};
}

1;
