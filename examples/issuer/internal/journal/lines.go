package journal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/qr-invalidita/attesta/examples/internal/registry"
)

// A state is what the lines say.
type state struct {
	cuts    registry.CutOffs
	size    int64 // of the access log
	root    tlog.Hash
	damaged int // lines
}

// sign returns a line: "void PSEUDONYM SECONDS MAC" or "checkpoint SIZE ROOT MAC".
func (j *Journal) sign(text string) string {
	mac := hmac.New(sha256.New, j.Key)
	mac.Write([]byte(text))
	return text + " " + hex.EncodeToString(mac.Sum(nil)[:16])
}

func (j *Journal) checkpoint(s state) string {
	return j.sign(fmt.Sprintf("checkpoint %d %x", s.size, s.root[:]))
}

// parse reads lines. Of the checkpoints, that of the largest log counts.
func (j *Journal) parse(lines []string) state {
	s := state{cuts: registry.CutOffs{}}
	for _, line := range lines {
		if line == "" {
			continue
		}
		text := line[:max(0, strings.LastIndexByte(line, ' '))]
		var b []byte
		var n int64
		_, err := fmt.Sscanf(text, "void %x %d", &b, &n)
		void := err == nil && len(b) == len(registry.Pseudonym{})
		if !void {
			_, err = fmt.Sscanf(text, "checkpoint %d %x", &n, &b)
		}
		switch {
		case err != nil || !hmac.Equal([]byte(j.sign(text)), []byte(line)):
			s.damaged++
		case void:
			s.cuts[registry.Pseudonym(b)] = max(s.cuts[registry.Pseudonym(b)], n)
		case len(b) == tlog.HashSize && n >= s.size:
			s.size, s.root = n, tlog.Hash(b)
		}
	}
	return s
}
