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
	// maxPixels is more than the 34.8 million pixels of an A4 page at 600 dpi.
	maxPixels = 40_000_000
	// maxDecoded limits the bytes that a decoder allocates. Pictures of 40 megapixels fit, except that the
	// limit is 33 megapixels with 16 bits for each channel and 14 megapixels for a progressive JPEG in
	// colour.
	maxDecoded = 256 << 20
	// maxScans limits the scans of a progressive JPEG. Ten are usual. A scan of a few bytes can cost time for
	// each pixel. Other JPEGs have at most one scan for each channel.
	maxScans = 32
)

// picture returns the texts of the symbols in a PNG or JPEG; see ladder.
func picture(ctx context.Context, data []byte) ([]string, error) {
	img, err := Picture(data)
	if err != nil {
		return nil, err
	}
	return ladder(ctx, gray(img))
}

// Picture decodes a PNG or JPEG within the limits of Read. If data is not a PNG, Picture decodes it as a
// JPEG. The error is ErrTooManyPixels or wraps ErrPicture.
func Picture(data []byte) (image.Image, error) {
	if bytes.HasPrefix(data, []byte(pngMagic)) {
		return decodePNG(data)
	}
	return decodeJPEG(data)
}

// Gray returns the luminance of img on a white ground, as Read uses it. The result starts at (0, 0), is
// densely packed, and may share memory with img.
func Gray(img image.Image) *image.Gray { return gray(img) }

// ReadGray returns the text of a symbol in a picture that Gray returned, of one with a token if there is one.
// The error is ErrNoCode or the error of ctx.
func ReadGray(ctx context.Context, g *image.Gray) (string, error) {
	texts, err := ladder(ctx, g)
	if err != nil {
		return "", err
	}
	return texts[len(texts)-1], nil
}

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
	// The decoder allocates each channel, and again for CMYK and RGB. For a progressive picture it also
	// allocates four bytes of coefficients for each pixel and channel.
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

// passes reports whether a JPEG is progressive, and the number of its scans. It follows the markers as
// image/jpeg does.
func passes(data []byte) (progressive bool, scans int) {
	const sof2, sos, eoi = 0xc2, 0xda, 0xd9
	for i := len(jpegMagic) - 1; i+1 < len(data); {
		marker := data[i+1]
		switch {
		case data[i] != 0xff, marker == 0xff:
			i++ // a coded pixel or a fill byte
			continue
		case marker == 0, marker >= 0xd0 && marker <= 0xd7:
			i += 2 // a stuffed 0xff or a restart, which have no length
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
