package sqlstore

import _ "embed"

//go:embed schema_postgres.sql
var schemaPostgres string

// nowPostgres is the server's clock when the expression is evaluated, not when the transaction
// began.
const nowPostgres = `floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`

const askedPostgres = `asked AS MATERIALIZED (
  SELECT * FROM json_to_recordset($1::json) AS a(key text, step bigint, room bigint, peek boolean))`

var postgres = statements{
	schema: schemaPostgres,

	load: `WITH t AS MATERIALIZED (SELECT ` + nowPostgres + ` AS ms)
SELECT t.ms, r.version, r.body FROM t LEFT JOIN otp_record AS r ON r.key = $1 AND r.until_ms > t.ms`,

	// Under READ COMMITTED a statement that waited for another's change evaluates WHERE again, on
	// the changed row.
	create: `INSERT INTO otp_record AS r (key, version, body, until_ms) VALUES ($1, $2, $3, $4)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, body = excluded.body, until_ms = excluded.until_ms
WHERE r.until_ms <= ` + nowPostgres,
	change: `UPDATE otp_record SET version = $2, body = $3, until_ms = $4
WHERE key = $1 AND version = $5 AND until_ms > ` + nowPostgres,

	// held locks the existing rows in the order of their keys; the clock is read after that. A row
	// that appeared since the statement began is not locked. Then the counts differ and the cast
	// fails, which undoes the statement, and the caller repeats it. Calls cannot deadlock: a call
	// that makes rows waits only for calls that make the same rows in the same order. It makes them
	// before it changes others, since a call with an older snapshot, which makes a row that this one
	// has, would wait for a changed row, and does not wait for a locked one. ANY and ON
	// CONFLICT are used instead of joins, so that a plan that was made and kept while the table
	// was empty still uses the index.
	//
	// If $2 is true, the commit does not wait for the disk, so others wait less long for the rows that
	// all calls share. The commit of a later statement, on any connection, makes this one durable too.
	// $3 is the key of a record to load, or empty.
	take: `WITH ` + askedPostgres + `,
held AS MATERIALIZED (
  SELECT b.key, b.full_ms FROM otp_bucket AS b WHERE b.key = ANY (ARRAY(SELECT key FROM asked))
  ORDER BY b.key FOR UPDATE),
soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) WHERE $2),
t AS MATERIALIZED (SELECT ` + nowPostgres + ` AS ms
  FROM (SELECT count(*) FROM held) AS locked, (SELECT count(*) FROM soon) AS set),
tried AS MATERIALIZED (
  SELECT a.key, a.peek, h.key IS NULL AS fresh, t.ms,
    greatest(h.full_ms, t.ms) + CASE WHEN a.peek THEN 0 ELSE a.step END AS full_ms,
    bool_and(greatest(h.full_ms, t.ms) + a.step - a.room <= t.ms) OVER () AS ok
  FROM asked AS a CROSS JOIN t LEFT JOIN held AS h ON h.key = a.key),
made AS (
  INSERT INTO otp_bucket (key, full_ms) SELECT key, full_ms FROM tried
  WHERE ok AND fresh ORDER BY key COLLATE "C"
  ON CONFLICT (key) DO NOTHING RETURNING key),
changed AS (
  INSERT INTO otp_bucket AS b (key, full_ms) SELECT key, full_ms FROM tried
  WHERE ok AND NOT fresh AND NOT peek AND (SELECT count(*) FROM made) >= 0
  ON CONFLICT (key) DO UPDATE SET full_ms = excluded.full_ms RETURNING b.key)
SELECT tried.key, full_ms, ms, r.version, r.body
FROM tried LEFT JOIN otp_record AS r ON r.key = $3 AND r.until_ms > ms 
  AND tried.key = (SELECT min(key) FROM asked)
WHERE ok AND 0 = (
  CASE WHEN (SELECT count(*) FROM changed) + (SELECT count(*) FROM made) =
    (SELECT count(*) FROM tried WHERE ok AND (fresh OR NOT peek))
  THEN '0' ELSE 'a bucket appeared meanwhile, trying again' END)::bigint`,

	look: `WITH ` + askedPostgres + `, t AS MATERIALIZED (SELECT ` + nowPostgres + ` AS ms),
seen AS MATERIALIZED (SELECT b.key, b.full_ms FROM otp_bucket AS b
  WHERE b.key = ANY (ARRAY(SELECT key FROM asked)))
SELECT a.key, greatest(b.full_ms, t.ms), t.ms, NULL::bigint, NULL::bytea FROM asked AS a CROSS JOIN t
LEFT JOIN seen AS b ON b.key = a.key`,

	refill: `DELETE FROM otp_bucket WHERE key = $1`,

	peek: `SELECT ` + nowPostgres + `, b.key, b.full_ms FROM (SELECT 1) AS one
LEFT JOIN otp_bucket AS b ON b.key IN ($1, $2, $3, $4, $5, $6, $7, $8)`,

	// A statement that waited for another's change evaluates SET and WHERE on the changed row.
	call: `WITH soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO otp_bucket AS b (key, full_ms) SELECT $1, ` + nowPostgres + ` + $2::bigint FROM soon
ON CONFLICT (key) DO UPDATE SET full_ms = greatest(b.full_ms, ` + nowPostgres + `) + $2::bigint
WHERE greatest(b.full_ms, ` + nowPostgres + `) + $2::bigint - $3::bigint <= ` + nowPostgres + `
RETURNING full_ms, ` + nowPostgres,

	// The scalar subquery lets PostgreSQL use the index. SKIP LOCKED is needed because rows are
	// not locked in the order of keys here.
	sweep: []string{
		`DELETE FROM otp_record WHERE key IN (
  SELECT key FROM otp_record WHERE until_ms <= (SELECT ` + nowPostgres + `)
ORDER BY until_ms LIMIT $1 FOR UPDATE SKIP LOCKED)`,
		`DELETE FROM otp_bucket WHERE key IN (
  SELECT key FROM otp_bucket WHERE full_ms <= (SELECT ` + nowPostgres + `)
LIMIT $1 FOR UPDATE SKIP LOCKED)`,
	},
}
