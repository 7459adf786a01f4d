package ChatTest::Smtp;

# A mail server that does what a test tells it, and keeps what it was sent.
#
#   my $smtp = ChatTest::Smtp->new(port => $s->port, dir => $s->dir . '/smtp');
#   $smtp->mode(rcpt => '451 4.2.0 later');     # at this step, from now on
#   my ($mail) = $smtp->wait_for('bob@example.org');
#
# Steps: connect, ehlo, mail, rcpt, data, end (of data). What it does there: a
# reply as it stands, "hang", "drop", or "drip" (a byte of the reply each 100 ms).

use strict;
use warnings;

use File::Basename ();
use IO::Select ();
use IO::Socket::INET ();
use JSON::PP ();
use MIME::QuotedPrint ();
use Time::HiRes ();

use ChatTest::Process ();

our $longest = 40;      # seconds that one connection may live

my %good = (
    connect => '220 relay.example.net ESMTP', ehlo => '250 relay.example.net',
    mail => '250 2.1.0 sender good', rcpt => '250 2.1.5 recipient good',
    data => '354 go on', end => '250 2.0.0 queued',
);

# port, dir (made here)
sub new {
    my ($class, %opt) = @_;
    my $self = bless { %opt, owner => $$ }, $class;

    mkdir $self->{dir} or die "mkdir $self->{dir}: $!";
    mkdir "$self->{dir}/mails" or die "mkdir: $!";
    $self->mode;
    $self->start;

    return $self;
}

sub start {
    my ($self) = @_;

    $self->{process} = ChatTest::Process->start(
        log => "$self->{dir}/log",
        command => [$^X, map({ "-I$_" } grep { !ref } @INC), '-MChatTest::Smtp',
                    '-e', 'ChatTest::Smtp::serve(@ARGV)', $self->{port},
                    $self->{dir}]);

    ChatTest::Process::wait_for(10, sub { -e "$self->{dir}/ready" })
        or die 'the mail server does not start: ' . slurp("$self->{dir}/log");
}

sub port { $_[0]{port} }

# What it does with connections from now on: step => what. Without any: all is well.
sub mode {
    my ($self, %steps) = @_;
    $self->modes(\%steps);
}

# The same for each of the next connections in turn, the last for all that follow.
sub modes {
    my ($self, @modes) = @_;
    put("$self->{dir}/mode",
        JSON::PP->new->encode({ serial => ++$self->{serial}, modes => \@modes }));
}

# Hangs up on everybody and listens no more.
sub stop {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$self->{process};

    my $pid = $self->{process}->pid;
    kill 'TERM', -$pid if $self->{process}->running;
    $self->{process}->stop;
    delete $self->{process};
    unlink "$self->{dir}/ready";
}

sub DESTROY { local ($@, $?, $!); $_[0]->stop }

# Every mail taken, in order: { helo, from, to, data, header, parts }, lines
# ending in "\n"; header by lower-case name, unfolded; parts by type, decoded.
sub mails {
    my ($self, $to) = @_;
    my @mails = map { JSON::PP::decode_json(slurp($_)) }
        sort glob "$self->{dir}/mails/*";
    @mails = grep { $_->{to} eq "<$to>" } @mails if defined $to;
    return map { parse($_) } @mails;
}

# Mails to an address, once there are as many (1).
sub wait_mails {
    my ($self, $to, $many, $seconds) = @_;
    ChatTest::Process::wait_for($seconds || 15,
                                sub { $self->mails($to) >= ($many || 1) });
    return $self->mails($to);
}

# How often somebody came as far as a step.
sub count {
    my ($self, $step) = @_;
    my @lines = grep { $_ eq $step } split /\n/, slurp("$self->{dir}/steps");
    return scalar @lines;
}

sub wait_step {
    my ($self, $step, $many, $seconds) = @_;
    return ChatTest::Process::wait_for($seconds || 15,
                                       sub { $self->count($step) >= $many });
}

sub parse {
    my ($mail) = @_;
    my ($head, $body) = split /\n\n/, $mail->{data}, 2;

    @$mail{qw(header parts)} = (header($head), {});
    my $type = $mail->{header}{'content-type'}[0];

    if ($type =~ m{^multipart/alternative;.*boundary="([^"]+)"}s) {
        my @parts = split /^--\Q$1\E(?:--)?\n/m, $body;
        shift @parts;
        part($mail, split(/\n\n/, $_, 2)) for grep { /\S/ } @parts;
    } else {
        part($mail, $head, $body);
    }

    return $mail;
}

sub part {
    my ($mail, $head, $body) = @_;
    my $header = header($head);
    my ($type) = $header->{'content-type'}[0] =~ m{^text/(\w+); charset=UTF-8$};

    die "a part that is not as it should be:\n$head\n" if !$type
        || $header->{'content-transfer-encoding'}[0] ne 'quoted-printable';

    my $text = MIME::QuotedPrint::decode_qp($body);
    utf8::decode($text);
    $mail->{parts}{$type} = $text;
}

