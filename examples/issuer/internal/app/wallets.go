package app

import (
	"context"
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/examples/internal/callers"
	"github.com/qr-invalidita/attesta/examples/internal/database"
	"github.com/qr-invalidita/attesta/examples/internal/words"
)

// questionsPerMinute is how many questions to wallets an address may begin in a minute: 60 of the 256 that
// may be open, so that one address cannot take them all.
const questionsPerMinute = 12

// wallets checks the settings for wallets, which answer at an address of the service.
func (s *settled) wallets() error {
	asked, err := s.Wallets.Check()
	if err == nil && asked && !strings.HasPrefix(s.Wallets.Address, s.public.String()+"/") {
		err = words.Errorf("-wallet-url: want a path below -public-url")
	}
	if err != nil {
		return &FlagError{Err: err}
	}
	return nil
}

// openWallets opens what asks wallets, if the settings say so. The questions are in the memory of this
// process, and the phone that answers is another client than the desk, so no cookie leads it here.
func (a *App) openWallets(ctx context.Context) (err error) {
	asked, _ := a.Wallets.Check() // no error since settle
	if !asked {
		return nil
	}
	if a.asker, err = a.Wallets.Open(ctx, a.benefits); err != nil {
		return &FlagError{Err: err}
	}
	if a.Redis != "" || a.db.Dialect == database.Postgres {
		a.Log.WarnContext(ctx, "questions to wallets are in the memory of this process: a proxy before "+
			"several passes /q/card and -wallet-url to the same one", "flag", "wallet-url")
	}
	return nil
}

// limitQuestions limits by the caller's address who begins questions to wallets.
func (a *App) limitQuestions(next http.Handler) http.Handler {
	limit := callers.New(questionsPerMinute)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if wait := limit.Take(r); wait > 0 {
			w.Header().Set("Retry-After", callers.Seconds(wait))
			a.tooMany(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
