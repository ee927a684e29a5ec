package wallet

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// FuzzRead: a text is refused with one of the causes and without a card, or all that is signed in it, by the
// issuer and by the holder, is signed in one of the vectors too. Nobody has the keys of these any more.
func FuzzRead(f *testing.F) {
	text, err := os.ReadFile(vectorFile)
	require.NoError(f, err)
	var all vectors
	require.NoError(f, json.Unmarshal(text, &all))
	signed := map[string]bool{}
	seeds := map[Cause]bool{}
	for _, c := range all.Cases {
		signed[unsealed(c.Presentation)] = true
		if !seeds[c.Expected] { // one of each cause
			seeds[c.Expected] = true
			f.Add(c.Presentation)
		}
	}
	anchors := all.anchors(f)
	want := expected{types: all.Types, claims: all.Claims, audience: all.Audience, nonce: all.Nonce,
		asked: time.Unix(all.Asked, 0), now: time.Unix(all.Now, 0)}
	f.Fuzz(func(t *testing.T, s string) {
		card, err := read(s, anchors, want)
		cause, _ := err.(Cause)
		switch {
		case err != nil && (card != nil || !slices.Contains(Causes(), cause)):
			t.Fatalf("refused with %v, card %v", err, card)
		case err == nil && !signed[unsealed(s)]:
			t.Fatal("accepted, and nobody signed it")
		}
	})
}

// unsealed returns a presentation without its two signatures, which anybody can write in a second way.
func unsealed(s string) string {
	jwt, rest, _ := strings.Cut(s, "~")
	return jwt[:strings.LastIndex("."+jwt, ".")] + "~" + rest[:strings.LastIndex("."+rest, ".")]
}
