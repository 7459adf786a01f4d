#!/usr/bin/perl

# What an answered resume covered doesn't come again, even if PostgreSQL dies in that moment.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $rounds = 6;
my $s = ChatTest::Sandbox->new(own => 1);
my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;', location => $ChatTest::Chat::limits);
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $talk = $chat->direct($alice, $bob);

for my $round (1 .. $rounds) {
    # the other worker may still be on its way back
    my $sent;
    ChatTest::Process::wait_for(20, sub { ($sent = $chat->send($alice, $talk, "message $round"))->{status} != 503 });
    is $sent->{status}, 201, "round $round: a message is stored";

    my $socket = $chat->socket($bob);
    my $hello = $socket->event('hello', 5);
    my $answer = $socket->call(resume => { log_epoch => $hello->{log_epoch}, cursors => { $talk => $sent->{json}{seq} } });
    ok $answer->{ok}, '... the device says that it has it';

    $s->cluster->restart('immediate');
    $socket->abort;

    ok ChatTest::Process::wait_for(20, sub { $alice->{client}->get('/health/ready')->{status} == 200 }),
        '... PostgreSQL is killed and comes back';
    is $s->cluster->psql("SELECT delivered FROM chat.range WHERE session = '$bob->{session}'"
                         . " AND conversation = '$talk' AND to_seq IS NULL"), $sent->{json}{seq},
        '... and knows it';
}

done_testing;
