# Two workers write into the same hundred conversations for a minute: nothing
# waits for itself, nothing is lost, numbers have no holes.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/../lib";

use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

$SIG{PIPE} = 'IGNORE';

my $seconds = $ENV{CHAT_LONG_SECONDS} || 60;
my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(workers => 2, level => 'warn', http => $ChatTest::Chat::limits);
my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $nginx);

# a conversation for each pair of fifteen, less five: a hundred
my @people = map { $chat->person("person-$_") } 1 .. 15;
my (@talks, %members);
for my $i (0 .. 14) {
    for my $j ($i + 1 .. 14) {
        next if @talks == 100;
        push @talks, $chat->direct($people[$i], $people[$j]);
        push @{$members{$_}}, $talks[-1] for $i, $j;
    }
}
is scalar @talks, 100, 'a hundred conversations';

my @children;
my $until = time + $seconds;

for my $i (0 .. 14) {
    pipe my $in, my $out or die $!;
    my $pid = fork // die $!;

    if (!$pid) {
        my $stored = 0;
        my $s = $chat->socket($people[$i]);
        $s->resume;

        while (time < $until) {
            my @ids;
            for (1 .. 20) {
                my $talk = $members{$i}[rand @{$members{$i}}];
                push @ids, $s->ask(entry_send => { conversation => $talk,
                                   client_id => ChatTest::Chat::uuid() }, 'x' x 100);
            }
            for my $id (@ids) {
                my $r = $s->answer($id, 20);
                $stored++ if $r && $r->{ok};
            }
            my %cursor;
            $cursor{$_->{conversation}} = $_->{seq} for grep { $_->{seq} } @{$s->{events}};
            $s->{events} = [];
            $s->ask(ack => { cursors => \%cursor }) if %cursor;
        }

        print $out "$stored\n";
        close $out;
        POSIX::_exit(0);
    }

    push @children, [$pid, $in];
}

my $stored = 0;
for (@children) {
    my ($pid, $in) = @$_;
    my $n = <$in>;
    ok defined $n, 'a sender came to its end';
    $stored += $n // 0;
    waitpid $pid, 0;
}

my $sql = sub { $sandbox->cluster->psql($_[0]) =~ s/\s+//gr };
cmp_ok $stored, '>', 0, "$stored messages were acknowledged";
is $sql->('SELECT count(*) FROM chat.entry WHERE kind = 1'), $stored,
    'and are in the log, no more, no less';
is $sql->('SELECT count(*) FROM chat.conversation c WHERE c.last_seq - c.floor <>
           (SELECT count(*) FROM chat.entry e WHERE e.conversation = c.id)'), 0,
    'numbers have no holes';
unlike $sandbox->cluster->log, qr/deadlock detected/, 'no deadlock';
is join('', $nginx->complaints), '', 'no alert in the error log';

done_testing;
