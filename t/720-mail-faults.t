# What becomes of a mail when its server refuses, hangs, hangs up or is slow.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Process ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

my $s = ChatTest::Sandbox->new;
my $smtp = ChatTest::Smtp->new(port => $s->port, dir => $s->dir . '/smtp');
my $port = $smtp->port;
my $db = $s->cluster;

my $nginx = $s->nginx(
    server => 'location = /metrics { chat_metrics; }',
    http => "chat_mail smtp://127.0.0.1:$port from=chat\@example.org timeout=1s;"
            . $ChatTest::Account::unlimited);
ChatTest::Account::ready($s, $nginx);

my $ann = ChatTest::Account->registered($s, $nginx, 'ann');
ok($smtp->wait_mails('ann@example.org'), 'the server works');

# asking for what was asked for sends nothing, but has a worker look
sub look { $ann->{client}->post('/verifications', { send_attempt => 1 }) }

my $n = 0;

# A mail in the outbox for each way in which the server treats one, in that
# order; each mail as it is after it was tried.
sub try {
    my (@modes) = @_;
    $smtp->modes(@modes, {});

    my @id = split /\n/, $db->psql(
        'insert into chat.mail (template, recipient, params, next_try) values '
        . join(', ', map { "('test', 'x" . ++$n . "\@example.org', '{}', "
                           . "now() - interval '${\(@modes - $_)} s')" } 0 .. $#modes)
        . ' returning id');
    look();
    return map { tried($_, 1) } @id;
}

# A mail once it was tried so often, what the audit says about it, and after how many seconds it
# will be tried again.
sub tried {
    my ($id, $attempts) = @_;
    my $row;

    ChatTest::Process::wait_for(20, sub {
        my @said = $nginx->log =~ /chat: mail $id /g;
        @said >= $attempts
    }) or diag "mail $id was not tried $attempts times";

    ChatTest::Process::wait_for(5, sub {
        $row = JSON::PP::decode_json($db->psql(
            "select row_to_json(r) from (select m.*,
                extract(epoch from next_try - failed) as wait,
                (select string_agg(action || ' ' || (detail->>'error'), ',')
                 from chat.audit_entry where action like 'mail.%' and target = m.id::text) as audit
             from chat.mail m where id = $id) r"));
        $row->{done} || ($row->{wait} || 0) < 3700 && $row->{failed}
    });

    return $row;
}

sub again {
    my ($id, $attempts) = @_;
    $db->psql("update chat.mail set next_try = now() where id = $id");
    look();
    return tried($id, $attempts);
}

sub forget { $db->psql('update chat.mail set done = now() where done is null') }

sub metrics { $s->client($nginx, base => '')->get('/metrics')->{body} }

sub metric {
    my ($name) = @_;
    return (metrics() =~ /^ngx_chat_$name(?:\{[^}]*\})? (\S+)$/m)[0];
}

# a reply at each step: 4xx comes again, 5xx about the mail ends it, and 5xx
# before there is a mail is about us, so it comes again, too; so it does after
# silence, an end, or a server that is slow

for my $step (qw(connect ehlo mail rcpt data end)) {
    my @what = (421, 451, 452, 550, 554, 'drop', 'hang',
                $step =~ /connect|rcpt/ ? 'drip' : ());
    my @rows = try(map { { $step => /\d/ ? "$_ 5.7.1 said at $step" : $_ } } @what);

    for my $i (0 .. $#what) {
        my ($what, $row) = ($what[$i], $rows[$i]);
        my $ends = $what =~ /^5/ && $step !~ /connect|ehlo/;

        if ($ends) {
            is_deeply([ @$row{qw(verdict attempts)} ], [ 'refused', 1 ], "$what at $step: given up");
            like($row->{audit}, qr/^mail\.refused .*$what .*said at $step$/, 'with a record of why');
        } else {
            is_deeply([ @$row{qw(done attempts audit)} ], [ undef, 1, undef ],
                      "$what at $step: tried again") or diag explain $row;
            ok($row->{wait} > 11 && $row->{wait} < 19, 'in about 15 s') or diag $row->{wait};
        }

        like($row->{last_error}, $what eq 'drop' ? qr/last reply/
             : $what =~ /hang|drip/ ? qr/^time over/ : qr/$what.*said at $step/, 'its error says so');
    }

    forget();
}

# it goes out when the server is back, and waits longer each time before

my ($row) = try({ rcpt => '451 4.2.1 later' });
my @waits = ($row->{wait});
$smtp->mode(rcpt => '451 4.2.1 later');

for my $attempt (2 .. 4) {
    $row = again($row->{id}, $attempt);
    push @waits, $row->{wait};
}

ok($waits[1] > 22 && $waits[2] > 44 && $waits[3] > 89 && $waits[3] < 151,
   'the time between attempts doubles') or diag "@waits";

$smtp->mode;
$row = again($row->{id}, 5);
my @mails = $smtp->wait_mails($row->{recipient});
is(scalar @mails, 1, 'a mail that was put back arrives');
is_deeply([ @$row{qw(verdict attempts audit)} ], [ 'sent', 5, undef ], 'and is through');

# 16 attempts are enough

$db->psql("update chat.mail set done = null, attempts = 15 where id = $row->{id}");
$smtp->mode(mail => '450 4.7.1 never');
$row = again($row->{id}, 6);
is($row->{verdict}, 'given_up', 'the 16th attempt is the last');
like($row->{audit}, qr/^mail\.given_up .*never$/, 'and leaves a record');

# the same mail twice, when only the answer was lost, is one for the mailbox

($row) = try({});
$db->psql("update chat.mail set done = null where id = $row->{id}");
again($row->{id}, 2);
@mails = $smtp->wait_mails($row->{recipient}, 2);
is($mails[0]{header}{'message-id'}[0], $mails[1]{header}{'message-id'}[0],
   'a repeat has the message id of the first');

# metrics

my $log = $nginx->log;
my %said = (sent => qr/mail \d+ sent/, retried => qr/mail \d+ not sent/,
            refused => qr/mail \d+ refused/);
for my $what (sort keys %said) {
    my @lines = $log =~ /$said{$what}/g;
    is(metric("mail_${what}_total"), scalar @lines, "mails $what are counted");
}

try({ connect => '421 4.3.2 closed' });
ok(ChatTest::Process::wait_for(25, sub {
    look();
    metric('mail_waiting') == 1 && metric('mail_failing') == 1
       && metric('mail_oldest_seconds') > 0
}), 'what waits, how long and that it fails can be seen') or diag metrics();

is(join("\n", $nginx->complaints), '', 'nothing to complain about in the log');

done_testing;
