package scan

import (
	"context"
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	go_qr "github.com/piglig/go-qr"
)

// maxCandidates bounds the finder patterns that gozxing may weigh, since it
// compares every three: 300 take 20 ms, the thousands of a picture that is
// tiled with them take hours. A page of dense print has no more than those of
// its symbol, two megapixels of noise have 200.
const maxCandidates = 300

// maxRuns bounds the places in a picture that may be cuts through a finder
// pattern, since go-qr compares each with all candidates before it. A page of
// print has 3,000 at 600 dpi, a symbol 2,000; noise has 14,000 per megapixel.
const maxRuns = 20_000

// A decoder finds one symbol in a picture and returns its text, which is empty if there is none.
type decoder func(ctx context.Context, g *image.Gray) string

func hybrid(ctx context.Context, g *image.Gray) string {
	return zxing(ctx, g, gozxing.NewHybridBinarizer)
}

func histogram(ctx context.Context, g *image.Gray) string {
	return zxing(ctx, g, gozxing.NewGlobalHistgramBinarizer)
}

func zxing(ctx context.Context, g *image.Gray, binarizer func(gozxing.LuminanceSource) gozxing.Binarizer) string {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, w, h, 0, 0, w, h, false)
	if err != nil {
		return ""
	}
	bitmap, err := gozxing.NewBinaryBitmap(binarizer(source))
	if err != nil {
		return ""
	}
	// The detector tells of each new candidate and cannot be stopped
	// otherwise than by a panic, which attempt recovers.
	candidates := 0
	found := gozxing.ResultPointCallback(func(gozxing.ResultPoint) {
		candidates++
		if candidates > maxCandidates || ctx.Err() != nil {
			panic(ErrNoCode)
		}
	})
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{
		gozxing.DecodeHintType_TRY_HARDER:                 true,
		gozxing.DecodeHintType_NEED_RESULT_POINT_CALLBACK: found,
	})
	if err != nil {
		return ""
	}
	return result.GetText()
}

func piglig(_ context.Context, g *image.Gray) string {
	text, err := go_qr.Decode(g)
	if err != nil {
		return ""
	}
	return text
}

// runs counts the places where a row of g goes dark, light, dark, light, dark
// in about the lengths 1:1:3:1:1 of a finder pattern.
func runs(g *image.Gray) int {
	n, w := 0, g.Rect.Dx()
	for y := range g.Rect.Dy() {
		var s [5]int // the last runs, the newest at the end
		dark := false
		for _, v := range g.Pix[y*w : (y+1)*w] {
			if (v < 128) == dark {
				s[4]++
				continue
			}
			if dark && finder(s) {
				n++
			}
			dark = !dark
			s = [5]int{s[1], s[2], s[3], s[4], 1}
		}
	}
	return n
}

// finder reports whether five runs look like a cut through a finder pattern. Its tolerance is that of both
// decoders: half a module for each module.
func finder(s [5]int) bool {
	total := s[0] + s[1] + s[2] + s[3] + s[4]
	for i, modules := range [5]int{1, 1, 3, 1, 1} {
		if 2*abs(7*s[i]-modules*total) >= modules*total {
			return false
		}
	}
	return true
}

func abs(x int) int { return max(x, -x) }

// attempt runs d, which is foreign code. If d panics, nothing was found.
func attempt(ctx context.Context, d decoder, g *image.Gray) (text string) {
	defer func() {
		if recover() != nil {
			text = ""
		}
	}()
	return d(ctx, g)
}
