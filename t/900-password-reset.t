# A password that was forgotten: reset by code or link, and by nobody else.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use POSIX ();
use Test::More;

use ChatTest::Account ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => $ChatTest::Account::unlimited, workers => 3);
my $anyone = ChatTest::Account::ready($s, $nginx);
my $db = $s->cluster;
my $old = $ChatTest::Account::password;
my $new = 'a wholly different passphrase';

sub ask {
    my ($email, $attempt) = @_;
    return $anyone->post('/password_resets', { email => $email, send_attempt => $attempt || 1 });
}

sub confirm {
    my ($id, %body) = @_;
    return $anyone->post("/password_resets/$id/confirm", { password => $new, %body });
}

# [template, code, token] of the newest mail to an address
sub mailed {
    my ($email) = @_;
    my ($template, $code, $link) = split /\|/, $db->psql(
        "select template || '|' || coalesce(params->>'code', '') || '|' || coalesce(params->>'link', '')
         from chat.mail where recipient = '$email' and done is null order by id desc limit 1");
    return ($template, $code, ($link // '') =~ /^(\w+)\.([0-9a-f-]{36})\.(ngxv_.{43})$/);
}

sub sign_in {
    my ($login, $password) = @_;
    return $anyone->post('/sessions', { login => $login, password => $password })->{status};
}

sub closed_with {
    my ($socket) = @_;
    while (my $message = $socket->message(5)) {
        return $message->{code} if $message->{type} eq 'close';
    }
    return 'open';
}

# parameters

for my $case (
    [ {}, 'missing_parameter', 'email' ], [ { email => 'a@b.c' }, 'missing_parameter', 'send_attempt' ],
    [ { email => "a\@b.c\r\nBcc: x\@y.z", send_attempt => 1 }, 'invalid_parameter', 'email' ],
    [ { email => "a\@b.c\0", send_attempt => 1 }, 'invalid_json', undef ],
    [ { email => ['a@b.c'], send_attempt => 1 }, 'invalid_parameter', 'email' ],
    [ { email => 'a@b.c', send_attempt => 0 }, 'invalid_parameter', 'send_attempt' ],
    [ { email => 'a@b.c', send_attempt => 1, link => 'https://evil' }, 'unknown_parameter', 'link' ],
) {
    my ($body, $code, $name) = @$case;
    is_deeply([ @{$anyone->post('/password_resets', $body)->{json}}{qw(code parameter)} ],
              [ $code, $name ], "asking: bad " . ($name // 'JSON') . ' is refused');
}
is($db->psql('select count(*) from chat.password_reset'), 0, 'and leaves nothing');

my $ann = ChatTest::Account->verified($s, $nginx, 'ann');
my $bob = ChatTest::Account->verified($s, $nginx, 'bob');

my $known = ask('ann@example.org');
my $unknown = ask('nobody@example.org');
is($known->{status}, 202, 'a known address is answered');
is($unknown->{status}, 202, 'and an unknown one');
for ($known, $unknown) {
    $_->{shape} = $_->{body} =~ s/"[0-9a-f-]{36}"/ID/r =~ s/"\d{4}-[^"]+Z"/TIME/gr;
    delete @{$_->{headers}}{qw(date x-request-id)};
}
is($known->{shape}, $unknown->{shape}, 'in the same form');
is_deeply([ sort keys %{$known->{headers}} ], [ sort keys %{$unknown->{headers}} ],
          'with the same headers');
is($known->{headers}{'content-length'}, $unknown->{headers}{'content-length'}, 'of the same length');
is($db->psql("select count(*) from chat.mail where recipient = 'nobody\@example.org' and done is null"),
   0, 'only the known one gets a mail');
my $id = $known->{json}{id};
like($id, qr/^[0-9a-f]{8}-[0-9a-f]{4}-8/, 'its id says nothing of the account');
is(ask('ANN@Example.org')->{json}{id}, $id, 'the address is the same whatever its case');

my ($template, $code, $kind, $of, $link) = mailed('ann@example.org');
is("$template $kind $of", "password_reset reset $id", 'the mail has a code and a link of that reset');

# what is refused

for my $case (
    [ { code => $code, link => $link }, 'invalid_parameter', 'link' ], [ {}, 'missing_parameter', 'code' ],
    [ { code => '1234567' }, 'invalid_parameter', 'code' ], [ { link => 'x' }, 'invalid_parameter', 'link' ],
) {
    my ($body, $problem, $name) = @$case;
    is_deeply([ @{confirm($id, %$body)->{json}}{qw(code parameter)} ], [ $problem, $name ],
              "confirming: bad $name is refused");
}
is_deeply([ @{confirm($id, code => $code, password => 'short')->{json}}{qw(code reason)} ],
          [ 'weak_password', 'min_length' ], 'a short password is none');
is(confirm($id, code => $code, password => 'passwordpassword')->{json}{reason}, 'common',
   'nor is a common one');
is(confirm($id, code => $code, password => 'ann@example.org')->{json}{reason}, 'context',
   'nor is the own address');
is(confirm($id, code => '00000000', password => 'ann@example.org')->{json}{code}, 'invalid_code',
   'only who has the code learns that it is the own');
is($db->psql("select tries from chat.password_reset where id = '$id'"), 4,
   'a weak password takes no try, a wrong code does');

# tokens of another purpose, account and reset

my $eve = ChatTest::Account->registered($s, $nginx, 'eve');
my ($verify) = $eve->mail->{link} =~ /\.(ngxv_.*)/;
is(confirm($id, link => $verify)->{json}{code}, 'invalid_code', 'the link of a verification resets nothing');
is(confirm($eve->{verification}, link => $verify)->{json}{code}, 'verification_expired',
   'its id is no reset');
is($eve->{client}->post("/verifications/$eve->{verification}/confirm", { link => $link })->{json}{code},
   'invalid_code', 'and the link of a reset verifies nothing');
my $bobs = ask('bob@example.org')->{json}{id};
is(confirm($bobs, link => $link)->{json}{code}, 'invalid_code', "another account's link is none");
is(confirm($bobs, code => $code)->{json}{code}, 'invalid_code', 'nor its code');
is(confirm($unknown->{json}{id}, code => $code)->{json}{code}, 'invalid_code',
   'a reset of nobody answers as one of somebody');
is(sign_in('ann', $new), 401, 'nothing has changed by all of that');

# resetting, with sessions on several workers

my @sockets = map { ChatTest::Socket->new(port => $nginx->port, token => $ann->{token}) } 1;
my @more = map { $ann->sign_in } 1 .. 5;
push @sockets, map { ChatTest::Socket->new(port => $nginx->port, token => $_->{token}) } @more;
is(scalar(grep { $_->status == 101 } @sockets), 6, 'six devices are connected');
my $bobs_socket = ChatTest::Socket->new(port => $nginx->port, token => $bob->{token});

my $done = confirm($id, link => $link);
is($done->{status}, 204, 'the link sets the password') or diag $done->{body};
is_deeply([ map { closed_with($_) } @sockets ], [ (4401) x 6 ], 'all of its sockets are closed');
is_deeply([ map { $_->{client}->get('/account')->{status} } $ann, @more ], [ (401) x 6 ],
          'no token is good any more');
is($db->psql("select count(*) from chat.session where account = '$ann->{id}' and revoked is null"), 6,
   'the devices stay');
is($bob->{client}->get('/account')->{status}, 200, 'others are not signed out');
is($bobs_socket->call('account_get')->{ok}{username}, 'bob', 'nor disconnected');
is(sign_in('ann', $old), 401, 'the old password is good no more');
is(sign_in('ann', $new), 201, 'the new one is');
my $back = $anyone->post('/sessions', { login => 'ann', password => $new, session => $ann->{session},
                                        device_secret => $ann->{device_secret} });
is($back->{json}{session}{id}, $ann->{session}, 'and a device comes back with its own queue');
is($db->psql("select count(*) from chat.mail where recipient = 'ann\@example.org'
              and template = 'password_changed'"), 1, 'the owner is told');
is(confirm($id, link => $link)->{json}{code}, 'verification_expired', 'the link was good once');
is(confirm($id, code => $code)->{json}{code}, 'verification_expired', 'and so was the code');

# who was signed in with it can't be: a reset does not sign in

ok(!exists $done->{json}{token} && !$done->{headers}{'set-cookie'}, 'resetting signs nobody in');

# twelve guesses at once have five tries among them

pipe my $in, my $to or die $!;
my @pids;
for my $n (1 .. 12) {
    my $pid = fork;
    if (!$pid) {
        syswrite $to, confirm($bobs, code => sprintf '%08d', $n)->{json}{code} . "\n";
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
close $to;
my @codes = <$in>;
waitpid $_, 0 for @pids;
is(scalar(grep { /invalid_code/ } @codes), 4, 'twelve at once have the tries that are left');
my (undef, $bobs_code, undef, undef, $bobs_link) = mailed('bob@example.org');
is(confirm($bobs, code => $bobs_code)->{json}{code}, 'verification_expired', 'the right code is none then');

# one link used twice at once

pipe $in, $to or die $!;
@pids = ();
for my $n (1 .. 4) {
    my $pid = fork;
    if (!$pid) {
        syswrite $to, confirm($bobs, link => $bobs_link, password => "$new $n")->{status} . "\n";
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
close $to;
@codes = <$in>;
waitpid $_, 0 for @pids;
is(scalar(grep { /204/ } @codes), 1, 'of four who use a link at once one sets the password') or diag "@codes";

# expired

my $again = ask('ann@example.org')->{json}{id};
(undef, $code, undef, undef, $link) = mailed('ann@example.org');
$db->psql("update chat.password_reset set code_expires = now() - interval '1s' where id = '$again'");
is(confirm($again, code => $code)->{json}{code}, 'verification_expired', 'a code ends after its time');
$db->psql("update chat.password_reset set link_expires = now() - interval '1s' where id = '$again'");
is(confirm($again, link => $link)->{json}{code}, 'verification_expired', 'a link, too');

# nothing secret is kept or logged

my $log = $nginx->log . $nginx->access_log;
unlike($log, qr/ngxv_|\Q$new\E|\b$code\b/, 'no link, password or code is in the logs');
is($db->psql("select count(*) from chat.password_reset where octet_length(code_hash) <> 32
              or octet_length(link_hash) <> 32"), 0, 'codes and links are stored as hashes');
is($db->psql("select count(*) from chat.audit_entry where account = '$ann->{id}'
              and action = 'password.reset' and outcome = 'ok'"), 1, 'a reset is in the audit log');
is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
