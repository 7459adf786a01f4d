#!/usr/bin/perl

# Makes src/lib/chat_password_list.c of data/passwords.txt: one blob and the
# offset of each entry in it, so that loading the module relocates nothing.

use strict;
use warnings;

my (@words, @offsets, $size, $longest);

while (<>) {
    chomp;
    next if /^#(?:[ ]|$)/;

    die "line $.: not printable lower-case ASCII: $_\n" unless /^[!-@\[-~]+$/;
    die "line $.: not sorted: $_\n" if @words && $words[-1] ge $_;

    push @words, $_;
}

$size = $longest = 0;

for my $word (@words) {
    push @offsets, $size;
    $size += length $word;
    $longest = length $word if length $word > $longest;
}

die "the blob needs wider offsets\n" if $size > 0xffff;

print "/* made by data/passwords.pl from data/passwords.txt: edit that one */\n\n",
      "#include \"chat_password_list.h\"\n\n",
      "const size_t  chat_password_list_size = ", scalar @words, ";\n",
      "const size_t  chat_password_list_longest = $longest;\n\n",
      "const char  chat_password_list_text[] =";

my $line = '';

for my $word (@words, undef) {
    if (!defined $word || length($line) + 2 * length($word) > 108) {
        print "\n    \"$line\"";
        $line = '';
    }

    last unless defined $word;

    (my $text = $word) =~ s/([\\"?])/\\$1/g;
    $line .= $text;
}

print ";\n\nconst uint16_t  chat_password_list_offset[] = {";

for my $i (0 .. @words) {
    print $i % 16 == 0 ? "\n    " : " ";
    print $i < @words ? "$offsets[$i]," : $size;
}

print "\n};\n";
