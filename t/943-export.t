#!/usr/bin/perl

# The export over the API: pages of a bounded size, a proof for each, everything in them once.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(location => "$ChatTest::Chat::limits chat_message_max_size 1m;",
                      http => 'chat_maintain 3600s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $cluster = $s->cluster;
my $talk = $chat->direct($alice, $bob);
$chat->send($_ % 2 ? $alice : $bob, $talk, "message $_ " . 'x' x 20000) for 1 .. 60;
$chat->send($alice, $talk, 'y' x 900000) for 1 .. 2;

my (@items, @sizes, $next);
do {
    my $r = $alice->{client}->get('/account/export' . (defined $next ? "?cursor=$next" : ''));
    is $r->{status}, 200, 'a page' or diag $r->{body};
    push @sizes, length $r->{body};
    push @items, @{$r->{json}{items}};
    $next = $r->{json}{next};
} while (defined $next && @sizes < 50);

cmp_ok scalar @sizes, '>', 4, 'it comes in pages';
cmp_ok((sort { $b <=> $a } @sizes)[0], '<', 3_000_000, 'of a bounded size, whatever is in them');
my %n;
$n{$_->{type}}++ for @items;
is $n{entry}, 62 + $cluster->psql("select last_seq from chat.conversation c join chat.account a on a.self = c.id
                                   where a.id = '$alice->{id}'"), 'every entry is there once';
my ($account) = grep { $_->{type} eq 'account' } @items;
is_deeply [@{$account}{qw(id username email)}], [$alice->{id}, 'alice', 'alice@example.org'], 'the account, too';
ok !exists $account->{password_hash}, '... without its password\'s hash';
my ($first) = grep { $_->{type} eq 'entry' && $_->{conversation} eq $talk && $_->{seq} == 1 } @items;
is pack('H*', substr $first->{payload}, 2), 'message 1 ' . 'x' x 20000, 'an entry\'s bytes are whole';
ok !(grep { $_->{type} ne 'entry' && ($_->{email} || '') =~ /bob/ } @items), 'nothing of others';

$cluster->psql("update chat.session set proven = now() - interval '11 minutes' where id = '$alice->{session}'");
is $alice->{client}->get('/account/export')->{json}{code}, 'proof_required', 'an old proof is none';
is $alice->{client}->get('/account/export?cursor=Mg')->{json}{code}, 'proof_required', '... for no page';
$alice->{client}->post('/proofs', { password => 'a long password of alice' });
is $alice->{client}->get('/account/export?cursor=Mg')->{json}{code}, 'invalid_parameter', 'a cursor that is none';
is $alice->{client}->get('/account/export?cursor=' . 'A' x 300)->{json}{code}, 'invalid_parameter', '... or too long';
ok((grep { $_->{action} eq 'account.export' } @{$alice->{client}->get('/account/audit')->{json}{items}}), 'the audit log tells of it')
    or diag explain $alice->{client}->get('/account/audit')->{json};
is $s->client($nginx)->get('/account/export')->{status}, 401, 'a stranger gets none';

is join("\n", $nginx->complaints), '', 'nothing to complain about in the log';
done_testing;
