package Test::Nginx::Socket;

# What a block expects of its answers and logs. Second half of
# Test::Nginx::Socket.

use strict;
use warnings;

use Test::More ();
use Time::HiRes ();

# how long a line of a log may take to come (s)
my $log_patience = 2;

sub run_requests ($$) {
    my ($block, $round) = @_;
    my $name = $block->name;
    my $requests = Test::Nginx::Wire::requests($block, server_name(), \&expand);
    bail_out("$name - request empty") if !@$requests;

    my $timeout = seconds($block->timeout);
    my $delay = $block->raw_request_middle_delay;
    my $pipelined = $block->pipelined_requests;
    my $count = $pipelined ? @$pipelined : @$requests;
    my ($rest, $index) = (undef, 0);

    while ($index < $count) {
        if (!defined $rest) {
            my $packets = $requests->[$pipelined ? 0 : $index];
            ($rest) = eval { Test::Nginx::Wire::exchange(
                $packets, place()->{client_port},
                timeout => defined $timeout ? $timeout : timeout(),
                delay => defined $delay ? $delay : 0,
                shutdown => scalar $block->shutdown) };
            bail_out("$name - $@") if $@;
        }

        my ($answer, $head, $left);
        if (!defined $block->ignore_response) {
            my $head_only = $requests->[$pipelined ? 0 : $index][0]{value} =~ /^HEAD /;
            ($answer, $head, $left) = defined $block->http09
                ? (HTTP::Response->new(200, 'OK', [], $rest), '', undef)
                : Test::Nginx::Wire::parse($rest, $head_only);
            check_answer($block, $answer, $head, $index, $count > 1, $round);
        }

        $rest = $pipelined ? (defined $left ? $left : '') : undef;
        Test::More::diag("$name - bytes after the answer: $left")
            if defined $left && !$pipelined;

        $index++;
        if ($index < $count) {
            Time::HiRes::sleep(seconds($block->wait)) if $block->wait;
            check_logs($block, $round);
        }
    }

    Time::HiRes::sleep(seconds($block->wait)) if $block->wait;
    check_logs($block, $round);
}

# the expectation of one request: with several requests it is a list
sub of ($$$$) {
    my ($block, $value, $index, $many) = @_;

    return $value->[$index] if ref $value eq 'ARRAY';
    bail_out($block->name . ' - several requests need lists of expectations')
        if $many;
    return $value;
}

sub header_lines ($) {
    my ($text) = @_;
    return map { /^\s*(!?)\s*([^:\s]+)\s*:?\s*(.*?)\s*$/ ? [$2, $1 ? undef : $3] : () }
        split /\n+/, $text;
}

sub check_answer ($$$$$$) {
    my ($block, $answer, $head, $index, $many, $round) = @_;
    my $name = $block->name;
    my $code = $answer ? $answer->code : '';

    if (defined $block->error_code_like) {
        my $want = of($block, $block->error_code_like, $index, $many);
        Test::More::like($code, qr/$want/sm, "$name - status code ok");
    } else {
        my $want = defined $block->error_code
            ? of($block, $block->error_code, $index, $many) : 200;
        $want =~ s/^\s+|\s+$//g;
        Test::More::is($code, $want, "$name - status code ok");
    }

    if (defined $block->raw_response_headers_like) {
        my $want = of($block, $block->raw_response_headers_like, $index, $many);
        Test::More::like($head, qr/$want/s, "$name - raw resp headers like");
    }

    if (defined $block->raw_response_headers_unlike) {
        my $want = of($block, $block->raw_response_headers_unlike, $index, $many);
        Test::More::unlike($head, qr/$want/s, "$name - raw resp headers unlike");
    }

    check_headers($block, $answer, $head, $index, $many);
    check_body($block, $answer, $index, $many, $round);
}

sub check_headers ($$$$$) {
    my ($block, $answer, $head, $index, $many) = @_;
    my $name = $block->name;

    if (defined $block->response_headers) {
        for (header_lines(of($block, $block->response_headers, $index, $many))) {
            my ($key, $want) = @$_;
            if (!defined $want) {
                Test::More::unlike($head, qr/^\s*\Q$key\E\s*:/mi,
                                   "$name - header $key not present");
                next;
            }
            my $got = $answer ? $answer->header($key) : undef;
            Test::More::is(defined $got ? $got : '', expand($want),
                           "$name - header $key ok");
        }
    } elsif (defined $block->response_headers_like) {
        for (header_lines(of($block, $block->response_headers_like, $index, $many))) {
            my ($key, $want) = @$_;
            my $got = $answer ? $answer->header($key) : undef;
            Test::More::like(defined $got ? $got : '', qr/^$want$/,
                             "$name - header $key like ok");
        }
    }
}

