package token_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/token"
)

var update = flag.Bool("update", false, "write testdata/vectors")

const (
	vectorFolder = "testdata/vectors"
	// The cases of these files have other members. Package verifier runs them.
	bundleFile  = "bundle.json"
	receiptFile = "receipt.json"

	leastVectors = 350
	leastGood    = 50
)

// vector is one case; testdata/vectors/README.md explains its members.
type vector struct {
	ID             string            `json:"id"`
	Comment        string            `json:"comment"`
	Text           string            `json:"text,omitempty"`
	Token          string            `json:"token"`
	JWKS           []json.RawMessage `json:"jwks"`
	Now            int64             `json:"now"`
	CodiceFiscale  string            `json:"codice_fiscale,omitempty"`
	ReferenceKeys  []vectorReference `json:"reference_keys,omitempty"`
	Expected       string            `json:"expected"`
	AlsoAcceptedBy []string          `json:"also_accepted_by,omitempty"`
	Claims         *vectorClaims     `json:"claims,omitempty"`
}

type vectorReference struct {
	ID  uint16 `json:"id"`
	Key string `json:"key"`
}

type vectorClaims struct {
	Iss string `json:"iss"`
	Sub string `json:"sub"`
	Iat int64  `json:"iat"`
	Exp int64  `json:"exp"`
	Cfc string `json:"cfc,omitempty"`
}

// readVectors reads the files like another implementation.
func readVectors(t testing.TB) []vector {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(vectorFolder, "*.json"))
	require.NoError(t, err)
	var vectors []vector
	for _, file := range files {
		if base := filepath.Base(file); base == bundleFile || base == receiptFile {
			continue
		}
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.DisallowUnknownFields()
		var group []vector
		require.NoError(t, decoder.Decode(&group), file)
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		for _, v := range group {
			require.True(t, strings.HasPrefix(v.ID, name+"-"), "%s in %s", v.ID, file)
		}
		vectors = append(vectors, group...)
	}
	return vectors
}

func (v vector) keys(t testing.TB) []token.PublicKey {
	t.Helper()
	var keys []token.PublicKey
	for _, set := range v.JWKS {
		parsed, err := token.ParseJWKS(set, "")
		require.NoError(t, err)
		keys = append(keys, parsed...)
	}
	return keys
}

// compare makes the last step with the data of the vector: the issuer's reference keys or the
// commitment.
func (v vector) compare(t *testing.T, c token.Claims, commitments *token.Commitments) error {
	if v.CodiceFiscale == "" {
		return nil
	}
	cf := code(t, v.CodiceFiscale)
	if len(v.ReferenceKeys) == 0 {
		return commitments.Match(context.Background(), c, cf)
	}
	var issuer token.Signer
	for _, r := range v.ReferenceKeys {
		issuer.References = append(issuer.References, must(token.NewReferenceKey(r.ID, unhex(r.Key))))
	}
	return issuer.Match(c, cf)
}

func TestVectors(t *testing.T) {
	vectors := readVectors(t)
	require.GreaterOrEqual(t, len(vectors), leastVectors)
	good := 0
	seen := map[string]bool{}
	causes := map[string]int{}
	commitments := &token.Commitments{Parallel: 2}
	for _, v := range vectors {
		require.False(t, seen[v.ID], "%s stands twice", v.ID)
		seen[v.ID] = true
		causes[v.Expected]++
		if v.Expected == "" {
			good++
		}
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			if v.Text != "" {
				jws, err := token.FromQRText(v.Text)
				assert.Equal(t, v.Token, jws, v.Comment)
				if jws == "" {
					assert.Equal(t, token.Cause(v.Expected), err, v.Comment)
					return
				}
			}
			c, err := token.Verify(v.Token, v.keys(t), time.Unix(v.Now, 0))
			if err != nil {
				assert.Zero(t, c)
			} else {
				err = v.compare(t, c, commitments)
			}
			if v.Expected != "" {
				assert.Equal(t, token.Cause(v.Expected), err, v.Comment)
				return
			}
			require.NoError(t, err, v.Comment)
			require.NotNil(t, v.Claims)
			assert.Equal(t, *v.Claims,
				vectorClaims{c.IssuerName, c.Subject, c.IssuedAt.Unix(), c.Expires.Unix(), c.Commitment})
		})
	}
	require.GreaterOrEqual(t, good, leastGood)
	for _, cause := range allCauses {
		assert.NotZero(t, causes[string(cause)], "no vector for %s", cause)
	}
}

// allCauses are those of the checks, in their order; before them stand the two of a text without a token.
var allCauses = [...]token.Cause{
	token.ErrSize, token.ErrShape, token.ErrHeader, token.ErrUnknownKey, token.ErrSignature, token.ErrClaims,
	token.ErrIssuer, token.ErrNotYetValid, token.ErrExpired, token.ErrCFMismatch,
}

// The committed files equal the output of the tables in the files vectors_*_test.go, so neither
// drifts from the other. A vector that a release accepted is never changed or removed; new ones
// are added with -update.
func TestVectorFiles(t *testing.T) {
	groups := makeVectors(t)
	files, err := filepath.Glob(filepath.Join(vectorFolder, "*.json"))
	require.NoError(t, err)
	if !*update {
		require.Len(t, files, len(groups)+2, "a file without a table or a table without a file")
	}
	w := newWorkshop(t)
	texts := map[string][]byte{bundleFile: marshalVectors(w.bundleVectors()),
		receiptFile: marshalVectors(w.receiptVectors())}
	for name, vectors := range groups {
		texts[name+".json"] = marshalVectors(vectors)
	}
	for name, want := range texts {
		path := filepath.Join(vectorFolder, name)
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o644))
			continue
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(want, got),
			"%s differs from its table: run go test -run TestVectorFiles -update", path)
	}
}

// marshalVectors writes one member per line, so that people can read and compare a file.
func marshalVectors[V vector | bundleVector | receiptVector](vectors []V) []byte {
	var b bytes.Buffer
	for i, v := range vectors {
		decoder := json.NewDecoder(bytes.NewReader(must(json.Marshal(v))))
		must(decoder.Token()) // the brace
		b.WriteString(map[bool]string{true: "[\n  {", false: ",\n  {"}[i == 0])
		for n := 0; decoder.More(); n++ {
			name := must(decoder.Token())
			var value json.RawMessage
			if err := decoder.Decode(&value); err != nil {
				panic(err)
			}
			b.WriteString(map[bool]string{true: "\n    ", false: ",\n    "}[n == 0])
			b.Write(must(json.Marshal(name)))
			b.WriteString(": ")
			b.Write(value)
		}
		b.WriteString("\n  }")
	}
	b.WriteString("\n]\n")
	return b.Bytes()
}

// Every codice fiscale in the vectors is well-formed, so that no runner in another language fails
// on its own checks.
func TestVectorCodes(t *testing.T) {
	for _, typed := range []string{person, omocode, somebody} {
		_, err := codicefiscale.Parse(typed)
		assert.NoError(t, err)
	}
	_, err := codicefiscale.ParseProvisional(provisional)
	assert.NoError(t, err)
}
