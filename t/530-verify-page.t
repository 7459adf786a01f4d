# The page that a verification mail links to: opening it confirms nothing, its
# button with the password does, and what goes wrong is said in words.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use IPC::Open2 qw(open2);
use JSON::PP qw(decode_json encode_json);
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

# what the page says to each visit: [FRAGMENT, PASSWORD], …
sub visit {
    my (@visits) = @_;
    my $base = 'http://127.0.0.1:' . $nginx->port . '/verify.html';
    my $pid = open2(my $out, my $in, 'node', "$FindBin::Bin/lib/verify-page.mjs");

    print $in encode_json([$base . shift @$_, @$_]), "\n" for @visits;
    close $in;
    my @said = map { join "\n", @{decode_json($_)} } <$out>;
    waitpid $pid, 0;

    return @said;
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

my $other = $link =~ s/(.{43})$/'A' x 43/er;
my ($opened, $short, $long, $wrong, $old) = visit(
    ["#$link"], [''], ["#${link}x"], ["#$link", 'not the password of it'],
    ["#$other", $secret]);

like $opened, qr/form: shown/, 'the page asks for the password';
unlike $opened, qr/request:/, 'and sends nothing by itself';
like $short, qr/form: hidden\nsays: .*incomplete/, 'a link without its end is said to be';
like $long, qr/incomplete/, 'so is one with too much';
like $wrong, qr/form: shown\nsays: That password is not/, 'a wrong password is said to be';
like $old, qr/says: This link is not the newest/, 'so is an old link';
ok !$verified->(), 'and nothing is confirmed yet';

my ($said) = visit(["#$link", $secret]);
like $said, qr{request: POST \S+/api/v1/verifications/[0-9a-f-]{36}/confirm\n},
    'the button asks the API beside the page';
unlike $said =~ s/says:.*//sr, qr/\Q$secret\E|ngxv_/, 'with nothing secret in an address';
like $said, qr/form: hidden\nsays: Done/, 'the button confirms';
ok $verified->(), 'the address is confirmed';

# the other links of mails

my $newest = sub {
    my ($template) = @_;
    my $got = $sandbox->cluster->psql("SELECT params->>'link' FROM chat.mail
        WHERE template = '$template' ORDER BY id DESC LIMIT 1");
    chomp $got;
    return $got;
};
my $signs_in = sub { $client->post('/sessions', { login => 'carol', password => $_[0] })->{status} };

$client->post('/account/email', { email => 'carol2@example.org', send_attempt => 1 });
my $email = $newest->('email_change');
like $email, qr/^email\./, 'a change of the address has a link';
my ($unpressed, $no, $yes) = visit(["#$email"], ["#$email", 'not the password'], ["#$email", $secret]);
like $unpressed, qr/^form: shown/, 'opening it asks for the password and sends nothing';
like $no, qr/says: That password is not/, 'a wrong password is said to be';
like $yes, qr{email_changes/[0-9a-f-]{36}/confirm\nform: hidden\nsays: Done}, 'the right one confirms';
is $client->get('/account')->{json}{email}, 'carol2@example.org', 'the address is the new one';

my $revert = $newest->('email_changed');
my ($looked, $back) = visit(["#$revert"], ["#$revert", '']);
like $looked, qr/^form: shown/, 'opening the way back sends nothing';
is $sandbox->cluster->psql("SELECT count(*) FROM chat.account WHERE email = 'carol\@example.org'") + 0, 1,
    'the button takes the change back';
like $back, qr{email_changes/[0-9a-f-]{36}/revert\nform: hidden\nsays: Done}, 'and says so';

$client->post('/password_resets', { email => 'carol@example.org', send_attempt => 1 });
my $reset = $newest->('password_reset');
my ($weak, $set, $again) = visit(["#$reset", 'short'], ["#$reset", "$secret anew"], ["#$reset", "$secret anew"]);
like $weak, qr/says: That password is too short/, 'a weak password is said to be';
like $set, qr{password_resets/[0-9a-f-]{36}/confirm\nform: hidden\nsays: Done}, 'another is set';
is $signs_in->("$secret anew"), 201, 'and signs in';
like $again, qr/says: This link has expired or was used up/, 'a link is good once';
my ($unknown) = visit(['#other.' . ($reset =~ s/^reset\.//r)]);
like $unknown, qr/incomplete/, 'a link of an unknown kind does nothing';

open my $in, '<', $nginx->dir . '/html/verify.html' or die $!;
my $html = do { local $/; <$in> };
like $html, qr/Content-Security-Policy.*default-src 'none'/, 'the page has a strict policy';
unlike $html, qr/<script(?![^>]*\bsrc=)|<style|\son\w+=|\bstyle=/i, 'which nothing in it breaks';

open $in, '<', $nginx->dir . '/logs/access.log' or die $!;
my $log = do { local $/; <$in> };
$log =~ s/"[^"]*" "[^"]*"$//mg;     # jsdom's Referer has a fragment, no browser's has
unlike $log, qr/ngxv_|\Q$secret\E/, 'no secret is in the access log';

done_testing;
