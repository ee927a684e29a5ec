-- +goose Up

-- A program that opens the tables with another key for names is turned away.
CREATE TABLE registry_names (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    proof BLOB NOT NULL
) STRICT;

-- The versions of the key that wraps the data keys. New data keys are wrapped under the highest. A version that
-- wraps nothing any more is deleted, and from then on nothing can be wrapped under it.
CREATE TABLE key_version (
    version INTEGER PRIMARY KEY CHECK (version > 0),
    proof   BLOB NOT NULL -- wrapped: a program with another key is turned away
) STRICT;

-- One row for each person, never deleted, and one for the access log. What is sealed is sealed under the data
-- key, for its table, column, subject and revision.
CREATE TABLE person (
    subject     BLOB PRIMARY KEY,                        -- pseudonym
    key_version INTEGER REFERENCES key_version (version), -- both empty once the person is erased
    data_key    BLOB,                                    -- wrapped
    revision    INTEGER NOT NULL,                         -- counts the changes
    events      INTEGER NOT NULL,                         -- how many were recorded
    acts        INTEGER NOT NULL,
    void_before INTEGER NOT NULL,                         -- seconds since 1970: papers issued before are void
    erased      INTEGER NOT NULL DEFAULT 0,               -- seconds since 1970, or 0
    mac         BLOB NOT NULL,                           -- of all that is not sealed
    record      BLOB,                                    -- sealed: what a check reads: birth, verbali that count, titles
    identity    BLOB,                                    -- sealed: codice fiscale, earlier ones, and names
    contacts    BLOB,                                    -- sealed: phones, e-mail, language
    moved       BLOB,                                    -- sealed: the code that took this one's place
    reports     BLOB                                     -- sealed: the operators of whom the person said "it was not me"
) STRICT;

-- What happened. The body is sealed for all the other columns.
CREATE TABLE event (
    subject     BLOB NOT NULL,
    digest      BLOB NOT NULL,   -- keyed, of the content: what arrives twice is kept once
    id          BLOB NOT NULL,   -- random
    number      INTEGER NOT NULL, -- of the person's events, from 1, in the order in which the registry heard of them
    recorded_ms INTEGER NOT NULL, -- milliseconds since 1970
    body        BLOB NOT NULL,   -- sealed verbale or title
    PRIMARY KEY (subject, digest)
) STRICT;

-- Who acts for whom, sealed under the guardian's data key for both pseudonyms.
CREATE TABLE delegation (
    guardian BLOB NOT NULL, -- pseudonyms
    ward     BLOB NOT NULL,
    body     BLOB NOT NULL, -- sealed: kind, days
    PRIMARY KEY (guardian, ward)
) STRICT;
CREATE INDEX delegation_ward ON delegation (ward);
-- The few people with a cut-off are compared with the journal again and again.
CREATE INDEX person_void ON person (subject, void_before) WHERE void_before > 0;

-- What guardians did. The body is sealed for all the other columns.
CREATE TABLE act (
    ward   BLOB NOT NULL,
    number INTEGER NOT NULL, -- of the acts for the ward, from 1
    id     BLOB NOT NULL,   -- random
    body   BLOB NOT NULL,
    PRIMARY KEY (ward, number)
) STRICT;

-- What operators asked of a person at the second level, one row for each start, message, wrong and right code.
CREATE TABLE asked (
    id      BLOB PRIMARY KEY,   -- random
    subject BLOB NOT NULL,      -- pseudonym of the person
    at_s    INTEGER NOT NULL,      -- seconds since 1970; bound to the body
    body    BLOB NOT NULL       -- sealed: operator, purpose, scope, what happened
) STRICT;
CREATE INDEX asked_subject ON asked (subject, at_s);
CREATE INDEX asked_at ON asked (at_s);

-- How far each file was read.
CREATE TABLE import (
    file     BLOB PRIMARY KEY, -- SHA-256 of its content
    position INTEGER NOT NULL,  -- bytes
    line     INTEGER NOT NULL,
    stored   INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    warned   INTEGER NOT NULL,
    done     INTEGER NOT NULL,
    mac      BLOB NOT NULL
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
CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER event_is_not_deleted BEFORE DELETE ON event
WHEN NOT EXISTS (SELECT 1 FROM person WHERE subject = OLD.subject AND erased > 0)
BEGIN SELECT RAISE(ABORT, 'events are only added'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER act_is_not_changed BEFORE UPDATE ON act
BEGIN SELECT RAISE(ABORT, 'acts are only added'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER act_is_not_deleted BEFORE DELETE ON act
WHEN NOT EXISTS (SELECT 1 FROM person WHERE subject = OLD.ward AND erased > 0)
BEGIN SELECT RAISE(ABORT, 'acts are only added'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER asked_is_not_changed BEFORE UPDATE ON asked
BEGIN SELECT RAISE(ABORT, 'what was asked is not changed'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER person_is_not_deleted BEFORE DELETE ON person
BEGIN SELECT RAISE(ABORT, 'people are not deleted'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER subject_is_not_changed BEFORE UPDATE OF subject ON person
WHEN NEW.subject <> OLD.subject
BEGIN SELECT RAISE(ABORT, 'a pseudonym is not changed'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER erased_stays_erased BEFORE UPDATE ON person
WHEN OLD.erased > 0
BEGIN SELECT RAISE(ABORT, 'what was erased stays so'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER data_key_is_only_wrapped_again BEFORE UPDATE OF data_key ON person
WHEN NEW.erased = 0 AND NEW.data_key IS NOT OLD.data_key
    AND NOT (NEW.key_version > OLD.key_version AND NEW.revision = OLD.revision)
BEGIN SELECT RAISE(ABORT, 'a data key is only wrapped again under a newer version'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER revision_never_goes_back BEFORE UPDATE OF revision ON person
WHEN NEW.revision < OLD.revision
BEGIN SELECT RAISE(ABORT, 'a revision never goes back'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER cut_off_never_goes_back BEFORE UPDATE OF void_before ON person
WHEN NEW.erased = 0 AND NEW.void_before < OLD.void_before
BEGIN SELECT RAISE(ABORT, 'the cut-off never goes back'); END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER link_is_not_changed BEFORE UPDATE OF moved ON person
WHEN NEW.erased = 0 AND OLD.moved IS NOT NULL AND NEW.moved IS NOT OLD.moved
BEGIN SELECT RAISE(ABORT, 'a code that was replaced stays so'); END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE import_warning;
DROP TABLE import_reject;
DROP TABLE import;
DROP TABLE asked;
DROP TABLE act;
DROP TABLE delegation;
DROP TABLE event;
DROP TABLE person;
DROP TABLE key_version;
DROP TABLE registry_names;
