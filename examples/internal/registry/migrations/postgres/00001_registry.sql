-- +goose Up

-- A program that opens the tables with another key for names is turned away.
CREATE TABLE registry_names (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    proof BYTEA NOT NULL
);

-- The versions of the key that wraps the data keys. New data keys are wrapped under the highest. A version that
-- wraps nothing any more is deleted, and from then on nothing can be wrapped under it: a transaction that wraps
-- locks the version's row. A foreign key would do that for each person, which was half the time of an import.
CREATE TABLE key_version (
    version BIGINT PRIMARY KEY CHECK (version > 0),
    proof   BYTEA NOT NULL -- wrapped: a program with another key is turned away
);

-- One row for each person, never deleted, and one for the access log. What is sealed is sealed under the data
-- key, for its table, column, subject and revision.
CREATE TABLE person (
    subject     BYTEA PRIMARY KEY,                        -- pseudonym
    key_version BIGINT,                                  -- both empty once the person is erased
    data_key    BYTEA,                                    -- wrapped
    revision    BIGINT NOT NULL,                         -- counts the changes
    events      BIGINT NOT NULL,                         -- how many were recorded
    acts        BIGINT NOT NULL,
    void_before BIGINT NOT NULL,                         -- seconds since 1970: papers issued before are void
    erased      BIGINT NOT NULL DEFAULT 0,               -- seconds since 1970, or 0
    mac         BYTEA NOT NULL,                           -- of all that is not sealed
    record      BYTEA,                                    -- sealed: what a check reads: birth, verbali that count, titles
    identity    BYTEA,                                    -- sealed: codice fiscale, earlier ones, and names
    contacts    BYTEA,                                    -- sealed: phones, e-mail, language
    moved       BYTEA,                                    -- sealed: the code that took this one's place
    reports     BYTEA                                     -- sealed: the operators of whom the person said "it was not me"
);
-- The few people with a cut-off are compared with the journal again and again.
CREATE INDEX person_void ON person (subject, void_before) WHERE void_before > 0;

-- What happened. The body is sealed for all the other columns.
CREATE TABLE event (
    subject     BYTEA NOT NULL,
    digest      BYTEA NOT NULL,   -- keyed, of the content: what arrives twice is kept once
    id          BYTEA NOT NULL,   -- random
    number      BIGINT NOT NULL, -- of the person's events, from 1, in the order in which the registry heard of them
    recorded_ms BIGINT NOT NULL, -- milliseconds since 1970
    body        BYTEA NOT NULL,   -- sealed verbale or title
    PRIMARY KEY (subject, digest)
);

-- Who acts for whom, sealed under the guardian's data key for both pseudonyms.
CREATE TABLE delegation (
    guardian BYTEA NOT NULL, -- pseudonyms
    ward     BYTEA NOT NULL,
    body     BYTEA NOT NULL, -- sealed: kind, days
    PRIMARY KEY (guardian, ward)
);
CREATE INDEX delegation_ward ON delegation (ward);

-- What guardians did. The body is sealed for all the other columns.
CREATE TABLE act (
    ward   BYTEA NOT NULL,
    number BIGINT NOT NULL, -- of the acts for the ward, from 1
    id     BYTEA NOT NULL,   -- random
    body   BYTEA NOT NULL,
    PRIMARY KEY (ward, number)
);

-- What operators asked of a person at the second level, one row for each start, message, wrong and right code.
CREATE TABLE asked (
    id      BYTEA PRIMARY KEY,   -- random
    subject BYTEA NOT NULL,      -- pseudonym of the person
    at_s    BIGINT NOT NULL,      -- seconds since 1970; bound to the body
    body    BYTEA NOT NULL       -- sealed: operator, purpose, scope, what happened
);
CREATE INDEX asked_subject ON asked (subject, at_s);
CREATE INDEX asked_at ON asked (at_s);

-- How far each file was read.
CREATE TABLE import (
    file     BYTEA PRIMARY KEY, -- SHA-256 of its content
    position BIGINT NOT NULL,  -- bytes
    line     BIGINT NOT NULL,
    stored   BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    warned   BIGINT NOT NULL,
    done     INTEGER NOT NULL,
    mac      BYTEA NOT NULL
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
ALTER TABLE person ALTER COLUMN reports SET STORAGE EXTERNAL;

-- +goose StatementBegin
CREATE FUNCTION registry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0];
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION registry_event_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM person WHERE subject = OLD.subject AND erased > 0) THEN
        RAISE EXCEPTION 'events are only added';
    END IF;
    RETURN OLD;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION registry_act_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM person WHERE subject = OLD.ward AND erased > 0) THEN
        RAISE EXCEPTION 'acts are only added';
    END IF;
    RETURN OLD;
