# Passkeys as a browser makes them: Chromium with its virtual authenticator registers, signs in
# without a name, proves, and a copy of the authenticator is found out.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use IPC::Open2 qw(open2);
use JSON::PP ();
use Test::More;

use ChatTest::Account ();
use ChatTest::Sandbox ();

my $root = "$FindBin::Bin/..";
-d "$root/web/node_modules/playwright-core" or die "make deps installs what drives the browser\n";
-x ($ENV{CHROMIUM} || '/usr/bin/chromium') or die "make deps installs the browser\n";

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(http => "$ChatTest::Account::unlimited
    chat_passkey rp_id=localhost origin=http://localhost:%%PORT%%;");
my $c = ChatTest::Account::ready($s, $nginx);
my $alice = ChatTest::Account->verified($s, $nginx, 'alice');
my $json = JSON::PP->new->utf8->allow_nonref;

open my $page, '>', $nginx->dir . '/html/index.html' or die $!;
print $page "<!doctype html><title>passkeys</title>\n";
close $page;

my $pid = open2(my $out, my $in, 'node', "$FindBin::Bin/lib/passkey-browser.mjs");

sub browser {
    print $in $json->encode([@_]), "\n";
    $in->flush;
    my $line = readline $out;
    defined $line or die "the browser ended at $_[0]";
    return $json->decode($line);
}

sub sign_in { return browser('get', '/sessions', {}, {})->{ok} }

is browser('open', 'http://localhost:' . $nginx->port . '/index.html')->{ok}, 200, 'a page of the chat';

my $made = browser('create', '/account/passkeys', $alice->{token});
is $made->{ok}{status}, 201, 'the browser makes a passkey' or diag explain $made;
is $made->{ok}{json}{passkey}{name}, 'Browser', 'and the server has it';
is scalar(@{$made->{ok}{json}{backup_codes}}), 10, 'with backup codes for the day it is lost';
like browser('create', '/account/passkeys', $alice->{token})->{error}, qr/InvalidState|already registered|excludeCredentials/i,
    'it makes no second one for the same account';

my $in_now = sign_in();
is $in_now->{status}, 201, 'it signs in without a name or password' or diag explain $in_now;
is $in_now->{json}{account}{username}, 'alice', 'as the account';
is $s->client($nginx, token => $in_now->{json}{token})->get('/account')->{status}, 200, 'with a token that is good';
cmp_ok browser('count')->{ok}, '>', 0, 'its counter grows';

$s->cluster->psql("update chat.session set proven = null");
my $a = $alice->{client};
my ($item) = @{$a->get('/account/passkeys')->{json}{items}};
is $a->delete("/account/passkeys/$item->{id}")->{json}{code}, 'proof_required', 'to remove it takes a proof';
is browser('get', '/proofs', { purpose => 'proof', session => $alice->{session} }, {}, $alice->{token})->{ok}{status}, 200,
    'which it gives itself';

browser('verified', JSON::PP::false());
like browser('get', '/sessions', {}, {})->{error}, qr/NotAllowed/, 'who is not verified gets no assertion';
browser('verified', JSON::PP::true());
is sign_in()->{status}, 201, 'who is does';

browser('clone');
my $cloned = sign_in();
is_deeply [ $cloned->{status}, $cloned->{json}{code} ], [ 401, 'factor_wrong' ], 'a copy of the authenticator is found out';
ok $a->get('/account/passkeys')->{json}{items}[0]{cloned}, 'and the owner sees it';

is $a->delete("/account/passkeys/$item->{id}")->{status}, 204, 'who removes it';

close $in;
waitpid $pid, 0;
is join(' ', $nginx->complaints), '', 'nothing to complain about in the log';

done_testing;
