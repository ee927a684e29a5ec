package lint_test

import (
	"bytes"
	"context"
	"fmt"
	"image/color"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/qr-invalidita/attesta/examples/internal/lint"
	"github.com/qr-invalidita/attesta/qrpdf"
	"github.com/qr-invalidita/attesta/verifier/page/scan"
)

func ExampleCheck() {
	s, err := qrpdf.Encoder{}.Encode("https://qr.example.it/q#eyJhbGciOiJFUzI1NiJ9")
	if err != nil {
		fmt.Println(err)
		return
	}
	var picture bytes.Buffer
	if err := (qrpdf.PNG{Scale: 2}).Write(&picture, s); err != nil {
		fmt.Println(err)
		return
	}
	report, err := lint.Check(context.Background(), picture.Bytes(), lint.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	found := report.Symbols[0]
	fmt.Printf("version %d-%s, module %.1f mm, quiet zone %.0f modules\n", found.Version, found.Level,
		found.Module, found.QuietZone)
	for _, f := range report.Findings {
		fmt.Printf("%s (wanted: %s): %s\n", f.What, f.Want, f.Fix)
	}
	// Output:
	// version 4-M, module 0.5 mm, quiet zone 4 modules
	// a module is 2.0 pixels wide (wanted: at least 3 pixels): draw or scan it larger
}

func rules(r lint.Report) []string {
	var list []string
	for _, f := range r.Findings {
		list = append(list, f.Rule)
	}
	return list
}

func one(t *testing.T, r lint.Report, err error) lint.Symbol {
	t.Helper()
	require.NoError(t, err)
	require.Len(t, r.Symbols, 1)
	return r.Symbols[0]
}

// Symbols alone, as a program exports them.
func TestPictures(t *testing.T) {
	s := encode(t, 316, qrpdf.M) // version 13
	gray := func(v uint8) color.RGBA { return color.RGBA{v, v, v, 0xff} }
	colored := func(dark, light color.RGBA) scene {
		sc := alone(s, 6, 4)
		sc.dark, sc.light = dark, light
		return sc
	}
	turned := func(degrees float64) scene {
		sc := alone(s, 6, 35)
		sc.placed[0].degrees = degrees
		return sc
	}
	tests := []struct {
		name  string
		scene scene
		dpi   float64
		want  lint.Symbol
		rules []string
	}{
		{"as it should be", alone(s, 6, 4), 254, lint.Symbol{Module: 0.6, QuietZone: 4, Contrast: 21}, nil},
		{"without a density", alone(s, 6, 4), 0, lint.Symbol{QuietZone: 4, Contrast: 21}, nil},
		{"modules of a broken size", alone(s, 5.3, 4.5), 254,
			lint.Symbol{Module: 0.53, QuietZone: 4.5, Contrast: 21}, nil},
		{"large pixels", alone(s, 25, 4), 1200, lint.Symbol{Module: 0.529, QuietZone: 4, Contrast: 21}, nil},
		{"three pixels", alone(s, 3, 4), 150, lint.Symbol{Module: 0.508, QuietZone: 4, Contrast: 21}, nil},
		{"two pixels", alone(s, 2, 4), 72, lint.Symbol{Module: 0.706, QuietZone: 4, Contrast: 21},
			[]string{"pixels"}},
		{"small modules", alone(s, 6, 4), 339, lint.Symbol{Module: 0.45, QuietZone: 4, Contrast: 21},
			[]string{"module"}},
		{"wide quiet zone", alone(s, 6, 20), 254, lint.Symbol{Module: 0.6, QuietZone: 10, Contrast: 21}, nil},
		{"cropped to three modules", alone(s, 6, 3), 254,
			lint.Symbol{Module: 0.6, QuietZone: 3, Contrast: 21}, []string{"quiet_zone"}},
		{"cropped to one and a half", alone(s, 6, 1.5), 254,
			lint.Symbol{Module: 0.6, QuietZone: 1.5, Contrast: 21}, []string{"quiet_zone"}},
		{"cropped to the symbol", alone(s, 6, 0), 254, lint.Symbol{Module: 0.6, QuietZone: 0, Contrast: 21},
			[]string{"quiet_zone"}},
		{"gray on gray", colored(gray(0x77), gray(0xcc)), 254,
			lint.Symbol{Module: 0.6, QuietZone: 4, Contrast: 2.8}, []string{"contrast"}},
		{"faint", colored(gray(0xd0), gray(0xff)), 254, lint.Symbol{Module: 0.6, QuietZone: 4, Contrast: 1.5},
			[]string{"contrast"}},
		{"blue", colored(color.RGBA{0, 0, 0xff, 0xff}, white), 254,
			lint.Symbol{Module: 0.6, QuietZone: 4, Contrast: 8.6}, nil},
		{"red", colored(color.RGBA{0xff, 0, 0, 0xff}, white), 254,
			lint.Symbol{Module: 0.6, QuietZone: 4, Contrast: 4}, []string{"contrast"}},
		{"light on dark", colored(white, black), 254,
			lint.Symbol{Module: 0.6, QuietZone: 4, Contrast: 21, Inverted: true}, []string{"inverted"}},
		{"turned a little", turned(3), 254, lint.Symbol{Module: 0.6, QuietZone: 10, Contrast: 21,
			Rotation: 3}, nil},
		{"turned by 30 degrees", turned(30), 254, lint.Symbol{Module: 0.6, QuietZone: 10, Contrast: 21,
			Rotation: 30}, nil},
		{"turned by 45 degrees", turned(45), 254, lint.Symbol{Module: 0.6, QuietZone: 10, Contrast: 21,
			Rotation: 45}, nil},
		{"on its side", turned(90), 254, lint.Symbol{Module: 0.6, QuietZone: 10, Contrast: 21, Rotation: 90},
			nil},
		{"upside down", turned(180), 254, lint.Symbol{Module: 0.6, QuietZone: 10, Contrast: 21,
			Rotation: 180}, nil},
		{"on the other side", turned(-80), 254, lint.Symbol{Module: 0.6, QuietZone: 10, Contrast: 21,
			Rotation: -80}, nil},
		{"two faults", alone(s, 6, 2), 600, lint.Symbol{Module: 0.254, QuietZone: 2, Contrast: 21},
			[]string{"module", "quiet_zone"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			data := asPNG(t, test.scene.draw(), test.dpi)
			r, err := lint.Check(t.Context(), data, lint.Options{})
			got := one(t, r, err)
			assert.Equal(t, "png", r.Kind)
			assert.Equal(t, test.rules, rules(r))
			module := test.scene.placed[0].module
			assert.InEpsilon(t, module, got.ModulePixels, 0.005)
			assert.InDelta(t, test.want.Module, got.Module, 0.004)
			assert.InDelta(t, test.want.Module*69, got.Side, 0.3)
			assert.InDelta(t, test.want.Module*250, got.ReadingDistance, 1)
			assert.InDelta(t, test.want.QuietZone, got.QuietZone, max(0.1, 0.5/module))
			assert.InDelta(t, test.want.Contrast, got.Contrast, 0.06)
			assert.InDelta(t, test.want.Rotation, got.Rotation, 0.2)
			assert.Equal(t, test.want.Inverted, got.Inverted)
			assert.Equal(t, "https://qr.example.it/q", got.Address)
			assert.Equal(t, []any{316, 13, "M"}, []any{got.Bytes, got.Version, got.Level})
			assert.Nil(t, got.Edges)
			assert.Nil(t, got.LinkMatches)
			assert.Equal(t, test.dpi == 0, len(r.Unseen) > 0)
		})
	}
}

// Whole sheets, as a scanner makes them.
func TestSheets(t *testing.T) {
	const scanned = 300 // dpi
	s := encode(t, 316, qrpdf.M)
	at := func(left, top, module float64) placed {
		return placed{symbol: s, left: left, top: top, module: module}
	}
	card := func(left, top float64) placed { return at(left, top, 0.5) }
	tests := []struct {
		name    string
		sheet   scene
		options lint.Options
		symbols int
		rules   []string
	}{
		{"as it should be", sheet(scanned, at(20, 44, 0.7)), lint.Options{}, 1, nil},
		{"turned by 2 degrees", sheet(scanned, placed{s, 20, 40, 0.7, 2}), lint.Options{}, 1, nil},
		{"small", sheet(scanned, at(20, 44, 0.6)), lint.Options{}, 1, nil},
		{"too small", sheet(scanned, at(20, 44, 0.57)), lint.Options{}, 1, []string{"module"}},
		{"small, on a card", sheet(scanned, at(20, 44, 0.5)), lint.Options{Card: true}, 1, nil},
		{"too small, on a card", sheet(scanned, at(20, 44, 0.47)), lint.Options{Card: true}, 1,
			[]string{"module"}},
		{"near the left edge", sheet(scanned, at(8, 44, 0.7)), lint.Options{}, 1, []string{"edge"}},
		{"near the lower edge", sheet(scanned, at(20, 240, 0.7)), lint.Options{}, 1, []string{"edge"}},
		{"in the corner", sheet(scanned, at(1, 1, 0.7)), lint.Options{}, 1, []string{"quiet_zone", "edge"}},
		{"on the fold in the middle", sheet(scanned, at(20, 120, 0.7)), lint.Options{}, 1, []string{"fold"}},
		{"on the fold in three", sheet(scanned, at(20, 90, 0.7)), lint.Options{}, 1, []string{"fold"}},
		{"four cards", sheet(scanned, card(12, 12), card(110, 12), card(12, 90), card(110, 90)),
			lint.Options{}, 4, nil},
		{"two cards at the edge", sheet(scanned, card(3, 12), card(110, 12)), lint.Options{}, 2,
			[]string{"edge"}},
	}
	for i, test := range tests {
		if brief() && i%4 != 2 {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			r, err := lint.Check(t.Context(), asPNG(t, test.sheet.draw(), scanned), test.options)
			require.NoError(t, err)
			require.Len(t, r.Symbols, test.symbols)
			assert.Equal(t, test.rules, rules(r))
			for i, got := range r.Symbols {
				require.NotNil(t, got.Edges)
				assert.InDelta(t, 210, got.Edges.Width, 0.1)
				assert.InDelta(t, 297, got.Edges.Height, 0.1)
				if p := test.sheet.placed[i]; p.degrees == 0 {
					assert.InDelta(t, p.left*25.4/scanned, got.Edges.Left, 0.15)
					assert.InDelta(t, p.top*25.4/scanned, got.Edges.Top, 0.15)
					assert.InDelta(t, 210-p.left*25.4/scanned-got.Side, got.Edges.Right, 0.3)
					assert.InDelta(t, 297-p.top*25.4/scanned-got.Side, got.Edges.Bottom, 0.3)
				}
			}
		})
	}
}

