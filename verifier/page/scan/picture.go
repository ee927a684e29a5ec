package scan

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
)

const (
	pngMagic  = "\x89PNG\r\n\x1a\n"
	jpegMagic = "\xff\xd8\xff"
)

const (
	// maxPixels lets an A4 page at 600 dpi through, which has 34.8 million.
	maxPixels = 40_000_000
	// maxDecoded bounds the bytes that a decoder sets aside. All pictures of
	// 40 megapixels fit but those with 16 bits per channel (33 megapixels)
	// and progressive JPEGs in colour (14 megapixels).
	maxDecoded = 256 << 20
	// maxScans bounds the passes that a progressive JPEG makes over its pixels
	// (ten are usual), since each costs time by the pixel even when it takes
	// hardly a byte. Another JPEG needs one for each channel at most.
	maxScans = 32
)

// picture returns the text of the symbol in a PNG or JPEG.
func picture(ctx context.Context, data []byte) (string, error) {
	img, err := Picture(data)
	if err != nil {
		return "", err
	}
	return ladder(ctx, gray(img))
}

// Picture decodes a PNG or JPEG within the bounds of Read. Data that is no PNG is decoded as a JPEG. The
// error is ErrTooManyPixels or wraps ErrPicture.
func Picture(data []byte) (image.Image, error) {
	if bytes.HasPrefix(data, []byte(pngMagic)) {
		return decodePNG(data)
	}
	return decodeJPEG(data)
}

// Gray returns the luminance of img on a white ground, as the readers see it. The result starts at (0, 0),
// is densely packed, and may share memory with img.
func Gray(img image.Image) *image.Gray { return gray(img) }

// Resize returns g at another size, by the Catmull-Rom kernel, which is widened if the picture shrinks.
func Resize(g *image.Gray, w, h int) *image.Gray { return resize(g, w, h) }

// ReadGray returns the text of the first symbol that can be read in a picture as Gray returns it. The error
// is ErrNoCode or that of ctx.
func ReadGray(ctx context.Context, g *image.Gray) (string, error) { return ladder(ctx, g) }

func decodePNG(data []byte) (image.Image, error) {
	config, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	perPixel := 4
	switch config.ColorModel {
	case color.Gray16Model, color.RGBA64Model, color.NRGBA64Model:
		perPixel = 8
	}
	if !affordable(config, perPixel) {
		return nil, ErrTooManyPixels
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	return img, nil
}

func decodeJPEG(data []byte) (image.Image, error) {
	config, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	channels := 3
	switch config.ColorModel {
	case color.GrayModel:
		channels = 1
	case color.CMYKModel:
		channels = 4
	}
	// Each channel is decoded and, for CMYK and RGB, copied; a progressive
	// picture also keeps four bytes of coefficient per pixel and channel.
	progressive, scans := passes(data)
	perPixel, limit := 2*channels, channels
	if progressive {
		perPixel, limit = 6*channels, maxScans
	}
	if !affordable(config, perPixel) {
		return nil, ErrTooManyPixels
	}
	if scans > limit {
		return nil, damaged(fmt.Errorf("%d scans", scans))
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, damaged(err)
	}
	return img, nil
}

func affordable(config image.Config, perPixel int) bool {
	pixels := int64(config.Width) * int64(config.Height)
	return pixels <= maxPixels && pixels*int64(perPixel) <= maxDecoded
}

func damaged(err error) error { return fmt.Errorf("%w: %w", ErrPicture, err) }

// passes walks the markers of a JPEG, as image/jpeg does, and says whether it
// is progressive and how many scans it has.
func passes(data []byte) (progressive bool, scans int) {
	const sof2, sos, eoi = 0xc2, 0xda, 0xd9
	for i := len(jpegMagic) - 1; i+1 < len(data); {
		marker := data[i+1]
		switch {
		case data[i] != 0xff, marker == 0xff:
			i++ // coded pixels, or a fill byte
			continue
		case marker == 0, marker >= 0xd0 && marker <= 0xd7:
			i += 2 // a stuffed 0xff, or a restart: neither has a length
			continue
		case marker == eoi:
			return progressive, scans
		case marker == sof2:
			progressive = true
		case marker == sos:
			scans++
		}
		if i+3 >= len(data) {
			break
		}
		i += 2 + max(int(data[i+2])<<8|int(data[i+3]), 2)
	}
	return progressive, scans
}
