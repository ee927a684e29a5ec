package app

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A Redis on another machine needs TLS with a certificate that is checked, or -redis-plain.
func TestRedisNeedsTLS(t *testing.T) {
	for url, safe := range map[string]bool{
		"redis://127.0.0.1:6379/0":                     true,
		"redis://localhost":                            true,
		"redis://[::1]:1":                              true,
		"unix:///run/redis.sock":                       true,
		"rediss://a:s3cret@redis.example:6379/0":       true,
		"redis://a:s3cret@redis.example:6379/0":        false,
		"redis://10.0.0.1:6379":                        false,
		"redis://127.0.0.1.example:6379":               false,
		"rediss://redis.example:6379?skip_verify=true": false,
	} {
		_, err := Redis{URL: url}.options()
		assert.Equal(t, safe, err == nil, url)
		if !safe {
			assert.ErrorContains(t, err, "-redis-plain", url)
			assert.NotContains(t, err.Error(), "s3cret")
		}
		_, err = Redis{URL: url, Plain: true}.options()
		assert.NoError(t, err, url)
	}
	_, err := Redis{URL: "http://a:s3cret@host", Plain: true}.options()
	assert.ErrorContains(t, err, "want redis://")
	assert.NotContains(t, err.Error(), "s3cret")
}
