# What a mail is when it arrives, how many come, and what no mail can be made of.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::Local ();

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

my $s = ChatTest::Sandbox->new;
my $smtp = ChatTest::Smtp->new(port => $s->port, dir => $s->dir . '/smtp');
my $port = $smtp->port;
my $db = $s->cluster;

sub settings {
    my ($mail, $http) = @_;
    return "chat_mail smtp://127.0.0.1:$port from=chat\@example.org $mail;"
           . ' chat_public_url https://chat.example.org/web/; '
           . $ChatTest::Account::unlimited . ($http || '');
}

# every worker has a connection of its own
sub ready {
    my ($nginx) = @_;
    my $ready = 0;
    ChatTest::Process::wait_for(15, sub {
        ChatTest::Account::ready($s, $nginx);
        $ready = $s->client($nginx)->get('/health/ready')->{status} == 200 ? $ready + 1 : 0;
        $ready == 12
    }) or die 'not ready: ' . $nginx->log;
}

my $nginx = $s->nginx(workers => 2, location => 'chat_name "Home & chat";',
                      http => settings(qq{"name=Ch\xc3\xa4t, the" timeout=3s}));
my $anyone = $s->client($nginx);
ready($nginx);

# one mail, looked at closely

my $ann = ChatTest::Account->registered($s, $nginx, 'ann',
                                        display_name => "<i>\x{c4}nn</i> \"&");
my ($mail) = $smtp->wait_mails('ann@example.org');
ok($mail, 'a registration sends a mail') or BAIL_OUT($nginx->log);

is($mail->{from}, '<chat@example.org>', 'from the configured address');
like($mail->{helo}, qr/^[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+$/, 'the greeting has a full name');

my %header = %{$mail->{header}};
is_deeply([ map { scalar @{$header{$_}} } sort keys %header ], [ (1) x keys %header ],
          'no header field comes twice');
is_deeply([ sort keys %header ], [ qw(auto-submitted content-type date from message-id
          mime-version subject to) ], 'the header has what it needs');
is($header{subject}[0], 'Your code for Home & chat: ' . ($mail->{data} =~ /\n {4}(\d{8})\n/)[0],
   'the subject says the service and the code');
is($header{to}[0], '<ann@example.org>', 'to');
is($header{from}[0], '=?UTF-8?B?Q2jDpHQsIHRoZQ==?= <chat@example.org>', 'a name that is not ASCII');
like($header{'message-id'}[0], qr/^<[0-9a-f.]+\@example\.org>$/, 'a message id of our domain');

my ($day, $month, $year, $h, $m, $sec) = $header{date}[0]
    =~ /^\w{3}, (\d\d) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) \+0000$/;
my %months = map { (qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec))[$_] => $_ } 0 .. 11;
cmp_ok(abs(Time::Local::timegm($sec, $m, $h, $day, $months{$month}, $year) - time), '<', 120,
       'a date of now');

ok(!(grep { length > 78 } split /\n/, $mail->{data}), 'no line is longer than 78');
ok($mail->{data} !~ /[^\x09\x0a\x20-\x7e]/, 'all of it is printable ASCII');

