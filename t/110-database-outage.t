# PostgreSQL comes, goes, falls silent, is full or isn't fit: requests are
# answered in time, and all is well again without a reload.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Process ();
use ChatTest::Sandbox ();

use constant DEADLINE => 2;

# a token that the database has to be asked about
my $token = 'ngxc_' . 'A' x 43;

my $sandbox = ChatTest::Sandbox->new(own => 1);
my $cluster = $sandbox->cluster;

sub nginx {
    my (%opt) = @_;
    my $more = delete $opt{more} || '';
    return $sandbox->nginx(
        database => undef,
        http => sprintf('chat_database "%s" timeout=%ds %s;',
                        $opt{conninfo} || $cluster->conninfo, DEADLINE, $more),
        server => 'location /api/ { chat; }', %opt);
}

my $nginx = nginx();

sub ask {
    my ($from) = @_;
    my $client = $sandbox->client($from || $nginx, token => $token);
    my $began = time;
    my $r = $client->get('/account');
    $r->{took} = time - $began;
    return $r;
}

sub ready {
    my ($from) = @_;
    return $sandbox->client($from || $nginx)->get('/health/ready');
}

sub becomes_ready {
    my ($seconds, $from) = @_;
    return ChatTest::Process::wait_for($seconds, sub { ready($from)->{status} == 200 });
}

# asked and answered: nobody has that token
sub works {
    my ($what, $from) = @_;
    is(ask($from)->{status}, 401, "$what: the database is asked");
}

sub refused {
    my ($r, $within, $what) = @_;
    is($r->{status}, 503, "$what: 503");
    like($r->{headers}{'retry-after'} // '', qr/^[1-9]\d*$/, "$what: with Retry-After");
    is($r->{json}{code}, 'unavailable', "$what: as a problem");
    cmp_ok($r->{took}, '<', $within, "$what: within $within s");
}

sub terminate {
    return $cluster->psql_super('chat', q{
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE application_name = 'ngx_chat'});
}

ok(becomes_ready(10), 'ready with a database that is there');
works('at start');

# its connections are cut

cmp_ok(terminate(), '>=', 3, 'all connections of the worker are terminated');
ok($nginx->wait_log(qr/a connection to PostgreSQL was lost/), 'that is told');
ok(becomes_ready(2), 'they are opened again');
works('after pg_terminate_backend');

# it crashes and comes back

for my $n (1 .. 3) {
    $cluster->restart('immediate');
    my $began = time;
    ok(becomes_ready(5), "crash $n: ready again");
    cmp_ok(time - $began, '<', 2, "crash $n: about a second after PostgreSQL is");
    works("after crash $n");
}

# it is gone

$cluster->stop('immediate');
sleep 0.5;
refused(ask(), 1, 'no server');
like(ready()->{json}{reason} // '', qr/can't be reached/, 'readiness says why');
refused(ask(), 0.5, 'no server, asked again');

my @told = $nginx->log =~ /\[error\].*chat: PostgreSQL can't be reached/g;
cmp_ok(scalar @told, '<=', 5, 'told once per change, not per attempt');

$cluster->start;
ok(becomes_ready(3), 'a server that is back is used without a reload');
works('after an outage');

# it wasn't there when nginx started

$cluster->stop;
my $early = nginx();
sleep 0.5;
refused(ask($early), DEADLINE, 'nginx before PostgreSQL');
$cluster->start;
ok(becomes_ready(3, $early), 'nginx before PostgreSQL: ready once it comes');
works('nginx before PostgreSQL', $early);
ok($early->quit, 'and quits');

# it falls silent

$cluster->pause;
refused(ask(), DEADLINE + 1, 'a silent server');
refused(ask(), DEADLINE + 1, 'a silent server, asked again');
my $began = time;
is(ChatTest::Client->new(port => $nginx->port)->get('/health/live')->{status}, 200,
   'the worker lives');
cmp_ok(time - $began, '<', 0.5, 'and answers at once');
$cluster->resume;
ok(becomes_ready(5), 'a server that speaks again is used');
works('after silence');

# connections run out

my $limit = $cluster->psql_super('chat', q{
    ALTER ROLE chat CONNECTION LIMIT 0; SELECT 1});
terminate();
sleep 0.5;
refused(ask(), DEADLINE + 1, 'no connection left');
$cluster->psql_super('chat', 'ALTER ROLE chat CONNECTION LIMIT -1');
ok(becomes_ready(3), 'a connection that is free again is taken');
works('after a shortage');

# several addresses: what doesn't answer is passed by

my $dead = $sandbox->dir . '/nothing';
my $two = nginx(conninfo => sprintf('host=%s,%s dbname=chat user=chat', $dead, $cluster->dir));
ok(becomes_ready(3, $two), 'the second address is used when the first is dead');
works('second address', $two);
unlike($two->log, qr/\[error\]/, 'and that is no error');
ok($two->quit, 'and quits');

# what isn't fit is refused, and told

$cluster->psql_super('postgres', 'CREATE DATABASE empty OWNER chat');
my $empty = nginx(conninfo => $cluster->conninfo('chat', 'empty'));
ok($empty->wait_log(qr/\[error\].*the schema is missing in this database, run "chatctl migrate"/),
   'a missing schema is told with the mend');
refused(ask($empty), DEADLINE, 'no schema');
like(ready($empty)->{json}{reason} // '', qr/run "chatctl migrate"/, 'readiness says so');
ok($empty->quit, 'and quits');

$cluster->psql_super('chat', 'ALTER ROLE chat SET synchronous_commit = off');
my $lazy = nginx();
ok($lazy->wait_log(qr/\[error\].*"synchronous_commit" is off in PostgreSQL.*"unsafe=on"/),
   'a server that forgets what it acknowledged is told');
refused(ask($lazy), DEADLINE, 'synchronous_commit off');
my $unsafe = nginx(more => 'unsafe=on');
ok(becomes_ready(5, $unsafe), 'unsafe=on accepts it');
$cluster->psql_super('chat', 'ALTER ROLE chat RESET synchronous_commit');
ok(becomes_ready(8, $lazy), 'switched on, it is accepted without a reload');

$cluster->psql_super('postgres', 'ALTER SYSTEM SET fsync = off');
$cluster->restart;
ok(ChatTest::Process::wait_for(8, sub { (ready()->{json}{reason} // '') =~ /"fsync" is off/ }),
   'fsync off is refused');
$cluster->psql_super('postgres', 'ALTER SYSTEM RESET fsync');
$cluster->restart;
ok(becomes_ready(8), 'fsync on is accepted');
works('after all that');

# a reload and an exit leave nothing behind

my @old = $nginx->reload;
ok($nginx->wait_gone(10, @old), 'workers with idle connections leave at a reload');
ok(becomes_ready(5), 'the new ones are ready');
ok($nginx->quit, 'nginx quits');
ok($_->quit, 'and the others') for $lazy, $unsafe;
is($cluster->psql_super('chat', q{
       SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ngx_chat'}),
   0, 'no connection is left');

is_deeply([$_->complaints], [], 'no alert, no crash') for $nginx, $early, $two, $empty, $lazy, $unsafe;

done_testing();
