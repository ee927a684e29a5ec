-- +goose Up
CREATE TABLE reply (note INTEGER NOT NULL REFERENCES note (id));

-- +goose Down
DROP TABLE reply;
