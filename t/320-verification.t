# Verifying an address: by code or link, with the session or the password.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => $ChatTest::Account::unlimited);
my $anyone = ChatTest::Account::ready($s, $nginx);
my $password = $ChatTest::Account::password;

sub confirm {
    my ($client, $account, %body) = @_;
    my $got = $client->post("/verifications/$account->{verification}/confirm", \%body);
    return wantarray ? ($got->{status}, $got->{json}{code}) : $got;
}

# parameters

my $a = ChatTest::Account->registered($s, $nginx, 'anna');

for my $case (
    [ { code => '1234567' }, 'code' ], [ { code => '123456789' }, 'code' ],
    [ { code => 12345678 }, 'code' ], [ { link => 'x' }, 'link' ],
    [ { code => '12345678', link => 'x' x 48 }, 'link' ],
    [ { code => '12345678', username => 'X' }, 'username' ],
    [ { code => '12345678', password => '' }, 'password' ],
) {
    my ($body, $name) = @$case;
    my $got = confirm($a->{client}, $a, %$body);
    is_deeply([ @{$got->{json}}{qw(status code parameter)} ],
              [ 400, 'invalid_parameter', $name ], "bad $name") or diag $got->{body};
}

is(confirm($a->{client}, $a)->{json}{code}, 'missing_parameter', 'a code or a link is needed');
is($a->{client}->post('/verifications/x/confirm', { code => '12345678' })->{json}{parameter},
   'verification', 'the id is a UUID');

for my $bad (0, -1, 1001, '2', 1.5, JSON::PP::true()) {
    is($a->{client}->post('/verifications', { send_attempt => $bad })->{json}{parameter},
       'send_attempt', "send_attempt $bad is refused");
}

# whose it is

is_deeply([ confirm($anyone, $a, code => $a->code) ], [ 401, 'unauthorized' ],
          'the code alone is not enough');
my $eve = ChatTest::Account->registered($s, $nginx, 'eve');
is_deeply([ confirm($eve->{client}, $a, code => $a->code) ], [ 404, 'not_found' ],
          "another's session sees no such verification");
my $wrong = confirm($anyone, $a, code => $a->code, password => 'wrong');
my $none = $anyone->post('/verifications/00000000-0000-7000-8000-000000000000/confirm',
                         { code => $a->code, password => 'wrong' });
s/"request_id":"[^"]+"/x/ for $wrong->{body}, $none->{body};
is($wrong->{json}{code}, 'invalid_credentials', 'a wrong password is refused');
is($none->{body}, $wrong->{body}, 'an unknown verification answers the same');

# tries

my @left = map { confirm($a->{client}, $a, code => '00000000')->{json}{attempts_left} } 1 .. 5;
is("@left", '4 3 2 1 0', 'a code has five tries');
is_deeply([ confirm($a->{client}, $a, code => $a->code) ], [ 410, 'verification_expired' ],
          'then not even the right one is good');

# asking again

my $mails = sub { $s->cluster->psql("select count(*) from chat.mail where recipient = '$_[0]{email}'") };
is($mails->($a), 1, 'one mail so far');
is($a->{client}->post('/verifications', { send_attempt => 1 })->{status}, 202, 'the same attempt');
is($mails->($a), 1, 'sends nothing');
my $first = $a->code;
is($a->{client}->post('/verifications', { send_attempt => 2 })->{status}, 202, 'the next one');
is($mails->($a), 2, 'sends a mail');
isnt($a->code, $first, 'with a new code');
is($a->{client}->post('/verifications', { send_attempt => 2 })->{status}, 202, 'its repeat');
is($mails->($a), 2, 'sends nothing');
is(confirm($a->{client}, $a, code => $first)->{json}{code}, 'invalid_code', 'the old code is gone');

my $got = confirm($a->{client}, $a, code => $a->code);
is($got->{status}, 200, 'the new one is good');
ok($got->{json}{account}{verified}, 'the account is verified');
is($a->{client}->get('/conversations')->{status}, 200, 'and at once may do what needs that');
is(confirm($a->{client}, $a, code => $a->code)->{status}, 200, 'a repeat answers the same');
is_deeply([ @{$a->{client}->post('/verifications', { send_attempt => 9 })->{json}}{qw(status code)} ],
          [ 409, 'already_verified' ], 'there is nothing to send any more');

# a link, with the password

my $b = ChatTest::Account->registered($s, $nginx, 'berta');
my ($id, $link) = split /\./, $b->mail->{link}, 2;
is($id, $b->{verification}, 'the link names its verification');
is(confirm($anyone, $b, link => 'ngxv_' . 'A' x 43, password => $password)->{json}{attempts_left}, 4,
   'a wrong link is a try');
is(confirm($anyone, $b, link => $link, password => $password)->{status}, 200, 'the link verifies');
is($b->{client}->get('/conversations')->{status}, 200, 'the session that registered knows at once');

# expiry

my $d = ChatTest::Account->registered($s, $nginx, 'dora');
$s->cluster->psql("update chat.verification set code_expires = now() - interval '1s'
                   where id = '$d->{verification}'");
is_deeply([ confirm($d->{client}, $d, code => $d->code) ], [ 410, 'verification_expired' ],
          'a code ends');
is(confirm($d->{client}, $d, link => (split /\./, $d->mail->{link})[1])->{status}, 200,
   'the link lives longer');

# a name that somebody else verified first

my $f = ChatTest::Account->registered($s, $nginx, 'frieda', email => 'f1@example.org');
my $g = ChatTest::Account->verified($s, $nginx, 'frieda', email => 'f2@example.org');
is_deeply([ confirm($f->{client}, $f, code => $f->code) ], [ 409, 'username_taken' ],
          'a name can be lost before it is verified');
is(confirm($f->{client}, $f, code => $f->code, username => 'frieda2')->{json}{account}{username},
   'frieda2', 'the same code takes another');

# an address that is somebody's already: never verified, never told

my $shadow = ChatTest::Account->registered($s, $nginx, 'mallory', email => $g->{email});
is($shadow->mail->{template}, 'exists', 'its owner gets a mail without a code');
is(confirm($shadow->{client}, $shadow, code => '12345678')->{json}{code}, 'invalid_code',
   'and every code is wrong');

# tries in a race

my $r = ChatTest::Account->registered($s, $nginx, 'rosa');
my @pids;
pipe my $in, my $to or die $!;
for my $n (1 .. 12) {
    my $pid = fork;
    if (!$pid) {
        syswrite $to, confirm($r->{client}, $r, code => sprintf '%08d', $n)->{json}{code} . "\n";
        require POSIX;
        POSIX::_exit(0);
    }
    push @pids, $pid;
}
close $to;
my @codes = <$in>;
waitpid $_, 0 for @pids;
is(scalar(grep { /invalid_code/ } @codes), 5, 'twelve at once have five tries among them');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
