package region_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/examples/internal/database/databasetest"
	"github.com/qr-invalidita/attesta/examples/lab/embed/region"
	"github.com/qr-invalidita/attesta/otp/sms"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

const (
	name     = "https://qr.regione.example.it"
	mario    = "RSSMRA80A01H501U" // 80 %
	laura    = "BNCNNA08S42H501X" // judged, and not recognised
	operator = "cookie-of-an-operator"
)

var server databasetest.Server

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// hsm is a key that only signs, with a driver that uses the given random source, as PKCS#11 modules do.
type hsm struct{ key *ecdsa.PrivateKey }

func (h hsm) Public() crypto.PublicKey { return h.key.Public() }

func (h hsm) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return h.key.Sign(rand.Reader, digest, o)
}

// A world is a Region with its database, its gateway and a desk.
type world struct {
	db      *sql.DB
	address string
	desk    *verifier.Client
	keys    []string    // the identifiers of the two keys in the HSM; the first signs
	texts   chan string // that the gateway sent
	logged  *strings.Builder
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{db: databasetest.Open(t, server.Postgres(t)).DB, texts: make(chan string, 9),
		logged: new(strings.Builder)}
	gateway := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.texts <- r.PostFormValue("text")
		_, _ = io.WriteString(rw, `{"id":"m-1"}`)
	}))
	t.Cleanup(gateway.Close)
	sender, err := region.NewGateway(gateway.URL, sms.NewSecret("of the gateway"))
	require.NoError(t, err)
	var keys []crypto.Signer
	for range 2 {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		require.NoError(t, err)
		key, err := token.NewPublicKey(name, private.Public())
		require.NoError(t, err)
		w.keys, keys = append(w.keys, key.ID()), append(keys, hsm{private})
	}
	logKey, _, err := note.GenerateKey(rand.Reader, "access-log.regione.example.it")
	require.NoError(t, err)
	require.NoError(t, region.Migrate(t.Context(), w.db))
	w.exec(t, `INSERT INTO signing_key (id) VALUES ($1)`, w.keys[0])
	handler, err := region.New(t.Context(), region.Config{DB: w.db, HSM: keys,
		Secrets: secrets(), LogKey: logKey, Gateway: sender,
		Log: slog.New(slog.NewTextHandler(w.logged, nil))})
	require.NoError(t, err)
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	w.address = server.URL

	for cf, percent := range map[string]int{mario: 80, laura: 0} {
		degree := map[int]string{80: "ic_over_two_thirds", 0: "not_recognised"}[percent]
		w.exec(t, `INSERT INTO person (codice_fiscale, born, complete, phone, phone_verified)
			VALUES ($1, '1980-01-01', true, '+393510000067', now() - interval '1 year')`, cf)
		w.exec(t, `INSERT INTO verbale (codice_fiscale, id, domain, kind, decision, effect, degree, percent,
			number) VALUES ($1, '1', 'civil_invalidity', 'first_assessment', '2024-05-10', '2024-04-01',
			$2, $3, 'IC 7')`, cf, degree, percent)
		w.login(t, "cookie-of-"+cf, "TINIT-"+cf, nil)
	}
	w.login(t, operator, "anna.neri", "Museo Civico")

	w.newDesk(t)
	return w
}

// newDesk makes a desk with the keys of now.
func (w *world) newDesk(t *testing.T) {
	t.Helper()
	set := &jwks.Client{IssuerName: name, URL: w.address + jwks.Path}
	t.Cleanup(set.Close)
	require.NoError(t, set.Refresh(t.Context()))
	var err error
	w.desk, err = verifier.New(verifier.TrustAnchor{Name: name, Address: w.address, KeySet: set})
	require.NoError(t, err)
	w.desk.Authorize = func(r *http.Request) error {
		r.AddCookie(&http.Cookie{Name: "session", Value: operator})
		return nil
	}
}

func secrets() region.Secrets {
	s := region.Secrets{}
	for _, secret := range []*[32]byte{&s.Reference, &s.Receipt, &s.Pepper, &s.Record, &s.Limit, &s.Access,
		&s.Page} {
		rand.Read(secret[:])
	}
	return s
}

func (w *world) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := w.db.ExecContext(t.Context(), query, args...)
	require.NoError(t, err)
}

func (w *world) login(t *testing.T, cookie, subject string, organisation any) {
	t.Helper()
	hash := sha256.Sum256([]byte(cookie))
	w.exec(t, `INSERT INTO session VALUES ($1, $2, $3, now() + interval '1 hour')`, hash[:], subject,
		organisation)
}

// call makes a request with a cookie.
func (w *world) call(t *testing.T, method, path, cookie string) (int, []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, w.address+path, nil)
	require.NoError(t, err)
	r.AddCookie(&http.Cookie{Name: "session", Value: cookie})
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, body
}

// paper downloads a sheet and returns the text of its QR.
func (w *world) paper(t *testing.T, sheet, cf string) string {
	t.Helper()
	code, pdf := w.call(t, http.MethodPost, "/my/"+sheet, "cookie-of-"+cf)
	require.Equal(t, http.StatusOK, code, string(pdf))
	text, err := scan.Text(t.Context(), w.desk, pdf)
	require.NoError(t, err)
	return text
}

func person(t *testing.T, cf string) codicefiscale.Code {
	t.Helper()
	code, err := codicefiscale.Parse(cf)
	require.NoError(t, err)
	return code
}

