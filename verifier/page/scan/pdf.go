package scan

import (
	"bytes"
	"context"
	"errors"
	"image/jpeg"
	"slices"
	"time"

	"github.com/qr-invalidita/attesta/internal/pdf"
	"github.com/qr-invalidita/attesta/internal/poppler"
	"github.com/qr-invalidita/attesta/verifier/internal/typed"
)

const (
	// maxPages limits the pages that are drawn.
	maxPages = 10
	// maxPictures limits the places that look like a JPEG. Together, the pictures have at most maxPixels.
	maxPictures = 100
)

// symbolTime is the time for the symbols in a PDF.
var symbolTime = 5 * time.Second // tests with the race detector have more

// readPDF returns the links of a PDF or the texts of the symbols in it.
func readPDF(ctx context.Context, data []byte) (reading, error) {
	found, err := pdf.Links(ctx, data)
	if err != nil {
		return reading{}, err
	}
	links := reading{found.Links(), true}
	if len(found.Fragment) > 0 {
		return links, nil
	}
	texts := symbols(ctx, data)
	switch {
	case ctx.Err() != nil:
		return reading{}, ctx.Err()
	case len(texts) > 0:
		return reading{texts: texts}, nil
	case found.Portfolio:
		return reading{}, ErrPortfolio
	case len(links.texts) > 0:
		return links, nil
	case found.Encrypted:
		return reading{}, ErrEncrypted
	}
	return reading{}, ErrNoLink
}

// symbols returns the texts of the symbols in a PDF. If one carries a token, symbols looks no further.
func symbols(ctx context.Context, data []byte) []string {
	ctx, cancel := context.WithTimeout(ctx, symbolTime)
	defer cancel()
	texts := photos(ctx, data)
	if slices.ContainsFunc(texts, typed.Carries) {
		return texts
	}
	for p, err := range poppler.Pages(ctx, data, maxPages) {
		if err != nil {
			break
		}
		if p.IsBlank() {
			continue
		}
		more, err := ladder(ctx, p.Gray())
		if err != nil && !errors.Is(err, ErrNoCode) {
			break
		}
		texts = append(texts, more...)
		if slices.ContainsFunc(more, typed.Carries) {
			break
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// photos returns the texts of the symbols in the JPEG pictures of a PDF. It does not follow the structure of
// the file.
func photos(ctx context.Context, data []byte) (texts []string) {
	pixels := 0
	for range maxPictures {
		i := bytes.Index(data, []byte("stream"))
		for i >= 0 && !isJPEG(data[i+len("stream"):]) {
			next := bytes.Index(data[i+1:], []byte("stream"))
			if next < 0 {
				return texts
			}
			i += 1 + next
		}
		if i < 0 {
			return texts
		}
		data = bytes.TrimLeft(data[i+len("stream"):], "\r\n")
		body := data
		if end := bytes.Index(body, []byte("endstream")); end >= 0 {
			body, data = body[:end], body[end:]
		} else {
			data = nil
		}
		config, err := jpeg.DecodeConfig(bytes.NewReader(body))
		if err != nil {
			continue
		}
		if pixels += config.Width * config.Height; pixels > maxPixels {
			return texts
		}
		more, err := picture(ctx, body)
		if ctx.Err() != nil {
			return texts
		}
		if err != nil {
			continue
		}
		if texts = append(texts, more...); slices.ContainsFunc(more, typed.Carries) {
			return more
		}
	}
	return texts
}

// isJPEG reports whether a JPEG begins here, behind the line break that ends the word stream.
func isJPEG(data []byte) bool {
	head := bytes.TrimLeft(data[:min(len(data), 8)], "\r\n")
	return bytes.HasPrefix(head, []byte(jpegMagic))
}
