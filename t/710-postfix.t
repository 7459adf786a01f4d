# Through a relay as operators have it, Debian's Postfix: TLS, a password, and
# no mail in the clear when either is not as it should be.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Postfix ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

plan skip_all => ChatTest::Postfix::missing() if ChatTest::Postfix::missing();

my $s = ChatTest::Sandbox->new;
my $db = $s->cluster;
my $postfix = ChatTest::Postfix->new(port => $s->port, dir => $s->dir . '/postfix');
my $port = $postfix->port;
my $secret = $s->dir . '/password';

ChatTest::Postfix::write_file($secret, "a secret of chat\n");
chmod 0600, $secret;

sub settings {
    my (%with) = (host => 'localhost', user => 'chat@', port => $port, ca => $postfix->ca,
                  password => $secret, tls => 'required', @_);
    return "chat_mail smtp://$with{user}$with{host}:$with{port} from=chat\@example.net timeout=8s "
        . ($with{user} ? "password_file=$with{password} " : '')
        . ($with{ca} ? "ca=$with{ca} " : '') . ($with{tls} ? "tls=$with{tls}" : '') . ';'
        . $ChatTest::Account::unlimited;
}

my $nginx = $s->nginx(http => settings());

sub again {
    $nginx->write_conf(http => settings(@_));
    $nginx->wait_gone(30, $nginx->reload);
    ChatTest::Account::ready($s, $nginx);
}

sub row { $db->psql("select $_[0] from chat.mail where recipient = '$_[1]\@example.org'") }

# Somebody registers; what the outbox says of the mail once it was tried.
sub tried {
    my ($who) = @_;
    ChatTest::Account->registered($s, $nginx, $who);
    ChatTest::Process::wait_for(15, sub { row('done is not null or failed is not null', $who) eq 't' });
    return row("coalesce(verdict, 'waits') || ' ' || coalesce(last_error, '')", $who);
}

# it arrives

ChatTest::Account::ready($s, $nginx);
is(tried('ann'), 'sent ', 'the relay takes a mail') or diag $postfix->log;
my ($mail) = $postfix->wait_mail('ann');
ok($mail, 'which arrives') or diag $postfix->log;
like($mail, qr/^Received: from .*
.* with ESMTPSA /m, 'over TLS, with the password');
like($mail, qr/^Subject: Your code for ngx_chat: \d{8}$/m, 'with its code');
like($mail, qr/^Return-Path: <chat\@example\.net>$/m, 'from its sender');
like($postfix->log, qr/sasl_method=PLAIN, sasl_username=chat\@example\.net/, 'sent with the password');

# what is not as it should be: the mail waits, and never went in the clear

sub waits {
    my ($who, $error, $what) = @_;
    my $before = () = $postfix->log =~ /client=/g;
    my $said = tried($who);
    my $after = () = $postfix->log =~ /client=/g;

    like($said, qr/^waits .*$error/, "$what: the mail waits") or diag $postfix->log;
    is($after, $before, 'the relay got none');
}

again(ca => $postfix->other_ca);
waits('bob', qr/certificate of localhost: .*(?:issuer|self-signed)/, 'a certificate of somebody else');

again(ca => '');
waits('carl', qr/certificate of localhost/, 'a CA that the system does not know');

again(host => '127.0.0.1');
waits('dora', qr/certificate of 127\.0\.0\.1: .*mismatch/, 'an address that is not in the certificate');

ChatTest::Postfix::write_file("$secret.wrong", 'another secret');
again(password => "$secret.wrong");
waits('emil', qr/not authenticated, /, 'a wrong password');

again(user => '');
like(tried('fritz'), qr/^refused RCPT: 554 /, 'no password: the relay refuses for good');

again();
$postfix->certificate('elsewhere.example.net');
waits('gerd', qr/certificate of localhost: .*mismatch/, 'the name of another host');

$postfix->certificate('localhost');
$postfix->set('smtpd_tls_security_level=none');
waits('hans', qr/no STARTTLS/, 'no STARTTLS');
unlike($postfix->log, qr/AUTH|sasl_username.*hans/, 'no password in the clear');

$postfix->set('smtpd_tls_security_level=may', 'smtpd_tls_mandatory_protocols=<TLSv1.2',
              'smtpd_tls_protocols=<TLSv1.2');
waits('ida', qr/./, 'only old TLS');

# mended: all that waited goes out

$postfix->set('smtpd_tls_mandatory_protocols=>=TLSv1.2', 'smtpd_tls_protocols=>=TLSv1.2');
$db->psql("update chat.mail set next_try = now() where done is null");
is(tried('karl'), 'sent ', 'mended: the relay takes a mail') or diag $postfix->log;
ok(ChatTest::Process::wait_for(30, sub {
    $db->psql('select count(*) from chat.mail where done is null') == 0
}), 'and those that waited');
is(scalar $postfix->wait_mail($_), 1, "$_ has it, once") for qw(bob carl dora emil gerd hans ida);

# what the relay refuses for good

$postfix->set('smtpd_recipient_restrictions=check_recipient_access inline:{{lena@example.org='
              . '550 5.1.1 moved away}}');
like(tried('lena'), qr/^refused RCPT: 550 .*moved away/, 'a recipient that the relay refuses');
is($db->psql("select count(*) from chat.audit_entry where action = 'mail.refused'"), 2, 'with a record');

$postfix->stop;
is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
