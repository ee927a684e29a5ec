package scan

import (
	"image"
	"image/color"
)

// gray returns the luminance of img over a white ground: a symbol on a
// transparent background is black on white. The types that the standard
// decoders produce are converted without a colour value per pixel. The result
// starts at (0, 0), is densely packed, and may share memory with img.
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

// packed is the plane of w by h bytes that starts at offset: itself where its
// rows touch each other, else a copy.
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

// row fills dst with the luminances of the pixels of img from (x, y) to the
// right.
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
		src := m.Pix[m.PixOffset(x, y):]
		for i := range dst {
			p := src[4*i : 4*i+4 : 4*i+4]
			dst[i] = premultiplied(p[0], p[1], p[2], p[3])
		}
	case *image.RGBA64:
		src := m.Pix[m.PixOffset(x, y):]
		for i := range dst {
			p := src[8*i : 8*i+8 : 8*i+8]
			dst[i] = premultiplied(p[0], p[2], p[4], p[6])
		}
	case *image.NRGBA:
		src := m.Pix[m.PixOffset(x, y):]
		for i := range dst {
			p := src[4*i : 4*i+4 : 4*i+4]
			dst[i] = straight(p[0], p[1], p[2], p[3])
		}
	case *image.NRGBA64:
		src := m.Pix[m.PixOffset(x, y):]
		for i := range dst {
			p := src[8*i : 8*i+8 : 8*i+8]
			dst[i] = straight(p[0], p[2], p[4], p[6])
		}
	case *image.CMYK:
		src := m.Pix[m.PixOffset(x, y):]
		for i := range dst {
			p := src[4*i : 4*i+4 : 4*i+4]
			r, g, b := color.CMYKToRGB(p[0], p[1], p[2], p[3])
			dst[i] = luma(r, g, b)
		}
	default:
		for i := range dst {
			dst[i] = luminance(img.At(x+i, y))
		}
	}
}

func luminance(c color.Color) byte {
	r, g, b, a := c.RGBA()
	return premultiplied(byte(r>>8), byte(g>>8), byte(b>>8), byte(a>>8))
}

// premultiplied is the luminance over white of a colour that is already
// multiplied by its alpha. Rounding may carry it one above white.
func premultiplied(r, g, b, a byte) byte {
	return byte(min(int(luma(r, g, b))+255-int(a), 255))
}

// straight is the luminance over white of a colour beside its alpha.
func straight(r, g, b, a byte) byte {
	return byte((int(luma(r, g, b))*int(a) + 255*(255-int(a)) + 127) / 255)
}

// luma weighs a colour as ITU-R BT.601 does, whose Y a JPEG stores.
func luma(r, g, b byte) byte {
	return byte((299*int(r) + 587*int(g) + 114*int(b) + 500) / 1000)
}
