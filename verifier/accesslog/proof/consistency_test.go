package proof_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/verifier/accesslog/proof"
)

// memoryTree is a tree in memory.
type memoryTree struct{ hashes []tlog.Hash }

func (m *memoryTree) add(n int64, leaf string) {
	m.hashes = append(m.hashes, must(tlog.StoredHashes(n, []byte(leaf), m))...)
}

// ReadHashes implements tlog.HashReader.
func (m *memoryTree) ReadHashes(places []int64) (list []tlog.Hash, err error) {
	for _, p := range places {
		list = append(list, m.hashes[p])
	}
	return list, nil
}

func grown(leaf string, size int64) (*memoryTree, proof.Checkpoint) {
	m := &memoryTree{}
	for n := range size {
		m.add(n, leaf)
	}
	c := proof.Checkpoint{Origin: logName, Size: size, Kept: size}
	if size > 0 {
		c.Root = must(tlog.TreeHash(size, m))
	} else {
		c.Root = must(tlog.TreeHash(0, nil))
	}
	return m, c
}

func step(m *memoryTree, from, to proof.Checkpoint) []byte {
	signer, _ := keys()
	c := proof.Consistency{From: from.Size, Checkpoint: string(must(to.Sign(signer)))}
	if from.Size > 0 && from.Size <= to.Size {
		c.Hashes = must(tlog.ProveTree(to.Size, from.Size, m))
	}
	return must(c.Text())
}

// A checkpoint continues every earlier one of the same log, and none of another history.
func TestConsistency(t *testing.T) {
	for to := range int64(9) {
		m, last := grown("a", to)
		for from := range to + 1 {
			_, earlier := grown("a", from)
			_, c, err := proof.VerifyConsistency(step(m, earlier, last), earlier, verifier())
			require.NoError(t, err, "%d of %d", from, to)
			assert.Equal(t, last, c)
			if from == 0 {
				continue
			}
			_, other := grown("b", from)
			_, _, err = proof.VerifyConsistency(step(m, earlier, last), other, verifier())
			assert.ErrorIs(t, err, proof.ErrNotContinued, "%d of %d", from, to)
		}
	}
}

func TestConsistencyRefuses(t *testing.T) {
	m, to := grown("a", 6)
	_, from := grown("a", 4)
	good := step(m, from, to)
	for name, change := range map[string]func(c *proof.Consistency, last *proof.Checkpoint){
		"another beginning": func(_ *proof.Consistency, last *proof.Checkpoint) { *last = to; last.Size = 5 },
		"another log":       func(_ *proof.Consistency, last *proof.Checkpoint) { last.Origin = "another" },
		"records are back":  func(_ *proof.Consistency, last *proof.Checkpoint) { last.Kept = 7 },
		"a shorter log":     func(_ *proof.Consistency, last *proof.Checkpoint) { last.Size = 7 },
		"no proof":          func(c *proof.Consistency, _ *proof.Checkpoint) { c.Hashes = nil },
		"a hash":            func(c *proof.Consistency, _ *proof.Checkpoint) { c.Hashes[0][0]++ },
		"no signature": func(c *proof.Consistency, _ *proof.Checkpoint) {
			c.Checkpoint = c.Checkpoint[:len(c.Checkpoint)-8]
		},
	} {
		var c proof.Consistency
		require.NoError(t, json.Unmarshal(good, &c))
		last := from
		change(&c, &last)
		signed, opened, err := proof.VerifyConsistency(must(c.Text()), last, verifier())
		assert.Error(t, err, name)
		assert.Nil(t, signed, name)
		assert.Zero(t, opened, name)
	}
	for _, file := range [][]byte{nil, append(bytes.Clone(good), good...), bytes.Repeat([]byte(" "), 65<<10),
		[]byte(`{"more":1}`)} {
		_, _, err := proof.VerifyConsistency(file, from, verifier())
		assert.Error(t, err)
	}
}

// A checkpoint may be demanded to have the signature of a witness. A stranger's does not count.
func TestCosign(t *testing.T) {
	signer, _ := keys()
	day := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	signed := must(proof.Checkpoint{Origin: logName, Size: 3, Kept: 2, KeptDay: day}.Sign(signer))
	witness := func(b byte) (note.Signer, note.Verifier) {
		seed := bytes.NewReader(bytes.Repeat([]byte{b}, 64))
		private, public, err := note.GenerateKey(seed, "museo.example")
		require.NoError(t, err)
		return must(note.NewSigner(private)), must(note.NewVerifier(public))
	}
	one, oneKey := witness(1)
	two, twoKey := witness(2)
	_, err := proof.OpenCheckpoint(signed, verifier(), oneKey)
	require.Error(t, err)
	both, err := proof.Cosign(signed, verifier(), one)
	require.NoError(t, err)
	c, err := proof.OpenCheckpoint(both, verifier(), oneKey)
	require.NoError(t, err)
	assert.Equal(t, day, c.KeptDay)
	_, err = proof.OpenCheckpoint(both, verifier(), oneKey, twoKey)
	assert.ErrorContains(t, err, "museo.example")
	both, err = proof.Cosign(both, verifier(), two)
	require.NoError(t, err)
	_, err = proof.OpenCheckpoint(both, verifier(), oneKey, twoKey)
	require.NoError(t, err)
	_, err = proof.Cosign(both, twoKey, two)
	assert.Error(t, err, "of another log")
	_, _, err = proof.Verify(proofFile(), verifier(), oneKey)
	assert.Error(t, err, "a file without the witness")
}
