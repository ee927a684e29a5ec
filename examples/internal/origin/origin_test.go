package origin_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/origin"
)

func TestOrigin(t *testing.T) {
	tests := []struct {
		address        string
		loopback, safe bool
	}{
		{"http://127.0.0.1:8080", true, true},
		{"http://127.8.9.10", true, true},
		{"http://localhost:8080/x", true, true},
		{"https://[::1]:8443", true, true},
		{"https://qr.example.it", false, true},
		{"http://qr.example.it", false, false},
		{"http://192.168.1.2:8080", false, false},
		{"http://0.0.0.0:8080", false, false},
		{"http://127.0.0.1.example.it", false, false},
		{"http://localhost.example.it", false, false},
		{"https://user@qr.example.it", false, false},
		{"ftp://127.0.0.1", true, false},
		{"https:///path", false, false},
		{"", false, false},
	}
	for _, tt := range tests {
		u, err := url.Parse(tt.address)
		require.NoError(t, err)
		assert.Equal(t, tt.loopback, origin.IsLoopback(u), tt.address)
		assert.Equal(t, tt.safe, origin.IsSafe(u), tt.address)
	}
}
