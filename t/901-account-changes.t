# Changing the own password and address: with proof, told to the owner, and with a way back.

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

sub problem { return join ' ', map { $_ // '' } $_[0]{status}, @{$_[0]{json} // {}}{qw(code parameter)} }

sub mailed {
    my ($email, $template) = @_;
    my ($code, $link) = split /\|/, $db->psql(
        "select coalesce(params->>'code', '') || '|' || coalesce(params->>'link', '') from chat.mail
         where recipient = '$email' and template = '$template' order by id desc limit 1");
    my ($kind, $id, $token) = ($link // '') =~ /^(\w+)\.([0-9a-f-]{36})\.(ngxv_.{43})$/;
    return { code => $code, kind => $kind, id => $id, link => $token };
}

sub sign_in {
    my ($login, $password) = @_;
    return $anyone->post('/sessions', { login => $login, password => $password })->{status};
}

sub unprove {
    my ($who) = @_;
    $db->psql("update chat.session set proven = proven - interval '11 min' where id = '$who->{session}'");
}

# proofs

my $ann = ChatTest::Account->verified($s, $nginx, 'ann');
my $phone = $ann->sign_in(device_name => 'phone');
my $a = $ann->{client};

unprove($ann);
my $refused = $a->post('/account/email', { email => 'new@example.org', send_attempt => 1 });
is(problem($refused), '403 proof_required ', 'an old session does not change the address');
is_deeply([ $refused->{json}{factors}[0], $refused->{json}{retryable} ],
          [ 'password', JSON::PP::false() ], 'and is told by what it can prove itself');
is(problem($a->delete("/devices/$phone->{session}")), '403 proof_required ', 'nor ends another device');
is(problem($a->post('/devices/revoke_others')), '403 proof_required ', 'nor all others');
is(problem($a->post('/proofs', { password => 'wrong' })), '401 invalid_credentials ', 'a wrong password proves nothing');
is(problem($a->post('/proofs', {})), '400 missing_parameter password', 'nor does none');
is(problem($anyone->post('/proofs', { password => $old })), '401 unauthorized ', 'without a session there is none');
is(problem($a->post('/account/email', { email => 'new@example.org', send_attempt => 1 })),
   '403 proof_required ', 'nothing of that was one');
my $proof = $a->post('/proofs', { password => $old });
is($proof->{status}, 200, 'the password is one');
like($proof->{json}{expires}, qr/^\d{4}-\d\d-\d\dT/, 'until a time that it says');
is($a->get('/account')->{status}, 200, 'the token stays the same');
unprove($phone);
is(problem($phone->{client}->post('/account/email', { email => 'new@example.org', send_attempt => 1 })),
   '403 proof_required ', 'a proof is good for its own session only');
$db->psql("update chat.session set proven = now() + interval '1 hour' where id = '$phone->{session}'");
is(problem($phone->{client}->post('/account/email', { email => 'new@example.org', send_attempt => 1 })),
   '403 proof_required ', 'a clock that was set back makes no proof');

# the address

is(problem($a->post('/account/email', { email => 'ann@example.org', send_attempt => 1 })),
   '400 invalid_parameter email', 'the own address is none to change to');
my $asked = $a->post('/account/email', { email => 'new@example.org', send_attempt => 1 });
is($asked->{status}, 202, 'another one is asked for') or diag $asked->{body};
my $bob = ChatTest::Account->verified($s, $nginx, 'bob');
my $taken = $bob->{client}->post('/account/email', { email => 'ann@example.org', send_attempt => 1 });
is_deeply([ $taken->{status}, sort keys %{$taken->{json}} ], [ 202, sort keys %{$asked->{json}} ],
          "somebody else's is answered the same");
my $change = $asked->{json}{id};
my $mail = mailed('new@example.org', 'email_change');
is("$mail->{kind} $mail->{id}", "email $change", 'the new address gets a link');

my $confirm = sub {
    my ($client, $id, %body) = @_;
    return $client->post("/email_changes/$id/confirm", \%body);
};
is(problem($confirm->($anyone, $change, code => $mail->{code})), '401 unauthorized ', 'the code alone is not enough');
is(problem($confirm->($anyone, $change, link => $mail->{link}, password => 'wrong')), '401 invalid_credentials ',
   'nor the link with a wrong password');
is(problem($confirm->($bob->{client}, $change, code => $mail->{code})), '404 not_found ',
   "another's session sees no such change");
is(problem($confirm->($bob->{client}, $change, code => $mail->{code}, password => 'x')), '401 invalid_credentials ',
   'and proves nothing by the way');
is(problem($anyone->post("/password_resets/$change/confirm", { link => $mail->{link}, password => $new })),
   '410 verification_expired ', 'it is no reset');
is(problem($anyone->post("/email_changes/$change/revert", { link => $mail->{link} })), '410 verification_expired ',
   'nor a way back');
is(problem($confirm->($a, $change, code => '00000000')), '422 invalid_code ', 'a wrong code is refused');

# what the database says of a session counts, not what this node knew of it a moment ago
my $tablet = $ann->sign_in(device_name => 'tablet');
for my $case ([ "state = 'pending'", '403 device_pending ', 'a device that nobody approved confirms nothing' ],
              [ "token_hash = null, signed_out = now()", '401 unauthorized ', 'nor one that was signed out elsewhere' ]) {
    $db->psql("update chat.session set state = 'approved' where id = '$tablet->{session}'");
    is($tablet->{client}->get('/account')->{status}, 200, 'a device is known here');
    $db->psql("update chat.session set $case->[0] where id = '$tablet->{session}'");
    is(problem($confirm->($tablet->{client}, $change, code => $mail->{code})), $case->[1], $case->[2]);
}

my $reset = $anyone->post('/password_resets', { email => 'ann@example.org', send_attempt => 1 })->{json}{id};
my $reset_link = mailed('ann@example.org', 'password_reset')->{link};

is($confirm->($anyone, $change, link => $mail->{link}, password => $old)->{status}, 204,
   'the link and the password confirm');
is($a->get('/account')->{json}{email}, 'new@example.org', 'the account has the new address');
is($a->get('/account')->{headers}{etag}, '"3"', 'which is another version of the profile');
is(problem($confirm->($a, $change, code => $mail->{code})), '404 not_found ', 'a code is good once');
is(problem($anyone->post("/password_resets/$reset/confirm", { link => $reset_link, password => $new })),
   '410 verification_expired ', 'a reset that was sent to the old address is void');
is($anyone->post('/password_resets', { email => 'ann@example.org', send_attempt => 2 })->{status}, 202,
   'asking for one there');
is($db->psql("select count(*) from chat.mail where recipient = 'ann\@example.org'
              and template = 'password_reset' and done is null"), 1, 'sends nothing any more');

# a thief who got that far, and the owner who reads the old address

my $way = mailed('ann@example.org', 'email_changed');
is($way->{kind}, 'revert', 'the old address has a way back');
my $socket = ChatTest::Socket->new(port => $nginx->port, token => $phone->{token});
is($socket->status, 101, 'the thief is connected');
is(problem($anyone->post("/email_changes/$way->{id}/revert", { link => 'ngxv_' . 'A' x 43 })),
   '410 verification_expired ', 'a guessed link takes nothing back');
is(problem($anyone->post("/email_changes/$way->{id}/confirm", { link => $way->{link}, password => $old })),
   '401 invalid_credentials ', 'and the way back confirms no change');
is($anyone->post("/email_changes/$way->{id}/revert", { link => $way->{link} })->{status}, 204, 'it takes the change back');
my $close;
while (my $m = $socket->message(5)) { $close = $m->{code}; last if $m->{type} eq 'close' }
is($close, 4401, 'the thief is disconnected');
is($a->get('/account')->{status}, 401, 'everybody is signed out');
is($db->psql("select email from chat.account where id = '$ann->{id}'"), 'ann@example.org', 'the address is the old one');
is(sign_in('ann', $old), 401, 'the password that the thief had is dead');
my $fresh = mailed('ann@example.org', 'email_reverted');
is($anyone->post("/password_resets/$fresh->{id}/confirm", { link => $fresh->{link}, password => $new })->{status}, 204,
   'the owner sets a new one with what came along');
is(sign_in('ann', $new), 201, 'and signs in');
is(problem($anyone->post("/email_changes/$way->{id}/revert", { link => $way->{link} })), '410 verification_expired ',
   'a way back is good once');

# the password

my $tv = $bob->sign_in(device_name => 'tv');
my $b = $bob->{client};
for my $case (
    [ {}, '400 missing_parameter current_password' ], [ { current_password => $old }, '400 missing_parameter password' ],
    [ { current_password => 'wrong', password => $new }, '401 invalid_credentials ' ],
    [ { current_password => $old, password => 'short' }, '400 weak_password ' ],
    [ { current_password => $old, password => 'passwordpassword' }, '400 weak_password ' ],
    [ { current_password => $old, password => 'bob@example.org' }, '400 weak_password ' ],
    [ { current_password => $old, password => $new, keep_sessions => 1 }, '400 invalid_parameter keep_sessions' ],
) {
    is(problem($b->put('/account/password', $case->[0])), $case->[1], "refused: $case->[1]");
}
is($tv->{client}->get('/account')->{status}, 200, 'nothing has changed');
is($b->put('/account/password', { current_password => $old, password => $new, keep_sessions => JSON::PP::true() })->{status},
   204, 'changed');
is($tv->{client}->get('/account')->{status}, 200, 'others stay signed in on request');
is(sign_in('bob', $old) . sign_in('bob', $new), '401201', 'the new password holds');
is($b->put('/account/password', { current_password => $new, password => $old })->{status}, 204, 'and back');
is($tv->{client}->get('/account')->{status}, 401, 'else they are signed out');
is($b->get('/account')->{status}, 200, 'this one stays');
is($db->psql("select count(*) from chat.mail where recipient = 'bob\@example.org' and template = 'password_changed'"), 2,
   'the owner is told each time');

# a sign-in that was under way with the old password

pipe my $in, my $to or die $!;
my @pids;
for my $n (1 .. 6) {
    my $pid = fork;
    if (!$pid) {
        my $client = $s->client($nginx);
        my $got = $n == 3
            ? $b->put('/account/password', { current_password => $old, password => $new })
            : $client->post('/sessions', { login => 'bob', password => $old });
        syswrite $to, "$n $got->{status} " . ($got->{json}{token} // '') . "\n";
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
close $to;
my @got = <$in>;
waitpid $_, 0 for @pids;
is((map { /^3 (\d+)/ } @got)[0], 204, 'a password is changed while others sign in with it');
my @tokens = map { / (ngxc_\S+)/ } @got;
my @alive = grep { $s->client($nginx, token => $_)->get('/account')->{status} == 200 } @tokens;
is(scalar(@alive), 0, 'and none of them is signed in after it');

unlike($nginx->log . $nginx->access_log, qr/ngxv_|\Q$new\E|\Q$old\E/, 'no link or password is in the logs');
is(join(' ', sort split /\n/, $db->psql("select distinct action from chat.audit_entry where account in
    ('$ann->{id}', '$bob->{id}') and (action like 'email.%' or action like 'password.%' or action like 'proof.%')")),
   'email.change email.change_request email.revert password.change password.reset password.reset_request proof.create',
   'all of it is in the audit log');
is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
