# PostgreSQL is gone for half a minute: sockets stay open, callers are told in
# time, and everything goes on by itself when it is back.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/../lib";

use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Chat ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

$SIG{PIPE} = 'IGNORE';

my $seconds = $ENV{CHAT_OUTAGE_SECONDS} || 30;
my $sandbox = ChatTest::Sandbox->new(own => 1);
my $nginx = $sandbox->nginx(workers => 2, http => "$ChatTest::Chat::limits chat_recheck 3600s;");
my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $nginx);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $talk = $chat->direct($alice, $bob);

my ($a, $b) = map { $chat->socket($_) } $alice, $bob;
$_->resume, $_->event('drained') for $a, $b;

$sandbox->cluster->stop('immediate');
my $end = time + $seconds;
my (%status, %ids, $slowest);

while (time < $end) {
    my $start = time;
    my $r = $alice->{client}->get('/account');
    my $took = time - $start;
    $slowest = $took if !$slowest || $took > $slowest;
    $status{$r->{status} . ' ' . ($r->{headers}{'retry-after'} ? 'Retry-After' : '-')}++;

    my $id = ChatTest::Chat::uuid();
    $ids{$id} = 1;
    $a->ask(entry_send => { conversation => $talk, client_id => $id }, 'while it is gone');
    $a->next(0.2);
    sleep 0.5;
}

is join(', ', keys %status), '503 Retry-After', 'every request is told to come again';
cmp_ok $slowest, '<', 15, sprintf 'and within its deadline (%.1f s at most)', $slowest;
is $sandbox->client($nginx)->get('/health/live')->{status}, 200, 'the process is well';
is $sandbox->client($nginx)->get('/health/ready')->{status}, 503, 'and not ready';

$sandbox->cluster->start;
my $back = time;
ok ChatTest::Process::wait_for(10, sub { $alice->{client}->get('/account')->{status} == 200 }),
    'it goes on by itself';
diag sprintf 'after %.1f s', time - $back;

# the same ids again, as a client does that was told to: each comes once
my $refused = 0;
for my $id (sort keys %ids) {
    my $r;
    my $stored = ChatTest::Process::wait_for(10, sub {
        $r = $chat->send($alice, $talk, 'while it is gone', id => $id);
        $r->{status} =~ /^20[01]$/;
    });
    $refused++ if !$stored;
}
is $refused, 0, 'what was sent meanwhile is taken when it is sent again';

my %got;
while (keys %got < keys %ids) {
    my $e = $b->event('entry', 10) or last;
    next if $e->{kind} ne 'message';
    $got{$e->{client_id}}++;
    $b->ask(ack => { cursors => { $talk => $e->{seq} } });
}
is scalar(keys %got), scalar(keys %ids), 'all messages arrive on the socket that stayed open';
is scalar(grep { $_ > 1 } values %got), 0, 'and none twice';
is join('', $nginx->complaints), '', 'no alert in the error log';

done_testing;
