package ChatTest::Ctl;

# Runs chatctl as an operator would.
#
#   my $ctl = ChatTest::Ctl->new($sandbox);             # on the sandbox's database
#   my $r = $ctl->run('user', 'list');                  # { rc, out, err }
#   my $r = $ctl->json('user', 'list');                 # and json, of its output

use strict;
use warnings;

use File::Temp ();
use JSON::PP ();
use POSIX ();
use Test::More ();

use ChatTest::Sandbox ();

# under the sanitizers where the suite is
our $binary = $ENV{TEST_CHATCTL}
    || (($ENV{TEST_NGINX_CHAT_FLAVOUR} || '') eq 'asan'
        && -x "$ChatTest::Sandbox::build/asan/chatctl"
        ? "$ChatTest::Sandbox::build/asan/chatctl" : "$ChatTest::Sandbox::build/chatctl");

my $decoder = JSON::PP->new->utf8;

# database: conninfo, undef for none
sub new {
    my ($class, $sandbox, %opt) = @_;
    my $self = bless { sandbox => $sandbox, env => {}, %opt }, $class;
    $self->{database} = $sandbox->cluster->conninfo if !exists $opt{database};
    return $self;
}

# words: the command. A hash first: in (standard input), env.
sub run {
    my ($self, @words) = @_;
    my %opt = ref $words[0] ? %{shift @words} : ();

    unshift @words, '--database', $self->{database} if defined $self->{database};
    return $self->exec(\%opt, split(' ', $ENV{TEST_CHATCTL_UNDER} || ''), $binary, @words);
}

sub exec {
    my ($self, $opt, @command) = @_;
    my ($out, $err) = map { File::Temp->new } 1, 2;

    pipe my $read, my $write or die "pipe: $!";
    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if (!$pid) {
        close $write;
        open STDIN, '<&', $read;
        open STDOUT, '>&', $out;
        open STDERR, '>&', $err;
        delete @ENV{grep { /^PG|^CHAT_/ } keys %ENV};
        my %env = (%{$self->{env}}, %{$opt->{env} || {}});
        @ENV{keys %env} = values %env;
        chdir '/';
        exec(@command) or POSIX::_exit(126);
    }

    close $read;
    local $SIG{PIPE} = 'IGNORE';
    print $write $opt->{in} if defined $opt->{in};
    close $write;
    waitpid $pid, 0;

    my $r = { rc => $? & 127 ? -($? & 127) : $? >> 8,
              map { my $f = $_ == 1 ? $out : $err; seek $f, 0, 0; local $/;
                    ($_ == 1 ? 'out' : 'err') => scalar(<$f>) // '' } 1, 2 };
    Test::More::diag("@command: ended by signal " . -$r->{rc} . "\n$r->{err}") if $r->{rc} < 0;
    # a suite may expect the command to fail: what a sanitizer found fails it nevertheless
    if ($r->{err} =~ /Sanitizer|runtime error:|==\d+==/) {
        Test::More::fail("a sanitizer is silent: @command");
        Test::More::diag($r->{err});
    }
    return $r;
}

# The same with --json: standard output is one value, standard error is empty.
sub json {
    my ($self, @words) = @_;
    my $opt = ref $words[0] ? shift @words : {};
    my $r = $self->run($opt, '--json', @words);

    $r->{json} = eval { $decoder->decode($r->{out}) };
    Test::More::ok($r->{json} && $r->{out} =~ /\A[^\n]+\n\z/ && $r->{err} eq ''
                   && $r->{out} !~ /[^\n\x20-\x7e]/,
                   "one line of JSON and nothing else: @words")
        or Test::More::diag("$@$r->{out}\n$r->{err}");
    return $r;
}

1;
