package ChatTest::Process;

# Processes that we start ourselves, and only those.

use strict;
use warnings;

use POSIX ();
use Time::HiRes ();

# command: array. user: whose it is when we are root. log: file for both
# outputs. stop_with: signal. env: hash. detach: it may outlive us (its owner
# is another process, which stops it).
sub start {
    my ($class, %opt) = @_;

    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if (!$pid) {
        setpgrp 0, 0;
        POSIX::close($_) for 3 .. 255;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', $opt{log} or POSIX::_exit(126);
        open STDERR, '>&', \*STDOUT;
        chdir '/';
        @ENV{keys %{$opt{env}}} = values %{$opt{env}} if $opt{env};

        my @as = as($opt{user});
        if (!$opt{detach}) {
            pop @as;
            @as = (@as ? @as : 'setpriv', '--pdeathsig', 'INT', '--');
        }

        exec(@as, @{$opt{command}}) or POSIX::_exit(127);
    }

    return bless { pid => $pid, owner => $$,
                   stop_with => $opt{stop_with} || 'TERM' }, $class;
}

sub pid { $_[0]{pid} }

sub running {
    my ($self) = @_;

    return 0 if defined $self->{status};

    my $got = waitpid $self->{pid}, POSIX::WNOHANG();
    if ($got == $self->{pid}) {
        $self->{status} = $?;
        return 0;
    }

    return $got == 0;
}

# exit status as waitpid gives it, once it has ended
sub status { $_[0]{status} }

sub wait {
    my ($self, $seconds) = @_;
    return wait_for($seconds, sub { !$self->running });
}

sub stop {
    my ($self, $seconds) = @_;

    return if $self->{owner} != $$ || !$self->running;

    kill 'CONT', $self->{pid};
    kill $self->{stop_with}, $self->{pid};
    return if $self->wait($seconds || 5);

    kill 'KILL', $self->{pid};
    $self->wait(5);
}

# the words that run what follows as a user, when we are root
sub as {
    my ($user) = @_;

    return () if !defined $user || $> != 0;
    return ('setpriv', "--reuid=$user", "--regid=$user", '--clear-groups', '--');
}

# makes a file or directory a user's, when we are root
sub give {
    my ($user, @path) = @_;

    return if $> != 0;
    my (undef, undef, $uid, $gid) = getpwnam $user
        or die "no user $user on this system";
    chown $uid, $gid, @path;
}

# both outputs of a command as one string; the exit status is in $?
sub output {
    my (@command) = @_;

    my $pid = open my $out, '-|';
    die "fork: $!" if !defined $pid;

    if (!$pid) {
        chdir '/';
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec(@command) or POSIX::_exit(127);
    }

    local $/;
    my $text = <$out>;
    close $out;

    return defined $text ? $text : '';
}

# polls until the condition holds; false after so many seconds
sub wait_for {
    my ($seconds, $condition) = @_;

    my $end = Time::HiRes::time() + $seconds;

    while (1) {
        my $got = $condition->();
        return $got if $got;
        return 0 if Time::HiRes::time() > $end;
        Time::HiRes::sleep(0.02);
    }
}

# pids of the direct children of a process
sub children {
    my ($pid) = @_;
    my @children;

    for my $file (glob '/proc/[0-9]*/stat') {
        open my $in, '<', $file or next;
        my $stat = <$in> // next;
        push @children, $1 if $stat =~ /^(\d+) \(.*\) \S (\d+) /s && $2 == $pid;
    }

    return @children;
}

1;
