-- +goose Up
-- Whose a session is, so that the person can end it. owner is a pseudonym, about is sealed.
CREATE TABLE session_owner (
    id      BLOB PRIMARY KEY,
    owner   BLOB NOT NULL,
    about   BLOB NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX session_owner_owner ON session_owner (owner);
CREATE INDEX session_owner_expires ON session_owner (expires);

-- +goose Down
DROP TABLE session_owner;
