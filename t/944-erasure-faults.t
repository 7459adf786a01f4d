#!/usr/bin/perl

# An erasure goes on whatever dies in the middle of it: the worker that makes it, or the database.

use strict;
use warnings;

use lib 't/lib';
use Test::More;

use ChatTest::Chat ();
use ChatTest::Process ();
use ChatTest::Sandbox ();

my $s = ChatTest::Sandbox->new;
my $nginx = $s->nginx(workers => 2, location => $ChatTest::Chat::limits,
                      http => 'chat_recheck 3600s; chat_maintain 1s;');
my $chat = ChatTest::Chat->new(sandbox => $s, nginx => $nginx);
my ($alice, $bob) = $chat->people(qw(alice bob));
my $cluster = $s->cluster;
my $talk = $chat->direct($alice, $bob);
$chat->send($alice, $talk, 'kept');
my $self = $cluster->psql("select self from chat.account where id = '$alice->{id}'");

# enough for many pieces: conversations with others, entries of her own, key packages
$cluster->psql("
    insert into chat.account (id, username, email, email_key, display_name, password_hash, state, verified)
    select md5('peer' || i)::uuid, 'peer' || i, i || '\@p.example', i || '\@p.example', 'p', 'x', 'active', now()
    from generate_series(1, 1500) i;
    insert into chat.conversation (id, kind, payload, history)
    select md5('talk' || i)::uuid, 'group', 'opaque', 'keep' from generate_series(1, 1500) i;
    insert into chat.member (conversation, account)
    select md5('talk' || i)::uuid, a from generate_series(1, 1500) i,
        lateral (values ('$alice->{id}'::uuid), (md5('peer' || i)::uuid)) v (a);
    insert into chat.range (conversation, session, from_seq)
    select md5('talk' || i)::uuid, '$alice->{session}', 1 from generate_series(1, 1500) i;
    insert into chat.entry (conversation, seq, created, kind, body)
    select '$self', 1000 + i, now(), 7, '{}' from generate_series(1, 20000) i;
    update chat.conversation set last_seq = 21000 where id = '$self';
    insert into chat.key_package (ref, session, cipher_suite, last_resort, expires, data)
    select sha256(i::text::bytea), '$alice->{session}', 1, false, now() + interval '1 day', 'planted'
    from generate_series(1, 6000) i;");

sub there { return $cluster->psql("select count(*) from chat.account where id = '$alice->{id}'") }
sub left {
    return $cluster->psql("select (select count(*) from chat.member where account = '$alice->{id}')
        + (select count(*) from chat.key_package where session = '$alice->{session}')
        + (select count(*) from chat.entry where conversation = '$self')");
}

my $all = left();
$cluster->psql("select chat.operator_account_delete('$alice->{id}', true)");
ok ChatTest::Process::wait_for(15, sub { my $n = left(); $n > 0 && $n < $all }), 'an erasure is under way';

for my $round (1 .. 3) {
    my $before = left();
    $nginx->kill_worker for 1 .. 2;
    cmp_ok $before, '>', 1, 'workers are killed in the middle of it';
}
my $mid = left();
$cluster->restart('immediate');
cmp_ok left(), '<=', $mid, 'after a crash of the database what is erased stays so';

ok ChatTest::Process::wait_for(60, sub { there() eq '0' && left() <= 1 }), 'it goes on to its end'
    or diag 'left: ' . left();
is $cluster->psql("select string_agg(distinct m.account::text, ' ') from chat.member m
                   where m.conversation = '$talk'") =~ tr/ //, 1, 'the conversation of two still shows both';
is $cluster->psql('select count(*) from chat.erasure'), '0', 'nothing is left to do';
is $cluster->psql('select count(*) from chat.conversation_dropped'), '0', '... anywhere';
is $cluster->psql("select count(*) from chat.member m where m.conversation <> '$talk'
                   and m.account = '$alice->{id}'"), '0', 'groups have it no more';
my ($kept) = grep { $_->{kind} eq 'message' } $chat->frames($bob->{client}->get(
    "/conversations/$talk/entries", accept => 'application/vnd.ngx-chat.frames'));
is $kept->{payload}, 'kept', 'and the other one has what was written';

done_testing;
