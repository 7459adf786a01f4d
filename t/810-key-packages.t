#!/usr/bin/perl

# Key packages: what a device uploads is checked to the last signature; each is
# handed out once, the last resort when nothing else is left.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use IO::Select ();
use IO::Socket::INET ();
use MIME::Base64 ();
use POSIX ();
use Test::More;

use ChatTest::Chat ();
use ChatTest::Mls ();
use ChatTest::Sandbox ();

die ChatTest::Mls::missing(), "\n" if ChatTest::Mls::missing();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2,
    location => "$ChatTest::Chat::limits chat_limit claim rate=1000r/s burst=3000;");
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my $mls = ChatTest::Mls->new;
my ($alice, $bob) = $chat->people(qw(alice bob));
my $none = '00000000-0000-4000-8000-000000000000';

sub upload {
    my ($device, $packages, %with) = @_;
    return $device->{client}->post('/key_packages', { key_packages => $packages, %with });
}

sub claim {
    my ($device, $target, %with) = @_;
    return $device->{client}->post("/accounts/$target->{id}/key_packages/claim", { %with });
}

# what a claim gives of one device
sub claimed {
    my ($got, $device) = @_;
    my ($one) = grep { $_->{device} eq $device->{session} } @{$got->{json}{devices}};
    return $one;
}

# ---- before there is a key ----

is upload($alice, [])->{json}{code}, 'no_device_key', 'a device without a key uploads nothing';
$mls->first($_) for $alice, $bob;
is_deeply upload($alice, [])->{json}, { count => 0, last_resort => JSON::PP::false }, 'none is well, too';

# ---- what is refused ----

my @kp = $mls->key_packages($alice, 3);
for my $case (
    [ undef, 'missing_parameter', 'key_packages' ], [ 'x', 'invalid_parameter', 'key_packages' ],
    [ {}, 'invalid_parameter', 'key_packages' ], [ [ 7 ], 'invalid_parameter', 'key_packages' ],
    [ [ '' ], 'invalid_parameter', 'key_packages' ], [ [ 'A=' ], 'invalid_parameter', 'key_packages' ],
    [ [ 'A' x 5464 ], 'invalid_parameter', 'key_packages' ], [ [ ('AA') x 101 ], 'invalid_parameter', 'key_packages' ],
) {
    my ($packages, $code, $parameter) = @$case;
    my $got = $alice->{client}->post('/key_packages', { defined $packages ? (key_packages => $packages) : () });
    is_deeply [ @{$got->{json}}{qw(code parameter)} ], [ $code, $parameter ],
        'refused: ' . substr($ChatTest::Client::json->encode($packages), 0, 40);
}
for my $last ('', 'A=', 'A' x 5464, 7, []) {
    is upload($alice, [], last_resort => $last)->{json}{parameter}, 'last_resort', 'no last resort: ' . substr($last, 0, 10);
}

sub refused {
    my ($what, $reason, @packages) = @_;
    my $got = upload($alice, [ $kp[0], @packages ]);
    is_deeply [ $got->{status}, @{$got->{json}}{qw(code index)} ], [ 400, 'invalid_key_package', 1 ], "refused: $what";
    like $got->{json}{reason}, $reason, '... and why';
}

my $stranger = { %$alice, session => $bob->{session} };
my $thief = { %$alice, key => $mls->key };
my $bytes = MIME::Base64::decode_base64url($kp[1]);
refused('no message', qr/./, 'AAAA');
refused('a cut one', qr/./, MIME::Base64::encode_base64url(substr $bytes, 0, -1));
refused('one with something behind it', qr/./, MIME::Base64::encode_base64url("${bytes}x"));
refused('a changed one', qr/signature|key|byte/, MIME::Base64::encode_base64url(
    substr($bytes, 0, -1) . chr(ord(substr $bytes, -1) ^ 1)));
refused("another device's", qr/identity/, $mls->key_packages($stranger, 1));
refused('one by another key', qr/signature key/, $mls->key_packages($thief, 1));
refused('an expired one', qr/./, $mls->key_packages($alice, 1, from => -7200, to => -60));
refused('one of next week', qr/./, $mls->key_packages($alice, 1, from => 7 * 86400));
refused('one for a year', qr/./, $mls->key_packages($alice, 1, to => 365 * 86400));
is upload($alice, [ $kp[0] ], last_resort => 'AAAA')->{json}{index}, undef, 'a last resort has no index';
is_deeply $alice->{client}->get('/key_packages/count')->{json}, { count => 0, last_resort => JSON::PP::false },
    'nothing of all that was stored';

