package proof_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// logName and keys are those with which package accesslog made testdata/proof.json, the file
// of the third of seven records.
const logName = "qr.example.it/access"

func keys() (note.Signer, note.Verifier) {
	private, public, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), logName)
	if err != nil {
		panic(err)
	}
	return must(note.NewSigner(private)), must(note.NewVerifier(public))
}

func verifier() note.Verifier {
	_, v := keys()
	return v
}

func proofFile() []byte { return must(os.ReadFile("testdata/proof.json")) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestProofOfOtherKeys(t *testing.T) {
	file := proofFile()
	record, checkpoint, err := proof.Verify(file, verifier())
	require.NoError(t, err)
	assert.Equal(t, "CAFFÈ D'ARTE", record.Organisation)
	assert.Equal(t, logName, checkpoint.Origin)
	assert.Equal(t, int64(7), checkpoint.Size)

	_, public, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{1}, 64)), logName)
	require.NoError(t, err)
	_, _, err = proof.Verify(file, must(note.NewVerifier(public)))
	assert.Error(t, err)
}

// The checkpoint must be of the log whose key signs, and have its one form.
func TestCheckpointForm(t *testing.T) {
	signer, _ := keys()
	const root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
	for text, good := range map[string]bool{
		logName + "\n0\n" + root + "\nkept 0\n":                   true,
		logName + "\n0\n" + root + "\nkept 0\nan extension\n":     true,
		logName + "\n5\n" + root + "\nkept 5\n":                   true,
		logName + "\n5\n" + root + "\nkept 4 2026-01-15\n":        true,
		logName + "\n0\n" + root + "\n":                           false,
		logName + "\n0\n" + root + "\nan extension\n":             false,
		logName + "\n5\n" + root + "\nkept 4\n":                   false,
		logName + "\n5\n" + root + "\nkept 5 2026-01-15\n":        false,
		logName + "\n5\n" + root + "\nkept 6\n":                   false,
		logName + "\n5\n" + root + "\nkept 04 2026-01-15\n":       false,
		logName + "\n5\n" + root + "\nkept 4 2026-1-15\n":         false,
		logName + "\n5\n" + root + "\nkept 4 2026-01-15 \n":       false,
		logName + "\n5\n" + root + "\n4 2026-01-15\n":             false,
		"another\n0\n" + root + "\nkept 0\n":                      false,
		logName + "\n0\n" + root[1:] + "\nkept 0\n":               false,
		logName + "\n00\n" + root + "\nkept 0\n":                  false,
		logName + "\n+0\n" + root + "\nkept 0\n":                  false,
		logName + "\n-1\n" + root + "\nkept 0\n":                  false,
		logName + "\n9223372036854775807\n" + root + "\nkept 0\n": false,
		logName + "\n0\n": false,
		logName + "\n0\n" + strings.Replace(root, "U=", "V=", 1) + "\nkept 0\n": false,
	} {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		require.NoError(t, err)
		_, err = proof.OpenCheckpoint(signed, verifier())
		assert.Equal(t, good, err == nil, "%q: %v", text, err)
	}
}

func TestSignCheckpoint(t *testing.T) {
	signer, _ := keys()
	c := proof.Checkpoint{Origin: logName, Size: 12, Kept: 12}
	signed, err := c.Sign(signer)
	require.NoError(t, err)
	got, err := proof.OpenCheckpoint(signed, verifier())
	require.NoError(t, err)
	assert.Equal(t, c, got)
	c.Origin = "another"
	_, err = c.Sign(signer)
	assert.Error(t, err)
}

// Every one-byte change of a file is refused, or changes nothing that is said.
func TestMangledProof(t *testing.T) {
	file := proofFile()
	record, checkpoint, err := proof.Verify(file, verifier())
	require.NoError(t, err)
	same := func(file []byte, what string, at int) {
		r, c, err := proof.Verify(file, verifier())
		if err != nil {
			require.Zero(t, r)
			require.Zero(t, c)
			return
		}
		require.Equal(t, record, r, "%s at %d", what, at)
		require.Equal(t, checkpoint, c, "%s at %d", what, at)
	}
	for at := range file {
		same(append(bytes.Clone(file[:at]), file[at+1:]...), "byte gone", at)
		same(append(append(bytes.Clone(file[:at]), ' '), file[at:]...), "space put in", at)
		for _, b := range []byte{file[at] ^ 1, file[at] ^ 0x20, '0', 'A', '"'} {
			changed := bytes.Clone(file)
			changed[at] = b
			same(changed, "byte changed", at)
		}
	}
	_, _, err = proof.Verify(append(bytes.Clone(file), file...), verifier())
	assert.Error(t, err, "twice")
	_, _, err = proof.Verify(append(bytes.Clone(file), bytes.Repeat([]byte(" "), 64<<10)...), verifier())
	assert.Error(t, err, "too long")
}

// An editor may change the layout of the file.
func TestProofInAnotherLayout(t *testing.T) {
	file := proofFile()
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, file))
	for _, f := range [][]byte{file, compact.Bytes()} {
		_, _, err := proof.Verify(f, verifier())
		require.NoError(t, err)
	}
}

// A stranger checks the file with what Node brings.
func TestNodeProof(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		require.NotEqual(t, "true", os.Getenv("CI"), "node is needed")
		t.Skip("node is not installed")
	}
	_, public, err := note.GenerateKey(bytes.NewReader(make([]byte, 64)), logName)
	require.NoError(t, err)
	run := func(file []byte) (string, error) {
		cmd := exec.Command("node", "testdata/interop/proof.mjs", public)
		cmd.Stdin = bytes.NewReader(file)
		output, err := cmd.CombinedOutput()
		return string(output), err
	}
	file := proofFile()
	output, err := run(file)
	require.NoError(t, err, output)
	assert.Equal(t, "proof: CAFFÈ D'ARTE, 2026-01-15T09:00:00Z\n", output)
	_, err = run(bytes.Replace(file, []byte("CAFF"), []byte("GAFF"), 1))
	assert.Error(t, err, "a changed record")
}

// No input panics. An accepted input is a signed record, and it is accepted again after it is
// written again. The input is an edit of a good file: its place, the length removed and the
// text inserted.
func FuzzVerify(f *testing.F) {
	good := proofFile()
	want, checkpoint, err := proof.Verify(good, verifier())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, at, gone uint16, put []byte) {
		from := min(int(at), len(good))
		to := min(from+int(gone), len(good))
		file := slices.Concat(good[:from], put, good[to:])
		r, c, err := proof.Verify(file, verifier())
		if err != nil {
			require.Zero(t, r)
			require.Zero(t, c)
			return
		}
		require.Equal(t, want, r)
		require.Equal(t, checkpoint, c)
		var p proof.File
		require.NoError(t, json.Unmarshal(file, &p))
		again, _, err := proof.Verify(must(json.Marshal(p)), verifier())
		require.NoError(t, err)
		require.Equal(t, want, again)
	})
}

// FuzzCheckpoint fuzzes the text behind a valid signature: it signs each text with the log's
// key.
func FuzzCheckpoint(f *testing.F) {
	signer, _ := keys()
	f.Add(logName + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nkept 0\n")
	f.Add(logName + "\n4611686018427387905\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nkept 0\n")
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		if err != nil {
			return
		}
		c, err := proof.OpenCheckpoint(signed, verifier())
		if err != nil {
			require.Zero(t, c)
			return
		}
		start := fmt.Sprintf("%s\n%d\n%s\nkept %d", c.Origin, c.Size, c.Root, c.Kept)
		require.True(t, strings.HasPrefix(text, start))
		require.Equal(t, logName, c.Origin)
	})
}
