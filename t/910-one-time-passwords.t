# One-time passwords and backup codes: asked for beside the password, good once, hard to guess.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use POSIX ();
use Test::More;

use ChatTest::Account ();
use ChatTest::Passkey ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $few = $ChatTest::Account::unlimited =~ s/chat_limit factor off;//r;
my $nginx = $s->nginx(http => "$few chat_name 'A & B';", workers => 2);
my $c = ChatTest::Account::ready($s, $nginx);
my $app = ChatTest::Passkey->new;
my $password = $ChatTest::Account::password;
my $db = $s->cluster;

sub sign_in {
    my ($who, %with) = @_;
    return $c->post('/sessions', { login => $who->{username}, password => $password, %with });
}

sub code_of { return join ' ', $_[0]{status}, $_[0]{json}{code} || '-' }

# a code of a step that nobody used yet: time goes on by 30 s only in the database's row
sub again { $db->psql("update chat.totp set last_step = last_step - 3 where account = '$_[0]{id}'") }

# ---- to have them ----

my $alice = ChatTest::Account->verified($s, $nginx, 'alice');
my $a = $alice->{client};

is_deeply $a->get('/account/factors')->{json},
    { factors => ['password'], totp => undef, backup_codes => 0, passkeys => 0 },
    'an account begins with its password';
is code_of($s->client($nginx)->post('/account/totp')), '401 unauthorized', 'nobody has no factors';
is code_of($a->post('/account/totp/confirm', { code => '123456' })), '410 verification_expired',
    'without a secret there is nothing to confirm';
is code_of($a->post('/account/backup_codes')), '409 no_second_factor',
    'nor are there codes for an account that has nothing they stand in for';
is code_of($a->delete('/account/totp')), '404 not_found', 'nor anything to remove';

my $made = $a->post('/account/totp');
is $made->{status}, 201, 'a secret is made';
like $made->{json}{secret}, qr/^[A-Z2-7]{32}$/, 'of 160 bits in base32';
is $made->{json}{uri}, "otpauth://totp/A%20%26%20B:alice?secret=$made->{json}{secret}"
    . '&issuer=A%20%26%20B&algorithm=SHA1&digits=6&period=30', 'with the address that apps read';
is $made->{headers}{'cache-control'}, 'no-store', 'which nobody keeps';
is_deeply $a->get('/account/factors')->{json}{factors}, ['password'], 'it is no factor yet';
is sign_in($alice)->{status}, 201, 'and nothing that a sign-in asks for';

for my $bad ('12345', '1234567', '') {
    is code_of($a->post('/account/totp/confirm', { code => $bad })), '400 invalid_parameter', "'$bad' is no code";
}
my $wrong = $a->post('/account/totp/confirm', { code => $app->code($made->{json}{secret}, 5) });
is_deeply [ code_of($wrong), $wrong->{json}{attempts_left} ], [ '422 invalid_code', 4 ], 'a wrong code confirms nothing';

my $first = $app->ask('totp', secret => $made->{json}{secret}, step => -1);
my $on = $a->post('/account/totp/confirm', { code => $first->{code} });
is $on->{status}, 200, 'a right one does';
my @codes = @{$on->{json}{backup_codes}};
is scalar(grep { /^(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}$/ } @codes), 10, 'and brings ten backup codes';
is scalar(keys %{{ map { $_ => 1 } @codes }}), 10, 'all different';
is_deeply $a->get('/account/factors')->{json}{factors}, [qw(password totp backup_code)],
    'now the account has more than a password';

# ---- kept well ----

