-- SQLite 3.42 or newer. Times are milliseconds since 1970 by the machine's clock.

-- One sealed record per person.
CREATE TABLE IF NOT EXISTS otp_record (
    key      TEXT PRIMARY KEY,  -- keyed digest, 22 characters
    version  INTEGER NOT NULL,  -- random, above 0
    body     BLOB NOT NULL,     -- encrypted, typically below 2 KiB
    until_ms INTEGER NOT NULL   -- from then on the row counts as absent
) STRICT;
CREATE INDEX IF NOT EXISTS otp_record_until ON otp_record (until_ms); -- for Sweep

-- One row per bucket that is not full.
CREATE TABLE IF NOT EXISTS otp_bucket (
    key     TEXT PRIMARY KEY,  -- name of the limit, number, keyed digest
    full_ms INTEGER NOT NULL   -- when the bucket is full again, and the row useless
) STRICT, WITHOUT ROWID;
