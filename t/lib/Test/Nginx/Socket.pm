package Test::Nginx::Socket;

# The Test::Nginx block format: nginx configuration, requests and what is
# expected, declared in blocks. The suites run unmodified under the module of
# the same name by OpenResty; this one exists because no Debian package has it.
#
# Beyond the format, a file fails when nginx wrote an alert, crashed or didn't
# stop, and when a sanitizer found something.
#
# Each sub has a prototype: without one, Spiffy puts "my $self = shift" into it.

use Test::Base -Base;

use Test::LongString ();
use Test::Nginx::Place ();
use Test::Nginx::Wire ();

BEGIN { no warnings qw(redefine prototype); *no_diff = sub { $Test::Nginx::Socket::NoDiff = 1 } }

our @EXPORT = qw(
    run_tests run_test repeat_each no_shuffle use_hup no_long_string no_diff
    workers master_on master_off worker_connections log_level env_to_nginx
    no_root_location server_root server_port html_dir bail_out server_name
    timeout config_preamble check_accum_error_log add_cleanup_handler
    add_test_cleanup_handler add_block_preprocessor add_response_body_check
    is_str plan
);

our $NoDiff;
my $place = Test::Nginx::Place->new;
my ($repeat, $shuffle, $long_string, $accumulate) = (1, 1, 1, 0);
my (@preprocessors, @body_checks, @cleanup, @test_cleanup);
my ($last_config, $last_block, @log_start, %ports);

sub repeat_each (@) { $repeat = shift if @_; $repeat }
sub no_shuffle () { $shuffle = 0 }
sub use_hup () { $place->{hup} = 1 }
sub no_long_string () { $long_string = 0 }
sub workers (@) { $place->{workers} = shift if @_; $place->{workers} }
sub master_on () { $place->{master} = 1 }
sub master_off () { $place->{master} = 0 }
sub worker_connections (@) { $place->{connections} = shift if @_; $place->{connections} }
sub log_level (@) { $place->{level} = shift if @_; $place->{level} }
sub env_to_nginx (@) { push @{$place->{env}}, @_ }
sub no_root_location () { $place->{no_root_location} = 1 }
sub server_root () { $place->{root} }
sub server_port (@) { $place->{port} = shift if @_; $place->{port} }
sub server_name (@) { $place->{server_name} = shift if @_; $place->{server_name} }
sub html_dir () { "$place->{root}/html" }
sub timeout (@) { $place->{timeout} = shift if @_; $place->{timeout} }
sub config_preamble ($) { $place->{preamble} = shift }
sub check_accum_error_log () { $accumulate = 1 }
sub add_cleanup_handler ($) { push @cleanup, shift }
sub add_test_cleanup_handler ($) { push @test_cleanup, shift }
sub add_block_preprocessor (&) { push @preprocessors, shift }
sub add_response_body_check ($) { push @body_checks, shift }

sub is_str (@) {
    my ($got, $want, $name) = @_;
    return like($got, $want, $name) if ref $want eq 'Regexp';
    return $long_string ? Test::LongString::is_string($got, $want, $name)
                        : is($got, $want, $name);
}

sub bail_out (@) {
    $place->stop('TERM');
    # ends this file; the runner's other files go on
    fail((split /\n/, join '', @_)[0]);
    diag(join '', @_);
    exit 255;
}

sub seconds ($) {
    my ($text) = @_;
    return undef if !defined $text;
    return $1 / 1000 if $text =~ /([\d.]+)\s*ms/;
    return $text =~ /([\d.]+)/ ? $1 : undef;
}

# $TEST_NGINX_X from the environment; $TEST_NGINX_RAND_PORT_N is a free port
sub expand ($) {
    my ($text) = @_;
    return $text if !defined $text || ref $text;

    $text =~ s/\$(TEST_NGINX_RAND_PORT_\d+)/$ports{$1} ||= free_port()/ge;
    $text =~ s{\$(TEST_NGINX_[A-Z0-9_]+)|\$\{(TEST_NGINX_[A-Z0-9_]+)\}}{
        my $name = defined $1 ? $1 : $2;
        bail_out("no $name in the environment") if !defined $ENV{$name};
        $ENV{$name}
    }ge;
    $text =~ s/\$ServerPortForClient\b/$place->{client_port}/g;
    $text =~ s/\$ServerPort\b/$place->{port}/g;

    return $text;
}

sub free_port () {
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 1);
    return $socket->sockport;
}

sub run_tests () {
    my @blocks = blocks();

    if ($shuffle && !$ENV{TEST_NGINX_NO_SHUFFLE}) {
        for my $i (reverse 1 .. $#blocks) {
            my $j = int rand($i + 1);
            @blocks[$i, $j] = @blocks[$j, $i];
        }
    }

    for my $block (@blocks) {
        $_->($block) for @preprocessors;
        $block->set_value('name', "$0 " . $block->name);
        run_test($block);
        $_->($block) for splice @test_cleanup;
    }

    stop_server();
    $_->() for @cleanup;
}

