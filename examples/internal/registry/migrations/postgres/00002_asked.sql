-- +goose Up

-- What operators asked of a person at the second level, one row for each start, message, wrong and right code.
CREATE TABLE asked (
    id      BYTEA PRIMARY KEY,   -- random
    subject BYTEA NOT NULL,      -- pseudonym of the person
    at_s    BIGINT NOT NULL,      -- seconds since 1970; bound to the body
    body    BYTEA NOT NULL       -- sealed: operator, purpose, scope, what happened
);
CREATE INDEX asked_subject ON asked (subject, at_s);
CREATE INDEX asked_at ON asked (at_s);

-- The operators of whom a person said "it was not me".
CREATE TABLE report (
    subject  BYTEA NOT NULL,     -- pseudonym of the person
    operator BYTEA NOT NULL,     -- keyed digest, another one for each person
    body     BYTEA NOT NULL,     -- sealed: operator, what was asked, when it was said, when the staff lifted it
    PRIMARY KEY (subject, operator)
);

-- +goose Down
DROP TABLE report;
DROP TABLE asked;
