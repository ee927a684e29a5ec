-- +goose Up

-- The few people with a cut-off are compared with the journal again and again.
CREATE INDEX person_void ON person (subject, void_before) WHERE void_before > 0;
