# The audit log: each account reads what happened to it; the operator has a copy in a file, line by
# line, that no restart or rotation tears.

use strict;
use warnings;

use JSON::PP ();
use Test::More;

binmode $_, ':utf8' for Test::More->builder->failure_output;

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

my $s = ChatTest::Sandbox->new;
my $db = $s->cluster;
my $file = "$ENV{TEST_NGINX_CHAT_DIR}/audit.jsonl";
my $nginx = $s->nginx(http => "$ChatTest::Account::unlimited chat_audit file=$file;", workers => 2,
                      server => 'location = /metrics { chat_metrics; }');
my $c = ChatTest::Account::ready($s, $nginx);
my $password = $ChatTest::Account::password;
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');
my $bob = ChatTest::Account->verified($s, $nginx, 'bob');

sub entries {
    my ($who, $query) = @_;
    my $got = $who->{client}->get('/account/audit' . ($query || ''));
    is($got->{status}, 200, 'the log answers') or diag $got->{body};
    return @{$got->{json}{items}};
}

sub actions { join ', ', map { $_->{action} . ($_->{outcome} eq 'ok' ? '' : " $_->{outcome}") } @_ }

# what happened is there, the newest first

is(actions(entries($alice)), 'account.verify, account.register', 'a new account');

my $phone = $alice->sign_in(device_name => 'Phone');
my $wrong = $c->post('/sessions', { login => 'ALICE@example.org', password => 'wrong' },
                     'x-request-id' => 'guess-1');
is($wrong->{json}{code}, 'invalid_credentials', 'somebody guesses');
$phone->{client}->patch("/devices/$alice->{session}", { name => 'Laptop' });

my @said = entries($alice);
is(actions(@said[0 .. 2]), 'device.rename, session.sign_in invalid_credentials, session.sign_in',
   'a rename, a guess and a sign-in');
is($said[0]{session}, $phone->{session}, 'by which session');
is($said[0]{device_name}, 'Phone', 'and device');
is($said[0]{target}, $alice->{session}, 'to which');
is($said[1]{session}, undef, 'a guess has no session');
is($said[1]{request_id}, 'guess-1', 'but the request that the problem named');
is_deeply([ map { $_->{address} } @said[0 .. 2] ], [ ('127.0.0.0/24') x 3 ],
          'where from: the network, no more');
like($said[0]{at}, qr/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'and when');
unlike(JSON::PP::encode_json(\@said), qr/\Q$password\E|wrong|$alice->{token}/, 'nothing secret');

is(scalar(grep { $_->{action} =~ /sign_in/ } entries($bob)), 0, 'another account reads its own only');
is($c->get('/account/audit')->{status}, 401, 'nobody without a session');

my @first = entries($alice, '?limit=2');
my $next = $alice->{client}->get('/account/audit?limit=2')->{json}{next};
is(actions(@first, entries($alice, "?limit=100&cursor=$next")), actions(entries($alice)),
   'page by page it is the same');
is($alice->{client}->get('/account/audit?cursor=x')->{json}{parameter}, 'cursor', 'a bad cursor is named');

my $socket = ChatTest::Socket->new(port => $nginx->port, token => $phone->{token});
my $reply = $socket->call('audit_list', { limit => 1 });
is($reply->{ok}{items}[0]{action}, 'device.rename', 'it is there on the socket, too');
$socket->call('session_end');
my ($out) = entries($alice);
is("$out->{action} $out->{session} $out->{address}", "session.sign_out $phone->{session} 127.0.0.0/24",
   'what a socket does is told like the rest');

# an unknown login is not kept as it was typed: people type passwords there

$c->post('/sessions', { login => 'hunter2-is-my-password', password => 'x' });
is($db->psql("select count(*) from chat.audit_entry where account is null and outcome = 'invalid_credentials'"),
   1, 'an unknown login leaves an entry');
is($db->psql("select count(*) from chat.audit_entry e where e::text like '%hunter2%'"), 0,
   'without what was typed');

# messages are not acts

my $before = $db->psql('select count(*) from chat.audit_entry');
my $talk = $alice->{client}->put("/conversations/direct/$bob->{id}", {})->{json}{id};
$alice->{client}->post("/conversations/$talk/entries",
    ChatTest::Socket->payload_frame({ client_id => '01a20565-fa40-7150-879e-123c44588df5' }, 'hello'),
    'content-type' => 'application/vnd.ngx-chat.frames');
