package scan

import (
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	xdraw "golang.org/x/image/draw"

	"github.com/qr-invalidita/attesta/internal/resample"
)

// opaque hides the type of a picture, so that gray has to call At for each pixel.
type opaque struct{ image.Image }

// TestGray compares the conversion of each type with that of a picture of
// unknown type, and of a part of each.
func TestGray(t *testing.T) {
	r := image.Rect(-3, -2, 29, 20)
	palette := make(color.Palette, 200)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range palette {
		palette[i] = color.NRGBA{byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32()),
			byte(rng.Uint32())}
	}
	for name, img := range map[string]interface {
		draw.Image
		SubImage(image.Rectangle) image.Image
	}{
		"Gray":     image.NewGray(r),
		"Gray16":   image.NewGray16(r),
		"RGBA":     image.NewRGBA(r),
		"RGBA64":   image.NewRGBA64(r),
		"NRGBA":    image.NewNRGBA(r),
		"NRGBA64":  image.NewNRGBA64(r),
		"Paletted": image.NewPaletted(r, palette),
		"CMYK":     image.NewCMYK(r),
	} {
		t.Run(name, func(t *testing.T) {
			for y := r.Min.Y; y < r.Max.Y; y++ {
				for x := r.Min.X; x < r.Max.X; x++ {
					img.Set(x, y, color.NRGBA{byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32()),
						byte(rng.Uint32())})
				}
			}
			for _, part := range []image.Image{img, img.SubImage(image.Rect(0, 1, 17, 13))} {
				assertNear(t, gray(opaque{part}), gray(part), 1)
			}
		})
	}
	t.Run("YCbCr", func(t *testing.T) {
		img := image.NewYCbCr(image.Rect(0, 0, 20, 10), image.YCbCrSubsampleRatio420)
		for i := range img.Y {
			img.Y[i] = byte(rng.Uint32())
		}
		for i := range img.Cb {
			img.Cb[i], img.Cr[i] = 128, 128
		}
		for _, part := range []image.Image{img, img.SubImage(image.Rect(2, 4, 12, 9))} {
			assertNear(t, gray(opaque{part}), gray(part), 0)
		}
	})
}

// TestGrayOverWhite checks the luminance of transparent colours.
func TestGrayOverWhite(t *testing.T) {
	for _, c := range []struct {
		ink  color.NRGBA
		want byte
	}{
		{color.NRGBA{0, 0, 0, 255}, 0},
		{color.NRGBA{255, 255, 255, 255}, 255},
		{color.NRGBA{0, 0, 0, 0}, 255},
		{color.NRGBA{90, 90, 90, 0}, 255},
		{color.NRGBA{0, 0, 0, 128}, 127},
		{color.NRGBA{255, 0, 0, 255}, 76},
		{color.NRGBA{0, 255, 0, 255}, 150},
		{color.NRGBA{0, 0, 255, 255}, 29},
	} {
		r := image.Rect(0, 0, 1, 1)
		for _, img := range []draw.Image{
			image.NewNRGBA(r), image.NewRGBA(r), image.NewNRGBA64(r), image.NewRGBA64(r),
		} {
			img.Set(0, 0, c.ink)
			assert.InDelta(t, c.want, gray(img).Pix[0], 1, "%T %v", img, c.ink)
		}
	}
}

// TestResize compares with golang.org/x/image/draw.
func TestResize(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	g := image.NewGray(image.Rect(0, 0, 97, 61))
	for i := range g.Pix {
		g.Pix[i] = byte(rng.Uint32())
	}
	for _, size := range []image.Point{
		{97, 61}, {48, 30}, {194, 122}, {73, 46}, {146, 92}, {291, 183}, {21, 200}, {1, 1}, {300, 1},
	} {
		want := image.NewGray(image.Rectangle{Max: size})
		xdraw.CatmullRom.Scale(want, want.Rect, g, g.Rect, draw.Src, nil)
		assertNear(t, want, resample.Resize(g, size.X, size.Y), 1)
	}
}

func TestHalve(t *testing.T) {
	g := &image.Gray{Stride: 5, Rect: image.Rect(0, 0, 5, 3), Pix: []byte{
		0, 0, 255, 255, 7,
		0, 1, 255, 254, 7,
		9, 9, 9, 9, 9,
	}}
	assert.Equal(t, &image.Gray{Stride: 2, Rect: image.Rect(0, 0, 2, 1), Pix: []byte{0, 255}}, halve(g))
}

func TestInverted(t *testing.T) {
	g := &image.Gray{Stride: 3, Rect: image.Rect(0, 0, 3, 1), Pix: []byte{0, 100, 255}}
	assert.Equal(t, []byte{255, 155, 0}, inverted(g).Pix)
	assert.Equal(t, []byte{0, 100, 255}, g.Pix)
}

func assertNear(t *testing.T, want, got *image.Gray, delta int) {
	t.Helper()
	if !assert.Equal(t, want.Rect, got.Rect) || !assert.Equal(t, want.Stride, got.Stride) {
		return
	}
	for i := range want.Pix {
		if abs(int(want.Pix[i])-int(got.Pix[i])) > delta {
			t.Fatalf("pixel %d of %v is %d, not %d", i, want.Rect, got.Pix[i], want.Pix[i])
		}
	}
}
