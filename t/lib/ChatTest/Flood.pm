package ChatTest::Flood;

# Many requests at once from many addresses: over some sockets, pipelined. The
# nginx must take the address from a header (see $real).
#
#   my %by = ChatTest::Flood::run($nginx->port, 50, [ [ '192.0.2.1', 'POST', '/sessions', {…} ], … ]);

use strict;
use warnings;

use IO::Poll qw(POLLIN POLLOUT);
use IO::Socket::INET ();
use JSON::PP ();
use Time::HiRes qw(time);

# for ChatTest::Nginx's "server": the client's address is what the header says
our $real = 'set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP; keepalive_requests 1000000;';

# address of a number: 10.0.0.0/8, or of its own /64
sub ipv4 { my ($n) = @_; return join '.', 10, $n >> 16 & 255, $n >> 8 & 255, $n & 255 }
sub ipv6 { my ($n) = @_; return sprintf '2001:db8:%x:%x::1', $n >> 16, $n & 65535 }

sub request {
    my ($address, $method, $path, $body) = @_;
    my $text = defined $body ? JSON::PP::encode_json($body) : '';

    return join "\r\n", "$method /api/v1$path HTTP/1.1", 'Host: localhost', "X-Real-IP: $address",
        defined $body ? ('Content-Type: application/json', 'Content-Length: ' . length $text) : (),
        '', $text;
}

# { status => how many }, 0: no answer; after: seconds that it may take (60)
sub run {
    my ($port, $sockets, $requests, $after) = @_;
    return run_raw($port, $sockets, [ map { request(@$_) } @$requests ], $after);
}

# The same with whole requests as text.
sub run_raw {
    my ($port, $sockets, $requests, $after) = @_;
    my $end = time + ($after || 60);
    my (%by, @all);
    my $poll = IO::Poll->new;

    for my $i (0 .. $sockets - 1) {
        my @mine = @$requests[grep { $_ % $sockets == $i } 0 .. $#$requests];
        next if !@mine;
        my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!";
        $s->blocking(0);
        my $one = { s => $s, out => join('', @mine), in => '', left => scalar @mine };
        push @all, $one;
        $poll->mask($s => POLLIN | POLLOUT);
    }

    my %of = map { (fileno($_->{s}) => $_) } @all;

    while ((grep { $_->{left} } @all) && time < $end) {
        $poll->poll(1);
        for my $s ($poll->handles) {
            my $one = $of{fileno $s};
            step($one, $poll, \%by);
        }
    }

    $by{0} += $_->{left} for grep { $_->{left} } @all;
    return %by;
}

sub step {
    my ($one, $poll, $by) = @_;
    my $events = $poll->events($one->{s});

    if ($events & POLLOUT && length $one->{out}) {
        my $n = syswrite $one->{s}, $one->{out}, 65536;
        substr $one->{out}, 0, $n || 0, '';
        $poll->mask($one->{s} => POLLIN) if !length $one->{out};
    }
    return if !($events & ~POLLOUT);

    my $n = sysread $one->{s}, $one->{in}, 65536, length $one->{in};
    while ($one->{in} =~ m{\AHTTP/1\.1 (\d+) .*?\r\n\r\n}s) {
        my ($status, $head) = ($1, $&);
        my ($length) = $head =~ /^Content-Length: (\d+)/mi;
        last if length $one->{in} < length($head) + ($length || 0);
        substr $one->{in}, 0, length($head) + ($length || 0), '';
        $by->{$status}++;
        $one->{left}--;
    }

    $poll->remove($one->{s}) if !$n && defined $n || !$one->{left};
}

1;
