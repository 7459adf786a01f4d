# What the mails about an account say when they arrive, and what can't be put into them.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

my $s = ChatTest::Sandbox->new;
my $smtp = ChatTest::Smtp->new(port => $s->port, dir => $s->dir . '/smtp');
my $port = $smtp->port;
my $db = $s->cluster;
my $nginx = $s->nginx(location => 'chat_name Home;',
    http => "chat_mail smtp://127.0.0.1:$port from=chat\@example.org timeout=3s;"
            . ' chat_public_url https://chat.example.org/web/; ' . $ChatTest::Account::unlimited);
my $anyone = ChatTest::Account::ready($s, $nginx);
my $password = $ChatTest::Account::password;

# the mail with this subject to an address
sub mail {
    my ($to, $subject) = @_;
    my $found;
    ChatTest::Process::wait_for(15, sub {
        ($found) = grep { $_->{header}{subject}[0] =~ $subject } $smtp->mails($to);
        return $found;
    });
    return $found;
}

sub text { return $_[0]{parts}{plain} // $_[0]{data} }

sub link_in { return text($_[0]) =~ m{(https://chat\.example\.org/web/verify\.html#\S+)}m ? $1 : '' }

my $evil = q{<b>tv</b> "{{code}}" .};
# registered, and verified by the mail that arrived: what was sent isn't kept in the database
sub verified {
    my ($name) = @_;
    my $account = ChatTest::Account->registered($s, $nginx, $name);
    my ($code) = mail($account->{email}, qr/Your code/)->{header}{subject}[0] =~ /(\d{8})/;
    is($account->{client}->post("/verifications/$account->{verification}/confirm", { code => $code })->{status}, 200,
       "$name is verified");
    return $account;
}

my $ann = verified('ann');
$ann->sign_in(device_name => $evil);
my $mail = mail('ann@example.org', qr/A new device/);
ok($mail, 'a new device is told by mail') or BAIL_OUT($nginx->log);
like(text($mail), qr/^ {4}\Q$evil\E\r?$/m, 'with its name, as plain text, in which nothing is expanded');
like(text($mail), qr{from the network\s+127\.0\.0\.0/24}, 'where it came from');
like(text($mail), qr/at\s+\d{4}-\d\d-\d\d\s+\d\d:\d\d\s+UTC/, 'and when');
is(scalar(@{$mail->{header}{subject}}), 1, 'one subject');
for my $bad ("x\r\nBcc: eve\@example.org", "x\nSubject: y", "x\0y", "x\x{2028}y\x{1b}") {
    isnt($anyone->post('/sessions', { login => 'ann', password => $password, device_name => $bad })->{status}, 201,
         'a name with control characters is none');
}

$db->psql("select chat.notice(a, 'factor_added', jsonb_build_object('factor', format('the passkey \"%s\"', "
          . "repeat(chr(128512), 64)))) from chat.account a where username = 'ann'");
ok(mail('ann@example.org', qr/A new way to sign in/), 'a passkey with the longest name that one may have is told, too');

is($anyone->post('/password_resets', { email => 'Ann@Example.org', send_attempt => 1 })->{status}, 202, 'a reset');
$mail = mail('ann@example.org', qr/A new password for Home: \d{8}/);
my ($code) = $mail->{header}{subject}[0] =~ /(\d{8})/;
like(text($mail), qr/^ {4}$code\r?$/m, 'the code is on a line of its own');
my $link = link_in($mail);
like($link, qr/#reset\.[0-9a-f-]{36}\.ngxv_.{43}$/, 'the link carries all of it behind the #');
ok(!grep({ $_->{to} && "@{[ref $_->{to} ? @{$_->{to}} : $_->{to}]}" =~ /Ann\@Example/ } $smtp->mails('ann@example.org')),
   'it goes to the address as the account has it');
my ($id, $token) = $link =~ /reset\.([^.]+)\.(\S+)/;
is($anyone->post("/password_resets/$id/confirm", { link => $token, password => 'quite another passphrase' })->{status},
   204, 'what arrived is good');
$mail = mail('ann@example.org', qr/password at Home was changed/);
ok($mail, 'the change is told');
unlike(text($mail), qr/verify\.html|quite another/, 'without a link or the password');
is($db->psql("select count(*) from chat.mail where params::text like '%$code%' or params::text like '%ngxv_%'"), 0,
   'codes and links are not kept once they are sent');

my $new = $anyone->post('/sessions', { login => 'ann', password => 'quite another passphrase' });
my $a = $s->client($nginx, token => $new->{json}{token});
is($a->post('/account/email', { email => 'ann2@example.org', send_attempt => 1 })->{status}, 202, 'another address');
$mail = mail('ann2@example.org', qr/Your new address at Home/);
($code) = $mail->{header}{subject}[0] =~ /(\d{8})/;
($id) = link_in($mail) =~ /#email\.([^.]+)\./;
is($a->post("/email_changes/$id/confirm", { code => $code })->{status}, 204, 'its code confirms');
$mail = mail('ann@example.org', qr/has another address now/);
like(link_in($mail), qr/#revert\./, 'the old one is told, with the way back');
unlike(text($mail), qr/ann2\@/, 'and not where the account went');
($id, $token) = link_in($mail) =~ /revert\.([^.]+)\.(\S+)/;
is($anyone->post("/email_changes/$id/revert", { link => $token })->{status}, 204, 'which is good');
$mail = mail('ann@example.org', qr/has this address again/);
like(link_in($mail), qr/#reset\./, 'and brings a way to a new password');

my $bob = verified('bob');
$bob->{client}->post('/account/email', { email => 'ann@example.org', send_attempt => 1 });
$mail = mail('ann@example.org', qr/You have an account/);
unlike(text($mail), qr/bob|\d{8}|verify\.html/, 'who wants a taken address stays unnamed');
is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
