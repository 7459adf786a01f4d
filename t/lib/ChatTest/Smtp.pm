package ChatTest::Smtp;

# An SMTP server that fails as told, in a process of its own. Each mail that it
# took is a file.
#
#   my $smtp = ChatTest::Smtp->new(dir => $dir);
#   $smtp->mode('450 later');      what RCPT gets from now on; ok, hang, drop
#   my @mails = $smtp->mails;

use strict;
use warnings;

use IO::Socket::INET ();
use MIME::QuotedPrint ();
use Time::HiRes ();

sub new {
    my ($class, %opt) = @_;

    my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 16,
                                       Proto => 'tcp')
        or die "smtp: $!";
    mkdir "$opt{dir}/smtp" or die "mkdir $opt{dir}/smtp: $!";

    my $self = bless { dir => "$opt{dir}/smtp", port => $listen->sockport,
                       owner => $$ }, $class;
    $self->mode('ok');

    $self->{pid} = fork;
    die "fork: $!" if !defined $self->{pid};

    if (!$self->{pid}) {
        $SIG{TERM} = 'DEFAULT';
        $SIG{CHLD} = 'IGNORE';
        while (1) {
            my $client = $listen->accept or next;
            my $pid = fork;
            if (defined $pid && !$pid) {
                eval { $self->serve($client) };
                require POSIX;
                POSIX::_exit(0);
            }
            close $client;
        }
    }

    close $listen;

    return $self;
}

sub port { $_[0]{port} }

sub mode {
    my ($self, $mode) = @_;

    if (defined $mode) {
        open my $out, '>', "$self->{dir}/mode.new" or die $!;
        print $out $mode;
        close $out;
        rename "$self->{dir}/mode.new", "$self->{dir}/mode" or die $!;
    }

    open my $in, '<', "$self->{dir}/mode" or die $!;
    return scalar <$in>;
}

# The mails in order, each { from, to, head, body } with the body's parts decoded.
sub mails {
    my ($self) = @_;
    my @mails;

    for my $file (sort glob "$self->{dir}/*.eml") {
        open my $in, '<', $file or die $!;
        local $/;
        my ($from, $to, $data) = split /\n/, <$in>, 3;
        my ($head, $body) = split /\r?\n\r?\n/, $data, 2;
        $body = MIME::QuotedPrint::decode_qp($body)
            if $data =~ /quoted-printable/i;
        push @mails, { from => $from, to => $to, head => $head, body => $body };
    }

    return @mails;
}

# How often somebody connected.
sub connections {
    my ($self) = @_;
    my @all = glob "$self->{dir}/*.con";
    return scalar @all;
}

sub serve {
    my ($self, $client) = @_;
    my ($from, $to) = ('', '');

    open my $con, '>', "$self->{dir}/$$.con" or die $!;
    close $con;

    $client->autoflush(1);
    my $mode = $self->mode;
    sleep 3600 if $mode eq 'hang';
    return if $mode eq 'drop';
    print $client "220 mail.test ESMTP\r\n";

    while (my $line = <$client>) {
        if ($line =~ /^(EHLO|HELO)/i) {
            print $client "250-mail.test\r\n250 8BITMIME\r\n";
        } elsif ($line =~ /^MAIL FROM:<([^>]*)>/i) {
            $from = $1;
            print $client "250 ok\r\n";
        } elsif ($line =~ /^RCPT TO:<([^>]*)>/i) {
            $to = $1;
            print $client $mode eq 'ok' ? "250 ok\r\n" : "$mode\r\n";
        } elsif ($line =~ /^DATA/i) {
            print $client "354 go on\r\n";
            my $data = '';
            while (my $more = <$client>) {
                last if $more =~ /^\.\r?\n$/;
                $more =~ s/^\.//;
                $data .= $more;
            }
            if ($mode eq 'ok') {
                my $name = sprintf '%s/%.6f-%d', $self->{dir},
                    Time::HiRes::time(), $$;
                open my $out, '>', "$name.new" or die $!;
                print $out "$from\n$to\n$data";
                close $out;
                rename "$name.new", "$name.eml" or die $!;
                print $client "250 ok\r\n";
            } else {
                print $client "$mode\r\n";
            }
        } elsif ($line =~ /^QUIT/i) {
            print $client "221 bye\r\n";
            return;
        } else {
            print $client "250 ok\r\n";
        }
    }
}

sub DESTROY {
    my ($self) = @_;
    return if $$ != $self->{owner} || !$self->{pid};
    local $?;
    kill 'TERM', $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
