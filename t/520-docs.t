# docs/openapi.yaml and docs/asyncapi.yaml say what the server does: the table
# of operations agrees with them both ways, and what the server says to every
# operation, well and badly, fits their schemas.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use JSON::PP ();
use Test::More;

use ChatTest::Chat ();
use ChatTest::Client ();
use ChatTest::Groups ();
use ChatTest::Mls ();
use ChatTest::Passkey ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

plan skip_all => 'make deps installs what reads the documents'
    if !-d "$FindBin::Bin/../tools/node_modules/ajv";

my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(
    http => "$ChatTest::Chat::limits chat_limit mail rate=1000r/s burst=1000; chat_maintain 1s; chat_passkey rp_id=localhost origin=http://localhost;",
    server => 'location = /operations { chat_operations; }
               location /closed/ { chat; chat_registration closed; }');
my $chat = ChatTest::Chat->new(sandbox => $sandbox, nginx => $nginx);
my $json = JSON::PP->new->canonical->utf8;
my @recorded;

# one request, its answer recorded as the operation's
sub ask {
    my ($operation, $client, @request) = @_;
    my $got = $client->call(@request);
    my ($type) = ($got->{headers}{'content-type'} || '') =~ /^([^;]*)/;
    my %answer = (operation => $operation, status => $got->{status} + 0,
                  type => $type, body => $got->{json});

    $answer{frames} = [map { my %f = %$_; delete $f{payload}; \%f }
                       ChatTest::Socket->payload_frames($got->{body})]
        if $type =~ /frames$/;
    push @recorded, \%answer;

    return $got;
}

sub say_of {
    my ($message, $body, $binary) = @_;
    my %body = %{$body || {}};
    delete $body{payload} if $binary;
    push @recorded, { message => $message, body => \%body };
    return $body;
}

my $anyone = $sandbox->client($nginx);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $none = '00000000-0000-4000-8000-000000000000';
my $frames = 'application/vnd.ngx-chat.frames';
my $secret = 'a long password of carol';

# ---- everything once by HTTP ----

ask(server_get => $anyone, GET => '/server');
ask(server_get => $anyone, GET => '/server?x=1');
ask(server_get => $anyone, POST => '/server');
ask(health_live => $anyone, GET => '/health/live');
ask(health_ready => $anyone, GET => '/health/ready');

my $new = { username => 'carol', email => 'carol@example.org',
            password => $secret, device_name => 'Phone' };
my $carol = ask(account_register => $anyone, POST => '/accounts', $new)->{json};
ask(account_register => $anyone, POST => '/accounts', { %$new, username => 'bob' });
ask(account_register => $anyone, POST => '/accounts',
    { %$new, username => 'dave', password => 'short' });
ask(account_register => $anyone, POST => '/accounts', { %$new, email => 'x' });
ask(account_register => $anyone, POST => '/accounts', '{"', 'content-type' => 'application/json');
ask(account_register => $anyone, POST => '/accounts', 'x', 'content-type' => 'text/plain');
ask(account_register => ChatTest::Client->new(port => $nginx->port, base => '/closed/v1'),
    POST => '/accounts', $new);

my $device = $sandbox->client($nginx);
$device->token($carol->{token});
my $verification = "/verifications/$carol->{verification}{id}/confirm";

ask(account_lookup => $device, GET => '/accounts?username=alice');
ask(verification_create => $device, POST => '/verifications', { send_attempt => 1 });
ask(verification_create => $device, POST => '/verifications', {});
my $code = $sandbox->cluster->psql(
    "SELECT params->>'code' FROM chat.mail ORDER BY id DESC LIMIT 1");
$code = $code->[0] if ref $code;
chomp $code;
my $wrong = $code eq '00000000' ? '00000001' : '00000000';
ask(verification_confirm => $device, POST => $verification, { code => $wrong });
ask(verification_confirm => $anyone, POST => $verification,
    { code => $code, password => 'not the password of carol' });
ask(verification_confirm => $device, POST => "/verifications/$none/confirm", { code => $code });
ask(verification_confirm => $device, POST => $verification, {});
ask(verification_confirm => $device, POST => $verification, { code => $code });
ask(verification_create => $device, POST => '/verifications', { send_attempt => 3 });

my $sign_in = { login => 'carol', password => $secret };
my $second = ask(session_create => $anyone, POST => '/sessions', $sign_in)->{json};
ask(session_create => $anyone, POST => '/sessions',
    { %$sign_in, session => $second->{session}{id},
      device_secret => $second->{device_secret} });
ask(session_create => $anyone, POST => '/sessions', { %$sign_in, password => 'wrong' });
ask(session_end => $device, DELETE => '/sessions/current');
ask(session_end => $device, DELETE => '/sessions/current');

# ---- proofs, the password, the address ----

$device->token($second->{token});
my $mailed = sub {
    my ($template, $what) = @_;
    my $got = $sandbox->cluster->psql("SELECT params->>'$what' FROM chat.mail
        WHERE template = '$template' ORDER BY id DESC LIMIT 1");
    chomp $got;
    return $got;
};
my $link_of = sub { return (split /\./, $mailed->($_[0], 'link'))[1, 2] };
$device->token($anyone->post('/sessions', $sign_in)->{json}{token});
ask(proof_create => $device, POST => '/proofs', { password => 'wrong' });
ask(proof_create => $device, POST => '/proofs', { password => $secret });
$sandbox->cluster->psql("update chat.session set proven = null where account = '$carol->{account}{id}'");
ask(email_change_create => $device, POST => '/account/email', { email => 'carol2@example.org', send_attempt => 1 });
ask(device_revoke_others => $device, POST => '/devices/revoke_others');
$device->post('/proofs', { password => $secret });
my $change = ask(email_change_create => $device, POST => '/account/email',
    { email => 'carol2@example.org', send_attempt => 1 })->{json}{id};
ask(email_change_confirm => $device, POST => "/email_changes/$change/confirm", { code => '00000000' });
ask(email_change_confirm => $device, POST => "/email_changes/$none/confirm", { code => '00000000' });
ask(email_change_confirm => $device, POST => "/email_changes/$change/confirm",
    { code => $mailed->('email_change', 'code') });
ask(password_change => $device, PUT => '/account/password', { current_password => 'x', password => "$secret 2" });
ask(password_change => $device, PUT => '/account/password', { current_password => $secret, password => 'short' });
ask(password_change => $device, PUT => '/account/password', { current_password => $secret, password => "$secret 2" });
ask(sessions_end_others => $device, POST => '/sessions/end_others');
ask(device_revoke_others => $device, POST => '/devices/revoke_others');
my ($way, $back) = $link_of->('email_changed');
ask(email_change_revert => $anyone, POST => "/email_changes/$none/revert", { link => $back });
ask(email_change_revert => $anyone, POST => "/email_changes/$way/revert", { link => $back });
my $reset = ask(password_reset_create => $anyone, POST => '/password_resets',
    { email => 'carol@example.org', send_attempt => 1 })->{json}{id};
ask(password_reset_confirm => $anyone, POST => "/password_resets/$reset/confirm",
    { code => '00000000', password => $secret });
ask(password_reset_confirm => $anyone, POST => "/password_resets/$none/confirm",
    { code => '00000000', password => $secret });
ask(password_reset_confirm => $anyone, POST => "/password_resets/$reset/confirm",
    { code => $mailed->('password_reset', 'code'), password => $secret });

my ($a, $b) = ($alice->{client}, $bob->{client});
my $etag = ask(account_get => $a, GET => '/account')->{headers}{etag};
ask(account_get => $anyone, GET => '/account');
ask(account_update => $a, PATCH => '/account', { display_name => 'Alice' }, 'if-match' => $etag);
ask(account_update => $a, PATCH => '/account', { display_name => 'A' }, 'if-match' => $etag);
ask(account_update => $a, PATCH => '/account', { display_name => '' });
ask(account_lookup => $a, GET => '/accounts?username=bob');
ask(account_lookup => $a, GET => '/accounts?username=nobody');

ask(account_export => $a, GET => '/account/export');
ask(account_export => $a, GET => '/account/export?cursor=x');
ask(account_delete => $a, POST => '/account/delete', {});
ask(account_get => $a, GET => '/account');
ask(account_delete_cancel => $a, POST => '/account/delete/cancel', {});
ask(block_add => $a, PUT => "/blocks/$carol->{account}{id}");
ask(block_add => $a, PUT => "/blocks/$none");
ask(block_list => $a, GET => '/blocks');
ask(conversation_direct => $a, PUT => "/conversations/direct/$carol->{account}{id}");
ask(block_remove => $a, DELETE => "/blocks/$carol->{account}{id}");

ask(conversation_direct => $a, PUT => "/conversations/direct/$bob->{id}", { payload => 'opaque' });
my $talk = ask(conversation_direct => $a, PUT => "/conversations/direct/$bob->{id}")->{json}{id};
ask(conversation_direct => $a, PUT => "/conversations/direct/$none");
my $path = "/conversations/$talk";

my $id = ChatTest::Chat::uuid();
my $frame = ChatTest::Socket->payload_frame({ client_id => $id }, "\x00\xff");
ask(entry_send => $a, POST => "$path/entries", $frame, 'content-type' => $frames);
ask(entry_send => $a, POST => "$path/entries", $frame, 'content-type' => $frames);
ask(entry_send => $a, POST => "$path/entries", { client_id => $id, payload => 'AAAA' });
ask(entry_send => $a, POST => "$path/entries", { client_id => ChatTest::Chat::uuid(), payload => 'aGVsbG8' });
ask(entry_send => $a, POST => "$path/entries", { client_id => $id, payload => '=' });
ask(entry_send => $a, POST => "$path/entries", { client_id => $id });
ask(entry_send => $a, POST => "$path/entries", $frame . $frame, 'content-type' => $frames);
ask(entry_send => $a, POST => "$path/entries", 'x', 'content-type' => $frames);
ask(entry_send => $a, POST => "/conversations/$none/entries", $frame, 'content-type' => $frames);
ask(entry_send => $a, POST => "$path/entries",
    ChatTest::Socket->payload_frame({ client_id => $id }, 'x' x 65537), 'content-type' => $frames);

ask(entry_list => $b, GET => "$path/entries");
ask(entry_list => $b, GET => "$path/entries?after=0&limit=1", undef, accept => 'application/json');
ask(entry_list => $b, GET => "$path/entries?limit=201");
ask(entry_list => $b, GET => "$path/entries", undef, accept => 'text/html');
ask(entry_list => $b, GET => "/conversations/$none/entries");
ask(events_get => $b, GET => '/events?wait=1');
ask(events_get => $b, GET => '/events?limit=5', undef, accept => 'application/json');
ask(events_get => $b, GET => '/events?wait=61');
ask(ack => $b, POST => '/ack', { cursors => { $talk => 2 } });
ask(ack => $b, POST => '/ack', { cursors => { x => 2 } });
ask(conversation_list => $b, GET => '/conversations?limit=1');
ask(conversation_list => $b, GET => '/conversations?cursor=x');
ask(conversation_get => $b, GET => $path);
ask(conversation_get => $b, GET => "/conversations/$none");
ask(conversation_get => $b, GET => '/conversations/x');
ask(conversation_read => $b, POST => "$path/read", { seq => 1 });
ask(conversation_read => $b, POST => "$path/read", { seq => 1000 });
ask(conversation_read => $b, POST => "/conversations/$none/read", { seq => 1 });
ask(socket => $a, GET => '/socket');
ask(socket => $anyone, GET => '/socket');

# ---- second factors ----

my $frank = $chat->person('frank');
my $app = ChatTest::Passkey->new;
my ($f, $of_frank) = ($frank->{client}, { login => 'frank', password => 'a long password of frank' });

ask(audit_list => $f, GET => '/account/audit?limit=1');
ask(audit_list => $f, GET => '/account/audit?limit=0');
ask(factor_list => $f, GET => '/account/factors');

ask(backup_codes_renew => $f, POST => '/account/backup_codes');
my $totp = ask(totp_create => $f, POST => '/account/totp')->{json}{secret};
ask(totp_confirm => $f, POST => '/account/totp/confirm', { code => $app->code($totp, 5) });
ask(totp_confirm => $f, POST => '/account/totp/confirm', { code => 'x' });
ask(totp_confirm => $f, POST => '/account/totp/confirm', { code => $app->code($totp, -1) });
ask(totp_confirm => $f, POST => '/account/totp/confirm', { code => $app->code($totp) });
my $codes = ask(backup_codes_renew => $f, POST => '/account/backup_codes')->{json}{backup_codes};
ask(factor_list => $f, GET => '/account/factors');

ask(session_create => $anyone, POST => '/sessions', $of_frank);
ask(session_create => $anyone, POST => '/sessions', { %$of_frank, totp => '000000' });
ask(session_create => $anyone, POST => '/sessions', { %$of_frank, totp => $app->code($totp) });
ask(proof_create => $f, POST => '/proofs', { password => $of_frank->{password} });
ask(proof_create => $f, POST => '/proofs', { password => $of_frank->{password}, backup_code => $codes->[0] });

my $for_browser = ask(passkey_options => $f, POST => '/account/passkeys/options')->{json}{public_key};
my $passkey = $app->ask('create', options => $for_browser);
my %to_store = map { $_ => $passkey->{$_} } qw(client_data attestation_object);
my $stored = ask(passkey_create => $f, POST => '/account/passkeys', \%to_store)->{json}{passkey};
ask(passkey_create => $f, POST => '/account/passkeys', \%to_store);
ask(passkey_list => $f, GET => '/account/passkeys');
ask(passkey_rename => $f, PATCH => "/account/passkeys/$stored->{id}", { name => 'Key' });
ask(passkey_rename => $f, PATCH => "/account/passkeys/$none", { name => 'Key' });
my $challenge = ask(passkey_challenge => $anyone, POST => '/passkeys/challenge', {})->{json}{public_key};
my $signed = $app->ask('get', options => $challenge, credential => $passkey->{credential});
ask(session_create => $anyone, POST => '/sessions', { passkey => $signed });
ask(session_create => $anyone, POST => '/sessions', { passkey => $signed });
ask(session_create => $anyone, POST => '/sessions', { passkey => {} });
ask(passkey_challenge => $anyone, POST => '/passkeys/challenge', { purpose => 'proof' });
ask(proof_create => $f, POST => '/proofs', { passkey => $signed });
ask(proof_create => $f, POST => '/proofs', { passkey => $app->assertion($f, $passkey, purpose => 'proof',
    session => $frank->{session}) });
ask(passkey_delete => $f, DELETE => "/account/passkeys/$none");
ask(passkey_delete => $f, DELETE => "/account/passkeys/$stored->{id}");
ask(totp_delete => $f, DELETE => '/account/totp');
ask(totp_delete => $f, DELETE => '/account/totp');
$sandbox->cluster->psql("update chat.session set proven = null where id = '$frank->{session}'");
ask(totp_create => $f, POST => '/account/totp');
ask(passkey_options => $f, POST => '/account/passkeys/options');

# ---- devices ----

my $mls = ChatTest::Mls->new;
my $account_key = $mls->key;
$alice->{key} = $mls->key;
my $certificate = $mls->certificate($account_key, $alice);
my $public = { public_key => $account_key->{public} };

ask(account_devices => $b, GET => "/accounts/$alice->{id}/devices");
ask(account_devices => $b, GET => "/accounts/$none/devices");
ask(account_key_set => $a, PUT => '/account/key', $public);
ask(account_key_set => $a, PUT => '/account/key', $public);
ask(account_key_set => $a, PUT => '/account/key', { public_key => $mls->key->{public} });
ask(account_key_set => $a, PUT => '/account/key', { public_key => 'A' });
ask(key_package_upload => $a, POST => '/key_packages', { key_packages => [] });
ask(device_key_set => $a, PUT => '/devices/current/key',
    { signature_key => $alice->{key}{public}, certificate => { %$certificate, created => 1 } });
ask(device_key_set => $a, PUT => '/devices/current/key',
    { signature_key => $alice->{key}{public}, certificate => $certificate });
ask(account_devices => $b, GET => "/accounts/$alice->{id}/devices");

my $phone = $chat->device($alice);
my $p = $phone->{client};
my $of_phone = "/devices/$phone->{session}";
ask(conversation_list => $p, GET => '/conversations');
ask(device_approve => $a, POST => "$of_phone/approve", { certificate => $certificate });
ask(link_put => $p, PUT => "$of_phone/link", { step => 'offer', data => 'AAEC' });
ask(link_put => $p, PUT => "$of_phone/link", { step => 'sealed', data => 'AAEC' });
ask(link_put => $a, PUT => "$of_phone/link", { step => 'sealed', data => 'AAEC' });
ask(link_put => $a, PUT => "$of_phone/link", { step => 'answer' });
ask(device_list => $a, GET => '/devices');
$phone->{key} = $mls->key;
ask(device_key_set => $p, PUT => '/devices/current/key', { signature_key => $phone->{key}{public} });
ask(device_approve => $a, POST => "$of_phone/approve", { certificate => $certificate });
ask(device_approve => $a, POST => "$of_phone/approve",
    { certificate => $mls->certificate($account_key, $phone) });
ask(device_approve => $a, POST => "/devices/$none/approve", { certificate => $certificate });
ask(device_rename => $a, PATCH => $of_phone, { name => 'Phone' });
ask(device_rename => $a, PATCH => $of_phone, { name => '' });

my @packages = $mls->key_packages($alice, 2);
ask(key_package_upload => $a, POST => '/key_packages',
    { key_packages => [ $packages[0] ], last_resort => $packages[1] });
ask(key_package_upload => $a, POST => '/key_packages', { key_packages => [ 'AAAA' ] });
ask(key_package_count => $a, GET => '/key_packages/count');
ask(key_package_claim => $b, POST => "/accounts/$alice->{id}/key_packages/claim", { cipher_suite => 1 });
ask(key_package_claim => $b, POST => "/accounts/$none/key_packages/claim", {});

ask(recovery_get => $a, GET => '/account/recovery');
ask(recovery_set => $a, PUT => '/account/recovery', { data => 'AAEC' });
ask(recovery_set => $a, PUT => '/account/recovery', {});
ask(recovery_get => $a, GET => '/account/recovery');
my $part = ChatTest::Socket->payload_frame({}, "\x00\xff");
ask(archive_put => $a, PUT => '/account/archive/0', $part, 'content-type' => $frames);
ask(archive_put => $a, PUT => '/account/archive/0', { payload => 'AAEC' });
ask(archive_put => $a, PUT => '/account/archive/1024', $part, 'content-type' => $frames);
ask(archive_put => $a, PUT => '/account/archive/0', 'x', 'content-type' => $frames);
ask(archive_list => $a, GET => '/account/archive');
ask(archive_get => $a, GET => '/account/archive/0');
ask(archive_get => $a, GET => '/account/archive/0', undef, accept => 'application/json');
ask(archive_get => $a, GET => '/account/archive/0', undef, accept => 'text/html');
ask(archive_get => $a, GET => '/account/archive/1');

my $keeper = $chat->socket($alice);
$keeper->resume;
say_of(frame => $keeper->call(archive_get => { part => 0 }), 1);
say_of(answer => $keeper->call(archive_put => { part => 1 }, 'x'));
say_of(answer => $keeper->call(device_list => {}));
say_of(refusal => $keeper->call(archive_get => { part => 2 }));
ask(archive_delete => $a, DELETE => '/account/archive');
ask(device_revoke => $a, DELETE => $of_phone);
ask(device_revoke => $a, DELETE => $of_phone);
ask(account_key_reset => $a, POST => '/account/key/reset', { %$public, password => 'wrong' });
ask(account_key_reset => $a, POST => '/account/key/reset',
    { %$public, password => 'a long password of alice' });

# ---- groups and private conversations ----

my $groups = ChatTest::Groups->new(chat => $chat);
my ($dora, $emil) = map { $groups->device($_) } $chat->people(qw(dora emil));
$groups->stock($emil, 2);
my ($d, $e) = ($dora->{client}, $emil->{client});
my $group = ask(conversation_direct => $d, PUT => "/conversations/direct/$emil->{id}",
    { payload => 'mls', cipher_suite => 1 })->{json}{id};
ask(conversation_direct => $d, PUT => "/conversations/direct/$emil->{id}", { cipher_suite => 2 });
my $of_group = "/conversations/$group";

sub committed {
    my ($device, $talk, $made, %opt) = @_;
    my @bytes = map { ChatTest::Groups::bytes($made->{$_}) } qw(commit welcome group_info);
    my $got = ask(commit => $device->{client}, POST => "/conversations/$talk/commits",
        ChatTest::Socket->payload_frame({ client_id => ChatTest::Chat::uuid(),
            commit_size => length $bytes[0], welcome_size => length $bytes[1],
            group_info_size => length $bytes[2] }, join '', @bytes), 'content-type' => $frames);
    $groups->group($device, $talk, $made->{next}) if $got->{status} == 201;
    return $got;
}

ask(group_info_get => $d, GET => "$of_group/group_info");
$groups->create($dora, $group);
my $began = $groups->make($dora, $group, add => [$groups->claim($dora, $emil->{id})]);
committed($dora, $group, { %$began, welcome => '' });
committed($dora, $group, { %$began, group_info => $began->{commit} });
committed($dora, $group, { %$began, %{$groups->ask(break_group_info =>
    group_info => $began->{group_info})} });
is committed($dora, $group, $began)->{status}, 201, 'a commit';
committed($dora, $group, $began);
ask(commit => $d, POST => "$of_group/commits", { client_id => $none, commit_size => 2,
    welcome_size => 0, group_info_size => 3, payload => 'aGVsbG8' });
$groups->follow($_, $group) for $dora, $emil;
my $said = $groups->ask(encrypt => group => $groups->group($dora, $group), text => 'x');
for (['AAEC', 1], [$said->{message}, 1], [$said->{message}, 2]) {
    ask(entry_send => $d, POST => "$of_group/entries", { client_id => ChatTest::Chat::uuid(),
        epoch => $_->[1], payload => $_->[0] });
}
ask(conversation_get => $d, GET => $of_group);
ask(entry_list => $e, GET => "$of_group/entries", undef, accept => 'application/json');
ask(entry_list => $e, GET => "$of_group/entries");
ask(group_info_get => $e, GET => "$of_group/group_info");
ask(group_info_get => $e, GET => "$of_group/group_info", undef, accept => 'application/json');
ask(group_info_get => $e, GET => "$of_group/group_info", undef, accept => 'text/html');
my $group_id = $groups->conversation($emil, $group)->{group_id};
ask(group_reset => $e, POST => "$of_group/reset", { group_id => $group_id, epoch => 7 });

my $tablet = $groups->device($chat->device($emil));
$groups->stock($tablet, 1);
my $there = $chat->socket($dora);
$there->resume;
$there->event('drained');
my ($new_one) = map { $_->{key_package} } grep { $_->{device} eq $tablet->{session} }
    @{$d->post("/accounts/$emil->{id}/key_packages/claim", {})->{json}{devices}};
committed($dora, $group, $groups->make($dora, $group, add => [$new_one]));
$e->delete("/devices/$tablet->{session}");
say_of(removal_pending => $there->event('removal_pending', 6));
ask(conversation_get => $d, GET => $of_group);
ask(group_reset => $e, POST => "$of_group/reset", { group_id => $group_id, epoch => 2 });

my $private = ask(private_offer => $d, POST => '/conversations/private',
    { account => $emil->{id} })->{json}{id};
ask(private_offer => $d, POST => '/conversations/private', { account => $none });
ask(private_offer => $d, POST => '/conversations/private',
    { account => $emil->{id}, cipher_suite => 2 });
ask(private_accept => $e, POST => "/conversations/$private/accept", { key_package => 'AAEC' });
ask(private_accept => $e, POST => "/conversations/$private/accept",
    { key_package => $groups->ask(key_package => id => $emil->{session})->{key_package} });
ask(private_decline => $e, POST => "/conversations/$private/decline");
ask(conversation_get => $d, GET => "/conversations/$private");
ask(group_info_get => $d, GET => "/conversations/$private/group_info");
ask(private_close => $d, POST => "/conversations/$private/close");
ask(private_close => $d, POST => "/conversations/$none/close");
$private = $d->post('/conversations/private', { account => $emil->{id} })->{json}{id};
ask(private_decline => $e, POST => "/conversations/$private/decline");

# ---- everything once by socket ----

my $socket = $chat->socket($bob);
push @recorded, { operation => 'socket', status => $socket->status + 0 };
say_of(hello => $socket->event('hello'));
say_of(refusal => $socket->call(resume => { log_epoch => $none, cursors => {} }));
my $resync = say_of(resync => $socket->event('resync'));
say_of(answer => $socket->call(resume =>
    { log_epoch => $resync->{log_epoch}, cursors => {} }));
say_of(drained => $socket->event('drained'));
$chat->send($alice, $talk, 'live');
say_of(entry => $socket->event('entry'), 1);
say_of(answer => $socket->call(ack => { cursors => { $talk => 3 } }));
say_of(answer => $socket->call(conversation_get => { conversation => $talk }));
say_of(answer => $socket->call(entry_send =>
    { conversation => $talk, client_id => ChatTest::Chat::uuid() }, 'x'));
say_of(entries => $socket->call(entry_list => { conversation => $talk }), 1);
say_of(refusal => $socket->call(nothing => {}));

my $other = $chat->socket($alice);
$other->resume;
$other->event('drained');       # receipts before it are state that is read again
$socket->call(conversation_read => { conversation => $talk, seq => 3 });
say_of(receipt => $other->event('receipt'));

# ---- the documents ----

my $dir = $nginx->dir;
my $operations = ChatTest::Client->new(port => $nginx->port, base => '')->get('/operations')->{body};
for (['operations', $operations], ['recorded', $json->encode(\@recorded)]) {
    my ($name, $text) = @$_;
    open my $out, '>', "$dir/$name.json" or die $!;
    print $out $text;
    close $out or die $!;
}

open my $check, '-|', 'node', "$FindBin::Bin/../tools/check-docs.mjs",
    "$dir/operations.json", "$dir/recorded.json" or die "node: $!";
my $failed = 0;
while (my $line = <$check>) {
    if ($line =~ /^(ok|not ok) \d+ - (.*)/) {
        $failed = $1 ne 'ok';
        ok $1 eq 'ok', $2;
    } elsif ($failed) {
        diag $line =~ s/^# //r;
    }
}
ok close $check, 'the check came to its end';

done_testing;
