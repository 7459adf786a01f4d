package ChatTest::Chat;

# People and their devices on a server: what suites about messages begin with.
#
#   my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
#   my ($alice, $bob) = $chat->people(qw(alice bob));
#   my $talk = $chat->direct($alice, $bob);
#   $chat->send($alice, $talk, 'hello');
#   my $socket = $chat->socket($bob);

use strict;
use warnings;

use ChatTest::Client ();
use ChatTest::Process ();
use ChatTest::Socket ();

# what suites need beside the defaults: they sign in more often than people do
our $limits = join ' ', map({ "chat_limit $_ rate=1000r/s burst=1000;" }
        qw(register register_all mail_all sign_in confirm lookup login guess proof factor password group)),
    map { "chat_limit $_ rate=1000000r/s burst=1000000;" } qw(send socket request);

sub new {
    my ($class, %opt) = @_;
    my $self = bless { %opt }, $class;
    ChatTest::Client::ready($self->{sandbox}, $self->{nginx});

    return $self;
}

# Verified accounts, one device each: { id, name, session, token, client }
sub people {
    my ($self, @names) = @_;
    return map { $self->person($_) } @names;
}

sub person {
    my ($self, $name) = @_;
    my $client = $self->{sandbox}->client($self->{nginx});

    my $r = $client->post('/accounts', {
        username => $name, email => "$name\@example.org",
        password => "a long password of $name" });
    $r->{status} =~ /^20[12]$/ or die "register: $r->{status} $r->{body}";

    $self->{sandbox}->cluster->psql(
        "SELECT chat.account_verify_by_hand('$name')");

    my $json = $r->{json};
    $client->token($json->{token});

    return { name => $name, id => $json->{account}{id},
             session => $json->{session}{id}, token => $json->{token},
             client => $client };
}

# One more device of a person.
sub device {
    my ($self, $person) = @_;
    my $client = $self->{sandbox}->client($self->{nginx});

    my $r = $client->post('/sessions', {
        login => $person->{name},
        password => "a long password of $person->{name}",
        device_name => 'test', device_platform => 'test' });
    $r->{status} == 201 or die "sign in: $r->{status} $r->{body}";

    my $json = $r->{json};
    $client->token($json->{token});

    return { %$person, session => $json->{session}{id},
             token => $json->{token}, client => $client };
}

# The direct conversation of two.
sub direct {
    my ($self, $one, $two) = @_;
    my $r = $one->{client}->put("/conversations/direct/$two->{id}", {});
    $r->{status} =~ /^20[01]$/ or die "direct: $r->{status} $r->{body}";
    return $r->{json}{id};
}

# A client's id for a send: a random UUID.
sub uuid {
    my @b = map { int rand 65536 } 1 .. 8;
    $b[3] = $b[3] & 0x0fff | 0x4000;
    $b[4] = $b[4] & 0x3fff | 0x8000;
    return sprintf '%04x%04x-%04x-%04x-%04x-%04x%04x%04x', @b;
}

# Sends over HTTP; the whole answer.
sub send {
    my ($self, $from, $conversation, $payload, %opt) = @_;
    my $client = $opt{client} || $from->{client};

    return $client->post(
        "/conversations/$conversation/entries",
        ChatTest::Socket->payload_frame(
            { client_id => $opt{id} || uuid() }, $payload),
        'content-type' => 'application/vnd.ngx-chat.frames');
}

# A socket of a device, not resumed yet.
sub socket {
    my ($self, $device, %opt) = @_;
    my $nginx = $opt{nginx} || $self->{nginx};
    return ChatTest::Socket->new(port => $nginx->port,
                                 token => $device->{token}, %opt);
}

# Its frames of an answer.
sub frames {
    my ($self, $answer) = @_;
    return ChatTest::Socket->payload_frames($answer->{body});
}

1;
