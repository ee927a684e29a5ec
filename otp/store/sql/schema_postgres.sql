-- PostgreSQL 12 or newer. Times are milliseconds since 1970 by the server's clock.

-- One sealed record per person; a fillfactor below 100 leaves room to update in place.
CREATE TABLE IF NOT EXISTS otp_record (
    key      text COLLATE "C" PRIMARY KEY, -- keyed digest, 22 characters
    version  bigint NOT NULL,              -- random, above 0
    body     bytea  NOT NULL,              -- encrypted, typically below 2 KiB
    until_ms bigint NOT NULL               -- from then on the row counts as absent
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS otp_record_until ON otp_record (until_ms); -- for Sweep

-- One row per bucket that is not full. There is no index on full_ms: the few rows that
-- everybody shares change with each call, and would be rewritten in it each time.
CREATE TABLE IF NOT EXISTS otp_bucket (
    key     text COLLATE "C" PRIMARY KEY, -- name of the limit, number, keyed digest
    full_ms bigint NOT NULL               -- when the bucket is full again, and the row useless
) WITH (fillfactor = 50);
