#!/usr/bin/perl

# Linking by a mailbox, and what an account keeps for its later devices: the
# recovery data and the archive.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use MIME::Base64 ();
use POSIX ();
use Test::More;

use ChatTest::Chat ();
use ChatTest::Mls ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

die ChatTest::Mls::missing(), "\n" if ChatTest::Mls::missing();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, location => "$ChatTest::Chat::limits chat_message_max_size 8k;",
    http => 'chat_maintain 1s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Mls->new;
my ($alice, $bob) = $chat->people(qw(alice bob));
my $frames = 'application/vnd.ngx-chat.frames';
$mls->first($_) for $alice, $bob;

sub b64 { return MIME::Base64::encode_base64url($_[0]) }

sub put {
    my ($by, $device, $step, $data) = @_;
    return $by->{client}->put("/devices/$device->{session}/link",
        { step => $step, defined $data ? (data => b64($data)) : () });
}

sub code { return $_[0]{json}{code} // $_[0]{status} }

sub link_of {
    my ($by, $device) = @_;
    my ($one) = grep { $_->{id} eq $device->{session} } @{$by->{client}->get('/devices')->{json}{items}};
    return $one->{link};
}

my $self = $s->cluster->psql("select self from chat.account where id = '$alice->{id}'");
sub steps {
    my ($device) = @_;
    return map { ($_->{body}{type} // '') eq 'device_link' && $_->{body}{device} eq $device->{session} ? $_->{body}{step} : () }
        @{$alice->{client}->get("/conversations/$self/entries?limit=200", accept => 'application/json')->{json}{items}};
}

# ---- linking ----

my $phone = $mls->pending($chat->device($alice));
is link_of($alice, $phone), undef, 'at first there is no linking';

for my $case ([ {}, 'missing_parameter', 'step' ], [ { step => 'ask' }, 'invalid_parameter', 'step' ],
              [ { step => 'offer' }, 'missing_parameter', 'data' ], [ { step => 'offer', data => '' }, 'invalid_parameter', 'data' ],
              [ { step => 'offer', data => 'A=' }, 'invalid_parameter', 'data' ],
              [ { step => 'offer', data => b64('x' x 4097) }, 'invalid_parameter', 'data' ],
              [ { step => 'cancel', data => 'AA' }, 'invalid_parameter', 'data' ],
              [ { step => 'offer', data => 7 }, 'invalid_parameter', 'data' ])
{
    my ($body, $code, $parameter) = @$case;
    my $got = $phone->{client}->put("/devices/$phone->{session}/link", $body);
    is_deeply [ @{$got->{json}}{qw(code parameter)} ], [ $code, $parameter ],
        'no step: ' . substr($ChatTest::Client::json->encode($body), 0, 40);
}
is code($phone->{client}->put('/devices/x/link', { step => 'cancel' })), 'invalid_parameter', 'a device is a UUID';
is code(put($bob, $phone, offer => 'x')), 'not_found', 'another account has no part in it';

is code(put($alice, $phone, offer => 'x')), 'forbidden', 'an approved device offers for no other';
is code(put($alice, $alice, offer => 'x')), 'forbidden', 'nor for itself';
is code(put($alice, $phone, answer => 'x')), 'conflict', 'there is no answer before an offer';
my $offer = put($phone, $phone, offer => 'x' x 4096);
is_deeply [ $offer->{status}, $offer->{json}{id}, $offer->{json}{link}{offer} ],
    [ 200, $phone->{session}, b64('x' x 4096) ], 'a pending device offers';
is code(put($phone, $phone, answer => 'x')), 'forbidden', 'but does not answer itself';
is code(put($alice, $phone, sealed => 'x')), 'conflict', 'nothing is sealed before an answer';
is code(put($phone, $phone, reveal => 'x')), 'conflict', 'nor revealed';
is_deeply [ @{link_of($alice, $phone)}{qw(offer answer reveal sealed)} ], [ b64('x' x 4096), undef, undef, undef ],
    'the other devices read the offer';

is code(put($alice, $phone, answer => 'a')), 200, 'one answers';
is code(put($alice, $phone, answer => 'a')), 200, 'the answer may be repeated';
is code(put($alice, $phone, answer => 'b')), 'conflict', 'not another one given';
is link_of($phone, $phone)->{answer}, b64('a'), 'the pending device reads it';
is code(put($alice, $phone, reveal => 'x')), 'forbidden', 'it alone reveals';
is code(put($phone, $phone, reveal => 'r')), 200, 'which it does';
is code(put($phone, $phone, sealed => 's')), 'forbidden', 'it seals nothing';
is code(put($alice, $phone, sealed => 'secrets')), 200, 'the approved one does';
is_deeply [ @{link_of($phone, $phone)}{qw(answer reveal sealed)} ], [ map { b64($_) } qw(a r secrets) ],
    'all steps are there';
is code(put($phone, $phone, reveal => 'q')), 'conflict', 'after which there is none';
is_deeply [ steps($phone) ], [ qw(offer answer reveal sealed) ], 'each was told once';

is code(put($phone, $phone, offer => 'again')), 200, 'a new offer starts anew';
is_deeply [ @{link_of($alice, $phone)}{qw(offer answer reveal sealed)} ], [ b64('again'), undef, undef, undef ],
    'without what was before';
is code(put($alice, $phone, answer => 'a')), 200, 'by QR code: answered';
is code(put($alice, $phone, sealed => 's')), 200, '... and sealed, with nothing to reveal';
is code(put($alice, $phone, 'cancel')), 200, 'it is cancelled';
is link_of($phone, $phone), undef, 'and forgotten';
is code(put($phone, $phone, 'cancel')), 200, 'again is well';
is code(put($alice, $phone, answer => 'a')), 'conflict', 'a cancelled one has no answer';

put($phone, $phone, offer => 'x');
$s->cluster->psql("update chat.link set expires = now() - interval '1 second'");
is link_of($alice, $phone), undef, 'after ten minutes it is over';
is code(put($alice, $phone, answer => 'a')), 'conflict', 'for who answers, too';
ok ChatTest::Process::wait_for(5, sub { $s->cluster->psql('select count(*) from chat.link') eq '0' }),
    'and its rows go';
put($phone, $phone, offer => 'x');
cmp_ok abs($s->cluster->psql("select extract(epoch from expires - now())::int from chat.link") - 600), '<', 20,
    'ten minutes from the offer';

# two answer in the same moment
my @pids;
my $helper = $mls->approve($alice, $chat->device($alice));
for my $by ($alice, $helper) {
    my $pid = fork // die;
    POSIX::_exit(put($by, $phone, answer => "by $by->{session}")->{status} == 200 ? 0 : 1) if !$pid;
    push @pids, $pid;
}
is scalar(grep { waitpid $_, 0; $? } @pids), 1, 'of two who answer at once one does';

$mls->approve($alice, $phone);
is code(put($phone, $phone, offer => 'x')), 'forbidden', 'an approved device has nothing to offer';

# the socket
my $tablet = $mls->pending($chat->device($alice));
my $socket = $chat->socket($tablet);
$socket->resume({});
is $socket->call(link_put => { device => $tablet->{session}, step => 'offer', data => 'AA' })->{ok}{link}{offer}, 'AA',
    'on the socket, too';
put($alice, $tablet, answer => 'hello');
my $told;
while (my $e = $socket->event('entry', 5)) {
    $told = $e->{body}, last if ($e->{body}{step} // '') eq 'answer';
}
is $told->{device}, $tablet->{session}, 'which tells of the answer';

# ---- recovery ----

is code($alice->{client}->get('/account/recovery')), 'not_found', 'at first there is no recovery';
for my $data (undef, '', 'A=', b64('x' x 8193), 7) {
    is $alice->{client}->put('/account/recovery', { defined $data ? (data => $data) : () })->{json}{parameter}, 'data',
        'none of ' . substr($data // 'nothing', 0, 8);
}
my $wrapped = b64(join '', map { chr } 0 .. 255);
my $set = $alice->{client}->put('/account/recovery', { data => $wrapped });
is_deeply [ $set->{status}, $set->{json}{size} ], [ 200, 256 ], 'it is stored';
is $tablet->{client}->get('/account/recovery')->{json}{data}, $wrapped, 'and a pending device gets it back';
is $alice->{client}->put('/account/recovery', { data => b64('x' x 8192) })->{json}{size}, 8192, 'the newest counts';
is code($bob->{client}->get('/account/recovery')), 'not_found', 'it is the account\'s own';
is code($tablet->{client}->put('/account/recovery', { data => 'AA' })), 'device_pending', 'a pending device sets none';

# ---- the archive ----

sub store {
    my ($by, $part, $payload) = @_;
    return $by->{client}->put("/account/archive/$part", ChatTest::Socket->payload_frame({}, $payload), 'content-type' => $frames);
}

is_deeply $alice->{client}->get('/account/archive')->{json}, { items => [], bytes => 0 }, 'at first the archive is empty';
is code($alice->{client}->get('/account/archive/0')), 'not_found', 'without a part';
my $first = store($alice, 0, "\0one\xff");
is_deeply [ $first->{status}, @{$first->{json}}{qw(part size)} ], [ 201, 0, 5 ], 'a part is stored';
is store($alice, 0, 'one again')->{status}, 200, 'and stored anew';
is store($alice, 1023, 'x' x 8192)->{status}, 201, 'there are 1024';
for my $part (1024, -1, '01', 'x') {
    is code(store($alice, $part, 'x')), 'invalid_parameter', "$part is none";
}
my $large = store($alice, 1, 'x' x 8193);
is_deeply [ $large->{status}, @{$large->{json}}{qw(code max)} ], [ 413, 'payload_too_large', 8192 ], 'a part is bounded';
is store($alice, 1, '')->{json}{parameter}, 'payload', 'and not empty';
is $alice->{client}->put('/account/archive/1', { payload => b64('json') })->{status}, 201, 'JSON with base64url does, too';
is code($alice->{client}->put('/account/archive/1', {})), 'missing_parameter', 'not without a payload';
is code($alice->{client}->put('/account/archive/1', { payload => 'AA', part => 1 })), 'unknown_parameter', 'nor with more';

my $list = $tablet->{client}->get('/account/archive');
is_deeply [ map { [ @{$_}{qw(part size)} ] } @{$list->{json}{items}} ], [ [ 0, 9 ], [ 1, 4 ], [ 1023, 8192 ] ],
    'a pending device lists it';
is $list->{json}{bytes}, 8205, 'with what it takes';
like $list->{json}{items}[0]{updated}, qr/^\d{4}-.*Z$/, 'and when each was stored';

my $got = $tablet->{client}->get('/account/archive/0');
is $got->{headers}{'content-type'}, $frames, 'a part comes as a frame';
my ($frame, @more) = ChatTest::Socket->payload_frames($got->{body});
is_deeply [ @{$frame}{qw(part size payload)}, scalar @more ], [ 0, 9, 'one again', 0 ], 'one, with what was stored';
my $as_json = $alice->{client}->get('/account/archive/1', accept => 'application/json');
is_deeply [ @{$as_json->{json}}{qw(part size payload)} ], [ 1, 4, b64('json') ], 'or as JSON';
is code($alice->{client}->get('/account/archive/0', accept => 'text/plain')), 'not_acceptable', 'or not at all';
is code($alice->{client}->get('/account/archive/1024')), 'invalid_parameter', 'there is no part 1024';
is code($bob->{client}->get('/account/archive/0')), 'not_found', 'it is the account\'s own';
is code(store($tablet, 0, 'x')), 'device_pending', 'a pending device stores nothing';

my $live = $chat->socket($alice);
$live->resume({});
is $live->call(archive_put => { part => 7 }, "by\0socket")->{ok}{size}, 9, 'the socket takes a binary frame';
my $back = $live->call(archive_get => { part => 7 });
is_deeply [ @{$back->{ok}}{qw(part size)}, $back->{payload} ], [ 7, 9, "by\0socket" ], 'and answers with one';
is $live->call(archive_get => { part => 8 })->{problem}{code}, 'not_found', 'or with a problem';
is $live->call(archive_put => { part => 7 }, 'x' x 8193)->{problem}{code}, 'payload_too_large', 'its parts are bounded as well';

is $alice->{client}->delete('/account/archive')->{status}, 204, 'the archive is dropped';
is_deeply $alice->{client}->get('/account/archive')->{json}, { items => [], bytes => 0 }, 'all of it';
is $alice->{client}->delete('/account/archive')->{status}, 204, 'again is well';
store($alice, 3, 'new');
ok ChatTest::Process::wait_for(5, sub { $s->cluster->psql('select count(*) from chat.archive_part') eq '1' }),
    'its parts go, those of the next one stay';
is_deeply [ map { $_->{part} } @{$alice->{client}->get('/account/archive')->{json}{items}} ], [ 3 ], 'which is there';

# ---- a new account key makes both worthless ----

is $alice->{client}->post('/account/key/reset', { public_key => $mls->key->{public},
    password => 'a long password of alice' })->{status}, 200, 'a new account key';
is code($alice->{client}->get('/account/recovery')), 'not_found', 'drops what was wrapped for the old one';
is_deeply $alice->{client}->get('/account/archive')->{json}{items}, [], 'and the archive';

done_testing;
