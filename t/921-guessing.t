# Guessing at passwords: from one address, from ten thousand at once, side by side,
# at two nodes; and who is in comes in again, whatever strangers do.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Account ();
use ChatTest::Flood ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $quick = 'chat_limit register off; chat_limit sign_in off;';
my %server = (server => "$ChatTest::Flood::real location = /metrics { chat_metrics; }", workers => 2);
my $nginx = $s->nginx(http => $quick, %server);
ChatTest::Account::ready($s, $nginx);

my $password = $ChatTest::Account::password;
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');
my $bob = ChatTest::Account->verified($s, $nginx, 'bob');

sub try {
    my ($address, $login, %opt) = @_;
    my $node = delete $opt{node} || $nginx;
    my $c = $s->client($node, headers => { 'x-real-ip' => $address }, timeout => 30);
    return $c->post('/sessions', { login => $login, password => 'a wrong password', %opt });
}

sub tried { join ' ', map { $_->{status} . ($_->{json}{class} ? "/$_->{json}{class}" : '') } @_ }
sub failures { $s->cluster->psql('select coalesce(sum(count), 0) from chat.failure') }
sub forget { $s->cluster->psql('delete from chat.failure') }

# a wait runs from the try: on a slow machine the first is over before the hash is
sub just_now { $s->cluster->psql('update chat.failure set last = clock_timestamp()') }

my %known = (session => $alice->{session}, device_secret => $alice->{device_secret});

# --- one address

is tried(map { try('192.0.2.1', 'alice') } 1 .. 10), join(' ', ('401') x 10), 'ten guesses from one address';
just_now();
is tried(try('192.0.2.1', 'alice')), '429/guess', 'then it has to wait';
is tried(try('192.0.2.1', 'alice', password => $password)), '429/guess', 'with the right password, too';
is tried(try('192.0.2.1', 'ALICE@example.org')), '401', 'whoever asks for another name has another count';
is tried(try('192.0.2.1', 'bob')), '401', 'and neighbours of who guesses are let in';
is tried(try('192.0.2.1', 'bob', password => $password)), '201', 'by the right password';
is tried(try('192.0.2.2', 'alice', password => $password)), '201', 'and alice from elsewhere';

# the wait grows and ends by itself
forget();
try('192.0.2.1', 'alice') for 1 .. 10;
just_now();
my $r = try('192.0.2.1', 'alice');
is $r->{headers}{'retry-after'}, 2, 'the first wait has two seconds';
$s->cluster->psql("update chat.failure set last = last - interval '2 s'");
is tried(try('192.0.2.1', 'alice')), '401', 'after which it may try again';
just_now();
is try('192.0.2.1', 'alice')->{headers}{'retry-after'}, 4, 'and waits twice as long';
$s->cluster->psql("update chat.failure set last = last - interval '4 s'");
is tried(try('192.0.2.1', 'alice', password => $password)), '201', 'who knows the password then is in';
is tried(map { try('192.0.2.1', 'alice') } 1 .. 3), '401 401 401', 'and all is forgiven';

# only failures count
forget();
is tried(map { try('192.0.2.9', 'bob', password => $password, session => $bob->{session},
    device_secret => $bob->{device_secret}) } 1 .. 15), join(' ', ('200') x 15), 'who is right may come as often as he likes';

