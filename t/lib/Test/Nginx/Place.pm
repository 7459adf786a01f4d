package Test::Nginx::Place;

# The server that a block runs against: its directory, its configuration, its
# process. One object a test file.

use strict;
use warnings;

use Cwd ();
use File::Path ();
use IO::Socket::INET ();
use POSIX ();
use Time::HiRes ();

use ChatTest::Process ();

sub new {
    my ($class) = @_;

    my $root = $ENV{TEST_NGINX_SERVROOT} || Cwd::cwd() . '/t/servroot';
    my $port = $ENV{TEST_NGINX_SERVER_PORT} || $ENV{TEST_NGINX_PORT} || 1984;

    $ENV{TEST_NGINX_SERVER_PORT} = $port;
    $ENV{TEST_NGINX_HTML_DIR} ||= "$root/html";
    $ENV{TEST_NGINX_SERVROOT} ||= $root;

    return bless {
        root => $root, port => $port, owner => $$,
        client_port => $ENV{TEST_NGINX_CLIENT_PORT} || $port,
        binary => $ENV{TEST_NGINX_BINARY} || 'nginx',
        timeout => $ENV{TEST_NGINX_TIMEOUT} || 3,
        hup => $ENV{TEST_NGINX_USE_HUP} ? 1 : 0,
        master => ($ENV{TEST_NGINX_MASTER_PROCESS} || 'off') =~ /^(?:1|on)$/ ? 1 : 0,
        level => $ENV{TEST_NGINX_LOG_LEVEL} || 'debug',
        workers => 1, connections => 64, env => [], preamble => '',
        server_name => 'localhost', version => 0,
    }, $class;
}

sub pid_file { "$_[0]{root}/logs/nginx.pid" }

sub pid {
    my ($self) = @_;
    open my $in, '<', $self->pid_file or return 0;
    my $pid = <$in>;
    return 0 if !defined $pid || $pid !~ /^(\d+)/;
    my $found = $1;
    waitpid $found, POSIX::WNOHANG();
    return kill(0, $found) ? $found : 0;
}

# An empty server root; a running server's pid file stays where it is.
sub lay {
    my ($self, $keep_logs) = @_;
    my $root = $self->{root};

    for my $name (qw(html conf), $keep_logs ? () : 'logs') {
        File::Path::remove_tree("$root/$name", { error => \my $ignored });
    }
    for my $temp (glob "$root/*_temp $root/*_cache") {
        File::Path::remove_tree($temp, { error => \my $ignored });
    }

    File::Path::make_path(map { "$root/$_" } qw(html conf logs));
    chmod 01777, "$root/logs";
    $self->write("$root/html/index.html",
        '<html><head><title>It works!</title></head><body>It works!</body></html>');
}

sub write {
    my ($self, $file, $text, $date) = @_;

    $file = "$self->{root}/html/$file" if $file !~ m{^/};
    File::Path::make_path($file =~ m{^(.*)/});
    open my $out, '>', $file or die "$file: $!\n";
    print $out defined $text ? $text : '';
    close $out;

    if (defined $date && $date =~ /^\d{4}/) {
        system('touch', '-t', $date, $file);
    }
}

# user_files: text with lines ">>> name date", or [[name, text, date], ...]
sub write_user_files {
    my ($self, $files, $expand) = @_;

    if (!ref $files) {
        my @list;
        for (split /^/, $files) {
            if (/^>>> (\S+)(?:\s+(\S+))?/) {
                push @list, [$1, '', $2];
            } elsif (@list) {
                $list[-1][1] .= $_;
            }
        }
        $files = \@list;
    }

    $self->write($_->[0], $expand->($_->[1]), $_->[2]) for @$files;
}

