# The whole in numbers, the audit log, the log's epoch.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Ctl ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $ctl = ChatTest::Ctl->new($s);
my $nginx = $s->nginx(http => "$ChatTest::Account::unlimited chat_maintain 1s;");
ChatTest::Account::ready($s, $nginx);

my $ann = ChatTest::Account->verified($s, $nginx, 'ann');
ChatTest::Account->registered($s, $nginx, 'ben');

my $stats = $ctl->json('stats')->{json};
is_deeply([ @$stats{qw(accounts unverified suspended devices signed_in seen_day)} ],
          [ 1, 1, 0, 2, 2, 2 ], 'accounts and devices are counted');
is($stats->{log_epoch}, $s->cluster->psql('select log_epoch from chat.meta'), 'the log\'s epoch');
cmp_ok($stats->{database_bytes}, '>', 1_000_000, 'and the size');
like($ctl->run('stats')->{out}, qr/^accounts +1$/m, 'for people, too');

my $size = $ctl->json('db', 'size')->{json}{items};
my @bytes = map { $_->{total_bytes} } @$size;
is_deeply(\@bytes, [ sort { $b <=> $a } @bytes ], 'tables, the largest first');
my @names = split /\n/, $s->cluster->psql("select tablename from pg_tables where schemaname = 'chat'");
is_deeply([ sort map { $_->{name} } @$size ], [ sort @names ], 'and every one');

my $mail = $ctl->json('mail', 'state')->{json};
is_deeply([ sort keys %$mail ], [ sort qw(waiting oldest_seconds last_error last_error_at) ],
          'the outbox');

# the audit log

my $r = $ctl->json('audit', 'tail', '--user', 'ann');
ok((grep { $_->{action} eq 'account.verify' } @{$r->{json}{items}}), 'what an account did');
is(scalar(grep { ($_->{account} // '') ne $ann->{id} } @{$r->{json}{items}}), 0, 'and nobody else');
is(scalar @{$ctl->json('audit', 'tail', '--limit', 1)->{json}{items}}, 1, 'as many as asked for');

my $whole = ChatTest::Process::wait_for(30, sub {
    my $v = $ctl->run('--json', 'audit', 'verify');
    $v->{out} =~ /"unsealed":0\b/ ? $v : undef
});
ok($whole && $whole->{rc} == 0 && $whole->{out} =~ /"whole":true/, 'the log is whole')
    or diag explain $whole;

# a copy that was kept elsewhere
my $copy = $s->dir . '/audit.log';
open my $out, '>', $copy or die $!;
print $out $s->cluster->psql("select json_build_object('number', number, 'hash',
    encode(hash, 'hex')) from chat.audit_entry where number is not null order by number"), "\n";
close $out;
$r = $ctl->json('audit', 'verify', '--file', $copy);
is_deeply([ $r->{rc}, $r->{json}{whole} ], [ 0, JSON::PP::true ], 'its copy agrees');
cmp_ok($r->{json}{compared}, '>', 0, 'line by line');

open $out, '>>', $copy or die $!;
print $out '{"number":999999,"hash":"', 'ab' x 32, qq("}\n);
close $out;
$r = $ctl->json('audit', 'verify', '--file', $copy);
is_deeply([ $r->{rc}, $r->{json}{whole}, $r->{json}{faults}[0]{number} ],
          [ 1, JSON::PP::false, 999999 ], 'a log that lacks its end is found');
open $out, '>', $copy or die $!;
print $out "no entry\n";
close $out;
is($ctl->json('audit', 'verify', '--file', $copy)->{json}{error}{code}, 'file', 'no copy is told');

$s->cluster->psql_super('chat', "set session_replication_role = replica;
    update chat.audit_entry set outcome = 'changed' where number = 1");
$r = $ctl->json('audit', 'verify');
is_deeply([ $r->{rc}, $r->{json}{faults}[0]{number} ], [ 1, 1 ], 'a changed entry is found');
is($ctl->run('audit', 'verify')->{rc}, 1, 'and the exit code says it');

# following: a line each, none twice

my $followed = $s->dir . '/followed';
my $follower = ChatTest::Process->start(log => $followed, command => [
    $ChatTest::Ctl::binary, '--database', $s->cluster->conninfo, '--json', 'audit', 'tail',
    '--follow', '--action', 'operator.' ]);
ok($ctl->run('user', 'verify', 'ben')->{rc} == 0, 'something happens');
ok(ChatTest::Process::wait_for(20, sub {
    open my $in, '<', $followed or return 0;
    local $/;
    my $text = <$in> // '';
    $text =~ /\A\{[^\n]*"action":"operator\.user\.verify"[^\n]*\}\n\z/
}), 'who follows the log sees it');
$follower->stop;

# the epoch

$r = $ctl->run('new-log-epoch');
is($r->{rc}, 5, 'a new epoch has to be confirmed');
$r = $ctl->json('--yes', 'new-log-epoch');
isnt($r->{json}{log_epoch}, $stats->{log_epoch}, 'it is another one');
is($r->{json}{log_epoch}, $s->cluster->psql('select log_epoch from chat.meta'), 'and holds');

done_testing;
