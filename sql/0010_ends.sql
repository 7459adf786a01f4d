-- runs_from: 10
--
-- Open ends of groups: a reset names the group that it means, closed private conversations go,
-- what an account writes into its archive has a bound.  An older module resets without a group.

-- closed: since when; what nobody reads any more is removed some time later.
ALTER TABLE chat.private ADD closed timestamptz;

UPDATE chat.private SET closed = now() WHERE state = 'closed';

CREATE INDEX private_closed ON chat.private (closed) WHERE closed IS NOT NULL;

-- Offers that count against the bound of who made them.
CREATE INDEX private_offers ON chat.private (from_account) WHERE state IN ('offered', 'accepted');

-- What was written into archives of an account on that day (UTC).
CREATE TABLE chat.archive_day (
    account         uuid        PRIMARY KEY REFERENCES chat.account ON DELETE CASCADE,
    day             date        NOT NULL,
    bytes           bigint      NOT NULL
);
