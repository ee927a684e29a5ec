package scan

import "image"

// halve returns g at half its width and height. Each pixel is the mean of four. An odd last row or column is
// dropped.
func halve(g *image.Gray) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w/2, h/2))
	for y := range h / 2 {
		upper, lower := g.Pix[2*y*w:(2*y+1)*w], g.Pix[(2*y+1)*w:(2*y+2)*w]
		dst := out.Pix[y*out.Stride : (y+1)*out.Stride]
		for x := range dst {
			sum := int(upper[2*x]) + int(upper[2*x+1]) + int(lower[2*x]) + int(lower[2*x+1])
			dst[x] = byte((sum + 2) / 4)
		}
	}
	return out
}

// inverted returns g with black and white exchanged.
func inverted(g *image.Gray) *image.Gray {
	out := image.NewGray(g.Rect)
	for i, v := range g.Pix {
		out.Pix[i] = 255 - v
	}
	return out
}
