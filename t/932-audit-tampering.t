# The server's role can't rewrite the audit log; who owns the database can, and the check and the
# operator's copy find it.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Ctl ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $db = $s->cluster;
my $file = "$ENV{TEST_NGINX_CHAT_DIR}/copy.jsonl";
my $ctl = ChatTest::Ctl->new($s);

# a role that owns nothing, with what chatctl gives it

$db->psql_super('chat', "create role served login");
my $granted = ChatTest::Ctl->new($s, database => $db->conninfo('postgres'))
    ->run('migrate', '--sql', "$ChatTest::Sandbox::root/sql", '--grant', 'served');
is($granted->{rc}, 0, 'a role of its own for the server') or diag $granted->{err};

my $nginx = $s->nginx(http => "$ChatTest::Account::unlimited chat_audit file=$file;",
                      database => $db->conninfo('served'));
my $c = ChatTest::Account::ready($s, $nginx);
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');
my $phone = $alice->sign_in(device_name => 'Phone');
$c->post('/sessions', { login => 'alice', password => 'wrong' });
is($phone->{client}->get('/account/audit')->{status}, 200, 'under it the server works');

sub count { $db->psql('select count(*) from chat.audit_entry') }

sub settled {
    return ChatTest::Process::wait_for(15, sub {
        my $n = -e $file ? () = do { open my $in, '<', $file or die $!; <$in> } : 0;
        $n == count() && $db->psql('select open from chat.audit_state()') == 0
    });
}

ok(settled(), 'its acts are sealed and copied');

sub as_served {
    my ($sql) = @_;
    my $out = `$ChatTest::Cluster::bin/psql -XAtq -d '${\ $db->conninfo('served')}' -c "$sql" 2>&1`;
    return $out =~ /permission denied|must be owner|only added/ ? 'denied' : "allowed: $out";
}

for my $sql (
    q{update chat.audit_entry set outcome = 'other'},
    q{set chat.audit_keeper = 'erase'; update chat.audit_entry set detail = null, erased = now(), salt = null},
    q{set chat.audit_keeper = 'expire'; delete from chat.audit_entry},
    q{truncate chat.audit_entry},
    q{insert into chat.audit_entry (action, outcome) values ('key.set', 'ok')},
    q{update chat.audit_chain set number = 0},
    q{insert into chat.audit_action values ('made.up')},
    q{alter table chat.audit_entry disable trigger all},
    q{set session_replication_role = replica},
) {
    is(as_served($sql), 'denied', "it may not: $sql");
}

my $before = count();
$db->psql_as('served', 'chat', 'select chat.audit_expire(0, 10000)');
is(count(), $before, 'nor cut off what is younger than a week');

sub verify {
    my (@more) = @_;
    my $r = $ctl->json('audit', 'verify', @more);
    return join ', ', $r->{rc}, map { "$_->{fault} " . ($_->{number} // '-') } @{$r->{json}{faults}};
}

is(verify('--file', $file), '0', 'it is whole, and its copy says so');

# as the owner of the database

$db->psql_super('chat', q{set session_replication_role = replica;
    update chat.audit_entry set address = '198.51.100.0/24' where number = 2});
is(verify(), '1, changed 2', 'a changed entry is found');
$db->psql_super('chat', q{set session_replication_role = replica;
    update chat.audit_entry set address = '127.0.0.0/24' where number = 2});
is(verify(), '0', 'and what was put back is as it was');

# the last entries go, and the head with them, as whoever knows the code would do it

$nginx->stop;
my ($head) = $db->psql('select number from chat.audit_state()');
$db->psql_super('chat', q{set session_replication_role = replica;
    delete from chat.audit_entry where number > (select number - 2 from chat.audit_chain);
    update chat.audit_chain set number = number - 2;
    update chat.audit_chain c set hash = (select hash from chat.audit_entry e where e.number = c.number)});
is(verify(), '0', 'an end that was cut off with its head does not show by itself');
is(verify('--file', $file), '1, cut ' . ($head - 1) . ", cut $head", 'against the copy it does');

$db->psql("select chat.audit(null, null, 'key.set')");
$db->psql("select chat.audit_seal(10)");
is(verify('--file', $file), '1, other ' . ($head - 1) . ", cut $head", 'even when others come in their place');

is_deeply([ $nginx->complaints ], [], 'nothing went wrong');

done_testing;
