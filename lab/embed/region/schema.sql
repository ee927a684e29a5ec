CREATE TABLE IF NOT EXISTS person (
	codice_fiscale text PRIMARY KEY,
	born date NOT NULL,
	complete boolean NOT NULL DEFAULT false, -- no verbale of this person can be elsewhere
	elsewhere text,                          -- or all are: the class of status.Class
	phone text, phone_verified timestamptz,
	void_before timestamptz                  -- the cut-off of lost papers
);
CREATE TABLE IF NOT EXISTS verbale (
	codice_fiscale text NOT NULL REFERENCES person, id text NOT NULL,
	domain text NOT NULL, kind text NOT NULL, decision date NOT NULL, effect date NOT NULL,
	degree text NOT NULL, percent integer NOT NULL DEFAULT 0,
	number text NOT NULL DEFAULT '', body text NOT NULL DEFAULT '',
	PRIMARY KEY (codice_fiscale, id)
);
-- One row for each key in the HSM. To revoke a key, delete its row.
CREATE TABLE IF NOT EXISTS signing_key (id text PRIMARY KEY, not_before timestamptz, sign_until timestamptz, publish_until timestamptz);
-- The login of the Region: what a cookie stands for. Operators have an organisation, citizens have none.
CREATE TABLE IF NOT EXISTS session (secret bytea PRIMARY KEY, subject text NOT NULL, organisation text, ends timestamptz NOT NULL);
