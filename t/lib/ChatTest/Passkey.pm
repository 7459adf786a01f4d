package ChatTest::Passkey;

# An authenticator and an app of one-time passwords, by t/lib/passkey.mjs in a process of its own:
#
#   my $app = ChatTest::Passkey->new;
#   my $secret = $app->totp_on($alice);                # with a code taken; {secret, codes}
#   my $code = $app->ask('totp', secret => $secret);   # {code, step}
#   my $key = $app->passkey_on($alice);                # {credential, …}
#   my $got = $app->assertion($client, $key, count => 7);

use strict;
use warnings;

use File::Basename ();
use IPC::Open2 ();

use ChatTest::Client ();

my $json = JSON::PP->new->canonical;
my $script = File::Basename::dirname(__FILE__) . '/../passkey.mjs';

sub new {
    my ($class) = @_;
    my $self = bless {}, $class;
    $self->{pid} = IPC::Open2::open2($self->{out}, $self->{in}, 'node', $script);
    return $self;
}

sub ask {
    my ($self, $op, %with) = @_;

    # a code of the step before is good until the present one ends: not asked for at its very end
    if ($op eq 'totp' && ($with{step} || 0) < 0) {
        my $left = 30 - time % 30;
        sleep $left if $left < 8;
    }

    print { $self->{in} } $json->encode({ op => $op, %with }), "\n";
    $self->{in}->flush;
    my $line = readline $self->{out};
    defined $line or die "passkey.mjs ended at $op";
    return $json->decode($line);
}

sub code { my ($self, $secret, $step) = @_; return $self->ask('totp', secret => $secret, step => $step || 0)->{code} }

# Time-based codes for an account: {secret, codes}. It takes the code of the step before, so that
# the present one is still good.
sub totp_on {
    my ($self, $device) = @_;
    my $made = must(201, $device->{client}->post('/account/totp'))->{json};
    my $got = must(200, $device->{client}->post('/account/totp/confirm',
        { code => $self->code($made->{secret}, -1) }));
    return { secret => $made->{secret}, codes => $got->{json}{backup_codes} };
}

# A passkey for an account, told to the server: what create answers, and the server's answer.
sub passkey_on {
    my ($self, $device, %with) = @_;
    my $options = must(200, $device->{client}->post('/account/passkeys/options'))->{json}{public_key};
    my $made = $self->ask('create', options => $options, %with);
    my $got = must(201, $device->{client}->post('/account/passkeys', {
        client_data => $made->{client_data}, attestation_object => $made->{attestation_object} }));
    return { %$made, answer => $got->{json} };
}

# What a challenge of this server (of purpose and session) is answered with.
sub assertion {
    my ($self, $client, $key, %with) = @_;
    my %for = map { exists $with{$_} ? ($_ => delete $with{$_}) : () } qw(purpose session);
    my $options = must(200, $client->post('/passkeys/challenge', \%for))->{json}{public_key};
    return $self->ask('get', options => $options, credential => $key->{credential}, %with);
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
