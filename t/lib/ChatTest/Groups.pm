package ChatTest::Groups;

# People's devices in MLS groups: real messages made by the client's library in a node process
# (groups.mjs), and the server's operations that carry them.
#
#   my $mls = ChatTest::Groups->new(chat => $chat);
#   $mls->device($alice);                  # a signature key, known to the server
#   $mls->stock($bob, 3);                  # key packages
#   my $talk = $mls->direct($alice, $bob); # an mls conversation
#   $mls->begin($alice, $talk, $bob);      # the first commit, adds bob's devices
#   $mls->say($alice, $talk, 'hello');

use strict;
use warnings;

use IO::Handle ();
use IPC::Open2 ();
use JSON::PP ();

use ChatTest::Chat ();
use ChatTest::Sandbox ();
use ChatTest::Socket ();

our $json = JSON::PP->new->utf8->canonical;

sub new {
    my ($class, %opt) = @_;
    my $self = bless { groups => {}, %opt }, $class;

    $self->{pid} = IPC::Open2::open2($self->{out}, $self->{in}, 'node',
        "$ChatTest::Sandbox::root/t/lib/ChatTest/groups-run.mjs");
    $self->{in}->autoflush(1);

    return $self;
}

# One command of groups.mjs; dies on its error unless "may_fail" is true.
sub ask {
    my ($self, $command, %params) = @_;
    my $may_fail = delete $params{may_fail};

    print { $self->{in} } $json->encode({ command => $command, %params }), "\n";
    my $line = readline $self->{out};
    die "$command: the process ended" if !defined $line;

    my $answer = $json->decode($line);
    die "$command: $answer->{error}" if $answer->{error} && !$may_fail;

    return $answer;
}

# Gives a device its signature key. A row is written by hand where the account's device isn't
# certified by its account key: here only the group's rules are tried.
sub device {
    my ($self, $device, %opt) = @_;
    my $key = $self->ask(device => id => $device->{session}, account => $device->{id},
                         device => $device->{session})->{signature_key};

    my $r = $device->{client}->put('/devices/current/key', { signature_key => $key });
    $r->{status} == 200 or die "device key: $r->{status} $r->{body}";

    $self->{chat}{sandbox}->cluster->psql("UPDATE chat.session SET state = 'approved'"
        . " WHERE id = '$device->{session}'") if $opt{approve};

    return $device;
}

# Uploads n key packages.
sub stock {
    my ($self, $device, $n, %opt) = @_;
    my @made = map { $self->ask(key_package => id => $device->{session}, %opt) } 1 .. $n;

    my $r = $device->{client}->post('/key_packages',
        { key_packages => [map { $_->{key_package} } @made] });
    $r->{status} == 200 or die "key packages: $r->{status} $r->{body}";

    return map { $_->{key_package} } @made;
}

# The key packages of another account's devices, claimed by this one.
sub claim {
    my ($self, $device, $account) = @_;
    my $r = $device->{client}->post("/accounts/$account/key_packages/claim", {});
    $r->{status} == 200 or die "claim: $r->{status} $r->{body}";

    return grep { defined } map { $_->{key_package} } @{$r->{json}{devices}};
}

sub direct {
    my ($self, $one, $two, %opt) = @_;
    my $r = $one->{client}->put("/conversations/direct/$two->{id}", { payload => 'mls', %opt });
    $r->{status} =~ /^20[01]$/ or die "direct: $r->{status} $r->{body}";

    return $r->{json}{id};
}

sub conversation {
    my ($self, $device, $talk) = @_;
    my $r = $device->{client}->get("/conversations/$talk");
    $r->{status} == 200 or die "conversation: $r->{status} $r->{body}";

    return $r->{json};
}

# The device's group in a conversation: a handle of groups.mjs.
sub group {
    my ($self, $device, $talk, $group) = @_;
    my $key = "$device->{session} $talk";

    $self->{groups}{$key} = $group if @_ > 3;
    return $self->{groups}{$key};
}

# A group of this device alone, at epoch 0.
sub create {
    my ($self, $device, $talk) = @_;
    my $c = $self->conversation($device, $talk);

    return $self->group($device, $talk, $self->ask(create => id => $device->{session},
        group_id => $c->{group_id}, suite => $c->{cipher_suite})->{group});
}

