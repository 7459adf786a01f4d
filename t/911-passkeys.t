# Passkeys: registered, signing in, proving; and every way in which one must not.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use MIME::Base64 qw(decode_base64url encode_base64url);
use POSIX ();
use Test::More;

use ChatTest::Account ();
use ChatTest::Passkey ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, http => "$ChatTest::Account::unlimited
    chat_passkey rp_id=localhost origin=http://localhost origin=https://chat.example.org;");
my $c = ChatTest::Account::ready($s, $nginx);
my $app = ChatTest::Passkey->new;
my $password = $ChatTest::Account::password;
my $db = $s->cluster;

sub code_of { return join ' ', $_[0]{status}, $_[0]{json}{code} || '-' }

my $alice = ChatTest::Account->verified($s, $nginx, 'alice');
my $a = $alice->{client};

# what signed in before makes room: an account has ten devices
sub sign_in {
    my ($passkey) = @_;
    $db->psql("update chat.session set token_hash = null, signed_out = now()
               where account = '$alice->{id}' and id <> '$alice->{session}'");
    return $c->post('/sessions', { passkey => $passkey });
}

is $c->get('/server')->{json}{passkey_rp_id}, 'localhost', 'the server says to whom its passkeys belong';

# ---- registration ----

my $options = $a->post('/account/passkeys/options')->{json}{public_key};
is_deeply [ @$options{qw(attestation rp)}, $options->{authenticatorSelection}, $options->{excludeCredentials} ],
    [ 'none', { id => 'localhost', name => 'ngx_chat' },
      { residentKey => 'required', requireResidentKey => $JSON::PP::true, userVerification => 'required' }, [] ],
    'what a browser is asked for';
is_deeply [ map { $_->{alg} } @{$options->{pubKeyCredParams}} ], [ -7, -8, -257 ], 'of three algorithms';
is $options->{user}{name}, 'alice', 'under her name';
is code_of($s->client($nginx)->post('/account/passkeys/options')), '401 unauthorized', 'for her alone';

sub register {
    my ($client, %with) = @_;
    my $made = $app->ask('create', options => $client->post('/account/passkeys/options')->{json}{public_key}, %with);
    return $client->post('/account/passkeys', { map { $_ => $made->{$_} } qw(client_data attestation_object) });
}

my $bob = ChatTest::Account->verified($s, $nginx, 'bob');
my $of_bob = $bob->{client}->post('/account/passkeys/options')->{json}{public_key}{challenge};
my $second = $alice->sign_in;
my $elsewhere = $second->{client}->post('/account/passkeys/options')->{json}{public_key}{challenge};
my $to_sign_in = $c->post('/passkeys/challenge', {})->{json}{public_key}{challenge};

for my $case (
    [ 'of another page', origin => 'https://evil.example' ], [ 'of a longer name', origin => 'http://localhost.evil.example' ],
    [ 'of another port', origin => 'http://localhost:8080' ], [ 'in a frame', client => { crossOrigin => JSON::PP::true() } ],
    [ 'of another relying party', rp_id => 'example.org' ], [ 'of an assertion', type => 'webauthn.get' ],
    [ 'without user verification', flags => 0x41 ], [ 'without presence', flags => 0x44 ],
    [ "over another account's challenge", challenge => $of_bob ],
    [ "over another session's challenge", challenge => $elsewhere ],
    [ "over a sign-in's challenge", challenge => $to_sign_in ],
    [ 'over a challenge of its own', challenge => encode_base64url('x' x 56) ],
    [ 'over none', challenge => '' ],
) {
    my ($what, %with) = @$case;
    my $got = register($a, %with);
    is code_of($got), '400 invalid_passkey', "no passkey is made $what";
    ok $got->{json}{reason}, "and the answer says why: $got->{json}{reason}";
}
is scalar(@{$a->get('/account/passkeys')->{json}{items}}), 0, 'none of them was stored';

my %key = map { $_ => $app->passkey_on($alice, algorithm => $_) } -7, -8, -257;
my @first = values %key;
is scalar(grep { defined $_->{answer}{backup_codes} } @first), 1, 'the first second factor brings backup codes';
is $key{-7}{answer}{passkey}{name}, 'Passkey', 'a passkey has a name';
my $items = $a->get('/account/passkeys')->{json}{items};
is scalar(@$items), 3, 'three algorithms';
is_deeply [ sort map { $_->{credential_id} } @$items ], [ sort map { $_->{credential}{id} } @first ], 'by their ids';
is scalar(@{$a->post('/account/passkeys/options')->{json}{public_key}{excludeCredentials}}), 3,
    'browsers are told what there is already';

my $opt = $a->post('/account/passkeys/options')->{json}{public_key};
my $made = $app->ask('create', options => $opt);
my %once = map { $_ => $made->{$_} } qw(client_data attestation_object);
is $a->post('/account/passkeys', \%once)->{status}, 201, 'a registration';
is code_of($a->post('/account/passkeys', \%once)), '400 invalid_passkey', 'sent again is none: its challenge was used';
my $same = register($a, id => $made->{credential}{id});
is code_of($same), '409 passkey_exists', 'a credential is registered once';
is code_of(register($bob->{client}, id => $made->{credential}{id})), '409 passkey_exists', 'whoever has it';

for my $bad ('', 'AA', encode_base64url("\xa3" . 'x' x 30), encode_base64url("\x9a\x04\x00\x00\x00"),
             encode_base64url('x' x 4096)) {
    my $got = $a->post('/account/passkeys', { client_data => $app->ask('create',
        options => $a->post('/account/passkeys/options')->{json}{public_key})->{client_data}, attestation_object => $bad });
    like code_of($got), qr/^400 invalid_(?:passkey|parameter)$/, 'no attestation object: ' . substr $bad, 0, 12;
}

# ---- names ----

my $id = $items->[0]{id};
is $a->patch("/account/passkeys/$id", { name => 'My phone' })->{json}{name}, 'My phone', 'it is renamed';
is code_of($bob->{client}->patch("/account/passkeys/$id", { name => 'x' })), '404 not_found', "not by others";
is code_of($bob->{client}->delete("/account/passkeys/$id")), '404 not_found', 'who can not remove it, either';

# ---- signing in ----

my $asked = $c->post('/sessions', { login => 'alice', password => $password });
is code_of($asked), '401 factor_required', 'the password alone is no longer enough';
is_deeply $asked->{json}{factors}, [qw(backup_code passkey)], 'and the answer says what is';

for my $algorithm (-7, -8, -257) {
    my $got = sign_in($app->assertion($c, $key{$algorithm}));
    is_deeply [ $got->{status}, $got->{json}{account}{username} ], [ 201, 'alice' ], "a passkey of $algorithm signs in";
}
my $without_user = $app->assertion($c, $key{-7});
delete $without_user->{user_handle};
is sign_in($without_user)->{status}, 201, 'the user handle may be left out';
is sign_in({ %{$app->assertion($c, $key{-7})}, user_handle => undef })->{status}, 201, 'or be null';

my $assertion = $app->assertion($c, $key{-7});
is sign_in($assertion)->{status}, 201, 'an assertion';
is code_of(sign_in($assertion)), '401 factor_wrong', 'is good once';
my $fresh = $app->assertion($c, $key{-7});
my %at_once;
$at_once{$_}++ for together(4, sub { sign_in($fresh)->{status} });
is_deeply \%at_once, { 201 => 1, 401 => 3 }, 'at once, too' or diag explain \%at_once;
is scalar(grep { $_->{cloned} } @{$a->get('/account/passkeys')->{json}{items}}), 0,
    'which is not taken for a clone';

my $created = $a->post('/account/passkeys/options')->{json}{public_key}{challenge};
my $proof = $c->post('/passkeys/challenge', { purpose => 'proof', session => $alice->{session} })->{json}{public_key}{challenge};
for my $case (
    [ 'of another page', origin => 'https://evil.example' ], [ 'in a frame', client => { crossOrigin => JSON::PP::true() } ],
    [ 'of another relying party', rp_id => 'example.org' ], [ 'of a registration', type => 'webauthn.create' ],
    [ 'without user verification', flags => 0x01 ], [ 'without presence', flags => 0x04 ],
    [ 'with extensions that nobody asked for', flags => 0x85 ],
    [ "over a registration's challenge", challenge => $created ], [ "over a proof's challenge", challenge => $proof ],
    [ 'over a challenge of its own', challenge => encode_base64url('x' x 56) ],
) {
    my ($what, %with) = @$case;
    is code_of(sign_in($app->assertion($c, $key{-7}, %with))), '400 invalid_passkey', "no sign-in by an assertion $what";
}

my $good = $app->assertion($c, $key{-7});
my $flip = sub { my $b = decode_base64url($_[0]); substr($b, -1) ^= "\1"; return encode_base64url($b) };
for my $case ([ 'a changed signature', signature => $flip->($good->{signature}) ],
              [ 'a changed counter', authenticator_data => $flip->($good->{authenticator_data}) ],
              [ "another passkey's id", id => $key{-8}{credential}{id} ],
              [ "nobody's id", id => encode_base64url('nobody has this') ],
              [ "another's user handle", user_handle => encode_base64url('x' x 16) ]) {
    my ($what, %with) = @$case;
    is code_of(sign_in({ %$good, %with })), '401 factor_wrong', "$what is refused";
}
is sign_in($good)->{status}, 201, 'none of which used it up';

my $unknown = sign_in({ %{$app->assertion($c, $key{-7})}, id => encode_base64url('nobody has this') });
my $forged = sign_in({ %{$app->assertion($c, $key{-7})}, signature => encode_base64url('x' x 70) });
$_->{body} =~ s/"request_id":"[^"]+"/x/ for $unknown, $forged;
is $unknown->{body}, $forged->{body}, 'an unknown passkey answers what a forged signature does';