func TestVersionAndLevel(t *testing.T) {
	tests := []struct {
		bytes   int
		level   qrpdf.Level
		version int
		rules   []string
	}{
		{11, qrpdf.H, 3, nil}, // the address alone has 24 bytes
		{60, qrpdf.Q, 5, nil},
		{60, qrpdf.L, 4, []string{"level"}},
		{560, qrpdf.M, 18, nil},
		{561, qrpdf.M, 19, []string{"version"}},
		{900, qrpdf.L, 21, []string{"version", "level"}},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d-%v", test.version, test.level), func(t *testing.T) {
			r, err := lint.Check(t.Context(), asPNG(t, alone(encode(t, test.bytes, test.level), 4, 4).draw(),
				200), lint.Options{})
			got := one(t, r, err)
			assert.Equal(t, []any{test.version, test.level.String()}, []any{got.Version, got.Level})
			assert.Equal(t, test.rules, rules(r))
		})
	}
}

// A line in the quiet zone, at every side.
func TestQuietZoneDisturbed(t *testing.T) {
	s := encode(t, 60, qrpdf.M)
	const module, quiet = 6, 12
	end := quiet + s.Size()
	for name, line := range map[string][4]int{ // from x, y to x, y in modules
		"above":       {quiet, quiet - 3, end, quiet - 2},
		"below":       {quiet, end + 2, end, end + 3},
		"left":        {quiet - 3, quiet, quiet - 2, end},
		"right":       {end + 2, quiet, end + 3, end},
		"the corner":  {end + 2, end + 2, end + 3, end + 3},
		"a short one": {quiet + 5, end + 2, quiet + 6, end + 3},
	} {
		t.Run(name, func(t *testing.T) {
			img := alone(s, module, quiet).draw()
			for y := line[1] * module; y < line[3]*module; y++ {
				for x := line[0] * module; x < line[2]*module; x++ {
					img.SetRGBA(x, y, black)
				}
			}
			r, err := lint.Check(t.Context(), asPNG(t, img, 254), lint.Options{})
			assert.InDelta(t, 2, one(t, r, err).QuietZone, 0.1)
			assert.Equal(t, []string{"quiet_zone"}, rules(r))
		})
	}
}

