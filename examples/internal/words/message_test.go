package words

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/status"
	"github.com/qr-invalidita/attesta/status/codicefiscale"
)

func TestErrorf(t *testing.T) {
	err := Errorf("line %d: malformed codice fiscale: %w", 3, codicefiscale.ErrCheck)
	assert.EqualError(t, err, "line 3: malformed codice fiscale: "+codicefiscale.ErrCheck.Error())
	assert.ErrorIs(t, err, codicefiscale.ErrCheck)
	assert.NoError(t, errors.Unwrap(Errorf("nothing in it")))
}

func TestTell(t *testing.T) {
	err := Errorf("line %d is too long", 3)
	assert.Equal(t, "Schlüssel der Stelle: Zeile 3 ist zu lang", Tell(status.German, "key set: %v", err))
	assert.Equal(t, "key set: line 3 is too long", Tell(status.English, "key set: %v", err))
	assert.Equal(t, "key set: line 3 is too long", Tell("", "key set: %v", err))
	assert.Equal(t, "key set: line 3 is too long", Tell("la", "key set: %v", err))
}

// An error is told as far as its parts are known; the rest stays as its library or the system wrote it. The
// name of the system call is left out.
func TestTellErrors(t *testing.T) {
	missing := errors.New("is missing")
	path := &fs.PathError{Op: "open", Path: "x 100%s", Err: fs.ErrNotExist}
	for name, tt := range map[string]struct {
		err    error
		german string
	}{
		"a known text":                 {missing, "fehlt"},
		"an unknown text":              {errors.New("no route"), "no route"},
		"behind a field":               {fmt.Errorf("birth: %w", missing), "birth: fehlt"},
		"behind a sign of package fmt": {fmt.Errorf("100%%: %w", missing), "100%: fehlt"},
		"two": {errors.Join(missing, Errorf("line %d is too long", 3)),
			"fehlt\nZeile 3 ist zu lang"},
		"a message in a message": {Errorf("key set: %v", Errorf("line %d is too long", 3)),
			"Schlüssel der Stelle: Zeile 3 ist zu lang"},
		"a file": {path, "x 100%s: " + Message(status.German, fs.ErrNotExist.Error())},
		"a file behind a text": {fmt.Errorf("a: %w", path),
			"a: x 100%s: " + Message(status.German, fs.ErrNotExist.Error())},
		"a cause that is not quoted": {hidden{missing}, "hidden"},
		"no cause":                   {hidden{}, "hidden"},
	} {
		assert.Equal(t, tt.german, Tell(status.German, "%v", tt.err), name)
		assert.Equal(t, tt.err.Error(), Tell(status.English, "%v", tt.err), name)
		assert.Equal(t, tt.german, Tell(status.German, "%w", tt.err), "as an error is written")
	}
	args := []any{missing}
	Tell(status.German, "%v", args...)
	assert.Equal(t, []any{missing}, args, "the caller's slice stays")
}

// hidden does not quote what it wraps.
type hidden struct{ err error }

func (hidden) Error() string   { return "hidden" }
func (h hidden) Unwrap() error { return h.err }

// Every message that is listed is known, and the list is sorted.
func TestMessages(t *testing.T) {
	list := Messages(status.German)
	assert.True(t, slices.IsSorted(list))
	assert.Contains(t, list, "is missing")
	for _, english := range list {
		assert.Equal(t, english, Message(status.English, english))
	}
	assert.Equal(t, "nobody wrote this", Message(status.German, "nobody wrote this"))
}

func TestTellText(t *testing.T) {
	for text, want := range map[string]string{
		"is missing":                          "fehlt",
		"birth: is missing":                   "birth: fehlt",
		"verbale: outcome.percent is missing": "verbale: outcome.percent fehlt",
		"this is missing nothing":             "this is missing nothing",
		"":                                    "",
	} {
		assert.Equal(t, want, TellText(status.German, text))
		assert.Equal(t, text, TellText(status.English, text))
	}
}

func TestFormOfMessages(t *testing.T) {
	for _, lang := range status.Languages() {
		for english, text := range in(lang).Message {
			assert.Equal(t, strings.TrimSpace(text), text)
			assert.NotContains(t, text, "'", "a typewriter's apostrophe")
			assert.NotContains(t, text, "  ")
			assert.Equal(t, strings.HasSuffix(english, "."), strings.HasSuffix(text, "."), english)
		}
	}
}