# the block's reason to be skipped and the count of its tests, or nothing
sub skipped ($) {
    my ($block) = @_;

    if (defined(my $text = $block->skip_eval)) {
        my ($n, $code) = $text =~ /^\s*(\d+)\s*:\s*(.*)/s
            or bail_out($block->name . ' - bad skip_eval');
        return ($n, 'skip_eval') if eval $code;
    }

    for my $section (qw(skip_nginx skip_nginx2 skip_openssl)) {
        my $text = $block->can($section) && $block->$section;
        next if !defined $text || !length $text;
        my ($n, $op, $version) = $text =~ /^\s*(\d+)\s*:\s*([<>=!]+)\s*([\d.]+)/
            or bail_out($block->name . " - bad $section");
        my $have = number(version_of($section eq 'skip_openssl' ? 'OpenSSL' : 'nginx'));
        my $want = number($version);
        my %holds = ('<' => $have < $want, '<=' => $have <= $want,
                     '>' => $have > $want, '>=' => $have >= $want,
                     '==' => $have == $want, '!=' => $have != $want);
        return ($n, "$section $op $version") if $holds{$op};
    }

    return ();
}

sub number ($) {
    my @part = split /\./, shift;
    return ($part[0] || 0) * 1_000_000 + ($part[1] || 0) * 1000 + ($part[2] || 0);
}

sub version_of ($) {
    my ($what) = @_;
    my $text = `$place->{binary} -V 2>&1`;
    return $text =~ m{\b\Q$what\E[/ ](\d+\.\d+\.\d+)}i ? $1 : '0.0.0';
}

sub run_test ($) {
    my ($block) = @_;
    my ($count, $why) = skipped($block);

    if ($count) {
        SKIP: { Test::More::skip($block->name . " - $why", $count) }
        return;
    }

    local $Test::Builder::Level = $Test::Builder::Level + 2;

    if (defined(my $todo = $block->todo)) {
        my (undef, $reason) = $todo =~ /^\s*(\d+)\s*:\s*(.*)/s;
        TODO: {
            local $Test::Nginx::Socket::TODO = $reason || $todo;
            Test::More->builder->todo_start($reason || $todo);
            run_block($block);
            Test::More->builder->todo_end;
        }
        return;
    }

    run_block($block);
}

sub run_block ($) {
    my ($block) = @_;

    if (defined $block->config || !defined $last_config) {
        return if !restart($block);
    }
    $last_block = $block;

    eval $block->init if defined $block->init;
    bail_out($block->name . " - init failed: $@") if defined $block->init && $@;

    my $peers = fake_peers($block);

    for my $i (0 .. $repeat - 1) {
        @log_start = map { -s "$place->{root}/logs/$_.log" || 0 } qw(error access)
            if !$accumulate || !@log_start;
        run_requests($block, $i);
    }

    $peers->() if $peers;

    if ($block->can('reload_fails') && defined $block->reload_fails) {
        $last_config = undef;
    }
}

# Brings up the server that the block asks for; false when it has to die.
sub restart ($) {
    my ($block) = @_;
    my $name = $block->name;
    my $hup = $place->{hup} && $place->pid && !defined $block->must_die;

    stop_server() if !$hup;
    check_log_health($last_block->name) if $hup && $last_block;

    %ports = ();
    @log_start = ();
    $place->lay($hup);
    $place->write_conf(
        server_name => defined $block->server_name ? $block->server_name
                                                   : $place->{server_name},
        error_log => scalar $block->error_log_file, http2 => defined $block->http2,
        map({ my $value = expand(scalar $block->${\ ($_->[1])});
              ($_->[0] => defined $value ? $value : '') }
            ['main', 'main_config'], ['http', 'http_config'],
            ['config', 'config'], ['post_main', 'post_main_config']));
    $place->write_user_files($block->user_files, \&expand)
        if defined $block->user_files;

    if (defined $block->post_setup_server_root) {
        eval $block->post_setup_server_root;
        bail_out("$name - post_setup_server_root failed: $@") if $@;
    }

    if ($hup) {
        $place->hup or defined $block->reload_fails
            or bail_out("$name - nginx did not take the new configuration\n",
                        $place->lines('error'));
        $last_config = 1;
        return 1;
    }

    my ($status, $said) = $place->launch;

    if (defined $block->must_die) {
        my $want = $block->must_die =~ /^\s*(\d+)\s*$/ ? $1 : undef;
        if (defined $want) {
            is(defined $status ? $status >> 8 : 'running', $want,
               "$name - died as expected");
        } else {
            ok(defined $status && $status != 0, "$name - died as expected");
        }
        $place->stop('TERM') if !defined $status;
        ($last_config, $last_block) = ();
        $place->write("$place->{root}/logs/error.log",
                      $place->read("$place->{root}/logs/error.log") . $said);
        check_logs($block, 0);
        return 0;
    }

    bail_out("$name - nginx did not start:\n$said\n", $place->lines('error'))
        if defined $status || !$place->pid;

    diag($said) if length $said && !defined $block->suppress_stderr
        && $said !~ /^nginx: \[(?:warn|notice)\]/;
    $last_config = 1;
    return 1;
}

