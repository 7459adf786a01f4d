# The page that a verification mail links to: opening it confirms nothing, its
# button with the password does, and what goes wrong is said in words.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $root = "$FindBin::Bin/..";

plan skip_all => 'make deps installs what opens the page'
    if !-d "$root/tools/node_modules/jsdom";

my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(http => $ChatTest::Chat::limits);
my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $nginx);
my $client = $sandbox->client($nginx);

# what nginx's root serves
for my $name (qw(verify.html verify.js verify.css)) {
    open my $in, '<', "$root/web/$name" or die "$name: $!";
    open my $out, '>', $nginx->dir . "/html/$name" or die $!;
    print $out do { local $/; <$in> };
}

sub page {
    my ($fragment, @typed) = @_;
    open my $pipe, '-|', 'node', "$FindBin::Bin/lib/verify-page.mjs",
        'http://127.0.0.1:' . $nginx->port . "/verify.html$fragment", @typed
        or die "node: $!";
    return do { local $/; <$pipe> } // '';
}

my $secret = 'a long password of carol';
my $answer = $client->post('/accounts', {
    username => 'carol', email => 'carol@example.org', password => $secret });
is $answer->{status}, 201, 'an account waits for its confirmation';
$client->token($answer->{json}{token});

my $link = $sandbox->cluster->psql(
    "SELECT params->>'link' FROM chat.mail ORDER BY id DESC LIMIT 1");
chomp $link;

my $verified = sub { $client->get('/account')->{json}{verified} };

my $said = page("#$link");
like $said, qr/form: shown/, 'the page asks for the password';
unlike $said, qr/request:/, 'and sends nothing by itself';
ok !$verified->(), 'opening the link confirms nothing';

like page(''), qr/form: hidden\nsays: .*incomplete/, 'a link without its end is said to be';
like page("#$link" . 'x'), qr/incomplete/, 'so is one with too much';

$said = page("#$link", 'not the password of it');
like $said, qr/form: shown\nsays: That password is not/, 'a wrong password is said to be';
ok !$verified->(), 'and confirms nothing';

my $other = $link =~ s/(.{43})$/'A' x 43/er;
like page("#$other", $secret), qr/says: This link is not the newest/, 'so is an old link';

$said = page("#$link", $secret);
like $said, qr{request: POST \S+/api/v1/verifications/[0-9a-f-]{36}/confirm\n},
    'the button asks the API beside the page';
unlike $said =~ s/says:.*//sr, qr/\Q$secret\E|ngxv_/, 'with nothing secret in an address';
like $said, qr/form: hidden\nsays: Done/, 'the button confirms';
ok $verified->(), 'the address is confirmed';

open my $in, '<', $nginx->dir . '/html/verify.html' or die $!;
my $html = do { local $/; <$in> };
like $html, qr/Content-Security-Policy.*default-src 'none'/, 'the page has a strict policy';
unlike $html, qr/<script(?![^>]*\bsrc=)|<style|\son\w+=|\bstyle=/i, 'which nothing in it breaks';

open $in, '<', $nginx->dir . '/logs/access.log' or die $!;
my $log = do { local $/; <$in> };
$log =~ s/"[^"]*" "[^"]*"$//mg;     # jsdom's Referer has a fragment, no browser's has
unlike $log, qr/ngxv_|\Q$secret\E/, 'no secret is in the access log';

done_testing;
