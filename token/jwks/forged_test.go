package jwks_test

import (
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
	"github.com/qr-invalidita/attesta/token/jwks"
)

// forged returns a well-formed token with an unknown key identifier.
func forged(random *rand.Rand) string {
	kid := make([]byte, 8)
	for i := range kid {
		kid[i] = byte(random.Uint32())
	}
	b64 := base64.RawURLEncoding.EncodeToString
	header := `{"alg":"ES256","kid":"` + b64(kid) + `","typ":"attesta+jwt"}`
	return b64([]byte(header)) + "." + b64([]byte("{}")) + "." + strings.Repeat("A", 86)
}

// 10^5 tokens with invented key identifiers (fewer in the easier cases) in a quarter of an hour,
// from eight desks at once, cause at most one request per interval, whatever its result, and no
// call waits. In the bubble, time stands still unless all goroutines wait.
func TestForgedKeyIdentifiers(t *testing.T) {
	const desks, bursts = 8, 125
	tests := map[string]*origin{
		"server hangs":    {hang: true},
		"server refuses":  {status: 503},
		"no network":      cut(),
		"server is fine":  serving(keySet(issuerName, "es-1"), "Cache-Control: max-age=86400", `ETag: "1"`),
		"server is slow":  {status: 200, body: keySet(issuerName, "es-1"), delay: 9 * time.Second},
		"server is wrong": serving("<html>"),
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := serving(keySet(issuerName, "es-1"), "Cache-Control: max-age=86400", `ETag: "1"`)
				c := client(t, o)
				require.NoError(t, c.Refresh(t.Context()))
				o.become(answer)
				burst := 10
				if answer.hang {
					burst = 100
				}
				start := time.Now()
				var all sync.WaitGroup
				for desk := range desks {
					all.Go(func() {
						random := rand.New(rand.NewPCG(1, uint64(desk)))
						for range bursts {
							before := time.Now()
							for range burst {
								keys, _, err := c.Keys()
								if err != nil || len(keys) != 1 {
									t.Error("the good keys are gone")
								}
								if _, err := token.Verify(forged(random), keys,
									before); err != token.ErrUnknownKey {
									t.Error("not an unknown key:", err)
								}
								c.Missed()
							}
							if !before.Equal(time.Now()) {
								t.Error("a call waited")
							}
							time.Sleep(7 * time.Second)
						}
					})
				}
				all.Wait()
				took := time.Since(start)
				assert.Equal(t, bursts*7*time.Second, took)
				assert.LessOrEqual(t, o.requests(), 1+int(took/jwks.Interval))
				assert.GreaterOrEqual(t, o.requests(), int(took/(35*time.Second)),
					"refreshes go on all the same")
				assert.GreaterOrEqual(t, o.shortestGap(), jwks.Interval)
			})
		})
	}
}

// The key of the first token under a new key is unknown, that of the second is not, even during
// an attack.
func TestRotationDuringAnAttack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := serving(keySet(issuerName, "es-1"), "Cache-Control: max-age=86400")
		c := client(t, o)
		require.NoError(t, c.Refresh(t.Context()))
		for range 100 {
			c.Missed()
			time.Sleep(time.Second)
		}
		o.become(serving(keySet(issuerName, "es-1", "es-2")))
		for range 30 {
			c.Missed()
			time.Sleep(time.Second)
		}
		keys, _, err := c.Keys()
		assert.NoError(t, err)
		assert.Equal(t, ids("es-1", "es-2"), keyIDs(keys))
	})
}