sub write_conf {
    my ($self, %part) = @_;
    my $root = $self->{root};
    my $modules = join "\n", map { "load_module $_;" }
        split ' ', $ENV{TEST_NGINX_LOAD_MODULES} || '';
    my $env = join "\n", map { "env $_;" } @{$self->{env}},
        qw(LD_PRELOAD ASAN_OPTIONS UBSAN_OPTIONS);
    my $temp = join ' ', map {
        $part{http} =~ /\b${_}_temp_path\b/ ? () : "${_}_temp_path $root/${_}_temp;"
    } qw(client_body proxy fastcgi scgi uwsgi);
    my $user = $ENV{TEST_NGINX_WORKER_USER};
    $user = 'root' if !defined $user && $> == 0;
    $user = defined $user ? "user $user;" : '';
    my $master = $self->{master} || $self->{hup} ? 'on' : 'off';
    my $error_log = $part{error_log} || "$root/logs/error.log";
    my $root_location = $self->{no_root_location} ? '' :
        "location / {\n            root $root/html;\n"
        . "            index index.html index.htm;\n        }";
    my $version = !$self->{hup} ? '' : "server {\n        "
        . "listen $self->{port};\n        server_name Test-Nginx;\n        "
        . "location = /ver { return 200 '" . ++$self->{version} . "'; }\n    }";
    my $http2 = $part{http2} ? ' http2' : '';

    $self->write("$root/conf/nginx.conf", <<"END");
$modules
$part{main}
$user
worker_processes $self->{workers};
daemon off;
master_process $master;
error_log $error_log $self->{level};
pid $root/logs/nginx.pid;
$env

http {
    access_log $root/logs/access.log;
    $temp
    default_type text/plain;
    keepalive_timeout 68000ms;

$part{http}

    server {
        listen $self->{port}$http2;
        server_name '$part{server_name}';
        client_max_body_size 30M;

$self->{preamble}

$part{config}

        $root_location
    }

    $version
}

$part{post_main}

events {
    accept_mutex off;
    worker_connections $self->{connections};
}
END
}

# Starts nginx and waits until it answers or ends: (exit status or undef, what
# it said). It stays our child, and ends with us.
sub launch {
    my ($self) = @_;
    my $root = $self->{root};
    my $said = "$root/logs/said";

    my $pid = fork;
    die "fork: $!" if !defined $pid;
    if (!$pid) {
        setpgrp 0, 0;
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', $said;
        open STDERR, '>&', \*STDOUT;
        POSIX::close($_) for 3 .. 255;
        $ENV{ASAN_OPTIONS} = 'detect_odr_violation=0:detect_leaks=0:'
                             . "log_path=$root/logs/asan";
        $ENV{UBSAN_OPTIONS} = "print_stacktrace=1:log_path=$root/logs/ubsan";
        exec('setpriv', '--pdeathsig', 'TERM', '--', $self->{binary},
             '-p', "$root/", '-c', "$root/conf/nginx.conf")
            or POSIX::_exit(127);
    }

    for (1 .. 1500) {
        if (waitpid($pid, POSIX::WNOHANG()) == $pid) {
            return ($?, $self->read($said));
        }
        last if $self->pid && IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $self->{client_port},
            Timeout => 1);
        Time::HiRes::sleep(0.01);
    }

    return (undef, $self->read($said));
}

# Tells the running server to take the new configuration; true once it has.
sub hup {
    my ($self) = @_;
    my @old = ChatTest::Process::children($self->pid);
    kill 'HUP', $self->pid;

    for (1 .. 500) {
        my $socket = IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $self->{client_port},
            Timeout => 1) or next;
        print $socket "GET /ver HTTP/1.0\r\nHost: Test-Nginx\r\n\r\n";
        my $got = do { local $/; <$socket> };
        if (defined $got && $got =~ /\r\n\r\n\Q$self->{version}\E$/) {
            # an old worker accepts until it reads that it should quit
            ChatTest::Process::wait_for(1, sub { !grep { kill 0, $_ } @old });
            return 1;
        }
        Time::HiRes::sleep(0.02);
    }

    return 0;
}

# Stops the server; false when it had to be killed.
sub stop {
    my ($self, $signal) = @_;
    return 1 if $self->{owner} != $$;

    my $pid = $self->pid or return 1;
    kill $signal || 'QUIT', $pid;

    my $patience = ($signal || 'QUIT') eq 'QUIT' ? 500 : 250;
    for (1 .. $patience) {
        waitpid $pid, POSIX::WNOHANG();
        return 1 if !kill 0, $pid;
        Time::HiRes::sleep(0.01);
    }

    return $self->stop('TERM') && 0 if ($signal || 'QUIT') eq 'QUIT';
    kill 'KILL', $pid;
    unlink $self->pid_file;
    return 0;
}

sub read {
    my ($self, $file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

sub lines {
    my ($self, $name) = @_;
    return split /^/, $self->read("$self->{root}/logs/$name.log");
}

# What a sanitizer wrote.
sub findings {
    my ($self) = @_;
    return map { $self->read($_) } glob "$self->{root}/logs/asan.* $self->{root}/logs/ubsan.*";
}

1;