# names that nobody has answer like those that somebody has
forget();
my @of;
for my $login ('alice', 'nobody-at-all') {
    my @got = map { try('192.0.2.1', $login) } 1 .. 12;
    $_->{body} =~ s/"request_id":"[^"]+"/x/ for @got;
    push @of, join "\n", map { "$_->{status} " . ($_->{headers}{'retry-after'} // '') . " $_->{body}" } @got;
}
is $of[0], $of[1], 'a name that nobody has is limited like any other';

# --- side by side

forget();
my %by = ChatTest::Flood::run($nginx->port, 40, [ map {
    [ '192.0.2.1', 'POST', '/sessions', { login => 'alice', password => "guess $_" } ] } 1 .. 40 ]);
is $by{401} // 0, 10, 'of forty guesses at once ten are looked at' or diag explain \%by;
is $by{429} // 0, 30, 'the rest is refused';

# --- ten thousand addresses at once

forget();
my $start = time;
my $pid = fork;
if (!$pid) {
    my %got = ChatTest::Flood::run($nginx->port, 50, [ map {
        [ $_ % 2 ? ChatTest::Flood::ipv4($_) : ChatTest::Flood::ipv6($_), 'POST', '/sessions',
          { login => 'alice', password => "guess $_" } ] } 1 .. 10000 ], 100);
    open my $out, '>', $s->dir . '/flood' or die $!;
    print $out join ' ', %got;
    close $out;
    require POSIX;
    POSIX::_exit(0);
}

sleep 0.5;
my @in = map { my $x = try('192.0.2.50', 'alice', password => $password, %known); sleep 0.3; $x } 1 .. 5;
is tried(@in), '200 200 200 200 200', 'while they guess, a device of hers signs in';
waitpid $pid, 0;
my %got = split ' ', ChatTest::Nginx::slurp($s->dir . '/flood');
diag sprintf '%.1f s: %s', time - $start, join ', ', map { "$_: $got{$_}" } sort keys %got;
is $got{0} // 0, 0, 'ten thousand addresses all get an answer';
is join(' ', grep { !/^(?:401|429|503)$/ } sort keys %got), '', 'none of them an error of the server';
cmp_ok $got{401}, '<=', 110, 'a hundred guesses at one account are looked at, from however many addresses';

# … which they go on with
my $siege = sub { $s->cluster->psql('update chat.failure set count = 120, last = now() where count > 50') };
$siege->();
is tried(try('198.51.100.7', 'alice', password => $password)), '429/login', 'a stranger has to wait then';
cmp_ok try('198.51.100.7', 'alice')->{headers}{'retry-after'}, '<=', 300, 'five minutes at most';

# --- a device that was signed in

is tried(try('198.51.100.7', 'alice', password => $password, %known)), '200', 'a device that was signed in need not wait';
is tried(try('198.51.100.7', 'bob', password => $password, session => $bob->{session},
             device_secret => $bob->{device_secret})), '200', 'nor do others at all';
is tried(try('198.51.100.7', 'alice', password => $password, session => $alice->{session},
             device_secret => $bob->{device_secret})), '429/login', 'who only says that he is one, must';
is tried(try('198.51.100.7', 'alice', password => $password, session => $bob->{session},
             device_secret => $bob->{device_secret})), '429/login', "and another account's device";
is tried(map { try('198.51.100.8', 'alice', %known) } 1 .. 11), join(' ', ('401') x 10, '429/guess'),
    'a thief of the device has ten guesses';

# --- who has nothing but the mailbox

$siege->();
is tried(try('203.0.113.5', 'alice', password => $password)), '429/login', 'from a new place, without a device, she has to wait';
my $new = 'another long password of hers';
my $c = $s->client($nginx, headers => { 'x-real-ip' => '203.0.113.5' });
my $reset = $c->post('/password_resets', { email => 'alice@example.org', send_attempt => 1 });
is $c->post("/password_resets/$reset->{json}{id}/confirm", { code => $alice->code, password => $new })->{status}, 204,
    'a reset by mail';
is tried(map { try('203.0.113.5', $_, password => $new) } qw(alice alice@example.org)), '201 201', 'lets her in, by either name';
$siege->();
is tried(try('203.0.113.6', 'alice', password => $new)), '429/login', 'and from elsewhere strangers still wait';
$password = $new;

# its neighbours' guesses don't use up its address
forget();
my $strict = $s->nginx(http => 'chat_limit sign_in rate=1r/h burst=3;', %server);
ChatTest::Account::ready($s, $strict);
is tried(map { try('192.0.2.77', "guest$_", node => $strict) } 1 .. 4), '401 401 401 429/sign_in', 'an address has used up its tries';
is tried(try('192.0.2.77', 'alice', password => $password, %known, node => $strict)), '200', 'a device behind it signs in';
is tried(try('192.0.2.77', 'alice', password => $password, session => $alice->{session},
             device_secret => $bob->{device_secret}, node => $strict)), '429/sign_in', 'one that only says so does not';

# --- two nodes

forget();
my $second = $s->nginx(http => $quick, %server);
ChatTest::Account::ready($s, $second);
is tried(map { try('192.0.2.1', 'alice', node => $_ % 2 ? $nginx : $second) } 1 .. 11),
    join(' ', ('401') x 10, '429/guess'), 'two nodes on one database count together';
is tried(try('192.0.2.1', 'alice', node => $second)), '429/guess', 'either refuses';
$s->cluster->psql("update chat.failure set last = last - interval '1 h'");
is tried(try('192.0.2.1', 'alice', password => $password, node => $second)), '201', 'a success at one';
is tried(try('192.0.2.1', 'alice')), '401', 'is known at the other';

# --- more strangers than can be looked at

forget();
my $narrow = $s->nginx(http => "$quick chat_threads auth=1 auth_queue=1; chat_password memory=128m passes=8;",
    server => $server{server});
ChatTest::Account::ready($s, $narrow);
$pid = fork // die $!;
if (!$pid) {
    try('192.0.2.30', 'somebody', node => $narrow);
    POSIX::_exit(0);
}
ChatTest::Process::wait_for(10, sub { failures() > 0 });
sleep 0.3;
my $charged = failures();
is tried(try('192.0.2.31', 'anybody', node => $narrow)), '503', 'a stranger for whom there is no room comes again later';
is failures(), $charged, 'and no try is counted that nobody looked at';
is tried(try('192.0.2.32', 'anybody', session => $alice->{session}, device_secret => $bob->{device_secret}, node => $narrow)),
    '503', 'nor is there room for who only says that he is a device';
ok ChatTest::Process::wait_for(5, sub { failures() == $charged }), 'whose try is given back';
is tried(try('192.0.2.31', 'bob', password => $ChatTest::Account::password, session => $bob->{session},
             device_secret => $bob->{device_secret}, node => $narrow)), '200', 'a device that was signed in has room';
waitpid $pid, 0;

# --- the clock is put back and forth

forget();
try('192.0.2.1', 'alice') for 1 .. 10;
$s->cluster->psql("update chat.failure set last = now() + interval '3 years'");
is try('192.0.2.1', 'alice')->{headers}{'retry-after'}, 2, 'a clock put back by years makes no wait longer';
$s->cluster->psql("update chat.failure set last = last - interval '2 s'");
is tried(try('192.0.2.1', 'alice')), '401', 'which ends as ever';

# --- upkeep

$s->cluster->psql("update chat.failure set last = now() - interval '25 h'");
$s->cluster->psql('select chat.maintain(500)');
is $s->cluster->psql('select count(*) from chat.failure'), 0, 'what is long ago is removed';
unlike $s->cluster->psql("select string_agg(key::text, ' ') from chat.failure") . join('', map { $_->log } $nginx, $second),
    qr/a wrong password|guess \d/, 'and nothing of what was tried stands anywhere';

is join("\n", map { $_->complaints } $nginx, $second, $strict), '', 'nothing to complain about in the logs';

done_testing;
