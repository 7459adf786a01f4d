package ChatTest::Socket;

# A client of the WebSocket: the handshake and frames by Protocol::WebSocket,
# the API's frames (docs/asyncapi.yaml) above it. Blocking, with a deadline at
# each wait; several in one process take turns by wait_any().

use strict;
use warnings;

use IO::Select ();
use IO::Socket::INET ();
use JSON::PP ();
use Protocol::WebSocket::Frame ();
use Protocol::WebSocket::Handshake::Client ();
use Time::HiRes qw(time);

our $json = JSON::PP->new->utf8->canonical->allow_nonref;

# port; path ("/api/v1/socket"); token; origin; headers (a list); timeout (5 s).
# Dies if it can't connect; $s->status tells what the handshake came to.
sub new {
    my ($class, %opt) = @_;
    my $self = bless { path => '/api/v1/socket', timeout => 5, headers => [],
                       in => '', events => [], next => 1, %opt }, $class;

    $self->{fh} = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Proto => 'tcp',
        Timeout => $self->{timeout},
    ) or die "connect: $!";

    my @headers = @{$self->{headers}};
    push @headers, Authorization => "Bearer $self->{token}"
        if defined $self->{token};

    my $hs = Protocol::WebSocket::Handshake::Client->new(
        url => "ws://127.0.0.1:$self->{port}$self->{path}");
    push @{$hs->req->{headers}}, @headers;
    $hs->req->origin($self->{origin}) if defined $self->{origin};
    $self->write($hs->to_string . ($self->{first} // ''));

    my $deadline = time + $self->{timeout};
    my $head = '';

    while ($head !~ /\r\n\r\n/) {
        $self->fill($deadline) or die "no handshake: '$head$self->{in}'";
        $head .= $self->{in};
        $self->{in} = '';
    }

    ($head, $self->{in}) = split /(?<=\r\n\r\n)/, $head, 2;
    $self->{in} //= '';
    $self->{head} = $head;
    ($self->{status}) = $head =~ m{^HTTP/1\.1 (\d+)};

    if ($self->{status} == 101) {
        $hs->parse($head);
        die 'handshake: ' . $hs->error if $hs->error;
        $self->{frame} = Protocol::WebSocket::Frame->new(
            max_payload_size => 0, max_fragments_amount => 0);
        $self->{frame}->append($self->{in});
        $self->{in} = '';
    }

    return $self;
}

sub status { $_[0]{status} }
sub head { $_[0]{head} }

sub write {
    my ($self, $bytes) = @_;
    my $off = 0;

    while ($off < length $bytes) {
        my $n = syswrite $self->{fh}, $bytes, length($bytes) - $off, $off;
        return 0 if !defined $n;
        $off += $n;
    }

    return 1;
}

# Reads what has come, or waits for it until the deadline: 1; 0: nothing more.
sub fill {
    my ($self, $deadline) = @_;
    my $left = $deadline - time;

    return 0 if !IO::Select->new($self->{fh})->can_read($left > 0 ? $left : 0);

    my $n = sysread $self->{fh}, my $bytes, 65536;
    if (!$n) {
        $self->{eof} = 1;
        return 0;
    }

    if ($self->{frame}) { $self->{frame}->append($bytes) }
    else { $self->{in} .= $bytes }
    return 1;
}

# One WebSocket frame as bytes, masked. type: text, binary, ping, pong, close
sub frame {
    my ($class, $type, $data) = @_;
    return Protocol::WebSocket::Frame->new(
        type => $type, buffer => $data, masked => 1, max_payload_size => 0,
    )->to_bytes;
}

sub text { $_[0]->write($_[0]->frame(text => $_[1])) }
sub binary { $_[0]->write($_[0]->frame(binary => $_[1])) }

# The next message: { type => 'text'|'binary'|'close', data, code }, or undef
# when the time is over or the connection ended. Pings are answered.
sub message {
    my ($self, $timeout) = @_;
    my $deadline = time + ($timeout // $self->{timeout});

    return undef if !$self->{frame};

    while (1) {
        while (defined(my $data = $self->{frame}->next_bytes)) {
            my $frame = $self->{frame};

            if ($frame->is_ping) {
                $self->write($self->frame(pong => $data));
                next;
            }

            next if $frame->is_pong;

            if ($frame->is_close) {
                my $code = length $data >= 2 ? unpack 'n', $data : 1005;
                $self->{code} = $code;
                $self->write($self->frame(close => $data));
                return { type => 'close', code => $code, data => $data };
            }

            return { type => $frame->is_text ? 'text' : 'binary',
                     data => $data };
        }

        return undef if $self->{eof} || !$self->fill($deadline);
    }
}

# A payload frame: header (a hash; size is added) and payload.
sub payload_frame {
    my ($class, $header, $payload) = @_;
    my $h = $json->encode({ %$header, size => length $payload });
    return pack('N', length $h) . $h . $payload;
}

# All payload frames in a string: ({header…, payload}, …)
sub payload_frames {
    my ($class, $bytes) = @_;
    my @frames;

    while (length $bytes) {
        my $n = unpack 'N', $bytes;
        my $h = $json->decode(substr $bytes, 4, $n);
        push @frames, { %$h, payload => substr $bytes, 4 + $n, $h->{size} };
        $bytes = substr $bytes, 4 + $n + $h->{size};
    }

    return @frames;
}

# The next thing said, decoded: an answer ({re …}), an event ({event …}, an
# entry with payload), or { close => CODE }. undef: nothing came.
sub next {
    my ($self, $timeout) = @_;
    my $m = $self->message($timeout) or return undef;

    return { close => $m->{code} } if $m->{type} eq 'close';
    return $json->decode($m->{data}) if $m->{type} eq 'text';
    return ($self->payload_frames($m->{data}))[0];
}

# The next event; of that name if one is given (others are kept for later).
sub event {
    my ($self, $name, $timeout) = @_;
    my $deadline = time + ($timeout // $self->{timeout});

    for my $i (0 .. $#{$self->{events}}) {
        my $e = $self->{events}[$i];
        return splice @{$self->{events}}, $i, 1
            if !defined $name || ($e->{event} // 'close') eq $name;
    }

    while ((my $left = $deadline - time) > 0) {
        my $e = $self->next($left) or return undef;

        if (exists $e->{re}) {
            $self->{answers}{$e->{re} // ''} = $e;
            next;
        }

        return $e if !defined $name || ($e->{event} // 'close') eq $name;
        push @{$self->{events}}, $e;
        return undef if exists $e->{close};
    }

    return undef;
}

# Sends an operation without waiting; returns its id.
sub ask {
    my ($self, $op, $params, $payload) = @_;
    my $id = $self->{next}++;
    my %frame = (id => $id, op => $op, %{$params || {}});

    if (defined $payload) { $self->binary($self->payload_frame(\%frame, $payload)) }
    else { $self->text($json->encode(\%frame)) }

    return $id;
}

# The answer to an id; events that come first are kept.
sub answer {
    my ($self, $id, $timeout) = @_;
    my $deadline = time + ($timeout // $self->{timeout});

    while (!$self->{answers}{$id}) {
        my $left = $deadline - time;
        return undef if $left <= 0;

        my $e = $self->next($left) or return undef;

        if (exists $e->{re}) { $self->{answers}{$e->{re} // ''} = $e }
        else { push @{$self->{events}}, $e; return undef if exists $e->{close} }
    }

    return delete $self->{answers}{$id};
}

# Asks and waits: the answer, { re, ok | problem }.
sub call {
    my ($self, @args) = @_;
    return $self->answer($self->ask(@args));
}

# Resumes with cursors ({conversation => seq}) after the hello, which it returns.
sub resume {
    my ($self, $cursors, $log_epoch) = @_;
    my $hello = $self->event('hello') or return undef;

    $self->{log_epoch} = $hello->{log_epoch};
    $self->{resumed} = $self->call(resume => {
        log_epoch => $log_epoch // $hello->{log_epoch},
        cursors => $cursors || {} });
    return $hello;
}

# Ends it properly.
sub close {
    my ($self) = @_;

    if (!defined $self->{code} && !$self->{eof}) {
        $self->write($self->frame(close => pack 'n', 1000));
        1 while $self->message(2);
    }

    CORE::close($self->{fh});
}

# Ends it as a crash does.
sub abort { CORE::close($_[0]{fh}) }

1;
