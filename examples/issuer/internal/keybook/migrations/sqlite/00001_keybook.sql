-- +goose Up

-- The keys in use, none of which is here. Times are seconds since 1970.
CREATE TABLE known_key (
    kind           TEXT NOT NULL,
    id             TEXT NOT NULL,
    proof          BLOB NOT NULL CHECK (length(proof) = 32), -- keyed digest, or digest of a public key
    entered_s      INTEGER NOT NULL,
    needed_from_s  INTEGER NOT NULL,
    needed_until_s INTEGER NOT NULL, -- between the two every process must have the key
    revoked        INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    PRIMARY KEY (kind, id)
) STRICT;
