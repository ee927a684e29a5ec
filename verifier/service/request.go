package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"

	"github.com/qr-invalidita/attesta/status/codicefiscale"
	"github.com/qr-invalidita/attesta/verifier/api"
)

// decode reads the body into one of the types of api. The code is empty if it is of that type's form: one JSON object,
// no unknown member, none twice.
func decode(w http.ResponseWriter, r *http.Request, into any) api.ProblemCode {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return api.UnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, api.MaxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		return api.TooLarge
	case err != nil || !isFlat(body):
		return api.MalformedRequest
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil || d.More() {
		return api.MalformedRequest
	}
	return ""
}

// isFlat says whether the text is one JSON object of strings in which no member occurs twice, names in small letters:
// encoding/json would take the last of two, and "QR" for "qr".
func isFlat(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	var seen [maxMembers]string
	for n := 0; d.More(); n++ {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok || n == maxMembers || !isMember(name) {
			return false
		}
		for _, other := range seen[:n] {
			if other == name {
				return false
			}
		}
		seen[n] = name
		if value, err := d.Token(); err != nil {
			return false
		} else if _, ok := value.(string); !ok {
			return false
		}
	}
	if _, err := d.Token(); err != nil {
		return false
	}
	_, err := d.Token()
	return err == io.EOF
}

// maxMembers is more than any request has.
const maxMembers = 16

func isMember(name string) bool {
	for _, c := range []byte(name) {
		if !(c >= 'a' && c <= 'z' || c == '_') {
			return false
		}
	}
	return name != ""
}

// parseCF reads a final codice fiscale or, if it has 11 characters, a provisional one.
func parseCF(text string) (codicefiscale.Code, error) {
	if len(text) == provisionalLength {
		return codicefiscale.ParseProvisional(text)
	}
	return codicefiscale.Parse(text)
}

const provisionalLength = 11
