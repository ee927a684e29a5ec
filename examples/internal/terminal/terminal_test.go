package terminal_test

import (
	"context"
	"image"
	"image/color"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/terminal"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

// The drawing is read back by a decoder that sees each half block as a module.
func TestWriteQR(t *testing.T) {
	const address = "https://192.168.1.20:8443/"
	var out strings.Builder
	require.NoError(t, terminal.WriteQR(&out, address))
	text := strings.NewReplacer("\x1b[30;107m", "", "\x1b[0m", "").Replace(out.String())
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	const scale = 4
	width := len([]rune(lines[0]))
	picture := image.NewGray(image.Rect(0, 0, width*scale, 2*len(lines)*scale))
	for y, line := range lines {
		runes := []rune(line)
		assert.Len(t, runes, width)
		for x, r := range runes {
			for half, dark := range []bool{r == '█' || r == '▀', r == '█' || r == '▄'} {
				for i := range scale * scale {
					shade := color.Gray{Y: 255}
					if dark {
						shade.Y = 0
					}
					picture.SetGray(x*scale+i%scale, (2*y+half)*scale+i/scale, shade)
				}
			}
		}
	}
	read, err := scan.ReadGray(context.Background(), picture)
	require.NoError(t, err)
	assert.Equal(t, address, read)
	assert.Error(t, terminal.WriteQR(&out, strings.Repeat("x", 5000)))
}
