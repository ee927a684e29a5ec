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
	// written. Otherwise taken changes the rows one after the other and adds to what others have changed
	// meanwhile. If they took the last token, the cast fails, which undoes the statement, and the caller
	// repeats it. Calls cannot deadlock, since all change rows in the order of their keys, and buckets
	// before records. The clock is read once, before rows are locked: a token counts as taken at that time.
	// A bucket with Peek is looked at as it was and waits for nobody.
	//
	// fit has the changes that would succeed as the table was when the statement began. Each is tried again
	// on the row as it is, after others have changed it. A row that ended and was swept in between is made
	// again: its change counts as of the beginning. If $3 is true, the commit does not wait for the disk.
	//
	// Scalar subqueries and ON CONFLICT are used instead of joins, so that a plan that was made and kept
	// while the tables were empty still uses the indexes.
	take: `WITH t AS MATERIALIZED (SELECT ` + nowPostgres + ` AS ms,
  CASE WHEN $3 THEN set_config('synchronous_commit', 'off', true) END AS soon),
asked AS MATERIALIZED (
  SELECT a.*, t.ms, greatest((SELECT b.full_ms FROM otp_bucket AS b WHERE b.key = a.key), t.ms) AS full_ms
  FROM t CROSS JOIN json_to_recordset($1::json) AS a(key text, step bigint, room bigint, peek boolean)),
may AS MATERIALIZED (SELECT coalesce(bool_and(full_ms + step - room <= ms), true) AS be FROM asked),
taken AS (
  INSERT INTO otp_bucket AS b (key, full_ms) SELECT key, ms + step FROM asked
  WHERE NOT peek AND (SELECT be FROM may) ORDER BY key COLLATE "C"
  ON CONFLICT (key) DO UPDATE SET full_ms = excluded.full_ms + greatest(b.full_ms - (SELECT ms FROM t), 0)
  RETURNING key, full_ms),
fit AS MATERIALIZED (
  SELECT c.*, t.ms FROM t CROSS JOIN json_to_recordset($2::json)
    AS c(key text, "from" bigint, "to" bigint, body text, until bigint)
  WHERE (SELECT be FROM may) AND c."from" =
    coalesce((SELECT r.version FROM otp_record AS r WHERE r.key = c.key AND r.until_ms > t.ms), 0)),
written AS (
  INSERT INTO otp_record AS r (key, version, body, until_ms)
  SELECT key, "to", decode(body, 'base64'), until FROM fit ORDER BY key COLLATE "C"
  ON CONFLICT (key) DO UPDATE
  SET version = excluded.version, body = excluded.body, until_ms = excluded.until_ms
  WHERE (SELECT CASE "from" WHEN 0 THEN r.until_ms <= ms ELSE r.version = "from" AND r.until_ms > ms END
    FROM fit WHERE fit.key = excluded.key)
  RETURNING key)
SELECT a.key, a.ms, n.key IS NOT NULL, coalesce(n.full_ms, a.full_ms) + (
  CASE WHEN n.full_ms - a.room > a.ms THEN 'others took the last token meanwhile, trying again' ELSE '0'
  END)::bigint
FROM asked AS a LEFT JOIN taken AS n ON n.key = a.key
UNION ALL SELECT key, NULL, NULL, NULL FROM written`,

	// LIMIT keeps the plan from being that of a join.
	peekLoad: `WITH t AS MATERIALIZED (SELECT ` + nowPostgres + ` AS ms)
SELECT t.ms, k.key, true, b.full_ms, NULL::bytea
FROM t CROSS JOIN json_array_elements_text($1::json) AS k(key)
LEFT JOIN LATERAL (SELECT full_ms FROM otp_bucket WHERE key = k.key LIMIT 1) AS b ON true
UNION ALL SELECT t.ms, k.key, false, r.version, r.body
FROM t CROSS JOIN json_array_elements_text($2::json) AS k(key)
LEFT JOIN LATERAL (SELECT version, body FROM otp_record WHERE key = k.key AND until_ms > t.ms LIMIT 1) AS r
ON true`,

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
