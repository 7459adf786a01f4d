# Registration: what it takes, what it refuses, and what it doesn't tell.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => $ChatTest::Account::unlimited);
my $c = ChatTest::Account::ready($s, $nginx);
my $password = $ChatTest::Account::password;

sub register {
    my (%with) = @_;
    my %body = (username => 'alice', email => 'alice@example.org',
                password => $password, %with);
    delete $body{$_} for grep { !defined $body{$_} } keys %body;
    return $c->post('/accounts', \%body);
}

# a parameter's bounds, each named in the answer

my @bad = (
    [ username => undef, 'missing_parameter' ],
    [ username => '', 'invalid_parameter' ],
    [ username => 'al', 'invalid_parameter' ],
    [ username => 'a' x 33, 'invalid_parameter' ],
    [ username => 'Alice', 'invalid_parameter' ],
    [ username => '-alice', 'invalid_parameter' ],
    [ username => "al\x{456}ce", 'invalid_parameter' ],
    [ username => 'al ice', 'invalid_parameter' ],
    [ username => 17, 'invalid_parameter' ],
    [ username => JSON::PP::true(), 'invalid_parameter' ],
    [ username => [ 'alice' ], 'invalid_parameter' ],
    [ email => undef, 'missing_parameter' ],
    [ email => 'alice', 'invalid_parameter' ],
    [ email => 'alice@localhost', 'invalid_parameter' ],
    [ email => 'a@b@example.org', 'invalid_parameter' ],
    [ email => "alice\@example.org\r\nBcc: eve\@example.org", 'invalid_parameter' ],
    [ email => 'alice@example.org>', 'invalid_parameter' ],
    [ email => '"a b"@example.org', 'invalid_parameter' ],
    [ email => ('a' x 65) . '@example.org', 'invalid_parameter' ],
    [ email => 'a@' . join('.', ('b' x 60) x 5) . '.org', 'invalid_parameter' ],
    [ password => undef, 'missing_parameter' ],
    [ password => '', 'invalid_parameter' ],
    [ password => 'x' x 1025, 'invalid_parameter' ],
    [ password => 12345678901234567, 'invalid_parameter' ],
    [ display_name => '', 'invalid_parameter' ],
    [ display_name => ' Alice', 'invalid_parameter' ],
    [ display_name => "Al\nice", 'invalid_parameter' ],
    [ display_name => "Al\x{202e}ice", 'invalid_parameter' ],
    [ display_name => 'x' x 65, 'invalid_parameter' ],
    [ device_name => 'x' x 65, 'invalid_parameter' ],
    [ device_name => {}, 'invalid_parameter' ],
    [ device_platform => 'x' x 33, 'invalid_parameter' ],
    [ admin => JSON::PP::true(), 'unknown_parameter' ],
    [ Username => 'alice', 'unknown_parameter' ],
);

for my $case (@bad) {
    my ($name, $value, $code) = @$case;
    my $got = register($name => $value);
    my $shown = defined $value ? substr($ChatTest::Client::json->encode($value), 0, 40) : 'absent';

    is_deeply([ $got->{status}, $got->{json}{code}, $got->{json}{parameter} ],
              [ 400, $code, $name ], "$name $shown: $code")
        or diag $got->{body};
    ok($code ne 'invalid_parameter' || length $got->{json}{bound},
       'and its bound is told') if $code eq 'invalid_parameter';
}

# what is no JSON object

for my $body ('', '{', '[]', '"x"', 'null', '{"username":"a","username":"b"}',
              "{\"username\":\"\xff\"}", '{"username":"a\u0000b"}',
              '{"a":' x 40 . '1' . '}' x 40)
{
    my $got = $c->post('/accounts', $body, 'content-type' => 'application/json');
    ok($got->{status} == 400 && $got->{json}{code} =~ /^(invalid_json|missing_parameter)$/,
       'refused: ' . ($body =~ s/[^ -~]/?/gr)) or diag "$got->{status} $got->{body}";
}

my $null = $c->post('/accounts', '{"username":null,"email":"a@example.org","password":"x"}',
                    'content-type' => 'application/json');
is($null->{json}{code}, 'invalid_parameter', 'null is no user name');

# passwords

my %weak = (
    'short' => 'min_length',
    'passwordpassword' => 'common',
    'alice@example.org' => 'context',
    'alicealicealice' => 'context',
    'ngx_chatngx_chat' => 'context',
);

