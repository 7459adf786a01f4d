# TLS to PostgreSQL: the server's certificate and its name are checked.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Process ();
use ChatTest::Sandbox ();

my $sandbox = ChatTest::Sandbox->new(own => 1);
my $cluster = $sandbox->cluster;
my $dir = $sandbox->dir;

# an address of its own: no other cluster's port is in the way
my $address = join '.', 127, map { 1 + int rand 250 } 1 .. 3;

sub certificate {
    my ($name) = @_;
    my $out = ChatTest::Process::output(
        'openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', 2,
        '-subj', "/CN=$name", '-addext', "subjectAltName=DNS:$name",
        '-keyout', "$dir/$name.key", '-out', "$dir/$name.pem");
    die $out if $?;
    chmod 0644, "$dir/$name.pem";
}

certificate($_) for 'db.test', 'other.test';

my $data = $cluster->{data};
ChatTest::Process::give($cluster->{user}, "$dir/db.test.key");
chmod 0600, "$dir/db.test.key";

open my $hba, '>>', "$data/pg_hba.conf" or die $!;
print $hba "hostssl all all 127.0.0.0/8 trust\n";
close $hba;

$cluster->set(listen_addresses => $address)->set(ssl => 'on')
    ->set(ssl_cert_file => "$dir/db.test.pem")
    ->set(ssl_key_file => "$dir/db.test.key")->restart;

sub nginx {
    my ($conninfo) = @_;
    return $sandbox->nginx(
        database => undef,
        http => qq{chat_database "hostaddr=$address dbname=chat user=chat $conninfo";},
        server => 'location /api/ { chat; }');
}

sub ready {
    my ($nginx, $seconds) = @_;
    return ChatTest::Process::wait_for($seconds, sub {
        $sandbox->client($nginx)->get('/health/ready')->{status} == 200
    });
}

my $right = nginx("host=db.test sslmode=verify-full sslrootcert=$dir/db.test.pem");
ok(ready($right, 5), 'the right certificate for the right name');
is($cluster->psql_super('chat', q{
       SELECT bool_and(s.ssl) FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
       WHERE a.application_name = 'ngx_chat'}), 't', 'its connections are encrypted');

my $name = nginx("host=another.test sslmode=verify-full sslrootcert=$dir/db.test.pem");
ok($name->wait_log(qr/\[error\].*chat: .*does not match host name/), 'another name is told');
ok(!ready($name, 1), 'and not used');

my $wrong = nginx("host=db.test sslmode=verify-full sslrootcert=$dir/other.test.pem");
ok($wrong->wait_log(qr/\[error\].*chat: .*certificate verify failed/),
   'a certificate that nobody vouches for is told');
ok(!ready($wrong, 1), 'and not used');

for my $nginx ($right, $name, $wrong) {
    ok($nginx->quit, 'it quits');
    is_deeply([$nginx->complaints], [], 'no alert, no crash');
}

done_testing();
