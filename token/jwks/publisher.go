package jwks

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/qr-invalidita/attesta/token"
)

// Publisher is an [http.Handler] that serves an issuer's key set. Mount it at [Path]. It answers
// GET and HEAD, lets every web page read the answer (CORS), sets no cookie and supports
// conditional requests. It is safe for concurrent use if Keys is.
type Publisher struct {
	// Keys returns the keys that belong in the set now, all of one issuer, such as
	// [token.Folder.Published]. It is called once per request, so that a revoked key disappears
	// at once; it should cache anything expensive. Must be set.
	//
	// While Keys returns an error or no key, the answer is 503 and never an empty set, and
	// verifiers keep the keys that they have. An issuer that revokes its only key must therefore
	// add another one at the same time; otherwise verifiers continue to trust the revoked one.
	Keys func(context.Context) ([]token.PublicKey, error)
	// MaxAge is how long verifiers may cache the set, and so trust a withdrawn key, in whole
	// seconds. Zero or less means 10 minutes. More than token.PublicationLead is reduced to
	// it, because a key signs that soon after its publication.
	MaxAge time.Duration
	// Log receives the reason why no key set can be served; nil means no log.
	Log *slog.Logger
}

// ServeHTTP answers with the key set, 304 if the caller already has it, 405, or 503 with
// Retry-After.
func (p Publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		problem(w, http.StatusMethodNotAllowed)
		return
	}
	body, err := p.keySet(r.Context())
	if err != nil {
		logger(p.Log).ErrorContext(r.Context(), "key set cannot be published", "error", err)
		h.Set("Retry-After", fmt.Sprint(int(interval.Seconds())))
		problem(w, http.StatusServiceUnavailable)
		return
	}
	sum := sha256.Sum256(body)
	h.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:16])+`"`)
	h.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(p.maxAge().Seconds())))
	h.Set("Content-Type", "application/jwk-set+json") // RFC 7517, section 8.5.2
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (p Publisher) keySet(ctx context.Context) ([]byte, error) {
	if p.Keys == nil {
		return nil, errors.New("publisher has no Keys")
	}
	keys, err := p.Keys(ctx)
	if err != nil {
		return nil, err
	}
	return token.MarshalJWKS(keys)
}

func (p Publisher) maxAge() time.Duration {
	if p.MaxAge <= 0 {
		return defaultMaxAge
	}
	return min(p.MaxAge, token.PublicationLead)
}

// problem writes problem details (RFC 9457) that say no more than the status code.
func problem(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	fmt.Fprintf(w, "{\"title\":%q,\"status\":%d}\n", http.StatusText(status), status)
}

func logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(slog.DiscardHandler)
	}
	return l
}
