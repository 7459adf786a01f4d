package ChatTest::Postfix;

# Debian's Postfix with a directory, a queue and ports of its own, as a relay
# that asks for TLS and a password. What it takes lands in a mailbox.
#
#   my $postfix = ChatTest::Postfix->new(port => $s->port, dir => $s->dir . '/postfix');
#   my ($mail) = $postfix->wait_mail('bob');

use strict;
use warnings;

use ChatTest::Process ();

our $daemons = '/usr/lib/postfix/sbin';

# The master changes its user, and with that the kernel forgets whose end it
# was to follow: this one doesn't, and ends it.
my $keeper = <<'END';
my $pid = fork;
exec @ARGV or exit 127 if !$pid;
$SIG{$_} = sub { kill 'TERM', $pid } for qw(TERM INT);
1 while waitpid($pid, 0) != $pid;
END

# why it can't be used here, or nothing
sub missing {
    return 'postfix is not installed' if !-x '/usr/sbin/postfix';
    return 'sasl2-bin is not installed' if !-x '/usr/sbin/saslpasswd2';
    return 'postfix must be started by root' if $> != 0;
    return '';
}

# port; dir (made here); name: of its certificate; days: how long that is good
sub new {
    my ($class, %opt) = @_;
    my $self = bless { name => 'localhost', days => 2, %opt, owner => $$ }, $class;
    my $dir = $self->{dir};

    for my $part ('', qw(/queue /data /mail /sasl /tls)) {
        mkdir "$dir$part" or die "mkdir $dir$part: $!";
        chmod 0755, "$dir$part";
    }
    ChatTest::Process::give('postfix', "$dir/data");
    ChatTest::Process::give('nobody', "$dir/mail");

    $self->certificates;
    $self->passwords;
    $self->configure;
    $self->start;

    return $self;
}

sub port { $_[0]{port} }
sub ca { "$_[0]{dir}/tls/ca.pem" }
sub other_ca { "$_[0]{dir}/tls/other.pem" }

sub certificates {
    my ($self) = @_;
    my $dir = "$self->{dir}/tls";
    my @new = qw(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2);

    run(@new, '-subj', "/CN=$_ of a test", '-keyout', "$dir/$_.key", '-out', "$dir/$_.pem")
        for qw(ca other);
    $self->certificate($self->{name}, $self->{days});
}

# Another certificate of the same CA, from the next connection on.
sub certificate {
    my ($self, $name, $days) = @_;
    my $dir = "$self->{dir}/tls";

    write_file("$dir/extensions", "subjectAltName=DNS:$name\n");
    run(qw(openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes),
        '-subj', "/CN=$name", '-keyout', "$dir/server.key", '-out', "$dir/server.csr");
    run(qw(openssl x509 -req), '-in', "$dir/server.csr", '-CA', "$dir/ca.pem",
        '-CAkey', "$dir/ca.key", '-CAcreateserial', '-days', $days || 2,
        '-extfile', "$dir/extensions", '-out', "$dir/server.pem");
    run('postfix', '-c', $self->{dir}, 'reload') if $self->{process};
}

sub passwords {
    my ($self) = @_;
    my $dir = "$self->{dir}/sasl";

    write_file("$dir/smtpd.conf", "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
               . "sasldb_path: $dir/users\nmech_list: PLAIN LOGIN\n");

    open my $in, '|-', 'saslpasswd2', '-p', '-c', '-f', "$dir/users", '-u', 'example.net', 'chat'
        or die "saslpasswd2: $!";
    print $in 'a secret of chat';
    close $in or die 'saslpasswd2 failed';
    ChatTest::Process::give('postfix', "$dir/users");
}

sub configure {
    my ($self) = @_;
    my $dir = $self->{dir};
    my ($uid, $gid) = (getpwnam 'nobody')[2, 3];

    write_file("$dir/main.cf", <<"END");
compatibility_level = 3.6
queue_directory = $dir/queue
data_directory = $dir/data
maillog_file = $dir/log
maillog_file_prefixes = $dir
myhostname = mail.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_base = $dir/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:$uid
virtual_gid_maps = static:$gid
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = $dir/tls/server.pem
smtpd_tls_key_file = $dir/tls/server.key
smtpd_tls_loglevel = 1
smtpd_sasl_auth_enable = yes
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = $dir/sasl
smtpd_sasl_local_domain = example.net
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_helo_required = yes
smtpd_helo_restrictions = reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname
strict_rfc821_envelopes = yes
disable_vrfy_command = yes
END

    # type, private, unprivileged, chroot, wakeup, processes, command
    write_file("$dir/master.cf", <<"END");
127.0.0.1:$self->{port} inet n - n - - smtpd
pickup    unix n - n 60  1 pickup
cleanup   unix n - n -   0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
END
}

sub start {
    my ($self) = @_;

    # makes the queue; "start-fg" would put a shell between us and the master
    run('postfix', '-c', $self->{dir}, 'check');

    $self->{process} = ChatTest::Process->start(
        log => "$self->{dir}/output", stop_with => 'TERM',
        command => [$^X, '-e', $keeper, "$daemons/master", '-d', '-c', $self->{dir}]);

    ChatTest::Process::wait_for(30, sub {
        !$self->{process}->running
            || IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port})
    });

    die "postfix does not start:\n" . slurp("$self->{dir}/output") . $self->log
        if !$self->{process}->running;
}

sub stop {
    my ($self) = @_;
    return if $self->{owner} != $$ || !$self->{process};
    $self->{process}->stop;
    delete $self->{process};
}

sub DESTROY { local ($@, $?, $!); $_[0]->stop }

# One setting more, from the next connection on.
sub set {
    my ($self, @settings) = @_;
    run('postconf', '-c', $self->{dir}, '-e', @settings);
    run('postfix', '-c', $self->{dir}, 'reload');
}

sub log { slurp("$_[0]{dir}/log") }

# The mails that came for somebody, whole.
sub mail {
    my ($self, $who) = @_;
    return grep { /^To: <\Q$who\E\@/m } map { slurp($_) }
        sort glob "$self->{dir}/mail/all/new/*";
}

sub wait_mail {
    my ($self, $who, $seconds) = @_;
    ChatTest::Process::wait_for($seconds || 20, sub { $self->mail($who) });
    return $self->mail($who);
}

sub run {
    my (@command) = @_;
    my $out = ChatTest::Process::output(@command);
    die "@command:\n$out" if $?;
}

sub write_file {
    my ($file, $text) = @_;
    open my $out, '>', $file or die "$file: $!";
    print $out $text;
    close $out or die "$file: $!";
}

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or return '';
    local $/;
    my $text = <$in>;
    return defined $text ? $text : '';
}

1;
