-- +goose Up
-- Times are milliseconds since 1970. data is empty where the session was ended before its time.
CREATE TABLE session (
    id      BYTEA PRIMARY KEY,
    data    BYTEA,
    expires BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires);
CREATE TABLE session_used (
    id      BYTEA PRIMARY KEY,
    expires BIGINT NOT NULL
);
CREATE INDEX session_used_expires ON session_used (expires);

-- +goose Down
DROP TABLE session_used;
DROP TABLE session;
