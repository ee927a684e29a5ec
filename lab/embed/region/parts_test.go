package region_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/lab/embed/region"
	"github.com/qr-invalidita/attesta/otp"
	"github.com/qr-invalidita/attesta/otp/otptest"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/statustest"
)

func TestGateway(t *testing.T) {
	setup := otptest.HTTPSender(func(base string) otp.Sender {
		sender, err := region.NewGateway(base, sms.NewSecret("a token of the gateway"))
		require.NoError(t, err)
		return sender
	}, otptest.HTTPAnswers{
		Accepted: otptest.HTTPAnswer{Status: 200, Body: `{"id":"m-1"}`},
		Refused: map[string]otptest.HTTPAnswer{"no credit": {Status: 402, Body: `{"error":"no_credit"}`,
			Class: otp.ClassBalance, Code: "no_credit"}},
	})
	setup.Secrets = []string{"a token of the gateway"}
	otptest.TestSender(t, setup)
}

func TestRegistry(t *testing.T) {
	open := func(t testing.TB, r statustest.Registry) status.Source {
		db := databasetest.Open(t, server.Postgres(t)).DB
		require.NoError(t, region.Migrate(t.Context(), db))
		exec := func(query string, args ...any) {
			_, err := db.ExecContext(t.Context(), query, args...)
			require.NoError(t, err)
		}
		for cf, record := range r.Records {
			exec(`INSERT INTO person (codice_fiscale, born, complete) VALUES ($1, $2, $3)`,
				cf.Reveal(), record.Birth.String(), record.Complete)
			for _, v := range columns(record).Verbali {
				exec(`INSERT INTO verbale VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
					cf.Reveal(), v.ID, v.Domain, v.Kind, v.Decision.String(), v.Effect.String(),
					v.Outcome.Degree, v.Outcome.Percent, v.Number, v.Body)
			}
		}
		for _, cf := range r.Elsewhere {
			exec(`INSERT INTO person (codice_fiscale, born, elsewhere)
				VALUES ($1, '1950-01-01', 'provincial')`, cf.Reveal())
		}
		return region.Registry{DB: db}
	}
	statustest.TestSource(t, statustest.Harness{New: open, Keep: columns})
}

// columns returns what the registry has columns for: definitive judgements.
func columns(r status.Record) status.Record {
	kept := status.Record{Birth: r.Birth, Complete: r.Complete}
	for _, v := range r.Verbali {
		if v.Definitive && v.Outcome.Degree != "" && v.Version <= 1 {
			kept.Verbali = append(kept.Verbali, status.Verbale{ID: v.ID, Domain: v.Domain, Kind: v.Kind,
				Decision: v.Decision, Effect: v.Effect, Definitive: true, Number: v.Number, Body: v.Body,
				Outcome: status.Outcome{Degree: v.Outcome.Degree, Percent: v.Outcome.Percent}})
		}
	}
	return kept
}
