package ChatTest::History;

# What many clients did and saw, over one clock, and what must hold of it
# whatever was killed meanwhile:
#
#   I1  every acknowledged send reached every member's device
#   I2  no message has two numbers, and no number comes with two messages
#   I3  one number per id, over retries on other sockets and workers
#   I4  inside one socket numbers strictly rise
#   I5  what was refused never appears
#   I6  nothing comes again that an answered acknowledgement or resume covered
#   I7  who sends after an answer gets a higher number
#   I8  a client's own answered sends keep their order
#   I9  all members received the same
#   I10 nobody's numbers have a gap but those told as expired
#
# Events (each with t, seconds of the monotonic clock):
#   send    { session, conversation, id, payload }
#   sent    { session, conversation, id, seq }
#   refused { session, conversation, id, code }
#   recv    { session, socket, conversation, seq, id, payload }
#   expired { session, socket, conversation, from, to }
#   covered { session, conversation, seq }    (an answered ack or resume)

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes ();

my $json = JSON::PP->new->utf8->canonical;

sub now { Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) }

# file: where this process appends what it saw
sub recorder {
    my ($class, $file) = @_;
    open my $out, '>>', $file or die "$file: $!";
    $out->autoflush(1);
    return sub {
        my ($what, %event) = @_;
        print $out $json->encode({ what => $what, t => now(), %event }), "\n";
    };
}

sub new {
    my ($class, @files) = @_;
    my @events;

    for my $file (@files) {
        open my $in, '<', $file or die "$file: $!";
        # a client that was killed may have written half a line
        push @events, grep { $_ } map { eval { $json->decode($_) } } <$in>;
    }

    @events = sort { $a->{t} <=> $b->{t} } @events;
    return bless { events => \@events, files => scalar @files }, $class;
}

sub of { my ($s, $what) = @_; return grep { $_->{what} eq $what } @{$s->{events}} }

# Everything that is wrong, as sentences; members: { conversation => [sessions] }.
# At most 20 of them.
sub faults {
    my ($self, $members) = @_;
    my @bad = (
        $self->numbers($members),
        $self->sockets($members),
        $self->complete($members),
        $self->order($members),
    );

    return @bad > 20 ? (@bad[0 .. 19], '... ' . (@bad - 20) . ' more') : @bad;
}

# I2, I3, I5
sub numbers {
    my ($self, $members) = @_;
    my (%seq, %id, %payload, %sent, @bad, %refused);

    $refused{$_->{id}} = $_->{code} for $self->of('refused');
    $payload{$_->{id}} = $_->{payload} for $self->of('send');

    for my $e ($self->of('sent'), $self->of('recv')) {
        next if !$members->{$e->{conversation}};
        my $c = $e->{conversation};
        my $id = $e->{id} // '';

        push @bad, "I3: $id has numbers $seq{$c}{$id} and $e->{seq}"
            if ($seq{$c}{$id} //= $e->{seq}) != $e->{seq};
        push @bad, "I2: number $e->{seq} is $id{$c}{$e->{seq}} and $id"
            if ($id{$c}{$e->{seq}} //= $id) ne $id;
        push @bad, "I5: $id was refused ($refused{$id}) and is there"
            if $refused{$id};
        push @bad, "I2: $id came with another body"
            if $e->{what} eq 'recv' && defined $payload{$id}
               && $payload{$id} ne $e->{payload};
        push @bad, "I5: $id was never sent"
            if $e->{what} eq 'recv' && !defined $payload{$id};
    }

    return @bad;
}

# I4, I6
sub sockets {
    my ($self) = @_;
    my (%last, %covered, @bad);

    for my $e (@{$self->{events}}) {
        my $c = $e->{conversation};

        if ($e->{what} eq 'recv') {
            my $last = $last{$e->{session}, $e->{socket}, $c};
            push @bad, "I4: $e->{seq} after $last on a socket of $e->{session}"
                if defined $last && $e->{seq} <= $last;
            $last{$e->{session}, $e->{socket}, $c} = $e->{seq};

            my $covered = $covered{$e->{session}, $c} // 0;
            push @bad, "I6: $e->{seq} again after $covered was covered"
                if $e->{seq} <= $covered;

        } elsif ($e->{what} eq 'covered') {
            my $key = join $;, $e->{session}, $c;
            $covered{$key} = $e->{seq} if $e->{seq} > ($covered{$key} // 0);
        }
    }

    return @bad;
}

# I1, I9, I10
sub complete {
    my ($self, $members) = @_;
    my (%got, %gone, @bad);

    $got{$_->{conversation}}{$_->{session}}{$_->{seq}} = 1
        for $self->of('recv');

    for my $e ($self->of('expired')) {
        $gone{$e->{conversation}}{$e->{session}}{$_} = 1
            for $e->{from} .. $e->{to};
    }

    for my $c (sort keys %$members) {
        my ($top) = sort { $b <=> $a } map { keys %{$_ || {}} }
                    map { $got{$c}{$_} } @{$members->{$c}};

        for my $session (@{$members->{$c}}) {
            my $got = $got{$c}{$session} || {};
            my @missing = grep { !$got->{$_} && !$gone{$c}{$session}{$_} }
                          1 .. $top // 0;
            push @bad, "I9/I10: $session misses @missing[0 .. ($#missing > 9 ? 9 : $#missing)] of $top"
                if @missing;
        }
    }

    for my $e ($self->of('sent')) {
        for my $session (@{$members->{$e->{conversation}} || []}) {
            push @bad, "I1: $session never got $e->{seq}, which was acknowledged"
                if !$got{$e->{conversation}}{$session}{$e->{seq}};
        }
    }

    return @bad;
}

# I7, which for clients that send one after the other is I8, too
sub order {
    my ($self, $members) = @_;
    my (%start, %done, @bad);

    # of a retried send the first try counts: it may have been stored then
    for my $e ($self->of('send')) {
        $start{$e->{id}} = $e->{t}
            if !defined $start{$e->{id}} || $e->{t} < $start{$e->{id}};
    }

    for my $c (keys %$members) {
        my @by_start = sort { $start{$a->{id}} <=> $start{$b->{id}} }
                       grep { $_->{conversation} eq $c
                              && defined $start{$_->{id}} } $self->of('sent');
        my @by_end = sort { $a->{t} <=> $b->{t} } @by_start;
        my $highest = 0;

        for my $e (@by_start) {
            while (@by_end && $by_end[0]{t} < $start{$e->{id}}) {
                my $before = shift @by_end;
                $highest = $before->{seq} if $before->{seq} > $highest;
            }

            push @bad, "I7: $e->{seq} was sent after $highest had its answer"
                if $e->{seq} < $highest;
        }
    }

    return @bad;
}

1;
