-- +goose Up
-- PostgreSQL 12 or newer. Times are seconds since 1970 by the clock of the process that appends.

-- One row: how far the log has come.
CREATE TABLE IF NOT EXISTS access_tree (
    one  SMALLINT PRIMARY KEY CHECK (one = 1),
    size BIGINT NOT NULL, -- records ever appended
    kept BIGINT NOT NULL, -- the first record that the retention has not deleted
    mac  BYTEA NOT NULL -- of size and kept, empty at first
);
INSERT INTO access_tree (one, size, kept, mac) VALUES (1, 0, 0, '') ON CONFLICT (one) DO NOTHING;

-- The hashes of the tree.
CREATE TABLE IF NOT EXISTS access_hash (
    place BIGINT PRIMARY KEY, -- as tlog.StoredHashIndex counts
    hash  BYTEA NOT NULL
);

-- The records.
CREATE TABLE IF NOT EXISTS access_record (
    number         BIGINT PRIMARY KEY,
    id             TEXT NOT NULL UNIQUE,
    person         TEXT NOT NULL,   -- a pseudonym
    at_s           BIGINT NOT NULL,
    record         TEXT NOT NULL,   -- canonical JSON; id, person and time repeat what it says
    salt           BYTEA NOT NULL,
    operator       BYTEA NOT NULL,  -- encrypted
    hidden_until_s BIGINT NOT NULL,
    mac            BYTEA NOT NULL    -- of all the other columns
);
CREATE INDEX IF NOT EXISTS access_record_person ON access_record (person, number);
