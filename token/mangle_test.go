package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/token"
)

// A valid token has one byte string. Everything that is one step away from it is refused, with a
// cause and without claims.

// mangler counts its attempts, so that a loop that tries nothing fails.
type mangler struct {
	t     *testing.T
	good  string
	keys  []token.PublicKey
	tried map[token.Cause]int
}

func newManglers(t *testing.T) map[string]*mangler {
	t.Helper()
	manglers := map[string]*mangler{}
	for _, k := range []testKey{newTestKey(esPrivate()), newTestKey(edPrivate())} {
		keys := []token.PublicKey{must(token.NewPublicKey(issuerName, k.signer.Public()))}
		for profile, cfc := range map[string]string{" online": "", " offline": "jZz18161WLHHoKfkLGmUQQ"} {
			good := k.token(k.header(),
				claimsText(issuerName, "AAFwjl0b9Tback3eCc3vWLcw", issuedAt, expires, cfc))
			_, err := token.Verify(good, keys, time.Unix(issuedAt, 0))
			require.NoError(t, err)
			manglers[k.Alg+profile] = &mangler{t, good, keys, map[token.Cause]int{}}
		}
	}
	return manglers
}

func (m *mangler) refused(text string) {
	c, err := token.Verify(text, m.keys, time.Unix(issuedAt, 0))
	var cause token.Cause
	if !errors.As(err, &cause) || c != (token.Claims{}) {
		m.t.Fatalf("%q: %v, %v", text, c, err)
	}
	m.tried[cause]++
}

// total returns the number of texts tried.
func (m *mangler) total() int {
	n := 0
	for _, count := range m.tried {
		n += count
	}
	return n
}

func eachMangler(t *testing.T, try func(*mangler) (want int)) {
	for name, m := range newManglers(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m.t = t
			want := try(m)
			require.Equal(t, want, m.total())
		})
	}
}

func TestMangleSubstrings(t *testing.T) {
	eachMangler(t, func(m *mangler) int {
		n := len(m.good)
		for i := range n {
			for j := i; j <= n; j++ {
				if j-i < n {
					m.refused(m.good[i:j])
				}
			}
		}
		return n*(n+1)/2 + n - 1
	})
}

func TestMangleRemovals(t *testing.T) {
	eachMangler(t, func(m *mangler) int {
		for i := range len(m.good) {
			m.refused(m.good[:i] + m.good[i+1:])
		}
		return len(m.good)
	})
}

// Every other byte at every place.
func TestMangleChanges(t *testing.T) {
	eachMangler(t, func(m *mangler) int {
		for i := range len(m.good) {
			text := []byte(m.good)
			for c := range 256 {
				if byte(c) != m.good[i] {
					text[i] = byte(c)
					m.refused(string(text))
				}
			}
		}
		return len(m.good) * 255
	})
}

// An extra character in every place, including those that decoders skip or read as padding.
func TestMangleInsertions(t *testing.T) {
	const more = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" + "\n\r\t =.#+/%\x00"
	inserted := []string{"\r\n", "==", "%0A", "\u00a0", "\u200b", "\ufeff", "\xff"}
	for _, c := range more {
		inserted = append(inserted, string(c))
	}
	eachMangler(t, func(m *mangler) int {
		for i := range len(m.good) + 1 {
			for _, s := range inserted {
				m.refused(m.good[:i] + s + m.good[i:])
			}
		}
		return (len(m.good) + 1) * len(inserted)
	})
}

func TestMangleTranspositions(t *testing.T) {
	eachMangler(t, func(m *mangler) int {
		want := 0
		for i := range len(m.good) - 1 {
			if m.good[i] == m.good[i+1] {
				continue
			}
			text := []byte(m.good)
			text[i], text[i+1] = text[i+1], text[i]
			m.refused(string(text))
			want++
		}
		return want
	})
}

func TestMangleSegments(t *testing.T) {
	all := newManglers(t)
	eachMangler(t, func(m *mangler) int {
		h, p, s := parts(m.good)
		texts := []string{
			m.good + m.good, m.good + "." + m.good, m.good + " " + m.good, m.good + "\n" + m.good,
			m.good + "." + s, m.good + "." + h, m.good + ".", "." + m.good, h + "." + m.good,
			h + "." + s + "." + p, p + "." + h + "." + s, s + "." + p + "." + h, h + ".." + s, "." + p + "." +
				s, h + "." + p,
			h + "." + p + p + "." + s, h + h + "." + p + "." + s, h + "." + p + "." + s + s,
			strings.ToUpper(m.good), strings.ToLower(m.good), "https://qr.example.it/q#" + m.good,
		}
		for _, text := range texts {
			m.refused(text)
		}
		want := len(texts)
		for _, other := range all { // parts of two good tokens
			if other.good == m.good {
				continue
			}
			h2, p2, s2 := parts(other.good)
			for _, text := range []string{h2 + "." + p + "." + s, h + "." + p2 + "." + s, h + "." + p + "." +
				s2,
				h2 + "." + p2 + "." + s, h2 + "." + p + "." + s2, h + "." + p2 + "." + s2} {
				if text != m.good && text != other.good {
					m.refused(text)
					want++
				}
			}
		}
		return want
	})
}
