package sqlstore

import _ "embed"

//go:embed schema_postgres.sql
var schemaPostgres string

// nowPostgres is the server's clock when the expression is evaluated, not when the transaction
// began.
const nowPostgres = `floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`

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
	soon: `WITH soon AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE otp_record SET version = $2, body = $3, until_ms = $4 FROM soon
WHERE key = $1 AND version = $5 AND until_ms > ` + nowPostgres,

	// asked has the buckets as they were when the statement began. If one of them refuses then, nothing is
	// written. Otherwise taken changes the rows one after the other, so that the rows that all calls share
	// are locked for a moment only, and adds to what others have changed meanwhile. If they took the last
	// token, the cast fails, which undoes the statement, and the caller repeats it. Calls cannot deadlock,
	// since all change rows in the order of their keys. The clock is read once, before rows are locked: a
	// token counts as taken at that time. A bucket with Peek is looked at as it was and waits for nobody.
	// A scalar subquery and ON CONFLICT are used instead of a join, so that a plan that was made and kept
	// while the table was empty still uses the index.
	//
	// If $2 is true, the commit does not wait for the disk, so others wait less long for the rows that
	// all calls share. The commit of a later statement, on any connection, makes this one durable too.
	// $3 is the key of a record to load, or empty.
	take: `WITH t AS MATERIALIZED (SELECT ` + nowPostgres + ` AS ms,
  CASE WHEN $2 THEN set_config('synchronous_commit', 'off', true) END AS soon),
asked AS MATERIALIZED (
  SELECT a.*, t.ms, greatest((SELECT b.full_ms FROM otp_bucket AS b WHERE b.key = a.key), t.ms) AS full_ms
  FROM t CROSS JOIN json_to_recordset($1::json) AS a(key text, step bigint, room bigint, peek boolean)),
taken AS (
  INSERT INTO otp_bucket AS b (key, full_ms) SELECT key, ms + step FROM asked
  WHERE NOT peek AND (SELECT bool_and(full_ms + step - room <= ms) FROM asked) ORDER BY key COLLATE "C"
  ON CONFLICT (key) DO UPDATE SET full_ms = excluded.full_ms + greatest(b.full_ms - (SELECT ms FROM t), 0)
  RETURNING key, full_ms)
SELECT a.key, a.ms, r.version, r.body, n.key IS NOT NULL, coalesce(n.full_ms, a.full_ms) + (
  CASE WHEN n.full_ms - a.room > a.ms THEN 'others took the last token meanwhile, trying again' ELSE '0'
  END)::bigint
FROM asked AS a LEFT JOIN taken AS n ON n.key = a.key
LEFT JOIN otp_record AS r ON r.key = $3 AND r.until_ms > a.ms AND a.key = (SELECT min(key) FROM asked)`,

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