sub stop_server () {
    return if !$place->pid && !$last_block;

    my $stopped = $place->stop($ENV{TEST_NGINX_FAST_SHUTDOWN} ? 'TERM' : 'QUIT');
    my $block = $last_block or return;
    my $name = $block->name;
    my @lines = $place->lines('error');

    patterns(scalar $block->shutdown_error_log, sub ($) {
        my $pattern = shift;
        ok(scalar(grep { matches($_, $pattern) } @lines),
           "$name - pattern \"$pattern\" matches a line in error.log");
    });
    patterns(scalar $block->no_shutdown_error_log, sub ($) {
        my $pattern = shift;
        my ($line) = grep { matches($_, $pattern) } @lines;
        ok(!defined $line, "$name - pattern \"$pattern\" matches no line in error.log");
    });

    fail("$name - nginx stopped when asked to") if !$stopped;
    check_log_health($name);
    ($last_config, $last_block) = ();
}

# Only a complaint is a test of its own: plans count what the blocks declare.
sub check_log_health ($) {
    my ($name) = @_;
    my $block = $last_block;
    my $expected = join "\n", map { my $list = $block->$_;
        defined $list ? ref $list eq 'ARRAY' ? @$list : $list : () }
        qw(error_log shutdown_error_log);

    for my $line ($place->lines('error')) {
        next if $line !~ /\[(?:alert|emerg)\]|exited on signal|open socket .* left/;
        next if $expected =~ /\[alert|\[emerg|exited on signal|open socket/;
        fail("$name - error.log: $line");
    }

    fail("$name - a sanitizer says:\n$_") for $place->findings;
}

# tcp_listen: one connection is taken, tcp_query read and checked, tcp_reply
# sent. Returns what ends it and makes the checks.
sub fake_peers ($) {
    my ($block) = @_;
    my $listen = $block->tcp_listen;
    return undef if !defined $listen;

    $listen = expand($listen);
    my @where = $listen =~ /^\s*\d+\s*$/
        ? (LocalAddr => '127.0.0.1', LocalPort => $listen + 0) : ();
    my $server = @where
        ? IO::Socket::INET->new(@where, Listen => 5, ReuseAddr => 1)
        : do { require IO::Socket::UNIX;
               $listen =~ s/^\s+|\s+$//g; unlink $listen;
               IO::Socket::UNIX->new(Local => $listen, Listen => 5) };
    bail_out("cannot listen on $listen: $!") if !$server;

    pipe my $in, my $out or die "pipe: $!";
    my $pid = fork;
    die "fork: $!" if !defined $pid;

    if (!$pid) {
        close $in;
        alarm 20;
        my $peer = $server->accept or POSIX::_exit(1);
        my $length = $block->tcp_query_len;
        $length = length $block->tcp_query
            if !defined $length && defined $block->tcp_query;
        my $got = '';
        while (length $got < ($length || 1)) {
            sysread($peer, $got, 65536, length $got) or last;
        }
        Time::HiRes::sleep(seconds($block->tcp_reply_delay))
            if defined $block->tcp_reply_delay;
        my $reply = $block->tcp_reply;
        $reply = $reply->($got) if ref $reply eq 'CODE';
        for my $piece (ref $reply ? @$reply : defined $reply ? $reply : ()) {
            syswrite $peer, $piece;
        }
        shutdown $peer, $block->tcp_shutdown if defined $block->tcp_shutdown;
        sleep 10 if defined $block->tcp_no_close;
        print $out $got;
        close $out;
        POSIX::_exit(0);
    }

    close $out;
    close $server;

    return sub {
        kill 'TERM', $pid if defined $block->tcp_no_close;
        my $got = do { local $/; <$in> };
        waitpid $pid, 0;
        is_str($got, $block->tcp_query, $block->name . ' - tcp_query ok')
            if defined $block->tcp_query;
        is(length($got), $block->tcp_query_len + 0, $block->name . ' - tcp_query_len ok')
            if defined $block->tcp_query_len;
    };
}

sub matches ($$) {
    my ($line, $pattern) = @_;
    return ref $pattern ? $line =~ $pattern : $line =~ /\Q$pattern\E/;
}

# calls back with each pattern of a section: lines, a list, or one regex
sub patterns ($$) {
    my ($section, $call) = @_;
    return if !defined $section;

    my @all = ref $section eq 'ARRAY' ? @$section
            : ref $section ? $section : grep { length } split /\n+/, $section;
    $call->(ref $_ ? $_ : expand($_)) for grep { defined } @all;
}

# what Checks.pm sees of the state
sub place () { $place }
sub body_checks () { @body_checks }
sub log_start ($) { $log_start[$_[0] eq 'error' ? 0 : 1] }

require Test::Nginx::Checks;

1;
