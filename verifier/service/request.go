package service

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"

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
	if d.Decode(into) != nil || !isFlat(body) {
		return api.MalformedRequest
	}
	return ""
}

// isFlat reports whether text is one JSON object of strings with distinct names in lower case. The text must
// begin with an object that encoding/json has decoded into a struct of strings. encoding/json alone is too
// lenient: it takes the last of two members, and accepts null for a string and "QR" for "qr".
func isFlat(text []byte) bool {
	var seen [maxMembers][]byte
	strings := 0 // names and values in turn
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			end := i + 1
			for text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			if strings%2 == 0 {
				n, name := strings/2, text[i+1:end]
				known := func(s []byte) bool { return bytes.Equal(s, name) }
				if n == maxMembers || !isMember(name) || slices.ContainsFunc(seen[:n], known) {
					return false
				}
				seen[n] = name
			}
			strings++
			i = end
		case '}':
			return len(bytes.TrimLeft(text[i+1:], white)) == 0
		case '{', ':', ',', ' ', '\t', '\r', '\n':
		default: // a letter of null
			return false
		}
	}
	return false
}

// white is the white space of JSON.
const white = " \t\r\n"

// maxMembers exceeds the number of members of every request.
const maxMembers = 16

func isMember(name []byte) bool {
	for _, c := range name {
		if !(c >= 'a' && c <= 'z' || c == '_') {
			return false
		}
	}
	return len(name) > 0
}
