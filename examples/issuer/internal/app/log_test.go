package app

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

const signed = "eyJhbGciOiJFUzI1NiIsImtpZCI6Ijd4In0." +
	"eyJpc3MiOiJodHRwczovL3FyLmV4YW1wbGUuaXQifQ." +
	"qTyyzRkKqkGjVt6a2SnZPmqXbGqD4lIyqFkXJ3Yg2d4vJ3oE9bqJz8eQ0u2YlH5mO7uO9x3yJ4kP6mT1wZ8rQA"

func TestLogMasks(t *testing.T) {
	secrets := []string{"RSSMRA80A01H501U", "rssmra80a01h501u", "RSSMRA80A01H5L1K", "12345678901",
		"+393510000067", "+39 351 000 0067", "3510000067",
		"123456", "123 456", "12345678", "mario.rossi@example.it", signed,
		strings.Repeat("4815162342", 40)}
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log, err := NewLog(&out, format, slog.LevelInfo)
		require.NoError(t, err)
		for _, s := range secrets {
			sentence := "no row for " + s + ", sorry"
			log.Info(sentence, "text", sentence, "err", fmt.Errorf("lookup: %w", errors.New(sentence)), "any",
				[]string{s}, slog.Group("g", "deep", sentence))
			log.With("with", sentence).WithGroup("h").Error("x", "y", sentence)
		}
		for _, s := range secrets {
			assert.NotContains(t, out.String(), s, format)
		}
		assert.Contains(t, out.String(), "[codice fiscale]")
		assert.Contains(t, out.String(), "sorry")
	}
	_, err := NewLog(&bytes.Buffer{}, "xml", slog.LevelInfo)
	assert.Error(t, err)
}

// What operators need stays readable.
func TestLogKeeps(t *testing.T) {
	for _, text := range []string{"POST /v1/second-level-challenges/{id}/answers", "127.0.0.1:8080",
		"SQLSTATE 40001", "context deadline exceeded",
		"-addr: listen tcp 127.0.0.1:8080: bind: address already in use", "took 12345 ms",
		"2026-11-27T20:32:33.916Z"} {
		assert.Equal(t, text, mask(text))
	}
	var out bytes.Buffer
	log, err := NewLog(&out, "json", slog.LevelInfo)
	require.NoError(t, err)
	log.Info("x", "took", 1234567*time.Microsecond, "n", 123456)
	assert.Contains(t, out.String(), `"took":"1.234567s","n":123456`)
}

// A record is one line whatever it holds, and its time has a zone.
func TestLogLines(t *testing.T) {
	const forged = "x\r\n2026-11-27T20:32:33Z INFO login\u2028\x1b[2K\x00"
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		log, err := NewLog(&out, format, slog.LevelInfo)
		require.NoError(t, err)
		log.Info(forged, "text", forged, "err", errors.New(forged), forged, []string{forged})
		line, found := strings.CutSuffix(out.String(), "\n")
		require.True(t, found)
		assert.NotContains(t, line, "\n")
		assert.NotContains(t, line, "\r")
		assert.NotContains(t, line, "\x1b")
		assert.Regexp(t, `\btime"?[=:]"?[0-9-]{10}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})\b`, line)
	}
}

// A codice fiscale is masked whatever surrounds it, unless it is a letter or a digit.
func FuzzMask(f *testing.F) {
	f.Add("for ", uint8(3))
	f.Add("(", uint8(200))
	f.Fuzz(func(t *testing.T, around string, pick uint8) {
		around = strings.Map(func(r rune) rune {
			if r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
				return -1
			}
			return r
		}, around)
		cf, err := codicefiscale.Parse("RSSMRA80A01H501U")
		require.NoError(t, err)
		code := strings.ReplaceAll(cf.Reveal(), "M", string(rune('A'+pick%26)))
		assert.NotContains(t, mask(around+code+around), code)
	})
}
