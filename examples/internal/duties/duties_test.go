package duties_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/duties"
	"github.com/qr-invalidita/attesta/verifier/page/web"
)

func TestDue(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": false, "127.0.0.1": false, "::1": false, "192.168.1.20": false, "10.0.0.1": false,
		"fd00::1": false, "fe80::1": false, "::ffff:192.168.1.20": false,
		"qr.ente.example": true, "93.184.216.34": true, "2001:db8::1": true, "192.168.1.20.example": true,
		"172.32.0.1": true, "": true,
	} {
		assert.Equal(t, want, duties.Due(host), host)
	}
}

func TestLinks(t *testing.T) {
	var f web.Footer
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	duties.Flags(fs, &f)
	assert.Equal(t, "accessibility-url, -feedback-url, -privacy-url, -help-url", duties.Missing(f))
	assert.Empty(t, duties.Malformed(f))
	require.NoError(t, fs.Parse([]string{"-privacy-url", "http://a.example", "-help-url", "tel:1",
		"-feedback-url", "https://a.example/form"}))
	assert.Equal(t, "accessibility-url", duties.Missing(f))
	assert.Equal(t, "privacy-url, -help-url", duties.Malformed(f))
}
