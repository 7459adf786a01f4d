package Bench::Disk;

# An hour's steady load in minutes: N messages, then three times as many, everybody
# acknowledges. What is delivered is removed while it goes on, so the database's size
# stays. Read after two rounds of autovacuum, whose naptime is shortened for it.

use strict;
use warnings;
use utf8;

use Time::HiRes qw(sleep time);

use Bench::Context ();
use Bench::Pairs ();
use Bench::Server ();

our $naptime = 10;
our $rate = 10_000;

sub run {
    my ($c) = @_;
    my $n = $c->either(100_000, 1_000_000);
    my $void = @{$c->{void}};
    my $server = Bench::Server->new(postgres => "autovacuum_naptime = ${naptime}s\n");
    my @size;

    Bench::Pairs::seed($server);

    for my $times (1, 3) {
        my $r = $c->checked("$times N messages", Bench::Pairs::load($server, '--rate', $rate, '--warm', 0,
            '--seconds', $times * $n / $rate, '--grace', 60));
        last if !$r;
        Bench::Pairs::report($c, "$times N", $r);
        sleep 2 * $naptime;
        idle($server);
        push @size, $server->bytes;
        my ($left, $entry, $dead) = split /\|/, $server->sql(<<'END');
SELECT (SELECT count(*) FROM chat.entry), pg_total_relation_size('chat.entry'), n_dead_tup
FROM pg_stat_user_tables WHERE schemaname = 'chat' AND relname = 'entry'
END
        my $sent = Bench::Pairs::logged($server);
        $c->say('%-28s %d messages ever, %d entries are left, %.1f MB of %.1f MB are theirs, %d dead', '', $sent, $left,
                $entry / 1e6, $size[-1] / 1e6, $dead);
        $c->measure("disk_left_$times", 'entries left after ' . ($times == 1 ? 'N' : '4N') . ' messages', 'entries', $left);
    }

    my @void = @{$c->{void}}[$void .. $#{$c->{void}}];
    my $whole = @size == 2;
    $c->figure('disk_flat', ours => [$whole ? $size[1] : undef], other => [$whole ? $size[0] : undef], void => \@void,
               note => sprintf('N = %s at %s/s, autovacuum_naptime=%ds', map({ Bench::Context::short($_) } $n, $rate), $naptime));
    $server->destroy;
}

# until no autovacuum works
sub idle {
    my ($server) = @_;
    my $end = time + 120;
    sleep 1 while time < $end
        && $server->sql("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'") > 0;
}

1;
