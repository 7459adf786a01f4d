package ChatTest::Mls;

# Keys, certificates and key packages, made by t/lib/mls.mjs in a process of its
# own, and devices that have them:
#
#   my $mls = ChatTest::Mls->new;
#   $mls->first($alice);             # an account key, a device key, certified
#   $mls->approve($alice, $phone);   # a further device, pending until then
#   $mls->upload($alice, 5);

use strict;
use warnings;

use File::Basename ();
use IPC::Open2 ();

use ChatTest::Client ();

my $json = JSON::PP->new->canonical;
my $script = File::Basename::dirname(__FILE__) . '/../mls.mjs';

# undef, or why there is no MLS to be had
sub missing {
    return -d File::Basename::dirname(__FILE__) . '/../../../web/node_modules/ts-mls'
        ? undef : 'make deps installs what makes key packages';
}

sub new {
    my ($class) = @_;
    my $self = bless {}, $class;
    $self->{pid} = IPC::Open2::open2($self->{out}, $self->{in}, 'node', $script);
    return $self;
}

sub ask {
    my ($self, $op, %with) = @_;
    print { $self->{in} } $json->encode({ op => $op, %with }), "\n";
    $self->{in}->flush;
    my $line = readline $self->{out};
    defined $line or die "mls.mjs ended at $op";
    return $json->decode($line);
}

sub key { return $_[0]->ask('key') }

# A certificate of a device by the account's key (as key() makes it).
sub certificate {
    my ($self, $account_key, $device, %with) = @_;
    return $self->ask('certificate', account => $device->{id},
        device => $device->{session}, signature_key => $device->{key}{public},
        created => 1_770_000_000_000, secret => $account_key->{secret}, %with);
}

sub key_packages {
    my ($self, $device, $n, %with) = @_;
    return @{$self->ask('key_packages', account => $device->{id},
        device => $device->{session}, key => $device->{key}, n => $n + 0,
        %with)->{key_packages}};
}

# The first device of an account: makes the account key (device->{account_key})
# and the device's (->{key}), and tells the server.
sub first {
    my ($self, $device) = @_;
    my $client = $device->{client};
    $device->{account_key} = $self->key;
    $device->{key} = $self->key;

    must(201, $client->put('/account/key',
        { public_key => $device->{account_key}{public} }));
    must(200, $client->put('/devices/current/key', {
        signature_key => $device->{key}{public},
        certificate => $self->certificate($device->{account_key}, $device) }));
    return $device;
}

# A further device makes its key and is approved by one that has the account key.
sub approve {
    my ($self, $by, $device) = @_;
    $self->pending($device);
    $device->{account_key} = $by->{account_key};
    must(200, $by->{client}->post("/devices/$device->{session}/approve",
        { certificate => $self->certificate($by->{account_key}, $device) }));
    return $device;
}

# A further device tells its key, and waits.
sub pending {
    my ($self, $device) = @_;
    $device->{key} = $self->key;
    must(200, $device->{client}->put('/devices/current/key',
        { signature_key => $device->{key}{public} }));
    return $device;
}

# Uploads n fresh key packages; the answer's JSON.
sub upload {
    my ($self, $device, $n, %with) = @_;
    return must(200, $device->{client}->post('/key_packages',
        { key_packages => [ $self->key_packages($device, $n, %with) ] }))->{json};
}

sub must {
    my ($status, $got) = @_;
    $got->{status} == $status or die "$got->{status} $got->{body}";
    return $got;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $!);
    close $self->{in};
    waitpid $self->{pid}, 0;
}

1;
