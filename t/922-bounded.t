# The limits' memory: bounded whatever comes, and what limits is what stays.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use Test::More;

use ChatTest::Account ();
use ChatTest::Flood ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, http => 'chat_zone 3m; chat_limit token rate=1r/h burst=40;',
                      server => "$ChatTest::Flood::real location = /metrics { chat_metrics; }");
ChatTest::Account::ready($s, $nginx);

sub metric {
    my ($series) = @_;
    return $s->client($nginx, base => '')->get('/metrics')->{body} =~ /^\Qngx_chat_$series\E (\d+)$/m ? $1 : undef;
}

my $guess = 'ngxc_' . 'A' x 43;

sub guesses {
    my (@addresses) = @_;
    # a made-up token costs no password: many come quickly
    return ChatTest::Flood::run_raw($nginx->port, 40, [ map {
        "GET /api/v1/account HTTP/1.1\r\nHost: x\r\nX-Real-IP: $_\r\nAuthorization: Bearer $guess\r\n\r\n" } @addresses ]);
}

my %by = guesses(('192.0.2.1') x 41);
is_deeply \%by, { 401 => 40, 429 => 1 }, 'an address that guesses is limited' or diag explain \%by;

my $memory = sub { my $sum = 0; $sum += $nginx->memory($_) for $nginx->workers; $sum };
guesses(map { ChatTest::Flood::ipv4($_) } 1 .. 5000);
my $before = $memory->();

%by = guesses(map { $_ % 3 ? ChatTest::Flood::ipv4($_) : ChatTest::Flood::ipv6($_) } 5001 .. 55000);
is_deeply \%by, { 401 => 50000 }, 'fifty thousand more addresses than it has room for are answered'
    or diag explain \%by;
cmp_ok metric('zone_evicted_total'), '>', 1000, 'the oldest made room';
cmp_ok metric('zone_used_bytes'), '<=', 3 * 1024 * 1024, 'within the zone';
cmp_ok $memory->() - $before, '<', 4096 + 1024 * ($ENV{TEST_NGINX_CHAT_FLAVOUR} eq 'asan' ? 64 : 0),
    'and nothing grew beside it';

%by = guesses('192.0.2.1');
is_deeply \%by, { 429 => 1 }, 'the one that was limited still is';

is join("\n", $nginx->complaints), '', 'nothing to complain about in the log';

done_testing;
