package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/qr-invalidita/attesta/verifier/api"
)

// decode decodes the body into a request type of package api. It returns an empty code if the body is one
// JSON object without unknown or repeated members.
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
	case err != nil:
		return api.MalformedRequest
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if d.Decode(into) != nil || !isStrict(body) {
		return api.MalformedRequest
	}
	return ""
}

// isStrict reports whether text is one JSON object with distinct names, whose values are strings and, in
// evidence, an object of strings. encoding/json alone is too lenient: it takes the last of two members, and
// accepts null for a string and "QR" for "qr".
func isStrict(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	open, err := d.Token()
	if err != nil || open != json.Delim('{') || !isMembers(d, "evidence") {
		return false
	}
	_, err = d.Token()
	return err == io.EOF
}

// isMembers reads the members of an object up to its end. The value of the member inner is an object.
func isMembers(d *json.Decoder, inner string) bool {
	seen := map[string]bool{}
	for {
		name, err := d.Token()
		if err != nil || name == json.Delim('}') {
			return err == nil
		}
		s, _ := name.(string)
		value, err := d.Token()
		if err != nil || seen[s] || strings.ToLower(s) != s {
			return false
		}
		seen[s] = true
		if _, ok := value.(string); ok {
			continue
		}
		if inner == "" || s != inner || value != json.Delim('{') || !isMembers(d, "") {
			return false
		}
	}
}