END $$;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE FUNCTION registry_version_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM person WHERE key_version = OLD.version) THEN
        RAISE EXCEPTION 'a version that wraps something is not deleted';
    END IF;
    RETURN OLD;
END $$;
-- +goose StatementEnd
CREATE TRIGGER version_in_use_is_not_deleted BEFORE DELETE ON key_version FOR EACH ROW
    EXECUTE FUNCTION registry_version_delete();
CREATE TRIGGER event_is_not_changed BEFORE UPDATE ON event FOR EACH ROW
    EXECUTE FUNCTION registry_refuse('events are only added');
CREATE TRIGGER event_is_not_deleted BEFORE DELETE ON event FOR EACH ROW
    EXECUTE FUNCTION registry_event_delete();
CREATE TRIGGER act_is_not_changed BEFORE UPDATE ON act FOR EACH ROW
    EXECUTE FUNCTION registry_refuse('acts are only added');
CREATE TRIGGER act_is_not_deleted BEFORE DELETE ON act FOR EACH ROW
    EXECUTE FUNCTION registry_act_delete();
CREATE TRIGGER asked_is_not_changed BEFORE UPDATE ON asked FOR EACH ROW
    EXECUTE FUNCTION registry_refuse('what was asked is not changed');
CREATE TRIGGER person_is_not_deleted BEFORE DELETE ON person FOR EACH ROW
    EXECUTE FUNCTION registry_refuse('people are not deleted');
CREATE TRIGGER subject_is_not_changed BEFORE UPDATE OF subject ON person FOR EACH ROW
    WHEN (NEW.subject <> OLD.subject)
    EXECUTE FUNCTION registry_refuse('a pseudonym is not changed');
CREATE TRIGGER erased_stays_erased BEFORE UPDATE ON person FOR EACH ROW
    WHEN (OLD.erased > 0)
    EXECUTE FUNCTION registry_refuse('what was erased stays so');
CREATE TRIGGER data_key_is_only_wrapped_again BEFORE UPDATE OF data_key ON person FOR EACH ROW
    WHEN (NEW.erased = 0 AND NEW.data_key IS DISTINCT FROM OLD.data_key
        AND NOT (NEW.key_version > OLD.key_version AND NEW.revision = OLD.revision))
    EXECUTE FUNCTION registry_refuse('a data key is only wrapped again under a newer version');
CREATE TRIGGER revision_never_goes_back BEFORE UPDATE OF revision ON person FOR EACH ROW
    WHEN (NEW.revision < OLD.revision)
    EXECUTE FUNCTION registry_refuse('a revision never goes back');
CREATE TRIGGER cut_off_never_goes_back BEFORE UPDATE OF void_before ON person FOR EACH ROW
    WHEN (NEW.erased = 0 AND NEW.void_before < OLD.void_before)
    EXECUTE FUNCTION registry_refuse('the cut-off never goes back');
CREATE TRIGGER link_is_not_changed BEFORE UPDATE OF moved ON person FOR EACH ROW
    WHEN (NEW.erased = 0 AND OLD.moved IS NOT NULL AND NEW.moved IS DISTINCT FROM OLD.moved)
    EXECUTE FUNCTION registry_refuse('a code that was replaced stays so');
CREATE TRIGGER event_is_not_truncated BEFORE TRUNCATE ON event
    EXECUTE FUNCTION registry_refuse('events are only added');
CREATE TRIGGER act_is_not_truncated BEFORE TRUNCATE ON act
    EXECUTE FUNCTION registry_refuse('acts are only added');
CREATE TRIGGER person_is_not_truncated BEFORE TRUNCATE ON person
    EXECUTE FUNCTION registry_refuse('people are not deleted');

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
DROP FUNCTION registry_event_delete;
DROP FUNCTION registry_act_delete;
DROP FUNCTION registry_version_delete;
DROP FUNCTION registry_refuse;
