package login

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	keysFresh = 10 * time.Minute // after this the next use fetches the keys again
	keysStale = time.Hour        // after this without a successful fetch, no key is trusted
	keysFloor = 30 * time.Second // the least time between two fetches

	maxVerified = 10_000 // tokens that are remembered, at 100 bytes each
)

// keySet holds a provider's published keys. Unlike go-oidc's, it forgets a key that was withdrawn, and
// forged tokens cannot make it ask the provider more than once every keysFloor.
type keySet struct {
	url    string
	client *http.Client
	now    func() time.Time

	fetching chan struct{} // of capacity 1: a lock on the fetch
	tried    time.Time     // the last attempt; guarded by fetching

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // the last successful fetch
	// verified are the digests of tokens that keys have signed, as one comes with each call of an operator.
	verified *verified
}

type verified struct {
	mu     sync.Mutex
	tokens map[[sha256.Size]byte]bool
}

func (v *verified) has(token [sha256.Size]byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.tokens[token]
}

func (v *verified) add(token [sha256.Size]byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.tokens) >= maxVerified {
		clear(v.tokens)
	}
	v.tokens[token] = true
}

// algorithms returns the accepted signature algorithms. All use public keys, so neither none nor HMAC with
// the client's secret is accepted.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.ES256, jose.ES384, jose.ES512,
		jose.PS256, jose.PS384, jose.PS512, jose.EdDSA}
}

// parse parses a token without verifying it.
func parse(raw string) (*jose.JSONWebSignature, error) {
	jws, err := jose.ParseSignedCompact(raw, algorithms())
	if err != nil || len(jws.Signatures) != 1 {
		return nil, ErrToken
	}
	return jws, nil
}

// VerifySignature implements oidc.KeySet. Its error is ErrUnavailable or ErrToken.
func (k *keySet) VerifySignature(ctx context.Context, raw string) ([]byte, error) {
	jws, err := parse(raw)
	if err != nil {
		return nil, err
	}
	header := jws.Signatures[0].Header
	keys, before, known, err := k.cached(header)
	if !known {
		keys, before, err = k.refresh(ctx, header)
	}
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256([]byte(raw))
	if before.has(digest) {
		return jws.UnsafePayloadWithoutVerification(), nil
	}
	for _, key := range keys {
		if payload, err := jws.Verify(key.Key); err == nil {
			before.add(digest)
			return payload, nil
		}
	}
	return nil, ErrToken
}

// cached returns the keys that may have made the signature, and what keys of the same fetch have signed;
// known reports that the provider need not be asked. If no key is trusted any longer, the error is
// ErrUnavailable.
func (k *keySet) cached(h jose.Header) (keys []jose.JSONWebKey, before *verified, known bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	age := k.now().Sub(k.fetched)
	if k.fetched.IsZero() || age > keysStale {
		return nil, nil, false, ErrUnavailable
	}
	for _, key := range k.keys {
		if (h.KeyID == "" || key.KeyID == h.KeyID) && (key.Algorithm == "" || key.Algorithm == h.Algorithm) {
			keys = append(keys, key)
		}
	}
	return keys, k.verified, len(keys) > 0 && age <= keysFresh, nil
}

// refresh asks the provider, unless another request has just done so, and returns the cached keys.
func (k *keySet) refresh(ctx context.Context, h jose.Header) ([]jose.JSONWebKey, *verified, error) {
	select {
	case k.fetching <- struct{}{}:
		defer func() { <-k.fetching }()
	case <-ctx.Done():
		return nil, nil, ErrUnavailable
	}
	if keys, before, known, err := k.cached(h); known {
		return keys, before, err
	}
	if k.tried.IsZero() || k.now().Sub(k.tried) >= keysFloor {
		k.tried = k.now()
		if keys, err := k.fetch(ctx); err == nil {
			k.mu.Lock()
			k.keys, k.fetched = keys, k.now()
			k.verified = &verified{tokens: map[[sha256.Size]byte]bool{}}
			k.mu.Unlock()
		}
	}
	keys, before, _, err := k.cached(h)
	return keys, before, err
}

func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	// The fetch serves all waiting requests, so it goes on if the first one is cancelled.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := k.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, ErrUnavailable
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&set); err != nil {
		return nil, err
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		// Unknown kinds of keys are skipped (RFC 7517, section 5).
		if json.Unmarshal(raw, &key) == nil && key.Valid() && key.IsPublic() &&
			(key.Use == "" || key.Use == "sig") {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, ErrUnavailable
	}
	return keys, nil
}
