package app

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseModule(t *testing.T) {
	m, err := parseModule(
		"pkcs11:token=My%20token;" +
			"object=2027,20%2C26?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/pin%3B")
	require.NoError(t, err)
	assert.Equal(t, module{path: "/usr/lib/softhsm/libsofthsm2.so", token: "My token", pinFile: "/etc/pin;",
		objects: []string{"2027", "20,26"}}, m)
	for uri, want := range map[string]string{
		"kms:x":                                 "is neither file: nor",
		"pkcs11:":                               "want pkcs11:token=NAME",
		"pkcs11:x":                              "does not know x",
		"pkcs11:token=t;object=o?module-path=m": "want pkcs11:token=NAME",
		"pkcs11:object=o?module-path=m&pin-source=p":                           "want pkcs11:token=NAME",
		"pkcs11:token=t?module-path=m&pin-source=p":                            "want pkcs11:token=NAME",
		"pkcs11:token=t;object=o?pin-source=p":                                 "want pkcs11:token=NAME",
		"pkcs11:token=t;object=%zz":                                            "object is not escaped",
		"pkcs11:token=t;object=a,,b?module-path=m&pin-source=p":                "empty or malformed label",
		"pkcs11:token=%zz":                                                     "token is not escaped",
		"pkcs11:token=t;object=o?module-path=m&pin-value=1234":                 "takes no pin-value",
		"pkcs11:token=t;object=o;slot-id=1?module-path=m&pin-source=file:/pin": "does not know slot-id",
	} {
		_, err := parseModule(uri)
		assert.ErrorContains(t, err, want, uri)
		assert.NotContains(t, err.Error(), "1234")
	}
}
