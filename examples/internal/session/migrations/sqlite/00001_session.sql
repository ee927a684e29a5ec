-- +goose Up
-- Times are milliseconds since 1970. data is empty where the session was ended before its time.
CREATE TABLE session (
    id      BLOB PRIMARY KEY,
    data    BLOB,
    expires BIGINT NOT NULL
);
CREATE INDEX session_expires ON session (expires);
CREATE TABLE session_used (
    id      BLOB PRIMARY KEY,
    expires BIGINT NOT NULL
);
CREATE INDEX session_used_expires ON session_used (expires);

-- +goose Down
DROP TABLE session_used;
DROP TABLE session;
