#!/usr/bin/perl

# A server of a test's own: PostgreSQL, nginx with the module, a mail catcher,
# in a sandbox of t/lib. Says where it is as one line of JSON, then does what
# lines of JSON on its standard input ask for and answers each by a line; ends,
# and removes everything, with its input.

use strict;
use warnings;

use File::Basename ();
use JSON::PP ();

# CHAT_TEST_ROOT: another checkout whose server is tested with this client
use lib ($ENV{CHAT_TEST_ROOT} || File::Basename::dirname(__FILE__) . '/../../../..')
        . '/t/lib';

use ChatTest::Client ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

my $json = JSON::PP->new->utf8->canonical;
my @classes = qw(sign_in register register_all mail mail_all confirm lookup token login guess proof
    factor password claim rejoin send socket request);
my %known = map { $_ => 1 } split ' ', $ENV{CHAT_TEST_CLASSES} || join ' ', @classes;
my $limits = join ' ', map { "chat_limit $_ off;" } grep { $known{$_} } @classes;

my $s = ChatTest::Sandbox->new;
my $smtp = ChatTest::Smtp->new(port => $s->port, dir => $s->dir . '/smtp');
my $nginx = $s->nginx(
    workers => 2,
    http => 'chat_mail smtp://127.0.0.1:' . $smtp->port . ' from=chat@example.org; '
            . ($ENV{CHAT_TEST_HTTP} || ''),
    location => "$limits " . ($ENV{CHAT_TEST_LOCATION} || ''),
);
ChatTest::Client::ready($s, $nginx);

my %do = (
    # the newest mail to an address: its text
    mail => sub {
        my @mails = $smtp->wait_mails($_[0]{to}, $_[0]{many});
        return @mails ? $mails[-1]{parts}{plain} : undef;
    },
    psql => sub { return $s->cluster->psql($_[0]{sql}) },
    reload => sub { $nginx->reload; return JSON::PP::true },
    stop => sub { $nginx->stop; return JSON::PP::true },
    start => sub { $nginx->start; return JSON::PP::true },
    complaints => sub { return [$nginx->complaints] },
    log => sub { return $nginx->log },
);

$| = 1;
print $json->encode({
    port => $nginx->port, dir => $s->dir, nginx => $nginx->dir,
    conninfo => $s->cluster->conninfo,
}), "\n";

while (defined(my $line = <STDIN>)) {
    my $asked = $json->decode($line);
    my $answer = eval { { ok => $do{$asked->{do}}->($asked) } } || { error => "$@" };
    print $json->encode({ id => $asked->{id}, %$answer }), "\n";
}
