package ChatTest::Client;

# A client of the HTTP API, as a test needs it: says what it sends, hides
# nothing of what comes back.

use strict;
use warnings;

use HTTP::Tiny ();
use JSON::PP ();

use ChatTest::Process ();

our $json = JSON::PP->new->utf8->canonical->allow_nonref;

# port; base ("/api/v1"); token (of the session); headers; timeout (30 s: a password is
# hashed last of all on a busy machine)
sub new {
    my ($class, %opt) = @_;
    return bless { base => '/api/v1', headers => {}, timeout => 30, %opt,
                   http => HTTP::Tiny->new(timeout => $opt{timeout} || 30,
                                           keep_alive => 0,
                                           max_redirect => 0) }, $class;
}

# Waits until every worker can reach its database: each has connections of its own,
# and which of them answers is chance. Returns a client.
sub ready {
    my ($sandbox, $nginx) = @_;
    my $client = $sandbox->client($nginx);
    my $ready = 0;

    ChatTest::Process::wait_for(20, sub {
        $ready = $client->get('/health/ready')->{status} == 200 ? $ready + 1 : 0;
        $ready >= 10 * (($nginx->{workers} || 1) - 1) + 1
    }) or die "not ready:\n" . $nginx->log;

    return $client;
}

sub token {
    my ($self, $token) = @_;
    $self->{token} = $token if @_ > 1;
    return $self->{token};
}

# One request. A hash or array as the body goes as JSON, a string as it is.
# Returns { status, headers, body, json }.
sub call {
    my ($self, $method, $path, $body, %headers) = @_;
    my %all = (%{$self->{headers}}, %headers);

    $all{authorization} = "Bearer $self->{token}"
        if defined $self->{token} && !exists $all{authorization};
    delete $all{$_} for grep { !defined $all{$_} } keys %all;

    if (ref $body) {
        $body = $json->encode($body);
        $all{'content-type'} ||= 'application/json';
    }

    my $got = $self->{http}->request(
        $method, "http://127.0.0.1:$self->{port}$self->{base}$path",
        { headers => \%all, defined $body ? (content => $body) : () });

    my $answer = { status => $got->{status}, headers => $got->{headers},
                   body => $got->{content} };
    $answer->{json} = eval { $json->decode($got->{content}) }
        if ($got->{headers}{'content-type'} || '') =~ m{[/+]json};

    return $answer;
}

sub get { my $s = shift; return $s->call('GET', shift, undef, @_) }
sub post { my $s = shift; return $s->call('POST', @_) }
sub put { my $s = shift; return $s->call('PUT', @_) }
sub patch { my $s = shift; return $s->call('PATCH', @_) }
sub delete { my $s = shift; return $s->call('DELETE', @_) }

1;
