package scan

import (
	"context"
	"image"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	go_qr "github.com/piglig/go-qr"
)

// maxCandidates limits the number of finder patterns that gozxing considers, because it compares each three
// of them. 300 take 20 ms; the thousands in a picture tiled with finder patterns would take hours. A page of
// dense print has none but those of its symbol, and two megapixels of noise have 200.
const maxCandidates = 300

// maxRuns limits the number of places that look like cuts through a finder pattern, because go-qr compares
// each with all candidates before it. A page of print has 3,000 at 600 dpi, a symbol has 2,000, and noise has
// 14,000 per megapixel.
const maxRuns = 20_000

// A decoder returns the text of one symbol in a picture and its place, or "" if it finds none.
type decoder func(ctx context.Context, g *image.Gray) (string, place)

func hybrid(ctx context.Context, g *image.Gray) (string, place) {
	return zxing(ctx, g, gozxing.NewHybridBinarizer)
}

func histogram(ctx context.Context, g *image.Gray) (string, place) {
	return zxing(ctx, g, gozxing.NewGlobalHistgramBinarizer)
}

func zxing(
	ctx context.Context, g *image.Gray, binarizer func(gozxing.LuminanceSource) gozxing.Binarizer,
) (string, place) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	source, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, w, h, 0, 0, w, h, false)
	if err != nil {
		return "", place{}
	}
	bitmap, err := gozxing.NewBinaryBitmap(binarizer(source))
	if err != nil {
		return "", place{}
	}
	// The detector calls back for each new candidate. Only a panic stops it, and attempt recovers that.
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
		return "", place{}
	}
	return result.GetText(), placeOf(g, result.GetResultPoints())
}

func piglig(_ context.Context, g *image.Gray) (string, place) {
	text, err := go_qr.Decode(g)
	if err != nil {
		return "", place{}
	}
	return text, place{}
}

// runs counts the places where a row of g is dark, light, dark, light, dark in about the proportions
// 1:1:3:1:1 of a finder pattern.
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

// attempt calls d, which uses other people's code. If d panics, attempt returns "".
func attempt(ctx context.Context, d decoder, g *image.Gray) (text string, where place) {
	defer func() {
		if recover() != nil {
			text, where = "", place{}
		}
	}()
	return d(ctx, g)
}
