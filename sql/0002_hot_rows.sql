-- runs_from: 1
--
-- What every message touches costs less.
--
-- A CHECK of a table is parsed and planned again by each statement that updates it, whatever
-- columns it sets: a quarter of what a single send took.  A domain's is looked at when a value of
-- it is made.  floor and removed are kept in order by the only function that writes them.

CREATE DOMAIN chat.conversation_kind AS text
    CHECK (VALUE IN ('self', 'direct', 'private', 'group'));
CREATE DOMAIN chat.payload_kind AS text CHECK (VALUE IN ('opaque', 'mls'));
CREATE DOMAIN chat.history_kind AS text CHECK (VALUE IN ('keep', 'until_delivered'));
CREATE DOMAIN chat.conversation_state AS text CHECK (VALUE IN ('open', 'closed'));
CREATE DOMAIN chat.member_role AS text CHECK (VALUE IN ('owner', 'admin', 'member'));
CREATE DOMAIN chat.seconds AS integer CHECK (VALUE > 0);
CREATE DOMAIN chat.seq AS bigint CHECK (VALUE > 0);

ALTER TABLE chat.conversation
    DROP CONSTRAINT conversation_kind_check,
    DROP CONSTRAINT conversation_payload_check,
    DROP CONSTRAINT conversation_history_check,
    DROP CONSTRAINT conversation_state_check,
    DROP CONSTRAINT conversation_disappear_after_check,
    DROP CONSTRAINT conversation_check,
    ALTER kind TYPE chat.conversation_kind,
    ALTER payload TYPE chat.payload_kind,
    ALTER history TYPE chat.history_kind,
    ALTER state TYPE chat.conversation_state,
    ALTER disappear_after TYPE chat.seconds,

    -- entries up to here are removed; those from there to floor wait for it
    ADD removed bigint NOT NULL DEFAULT 0;

ALTER TABLE chat.member
    DROP CONSTRAINT member_role_check,
    ALTER role TYPE chat.member_role;

ALTER TABLE chat.range
    DROP CONSTRAINT range_from_seq_check,
    ALTER from_seq TYPE chat.seq;

-- whether the walk has to be made once more before it rests
ALTER TABLE chat.upkeep ADD again boolean NOT NULL DEFAULT false;