my %filter = (
    md5_hex => sub { require Digest::MD5; Digest::MD5::md5_hex($_[0]) },
    sha1_hex => sub { require Digest::SHA; Digest::SHA::sha1_hex($_[0]) },
    uc => sub { uc $_[0] }, lc => sub { lc $_[0] },
    ucfirst => sub { ucfirst $_[0] }, lcfirst => sub { lcfirst $_[0] },
    length => sub { length $_[0] },
);

sub filtered ($$$) {
    my ($block, $body, $index) = @_;
    my $filters = $block->response_body_filters;
    return $body if !defined $filters || !defined $body;

    $filters = [split ' ', $filters] if !ref $filters;
    $filters = [$filters] if ref $filters ne 'ARRAY';
    $filters = $filters->[$index] if ref $filters->[0] eq 'ARRAY';

    for my $one (@$filters) {
        my $code = ref $one ? $one : $filter{$one}
            or bail_out($block->name . " - unknown filter \"$one\"");
        $body = $code->($body);
    }

    return $body;
}

sub check_body ($$$$$) {
    my ($block, $answer, $index, $many, $round) = @_;
    my $name = $block->name;
    my $body = filtered($block, $answer ? $answer->content : undef, $index);
    my $which = "(repeated req $round, req $index)";

    if (defined $body && defined $block->response_body_json_sort) {
        require JSON::PP;
        my $json = JSON::PP->new->canonical(1);
        my $sorted = eval { $json->encode($json->loose(1)->decode($body)) };
        $body = "$sorted\n" if defined $sorted;
    }

    my $expected = defined $block->response_body_eval
        ? eval($block->response_body_eval) : scalar $block->response_body;

    if (defined $expected) {
        my $want = of($block, $expected, $index, $many);
        is_str($body, ref $want ? $want : expand($want),
               "$name - response_body - response is expected $which");
    } elsif (defined $block->response_body_like) {
        my $want = expand(of($block, $block->response_body_like, $index, $many));
        Test::More::like($body, qr/$want/s,
                         "$name - response_body_like - response is expected");
    } elsif (defined $block->response_body_unlike) {
        my $want = expand(of($block, $block->response_body_unlike, $index, $many));
        Test::More::unlike($body, qr/$want/s,
                           "$name - response_body_unlike - response is expected");
    }

    $_->($block, $body, $index, $round, undef) for body_checks();
}

# the lines that a log got since the round began
sub new_lines ($$) {
    my ($log, $start) = @_;
    my $text = place()->read(place()->{root} . "/logs/$log.log");
    return split /^/, length $text > ($start || 0)
        ? substr($text, $start || 0) : '';
}

sub check_logs ($$) {
    my ($block, $round) = @_;

    check_log($block, 'error', scalar $block->error_log,
              scalar $block->no_error_log, $round);
    check_log($block, 'access', scalar $block->access_log,
              scalar $block->no_access_log, $round)
        if !defined $block->ignore_response;

    return if !defined $block->grep_error_log;

    my $pattern = pick($block->grep_error_log, $round);
    my $want = pick($block->grep_error_log_out, $round);
    bail_out($block->name . ' - grep_error_log without grep_error_log_out')
        if !defined $want;

    my $got = '';
    my $end = Time::HiRes::time() + $log_patience;
    do {
        $got = '';
        for my $line (new_lines('error', log_start('error'))) {
            my ($hit) = ref $pattern ? $line =~ /($pattern)/ : $line =~ /(\Q$pattern\E)/;
            $got .= "$hit\n" if defined $hit && $hit !~ /\n/;
        }
    } while ($got ne $want && !ref $want && Time::HiRes::time() < $end
             && select(undef, undef, undef, 0.05) == 0);

    is_str($got, ref $want ? $want : expand($want),
           $block->name . " - grep_error_log_out (req $round)");
}

sub pick ($$) {
    my ($value, $round) = @_;
    return ref $value eq 'ARRAY' ? $value->[$round] : $value;
}

# A wanted line may come a moment after the answer. The unwanted ones are
# looked for after the wanted are there.
sub check_log ($$$$$) {
    my ($block, $log, $wanted, $unwanted, $round) = @_;
    my $name = $block->name;
    my @lines = new_lines($log, log_start($log));

    patterns($wanted, sub {
        my $pattern = shift;
        my $end = Time::HiRes::time() + $log_patience;
        my $hit;
        until (($hit) = grep { matches($_, $pattern) } @lines) {
            last if Time::HiRes::time() > $end;
            Time::HiRes::sleep(0.05);
            @lines = new_lines($log, log_start($log));
        }
        Test::More::ok(defined $hit,
            "$name - pattern \"$pattern\" matches a line in $log.log (req $round)");
    });

    patterns($unwanted, sub {
        my $pattern = shift;
        my ($hit) = grep { matches($_, $pattern) } @lines;
        Test::More::ok(!defined $hit,
            "$name - pattern \"$pattern\" matches no line in $log.log (req $round)")
            or Test::More::diag("it matches: $hit");
    });
}

1;
