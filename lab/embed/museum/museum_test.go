package museum_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/lab/embed/museum"
	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/verifier/api"
	"github.com/qr-invalidita/attesta/verifier/service"
	"github.com/qr-invalidita/attesta/verifier/service/servicetest"
)

var (
	person = servicetest.Code(servicetest.Person)
	none   = servicetest.Code(servicetest.Stranger) // judged, and not recognised
	nobody = servicetest.Code(servicetest.Nobody)
)

// chain returns a chain of museums and the body that it asks, which lets an address ask three times a minute,
// and the chain more often.
func chain(t *testing.T) (body *servicetest.Body, address, folder string, log *bytes.Buffer) {
	t.Helper()
	body = servicetest.New(t, func(b *servicetest.Body) {
		record := servicetest.Invalid(0, status.DegreeNone)
		record.Complete = true
		b.Registry.Static.Records[none] = record
		b.Clock.Advance(time.Since(b.Clock.Now())) // the museum's is that of the machine
		b.Config.CallsPerMinute = 3
		b.Config.Budget = func(r *http.Request) service.Budget {
			if r.Header.Get("Authorization") != "Bearer the key of the museums" {
				return service.Budget{}
			}
			return service.Budget{Name: "museums", CallsPerMinute: 600}
		}
	})
	log, folder = new(bytes.Buffer), t.TempDir()
	c := &museum.Chain{IssuerName: servicetest.Name, Address: body.Server.URL, Folder: folder,
		APIKey: "the key of the museums", Log: slog.New(slog.NewTextHandler(log, nil))}
	handler, err := c.Open(t.Context())
	require.NoError(t, err)
	tills := httptest.NewServer(handler)
	t.Cleanup(tills.Close)
	return body, tills.URL, folder, log
}

func ask(t *testing.T, address string, form url.Values) museum.Ticket {
	t.Helper()
	answer, err := http.PostForm(address+"/ticket", form)
	require.NoError(t, err)
	defer answer.Body.Close()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	var ticket museum.Ticket
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&ticket))
	return ticket
}

func form(qr, cf, number, seen string) url.Values {
	return url.Values{"qr": {qr}, "codice_fiscale": {cf}, "number": {number}, "seen": {seen}}
}

func TestTickets(t *testing.T) {
	const other = "other_attestation="
	body, tills, _, log := chain(t)
	paper, judged, unknown := body.Paper(t, person), body.Paper(t, none), body.Paper(t, nobody)
	for _, test := range []struct {
		name, qr, cf, seen, price string
		code                      api.Code
		lookAt                    int
		declared                  bool
	}{
		{"a yes", paper, servicetest.Person, "", "free", "", 0, false},
		{"another person", paper, servicetest.Stranger, "", "full", api.CodeCFMismatch, 0, false},
		{"to be seen", judged, servicetest.Stranger, "", "unknown", api.CodeNeedsEvidence, 1, false},
		{"it was seen", judged, servicetest.Stranger, other + "yes", "free", "", 0, true},
		{"there is none", judged, servicetest.Stranger, other + "no", "full", api.CodeNotEntitled, 0, true},
		{"nothing is known", unknown, servicetest.Nobody, "", "unknown", api.CodeNoStatusHere, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			ticket := ask(t, tills, form(test.qr, test.cf, "T-17", test.seen))
			assert.Equal(t, test.price, ticket.Price)
			assert.Equal(t, test.declared, ticket.Declared)
			assert.NotEmpty(t, ticket.Words.Headline)
			require.Len(t, ticket.LookAt, test.lookAt)
			for _, q := range ticket.LookAt {
				assert.NotEqual(t, q.Code, q.Text, "words for "+q.Code)
			}

			var receipt api.Receipt // of the last check under this number
			require.NoError(t, json.NewDecoder(get(t, tills+"/receipts/T-17").Body).Decode(&receipt))
			assert.Equal(t, test.code, receipt.Code)
			assert.Equal(t, "T-17", receipt.Case)
			assert.Equal(t, "museums", receipt.Benefit)
			assert.Equal(t, test.declared, receipt.Declared)
		})
	}
	assert.NotContains(t, log.String(), servicetest.Person)
}

func TestLoss(t *testing.T) {
	body, tills, _, _ := chain(t)
	lost := body.Paper(t, person)
	assert.Equal(t, "free", ask(t, tills, form(lost, servicetest.Person, "1", "")).Price)
	paper := body.Reissue(t, person)
	assert.Equal(t, "free", ask(t, tills, form(paper, servicetest.Person, "2", "")).Price)
	assert.Equal(t, "full", ask(t, tills, form(lost, servicetest.Person, "3", "")).Price)
}

// If the issuer does not answer, nobody pays the full price because of it.
func TestCannotTell(t *testing.T) {
	body, tills, _, log := chain(t)
	paper := body.Paper(t, person)
	body.Server.Close()
	assert.Equal(t, "unknown", ask(t, tills, form(paper, servicetest.Person, "4", "")).Price)
	assert.Contains(t, log.String(), "no_answer")
	assert.Equal(t, http.StatusNotFound, get(t, tills+"/receipts/4").StatusCode)

	answer, err := http.PostForm(tills+"/ticket", form(paper, "RSSMRA", "5", ""))
	require.NoError(t, err)
	defer answer.Body.Close()
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
}

// A receipt that somebody has changed in the folder is not shown as the issuer's.
func TestAlteredReceipt(t *testing.T) {
	body, tills, folder, _ := chain(t)
	ask(t, tills, form(body.Paper(t, person), servicetest.Stranger, "6", ""))
	require.Equal(t, http.StatusOK, get(t, tills+"/receipts/6").StatusCode)
	file := filepath.Join(folder, "6.jws")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, bytes.Replace(text, []byte("."), []byte(".e"), 1), 0o600))
	assert.Equal(t, http.StatusNotFound, get(t, tills+"/receipts/6").StatusCode)
}

func get(t *testing.T, address string) *http.Response {
	t.Helper()
	answer, err := http.Get(address)
	require.NoError(t, err)
	t.Cleanup(func() { answer.Body.Close() })
	return answer
}
