package otp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash"
	"strings"
	"sync"
	"unicode"

	pquerna "github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
)

// hotpCode is HOTP (RFC 4226) with SHA-256 over key.
func hotpCode(key []byte, counter uint64, digits int) (string, error) {
	return hotp.GenerateCodeCustom(base32.StdEncoding.EncodeToString(key), counter, hotp.ValidateOpts{
		Digits: pquerna.Digits(digits), Algorithm: pquerna.AlgorithmSHA256,
	})
}

// digest is [mac.digest] under a key that is used once.
func digest(key []byte, label string, parts ...[]byte) []byte {
	return newMAC(key).digest(label, parts...)
}

// A mac is HMAC-SHA-256 under one key. It keeps its hashes: when one is reset, it is as after the
// key, which saves half of the work and nearly all the memory of a new one.
type mac struct{ pool sync.Pool }

type macHash struct {
	hash.Hash
	in []byte
}

func newMAC(key []byte) *mac {
	return &mac{sync.Pool{New: func() any { return &macHash{Hash: hmac.New(sha256.New, key)} }}}
}

// digest is the HMAC over label and parts. The length precedes each of them, so two different
// lists of parts never give the same bytes.
func (m *mac) digest(label string, parts ...[]byte) []byte {
	h := m.pool.Get().(*macHash)
	defer m.pool.Put(h)
	h.in = append(binary.BigEndian.AppendUint32(h.in[:0], uint32(len(label))), label...)
	for _, p := range parts {
		h.in = append(binary.BigEndian.AppendUint32(h.in, uint32(len(p))), p...)
	}
	h.Reset()
	h.Write(h.in)
	return h.Sum(nil)
}

// A pepperPair holds the two independent keys derived from one pepper: make for codes, check
// for verifiers.
type pepperPair struct{ make, check *mac }

func newPepperPair(p Pepper) pepperPair {
	key := newMAC([]byte(p.reveal()))
	return pepperPair{newMAC(key.digest("otp/hotp/v1")), newMAC(key.digest("otp/verify/v1"))}
}

// code derives the code of a challenge sent by SMS or voice. The code is stored nowhere: a
// resend derives it again.
func (p pepperPair) code(nonce, tail, binding []byte, digits int) (string, error) {
	// The counter of HOTP stays 0: the nonce makes the key, and so the code, different for each
	// challenge.
	return hotpCode(p.make.digest("code", nonce, tail, binding), 0, digits)
}

// verifier is the value that the record keeps to check an answer. Without the pepper it does
// not reveal the code, although there are only a million codes.
func (p pepperPair) verifier(tail, binding []byte, code string) []byte {
	return p.check.digest("verifier", tail, binding, []byte(code))
}

// normalizeCode drops the separators that people type between digits and maps digits of other
// scripts. It returns false if the number of remaining digits is not digits, or if anything
// else remains.
func normalizeCode(typed string, digits int) (string, bool) {
	if len(typed) > 128 {
		return "", false
	}
	out := make([]byte, 0, digits)
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9':
			out = append(out, byte(r))
		case r >= '０' && r <= '９': // full-width, from East Asian keyboards
			out = append(out, byte(r-'０')+'0')
		case r >= '٠' && r <= '٩': // Arabic-Indic
			out = append(out, byte(r-'٠')+'0')
		case r >= '۰' && r <= '۹': // Eastern Arabic-Indic
			out = append(out, byte(r-'۰')+'0')
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), unicode.Is(unicode.Cf, r),
			strings.ContainsRune(".·−", r):
			// Cf contains the invisible marks that are copied along with text.
		default:
			return "", false
		}
		if len(out) > digits {
			return "", false
		}
	}
	return string(out), len(out) == digits
}
