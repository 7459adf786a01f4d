package ChatTest::Talker;

# A client that doesn't give up: it sends one message after the other over its
# socket, repeats with the same id what got no answer, connects again whenever
# it must, acknowledges what it got, and writes all of it into a history.

use strict;
use warnings;

use POSIX ();
use Time::HiRes qw(sleep);

use ChatTest::Chat ();
use ChatTest::History ();
use ChatTest::Socket ();

# Starts it as a process of its own. device; port; conversations (a list);
# file (its history; FILE.done says that nothing of it waits for an answer any
# more); send_for (seconds); pause between sends; until (a file with numbers by
# conversation: once it has received those, the client ends).
sub start {
    my ($class, %opt) = @_;

    my $pid = fork // die "fork: $!";
    return $pid if $pid;

    $SIG{PIPE} = 'IGNORE';
    srand $$;
    my $self = bless { %opt, sockets => 0, seq => {},
                       record => ChatTest::History->recorder($opt{file}) },
                     $class;
    my $ok = eval { $self->run; 1 };
    print STDERR "# a client died: $@" if !$ok;
    POSIX::_exit($ok ? 0 : 1);
}

sub run {
    my ($self) = @_;
    my $now = \&ChatTest::History::now;
    my $end = $now->() + $self->{send_for};
    my $next = $now->();
    my $done;

    while (1) {
        if (!$self->{socket}) {
            $self->connect or sleep(0.05 + rand 0.2), next;
        }

        if (!$self->{pending} && $now->() < $end && $now->() >= $next) {
            my $list = $self->{conversations};
            $self->{pending} = {
                conversation => $list->[rand @$list],
                id => ChatTest::Chat::uuid(),
            };
            $self->{pending}{payload} = "$$ $self->{pending}{id} "
                                        . 'x' x int rand 300;
            $next = $now->() + ($self->{pause} // 0.01);
        }

        $self->offer if $self->{pending} && !defined $self->{asked}
                        && $now->() >= ($self->{again} // 0);

        my $got = $self->{socket}->next(0.05);

        if (!$got) {
            $self->lost if $self->{socket}{eof};
            next if $self->{pending} || $now->() < $end;

            open my $mark, '>', "$self->{file}.done" or die $! if !$done++;
            last if $self->level && $self->{socket};
            next;
        }

        $self->take($got);
    }

    $self->{socket}->close;
}

sub level {
    my ($self) = @_;
    open my $in, '<', $self->{until} or return 0;
    my $want = eval { $ChatTest::Socket::json->decode(<$in> // '') } or return 0;
    return !grep { ($self->{seq}{$_} // 0) < $want->{$_} }
                 @{$self->{conversations}};
}

sub connect {
    my ($self) = @_;

    my $socket = eval {
        ChatTest::Socket->new(port => $self->{port}, timeout => 3,
                              token => $self->{device}{token})
    } or return 0;

    return 0 if $socket->status != 101;

    my $hello = $socket->event('hello', 8) or return 0;
    my %seq = %{$self->{seq}};
    my $answer = $socket->call(resume => {
        log_epoch => $hello->{log_epoch}, cursors => \%seq }) or return 0;
    die "resume: $answer->{problem}{code}" if !$answer->{ok};

    $self->covered($_, $seq{$_}) for keys %seq;

    $self->{socket} = $socket;
    $self->{sockets}++;
    $self->{ready} = 1;
    return 1;
}

sub lost {
    my ($self) = @_;
    $self->{socket}->abort;
    delete @$self{qw(socket asked acks)};
}

sub offer {
    my ($self) = @_;
    my $p = $self->{pending};

    $self->{record}->('send', session => $self->{device}{session}, %$p);
    $self->{asked} = $self->{socket}->ask(
        entry_send => { conversation => $p->{conversation},
                        client_id => $p->{id} }, $p->{payload});
}

sub covered {
    my ($self, $conversation, $seq) = @_;
    $self->{record}->('covered', session => $self->{device}{session},
                      conversation => $conversation, seq => $seq);
}

sub take {
    my ($self, $e) = @_;
    my $session = $self->{device}{session};

    if (exists $e->{close}) {
        die "closed with $e->{close}" if $e->{close} >= 4400
            && $e->{close} != 4408 && $e->{close} != 4413;
        $self->lost;

    } elsif (exists $e->{re}) {
        $self->answered($e);

    } elsif ($e->{event} eq 'entry') {
        $self->{record}->('recv', session => $session,
            socket => $self->{sockets}, conversation => $e->{conversation},
            seq => $e->{seq}, id => $e->{client_id} // '',
            payload => $e->{payload});
        $self->{seq}{$e->{conversation}} = $e->{seq}
            if $e->{seq} > ($self->{seq}{$e->{conversation}} // 0);

        my %cursors = ($e->{conversation} => $e->{seq});
        if (rand() < 0.2) {
            my $id = $self->{socket}->ask(ack => { cursors => \%cursors });
            $self->{acks}{$id} = \%cursors;
        } else {
            $self->{socket}->text($ChatTest::Socket::json->encode(
                { op => 'ack', cursors => \%cursors }));
        }

    } elsif ($e->{event} eq 'expired') {
        $self->{record}->('expired', session => $session,
            socket => $self->{sockets},
            map { $_ => $e->{$_} } qw(conversation from to));
    }
}

sub answered {
    my ($self, $e) = @_;

    if (my $cursors = delete $self->{acks}{$e->{re}}) {
        if ($e->{ok}) { $self->covered($_, $cursors->{$_}) for keys %$cursors }
        return;
    }

    return if !defined $self->{asked} || $e->{re} != $self->{asked};

    my $p = $self->{pending};
    delete $self->{asked};

    if ($e->{ok}) {
        $self->{record}->('sent', session => $self->{device}{session},
            conversation => $p->{conversation}, id => $p->{id},
            seq => $e->{ok}{seq});
        delete $self->{pending};

    } elsif ($e->{problem}{retryable}) {
        $self->{again} = ChatTest::History::now() + 0.1;

    } else {
        $self->{record}->('refused', session => $self->{device}{session},
            conversation => $p->{conversation}, id => $p->{id},
            code => $e->{problem}{code});
        delete $self->{pending};
    }
}

1;