# name => [values]
sub header {
    my ($text) = @_;
    my %header;

    $text =~ s/\n[ \t]+/ /g;
    for my $line (split /\n/, $text) {
        my ($name, $value) = $line =~ /^([\x21-\x39\x3b-\x7e]+): ?(.*)$/
            or die "a broken header line: $line\n";
        push @{$header{lc $name}}, $value;
    }

    return \%header;
}

# the server's side

sub serve {
    my ($port, $dir) = @_;

    $SIG{CHLD} = 'IGNORE';
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64,
        ReuseAddr => 1) or die "port $port: $!";
    put("$dir/ready", '');

    my ($serial, $n) = (0, 0);
    my ($parent, $select) = (getppid, IO::Select->new($listener));

    # a suite that ended in whatever way leaves no server behind
    while (getppid == $parent) {
        next if !$select->can_read(0.5);
        my $c = $listener->accept or next;
        my $set = JSON::PP::decode_json(slurp("$dir/mode"));
        ($serial, $n) = ($set->{serial}, 0) if $serial != $set->{serial};
        my $mode = $set->{modes}[$n < $#{$set->{modes}} ? $n++ : -1];
        my $pid = fork;
        if (defined $pid && !$pid) {
            close $listener;
            alarm $longest;
            talk($c, $dir, $mode);
            exit 0;
        }
        close $c;
    }
}

sub talk {
    my ($c, $dir, $mode) = @_;
    my %mail = (helo => '', from => '', to => '');

    step($c, $dir, $mode, 'connect') or return;

    while (defined(my $line = <$c>)) {
        $line =~ s/\r\n\z// or return say_line($c, '500 no line');

        if ($line =~ /^(?:EHLO|HELO) (\S+)$/i) {
            $mail{helo} = $1;
            step($c, $dir, $mode, 'ehlo') or return;
        } elsif ($line =~ /^MAIL FROM:\s*(<[^<>]*>)/i) {
            $mail{from} = $1;
            step($c, $dir, $mode, 'mail') or return;
        } elsif ($line =~ /^RCPT TO:\s*(<[^<>]*>)/i) {
            my $code = step($c, $dir, $mode, 'rcpt') or return;
            $mail{to} = $1 if $code == 250 && $line =~ /(<[^<>]*>)/;
        } elsif ($line =~ /^DATA$/i && $mail{to} eq '') {
            say_line($c, '554 5.5.1 no valid recipients');
        } elsif ($line =~ /^DATA$/i) {
            my $code = step($c, $dir, $mode, 'data') or return;
            next if $code != 354;
            $mail{data} = data($c);
            return if !defined $mail{data};
            $code = step($c, $dir, $mode, 'end') or return;
            keep($dir, \%mail) if $code == 250;
        } elsif ($line =~ /^(?:RSET|NOOP)$/i) {
            say_line($c, '250 2.0.0 good');
        } elsif ($line =~ /^QUIT$/i) {
            return say_line($c, '221 2.0.0 bye');
        } else {
            say_line($c, "502 5.5.2 not known");
        }
    }
}

# The reply's code, 0 when it is over with the connection.
sub step {
    my ($c, $dir, $mode, $name) = @_;
    my $what = defined $mode->{$name} ? $mode->{$name} : $good{$name};

    open my $out, '>>', "$dir/steps" or die $!;
    syswrite $out, "$name\n";
    close $out;

    return 0 if $what eq 'drop';

    if ($what eq 'hang') {
        1 while sysread $c, my $buf, 8192;
        return 0;
    }

    if ($what eq 'drip') {
        for my $byte (split //, "$good{$name}\r\n") {
            local $SIG{PIPE} = 'IGNORE';
            syswrite $c, $byte or return 0;
            Time::HiRes::sleep(0.1);
        }
        return substr $good{$name}, 0, 3;
    }

    say_line($c, $what);
    return 0 if $what =~ /^421/ || ($name eq 'connect' && $what =~ /^5/);
    return substr $what, 0, 3;
}

# A mail, its dots unstuffed; undef when the line is cut.
sub data {
    my ($c) = @_;
    my $data = '';

    while (defined(my $line = <$c>)) {
        $line =~ s/\r\n\z/\n/ or return undef;
        return $data if $line eq ".\n";
        $line =~ s/^\.//;
        $data .= $line;
    }

    return undef;
}

sub say_line {
    my ($c, $line) = @_;
    local $SIG{PIPE} = 'IGNORE';
    syswrite $c, "$line\r\n";
    return 0;
}

sub keep {
    my ($dir, $mail) = @_;
    my $name = sprintf '%.6f-%d', Time::HiRes::time(), $$;
    put("$dir/mails/$name", JSON::PP->new->ascii->encode($mail));
}

# in one piece for who reads it
sub put {
    my ($file, $text) = @_;
    my ($dir) = File::Basename::dirname($file) =~ m{^(.*?)(?:/mails)?$};
    my $new = "$dir/new.$$";

    open my $out, '>', $new or die "$new: $!";
    print $out $text;
    close $out or die "$new: $!";
    rename $new, $file or die "$file: $!";
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

1;