func TestDensity(t *testing.T) {
	img := alone(encode(t, 60, qrpdf.M), 8, 4).draw()
	plain := asPNG(t, img, 0)
	tests := []struct {
		name string
		data []byte
		want float64 // mm
	}{
		{"PNG", asPNG(t, img, 400), 0.508},
		{"PNG without", plain, 0},
		{"PNG, no unit", addChunk(plain, "pHYs", []byte{0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x23, 0}), 0},
		{"PNG, not square", addChunk(plain, "pHYs", []byte{0, 0, 0x2e, 0x23, 0, 0, 0x2e, 0x24, 1}), 0},
		{"PNG, none at all", addChunk(plain, "pHYs", []byte{0, 0, 0, 0, 0, 0, 0, 0, 1}), 0},
		{"JPEG without", asJPEG(t, img, 0, 0, 0), 0},
		{"JPEG, inches", asJPEG(t, img, 1, 300, 300), 0.677},
		{"JPEG, centimetres", asJPEG(t, img, 2, 160, 160), 0.5},
		{"JPEG, no unit", asJPEG(t, img, 3, 160, 160), 0},
		{"JPEG, not square", asJPEG(t, img, 1, 300, 150), 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, err := lint.Check(t.Context(), test.data, lint.Options{})
			assert.InDelta(t, test.want, one(t, r, err).Module, 0.004)
			assert.Empty(t, r.Findings)
		})
	}
}

