# chatctl check finds what is wrong with an installation, names the mend, and tells no secret.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Ctl ();
use ChatTest::Postfix ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

my $s = ChatTest::Sandbox->new(own => 1);
my $db = $s->cluster;
my $dir = $s->dir;
my $sql = "$ChatTest::Sandbox::root/sql";
my $ctl = ChatTest::Ctl->new($s, database => $db->conninfo('postgres'));
my $smtp = ChatTest::Smtp->new(port => $s->port, dir => "$dir/smtp");

# the finding of a name with the given status; what was found else is shown when there is none
sub finding {
    my ($r, $name, $status, $pattern) = @_;
    my ($found) = grep { $_->{name} eq $name && $_->{status} eq $status
                         && $_->{message} =~ $pattern } @{$r->{json}{checks}};
    ok($found, "$status of $name: $pattern")
        or diag join "\n", map { "$_->{status} $_->{name}: $_->{message}" } @{$r->{json}{checks}};
    ok(defined $found->{mend}, 'with the mend') if $found && $status ne 'ok';
}

sub check { return $ctl->json('check', '--sql', $sql, @_) }

# the database

my $r = check('--role', 'chat');
is_deeply([ $r->{rc}, $r->{json}{ok}, $r->{json}{faults} ], [ 0, JSON::PP::true, 0 ],
          'a good database has no fault');
finding($r, 'schema', 'ok', qr/version \d+/);
finding($r, 'rights', 'ok', qr/chat may do/);
finding($r, 'shared_buffers', 'warning', qr/64 MB/);
finding($r, 'configuration', 'skipped', qr/./);

$db->psql_super('chat', 'create role weak login');
$r = check('--role', 'weak');
is($r->{rc}, 1, 'a fault is exit code 1');
finding($r, 'rights', 'fault', qr/weak lacks usage of the schema/);
finding(check('--role', 'nobody-at-all'), 'rights', 'fault', qr/no role/);

$db->psql_super('chat', "alter database chat set synchronous_commit = off");
finding(check(), 'synchronous_commit', 'fault', qr/off/);
$db->psql_super('chat', "alter database chat reset synchronous_commit");

