package scan

import "bytes"

// pdfSpace is the white space of ISO 32000-1, 7.2.2.
const pdfSpace = "\x00\t\n\f\r "

// literal reads a string of ISO 32000-1, 7.3.4.2, whose opening parenthesis
// is already read. rest is what follows the bytes read, so that a file full of
// opening parentheses is gone through once. A string that is longer than
// maxText or has no end gives nothing. A line break inside is left as it is,
// since no address has one.
func literal(data []byte) (text, rest []byte) {
	depth, i := 1, 0
	for i < len(data) && len(text) <= maxText {
		c := data[i]
		i++
		switch c {
		case '(':
			depth++
		case ')':
			depth--
			if depth == 0 {
				return text, data[i:]
			}
		case '\\':
			decoded, n := escape(data[i:])
			text = append(text, decoded...)
			i += n
			continue
		}
		text = append(text, c)
	}
	return nil, data[i:]
}

// escape reads what follows a backslash: what it stands for, and how many
// bytes it takes.
func escape(data []byte) (decoded []byte, n int) {
	if len(data) == 0 {
		return nil, 0
	}
	switch c := data[0]; c {
	case 'n':
		return []byte("\n"), 1
	case 'r':
		return []byte("\r"), 1
	case 't':
		return []byte("\t"), 1
	case 'b':
		return []byte("\b"), 1
	case 'f':
		return []byte("\f"), 1
	case '\n':
		return nil, 1
	case '\r':
		if len(data) > 1 && data[1] == '\n' {
			return nil, 2
		}
		return nil, 1
	case '0', '1', '2', '3', '4', '5', '6', '7':
		value := byte(0)
		for n < min(3, len(data)) && '0' <= data[n] && data[n] <= '7' {
			value = value<<3 | (data[n] - '0') // a high bit too many is dropped
			n++
		}
		return []byte{value}, n
	default: // parentheses, the backslash, and any other stand for themselves
		return data[:1], 1
	}
}

// hexadecimal reads a string of ISO 32000-1, 7.3.4.3, whose opening angle
// bracket is already read; rest is as for literal.
func hexadecimal(data []byte) (text, rest []byte) {
	digits := 0
	for i, c := range data {
		var value byte
		switch {
		case '0' <= c && c <= '9':
			value = c - '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			value = (c | 0x20) - 'a' + 10
		case bytes.IndexByte([]byte(pdfSpace), c) >= 0:
			continue
		case c == '>': // a digit left out at the end is a zero
			return text, data[i+1:]
		default: // a dictionary, or no string at all
			return nil, data[i:]
		}
		if digits%2 == 0 {
			text = append(text, value<<4)
		} else {
			text[len(text)-1] |= value
		}
		digits++
		if len(text) > maxText {
			return nil, data[i+1:]
		}
	}
	return nil, nil
}
