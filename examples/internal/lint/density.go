package lint

import (
	"bytes"
	"encoding/binary"
)

// density returns the pixels per inch that a picture declares, in the pHYs chunk of a PNG or the JFIF header
// of a JPEG. It is 0 if the picture declares none, or different ones for width and height.
func density(data []byte) float64 {
	if bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")) {
		return densityPNG(data[8:])
	}
	return densityJPEG(data)
}

// densityPNG walks the chunks before the pixels.
func densityPNG(data []byte) float64 {
	for len(data) >= 12 {
		n := uint64(binary.BigEndian.Uint32(data))
		kind := string(data[4:8])
		if kind == "IDAT" || n+12 > uint64(len(data)) {
			return 0
		}
		body := data[8 : 8+n]
		if kind == "pHYs" {
			if n != 9 || body[8] != 1 || !bytes.Equal(body[:4], body[4:8]) { // 1: the unit is the metre
				return 0
			}
			return float64(binary.BigEndian.Uint32(body)) * mmPerInch / 1000
		}
		data = data[12+n:]
	}
	return 0
}

// densityJPEG reads the APP0 segment, which JFIF puts right after the first marker.
func densityJPEG(data []byte) float64 {
	if len(data) < 18 || !bytes.HasPrefix(data[2:], []byte{0xff, 0xe0}) || string(data[6:11]) != "JFIF\x00" {
		return 0
	}
	if !bytes.Equal(data[14:16], data[16:18]) {
		return 0
	}
	each := float64(binary.BigEndian.Uint16(data[14:]))
	switch data[13] {
	case 1:
		return each
	case 2: // dots per centimetre
		return each * mmPerInch / 10
	}
	return 0
}