# Makes a commit without sending it: { commit, welcome, group_info, next }.
sub make {
    my ($self, $device, $talk, %opt) = @_;
    return $self->ask(commit => group => $self->group($device, $talk), %opt);
}

# Sends one: the answer. id: client_id; part => value replaces a message by another.
sub upload {
    my ($self, $device, $talk, $made, %opt) = @_;
    my @part = map { ChatTest::Groups::bytes($opt{$_} // $made->{$_}) }
        qw(commit welcome group_info);

    my $r = $device->{client}->post("/conversations/$talk/commits",
        ChatTest::Socket->payload_frame({
            client_id => $opt{id} || ChatTest::Chat::uuid(),
            commit_size => length $part[0], welcome_size => length $part[1],
            group_info_size => length $part[2] }, join '', @part),
        'content-type' => 'application/vnd.ngx-chat.frames');

    $self->group($device, $talk, $made->{next}) if $r->{status} == 201;
    return $r;
}

sub commit {
    my ($self, $device, $talk, %opt) = @_;
    my $id = delete $opt{id};
    return $self->upload($device, $talk, $self->make($device, $talk, %opt), id => $id);
}

# The first commit: adds all devices of the others. Returns its answer.
sub begin {
    my ($self, $device, $talk, @others) = @_;
    $self->create($device, $talk);
    return $self->commit($device, $talk,
                         add => [map { $self->claim($device, $_->{id}) } @others]);
}

# Joins by the Welcome that is in the device's log, and takes what came after it. Returns the texts.
sub follow {
    my ($self, $device, $talk, %opt) = @_;
    my @texts;

    for my $e ($self->entries($device, $talk, $self->{at}{"$device->{session} $talk"} || 0)) {
        $self->{at}{"$device->{session} $talk"} = $e->{seq};
        next if $e->{kind} !~ /^(?:commit|message)$/ || ($e->{session} // '') eq $device->{session};

        if ($e->{body}{welcome}) {
            $self->group($device, $talk, $self->ask(join => id => $device->{session},
                welcome => text64($e->{payload}))->{group});
            next;
        }

        my $group = $self->group($device, $talk) or next;
        my $done = $self->ask(process => group => $group, message => text64($e->{payload}),
                              may_fail => $opt{may_fail});
        push @texts, $done->{text} if defined $done->{text};
        push @texts, "($done->{error})" if $done->{error};
    }

    return @texts;
}

sub entries {
    my ($self, $device, $talk, $after) = @_;
    my $r = $device->{client}->get("/conversations/$talk/entries?limit=200&after=" . ($after // 0));
    $r->{status} == 200 or die "entries: $r->{status} $r->{body}";

    return $self->{chat}->frames($r);
}

# Sends a text; the answer. epoch, payload (bytes) and id may be given.
sub say {
    my ($self, $device, $talk, $text, %opt) = @_;
    my $made = defined $opt{payload} ? { epoch => $opt{epoch} }
        : $self->ask(encrypt => group => $self->group($device, $talk), text => $text);

    return $device->{client}->post("/conversations/$talk/entries",
        ChatTest::Socket->payload_frame(
            { client_id => $opt{id} || ChatTest::Chat::uuid(),
              epoch => $opt{epoch} // $made->{epoch} },
            $opt{payload} // bytes($made->{message})),
        'content-type' => 'application/vnd.ngx-chat.frames');
}

# Comes into the group by an external commit; its answer, or that of group_info_get.
sub rejoin {
    my ($self, $device, $talk, %opt) = @_;
    my $r = $device->{client}->get("/conversations/$talk/group_info");
    return $r if $r->{status} != 200;

    my ($f) = $self->{chat}->frames($r);
    return $self->upload($device, $talk, $self->ask(external => id => $device->{session},
        group_info => text64($f->{payload}), %opt));
}

sub bytes {
    my ($text) = @_;
    require MIME::Base64;
    $text =~ tr{-_}{+/};
    return MIME::Base64::decode_base64($text);
}

sub text64 {
    my ($bytes) = @_;
    require MIME::Base64;
    my $text = MIME::Base64::encode_base64($bytes, '');
    $text =~ tr{+/=}{-_}d;
    return $text;
}

sub DESTROY {
    my ($self) = @_;
    my $status = $?;

    close $self->{in} if $self->{in};
    waitpid $self->{pid}, 0 if $self->{pid};
    $? = $status;
}

1;
