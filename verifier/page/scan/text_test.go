package scan_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/verifier"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

func TestText(t *testing.T) {
	c := new(verifier.Client)
	const page, other = "https://e.it/#a", "https://e.it/#b"
	const ours, another = "https://e.it/q#eyJh", "https://e.it/q#eyJi"
	for name, test := range map[string]struct {
		links []string
		want  string
		err   error
	}{
		"one that is ours":       {[]string{page, ours, other, ours}, ours, nil},
		"one, as it is":          {[]string{page}, "", scan.ErrOtherLinks},
		"several, none ours":     {[]string{page, other}, "", scan.ErrOtherLinks},
		"several that are ours":  {[]string{ours, page, another}, "", scan.ErrSeveral},
		"nothing that is a link": {nil, "", scan.ErrNoLink},
	} {
		t.Run(name, func(t *testing.T) {
			var annotations []string
			for _, l := range test.links {
				annotations = append(annotations, link("("+l+")"))
			}
			text, err := scan.Text(t.Context(), c, pdf(annotations...))
			require.ErrorIs(t, err, test.err)
			assert.Equal(t, test.want, text)
		})
	}
}
