package ChatTest::Account;

# People of a test: registered, verified, signed in.

use strict;
use warnings;

use JSON::PP ();

use ChatTest::Client ();
use ChatTest::Process ();

our $password = 'correct horse battery staple';

# no limits: what a suite's nginx needs to register many people from one address
our $unlimited = join ' ', map { "chat_limit $_ off;" }
    qw(sign_in register register_all mail mail_all confirm lookup token login guess proof factor password
       claim send socket request);

# Waits until the nginx can reach its database.
sub ready { return ChatTest::Client::ready(@_) }

# A client whose account is registered, not verified. What is the registration's
# answer beside it: id, username, email, session, verification, device_secret.
sub registered {
    my ($class, $sandbox, $nginx, $username, %more) = @_;
    my $client = $sandbox->client($nginx);
    my $email = $more{email} || "$username\@example.org";

    my $got = $client->post('/accounts', {
        username => $username, email => $email, password => $password, %more });
    die "register $username: $got->{status} $got->{body}"
        if $got->{status} != 201;

    $client->token($got->{json}{token});

    return bless {
        sandbox => $sandbox, nginx => $nginx, client => $client,
        id => $got->{json}{account}{id}, username => $username, email => $email,
        session => $got->{json}{session}{id}, token => $got->{json}{token},
        device_secret => $got->{json}{device_secret},
        verification => $got->{json}{verification}{id},
    }, $class;
}

sub verified {
    my ($class, @rest) = @_;
    my $self = $class->registered(@rest);

    my $got = $self->{client}->post("/verifications/$self->{verification}/confirm",
                                    { code => $self->code });
    die "verify $self->{username}: $got->{status} $got->{body}"
        if $got->{status} != 200;

    return $self;
}

# What the newest mail to the account would say.
sub mail {
    my ($self) = @_;
    my $params = $self->{sandbox}->cluster->psql(
        "select template || ' ' || params from chat.mail "
        . "where recipient = '$self->{email}' order by id desc limit 1");
    my ($template, $json) = $params =~ /^(\w+) (.*)/s
        or die "no mail to $self->{email}";

    return { template => $template, %{JSON::PP::decode_json($json)} };
}

sub code { $_[0]->mail->{code} }

# A further device of the account: a client with its own token.
sub sign_in {
    my ($self, %more) = @_;
    my $client = $self->{sandbox}->client($self->{nginx});

    my $got = $client->post('/sessions', {
        login => $self->{username}, password => $password, %more });
    die "sign in $self->{username}: $got->{status} $got->{body}"
        if $got->{status} != 201 && $got->{status} != 200;

    $client->token($got->{json}{token});

    return ref($self)->new_device($self, $client, $got->{json});
}

sub new_device {
    my ($class, $self, $client, $json) = @_;

    return bless { %$self, client => $client, token => $json->{token},
                   session => $json->{session}{id},
                   device_secret => $json->{device_secret}
                                    || $self->{device_secret} }, $class;
}

1;