my ($text, $html) = @{$mail->{parts}}{qw(plain html)};
my ($code) = $text =~ /^ {4}(\d{8})$/m;
my ($link) = $text =~ m{^(https://chat\.example\.org/web/verify\.html#\S+)$}m;
ok($code && $link, 'the text has the code and the link, each on a line of its own') or diag $text;
like($text, qr/^Hello <i>\x{c4}nn<\/i> "&,$/m, 'a name in the text is as it was given');
like($html, qr/Hello &lt;i&gt;\x{c4}nn&lt;\/i&gt; &quot;&amp;,/, 'in HTML it is only text');
ok(index($html, ">$code<") > 0 && index($html, "href=\"$link\"") > 0, 'HTML has both, too');
like($_, qr/good for 10 minutes/, 'how long the code is good') for $text, $html;
unlike($_, qr/\{\{/, 'no placeholder is left') for $text, $html;

is($db->psql("select params || ' ' || verdict || ' ' || attempts from chat.mail"), '{} sent 1',
   'code and link are not kept once they are sent');

# both of them work

my ($id, $token) = $link =~ /#([0-9a-f-]{36})\.(\S+)$/;
is($id, $ann->{verification}, 'the link names the verification');
is($anyone->post("/verifications/$id/confirm",
                 { link => $token, password => $ChatTest::Account::password })->{status}, 200,
   'the link that arrived verifies');

my $ben = ChatTest::Account->registered($s, $nginx, 'ben');
my ($first) = $smtp->wait_mails('ben@example.org');
($code) = $first->{parts}{plain} =~ /^ {4}(\d{8})$/m;

# one mail a request

is($ben->{client}->post('/verifications', { send_attempt => 1 })->{status}, 202, 'the first again');

my @pids = map {
    my $pid = fork;
    if (!$pid) {
        $ben->{client}->post('/verifications', { send_attempt => 2 });
        require POSIX;
        POSIX::_exit(0);
    }
    $pid;
} 1 .. 8;
waitpid $_, 0 for @pids;

my @mails = $smtp->wait_mails('ben@example.org', 2);
my ($new) = $mails[1]{parts}{plain} =~ /^ {4}(\d{8})$/m;
isnt($mails[1]{header}{'message-id'}[0], $mails[0]{header}{'message-id'}[0],
     'another mail has another id');
isnt($new, $code, 'and another code');
is($ben->{client}->post("/verifications/$ben->{verification}/confirm", { code => $new })->{status},
   200, 'which verifies');

my @many = map { ChatTest::Account->registered($s, $nginx, "many$_") } 1 .. 12;
ok($smtp->wait_mails("$_->{username}\@example.org"), "$_->{username} has a mail") for @many[0, 11];
ChatTest::Process::wait_for(20, sub {
    $db->psql('select count(*) from chat.mail where done is null') == 0
});
is_deeply([ map { scalar $smtp->mails("$_->{username}\@example.org") } @many ], [ (1) x 12 ],
          'two workers send each mail once');
is(scalar $smtp->mails('ben@example.org'), 2, 'eight requests at once for one attempt sent one');

# an address that has an account

ChatTest::Account->registered($s, $nginx, 'mallory', email => 'BEN@example.org');
my ($told) = $smtp->wait_mails('BEN@example.org');
is($told->{header}{subject}[0], 'You have an account at Home & chat', 'its owner is told');
unlike($told->{data}, qr/\d{8}\n|verify\.html|mallory/, 'without a code, a link or who it was');

# what must not be sent is given up, whatever way it came into the outbox

my @bad = (
    [ 'x@example.org\r\nBcc: eve@example.org' ], [ 'x@example.org>\r\nRCPT TO:<eve@example.org' ],
    [ 'x@example.org,eve@example.org' ], [ '-x' ], [ '' ],
    [ 'x@example.org', '{"code":["1"]}' ], [ 'x@example.org', '[]' ],
    [ 'x@example.org', '{"code":"' . '1' x 200 . '"}' ],
);

my @rows = split /\n/, $db->psql(
    'insert into chat.mail (template, recipient, params) values '
    . join(', ', map { "('verify', E'$_->[0]', '" . ($_->[1] || '{}') . "')" } @bad)
    . ' returning id');

ChatTest::Account->registered($s, $nginx, 'nudge');
ChatTest::Process::wait_for(20, sub {
    $db->psql('select count(*) from chat.mail where done is null') == 0
});

for my $n (0 .. $#bad) {
    my ($to, $params) = @{$bad[$n]};
    is($db->psql("select verdict from chat.mail where id = $rows[$n]") . ' '
       . $db->psql("select count(*) from chat.audit_entry where action = 'mail.refused' "
                   . "and target = '$rows[$n]'"),
       'refused 1', "to \"$to\"" . ($params ? ' with ' . substr $params, 0, 30 : '')
       . ': given up, with a record');
}

ok(!$smtp->mails('x@example.org') && !$smtp->mails('eve@example.org'), 'none of them left');

# templates of the operator

my $dir = $s->dir . '/templates';
mkdir $dir or die $!;
sub file {
    open my $out, '>', "$dir/$_[0]" or die $!;
    print $out $_[1];
    close $out;
}
file('verify.subject', "{{display_name}}, welcome at {{service}}\n");
file('verify.txt', ".\n..{{code}}\nQUIT\n.\n\n{{link}} \n" . 'x' x 300 . "\n");
file('exists.subject', 'x');
file('exists.txt', 'x');

$nginx->write_conf(http => settings('timeout=3s', "chat_mail_templates $dir;"
                                    . ' chat_name "Everywhere";'));
$nginx->wait_gone(20, $nginx->reload);
ready($nginx);

my $dot = ChatTest::Account->registered($s, $nginx, 'dot', display_name => "D\x{f8}t " x 15 . '.');
($mail) = $smtp->wait_mails('dot@example.org');
like($mail->{parts}{plain}, qr/\A\.\n\.\.\d{8}\nQUIT\n\.\n\nhttps\S+ \nx{300}\n\z/,
     'dots, commands and long lines arrive as they were written') or diag explain $mail->{parts};
ok(!exists $mail->{parts}{html}, 'without an HTML file the mail is text alone');

my $subject = join '', map { MIME::Base64::decode_base64($_) }
    $mail->{header}{subject}[0] =~ /=\?UTF-8\?B\?([^?]+)\?=/g;
utf8::decode($subject);
is($subject, "D\x{f8}t " x 15 . '., welcome at Everywhere',
   'a long subject arrives whole; the http block\'s name goes before a location\'s');

file('verify.subject', '{{nobody}}');
my ($good, $said) = $nginx->test;
ok(!$good && $said =~ /chat_mail_templates.*verify\.subject/, 'a bad template is named') or diag $said;

# mistakes in the directive, each with its mend

for my $case (
    [ 'http://127.0.0.1 from=a@example.org', 'smtp://host' ],
    [ 'smtp://user:secret@h from=a@example.org', 'password_file=' ],
    [ 'smtp://127.0.0.1', 'from=ADDRESS' ],
    [ 'smtp://127.0.0.1:0 from=a@example.org', 'smtp://host' ],
    [ 'smtp://127.0.0.1 from=a', 'from=ADDRESS' ],
    [ 'smtp://127.0.0.1 from=a@example.org tls=maybe', 'off or required' ],
    [ 'smtp://127.0.0.1 from=a@example.org timeout=0', '1s to 60s' ],
    [ 'smtp://127.0.0.1 from=a@example.org timeout=61s', '1s to 60s' ],
    [ 'smtp://user@127.0.0.1 from=a@example.org', 'password_file=FILE' ],
    [ 'smtp://127.0.0.1 from=a@example.org ca=/nowhere', 'PEM' ],
    [ "smtp://127.0.0.1 from=a\@example.org 'name=a\tb'", 'name=TEXT' ],
) {
    my ($args, $mend) = @$case;
    my $bad = $s->nginx(stopped => 1, http => "chat_mail $args;");
    my ($ok, $out) = $bad->test;
    ok(!$ok && $out =~ /\[emerg\].*"chat_mail".*\Q$mend\E.* in \S+:\d+/s, "chat_mail $args")
        or diag $out;
}

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');
unlike($nginx->log, qr/$code|$token/, 'no code or link in the log');

done_testing;
