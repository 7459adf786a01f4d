package Bench::Limit;

# The limit program, over the conversations that the generator just used.

use strict;
use warnings;

use Digest::MD5 ();

use Bench::Load ();

# The sessions as Bench::Seed makes them, in the order of the users.
sub sessions {
    my ($server, $n) = @_;
    open my $out, '>', $server->dir . '/sessions.tsv' or die $!;
    print $out Digest::MD5::md5_hex("session$_"), "\n" for 0 .. $n - 1;
    close $out or die $!;
    return $server->dir . '/sessions.tsv';
}

# habits: { batch, run, cursors, cursors_call } as measured of the server; options of limit.
sub run {
    my ($server, $users, $habits, @options) = @_;
    my $stored = "SELECT coalesce(sum(last_seq), 0) FROM chat.conversation WHERE kind <> 'self'";
    my $before = $server->sql($stored);

    my $r = Bench::Load::observe(sub { { postgres => $server->pids->{postgres} } }, {}, $Bench::Load::limit,
        '--database', $server->conninfo, '--sessions', sessions($server, $users),
        '--conversations', $server->dir . '/conversations.tsv', '--connections', $Bench::Server::workers,
        '--batch', $habits->{batch}, '--run', $habits->{run}, '--cursors', sprintf('%.4f', $habits->{cursors}),
        '--cursors-call', $habits->{cursors_call}, @options);

    my $after = $server->sql($stored);

    if (!$r->{void} && $after - $before != $r->{stored_all}) {
        @$r{qw(void reason)} = (1, sprintf 'it counts %d entries, the log has %d', $r->{stored_all},
                                $after - $before);
    }

    return $r;
}

1;
