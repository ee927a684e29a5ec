-- +goose Up
CREATE TABLE dev_message (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    file_name TEXT NOT NULL,
    file_type TEXT NOT NULL,
    file BYTEA,
    sent BIGINT NOT NULL
);
CREATE INDEX dev_message_kind ON dev_message (kind, id);
