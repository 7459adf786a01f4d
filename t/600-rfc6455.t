# RFC 6455 at the echo location: what a conformance suite asks of a server.

use strict;
use warnings;

use FindBin ();
use lib "$FindBin::Bin/lib";

use IO::Select ();
use IO::Socket::INET ();
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep time);

use ChatTest::Sandbox ();

$SIG{PIPE} = "IGNORE";

my $sandbox = ChatTest::Sandbox->new;
my $nginx = $sandbox->nginx(
    database => undef,
    server => 'location /echo { chat_websocket_echo; }
               location /small { chat_websocket_echo max=1k; }
               location /quick { chat_websocket_echo;
                                 chat_socket ping=300ms timeout=300ms; }');

sub frame {
    my ($op, $data, %opt) = @_;
    my ($n, $fin) = (length $data, $opt{fin} // 1);
    my $bytes = pack 'C', $fin << 7 | ($opt{rsv} || 0) << 4 | $op;
    my $bit = $opt{unmasked} ? 0 : 0x80;

    $bytes .= $n < 126 ? pack('C', $bit | $n)
            : $n < 65536 ? pack('Cn', $bit | 126, $n)
            : pack('CQ>', $bit | 127, $n);
    return $bytes . $data if $opt{unmasked};

    my $mask = pack 'N', int rand 2 ** 32;
    return $bytes . $mask
        . ($data ^ substr $mask x int($n / 4 + 1), 0, $n);
}

sub open_socket {
    my ($location, $first) = @_;
    my $fh = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                   PeerPort => $nginx->port) or die $!;

    syswrite $fh, "GET $location HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        . "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        . 'Sec-WebSocket-Key: ' . encode_base64('0123456789abcdef', '')
        . "\r\n\r\n" . $first;

    my $in = '';
    while ($in !~ /\r\n\r\n/) {
        sysread $fh, $in, 4096, length $in or last;
    }

    my ($head, $rest) = split /\r\n\r\n/, $in, 2;
    return ($fh, $head, $rest // '');
}

# all frames until the server ends the connection, as "op:data"
sub frames {
    my ($fh, $in) = @_;
    my $deadline = time + 10;
    my $end = 'no end';

    while (time < $deadline && IO::Select->new($fh)->can_read($deadline - time)) {
        my $n = sysread $fh, $in, 262144, length $in;
        if (!defined $n) { $end = "reset: $!"; last }
        if (!$n) { $end = ''; last }
    }

    my @got;
    while (length $in >= 2) {
        my ($a, $n) = unpack 'CC', $in;
        my $at = 2;
        if ($n == 126) { $n = unpack 'x2n', $in; $at = 4 }
        elsif ($n == 127) { $n = unpack 'x2Q>', $in; $at = 10 }
        push @got, sprintf '%x:%s', $a, substr $in, $at, $n;
        substr $in, 0, $at + $n, '';
    }

    push @got, "left over: $in" if length $in;
    push @got, $end if $end;
    return @got;
}

sub show { join ' ', map { length > 60 ? substr($_, 0, 60) . '…' . length : $_ }
               map { s/([^ -~])/sprintf '\\x%02x', ord $1/ger } @_ }

# sends the bytes whole and, when short, byte by byte too
sub check {
    my ($name, $bytes, @want) = @_;

    for my $step (length $bytes < 700 ? (0, 1) : (0)) {
        my ($fh, $head, $rest) = open_socket('/echo', '');

        if ($step) {
            setsockopt $fh, 6, 1, 1;
            syswrite $fh, $_ for split //, $bytes;
        } else {
            local $SIG{PIPE} = 'IGNORE';
            my $pid = fork // die $!;
            if (!$pid) {
                my $off = 0;
                while ($off < length $bytes) {
                    my $n = syswrite $fh, $bytes, 65536, $off or last;
                    $off += $n;
                }
                POSIX::_exit(0);
            }
            my @got = frames($fh, $rest);
            waitpid $pid, 0;
            compare($name, \@got, \@want);
            next;
        }

        compare("$name, byte by byte", [frames($fh, $rest)], \@want);
    }
}

sub compare {
    my ($name, $got, $want) = @_;
    ok("@$got" eq "@$want", $name)
        or diag('got  ', show(@$got), "\nwant ", show(@$want));
}

sub closing { '88:' . pack('n', $_[0]) . ($_[1] // '') }

my $end = frame(8, pack 'n', 1000);

my ($fh, $head) = open_socket('/echo', $end);
like $head, qr{^HTTP/1\.1 101 }, 'the handshake is answered';
like $head, qr{^Sec-WebSocket-Accept: \QBACScCJPNqyz+UBoqMH89VmURoA=\E\r?$}m,
    'with the right accept value'
    or diag $head;

{
    my ($fh, $head, $rest) = open_socket('/echo', frame(1, 'hello') . $end);
    compare('a frame in the packet of the handshake is answered',
            [frames($fh, $rest)], ['81:hello', closing(1000)]);
}

for my $n (0, 1, 125 .. 128, 65535 .. 65537, 1 << 20) {
    my $data = join '', map { chr 32 + $_ % 90 } 1 .. $n;
    check("text of $n bytes", frame(1, $data) . $end, "81:$data", closing(1000));
    $data = "\xff\x00\xfe\x80" x ($n / 4) . 'x' x ($n % 4);
    check("binary of $n bytes", frame(2, $data) . $end, "82:$data", closing(1000));
}

check('ping', frame(9, '') . $end, '8a:', closing(1000));
check('ping of 125 bytes', frame(9, 'p' x 125) . $end, '8a:' . 'p' x 125, closing(1000));
check('ping of 126 bytes', frame(9, 'p' x 126) . $end, closing(1002));
check('unasked pong', frame(10, 'x') . $end, closing(1000));
check("reserved bits $_", frame(1, 'x', rsv => $_) . $end, closing(1002)) for 1 .. 7;
check("opcode $_", frame(1, 'a') . frame($_, '') . $end, '81:a', closing(1002))
    for 3 .. 7, 11 .. 15;
check("fragmented control $_", frame($_, 'x', fin => 0) . $end, closing(1002)) for 8 .. 10;
check('two fragments', frame(1, 'a', fin => 0) . frame(0, 'b') . $end, '81:ab', closing(1000));
check('a ping between fragments',
      frame(1, 'a', fin => 0) . frame(9, 'p') . frame(0, 'b') . $end,
      '8a:p', '81:ab', closing(1000));
check('continuation of nothing', frame(0, 'x') . $end, closing(1002));
check('a new message inside one', frame(1, 'x', fin => 0) . frame(1, 'y') . $end, closing(1002));
check('empty fragments', frame(1, '', fin => 0) . frame(0, 'm', fin => 0) . frame(0, '') . $end,
      '81:m', closing(1000));
check('unmasked', frame(1, 'x', unmasked => 1) . $end, closing(1002));

my $kosme = "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5";
check('UTF-8', frame(1, $kosme) . $end, "81:$kosme", closing(1000));
check('UTF-8 split inside characters',
      join('', map { frame($_ ? 0 : 1, substr($kosme, $_, 1),
                           fin => $_ == length($kosme) - 1) } 0 .. length($kosme) - 1) . $end,
      "81:$kosme", closing(1000));
check('invalid UTF-8 ' . unpack('H*', $_), frame(1, $_) . $end, closing(1007))
    for "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf", "\xfe", "\xe0\x80\xaf", "\x80", "ab\xc3";
check('invalid UTF-8 before the message ends',
      frame(1, "\xce\xba\xf4\x90", fin => 0), closing(1007));

check('close without a code', frame(8, '') . frame(1, 'late'), '88:');
check('close of one byte', frame(8, 'x'), closing(1002));
check('close with a reason', frame(8, pack('n', 1000) . 'bye'), closing(1000));
check('close with a broken reason', frame(8, pack('n', 1000) . "\xed\xa0\x80"), closing(1007));
check("close code $_", frame(8, pack 'n', $_), closing($_))
    for 1000 .. 1003, 1007 .. 1011, 3000, 3999, 4000, 4999;
check("close code $_ is none", frame(8, pack 'n', $_), closing(1002))
    for 0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535;

{
    my ($fh, $head, $rest) = open_socket('/small', frame(2, 'x' x 1025));
    compare('a message over the limit', [frames($fh, $rest)], [closing(1009)]);

    ($fh, $head, $rest) = open_socket('/small',
        frame(2, 'x' x 1000, fin => 0) . frame(0, 'x' x 25));
    compare('fragments over the limit', [frames($fh, $rest)], [closing(1009)]);

    ($fh, $head, $rest) = open_socket('/echo', pack('CCQ>', 0x82, 0xff, 1 << 62) . 'mask');
    compare('a declared length of 4 EiB', [frames($fh, $rest)], [closing(1009)]);

    ($fh, $head, $rest) = open_socket('/quick', '');
    compare('a peer that is silent to a ping', [frames($fh, $rest)],
            ['89:', closing(4408, 'no answer to a ping')]);
}

for (['Upgrade: websocket', '', 426, 'no Upgrade'],
     ['Version: 13', 'Version: 8', 426, 'another version'],
     ['Key: MDEy', 'Key: short', 400, 'a broken key'])
{
    my ($from, $to, $status, $name) = @$_;
    my $fh = IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                   PeerPort => $nginx->port) or die $!;
    my $request = "GET /echo HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        . "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        . "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n";
    $request =~ s/\Q$from\E/$to/;
    $request =~ s/\r\n\r\n(?=.*\r\n\r\n)/\r\n/s;
    syswrite $fh, $request;
    sysread $fh, my $answer, 4096;
    like $answer, qr{^HTTP/1\.1 $status }, "$name is $status";
}

is join("", $nginx->complaints), "", "no alert in the error log";

done_testing;
