package ChatTest::Nginx;

# One nginx with the module in it: started, reloaded, hurt and looked after.

use strict;
use warnings;

use File::Path ();
use IO::Socket::INET ();
use Time::HiRes ();

use ChatTest::Process ();

our $binary = $ENV{TEST_NGINX_BINARY} || '/usr/sbin/nginx';

# dir: its prefix, made here. port: of the plain HTTP server.
# workers (1), shutdown_timeout (10s), level (info): nginx's own settings.
# database: conninfo; undef leaves the module without configuration.
# main, events, http, server, location: lines added in each context (location:
# beside "chat;" in location /api/).
# conf: a whole configuration instead, with %%DIR%%, %%PORT%% and %%MODULE%%.
# env: variables of the process. module: the .so.
# daemon: as a daemon; only such a one can be upgraded (nginx ignores USR2 in
# the foreground), but it would outlive a suite that is killed by -9.
sub new {
    my ($class, %opt) = @_;

    my $self = bless {
        workers => 1, shutdown_timeout => '10s', level => 'info', main => '',
        events => '', http => '', server => '', location => '', env => {},
        module => $ENV{TEST_NGINX_CHAT_MODULE}
                  || "$ChatTest::Sandbox::build/ngx_http_chat_module.so",
        %opt,
        owner => $$,
    }, $class;

    mkdir $self->{dir} or die "mkdir $self->{dir}: $!";
    mkdir "$self->{dir}/$_" or die "mkdir: $!" for qw(temp html logs);
    chmod 0755, $self->{dir};
    chmod 01777, "$self->{dir}/logs", "$self->{dir}/temp";
    $self->write_conf;

    return $self;
}

sub port { $_[0]{port} }
sub dir { $_[0]{dir} }

sub write_conf {
    my ($self, %opt) = @_;
    @$self{keys %opt} = values %opt;

    my $text = defined $self->{conf} ? $self->{conf} : $self->generated;
    $text =~ s/%%DIR%%/$self->{dir}/g;
    $text =~ s/%%PORT%%/$self->{port}/g;
    $text =~ s/%%MODULE%%/$self->{module}/g;

    open my $out, '>', "$self->{dir}/nginx.conf" or die $!;
    print $out $text;
    close $out;

    return $self;
}

sub generated {
    my ($self) = @_;
    my $dir = $self->{dir};
    my $user = $ENV{TEST_NGINX_WORKER_USER} || 'www-data';
    $user = $> == 0 ? "user $user;" : '';
    my ($database, $chat) = ('', '');

    if (defined $self->{database}) {
        $database = qq{chat_database "$self->{database}";};
        $chat = "location /api/ {\n            chat;\n"
                . "            $self->{location}\n        }";
    }

    my $temp = join "\n    ", map { "${_}_temp_path $dir/temp/$_;" }
        qw(client_body proxy fastcgi uwsgi scgi);

    return <<"END";
$user
worker_processes $self->{workers};
worker_shutdown_timeout $self->{shutdown_timeout};
error_log $dir/logs/error.log $self->{level};
pid $dir/nginx.pid;
env LD_PRELOAD;
env ASAN_OPTIONS;
env UBSAN_OPTIONS;
load_module $self->{module};
$self->{main}

events {
    worker_connections 1024;
    $self->{events}
}

http {
    access_log $dir/logs/access.log;
    $temp
    $database
    $self->{http}

    server {
        listen 127.0.0.1:$self->{port};
        server_name localhost;
        $self->{server}

        $chat

        location / {
            root $dir/html;
        }
    }
}
END
}

# Starts it and waits for its port; dies with what it said when it doesn't.
sub start {
    my ($self) = @_;

    $self->{process} = ChatTest::Process->start(
        log => "$self->{dir}/logs/stderr.log",
        stop_with => 'TERM',
        env => $self->environment,
        command => [$binary, '-p', "$self->{dir}/", '-c',
                    "$self->{dir}/nginx.conf",
                    '-g', $self->{daemon} ? 'daemon on;' : 'daemon off;'],
    );

    my $up = ChatTest::Process::wait_for(20, sub {
        ($self->answers && $self->pid) || (!$self->{process}->running
                           && (!$self->{daemon} || $self->{process}->status))
    });

    die "nginx did not start:\n" . $self->output . $self->log
        if !$up || !$self->pid;

    # a worker has its title a moment after its fork
    my ($want) = slurp("$self->{dir}/nginx.conf") =~ /worker_processes\s+(\d+)/;
    ChatTest::Process::wait_for(5, sub { $self->workers >= ($want || 1) })
        if slurp("$self->{dir}/nginx.conf") !~ /master_process\s+off/;

    return $self;
}

sub environment {
    my ($self) = @_;

    my $options = "detect_odr_violation=0:detect_leaks=0:quarantine_size_mb=4:"
                  . "log_path=$self->{dir}/logs/asan";
    return {
        ASAN_OPTIONS => $options,
        UBSAN_OPTIONS => "print_stacktrace=1:log_path=$self->{dir}/logs/ubsan",
        %{$self->{env}},
    };
}

# nginx -t: (true when the configuration stands, what it said)
sub test {
    my ($self) = @_;

    local %ENV = (%ENV, %{$self->environment});
    my $out = ChatTest::Process::output(
        $binary, '-t', '-p', "$self->{dir}/", '-c', "$self->{dir}/nginx.conf");
    return ($? == 0, $out);
}

sub answers {
    my ($self) = @_;
    return !!IO::Socket::INET->new(PeerAddr => '127.0.0.1',
                                   PeerPort => $self->{port}, Timeout => 1);
}

