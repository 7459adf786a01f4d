#!/usr/bin/perl

# Two nginxes on one database: who is signed out or revoked at one is out at the other at once.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time);

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new(own => 1);
my %conf = (workers => 2, location => $ChatTest::Chat::limits, http => 'chat_recheck 3600s;');
my ($here, $there) = map { $s->nginx(%conf) } 1 .. 2;
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $here);
my $other = ChatTest::Chat->new(sandbox => $s, nginx => $there);

my $alice = $chat->person('alice');

sub elsewhere {
    my $device = $chat->device($alice);
    my $socket = $other->socket($device, nginx => $there);
    ok $socket->resume, 'a device has its socket at the other node';
    return ($device, $socket);
}

sub closed {
    my ($socket, $code, $name) = @_;
    my $start = time;
    my $event = $socket->event('close', 5);
    is $event && $event->{close}, $code, $name;
    cmp_ok time - $start, '<', 2, '... at once';
}

my ($device, $socket) = elsewhere();
is $alice->{client}->post('/sessions/end_others', {})->{status}, 204, 'all others are signed out at this one';
closed($socket, 4401, 'its socket is closed');

my $client = $s->client($there);
$client->token($device->{token});
is $client->get('/account')->{status}, 401, 'its token is good at no node';

($device, $socket) = elsewhere();
is $alice->{client}->post('/proofs', { password => 'a long password of alice' })->{status}, 200, 'a proof';
is $alice->{client}->delete("/devices/$device->{session}")->{status}, 204, 'it is revoked';
closed($socket, 4403, 'its socket is closed for good');

is_deeply [map { $_->complaints } $here, $there], [], 'nothing to complain about';
done_testing;