func TestLoss(t *testing.T) {
	w := newWorld(t)
	ask := func(paper string) verifier.Report {
		numbered := verifier.FirstLevelOptions{CaseNumber: "A 1"}
		r := w.desk.FirstLevel(t.Context(), paper, person(t, mario), numbered)
		receipt, err := w.desk.VerifyReceipt(t.Context(), r.Receipt)
		require.NoError(t, err, "%v", r.Err)
		assert.Equal(t, "A 1", receipt.Case)
		assert.Equal(t, r.Verdict, receipt.Outcome)
		return r
	}
	lost := w.paper(t, "qr.pdf", mario)
	assert.Equal(t, []string{"civil_invalid"}, ask(lost).Disclosed.Categories)
	paper := w.paper(t, "new-qr.pdf", mario)
	assert.Equal(t, api.Confirmed, ask(paper).Verdict)
	assert.Equal(t, api.CodeVoid, ask(lost).Code)
	assert.Equal(t, api.Confirmed, ask(w.paper(t, "qr.pdf", mario)).Verdict, "another copy")

	code, _ := w.call(t, http.MethodPost, "/my/qr.pdf", operator)
	assert.Equal(t, http.StatusUnauthorized, code)
	code, page := w.call(t, http.MethodGet, "/q", "")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, string(page), "Regione di Esempio")
}

func TestEvidence(t *testing.T) {
	w := newWorld(t)
	paper := w.paper(t, "qr.pdf", laura)
	for _, test := range []struct {
		seen     api.Evidence
		verdict  api.Outcome
		code     api.Code
		declared bool
	}{
		{nil, api.CannotTell, api.CodeNeedsEvidence, false},
		{api.Evidence{"other_attestation": api.EvidenceYes}, api.Confirmed, "", true},
		{api.Evidence{"other_attestation": api.EvidenceNo}, api.NotConfirmed, api.CodeNotEntitled, true},
	} {
		r := w.desk.FirstLevel(t.Context(), paper, person(t, laura),
			verifier.FirstLevelOptions{Benefit: "museums", Evidence: test.seen})
		assert.Equal(t, test.verdict, r.Verdict, "%v", r.Err)
		assert.Equal(t, test.code, r.Code)
		receipt, err := w.desk.VerifyReceipt(t.Context(), r.Receipt)
		require.NoError(t, err)
		assert.Equal(t, test.declared, receipt.Declared)
	}
}

func TestSecondLevel(t *testing.T) {
	w := newWorld(t)
	ctx, paper, cf := t.Context(), w.paper(t, "qr.pdf", mario), person(t, mario)
	challenge, r := w.desk.RequestSecondLevel(ctx, paper, cf,
		verifier.SecondLevelRequest{Purpose: "ticket", Scope: api.ScopeDetail})
	require.NotNil(t, challenge, "%v", r.Err)
	assert.Equal(t, "Museo Civico", challenge.Organisation)
	text := <-w.texts
	code, rest, _ := strings.Cut(text, " ")
	assert.Contains(t, rest, "Museo Civico")
	answer := verifier.SecondLevelAnswer{Challenge: challenge.ID, Code: code, Scope: api.ScopeDetail}
	r = w.desk.Answer(ctx, paper, cf, answer)
	require.Equal(t, api.Confirmed, r.Verdict, "%v", r.Err)
	assert.Equal(t, 80, r.Disclosed.Details[0].Percent)
	assert.Equal(t, "IC 7", r.Disclosed.Details[0].Number)
	receipt, err := w.desk.VerifyReceipt(ctx, r.Receipt)
	require.NoError(t, err)
	assert.Equal(t, 2, receipt.Level)
	assert.Equal(t, api.ChallengeUsed, w.desk.Answer(ctx, paper, cf, answer).Problem.Code)

	_, list := w.call(t, http.MethodGet, "/my/accesses", "cookie-of-"+mario)
	var records []proof.Record
	require.NoError(t, json.Unmarshal(list, &records))
	require.Len(t, records, 1)
	assert.Equal(t, receipt.ID, records[0].ID)
	_, list = w.call(t, http.MethodGet, "/my/accesses", "cookie-of-"+laura)
	assert.Equal(t, "null\n", string(list))
	assert.NotContains(t, w.logged.String(), mario)
	assert.NotContains(t, w.logged.String(), code)
}

// After two years another key signs, and what the first one signed stays valid until it is revoked.
func TestKeys(t *testing.T) {
	w := newWorld(t)
	verdict := func(paper string) verifier.Report {
		return w.desk.FirstLevel(t.Context(), paper, person(t, mario), verifier.FirstLevelOptions{})
	}
	first := w.paper(t, "qr.pdf", mario)
	w.exec(t, `INSERT INTO signing_key (id, not_before) VALUES ($1, now() + interval '1 day')`, w.keys[1])
	w.newDesk(t)
	assert.Equal(t, api.Confirmed, verdict(w.paper(t, "qr.pdf", mario)).Verdict, "not yet used")
	w.exec(t, `UPDATE signing_key SET not_before = NULL WHERE id = $1`, w.keys[1]) // a day later
	w.exec(t, `UPDATE signing_key SET sign_until = now(), publish_until = now() + interval '5 years 3 days'
		WHERE id = $1`, w.keys[0])
	second := w.paper(t, "qr.pdf", mario)
	assert.NotEqual(t, first, second)
	assert.Equal(t, api.Confirmed, verdict(first).Verdict)
	assert.Equal(t, api.Confirmed, verdict(second).Verdict)

	w.exec(t, `DELETE FROM signing_key WHERE id = $1`, w.keys[0])
	w.newDesk(t)
	assert.Equal(t, api.CodeUnknownKey, verdict(first).Code)
	assert.Equal(t, api.Confirmed, verdict(second).Verdict)
}
