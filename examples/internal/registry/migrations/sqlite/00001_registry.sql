-- +goose Up

-- A program that opens the tables with another key is turned away.
CREATE TABLE registry_key (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    proof BLOB NOT NULL
) STRICT;

-- What happened, in the order in which the registry heard of it.
CREATE TABLE event (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    subject     BLOB NOT NULL,    -- pseudonym of the person
    digest      BLOB NOT NULL,    -- keyed, of the content: what arrives twice is kept once
    body        BLOB NOT NULL,    -- sealed verbale or title
    recorded_ms INTEGER NOT NULL, -- milliseconds since 1970
    UNIQUE (subject, digest)
) STRICT;

-- What follows from it, one row for each person, changed in the transaction that adds the event and never
-- deleted.
CREATE TABLE person (
    subject     BLOB PRIMARY KEY,
    record      BLOB,                       -- sealed: birth, verbali that count, titles; all that a check reads
    identity    BLOB,                       -- sealed: codice fiscale, earlier ones, and names
    contacts    BLOB,                       -- sealed: phones, e-mail, language
    moved       BLOB,                       -- sealed: the code that took this one's place
    void_before INTEGER NOT NULL DEFAULT 0  -- seconds since 1970: papers issued before are void
) STRICT;

CREATE TABLE delegation (
    guardian BLOB NOT NULL, -- pseudonyms
    ward     BLOB NOT NULL,
    body     BLOB NOT NULL, -- sealed: kind, days
    PRIMARY KEY (guardian, ward)
) STRICT;

-- What guardians did.
CREATE TABLE act (
    seq   INTEGER PRIMARY KEY AUTOINCREMENT,
    ward  BLOB NOT NULL,
    body  BLOB NOT NULL
) STRICT;
CREATE INDEX act_ward ON act (ward);

-- How far each file was read.
CREATE TABLE import (
    file     BLOB PRIMARY KEY, -- SHA-256 of its content
    position INTEGER NOT NULL, -- bytes
    line     INTEGER NOT NULL,
    stored   INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    warned   INTEGER NOT NULL,
    done     INTEGER NOT NULL
) STRICT;
CREATE TABLE import_reject (
    file   BLOB NOT NULL,
    line   INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (file, line)
) STRICT;
-- Entries that were stored, and that somebody should look at.
CREATE TABLE import_warning (
    file   BLOB NOT NULL,
    line   INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (file, line)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER event_is_not_deleted BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER act_is_not_changed BEFORE UPDATE ON act BEGIN SELECT RAISE(ABORT, 'acts are only added'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER act_is_not_deleted BEFORE DELETE ON act BEGIN SELECT RAISE(ABORT, 'acts are only added'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER cut_off_never_goes_back BEFORE UPDATE OF void_before ON person WHEN NEW.void_before < OLD.void_before
BEGIN SELECT RAISE(ABORT, 'the cut-off never goes back'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER link_is_not_changed BEFORE UPDATE OF moved ON person WHEN OLD.moved IS NOT NULL AND NEW.moved IS NOT OLD.moved
BEGIN SELECT RAISE(ABORT, 'a code that was replaced stays so'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE import_warning;
DROP TABLE import_reject;
DROP TABLE import;
DROP TABLE act;
DROP TABLE delegation;
DROP TABLE person;
DROP TABLE event;
DROP TABLE registry_key;