$db->psql_super('chat', "insert into chat.mail (template, recipient, params, next_try, created)
    values ('test', 'x\@example.org', '{}', now() + interval '1 day', now() - interval '1 day')");
finding(check(), 'outbox', 'fault', qr/1 waiting/);
$db->psql_super('chat', 'delete from chat.mail');

my $bare = ChatTest::Ctl->new($s, database => $db->conninfo('postgres', 'postgres'));
$r = $bare->json('check', '--sql', $sql);
finding($r, 'schema', 'fault', qr/missing/);
$r = ChatTest::Ctl->new($s, database => "host=$dir dbname=x")->json('check');
finding($r, 'database', 'fault', qr/can't be reached/);

# nginx's configuration: certificates of days and names

sub certificate {
    my ($name, $days, @names) = @_;
    my $out = ChatTest::Process::output('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
        'ec_paramgen_curve:prime256v1', '-nodes', '-days', $days, '-subj', "/CN=$names[0]",
        '-addext', 'subjectAltName=' . join(',', map { "DNS:$_" } @names),
        '-keyout', "$dir/$name.key", '-out', "$dir/$name.pem");
    die $out if $?;
}

certificate('good', 60, 'chat.test', 'localhost');
certificate('late', 5, 'chat.test');
mkdir "$dir/conf.d" or die $!;
chmod 0755, "$dir/conf.d";

my $tls = $s->port;
my $plain = $s->port;

sub server {
    my ($name, $more, $listen) = @_;
    $listen ||= "127.0.0.1:$tls ssl";
    return "server { listen $listen; server_name chat.test; ssl_certificate $dir/$name.pem;
            ssl_certificate_key $dir/$name.key; $more
            location /api/ { chat; } }";
}

# what nginx is told by an include, as on a real machine
my $n = 0;
sub conf {
    my (%opt) = @_;
    $n++;
    open my $out, '>', "$dir/conf.d/site$n.conf" or die $!;
    print $out $opt{server} // server('good', '');
    close $out;
    my $nginx = $s->nginx(stopped => 1, http => "$ChatTest::Account::unlimited
        include $dir/conf.d/site$n.conf; " . ($opt{http} // mail()), %{$opt{nginx} || {}},
        shutdown_timeout => $opt{shutdown} // '60s');
    return ($nginx, '--conf', $nginx->dir . '/nginx.conf', '--nginx', $ChatTest::Nginx::binary);
}

sub mail { return 'chat_mail smtp://127.0.0.1:' . $smtp->port . ' from=chat@example.org timeout=3s;' }

my ($nginx, @conf) = conf();
$r = check(@conf);
finding($r, 'configuration', 'ok', qr/nginx takes/);
finding($r, 'threads', 'ok', qr/hashing/);
finding($r, 'zone', 'ok', qr/room/);
finding($r, 'connections', 'ok', qr/hold \d+ sockets/);
finding($r, 'reload', 'ok', qr/60 s/);
finding($r, 'database room', 'ok', qr/connections/);
finding($r, 'mail', 'ok', qr/greets/);
finding($r, 'TLS', 'ok', qr/ends in (?:59|60) days/);
finding($r, 'TLS', 'warning', qr/self.signed/);
is($smtp->count('mail'), 0, 'no mail was sent to find that out');

my @bad = (
    [ 'TLS', 'warning', qr/ends in [45] days/, server => server('late', '') ],
    [ 'TLS', 'fault', qr/isn't for server_name other\.test/,
      server => server('good', '') =~ s/server_name chat\.test/server_name other.test/r ],
    [ 'TLS', 'fault', qr/listens without ssl/, server => server('good', '', $plain) ],
    [ 'TLS', 'warning', qr/TLSv1 is broken/, server => server('good', 'ssl_protocols TLSv1 TLSv1.2;') ],
    [ 'chat_metrics', 'warning', qr/everybody/,
      server => server('good', "listen $plain; location = /metrics { chat_metrics; }") ],
    [ 'reload', 'warning', qr/cut after/, shutdown => '2s' ],
    [ 'database room', 'fault', qr/workers take up to/, nginx => { workers => 20 } ],
    [ 'threads', 'warning', qr/hashing passwords takes/,
      http => mail() . ' chat_threads auth=16; chat_password memory=1024m;' ],
    [ 'mail', 'fault', qr/without chat_mail/, http => '' ],
    [ 'mail', 'fault', qr/can't connect/, http => "chat_mail smtp://127.0.0.1:$plain from=a\@example.org;" ],
    [ 'configuration', 'fault', qr/unknown directive "chat_nothing"/, http => 'chat_nothing on;' ],
);

for my $bad (@bad) {
    my ($name, $status, $pattern, %opt) = @$bad;
    my (undef, @words) = conf(%opt);
    $r = check(@words);
    finding($r, $name, $status, $pattern);
    is($r->{rc}, $status eq 'fault' ? 1 : $r->{rc}, 'a fault shows in the exit code');
}

$r = check('--conf', "$dir/none.conf", '--nginx', $ChatTest::Nginx::binary);
finding($r, 'configuration', 'fault', qr/none\.conf/);
$r = check('--conf', "$dir/none.conf", '--nginx', "$dir/nonginx");
finding($r, 'configuration', 'fault', qr/can't be run/);

# a secret in the configuration is used, and never told

my $secret = 'sesame-17-secret';
$db->psql_super('chat', "alter role chat password '$secret'");
($nginx, @conf) = conf(nginx => { database => $db->conninfo . " password=$secret" });
my $own = ChatTest::Ctl->new($s, database => undef);
$r = $own->json('check', '--sql', $sql, @conf);
finding($r, 'database', 'ok', qr/as chat/);
finding($r, 'secrets', 'warning', qr/stands in nginx\.conf/);
unlike($r->{out}, qr/\Q$secret\E/, 'a password in nginx.conf is not said');
my $text = $own->run('check', '--sql', $sql, @conf);
unlike($text->{out} . $text->{err}, qr/\Q$secret\E/, 'to people neither');

open my $file, '>', "$dir/loose" or die $!;
print $file $db->conninfo;
close $file;
chmod 0644, "$dir/loose";
($nginx, @conf) = conf(nginx => { database => "file:$dir/loose" });
finding($own->json('check', '--sql', $sql, @conf), 'secrets', 'warning', qr/mode 644/);

# mail: the dialogue, a mail, and one by a worker

($nginx, @conf) = conf();
$smtp->mode(connect => "554 \e[31mgo away");
finding(check(@conf), 'mail', 'fault', qr/doesn't greet: 554/);
$text = $ctl->run('check', '--sql', $sql, @conf);
unlike($text->{out}, qr/\e/, 'what a relay says reaches no terminal raw');
$smtp->mode;
$r = check(@conf, '--to', 'op@example.org');
finding($r, 'mail to', 'ok', qr/took a mail/);
my ($mail) = $smtp->wait_mails('op@example.org');
like($mail->{data}, qr/chatctl check --to/, 'a mail arrives');
$smtp->mode(rcpt => '550 5.1.1 no such user');
finding(check(@conf, '--to', 'op@example.org'), 'mail to', 'fault', qr/no such user/);
$smtp->mode;

$r = $ctl->json('mail', 'test', '--wait', 1, 'op2@example.org');
is_deeply([ $r->{rc}, $r->{json}{verdict} ], [ 1, 'waiting' ], 'without nginx a test mail waits');
$nginx->start;
ChatTest::Account::ready($s, $nginx);
$r = $ctl->json('mail', 'test', 'op3@example.org');
is_deeply([ $r->{rc}, $r->{json}{verdict} ], [ 0, 'sent' ], 'with it the relay takes it');
is(scalar $smtp->wait_mails('op3@example.org'), 1, 'and it arrives');
$smtp->mode(mail => '451 4.3.0 later');
$r = $ctl->run('mail', 'test', 'op4@example.org');
is($r->{rc}, 1, 'a relay that says no is a failure');
like($r->{err}, qr/451 4\.3\.0 later/, 'in its own words');

# the API as clients see it

$r = check('--url', "https://localhost:$tls/api/", '--ca', "$dir/good.pem");
finding($r, 'API', 'ok', qr/answers 200/);
finding($r, 'API TLS', 'ok', qr/ends in/);
finding(check('--url', "https://localhost:$tls/api/"), 'API TLS', 'fault', qr/refused/);
finding(check('--url', "https://127.0.0.1:$tls/api/", '--ca', "$dir/good.pem"),
        'API TLS', 'fault', qr/refused: IP address mismatch/);
finding(check('--url', "https://localhost:$tls/other/", '--ca', "$dir/good.pem"), 'API', 'fault', qr/404/);
finding(check('--url', "https://localhost:$plain/api/"), 'API', 'fault', qr/can't connect/);
finding(check('--url', 'http://localhost/api/'), 'API', 'fault', qr/no such address/);

SKIP: {
    my $missing = ChatTest::Postfix::missing();
    skip $missing, 6 if $missing;

    my $postfix = ChatTest::Postfix->new(port => $s->port, dir => "$dir/postfix");
    my $relay = 'chat_mail smtp://chat@localhost:' . $postfix->port . ' from=chat@example.org tls=required ca=';
    my $file = sub { open my $out, '>', "$dir/$_[0]" or die $!; print $out "$_[1]\n"; close $out;
                     chmod 0600, "$dir/$_[0]"; "password_file=$dir/$_[0]" };
    my ($right, $wrong) = ($file->('right', 'a secret of chat'), $file->('wrong', 'not it'));

    (undef, @conf) = conf(http => "$relay" . $postfix->ca . " $right;");
    $r = check(@conf);
    finding($r, 'mail', 'ok', qr/by TLS/);
    finding($r, 'mail sign-in', 'ok', qr/takes user and password/);
    (undef, @conf) = conf(http => "$relay" . $postfix->ca . " $wrong;");
    finding(check(@conf), 'mail sign-in', 'fault', qr/refuses user and password/);
    (undef, @conf) = conf(http => "$relay" . $postfix->other_ca . " $right;");
    finding(check(@conf), 'mail TLS', 'fault', qr/certificate is refused/);
}

done_testing;
