#!/usr/bin/perl

# As many messages as the server takes, while workers are killed with -9 and PostgreSQL
# is stopped in the middle of it: nothing that was answered is lost, comes twice or out
# of order. The generator of bench/load checks each message that it gets.

use strict;
use warnings;

use lib 't/lib', 'bench/lib';
use Test::More;
use JSON::PP ();
use POSIX ();
use Time::HiRes qw(sleep);

use Bench::Load ();
use Bench::Seed ();
use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $rounds = $ENV{TEST_CHAT_ROUNDS} || 3;
my $seconds = 6;
my $pairs = 40;
my $s = ChatTest::Sandbox->new(own => 1);

# a sender doesn't wait for ever: what has no answer goes again after the connection's end
my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;', location => $ChatTest::Chat::limits,
    http => 'chat_recheck 2s; chat_drain 500ms;');
my $place = bless {}, 'Place';

sub Place::dir { return $s->dir }
sub Place::sql { return $s->cluster->psql_super('chat', $_[1]) }

Bench::Load::build($ChatTest::Sandbox::root, $ChatTest::Sandbox::build);
Bench::Seed::users($place, 2 * $pairs);
Bench::Seed::conversations($place, 'direct', 'keep', map { [2 * $_, 2 * $_ + 1] } 0 .. $pairs - 1);

# Conversations whose entries aren't numbered from floor to last_seq without a gap, and repeats.
my $wrong = <<'END';
SELECT count(*) FROM (
    SELECT c.id FROM chat.conversation c LEFT JOIN chat.entry e ON e.conversation = c.id AND e.seq > c.floor
    WHERE c.kind = 'direct' GROUP BY c.id
    HAVING count(e.seq) <> c.last_seq - c.floor
        OR count(DISTINCT (e.session, e.client_id)) FILTER (WHERE e.seq IS NOT NULL) <> count(e.seq)) w
END

sub through {
    my ($name, @faults) = @_;
    my $before = $place->sql("SELECT sum(last_seq) FROM chat.conversation WHERE kind = 'direct'");
    my $file = $s->dir . '/run.json';
    my @load = ($Bench::Load::binary, 'pairs', '--port', $nginx->port,
        '--users', $s->dir . '/users.tsv', '--conversations', $s->dir . '/conversations.tsv',
        '--window', 4, '--reconnect', '--warm', 1, '--seconds', $seconds, '--grace', 60);

    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', $file or POSIX::_exit(1);
        open STDERR, '>', "$file.err" or POSIX::_exit(1);
        exec @load or POSIX::_exit(1);
    }

    sleep 1.5;
    for (@faults) { $_->(); sleep 1.2 }
    waitpid $pid, 0;

    my $r = JSON::PP->new->decode(ChatTest::Nginx::slurp($file));
    ok !$r->{void}, "$name: everything came once and in order" or diag $r->{reason};
    cmp_ok $r->{delivered} // 0, '>', 1000, "$name: thousands of messages";
    note sprintf '%d delivered, %d problems, %d new connections', @$r{qw(delivered refused reconnects)};

    my $stored = $place->sql("SELECT sum(last_seq) FROM chat.conversation WHERE kind = 'direct'") - $before;
    is $stored, $r->{delivered}, "$name: the log holds each message once";
    is $place->sql($wrong), 0, "$name: its numbers have no gap";
    return $r;
}

for my $round (1 .. $rounds) {
    my $r = through("round $round", sub { $nginx->kill_worker(0) }, sub { $s->cluster->restart('immediate') },
        sub { $nginx->kill_worker(1) });
    cmp_ok $r->{reconnects} // 0, '>', 0, "round $round: the killed worker's clients came back";
}

is_deeply [$nginx->complaints], [], 'nothing to complain about';
ok $nginx->quit, 'it quits';

done_testing;
