-- +goose Up
CREATE TABLE note (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);
INSERT INTO note (id, text) VALUES (1, 'made by the migration');

-- +goose Down
DROP TABLE note;
