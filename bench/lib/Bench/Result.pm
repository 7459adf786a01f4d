package Bench::Result;

# latest.json, and the table and the plot that are made of it.

use strict;
use warnings;

use JSON::PP ();
use POSIX ();

use Bench::Machine ();
use Bench::Plot ();
use Bench::Table ();

my $json = JSON::PP->new->utf8->canonical->pretty->indent_length(2);

sub new {
    my ($class, $dir) = @_;
    my $self = bless { dir => $dir, data => { figures => {}, measures => {} } }, $class;

    mkdir $dir or die "mkdir $dir: $!" if !-d $dir;

    if (open my $in, '<', "$dir/latest.json") {
        local $/;
        $self->{data} = $json->decode(scalar <$in>);
    }

    return $self;
}

# takes what a run has measured so far over what stood there
sub merge {
    my ($self, $c) = @_;
    my $machine = $self->{machine} ||= Bench::Machine::describe();
    my $at = POSIX::strftime('%Y-%m-%d', gmtime);

    # figures of another machine don't stand beside these
    my $was = $self->{data}{machine};
    @{$self->{data}}{qw(figures measures)} = ({}, {})
        if $was && grep { ($was->{$_} // '') ne ($machine->{$_} // '') } qw(cpu cores memory_gib);

    $self->{data}{machine} = $machine;

    for my $kind (qw(figures measures)) {
        for my $name (keys %{$c->{$kind}}) {
            my $entry = { %{$c->{$kind}{$name}} };
            @$entry{qw(date commit quick)} = ($at, $machine->{commit}, $c->quick ? JSON::PP::true() : JSON::PP::false());
            $self->{data}{$kind}{$name} = $entry;
        }
    }

    return $self;
}

sub write {
    my ($self) = @_;
    my $dir = $self->{dir};
    put("$dir/latest.json", $json->encode($self->{data}));
    put("$dir/README.md", encode(Bench::Table::markdown($self->{data})));
    put("$dir/figures.svg", encode(Bench::Plot::svg($self->{data})));
}

sub encode { my ($text) = @_; utf8::encode($text); return $text }

sub put {
    my ($file, $text) = @_;
    open my $out, '>', "$file.new" or die "$file: $!";
    print $out $text;
    close $out or die "$file: $!";
    rename "$file.new", $file or die "$file: $!";
}

1;
