package wallet

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/benefit"
)

var update = flag.Bool("update", false, "make the vectors again, with new keys")

const vectorFile = "testdata/vectors/presentations.json"

// vectors are the content of the file, which testdata/vectors/README.md describes.
type vectors struct {
	Anchors  []vectorAnchor    `json:"anchors"`
	Types    []string          `json:"types"`
	Claims   []string          `json:"claims"`
	Audience string            `json:"audience"`
	Nonce    string            `json:"nonce"`
	Asked    int64             `json:"asked"`
	Now      int64             `json:"now"`
	Lists    map[string]string `json:"lists"`
	Cases    []vector          `json:"cases"`
}

type vectorAnchor struct {
	Certificate []byte   `json:"certificate"`
	Issuers     []string `json:"issuers"`
	Use         string   `json:"use"`
}

type vector struct {
	ID           string            `json:"id"`
	Comment      string            `json:"comment"`
	Presentation string            `json:"presentation"`
	Pad          int               `json:"pad,omitempty"`
	Lists        map[string]string `json:"lists,omitzero"`
	ListPad      int               `json:"list_pad,omitempty"`
	Expected     Cause             `json:"expected"`
}

func makeVectors() vectors {
	m := newMint()
	v := vectors{Anchors: []vectorAnchor{{m.root.Raw, []string{issuerName}, signing.String()}},
		Types: Types(), Claims: claimsOf(benefit.TiePicture), Audience: audience, Nonce: nonce,
		Asked: clock.Add(-time.Minute).Unix(), Now: clock.Unix(), Lists: map[string]string{listURL: m.usual}}
	for _, group := range []func(*mint) []made{shapes, chains, claims, reveals, holders, statuses, verdicts} {
		for _, c := range group(m) {
			d := m.draft()
			c.edit(d)
			text := d.text()
			if maps.Equal(d.lists, v.Lists) && d.listPad == 0 {
				d.lists = nil
			}
			v.Cases = append(v.Cases, vector{ID: c.name, Comment: c.comment, Presentation: text, Pad: d.pad,
				Lists: d.lists, ListPad: d.listPad, Expected: c.want})
		}
	}
	return v
}

func (v vectors) anchors(t testing.TB) []Anchor {
	var list []Anchor
	for _, a := range v.Anchors {
		c, err := x509.ParseCertificate(a.Certificate)
		require.NoError(t, err)
		require.Equal(t, signing.String(), a.Use)
		list = append(list, Anchor{c, a.Issuers, signing})
	}
	return list
}

// listHost serves the status lists of a case.
type listHost vector

func (h listHost) RoundTrip(r *http.Request) (*http.Response, error) {
	text, ok := h.Lists[r.URL.String()]
	if !ok {
		return nil, io.ErrUnexpectedEOF
	}
	body := io.NopCloser(strings.NewReader(text + strings.Repeat("A", h.ListPad)))
	return &http.Response{StatusCode: http.StatusOK, Body: body, Request: r}, nil
}

// golden reads a file of vectors, which it makes again on -update.
func golden[T any](t testing.TB, file string, again func() T) (all T) {
	if *update {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", " ")
		require.NoError(t, e.Encode(again()))
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o644))
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &all))
	return all
}

// TestVectors compares each presentation with its one cause.
func TestVectors(t *testing.T) {
	all := golden(t, vectorFile, makeVectors)
	anchors := all.anchors(t)
	seen, bad := map[Cause]bool{}, 0
	for _, c := range all.Cases {
		seen[c.Expected] = true
		if c.Expected != ErrNotCompared {
			bad++
		}
		if c.Lists == nil {
			c.Lists = all.Lists
		}
		t.Run(c.ID, func(t *testing.T) {
			now := time.Unix(all.Now, 0)
			l := &lists{client: &http.Client{Transport: listHost(c)}}
			card, err := read(c.Presentation+strings.Repeat("A", c.Pad), anchors, expected{types: all.Types,
				claims: all.Claims, audience: all.Audience, nonce: all.Nonce,
				asked: time.Unix(all.Asked, 0), now: now})
			var holder *Holder
			if err != nil {
				assert.Nil(t, card, "no card comes with an error")
			} else if err = l.check(t.Context(), card, anchors, now); err == nil {
				holder, err = decide(card, benefit.TiePicture)
			}
			assert.Equal(t, c.Expected, err, c.Comment)
			assert.Equal(t, c.Expected == ErrNotCompared, holder != nil)
		})
	}
	assert.GreaterOrEqual(t, bad, 80)
	assert.GreaterOrEqual(t, len(all.Cases)-bad, 9)
	for _, c := range Causes()[:len(Causes())-4] { // the last four are of an answer without a presentation
		assert.True(t, seen[c], c)
	}
}

// checkVector is a digest of a receipt and what it is over.
type checkVector struct {
	CheckID      string `json:"check_id"`
	Presentation string `json:"presentation"`
	Benefit      string `json:"benefit"`
	Compared     string `json:"compared"`
	Check        string `json:"chk"`
}

// TestDigest compares with digests that another program made.
func TestDigest(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors/checks.json")
	require.NoError(t, err)
	var all []checkVector
	require.NoError(t, json.Unmarshal(text, &all))
	require.Len(t, all, 4)
	for _, c := range all {
		assert.Equal(t, c.Check, Digest(c.CheckID, c.Presentation, c.Benefit, c.Compared))
	}
}
