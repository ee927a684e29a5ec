package examples_test

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// firstLevel asks the issuer about the person; the key that signed the receipt must be published.
func firstLevel(t *testing.T, issuer, qr string) (status int,
	result struct{ Outcome, Code, Receipt string }) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"check_id": api.NewCheckID(), "qr": qr,
		"codice_fiscale": person})
	require.NoError(t, err)
	answer, err := http.Post(issuer+api.PathFirstLevel, "application/json", strings.NewReader(string(body)))
	require.NoError(t, err)
	defer answer.Body.Close()
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&result))
	if answer.StatusCode == http.StatusOK {
		_, err = token.VerifyJWS(api.ReceiptType, result.Receipt, published(t, issuer), api.MaxReceipt)
		assert.NoError(t, err, "receipt is signed with a key that is not published")
	}
	return answer.StatusCode, result
}

func published(t *testing.T, issuer string) []token.PublicKey {
	t.Helper()
	answer, err := http.Get(issuer + jwks.Path)
	require.NoError(t, err)
	defer answer.Body.Close()
	var set json.RawMessage
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&set))
	keys, err := token.ParseJWKS(set, "")
	require.NoError(t, err)
	return keys
}

// The program of docs/embed-issuer.md follows its folder of keys while it runs.
func TestIssueFollowsItsKeys(t *testing.T) {
	const confirmed, unknown = "confirmed", "unknown_key"
	folder := token.Folder{Dir: filepath.Join(t.TempDir(), "keys"), IssuerName: "https://qr.example.it"}
	issuer := start(t, build(t, "issue"), folder.Dir)
	keys, err := folder.SigningKeys(t.Context())
	require.NoError(t, err)
	old := paper(t, issuer)
	status, result := firstLevel(t, issuer, old)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, confirmed, result.Outcome)

	// Revoked: nothing can sign, and no paper is printed that nobody would accept.
	_, err = folder.Revoke(t.Context(), keys[0].Public().ID())
	require.NoError(t, err)
	status, _ = firstLevel(t, issuer, old)
	assert.Equal(t, http.StatusServiceUnavailable, status)
	answer, err := http.Post(issuer+"/my/qr.pdf", "", nil)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, http.StatusServiceUnavailable, answer.StatusCode)

	// Added: it signs at once, where no other can.
	added, err := folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	status, result = firstLevel(t, issuer, old)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, unknown, result.Code)
	second := paper(t, issuer)
	_, result = firstLevel(t, issuer, second)
	assert.Equal(t, confirmed, result.Outcome)

	// Retired by its date, which comes while the program runs: the paper stays good, the next key signs.
	dayAgo, soon := folder, folder
	dayAgo.Now = func() time.Time { return time.Now().Add(-token.PublicationLead - time.Hour) }
	next, err := dayAgo.AddSigningKey(t.Context())
	require.NoError(t, err)
	end := time.Now().Add(2 * time.Second).Truncate(time.Second)
	soon.Now = func() time.Time { return end }
	for _, id := range []string{added.Public().ID(), next.Public().ID()} {
		_, err = soon.Retire(t.Context(), id)
		require.NoError(t, err)
	}
	status, _ = firstLevel(t, issuer, second)
	if time.Now().Before(end) { // a slow machine asks too late
		assert.Equal(t, http.StatusOK, status)
	}
	require.Eventually(t, func() bool {
		status, _ := firstLevel(t, issuer, second)
		return status == http.StatusServiceUnavailable
	}, time.Minute, 100*time.Millisecond)
	_, err = folder.AddSigningKey(t.Context())
	require.NoError(t, err)
	_, result = firstLevel(t, issuer, second)
	assert.Equal(t, confirmed, result.Outcome)
	_, result = firstLevel(t, issuer, paper(t, issuer))
	assert.Equal(t, confirmed, result.Outcome)
}
