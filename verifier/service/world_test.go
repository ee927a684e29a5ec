package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

const (
	issuerName = servicetest.Name
	person     = servicetest.Person
	stranger   = servicetest.Stranger
	nobody     = servicetest.Nobody
	operator   = servicetest.Operator
	phone      = servicetest.Phone
)

// world is an issuing body with the helpers of these tests.
type world struct{ *servicetest.Body }

// newWorld makes a world. The functions may change it before it serves.
func newWorld(t testing.TB, change func(*world)) *world {
	t.Helper()
	return &world{servicetest.New(t, func(b *servicetest.Body) {
		if change != nil {
			change(&world{b})
		}
	})}
}

// signReceipts makes the key sign the receipts, and publishes it after the keys of documents.
func (w *world) signReceipts(key *token.SigningKey) {
	keys := w.Config.Keys
	w.Config.ReceiptKey = func(context.Context) (*token.SigningKey, error) { return key, nil }
	w.Config.Keys = func(ctx context.Context) ([]token.PublicKey, error) {
		published, err := keys(ctx)
		return append(published, key.Public()), err
	}
}

func code(t testing.TB, text string) codicefiscale.Code {
	t.Helper()
	cf, err := codicefiscale.Parse(text)
	require.NoError(t, err)
	return cf
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func (w *world) paper(t testing.TB, cf string) string {
	t.Helper()
	return w.Paper(t, code(t, cf))
}

// post posts a body and returns the answer with its text.
func (w *world) post(t testing.TB, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.Server.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	for n := 0; n < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	return do(t, r)
}

func do(t testing.TB, r *http.Request) (*http.Response, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(text)
}

// body returns the body of a request with a check ID and the members.
func body(members ...string) string {
	m := map[string]string{"check_id": api.NewCheckID()}
	for n := 0; n < len(members); n += 2 {
		m[members[n]] = members[n+1]
	}
	return string(must(json.Marshal(m)))
}

// reply returns the answer to a challenge that approve requested.
func reply(c *api.Challenge, code string) verifier.SecondLevelAnswer {
	return verifier.SecondLevelAnswer{Challenge: c.ID, Code: code, Scope: c.Scope,
		CaseNumber: approve("").CaseNumber}
}

// noPersonalData checks that an answer's text and headers and the log contain no personal data.
func (w *world) noPersonalData(t testing.TB, text string, header http.Header) {
	t.Helper()
	secrets := []string{person, stranger, nobody, phone[3:], operator, "eyJhbGciOiJFUzI1NiIs"}
	for _, m := range w.Messages.Messages() {
		secrets = append(secrets, m.Code.Reveal())
	}
	places := map[string]string{"answer": text, "header": fmt.Sprint(header), "log": w.Log.String()}
	for name, where := range places {
		for _, secret := range secrets {
			if strings.Contains(strings.ToUpper(where), strings.ToUpper(secret)) {
				t.Errorf("%s holds %q: %s", name, secret, where)
			}
		}
	}
}