for my $with ([ login => 'alice' ], [ password => $password ], [ totp => '123456' ], [ backup_code => 'A' x 24 ]) {
    is code_of($c->post('/sessions', { passkey => $app->assertion($c, $key{-7}), @$with })), '400 invalid_parameter',
        "$with->[0] has no place beside it";
}
for my $bad ({}, { %$good, more => 1 }, { %$good, signature => 'x=' }, { %$good, id => undef }, 'x') {
    is code_of(sign_in($bad)), '400 invalid_parameter', 'what is no passkey is refused';
}

# a challenge of the server's own, made with its key, of a time that is past

sub challenge_until {
    my ($seconds) = @_;
    open my $python, '-|', 'python3', '-c', <<'END', $db->psql("select encode(secret, 'hex') from chat.meta"), time + $seconds or die $!;
import base64, hashlib, os, struct, sys
key, expires = bytes.fromhex(sys.argv[1]), int(sys.argv[2])
head = os.urandom(16) + struct.pack('>Q', expires)
part = lambda b: struct.pack('>Q', len(b)) + b
tag = hashlib.blake2b(part(b'passkey sign_in') + part(b'') + part(head), key=key, digest_size=32).digest()
print(base64.urlsafe_b64encode(head + tag).rstrip(b'=').decode())
END
    chomp(my $challenge = <$python>);
    return $challenge;
}
is sign_in($app->assertion($c, $key{-7}, challenge => challenge_until(60)))->{status}, 201, 'a challenge of a moment ago';
my $late = sign_in($app->assertion($c, $key{-7}, challenge => challenge_until(-1)));
is_deeply [ code_of($late), $late->{json}{reason} ], [ '400 invalid_passkey', 'the challenge has expired' ],
    'and one that has expired';

