package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRequestID(t *testing.T) {
	zeros := "00-" + strings.Repeat("0", 32) + "-00f067aa0ba902b7-01"
	const (
		hexID  = "0af7651916cd43dd8448eb211c80319c"
		uuid   = "12345678-1234-4678-8234-123456789012" // its groups look like codes
		parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
		trace  = "4bf92f3577b34da6a3ce929d0e0e4736"
		random = "^[0-9a-f]{32}$"
	)
	for name, tt := range map[string]struct{ id, traceparent, want, parent string }{
		"nothing":                  {"", "", random, ""},
		"hexadecimal":              {hexID, "", hexID, ""},
		"UUID":                     {uuid, "", uuid, ""},
		"UUID in capitals":         {"0AF76519-16CD-43DD-8448-EB211C80319C", "", "0AF76519", ""},
		"a codice fiscale":         {"RSSMRA80A01H501U", "", random, ""},
		"a codice fiscale, in hex": {"ABCDEF80A01C501D", "", random, ""},
		"a line of its own":        {hexID + "\nlevel=ERROR", "", random, ""},
		"too long":                 {hexID + hexID, "", random, ""},
		"trace":                    {"", parent, trace, parent},
		"both":                     {hexID, parent, hexID, parent},
		"trace of zeros":           {"", zeros, random, ""},
		"trace of a later version": {"", "01" + parent[2:] + "-more", trace, parent},
		"no trace":                 {"", "RSSMRA80A01H501U", random, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, logs, h := newWatched(t)
			r := httptest.NewRequest("GET", "/panic/x", nil)
			r.Header["X-Request-Id"] = []string{tt.id}
			r.Header["Traceparent"] = []string{tt.traceparent}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			got := w.Header().Get("X-Request-Id")
			assert.Regexp(t, tt.want, got)
			assert.Equal(t, tt.parent, w.Header().Get("Traceparent"))
			assert.Regexp(t, `msg="request panicked".* request=`+got+`\n`, logs.String())
			assert.Regexp(t, `msg=request .* request=`+got+`\n`, logs.String())
			if tt.parent != "" {
				assert.Contains(t, logs.String(), " trace="+trace+" ")
			}
		})
	}
}
