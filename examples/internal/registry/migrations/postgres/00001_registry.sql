-- +goose Up

-- A program that opens the tables with another key is turned away.
CREATE TABLE registry_key (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    proof BYTEA NOT NULL
);

-- What happened, in the order in which the registry heard of it.
CREATE TABLE event (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject     BYTEA NOT NULL,  -- pseudonym of the person
    digest      BYTEA NOT NULL,  -- keyed, of the content: what arrives twice is kept once
    body        BYTEA NOT NULL,  -- sealed verbale or title
    recorded_ms BIGINT NOT NULL, -- milliseconds since 1970
    UNIQUE (subject, digest)
);

-- What follows from it, one row for each person, changed in the transaction that adds the event and never
-- deleted.
CREATE TABLE person (
    subject     BYTEA PRIMARY KEY,
    record      BYTEA,                     -- sealed: birth, verbali that count, titles; all that a check reads
    identity    BYTEA,                     -- sealed: codice fiscale, earlier ones, and names
    contacts    BYTEA,                     -- sealed: phones, e-mail, language
    moved       BYTEA,                     -- sealed: the code that took this one's place
    void_before BIGINT NOT NULL DEFAULT 0  -- seconds since 1970: papers issued before are void
);

CREATE TABLE delegation (
    guardian BYTEA NOT NULL, -- pseudonyms
    ward     BYTEA NOT NULL,
    body     BYTEA NOT NULL, -- sealed: kind, days
    PRIMARY KEY (guardian, ward)
);

-- What guardians did.
CREATE TABLE act (
    seq   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ward  BYTEA NOT NULL,
    body  BYTEA NOT NULL
);
CREATE INDEX act_ward ON act (ward);

-- How far each file was read.
CREATE TABLE import (
    file     BYTEA PRIMARY KEY, -- SHA-256 of its content
    position BIGINT NOT NULL,   -- bytes
    line     BIGINT NOT NULL,
    stored   BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    warned   BIGINT NOT NULL,
    done     INTEGER NOT NULL
);
CREATE TABLE import_reject (
    file   BYTEA NOT NULL,
    line   BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (file, line)
);
-- Entries that were stored, and that somebody should look at.
CREATE TABLE import_warning (
    file   BYTEA NOT NULL,
    line   BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (file, line)
);

-- What is sealed looks random: to compress it costs time and saves nothing.
ALTER TABLE event ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE person ALTER COLUMN record SET STORAGE EXTERNAL;
ALTER TABLE person ALTER COLUMN identity SET STORAGE EXTERNAL;
ALTER TABLE person ALTER COLUMN contacts SET STORAGE EXTERNAL;
ALTER TABLE person ALTER COLUMN moved SET STORAGE EXTERNAL;

-- +goose StatementBegin
CREATE FUNCTION registry_only_adds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME;
END $$;
-- +goose StatementEnd
CREATE TRIGGER event_only_adds BEFORE UPDATE OR DELETE OR TRUNCATE ON event EXECUTE FUNCTION registry_only_adds();
CREATE TRIGGER act_only_adds BEFORE UPDATE OR DELETE OR TRUNCATE ON act EXECUTE FUNCTION registry_only_adds();

-- +goose StatementBegin
CREATE FUNCTION registry_cut_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the cut-off never goes back';
END $$;
-- +goose StatementEnd
CREATE TRIGGER cut_off_never_goes_back BEFORE UPDATE OF void_before ON person FOR EACH ROW
    WHEN (NEW.void_before < OLD.void_before) EXECUTE FUNCTION registry_cut_off();

-- +goose StatementBegin
CREATE FUNCTION registry_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a code that was replaced stays so';
END $$;
-- +goose StatementEnd
CREATE TRIGGER link_is_not_changed BEFORE UPDATE OF moved ON person FOR EACH ROW
    WHEN (OLD.moved IS NOT NULL AND NEW.moved IS DISTINCT FROM OLD.moved) EXECUTE FUNCTION registry_link();

-- +goose Down
DROP TABLE import_warning;
DROP TABLE import_reject;
DROP TABLE import;
DROP TABLE act;
DROP TABLE delegation;
DROP TABLE person;
DROP TABLE event;
DROP TABLE registry_key;
DROP FUNCTION registry_only_adds;
DROP FUNCTION registry_cut_off;
DROP FUNCTION registry_link;