# ---- a counter that goes back ----

my $counted = $app->passkey_on($alice, count => 5);
is sign_in($app->assertion($c, $counted, count => 6))->{status}, 201, 'a counter that grew';
is code_of(sign_in($app->assertion($c, $counted, count => 6))), '401 factor_wrong', 'one that stood still is a clone';
is code_of(sign_in($app->assertion($c, $counted, count => 60))), '401 factor_wrong', 'which is never taken again';
my ($clone) = grep { $_->{credential_id} eq $counted->{credential}{id} } @{$a->get('/account/passkeys')->{json}{items}};
ok $clone->{cloned}, 'and its owner is told';
like $db->psql("select outcome || ' ' || target from chat.audit_entry where outcome = 'passkey_cloned' limit 1"),
    qr/^passkey_cloned $clone->{id}$/, 'as the log is';
is $db->psql("select count(*) from chat.audit_entry where action = 'session.sign_in' and outcome = 'factor_wrong'
    and account = '$alice->{id}'") > 5, 1, 'what was refused is in her log';
is $db->psql("select params->>'factor' from chat.mail where template = 'factor_added' and recipient = '$alice->{email}'
    order by id limit 1"), 'the passkey "Passkey"', 'and her mailbox was told of each passkey';
is sign_in($app->assertion($c, $key{-7}, count => 9))->{status}, 201, 'one that began to count';
is code_of(sign_in($app->assertion($c, $key{-7}))), '401 factor_wrong', 'does not stop again';

# ---- proofs ----

sub unproven { $db->psql("update chat.session set proven = null where account = '$_[0]{id}'") }
sub prove { my ($client, $passkey) = @_; return $client->post('/proofs', { passkey => $passkey }) }

unproven($alice);
is code_of($a->delete("/account/passkeys/$clone->{id}")), '403 proof_required', 'a passkey is removed by a proof only';
is code_of($a->post('/account/passkeys', \%once)), '403 proof_required', 'and added';
is code_of(prove($a, $app->assertion($c, $key{-8}))), '400 invalid_passkey', "a sign-in's assertion is no proof";
is code_of(prove($a, $app->assertion($c, $key{-8}, purpose => 'proof', session => $second->{session}))),
    '400 invalid_passkey', "nor is another session's";
is code_of($c->post('/passkeys/challenge', { purpose => 'proof' })), '400 missing_parameter', 'a proof is of a session';
my $bobs = $app->passkey_on($bob);
is code_of(prove($a, $app->assertion($c, $bobs, purpose => 'proof', session => $alice->{session}))), '401 factor_wrong',
    "nor is another account's passkey";
is code_of($a->delete("/account/passkeys/$clone->{id}")), '403 proof_required', 'none of which proved anything';
my $proven = $app->assertion($c, $key{-8}, purpose => 'proof', session => $alice->{session});
is prove($a, $proven)->{status}, 200, 'a passkey alone proves';
is code_of(prove($a, $proven)), '401 factor_wrong', 'once';
is $a->delete("/account/passkeys/$clone->{id}")->{status}, 204, 'so one can be removed';
is code_of(sign_in($app->assertion($c, $counted, count => 100))), '401 factor_wrong', 'and signs in no more';

# ---- without ----

my $count = @{$a->get('/account/passkeys')->{json}{items}};
register($a) for $count + 1 .. 20;
is code_of($a->post('/account/passkeys/options')), '409 too_many_passkeys', 'twenty are enough';
$a->delete("/account/passkeys/$_->{id}") for @{$a->get('/account/passkeys')->{json}{items}};
is_deeply $a->get('/account/factors')->{json}{factors}, ['password'], 'without passkeys there are no backup codes';
sign_in({});
is $c->post('/sessions', { login => 'alice', password => $password })->{status}, 201, 'and the password signs in';

my $none = $s->nginx(http => $ChatTest::Account::unlimited);
my $nc = ChatTest::Account::ready($s, $none);
is $nc->get('/server')->{json}{passkey_rp_id}, undef, 'a server that knows no origin';
is code_of($nc->post('/passkeys/challenge', {})), '501 not_implemented', 'takes no passkeys';
my $guessing = $s->nginx(http => "$ChatTest::Account::unlimited chat_public_url https://Chat.Example.org:443/web;");
my $gc = ChatTest::Account::ready($s, $guessing);
is $gc->get('/server')->{json}{passkey_rp_id}, 'chat.example.org', 'chat_public_url is enough';
my $web = $app->assertion($gc, $bobs, origin => 'https://chat.example.org');
is $gc->post('/sessions', { passkey => $web })->{status}, 201, 'with its origin, without the port that browsers leave out';
is code_of($gc->post('/sessions', { passkey => $app->assertion($gc, $bobs, origin => 'https://example.org') })),
    '400 invalid_passkey', 'and no other';

# ---- upkeep ----

$db->psql("update chat.passkey_challenge set expires = now() - interval '1 second'");
$db->psql('select * from chat.maintain(500)');
is $db->psql('select count(*) from chat.passkey_challenge'), 0, 'used challenges are forgotten once they are expired';

is join("\n", map { $_->complaints } $nginx, $none, $guessing), '', 'nothing to complain about in the log';

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
