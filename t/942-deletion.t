#!/usr/bin/perl

# Deletion with its time of grace, and the operator's suspension: sessions end at once, on every worker.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Time::HiRes qw(time);

use ChatTest::Chat ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, events => 'accept_mutex off;',
    location => "$ChatTest::Chat::limits chat_deletion grace=1h;",
    http => 'chat_recheck 3600s; chat_maintain 1s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my ($alice, $bob, $carol) = $chat->people(qw(alice bob carol));
my $cluster = $s->cluster;
my $talk = $chat->direct($alice, $bob);
$chat->send($alice, $talk, "from alice $_") for 1 .. 3;

sub open_socket {
    my ($device) = @_;
    my $socket = $chat->socket($device);
    my $hello = $socket->event('hello');
    $socket->call(resume => { log_epoch => $hello->{log_epoch}, cursors => {} });
    return $socket;
}

sub closes {
    my ($socket, $seconds) = @_;
    my $e = $socket->event('close', $seconds);
    return $e && $e->{close};
}

# --- asked for

my @others = map { $chat->device($alice) } 1 .. 3;
my @sockets = map { open_socket($_) } @others;
$cluster->psql("update chat.session set proven = null where id = '$alice->{session}'");
my $r = $alice->{client}->post('/account/delete', {});
is $r->{json}{code}, 'proof_required', 'deletion wants a proof';
is $alice->{client}->get('/account/export')->{json}{code}, 'proof_required', '... so does the export';
is $alice->{client}->post('/proofs', { password => 'a long password of alice' })->{status}, 200, 'a proof';

my $start = time;
$r = $alice->{client}->post('/account/delete', {});
is $r->{status}, 202, 'then it is taken' or diag $r->{body};
my $after = $r->{json}{erased_after};
like $after, qr/^\d{4}-\d\d-\d\dT/, '... and says when';
is_deeply [map { closes($_, 2) } @sockets], [4401, 4401, 4401], 'all other devices are signed out';
cmp_ok time - $start, '<', 2, '... at once';
is $others[0]{client}->get('/account')->{status}, 401, '... and their tokens are none';
is $alice->{client}->get('/account')->{json}{erased_after}, $after, 'this one stays, and sees the time';
is $alice->{client}->post('/account/delete', {})->{json}{erased_after}, $after, 'asked again it is the same';
like $cluster->psql("select params from chat.mail where template = 'deletion' and recipient = 'alice\@example.org'"),
    qr/"time": "\d{4}-/, 'a mail tells the owner when';
is $bob->{client}->get('/accounts?username=alice')->{status}, 200, 'others see nothing of it';

is $alice->{client}->post('/account/delete/cancel', {})->{status}, 204, 'it is cancelled';
is $alice->{client}->get('/account')->{json}{erased_after}, undef, '... and no more';
$alice->{client}->post('/account/delete', {});
my $back = $s->client($nginx)->post('/sessions', { login => 'alice', password => 'a long password of alice' });
is $back->{json}{deletion_cancelled}, JSON::PP::true(), 'a sign-in cancels it, too';
is $alice->{client}->get('/account')->{json}{erased_after}, undef, '... for all';

# --- suspended by the operator

my ($c1, $c2) = ($carol, $chat->device($carol));
@sockets = map { open_socket($_) } $c1, $c2;
$cluster->psql("select chat.operator_account_suspend('$carol->{id}')");
is_deeply [map { closes($_, 2) } @sockets], [4401, 4401], 'a suspended account\'s sockets are closed';
is $c1->{client}->get('/account')->{status}, 401, '... its tokens are none';
$r = $s->client($nginx)->post('/sessions', { login => 'carol', password => 'a long password of carol' });
is $r->{json}{code}, 'account_suspended', 'who knows the password is told';
is $s->client($nginx)->post('/sessions', { login => 'carol', password => 'another long password' })->{json}{code},
    'invalid_credentials', '... who does not, is not';
is $bob->{client}->get('/accounts?username=carol')->{status}, 404, 'nobody finds it';
my %answer = map {
    my $n = $s->client($nginx)->post('/accounts', { username => "new$_", email => "$_\@example.org",
        password => 'a long password of them' });
    ($_ => join ' ', $n->{status}, sort keys %{$n->{json}});
} qw(carol nobody);
is $answer{carol}, $answer{nobody}, 'to register its address answers as to register a free one';
$cluster->psql("select chat.operator_account_reactivate('$carol->{id}')");
is $s->client($nginx)->post('/sessions', { login => 'carol', password => 'a long password of carol' })->{status},
    201, 'reactivated it signs in';
is $bob->{client}->get('/accounts?username=carol')->{status}, 200, '... and is found';

# --- erased

my $self = $cluster->psql("select self from chat.account where id = '$alice->{id}'");
my $alices = open_socket($alice);
my $bobs = open_socket($bob);
$alice->{client}->post('/account/delete', {});
$cluster->psql("update chat.account set erase_after = now() where id = '$alice->{id}'");
is closes($alices, 5), 4403, 'when its time is over the last device ends, too';
is $alice->{client}->get('/account')->{status}, 401, '... and its token';
ok ChatTest::Process::wait_for(20, sub {
    $cluster->psql("select count(*) from chat.account where id = '$alice->{id}'") eq '0'
}), 'upkeep erases the account';
my $told;
while (my $e = $bobs->event('entry', 3)) {
    if (($e->{body}{type} || '') eq 'account_erased') { $told = $e; last }
}
is $told->{body}{conversation}, $talk, 'the other one is told, on the socket';
my $item = $bob->{client}->get("/conversations/$talk")->{json};
is $item->{state}, 'closed', 'the conversation is closed';
is_deeply [map { [@{$_}{qw(username erased)}] } grep { $_->{account} eq $alice->{id} } @{$item->{members}}],
    [['', JSON::PP::true()]], '... with somebody who is gone';
is $chat->send($bob, $talk, 'hello?')->{json}{code}, 'conversation_closed', 'nothing is written to it';
my @kept = map { $_->{payload} } grep { $_->{kind} eq 'message' }
    $chat->frames($bob->{client}->get("/conversations/$talk/entries",
                                      accept => 'application/vnd.ngx-chat.frames'));
is_deeply \@kept, [map { "from alice $_" } 1 .. 3], 'what was written is kept for who has it';
is $bob->{client}->get("/accounts/$alice->{id}/devices")->{status}, 404, 'it has no devices';
is $bob->{client}->put("/conversations/direct/$alice->{id}", {})->{status}, 404, 'and can not be written to';
my @logins = map { my $r = $s->client($nginx)->post('/sessions', { login => $_, password => 'a long password of alice' });
    $r->{json}{code} // "$r->{status} $r->{body}" } 'alice', 'alice@example.org', "~$alice->{id}", 'never-was';
is_deeply \@logins, [('invalid_credentials') x 4], 'its sign-in is answered as one to nobody';
is $cluster->psql("select count(*) from chat.entry where conversation = '$self'"), '0', 'its own conversation is gone';
$r = $s->client($nginx)->post('/accounts', { username => 'alice2', email => 'alice@example.org',
    password => 'a long password of hers' });
is $r->{status}, 201, 'the address is free';
$r = $s->client($nginx)->post('/accounts', { username => 'alice', email => 'other@example.org',
    password => 'a long password of theirs' });
is $r->{json}{code}, 'username_taken', 'the name is not, for a while';

is join("\n", $nginx->complaints), '', 'nothing to complain about in the log';
done_testing;
