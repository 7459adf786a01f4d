# Guessing at a password past the counts: by an account of one's own, registered with the
# other's address, and by devices that are none.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Flood ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my %server = (server => $ChatTest::Flood::real);
my $nginx = $s->nginx(http => 'chat_limit register off; chat_limit sign_in off; chat_limit token rate=1r/h burst=40;', %server);
ChatTest::Account::ready($s, $nginx);

my $own = 'a password of her own making';
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');
my $mallory = ChatTest::Account->registered($s, $nginx, 'mallory', email => 'alice@example.org', password => $own);
my %device = (session => $mallory->{session}, device_secret => $mallory->{device_secret});

sub try {
    my ($address, %opt) = @_;
    my $c = $s->client($opt{node} || $nginx, headers => { 'x-real-ip' => $address }, timeout => 30);
    delete $opt{node};
    my $got = $c->post('/sessions', { login => 'alice@example.org', password => 'a wrong password', %opt });
    return $got->{status} . ($got->{json}{class} ? "/$got->{json}{class}" : '');
}

sub forget { $s->cluster->psql('delete from chat.failure') }

# --- her own password is right, too

is join(' ', map { try('192.0.2.1') } 1 .. 9), join(' ', ('401') x 9), 'nine guesses at a password';
is try('192.0.2.1', password => $own), '201', 'and a sign-in to an account of her own with that address';
is join(' ', map { try('192.0.2.1') } 1 .. 2), '401 429/guess', 'which leaves her one guess more, not ten';

forget();
is join(' ', map { try('192.0.2.1', password => $own) } 1 .. 12), join(' ', ('201') x 8, ('409') x 4),
    'who signs in to such an account is not held back for it';

# --- her own device is one, too

forget();
is join(' ', map { try('192.0.2.2', %device) } 1 .. 11), join(' ', ('401') x 10, '429/guess'),
    'a device of that account has no count of its own';
is try('192.0.2.2'), '429/guess', 'its guesses are those of its address';
is try('192.0.2.2', %device, password => $own), '429/guess', 'and its password is no way to begin anew';
is try('192.0.2.3', password => $ChatTest::Account::password), '201', 'alice signs in from elsewhere';

# --- devices that are none

forget();
my $strict = $s->nginx(http => 'chat_limit token rate=1r/h burst=3; chat_limit guess off; chat_limit login off;', %server);
ChatTest::Account::ready($s, $strict);
is join(' ', map { try('192.0.2.4', session => $alice->{session}, device_secret => $mallory->{device_secret}, node => $strict) } 1 .. 4),
    '401 401 401 429/token', 'who says ever again that he is a device costs no more than bad tokens do';

# --- two places that limit the same in different ways

my $two = $s->nginx(http => '', location => 'chat_limit confirm rate=1r/h burst=3;',
    server => "$ChatTest::Flood::real location /other/ { chat; chat_limit confirm rate=1r/h burst=1; }");
ChatTest::Account::ready($s, $two);
my ($wide, $narrow) = map {
    my $c = $s->client($two, base => $_, headers => { 'x-real-ip' => '192.0.2.5' });
    sub { $c->post("/verifications/$mallory->{verification}/confirm", { code => '00000000', password => 'x' })->{status} }
} '/api/v1', '/other/v1';
isnt $wide->(), 429, 'a try' for 1 .. 3;
is $wide->(), 429, 'the fourth is refused';
$narrow->() for 1 .. 2;
is $wide->(), 429, 'and asking where less is allowed makes it none more';

is join("\n", map { $_->complaints } $nginx, $strict, $two), '', 'nothing to complain about in the logs';

done_testing;
