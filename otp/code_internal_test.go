package otp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pquerna/otp/hotp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/internal/secret"
)

// TestRFC4226 runs RFC 4226 appendix D against the library that truncates.
func TestRFC4226(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314", "254676", "287922",
		"162583", "399871", "520489"} {
		got, err := hotp.GenerateCode(secret, uint64(counter))
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

// TestRFC6238 runs RFC 6238 appendix B with SHA-256, which is HOTP over the time step, against
// our own function.
func TestRFC6238(t *testing.T) {
	key := []byte("12345678901234567890123456789012")
	for seconds, want := range map[uint64]string{59: "46119246", 1111111109: "68084774",
		1111111111: "67062674", 1234567890: "91819424", 2000000000: "90698825", 20000000000: "77737706"} {
		got, err := hotpCode(key, seconds/30, 8)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		got, err = hotpCode(key, seconds/30, 6)
		require.NoError(t, err)
		assert.Equal(t, want[2:], got, "fewer digits are the last ones")
	}
}

func testPair() pepperPair {
	return newPepperPair(Pepper{secret.New("pepper", strings.Repeat("p", 32))})
}

// The code changes with every part that it is made from, and no byte can move from one part to
// another.
func TestCodeDependsOnAll(t *testing.T) {
	p := testPair()
	seen := map[string]string{}
	for _, in := range [][3]string{{"n", "t", "b"}, {"n2", "t", "b"}, {"n", "t2", "b"}, {"n", "t", "b2"},
		{"nt", "", "b"}, {"", "nt", "b"}, {"n", "tb", ""}} {
		code, err := p.code([]byte(in[0]), []byte(in[1]), []byte(in[2]), 8)
		require.NoError(t, err)
		assert.Empty(t, seen[code], "%q", in)
		seen[code] = fmt.Sprint(in)
	}
	again, err := p.code([]byte("n"), []byte("t"), []byte("b"), 8)
	require.NoError(t, err)
	assert.Contains(t, seen, again)
}

// The test is chi-square over the first three digits of 2^14 codes: with 999 degrees of
// freedom the 99.99 % quantile is 1,175. The bias of the truncation (RFC 4226 appendix A) is
// too small to show here.
func TestCodesAreEven(t *testing.T) {
	p := testPair()
	var counts [1000]int
	const n = 1 << 14
	for i := range n {
		code, err := p.code([]byte{byte(i), byte(i >> 8)}, nil, nil, 6)
		require.NoError(t, err)
		counts[int(code[0]-'0')*100+int(code[1]-'0')*10+int(code[2]-'0')]++
	}
	chi, want := 0.0, float64(n)/1000
	for _, c := range counts {
		chi += (float64(c) - want) * (float64(c) - want) / want
	}
	assert.Less(t, chi, 1175.0)
	assert.Greater(t, chi, 840.0, "nor too even")
}

// The attacker has a record in clear, except the pepper, and knows how it is made. None of the
// million codes fits: not under a guessed or empty pepper, and not under the other values in
// the record.
func TestBruteForceWithoutThePepper(t *testing.T) {
	p := testPair()
	c := challenge{digits: 6}
	copy(c.tail[:], "tail of 11b")
	copy(c.nonce[:], "nonce of 16 byte")
	binding := digest([]byte("known to the attacker"), "binding")
	code, err := p.code(c.nonce[:], c.tail[:], binding, 6)
	require.NoError(t, err)
	copy(c.verifier[:], p.verifier(c.tail[:], binding, code))

	// search returns the first of codes that fits under key.
	search := func(key []byte, codes iter.Seq[[]byte]) string {
		m := hmac.New(sha256.New, key)
		sized := func(b []byte) {
			m.Write([]byte{0, 0, 0, byte(len(b))})
			m.Write(b)
		}
		var sum []byte
		for try := range codes {
			m.Reset()
			sized([]byte("verifier"))
			sized(c.tail[:])
			sized(binding)
			sized(try)
			if sum = m.Sum(sum[:0]); [32]byte(sum) == c.verifier || sha256.Sum256(try) == c.verifier {
				return string(try)
			}
		}
		return ""
	}
	million := func(yield func([]byte) bool) {
		try := []byte("000000")
		for {
			if !yield(try) {
				return
			}
			i := 5
			for ; i >= 0 && try[i] == '9'; i-- {
				try[i] = '0'
			}
			if i < 0 {
				return
			}
			try[i]++
		}
	}
	right := func(yield func([]byte) bool) { yield([]byte(code)) }
	check := func(pepper string) []byte {
		return digest([]byte(strings.Repeat(pepper, 32)), "otp/verify/v1")
	}
	require.Equal(t, code, search(check("p"), million), "with the pepper it is found: the search works")
	require.Empty(t, search(check("q"), million))
	for _, key := range [][]byte{{}, c.nonce[:], c.tail[:], binding} {
		assert.Empty(t, search(key, right), "not even the right code fits under what the record holds")
	}
}

func FuzzNormalizeCode(f *testing.F) {
	for _, s := range []string{"123456", " 123-456 ", "１２３４５６", "١٢٣٤٥٦", "12345", "1234567", "12 34\u00a056",
		"a12345", "\xff23456"} {
		f.Add(s, 6)
	}
	f.Fuzz(func(t *testing.T, typed string, digits int) {
		digits = 6 + (digits&3)%3
		got, ok := normalizeCode(typed, digits)
		if !ok {
			return
		}
		if len(got) != digits || !isDigits(got) {
			t.Fatalf("%q is not %d digits", got, digits)
		}
		if again, ok := normalizeCode(got, digits); !ok || again != got {
			t.Fatal("what is normal stays")
		}
		if again, ok := normalizeCode(" "+typed+"-", digits); len(typed) < 100 && (!ok || again != got) {
			t.Fatal("space and hyphens do not matter")
		}
		if _, ok := normalizeCode(typed+"0", digits); ok {
			t.Fatal("a digit more is not the same length")
		}
	})
}

// The masked part of the IDs of one person is as random as the tail.
func TestIDsAreMasked(t *testing.T) {
	k := newRecordKeys(Pepper{secret.New("pepper", strings.Repeat("r", 32))})
	key := k.recordKey("", NewSecret("person"))
	rnd := rand.NewChaCha8([32]byte{})
	var ones [8 * keySize]int
	const n = 4096
	for range n {
		tail := make([]byte, tailSize)
		rnd.Read(tail)
		id := k.challengeID(key, tail)
		gotKey, gotTail, ok := k.parseID(id)
		require.True(t, ok)
		require.Equal(t, key, gotKey)
		require.Equal(t, tail, gotTail)
		raw := mustRaw(t, id)
		for i := range ones {
			ones[i] += int(raw[tailSize+i/8]>>(i%8)) & 1
		}
	}
	for i, c := range ones {
		assert.InDelta(t, n/2, c, 6*32, "bit %d", i) // six standard deviations of sqrt(n)/2
	}
}
