#!/usr/bin/perl

# Clients that talk while workers are killed, PostgreSQL restarts and nginx
# reloads: no acknowledged message is lost, comes twice or out of order.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time sleep);

use ChatTest::Chat ();
use ChatTest::History ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Talker ();

my $seconds = $ENV{TEST_CHAT_SECONDS} || 8;
my $s = ChatTest::Sandbox->new(own => 1);
my $run = 0;

sub talk_through {
    my ($name, $fault, %opt) = @_;
    my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;',
        location => $ChatTest::Chat::limits,
        http => 'chat_recheck 3600s; chat_drain 500ms;');
    my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
    my $n = ++$run;

    my ($alice, $bob, $carol) = $chat->people(map { "$_$n" } qw(alice bob carol));
    my $bob2 = $chat->device($bob);
    my $ab = $chat->direct($alice, $bob);
    my $bc = $chat->direct($bob, $carol);
    my %members = ($ab => [map { $_->{session} } $alice, $bob, $bob2],
                   $bc => [map { $_->{session} } $bob, $bob2, $carol]);

    my $until = $s->dir . "/until$n";
    my @files;
    my %pid;

    for my $client ([$alice, $ab], [$bob, $ab, $bc], [$bob2, $ab, $bc], [$carol, $bc]) {
        my ($device, @conversations) = @$client;
        push @files, $s->dir . "/history$n-" . @files;
        my $pid = ChatTest::Talker->start(
            device => $device, port => $nginx->port, pause => 0.02,
            conversations => \@conversations, file => $files[-1],
            send_for => $seconds, until => $until);
        $pid{$pid} = $device->{name};
    }

    my $end = time + $seconds;
    sleep 1;
    my $times = 0;
    while (time < $end - 1) {
        $fault->($nginx);
        $times++;
        sleep 1.2;
    }
    sleep 1;

    ok ChatTest::Process::wait_for(30, sub { !grep { !-e "$_.done" } @files }),
        "$name: every send has its answer";
    my $last = $s->cluster->psql("SELECT json_object_agg(id, last_seq)
        FROM chat.conversation WHERE id IN ('$ab', '$bc')");
    open my $mark, '>', "$until.new" or die $!;
    print $mark $last;
    close $mark;
    rename "$until.new", $until;
    my $level = time;

    my @failed;
    my $deadline = time + 30;
    while (%pid && time < $deadline) {
        my $pid = waitpid -1, POSIX::WNOHANG();
        if ($pid > 0 && $pid{$pid}) {
            push @failed, $pid{$pid} if $?;
            delete $pid{$pid};
        } else {
            sleep 0.1;
        }
    }
    kill 'KILL', keys %pid;
    waitpid $_, 0 for keys %pid;

    is_deeply \@failed, [], "$name: no client failed";
    is_deeply [values %pid], [], "$name: every client got everything";
    cmp_ok time - $level, '<', 10, "$name: ... soon";

    my $history = ChatTest::History->new(@files);
    my @sent = $history->of('sent');
    cmp_ok scalar @sent, '>', 10 * $seconds, "$name: they talked ("
        . @sent . " messages, " . $history->of('recv') . " received, $times faults)";
    is_deeply [$history->faults(\%members)], [], "$name: the invariants hold";

    my $stored = $s->cluster->psql("SELECT string_agg(last_seq::text, ',' ORDER BY id)
        FROM chat.conversation WHERE id IN ('$ab', '$bc')");
    my $answered = join ',', map {
        my $c = $_;
        my %seq = map { $_->{seq} => 1 } grep { $_->{conversation} eq $c } $history->of('recv');
        scalar keys %seq;
    } sort $ab, $bc;
    is $stored, $answered, "$name: the log holds what was received";

    is_deeply [$nginx->complaints], [], "$name: nothing to complain about";
    ok $nginx->quit, "$name: it quits";
}

talk_through('quiet', sub { });
talk_through('a worker is killed', sub { $_[0]->kill_worker(int rand 2) });
talk_through('PostgreSQL restarts', sub { $s->cluster->restart('immediate') });
talk_through('nginx reloads', sub { $_[0]->reload });
talk_through('a backend is terminated', sub {
    $s->cluster->psql_super('postgres', q{SELECT pg_terminate_backend(pid)
        FROM pg_stat_activity WHERE application_name LIKE 'ngx_chat%'
        AND random() < 0.5});
});

done_testing;