my ($suite3) = $mls->key_packages($alice, 1, suite => 3);
my $only1 = $s->nginx(location => "$ChatTest::Chat::limits chat_cipher_suites 1;");
ChatTest::Client::ready($s, $only1);
is $s->client($only1, token => $alice->{token})->post('/key_packages', { key_packages => [ $suite3 ] })->{json}{index}, 0,
    'a suite that the server does not allow is refused';

# ---- what is taken ----

is_deeply upload($alice, [ @kp ])->{json}, { count => 3, last_resort => JSON::PP::false }, 'good ones are kept';
is upload($alice, [ $kp[0], $kp[0] ])->{json}{count}, 3, 'one that is held counts once';
my ($last) = $mls->key_packages($alice, 1);
is_deeply upload($alice, [], last_resort => $last)->{json}, { count => 3, last_resort => JSON::PP::true },
    'a last resort is kept beside them';
is upload($alice, [ $last ])->{json}{code}, 'invalid_key_package', 'and is no other';
my ($twice) = $mls->key_packages($alice, 1);
is upload($alice, [ $twice ], last_resort => $twice)->{json}{code}, 'invalid_key_package', 'one is not both';

# ---- claims ----

for my $case ([ { cipher_suite => 0 }, 'cipher_suite' ], [ { cipher_suite => '1' }, 'cipher_suite' ],
              [ { devices => [] }, 'devices' ], [ { devices => [ 'x' ] }, 'devices' ], [ { devices => 'x' }, 'devices' ],
              [ { devices => [ 7 ] }, 'devices' ], [ { devices => [ ($none) x 33 ] }, 'devices' ])
{
    my $got = claim($bob, $alice, %{$case->[0]});
    is_deeply [ @{$got->{json}}{qw(code parameter)} ], [ 'invalid_parameter', $case->[1] ],
        'no claim: ' . substr($ChatTest::Client::json->encode($case->[0]), 0, 40);
}
is claim($bob, { id => $none })->{json}{code}, 'not_found', 'nobody has no key packages';
is claim($bob, { id => 'x' })->{json}{code}, 'invalid_parameter', 'an account is a UUID';

my $got = claim($bob, $alice);
is $got->{json}{account}, $alice->{id}, 'a claim says whose they are';
is_deeply $got->{json}{devices}, [ { device => $alice->{session}, key_package => $kp[0], last_resort => JSON::PP::false } ],
    'and has one of each device, the oldest';
is_deeply [ map { claimed(claim($bob, $alice), $alice)->{key_package} } 1, 2 ], [ @kp[1, 2] ], 'each once';
my @lasts = map { claimed(claim($bob, $alice), $alice) } 1, 2;
is_deeply [ map { @{$_}{qw(key_package last_resort)} } @lasts ], [ ($last, JSON::PP::true) x 2 ],
    'then the last resort, as often as asked for';
is claimed(claim($bob, $alice, cipher_suite => 3), $alice)->{key_package}, undef, 'of another suite there is none';
is upload($alice, [ $suite3 ])->{json}{count}, 1, 'until there is';
is claimed(claim($bob, $alice, cipher_suite => 3), $alice)->{key_package}, $suite3, 'which is handed out';
my $again = upload($alice, [ $mls->key_packages($alice, 1), $kp[1] ]);
is_deeply [ @{$again->{json}}{qw(code index)} ], [ 'invalid_key_package', 1 ], 'what was handed out never comes again';

my ($newer) = $mls->key_packages($alice, 1);
upload($alice, [], last_resort => $newer);
is claimed(claim($bob, $alice), $alice)->{key_package}, $newer, 'a new last resort takes the place of the old one';

is claim($alice, $alice)->{json}{devices}[0], undef, 'the own device is not among them';

# ---- several devices ----

my $phone = $mls->approve($alice, $chat->device($alice));
my $waits = $mls->pending($chat->device($alice));
my @of_phone = $mls->key_packages($phone, 2);
upload($phone, \@of_phone);
my $all = claim($bob, $alice);
is_deeply [ sort map { $_->{device} } @{$all->{json}{devices}} ], [ sort $alice->{session}, $phone->{session} ],
    'approved devices are there, pending ones are not';
my $part = claim($bob, $alice, devices => [ $phone->{session}, $none ]);
is_deeply $part->{json}{devices}, [ { device => $phone->{session}, key_package => $of_phone[1],
    last_resort => JSON::PP::false } ], 'and of those only that are asked for';
is_deeply claimed(claim($alice, $alice), $phone), { device => $phone->{session}, key_package => undef,
    last_resort => JSON::PP::false }, 'a device that has none is named';

# ---- running low ----

my $self = $s->cluster->psql("select self from chat.account where id = '$alice->{id}'");
sub low {
    return map { $_->{body}{type} eq 'key_packages_low' ? $_->{body} : () }
        @{$alice->{client}->get("/conversations/$self/entries?limit=200", accept => 'application/json')->{json}{items}};
}
my $seen = () = low();
is_deeply [ grep { $_->{device} eq $phone->{session} } low() ],
    [ { type => 'key_packages_low', device => $phone->{session}, count => 1 } ], 'that they run low is told once';
