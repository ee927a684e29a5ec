package sqlstore

import _ "embed"

//go:embed schema_sqlite.sql
var schemaSQLite string

// SQLite reads the clock once in a statement, after it got the lock.
const nowSQLite = `CAST(round(unixepoch('now', 'subsec') * 1000) AS INTEGER)`

const askedSQLite = `asked AS MATERIALIZED (SELECT value ->> 'key' AS key, value ->> 'step' AS step,
  value ->> 'room' AS room,
  value ->> 'peek' AS peek FROM json_each(?1))`

// Every statement that writes takes the database's one lock before it reads.
var sqlite = statements{
	schema: schemaSQLite,

	load: `SELECT ` + nowSQLite + `, r.version, r.body FROM (SELECT 1)
LEFT JOIN otp_record AS r ON r.key = ?1 AND r.until_ms > ` + nowSQLite,

	create: `INSERT INTO otp_record (key, version, body, until_ms) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (key) DO UPDATE SET version = excluded.version, body = excluded.body, until_ms = excluded.until_ms
WHERE otp_record.until_ms <= ` + nowSQLite,
	change: `UPDATE otp_record SET version = ?2, body = ?3, until_ms = ?4
WHERE key = ?1 AND version = ?5 AND until_ms > ` + nowSQLite,

	take: `WITH ` + askedSQLite + `,
tried AS MATERIALIZED (
  SELECT a.key, a.step, a.room, a.peek, max(coalesce(b.full_ms, 0), ` + nowSQLite + `) AS full_ms
  FROM asked AS a LEFT JOIN otp_bucket AS b ON b.key = a.key)
INSERT INTO otp_bucket (key, full_ms)
SELECT key, full_ms + iif(peek, 0, step) FROM tried
WHERE NOT EXISTS (SELECT 1 FROM tried WHERE full_ms + step - room > ` + nowSQLite + `)
ON CONFLICT (key) DO UPDATE SET full_ms = excluded.full_ms
RETURNING key, ` + nowSQLite + `, true, full_ms`,

	peekLoad: `SELECT ` + nowSQLite + `, k.value, true, b.full_ms, NULL
FROM json_each(?1) AS k LEFT JOIN otp_bucket AS b ON b.key = k.value
UNION ALL SELECT ` + nowSQLite + `, k.value, false, r.version, r.body
FROM json_each(?2) AS k LEFT JOIN otp_record AS r ON r.key = k.value AND r.until_ms > ` + nowSQLite,

	refill: `DELETE FROM otp_bucket WHERE key = ?1`,

	peek: `SELECT ` + nowSQLite + `, b.key, b.full_ms FROM (SELECT 1) AS one
LEFT JOIN otp_bucket AS b ON b.key IN ($1, $2, $3, $4, $5, $6, $7, $8)`,

	sweep: []string{
		`DELETE FROM otp_record WHERE key IN (
  SELECT key FROM otp_record WHERE until_ms <= ` + nowSQLite + ` ORDER BY until_ms LIMIT ?1)`,
		`DELETE FROM otp_bucket WHERE key IN (
  SELECT key FROM otp_bucket WHERE full_ms <= ` + nowSQLite + ` LIMIT ?1)`,
	},
}
