package scan

import (
	"image"
	"image/color"
)

// gray returns the luminance of img over a white ground, so a symbol on a transparent background becomes
// black on white. For the types that the standard decoders return, it makes no color.Color for each pixel.
// The result starts at (0, 0), is densely packed, and may share memory with img.
func gray(img image.Image) *image.Gray {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	switch m := img.(type) {
	case *image.Gray:
		return packed(m.Pix, m.Stride, m.PixOffset(b.Min.X, b.Min.Y), w, h)
	case *image.YCbCr:
		return packed(m.Y, m.YStride, m.YOffset(b.Min.X, b.Min.Y), w, h)
	}
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		row(out.Pix[y*w:(y+1)*w], img, b.Min.X, b.Min.Y+y)
	}
	return out
}

// packed returns the plane of w by h bytes that starts at offset. If there are gaps between its rows, packed
// returns a copy.
func packed(pix []byte, stride, offset, w, h int) *image.Gray {
	g := &image.Gray{Stride: w, Rect: image.Rect(0, 0, w, h)}
	if stride == w {
		g.Pix = pix[offset : offset+w*h]
		return g
	}
	g.Pix = make([]byte, w*h)
	for y := range h {
		copy(g.Pix[y*w:(y+1)*w], pix[offset+y*stride:])
	}
	return g
}

// row fills dst with the luminance of the pixels of img, from (x, y) to the right.
func row(dst []byte, img image.Image, x, y int) {
	switch m := img.(type) {
	case *image.Paletted:
		var table [256]byte
		for i, c := range m.Palette {
			table[i&0xff] = luminance(c)
		}
		src := m.Pix[m.PixOffset(x, y):]
		for i := range dst {
			dst[i] = table[src[i]]
		}
	case *image.Gray16:
		src := m.Pix[m.PixOffset(x, y):]
		for i := range dst {
			dst[i] = src[2*i]
		}
	case *image.RGBA:
		convert(dst, m.Pix[m.PixOffset(x, y):], 1, premultiplied)
	case *image.RGBA64:
		convert(dst, m.Pix[m.PixOffset(x, y):], 2, premultiplied)
	case *image.NRGBA:
		convert(dst, m.Pix[m.PixOffset(x, y):], 1, straight)
	case *image.NRGBA64:
		convert(dst, m.Pix[m.PixOffset(x, y):], 2, straight)
	case *image.CMYK:
		convert(dst, m.Pix[m.PixOffset(x, y):], 1, subtractive)
	default:
		for i := range dst {
			dst[i] = luminance(img.At(x+i, y))
		}
	}
}

// convert fills dst with the luminance of pixels of four channels, each size bytes long with the high byte
// first.
func convert(dst, src []byte, size int, luminance func(a, b, c, d byte) byte) {
	for i := range dst {
		p := src[4*size*i:][:4*size]
		dst[i] = luminance(p[0], p[size], p[2*size], p[3*size])
	}
}

func luminance(c color.Color) byte {
	r, g, b, a := c.RGBA()
	return premultiplied(byte(r>>8), byte(g>>8), byte(b>>8), byte(a>>8))
}

// premultiplied returns the luminance over white of a colour that is multiplied by its alpha. Because of
// rounding, the sum may exceed white by one.
func premultiplied(r, g, b, a byte) byte {
	return byte(min(int(luma(r, g, b))+255-int(a), 255))
}

// straight returns the luminance over white of a colour that is not multiplied by its alpha.
func straight(r, g, b, a byte) byte {
	return byte((int(luma(r, g, b))*int(a) + 255*(255-int(a)) + 127) / 255)
}

// subtractive returns the luminance of a colour in CMYK.
func subtractive(c, m, y, k byte) byte { return luma(color.CMYKToRGB(c, m, y, k)) }

// luma returns the luminance of ITU-R BT.601, which is the Y of a JPEG.
func luma(r, g, b byte) byte {
	return byte((299*int(r) + 587*int(g) + 114*int(b) + 500) / 1000)
}
