-- runs_from: 3
--
-- Failures at secrets: passwords and codes.  What all nodes must know together; all other limits
-- live in a node's shared memory.

-- key: a keyed hash of what is guessed at and, perhaps, from where: neither a name nor an address
-- can be read here.  count: failures in a row.  known: until when whoever this row is about has
-- proven the mailbox, so that failures of strangers don't hold him back.
-- Unlogged: after a crash the count begins anew, and no failure waits for a disk.
CREATE UNLOGGED TABLE chat.failure (
    key         bytea       PRIMARY KEY CHECK (octet_length(key) = 32),
    count       integer     NOT NULL,
    last        timestamptz NOT NULL,
    known       timestamptz
);

CREATE INDEX failure_last ON chat.failure (last);
