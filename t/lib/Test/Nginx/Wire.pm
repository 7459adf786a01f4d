package Test::Nginx::Wire;

# Requests of a block as bytes, sent and read back: the request sections of
# the Test::Nginx block format.

use strict;
use warnings;

use HTTP::Response ();
use IO::Select ();
use IO::Socket::INET ();
use Time::HiRes ();

# The block's requests: [[{value, delay_before}, ...], ...]
sub requests {
    my ($block, $server_name, $expand) = @_;

    if (defined(my $raw = $block->raw_request)) {
        return [[map { { value => $_ } } ref $raw ? @$raw : $raw]];
    }

    my $more = $block->more_headers;
    $more = '' if !defined $more;

    if (my $all = $block->pipelined_requests) {
        my $bytes = '';
        for my $i (0 .. $#$all) {
            $bytes .= build([{ value => $expand->($all->[$i]) }],
                            header_set($more, $i), $server_name,
                            $i == $#$all ? 'close' : 'keep-alive')->[0]{value};
        }
        return [[{ value => $bytes }]];
    }

    my $request = $block->request;
    $request = eval $block->request_eval if defined $block->request_eval;
    return [] if !defined $request;

    my @all = ref $request ? @$request : $request;
    my @built;

    for my $i (0 .. $#all) {
        my @packets = map { ref $_ ? { %$_ } : { value => $_ } }
            ref $all[$i] ? @{$all[$i]} : $all[$i];
        $packets[0]{value} =~ s/\A(?:\s*\#[^\n]*\n|\s+)+//;
        push @built, build(\@packets, header_set($more, $i), $server_name,
                           'close');
    }

    return \@built;
}

sub header_set {
    my ($more, $i) = @_;

    $more = $more->[$i] if ref $more;
    my @lines = grep { length && !/^\s*\#/ } split /\r?\n/,
        defined $more ? $more : '';

    return join '', map { /^([^:]*):\s*(.*)$/s ? "$1: $2\r\n" : "$_: \r\n" } @lines;
}

# Puts version and headers into a request whose text may be spread over
# packets: all of the head goes with the packet that ends the request line.
sub build {
    my ($packets, $headers, $server_name, $connection) = @_;

    my $text = join '', map { $_->{value} } @$packets;
    my ($line, $body) = $text =~ /\A([^\n]*)\n?(.*)\z/s;
    my $line_size = length($text) - length($body);

    my ($method, $url, $version) = split ' ', $line;
    die "bad request line \"$line\"" if !defined $method;
    $url = '/' if !defined $url;
    $version = 'HTTP/1.1' if !defined $version;

    my $head = "$method $url $version\r\n";
    $head .= "Host: $server_name\r\n" if $headers !~ /^Host:/mi;
    $head .= "Connection: $connection\r\n" if $headers !~ /^Connection:/mi;
    $head .= $headers;

    if (length $body && $headers !~ /^Transfer-Encoding: chunked/mi
        && $headers !~ /^Content-Length:/mi)
    {
        # the newline before the next section is not part of the body
        $body =~ s/\A\s+|\s+\z//g;
        $head .= 'Content-Length: ' . length($body) . "\r\n";
    }

    $head .= "\r\n";

    # the packets keep their places: cut the body where they did
    my @out;
    my ($seen, $taken, $head_done) = (0, 0, 0);

    for my $packet (@$packets) {
        $seen += length $packet->{value};
        my $value = '';

        if (!$head_done) {
            next if $seen < $line_size && $packet != $packets->[-1];
            $value = $head;
            $head_done = 1;
        }

        my $upto = $packet == $packets->[-1] ? length $body : $seen - $line_size;
        $upto = length $body if $upto > length $body;
        if ($upto > $taken) {
            $value .= substr $body, $taken, $upto - $taken;
            $taken = $upto;
        }

        push @out, { %$packet, value => $value } if length $value;
    }

    return \@out;
}

# Sends the packets, reads until the answer ends. Options: timeout (s), delay
# (s between packets), abort (close at the timeout), shutdown (how, after the
# last packet). Returns the bytes, and whether the time ran out.
sub exchange {
    my ($packets, $port, %opt) = @_;

    my $socket = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $port, Proto => 'tcp',
        Timeout => $opt{timeout},
    ) or die "cannot connect to port $port: $!\n";

    my $select = IO::Select->new($socket);
    my ($got, $ended) = ('', 0);
    local $SIG{PIPE} = 'IGNORE';

    my $first = 1;
    for my $packet (@$packets) {
        my $delay = $packet->{delay_before};
        $delay = $first ? 0 : $opt{delay} if !defined $delay;
        $first = 0;
        Time::HiRes::sleep($delay) if $delay;

        my $value = $packet->{value};
        while (length $value) {
            my $n = syswrite $socket, $value;
            last if !defined $n;
            substr($value, 0, $n) = '';
        }
    }

    shutdown $socket, $opt{shutdown} if defined $opt{shutdown};

    my $deadline = Time::HiRes::time() + $opt{timeout};
    while (1) {
        my $left = $deadline - Time::HiRes::time();
        if ($left <= 0 || !$select->can_read($left)) {
            last;
        }

        my $n = sysread $socket, $got, 65536, length $got;
        if (!$n) {
            $ended = 1;
            last;
        }
    }

    close $socket;
    return ($got, $ended);
}

# Splits the first answer off: (HTTP::Response, raw head, what is left).
sub parse {
    my ($raw, $head_only) = @_;

    my ($head, $body) = $raw =~ /\A(.*?\r?\n)\r?\n(.*)\z/s;
    return (undef, '', undef) if !defined $head;

    my $answer = HTTP::Response->parse($head);
    my $code = $answer->code || 0;

    if ($code == 101 || $head_only) {
        $answer->content($body);
        return ($answer, $head, undef);
    }

    my $left;
    if (lc($answer->header('Transfer-Encoding') || '') eq 'chunked') {
        ($body, $left) = unchunk($body);
    } elsif (defined(my $size = $answer->header('Content-Length'))) {
        $left = substr $body, $size if length $body > $size;
        $body = substr $body, 0, $size;
    } elsif ($code == 204 || $code == 304 || $code < 200) {
        ($left, $body) = ($body, '');
    }

    $answer->content($body);
    return ($answer, $head, defined $left && length $left ? $left : undef);
}

sub unchunk {
    my ($in) = @_;
    my $out = '';

    while ($in =~ s/\A([0-9a-fA-F]+)[^\r\n]*\r?\n//) {
        my $size = hex $1;
        if ($size == 0) {
            $in =~ s/\A\r?\n//;
            return ($out, $in);
        }
        $out .= substr $in, 0, $size, '';
        $in =~ s/\A\r?\n//;
    }

    return ($out, $in);
}

1;
