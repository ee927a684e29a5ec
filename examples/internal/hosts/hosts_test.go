package hosts_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/examples/internal/hosts"
)

func TestAllow(t *testing.T) {
	h := hosts.Allow(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), "desk.example.it",
		"192.0.2.7", "2001:db8::7")
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST:1": 200, "127.0.0.1:8080": 200, "127.0.0.9": 200,
		"[::1]:8080": 200, "[::1]": 200, "[::ffff:127.0.0.1]:80": 200,
		"desk.example.it": 200, "Desk.Example.IT:8443": 200, "192.0.2.7:8443": 200, "[2001:db8::7]:8443": 200,
		"[2001:DB8:0::7]":  200,
		"attacker.example": 421, "attacker.example:8080": 421, "127.0.0.1.attacker.example": 421,
		"localhost.attacker.example": 421, "192.0.2.8": 421, "[2001:db8::8]:8443": 421, "": 421, ":8080": 421,
		"localhost.": 421, "0.0.0.0:8080": 421, "[::]:8080": 421, "2130706433": 421,
		"desk.example.it.evil": 421,
		"127.0.0.1:80:80":      421,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		assert.Equal(t, want, w.Code, host)
	}
}