// A picture in which a QR can be read but not measured.
func TestUnmeasurable(t *testing.T) {
	sc := alone(encode(t, 316, qrpdf.M), 1.35, 6)
	sc.placed[0].degrees = 1.5
	data := asPNG(t, sc.draw(), 0)
	_, err := scan.Read(t.Context(), data)
	require.NoError(t, err)
	r, err := lint.Check(t.Context(), data, lint.Options{})
	require.NoError(t, err)
	assert.Empty(t, r.Symbols)
	assert.Empty(t, r.Findings)
	assert.Contains(t, r.Unseen[len(r.Unseen)-1], "too small, blurred or tilted")
}

// Blur does not eat the quiet zone, nor uneven light the symbol.
func TestBlurredAndUneven(t *testing.T) {
	s := encode(t, 316, qrpdf.M)
	for _, module := range []float64{3, 5, 8} {
		img := alone(s, module, 5).draw()
		for range int(module) - 1 {
			img = blurred(img)
		}
		for y := range img.Rect.Max.Y { // the light falls off to a quarter
			for x := range img.Rect.Max.X {
				c := img.RGBAAt(x, y)
				fall := func(v uint8) uint8 {
					return uint8(
						float64(v) * (1 - 0.75*float64(x)/float64(img.Rect.Max.X)))
				}
				img.SetRGBA(x, y, color.RGBA{fall(c.R), fall(c.G), fall(c.B), 0xff})
			}
		}
		r, err := lint.Check(t.Context(), asPNG(t, img, 0), lint.Options{})
		got := one(t, r, err)
		assert.InEpsilon(t, module, got.ModulePixels, 0.01)
		assert.InDelta(t, 5, got.QuietZone, 0.4)
	}
}

// A sheet photographed from the side: the symbol is measured where its fourth corner is.
func TestTilted(t *testing.T) {
	flat := alone(encode(t, 316, qrpdf.M), 6, 8).draw()
	side := flat.Rect.Max.X
	img := scene{w: side, h: side}.draw()
	for y := range side {
		for x := range side {
			const tilt = 0.06
			far := 1 + tilt*float64(y)/float64(side)
			u := (float64(x)-float64(side)/2)/far + float64(side)/2
			v := float64(y) * (1 + tilt) / far
			img.SetRGBA(x, y, flat.RGBAAt(int(u), int(v)))
		}
	}
	r, err := lint.Check(t.Context(), asPNG(t, img, 0), lint.Options{})
	got := one(t, r, err)
	assert.Equal(t, 13, got.Version)
	assert.InEpsilon(t, 5.9, got.ModulePixels, 0.03)
	assert.Empty(t, r.Findings)
}