is($db->psql('select count(*) from chat.audit_entry'), $before, 'a message leaves no entry');

# the file

sub lines {
    my ($path) = @_;
    open my $in, '<:raw', $path or return;
    return <$in>;
}

sub sealed { $db->psql('select number from chat.audit_state()') }

sub written {
    my (@paths) = @_;
    my ($count, @lines) = $db->psql('select count(*) from chat.audit_entry');
    ChatTest::Process::wait_for(15, sub {
        @lines = map { lines($_) } @paths;
        @lines >= $count && sealed() == $count
    }) or diag scalar(@lines) . " lines of $count entries, " . sealed() . ' sealed';
    return @lines;
}

my @lines = written($file);
my @json = map { JSON::PP::decode_json($_) } @lines;
is_deeply([ map { $_->{number} } @json ], [ 1 .. @json ], 'each entry is a line, in the order of numbers');
my ($guess) = grep { $_->{request_id} && $_->{request_id} eq 'guess-1' } @json;
is_deeply([ @$guess{qw(action outcome account address)} ],
          [ 'session.sign_in', 'invalid_credentials', $alice->{id}, '127.0.0.0/24' ], 'with all that it says');
is($json[-1]{hash}, $db->psql("select encode(hash, 'hex') from chat.audit_state()"),
   'the last line has the hash of the head');

# what others chose can't end a line, begin one, or move a terminal's cursor

$c->post('/sessions', { login => "x\n{\"number\":1}\n\e[2J", password => 'x' });
$c->post('/sessions', { login => 'alice', password => 'x' }, 'x-request-id' => 'a%0a{"number":1}');
$db->psql(q{select chat.audit(null, null, 'mail.refused', 'ok', E'a\nb\u2028',
    jsonb_build_object('error', E'550 no\r\n{"number":1}\x1b[2J\x7f \u202e \u0085 é 😀'))});
@lines = written($file);
is(scalar(grep { !/\A\{"number" ?: ?\d+,[\x20-\x7e]*\}\n\z/ } @lines), 0,
   'each line is one object of printable ASCII');
my $last = JSON::PP::decode_json($lines[-1]);
is($last->{detail}{error}, "550 no\r\n{\"number\":1}\e[2J\x7f \x{202e} \x{85} \x{e9} \x{1f600}",
   'which says what it was');

# rotation: a new file at USR1, nothing lost or twice

rename $file, "$file.1" or die $!;
kill 'USR1', $nginx->pid;
ok(ChatTest::Process::wait_for(5, sub { -e $file }), 'a new file');
$c->post('/sessions', { login => 'alice', password => 'x' });
written("$file.1", $file);
ok(scalar(lines($file)), 'takes what comes');
is_deeply([ map { JSON::PP::decode_json($_)->{number} } lines("$file.1"), lines($file) ],
          [ 1 .. sealed() ], 'the two together are the log');

# a restart and a worker's death

$nginx->stop;
$db->psql(q{select chat.audit(null, null, 'key.set')}) for 1 .. 250;
$nginx->start;
ChatTest::Account::ready($s, $nginx);
written("$file.1", $file);
is_deeply([ map { JSON::PP::decode_json($_)->{number} } lines("$file.1"), lines($file) ],
          [ 1 .. sealed() ], 'a restart goes on where it ended');

$nginx->kill_worker(0) for 1 .. 2;
ChatTest::Account::ready($s, $nginx);
$c->post('/sessions', { login => 'alice', password => 'x' });
ChatTest::Process::wait_for(45, sub {
    my @now = lines($file);
    $now[-1] =~ /\n\z/ && JSON::PP::decode_json($now[-1])->{number} == $db->psql('select count(*) from chat.audit_entry')
});
my %number = map { JSON::PP::decode_json($_)->{number} => 1 } lines("$file.1"), lines($file);
is_deeply([ sort { $a <=> $b } keys %number ], [ 1 .. sealed() ], 'workers that die lose no entry');

is($db->psql('select count(*) from chat.audit_verify()'), 0, 'the log is whole');

# metrics

my ($count) = $s->client($nginx, base => '')->get('/metrics')->{body} =~ /^ngx_chat_audit_entries_total (\d+)$/m;
ok($count && $count >= 250, 'sealed entries are counted') or diag $count;

is_deeply([ $nginx->complaints ], [], 'nothing went wrong');

done_testing;
