-- +goose Up
CREATE TABLE access_tree (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  size INTEGER NOT NULL, -- records ever appended
  kept INTEGER NOT NULL  -- the first record that the retention has not deleted
);
INSERT INTO access_tree (one, size, kept) VALUES (1, 0, 0);

CREATE TABLE access_hash (
  place INTEGER PRIMARY KEY, -- as tlog.StoredHashIndex counts
  hash  BLOB NOT NULL
);

CREATE TABLE access_record (
  number         INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  person         TEXT NOT NULL, -- a pseudonym
  at_s           INTEGER NOT NULL, -- seconds since 1970
  record         TEXT NOT NULL, -- canonical JSON; id, person and time repeat what it says
  salt           BLOB NOT NULL,
  operator       BLOB NOT NULL, -- encrypted
  hidden_until_s INTEGER NOT NULL
);
CREATE INDEX access_record_person ON access_record (person, number);

-- +goose Down
DROP TABLE access_record;
DROP TABLE access_hash;
DROP TABLE access_tree;