my $dump = $db->psql('select * from chat.totp; select * from chat.backup_code');
ok $dump =~ /\w/ && index(lc $dump, unpack 'H*', $codes[0] =~ tr/-//dr) < 0, 'codes are not kept as they are';
my $secret = $made->{json}{secret};
is index($dump, $secret), -1, 'nor is the secret';

# ---- signing in ----

my $asked = sign_in($alice);
is code_of($asked), '401 factor_required', 'the password alone is no longer enough';
is_deeply $asked->{json}{factors}, [qw(totp backup_code)], 'and the answer says what is missing';
is code_of(sign_in($alice, password => 'wrong')), '401 invalid_credentials',
    'who has not even that is told nothing of it';
is code_of(sign_in($alice, password => 'wrong', totp => $app->code($secret))), '401 invalid_credentials',
    'nor with a code';
is code_of(sign_in($alice, totp => $first->{code})), '401 factor_wrong', 'the code that confirmed is used up';
is code_of(sign_in($alice, totp => $app->code($secret, 3))), '401 factor_wrong', 'one of later is not good yet';
is code_of(sign_in($alice, totp => $app->code($secret), backup_code => $codes[0])), '400 invalid_parameter',
    'one factor at a time';

my $code = $app->code($secret);
my $in = sign_in($alice, totp => $code);
is $in->{status}, 201, 'the present code signs in';
is code_of(sign_in($alice, totp => $code)), '401 factor_wrong', 'and never a second time';
is code_of(sign_in($alice, totp => $app->code($secret, -1))), '401 factor_wrong', 'nor does one before it';

is $db->psql("select string_agg(outcome, ' ' order by outcome) from (select distinct outcome from chat.audit_entry
    where action = 'session.sign_in' and account = '$alice->{id}') o"), 'factor_required factor_wrong invalid_credentials ok',
    'her log has all of it';

# ---- backup codes ----

is sign_in($alice, backup_code => $codes[0])->{status}, 201, 'a backup code signs in';
is code_of(sign_in($alice, backup_code => $codes[0])), '401 factor_wrong', 'once';
is sign_in($alice, backup_code => lc $codes[1] =~ tr/-/ /r)->{status}, 201, 'however it is written';
is code_of(sign_in($alice, backup_code => 'A' x 24)), '401 factor_wrong', 'another one does not';
is code_of(sign_in($alice, backup_code => '1' x 24)), '401 factor_wrong', 'nor what is none';
is $a->get('/account/factors')->{json}{backup_codes}, 8, 'eight are left';

my $bob = ChatTest::Account->verified($s, $nginx, 'bob');
my $bobs = $app->totp_on($bob);
is code_of(sign_in($bob, backup_code => $codes[2])), '401 factor_wrong', "another account's is none";
is code_of(sign_in($bob, totp => $app->code($secret))), '401 factor_wrong', "nor is another's one-time password";

my $new = $a->post('/account/backup_codes');
is $new->{status}, 200, 'new codes';
is scalar(@{$new->{json}{backup_codes}}), 10, 'are ten';
is code_of(sign_in($alice, backup_code => $codes[2])), '401 factor_wrong', 'the old ones are gone';

# a backup code at the same moment, twice

my %both;
$both{$_}++ for together(4, sub { sign_in($alice, backup_code => $new->{json}{backup_codes}[0])->{status} });
is $both{201}, 1, 'a backup code sent four times at once is taken once';

# ---- a code sent at the same moment ----

again($alice);
$db->psql("delete from chat.totp_guard");
my $now = $app->code($secret);
my %at_once;
$at_once{$_}++ for together(4, sub { sign_in($alice, totp => $now)->{status} });
is $at_once{201}, 1, 'a code sent four times at once is taken once' or diag explain \%at_once;

# ---- guessing ----

$db->psql("delete from chat.totp_guard; update chat.session set token_hash = null, signed_out = now()
           where account = '$alice->{id}' and id <> '$alice->{session}'");
my %guessed;
$guessed{$_}++ for together(12, sub { code_of(sign_in($alice, totp => '000000')) });
is $guessed{'401 factor_wrong'}, 5, 'of twelve guesses at once five are looked at' or diag explain \%guessed;
is $guessed{'429 rate_limited'}, 7, 'and the rest is told to wait';

my $late = sign_in($alice, totp => $app->code($secret));
is code_of($late), '429 rate_limited', 'then even a right code waits';
is $late->{json}{class}, 'factor', 'and is told for what';
cmp_ok $late->{headers}{'retry-after'}, '<=', 30, 'half a minute at first';
is sign_in($alice, backup_code => $new->{json}{backup_codes}[1])->{status}, 201, 'a backup code does not';

again($alice);
my $device = sign_in($alice, totp => $app->code($secret), session => $alice->{session},
                     device_secret => $alice->{device_secret});
is $device->{status}, 200, 'nor does a device that was here before: strangers do not slow it down';
$a->token($device->{json}{token});
is code_of(sign_in($alice, totp => $app->code($secret), session => $alice->{session},
                   device_secret => 'ngxd_' . 'A' x 43)), '429 rate_limited', 'who only claims to be it waits';
is code_of(sign_in($alice, totp => '000000')), '429 rate_limited', "the device's success did not end the strangers' wait";

my @waits;
for (1 .. 4) {
    $db->psql("update chat.totp_guard set next_try = now() - interval '1 second' where account = '$alice->{id}'");
    sign_in($alice, totp => '000000');
    push @waits, sign_in($alice, totp => '000000')->{headers}{'retry-after'};
}
is_deeply [ map { int(($_ + 5) / 30) * 30 } @waits ], [ 60, 120, 240, 480 ], 'each further guess waits longer';
$db->psql("update chat.totp_guard set failures = 40, next_try = '-infinity' where account = '$alice->{id}'");
sign_in($alice, totp => '000000');
cmp_ok sign_in($alice, totp => '000000')->{headers}{'retry-after'}, '<=', 3600, 'an hour at most: nobody is locked out';
$db->psql("update chat.totp_guard set next_try = now() + interval '30 days' where account = '$alice->{id}'");
isnt code_of(sign_in($alice, totp => '000000')), '429 rate_limited', 'nor by a clock that was set back';

# ---- as the operator says ----

for my $case ([ 'rate=30r/h burst=2', '401 401 429/factor 429/factor', 'two free guesses' ],
              [ 'rate=30r/h burst=2 dry_run', '401 401 401 401', 'none refused in a dry run' ],
              [ 'off', '401 401 401 401', 'nor where the class is off' ]) {
    my $own = $s->nginx(http => "$few chat_limit factor $case->[0];");
    my $client = ChatTest::Account::ready($s, $own);
    $db->psql("delete from chat.totp_guard where account = '$alice->{id}'");
    my @got = map { $client->post('/sessions', { login => 'alice', password => $password, totp => '000000' }) } 1 .. 4;
    is join(' ', map { $_->{status} . ($_->{json}{class} ? "/$_->{json}{class}" : '') } @got), $case->[1], $case->[2];
    next if $case->[0] ne 'rate=30r/h burst=2';
    $db->psql("update chat.totp_guard set failures = 40, next_try = '-infinity' where account = '$alice->{id}'");
    $client->post('/sessions', { login => 'alice', password => $password, totp => '000000' });
    my $wait = $client->post('/sessions', { login => 'alice', password => $password, totp => '000000' });
    cmp_ok $wait->{headers}{'retry-after'}, '<=', 120, 'and no wait longer than the rate allows';
}
$db->psql("delete from chat.totp_guard where account = '$alice->{id}'");

# ---- a secret that waits is not guessed either ----

my $carol = ChatTest::Account->verified($s, $nginx, 'carol');
my $waits = $carol->{client}->post('/account/totp')->{json}{secret};
my %tries;
$tries{$_}++ for together(9, sub { code_of($carol->{client}->post('/account/totp/confirm', { code => '000000' })) });
is $tries{'422 invalid_code'}, 5, 'five tries to confirm, at once or not' or diag explain \%tries;
is code_of($carol->{client}->post('/account/totp/confirm', { code => $app->code($waits) })), '410 verification_expired',
    'then the secret is gone';
my $old = $carol->{client}->post('/account/totp')->{json}{secret};
$db->psql("update chat.totp set pending_expires = now() where account = '$carol->{id}'");
is code_of($carol->{client}->post('/account/totp/confirm', { code => $app->code($old) })), '410 verification_expired',
    'as is one that nobody confirmed in time';

# ---- proofs ----

sub unproven { $db->psql("update chat.session set proven = null where account = '$_[0]{id}'") }

unproven($bob);
my $b = $bob->{client};
for my $case ([ POST => '/account/totp' ], [ DELETE => '/account/totp' ], [ POST => '/account/backup_codes' ],
              [ POST => '/account/passkeys/options' ]) {
    my $got = $b->call(@$case);
    is code_of($got), '403 proof_required', "@$case wants a proof"
        if $case->[1] !~ /passkeys/ || $got->{status} != 501;
}
is_deeply $b->delete('/account/totp')->{json}{factors}, [qw(password totp backup_code)], 'by any of these';
is code_of($b->post('/proofs', { password => $password })), '401 factor_required', 'the password alone proves nothing';
is code_of($b->post('/proofs', { password => 'x', totp => $app->code($bobs->{secret}) })), '401 invalid_credentials',
    'nor does the code alone';
is code_of($b->post('/proofs', { totp => $app->code($bobs->{secret}) })), '400 missing_parameter', 'without a password';
is code_of($b->delete('/account/totp')), '403 proof_required', 'all of which changes nothing';
is $b->post('/proofs', { password => $password, totp => $app->code($bobs->{secret}) })->{status}, 200, 'both do';

# ---- another app ----

my $next = $b->post('/account/totp')->{json}{secret};
isnt $next, $bobs->{secret}, 'another secret';
again($bob);
is sign_in($bob, totp => $app->code($bobs->{secret}))->{status}, 201, 'until it is confirmed the old one is good';
my $moved = $b->post('/account/totp/confirm', { code => $app->code($next, -1) });
is_deeply [ $moved->{status}, $moved->{json}{backup_codes} ], [ 200, undef ], 'then it is the one, and the codes stay';
is code_of(sign_in($bob, totp => $app->code($bobs->{secret}))), '401 factor_wrong', 'the old one is not';
is sign_in($bob, totp => $app->code($next))->{status}, 201, 'the new one signs in';

# ---- to lose them ----

is $b->delete('/account/totp')->{status}, 204, 'without one-time passwords';
is_deeply $b->get('/account/factors')->{json}, { factors => ['password'], totp => undef, backup_codes => 0, passkeys => 0 },
    'the backup codes go, too';
is sign_in($bob)->{status}, 201, 'and the password signs in';
is code_of(sign_in($bob, totp => '123456')), '401 factor_wrong', 'a code for an account without is wrong';

$db->psql("select chat.operator_reset_factor('$alice->{id}')");
is sign_in($alice)->{status}, 201, 'an operator can help who lost everything';
ok !eval { $db->psql("select chat.operator_reset_factor('$alice->{id}')"); 1 }, 'once';

my $told = "select string_agg(template || ': ' || coalesce(params->>'factor', '-'), ', ' order by id) from chat.mail
    where template like 'factor%' and recipient = ";
is $db->psql("$told '$bob->{email}'"), 'factor_added: one-time passwords, factor_added: one-time passwords, '
    . 'factor_removed: one-time passwords', 'who has a mailbox hears of every change';
like $db->psql("$told '$alice->{email}'"), qr/factor_removed: every second factor, by who runs the server$/, "of the operator's, too";
cmp_ok $db->psql("select count(*) from chat.mail where template = 'backup_code_used' and recipient = '$alice->{email}'"), '>', 2,
    'and of each backup code';

# ---- the key that seals ----

sub key_file {
    my ($name, $hex) = @_;
    my $file = $s->dir . "/$name";
    open my $out, '>', $file or die $!;
    print $out "$hex\n";
    close $out or die $!;
    return $file;
}
my ($one, $two) = (key_file('one', 'a1' x 32), key_file('two', 'b2' x 32));
my $dora = ChatTest::Account->verified($s, $nginx, 'dora');
my $doras = $app->totp_on($dora);
my $sealed = sub { $db->psql("select encode(substring(secret for 4), 'hex') from chat.totp where account = '$dora->{id}'") };
my $under = $sealed->();

for my $keys ("key=file:$one", "key=file:$two key=file:$one") {
    my $keyed = $s->nginx(http => "$ChatTest::Account::unlimited chat_totp $keys;");
    ChatTest::Account::ready($s, $keyed);
    again($dora);
    is $s->client($keyed)->post('/sessions', { login => 'dora', password => $password,
        totp => $app->code($doras->{secret}) })->{status}, 201, "a secret is opened by an older key: $keys";
    isnt $sealed->(), $under, 'and sealed anew by the newer';
    $under = $sealed->();
    is join(' ', $keyed->complaints), '', 'with nothing to complain about';
}
again($dora);
is sign_in($dora, totp => $app->code($doras->{secret}))->{status}, 500, 'a server without the key can not look';
like $nginx->log, qr/its key is not among those of "chat_totp"/, 'and tells why';
is sign_in($dora, backup_code => $doras->{codes}[0])->{status}, 201, 'backup codes need no such key';

# ---- nothing in logs ----

my $log = join '', map { local (@ARGV, $/) = $_; <> } map { ($_->dir . '/logs/error.log', $_->dir . '/logs/access.log') } $nginx;
unlike $log, qr/\Q$secret\E|\Q$codes[0]\E|\Q$codes[5]\E/, 'no secret and no code is in a log';

# what n of them answered that ran at the same time
sub together {
    my ($n, $code) = @_;
    pipe my $in, my $out or die $!;
    my @pids = map {
        my $pid = fork // die $!;
        if (!$pid) {
            my $said = eval { $code->() } // "died: $@";
            syswrite $out, "$said\n";
            POSIX::_exit(0);
        }
        $pid;
    } 1 .. $n;
    close $out;
    chomp(my @said = <$in>);
    waitpid $_, 0 for @pids;
    return @said;
}

done_testing;
