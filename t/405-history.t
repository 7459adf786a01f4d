#!/usr/bin/perl

# The history checker notices each fault that it is there for.

use strict;
use warnings;

use lib 't/lib';
use File::Temp ();
use JSON::PP ();
use Test::More;

use ChatTest::History ();

my $json = JSON::PP->new->canonical;

# two devices of a conversation c; a sends x, then y; both receive both
sub good {
    return map { { conversation => 'c', %$_ } } (
        { t => 1, what => 'send', session => 'a', id => 'x', payload => 'X' },
        { t => 2, what => 'sent', session => 'a', id => 'x', seq => 1 },
        { t => 3, what => 'recv', session => 'a', socket => 1, seq => 1, id => 'x', payload => 'X' },
        { t => 3, what => 'recv', session => 'b', socket => 1, seq => 1, id => 'x', payload => 'X' },
        { t => 4, what => 'covered', session => 'b', seq => 1 },
        { t => 5, what => 'send', session => 'a', id => 'y', payload => 'Y' },
        { t => 6, what => 'sent', session => 'a', id => 'y', seq => 2 },
        { t => 7, what => 'recv', session => 'a', socket => 1, seq => 2, id => 'y', payload => 'Y' },
        { t => 7, what => 'recv', session => 'b', socket => 1, seq => 2, id => 'y', payload => 'Y' },
    );
}

sub faults {
    my (@events) = @_;
    my $file = File::Temp->new;
    print $file $json->encode($_), "\n" for @events;
    close $file;
    return ChatTest::History->new("$file")->faults({ c => ['a', 'b'] });
}

sub noticed {
    my ($invariant, $what, $change) = @_;
    my @events = good();
    @events = $change->(@events);
    my @faults = faults(@events);
    ok scalar(grep { /^[I0-9\/]*\b$invariant\b/ } @faults), "$invariant: $what"
        or diag explain \@faults;
}

is_deeply [faults(good())], [], 'a good history has no faults';

noticed('I1', 'an acknowledged message that a device never got', sub { @_[0 .. 7] });
noticed('I2', 'two messages under one number', sub {
    (@_[0 .. 7], { %{$_[8]}, seq => 1, socket => 2 }, $_[8]) });
noticed('I3', 'one message under two numbers', sub {
    (@_, { %{$_[8]}, t => 8, id => 'x', payload => 'X', seq => 3 }) });
noticed('I3', 'a retry that gets another number', sub {
    (@_, { %{$_[1]}, t => 8, seq => 3 }) });
noticed('I4', 'a number twice on one socket', sub { (@_, { %{$_[8]}, t => 8 }) });
noticed('I4', 'numbers that fall', sub {
    my @e = @_; @e[3, 8] = ({ %{$e[3]}, t => 7.5 }, $e[8]); @e });
noticed('I5', 'a refused message that appears', sub {
    (@_, { t => 8, what => 'refused', session => 'a', conversation => 'c', id => 'y', code => 'x' }) });
noticed('I5', 'a message that nobody sent', sub { @_[0 .. 4, 6 .. 8] });
noticed('I6', 'what was covered comes again', sub {
    (@_, { %{$_[3]}, t => 8, socket => 2 }) });
noticed('I7', 'a later send with a lower number', sub {
    map { exists $_->{seq} && $_->{what} ne 'covered' ? { %$_, seq => 3 - $_->{seq} } : $_ } @_ });
noticed('I10', 'a gap', sub {
    map { exists $_->{seq} && $_->{seq} == 2 ? { %$_, seq => 3 } : $_ } @_ });
noticed('I9', 'two devices that saw different things', sub { @_[0 .. 5, 7] });

is_deeply [faults(map { $_->{what} eq 'recv' && $_->{session} eq 'b' && $_->{seq} == 1
    ? { t => 3, what => 'expired', session => 'b', socket => 1, conversation => 'c', from => 1, to => 1 }
    : $_ } grep { $_->{what} ne 'sent' } good())], [],
    'what is told as expired is no gap';

done_testing;