# The master's pid, by its pid file (after an upgrade it is another process).
sub pid {
    my ($self, $suffix) = @_;

    open my $in, '<', "$self->{dir}/nginx.pid" . ($suffix || '') or return 0;
    my $pid = <$in>;
    return 0 if !defined $pid || $pid !~ /^(\d+)/;
    return kill(0, $1) ? $1 : 0;
}

# Pids of the workers that run, those that are shutting down too.
sub workers {
    my ($self) = @_;
    my $pid = $self->pid or return;
    my @workers = sort { $a <=> $b } grep { title($_) =~ /worker process/ }
        ChatTest::Process::children($pid);
    return @workers;
}

sub title {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/cmdline" or return '';
    my $title = <$in>;
    return defined $title ? $title : '';
}

# Resident memory of a process in KiB.
sub memory {
    my ($self, $pid) = @_;
    open my $in, '<', "/proc/$pid/status" or return 0;
    return join('', <$in>) =~ /^VmRSS:\s+(\d+)/m ? $1 : 0;
}

# Reloads and waits until new workers run. The old ones may still drain:
# wait_gone(@old) says when they are gone.
sub reload {
    my ($self) = @_;
    my %old = map { $_ => 1 } $self->workers;
    my $want = keys %old;

    kill 'HUP', $self->pid;
    ChatTest::Process::wait_for(20, sub {
        grep({ !$old{$_} } $self->workers) >= $want
    }) or die "no new workers after a reload:\n" . $self->log;

    my @old = sort { $a <=> $b } keys %old;
    return @old;
}

# Waits until processes are gone; false after so many seconds.
sub wait_gone {
    my ($self, $seconds, @pid) = @_;
    return ChatTest::Process::wait_for($seconds, sub { !grep { kill 0, $_ } @pid });
}

# Kills a worker (by its place in the list) and waits for the one that
# replaces it. signal: KILL by default.
sub kill_worker {
    my ($self, $n, $signal) = @_;
    my @old = $self->workers;
    my $pid = $old[$n || 0];
    my %old = map { $_ => 1 } @old;

    kill $signal || 'KILL', $pid;
    ChatTest::Process::wait_for(20, sub {
        my @now = $self->workers;
        @now == @old && grep { !$old{$_} } @now
    }) or die "no new worker after a kill:\n" . $self->log;

    $self->{killed}++;
    return $pid;
}

# A binary upgrade: USR2 starts a new master; with finish the old one ends.
sub upgrade {
    my ($self, %opt) = @_;
    my $old = $self->pid;

    kill 'USR2', $old;
    ChatTest::Process::wait_for(20, sub {
        $self->pid('.oldbin') && $self->pid && $self->pid != $old
            && $self->workers
    }) or die "no new master:\n" . $self->log;

    $self->{upgraded} = 1;
    if ($opt{finish}) {
        $self->finish_upgrade;
    }

    return $old;
}

sub finish_upgrade {
    my ($self) = @_;
    my $old = $self->pid('.oldbin') or return 1;

    kill 'QUIT', $old;
    return ChatTest::Process::wait_for(20, sub {
        $self->{process}->running;
        !$self->pid('.oldbin')
    });
}

# Quits in grace; false when it had to be killed.
sub quit {
    my ($self, $seconds) = @_;
    return $self->signal_all('QUIT', $seconds || 20);
}

# Stops at once. A worker that needs more than a second is killed by nginx's
# master then: that is its rule, and no complaint.
sub stop {
    my ($self, $seconds) = @_;
    $self->{killed}++;
    return $self->signal_all('TERM', $seconds || 20);
}

sub stop_hard {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$self->{process};
    $self->signal_all('TERM', 5);
}

sub signal_all {
    my ($self, $signal, $seconds) = @_;
    my @masters = grep { $_ } $self->pid, $self->pid('.oldbin');
    my @all = (@masters, map { ChatTest::Process::children($_) } @masters);

    return 1 if !@masters && !($self->{process} && $self->{process}->running);
    push @all, $self->{process}->pid if $self->{process} && !@masters;

    kill 'CONT', @all;
    kill $signal, @masters ? @masters : @all;

    my $gone = ChatTest::Process::wait_for($seconds, sub {
        $self->{process}->running;
        !grep { kill(0, $_) && title($_) } @all
    });

    kill 'KILL', @all if !$gone;
    $self->{process}->running;
    return $gone;
}

sub log { slurp("$_[0]{dir}/logs/error.log") }
sub access_log { slurp("$_[0]{dir}/logs/access.log") }
sub output { slurp("$_[0]{dir}/logs/stderr.log") }

# Waits until the error log has a match.
sub wait_log {
    my ($self, $pattern, $seconds) = @_;
    return ChatTest::Process::wait_for($seconds || 5,
                                       sub { $self->log =~ $pattern });
}

# What must never be there: alerts, crashes, what a sanitizer found. A worker
# that the suite itself killed is no complaint.
sub complaints {
    my ($self) = @_;
    my @bad = grep {
        /\[(alert|emerg)\]|exited on signal|open socket|AddressSanitizer|runtime error:/
    } split /\n/, $self->log . $self->output;

    @bad = grep { !/exited on signal 9\b/ } @bad if $self->{killed};

    for my $file (glob "$self->{dir}/logs/asan.* $self->{dir}/logs/ubsan.*"
                       . " $self->{dir}/logs/valgrind.*") {
        next if -z $file;
        push @bad, "$file:\n" . slurp($file);
    }

    return @bad;
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

1;
