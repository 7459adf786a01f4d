# From an empty PostgreSQL to a chat that answers, by one command and ten lines of nginx.conf.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Cluster ();
use ChatTest::Ctl ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new(own => 1);
my $db = $s->cluster(bare => 1);
my $sql = "$ChatTest::Sandbox::root/sql";
my $ctl = ChatTest::Ctl->new($s, database => $db->conninfo('postgres', 'postgres'));

open my $file, '>', $s->dir . '/password' or die $!;
print $file "open sesame 17\n";
close $file;

my @init = ('init', '--role', 'talk-role', '--name', 'talk', '--sql', $sql,
            '--password-file', $s->dir . '/password');

my $r = $ctl->run(@init);
is($r->{rc}, 0, 'an empty PostgreSQL is made ready') or BAIL_OUT($r->{out} . $r->{err});
unlike($r->{out} . $r->{err}, qr/sesame/, 'the password is not said');
unlike($db->log, qr/sesame/, 'nor in PostgreSQL\'s log');
my ($info) = $r->{out} =~ /chat_database  "(.*?)";/;
is($info, "host=" . $db->dir . ' dbname=talk user=talk-role', 'what nginx.conf needs is said');
like($db->psql_super('postgres',
        "select rolpassword from pg_authid where rolname = 'talk-role'"), qr/^SCRAM-SHA-256\$/,
     'the role has its password, as a verifier');
is($db->psql_super('postgres', "select pg_encoding_to_char(encoding) from pg_database
    where datname = 'talk'"), 'UTF8', 'the database is UTF-8');

$r = $ctl->json(@init);
is_deeply([ $r->{rc}, $r->{json} ], [ 0, { database => 'talk', role => 'talk-role',
          chat_database => $info } ], 'once more changes nothing');

my $nginx = $s->nginx(database => $info, http => $ChatTest::Account::unlimited);
ChatTest::Account::ready($s, $nginx);
is($s->client($nginx)->get('/health/ready')->{status}, 200, 'a module that connects as that role serves');

is(ChatTest::Ctl->new($s, database => "$info")->run('init', '--name', 'x', '--sql', $sql)->{rc}, 1,
   'a role that may not make databases is told');

# upgrades

my $owner = ChatTest::Ctl->new($s, database => $db->conninfo('postgres', 'talk'));
$r = $owner->json('migrate', '--sql', $sql);
is_deeply([ $r->{rc}, $r->{json}{applied} ], [ 0, [] ], 'a migration that has nothing to do');
is(ChatTest::Ctl->new($s, database => $info)->run('migrate', '--sql', $sql)->{rc}, 1,
   'the module\'s role may not migrate');
is($owner->run('migrate', '--sql', $s->dir)->{rc}, 1, 'a directory without SQL files is told');
$db->psql_super('talk', 'update chat.meta set version = 9999;
    insert into chat.migration (number, name) values (9999, \'later\')');
$r = $owner->run('migrate', '--sql', $sql);
is($r->{rc}, 1, 'a later release\'s schema is left alone');
like($r->{err}, qr/newer release/, 'and that is said');

done_testing;
