package Bench::Seed;

# Accounts, devices and conversations, made in the database: what is measured is
# not how they come to be.

use strict;
use warnings;

# n verified accounts with one signed-in device each; returns their tokens
sub users {
    my ($server, $n) = @_;
    my $dir = $server->dir . '/tokens';

    mkdir $dir;
    unlink glob "$dir/*";

    my @tokens = map {
        my $t = join '', map { ('A' .. 'Z', 'a' .. 'z', 0 .. 9)[rand 62] } 1 .. 42;
        "ngxc_${t}A";
    } 1 .. $n;

    for my $i (0 .. $#tokens) {
        open my $out, '>', sprintf '%s/%06d', $dir, $i or die $!;
        print $out $tokens[$i];
    }

    my @hash = map { (split)[0] } `cd $dir && find . -type f | sort | xargs b2sum -l 256`;
    @hash == $n or die 'b2sum';

    my $tsv = $server->dir . '/hashes.tsv';
    open my $out, '>', $tsv or die $!;
    print $out "$_\t$hash[$_]\n" for 0 .. $#hash;
    close $out;
    chmod 0644, $tsv;

    $server->sql(<<"END");
BEGIN;
CREATE TEMP TABLE seed (i integer, hash text);
COPY seed FROM '$tsv';
INSERT INTO chat.account (id, username, email, email_key, display_name, password_hash)
SELECT md5('account' || i)::uuid, 'bench-' || i, 'bench-' || i || '\@example.org',
       'bench-' || i || '\@example.org', 'bench ' || i, 'none' FROM seed;
INSERT INTO chat.session (id, account, name, platform, state, token_hash, device_secret_hash,
    ttl_idle, idle_expires, expires)
SELECT md5('session' || i)::uuid, md5('account' || i)::uuid, 'bench', 'bench', 'approved',
       decode(hash, 'hex'), decode(repeat(md5('device' || i), 2), 'hex'), 86400,
       now() + interval '1 day', now() + interval '1 day' FROM seed;
SELECT count(chat.account_verify(a, a.username)) FROM chat.account a WHERE a.state = 'unverified';
COMMIT;
END

    # the welcome of each account is read: what waits is what a run sends
    $server->sql('UPDATE chat.range r SET delivered = c.last_seq FROM chat.conversation c'
                 . ' WHERE c.id = r.conversation');

    open my $users, '>', $server->dir . '/users.tsv' or die $!;
    print $users "bench-$_\t$tokens[$_]\n" for 0 .. $#tokens;
    close $users;

    return @tokens;
}

# Conversations of these users (lists of indexes); kind direct or group. Writes the
# generator's file.
sub conversations {
    my ($server, $kind, $history, @lists) = @_;
    my $tsv = $server->dir . '/members.tsv';

    open my $out, '>', $tsv or die $!;
    for my $i (0 .. $#lists) { print $out "$i\t$_\n" for @{$lists[$i]} }
    close $out;
    chmod 0644, $tsv;

    $server->sql(<<"END");
BEGIN;
CREATE TEMP TABLE seed (c integer, u integer);
COPY seed FROM '$tsv';
INSERT INTO chat.conversation (id, kind, payload, history)
SELECT DISTINCT md5('$kind' || c)::uuid, '$kind', 'opaque', '$history' FROM seed;
INSERT INTO chat.member (conversation, account)
SELECT md5('$kind' || c)::uuid, md5('account' || u)::uuid FROM seed;
INSERT INTO chat.range (conversation, session, from_seq)
SELECT md5('$kind' || c)::uuid, md5('session' || u)::uuid, 1 FROM seed;
INSERT INTO chat.direct (low, high, conversation)
SELECT min(md5('account' || u)::uuid::text)::uuid, max(md5('account' || u)::uuid::text)::uuid, md5('$kind' || c)::uuid
FROM seed WHERE '$kind' = 'direct' GROUP BY c;
COMMIT;
END

    my @ids = split /\n/, $server->sql(
        "SELECT md5('$kind' || i)::uuid FROM generate_series(0, $#lists) i ORDER BY i");
    open my $file, '>', $server->dir . '/conversations.tsv' or die $!;
    print $file "$ids[$_]\t", join(',', @{$lists[$_]}), "\n" for 0 .. $#lists;
    close $file;

    return @ids;
}

# n entries of `size` bytes spread over the conversations that are there, all of them
# delivered, as if they had been sent before. The indexes are built after the rows: they
# are then as dense as they ever are.
sub entries {
    my ($server, $n, $size) = @_;
    my $indexes = $server->sql("SELECT indexdef FROM pg_indexes WHERE schemaname = 'chat' AND indexname = 'entry_repeat'");

    $server->sql(<<"END");
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET max_parallel_maintenance_workers = 2;
DROP INDEX chat.entry_repeat;
ALTER TABLE chat.entry DROP CONSTRAINT entry_pkey;
INSERT INTO chat.entry (conversation, seq, created, sender, session, client_id, kind, hash, payload)
SELECT c.id, s.n, now() - interval '1 day' + s.n * interval '1 millisecond', c.account, c.session,
       gen_random_uuid(), 1, decode(md5(s.n::text) || c.half, 'hex'),
       decode(left(repeat(md5(s.n::text || c.half), $size / 16 + 1), 2 * $size), 'hex')
FROM generate_series(1, $n / (SELECT count(*) FROM chat.conversation WHERE kind <> 'self')::integer) s (n)
CROSS JOIN (
    SELECT DISTINCT ON (c.id) c.id, m.account, r.session, md5(c.id::text) AS half
    FROM chat.conversation c JOIN chat.member m ON m.conversation = c.id
    JOIN chat.session d ON d.account = m.account
    JOIN chat.range r ON r.conversation = c.id AND r.session = d.id
    WHERE c.kind <> 'self' ORDER BY c.id) c;
ALTER TABLE chat.entry ADD CONSTRAINT entry_pkey PRIMARY KEY (conversation, seq);
$indexes;
UPDATE chat.conversation c SET last_seq = e.last
FROM (SELECT conversation, max(seq) AS last FROM chat.entry GROUP BY 1) e
WHERE e.conversation = c.id AND c.kind <> 'self';
UPDATE chat.range r SET delivered = c.last_seq, read = c.last_seq
FROM chat.conversation c WHERE c.id = r.conversation AND c.kind <> 'self';
UPDATE chat.member m SET delivered = c.last_seq, read = c.last_seq
FROM chat.conversation c WHERE c.id = m.conversation AND c.kind <> 'self';
END
    $server->sql('VACUUM ANALYZE');
    $server->sql('CHECKPOINT');
}

1;