$mls->upload($phone, 21);
claim($bob, $alice, devices => [ $phone->{session} ]);
is scalar(() = low()), $seen, 'twenty are enough';
claim($bob, $alice, devices => [ $phone->{session} ]);
claim($bob, $alice, devices => [ $phone->{session} ]);
my @now = low();
is_deeply [ scalar @now, $now[-1] ], [ $seen + 1, { type => 'key_packages_low', device => $phone->{session}, count => 19 } ],
    'after a refill it is told again, once';

# ---- the bound ----

my $room = 100 - $phone->{client}->get('/key_packages/count')->{json}{count};
$mls->upload($phone, $room);
my $full = upload($phone, [ $mls->key_packages($phone, 1) ]);
is_deeply [ $full->{status}, @{$full->{json}}{qw(code limit)} ], [ 409, 'too_many_key_packages', 100 ],
    'a device holds a hundred';
is upload($phone, [], last_resort => $mls->key_packages($phone, 1))->{json}{count}, 100, 'and a last resort';
is $phone->{client}->put('/devices/current/key', { signature_key => $mls->key->{public} })->{json}{code},
    'device_key_exists', 'its key stays while others hold what it signed';

my $big = $mls->approve($alice, $chat->device($alice));
my @hundred = $mls->key_packages($big, 100);
my $over = $chat->socket($big);
is $over->call(key_package_upload => { key_packages => \@hundred })->{ok}{count}, 100,
    'a hundred at once, on the socket';

# ---- two claims in the same moment ----

my (@pids, @files);
for my $n (1 .. 4) {
    my $file = $s->dir . "/claims.$n";
    push @files, $file;
    my $pid = fork // die;
    if (!$pid) {
        open my $out, '>', $file or POSIX::_exit(1);
        for (1 .. 10) {
            my $one = claimed(claim($bob, $alice, devices => [ $big->{session} ]), $big);
            print $out "$one->{key_package}\n" if $one->{key_package} && !$one->{last_resort};
        }
        close $out;
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
waitpid $_, 0 for @pids;
my %times;
for my $file (@files) {
    open my $in, '<', $file or die;
    while (<$in>) { chomp; $times{$_}++ }
}
is_deeply [ scalar keys %times, grep { $_ > 1 } values %times ], [ 40 ],
    'four that claim at once get forty different ones';
is_deeply [ grep { my $kp = $_; !grep { $_ eq $kp } @hundred } keys %times ], [], 'all of them the device\'s';

# ---- limits ----

my $strict = $s->nginx(location => "$ChatTest::Chat::limits chat_limit claim rate=3r/m burst=9;");
ChatTest::Client::ready($s, $strict);
my $asker = { client => $s->client($strict, token => $bob->{token}) };
my @codes = map { my $c = claim($asker, $alice); $c->{json}{code} // $c->{status} } 1 .. 6;
is_deeply [ @codes[0, -1] ], [ 200, 'rate_limited' ], 'one who claims of one account again and again is stopped';
is claim($asker, $bob)->{status}, 200, 'while others can be asked';
is((map { claim($asker, $bob)->{json}{code} // () } 1 .. 12)[-1], 'rate_limited', 'but not for ever');

# ---- beside a storm of sign-ins ----

my $busy = $s->nginx(location => $ChatTest::Chat::limits,
    http => 'chat_threads auth=1 auth_queue=32; chat_password memory=64m passes=4;');
ChatTest::Client::ready($s, $busy);
my $body = '{"login":"nobody","password":"a long password of nobody"}';
my @storm = map {
    my $fh = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $busy->port) or die $!;
    syswrite $fh, "POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        . "Connection: close\r\nContent-Length: " . length($body) . "\r\n\r\n$body";
    $fh;
} 1 .. 10;
my $keeper = { client => $s->client($busy, token => $bob->{token}) };
is upload($keeper, [ $mls->key_packages($bob, 1) ])->{status}, 200, 'key packages are taken';
ok !IO::Select->new($storm[-1])->can_read(0), 'while sign-ins wait for their turn';
is((map { my $line = readline $_; $line =~ / (\d+)/ } @storm)[-1], 401, 'which comes');

# ---- a device that ends ----

is $alice->{client}->delete("/devices/$big->{session}")->{status}, 204, 'a device ends';
is claimed(claim($bob, $alice), $big), undef, 'and nobody gets its key packages';
is $s->cluster->psql("select count(*) from chat.key_package where session = '$big->{session}'"), 0, 'they are gone';

done_testing;
