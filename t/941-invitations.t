# chat_registration invite: who has an invitation registers, once for each of its uses.

use strict;
use warnings;

use Test::More;

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, http => "$ChatTest::Account::unlimited chat_maintain 1s;",
                      location => 'chat_registration invite;',
                      server => 'location /open/ { chat; chat_registration open; }');
my $c = ChatTest::Account::ready($s, $nginx);
my $cluster = $s->cluster;

sub invitation {
    my ($uses) = @_;
    return $cluster->psql("select token from chat.invitation_create($uses, '1 day', 'test')");
}

sub come {
    my ($name, $token) = @_;
    return $s->client($nginx)->post('/accounts', {
        username => $name, email => "$name\@example.org", password => $ChatTest::Account::password,
        defined $token ? (invitation => $token) : () });
}

my $token = invitation(1);
is(come('nobody')->{json}{code}, 'invite_required', 'without an invitation nobody comes');
is(come('nobody', 'ngxi_' . 'A' x 43)->{json}{code}, 'invitation_invalid', 'nor by a made up one');
is(come('nobody', 'x')->{json}{code}, 'invitation_invalid', 'nor by what is none');
is(come('nobody', '')->{json}{code}, 'invalid_parameter', 'nor by an empty one');
is(come('ann', $token)->{status}, 201, 'by a good one, yes');
is(come('bob', $token)->{json}{code}, 'invitation_invalid', 'once');
is(come('ann', $token)->{status}, 201, 'who registers the same address anew uses it on');
is($s->client($nginx)->call('POST', '/accounts', { username => 'cas', email => 'cas@example.org',
    password => $ChatTest::Account::password, invitation => $token })->{json}{code},
   'invitation_invalid', 'which is no use for another');

# the last use under a race
$token = invitation(3);
my (@pids, $status);
pipe my $in, my $to or die $!;
for my $n (1 .. 8) {
    my $kid = fork;
    if (!$kid) {
        my $r = come("race$n", $token);
        syswrite $to, "$r->{status}\n";
        require POSIX;
        POSIX::_exit(0);
    }
    push @pids, $kid;
}
close $to;
my @status = map { chomp; $_ } <$in>;
waitpid $_, 0 for @pids;
is(join(' ', sort @status), '201 201 201 403 403 403 403 403', 'of eight at once three have the three uses');
is($cluster->psql("select used || '/' || uses from chat.invitation where note = 'test' order by created desc limit 1"),
   '3/3', 'and no more');

# given back
$cluster->psql("update chat.account set created = now() - interval '3 days' where username like 'race%'");
ok(ChatTest::Process::wait_for(10, sub {
    $cluster->psql("select used from chat.invitation where uses = 3") eq '0'
}), 'who is never verified gives it back');

$cluster->psql("select chat.invitation_revoke(id) from chat.invitation where uses = 3");
is(come('late', $token)->{json}{code}, 'invitation_invalid', 'a revoked one is none');

is(index($nginx->log . $nginx->access_log, $token), -1, 'no token is in a log');
unlike($cluster->psql("select string_agg(i::text, ' ') from chat.invitation i"), qr/\Q$token/, 'nor in the database');
is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
