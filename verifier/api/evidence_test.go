package api_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/qr-invalidita/attesta/verifier/api"
)

func TestEvidence(t *testing.T) {
	for text, e := range map[string]api.Evidence{
		"":             nil,
		"a=yes":        {"a": api.EvidenceYes},
		"a.b=no;a=yes": {"a": api.EvidenceYes, "a.b": api.EvidenceNo},
		"a=no;annotation:parking_art_381=yes;region.resident=no": {
			"region.resident": api.EvidenceNo, "annotation:parking_art_381": api.EvidenceYes,
			"a": api.EvidenceNo,
		},
	} {
		assert.Equal(t, text, e.String())
		again, err := api.ParseEvidence(text)
		assert.NoError(t, err)
		assert.Equal(t, e, again)
	}
	assert.Empty(t, api.Evidence{}.String())
	for _, text := range []string{"a", "a=", "=yes", "a=maybe", "a=yes;", ";a=yes", "b=yes;a=yes",
		"a=yes;a=yes",
		"a=yes;a=no", "a=yes=no", "a=yes,b=no"} {
		e, err := api.ParseEvidence(text)
		assert.Error(t, err, text)
		assert.Nil(t, e)
	}
}
