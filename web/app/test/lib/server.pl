#!/usr/bin/perl

# A server of a suite's own, the built web client with it: PostgreSQL, nginx with
# the module, a mail catcher. Says where it is as one line of JSON, then does what
# lines of JSON on its standard input ask for; ends, and removes everything, with
# its input.

use strict;
use warnings;

use File::Basename ();
use JSON::PP ();

use lib File::Basename::dirname(__FILE__) . '/../../../../t/lib';

use ChatTest::Client ();
use ChatTest::Sandbox ();
use ChatTest::Smtp ();

my $json = JSON::PP->new->utf8->canonical;
my $root = $ChatTest::Sandbox::root;
my $dist = $ARGV[0] || "$root/web/app/dist";
my $more = $ARGV[1] // ''; # directives of the suite's own
my $limits = join ' ', map { "chat_limit $_ off;" }
    qw(sign_in register register_all mail mail_all confirm lookup token login guess proof factor password
       claim rejoin send socket request);

die "$dist isn't built: make web\n" if !-s "$dist/build.txt";

my $s = ChatTest::Sandbox->new;
my $smtp = ChatTest::Smtp->new(port => $s->port, dir => $s->dir . '/smtp');
my $port = $s->port;
my $nginx = $s->nginx(
    port => $port,
    workers => 2,
    stopped => 1,
    http => 'include /etc/nginx/mime.types; chat_drain 1s; chat_mail smtp://127.0.0.1:' . $smtp->port
            . " from=chat\@example.org; chat_public_url http://localhost:$port;",
    server => "include $root/conf/web-headers.conf;",
    location => "$limits chat_web_build file:$dist/build.txt; chat_name 'Chat on the island'; $more",
);
publish($dist);
$nginx->start;
ChatTest::Client::ready($s, $nginx);

sub publish {
    my ($from) = @_;
    # what nginx compresses beforehand must not outlive what it holds
    system('find', $nginx->dir . '/html', '-name', '*.gz', '-delete') == 0 or die "find: $!";
    system('cp', '-R', "$from/.", $nginx->dir . '/html') == 0 or die "cp: $!";
    system('chmod', '-R', 'a+rX', $nginx->dir . '/html') == 0 or die "chmod: $!";
}

my %do = (
    # the newest of so many mails to an address: its text
    mail => sub {
        my @mails = $smtp->wait_mails($_[0]{to}, $_[0]{many});
        return @mails ? $mails[-1]{parts}{plain} : undef;
    },
    psql => sub { return $s->cluster->psql($_[0]{sql}) },
    stop => sub { $nginx->stop; return JSON::PP::true },
    start => sub { $nginx->start; return JSON::PP::true },
    # one worker dies as by a fault; the master makes another
    kill_worker => sub { my ($pid) = $nginx->workers; kill 'KILL', $pid; return $pid },
    publish => sub { publish($_[0]{dir}); return JSON::PP::true },
    log => sub { return $nginx->log },
);

$| = 1;
print $json->encode({ port => $nginx->port, dir => $s->dir }), "\n";

while (defined(my $line = <STDIN>)) {
    my $asked = $json->decode($line);
    my $answer = eval { { ok => $do{$asked->{do}}->($asked) } } || { error => "$@" };
    print $json->encode({ id => $asked->{id}, %$answer }), "\n";
}