for my $weak (sort keys %weak) {
    my $got = register(password => $weak);
    is_deeply([ @{$got->{json}}{qw(status code reason)} ],
              [ 400, 'weak_password', $weak{$weak} ], "weak: $weak")
        or diag $got->{body};
}

# a registration

my $got = register(display_name => "Al\x{ef}ce", device_name => 'Phone',
                   device_platform => 'android');
is($got->{status}, 201, 'an account is made');
is($got->{headers}{location}, '/api/v1/account', 'and one is told where it is');
like($got->{json}{token}, qr/^ngxc_[\w-]{43}$/, 'with a token');
like($got->{json}{device_secret}, qr/^ngxd_[\w-]{43}$/, "and the device's secret");
is($got->{json}{account}{display_name}, "Al\x{ef}ce", 'with the name that was given');
ok(!$got->{json}{account}{verified}, 'not verified');
is($got->{json}{session}{name}, 'Phone', 'its device has its name');
is($got->{json}{session}{platform}, 'android', 'and its platform');
like($got->{json}{verification}{id}, qr/^[0-9a-f-]{36}$/, 'and there is a verification');

my $stored = $s->cluster->psql('select password_hash from chat.account');
like($stored, qr/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/, 'the password is stored by Argon2id');
unlike($s->cluster->psql("select encode(token_hash, 'escape') from chat.session"),
       qr/\Q$got->{json}{token}\E/, 'the token is not stored as it is');

$c->token($got->{json}{token});
is($c->get('/account')->{status}, 200, 'the token is good at once');
is($c->get('/conversations')->{json}{code}, 'not_verified',
   'but not for what needs a verified account');
$c->token(undef);

# an unverified account reserves nothing

is(register()->{status}, 201, 'address and name may be registered again');

my $alice = ChatTest::Account->verified($s, $nginx, 'alice2',
                                        email => 'alice2@example.org');

# a verified one has its name; its address is never told

is(register(username => 'alice2', email => 'new@example.org')->{json}{code},
   'username_taken', "a verified account's name is taken");

my $known = register(username => 'carol', email => 'Alice2@Example.ORG');
my $unknown = register(username => 'carol', email => 'carol@example.org');

for ($known, $unknown) {
    $_->{shape} = $_->{body};
    $_->{shape} =~ s/[0-9a-f]{8}-[0-9a-f-]{27}|ngx[cd]_[\w-]{43}|\d{4}-[\d-]+T[\d:.]+Z|(?:Alice2|carol)\@\w+\.\w+/x/gi;
}

is($known->{status}, $unknown->{status}, 'a known address answers as an unknown one');
is($known->{shape}, $unknown->{shape}, 'with the same body');
is(join(',', sort keys %{$known->{headers}}), join(',', sort keys %{$unknown->{headers}}),
   'and the same headers');

is($alice->{client}->get('/account')->{status}, 200, "the address's owner keeps the account");
is($s->cluster->psql("select template from chat.mail
    where recipient = 'Alice2\@Example.ORG'"), 'exists', 'and is told by mail');

like($nginx->log, qr/\[warn\] .*"chat_mail" is not set: mails wait in the database/,
     'an operator who forgot chat_mail is told at the start');

# closed

my $closed = $s->nginx(http => 'chat_registration closed;
    chat_mail smtp://127.0.0.1:1 from=chat@example.org;');
my $cc = ChatTest::Account::ready($s, $closed);
is($cc->post('/accounts', { username => 'dave', email => 'dave@example.org',
                            password => $password })->{json}{code},
   'registration_closed', 'a closed server registers nobody');
is($cc->get('/server')->{json}{registration}, 'closed', 'and says so');
like($closed->log, qr{\[warn\] .*"chat_public_url" is not set: links in mails begin with "https://example.org"},
     'a public address that was guessed is told');

# limits

my $limited = $s->nginx(http => 'chat_limit register rate=1r/m burst=2;');
my $lc = ChatTest::Account::ready($s, $limited);
my @status = map { $lc->post('/accounts', {})->{status} } 1 .. 3;
is("@status", '400 400 429', 'registrations of an address are limited');
my $refused = $lc->post('/accounts', {});
is($refused->{json}{code}, 'rate_limited', 'with a problem');
ok($refused->{headers}{'retry-after'} >= 1, 'that says when to come back');

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
