package rewrite

import "bytes"

// Bytes as HTML sorts them, for the languages that have white space, letters and
// case in common: HTML, CSS, and what stands in attributes.

// spaces are HTML's white space. A carriage return is among them: the input
// preprocessing of the standard turns it into a line feed.
const spaces = " \t\n\f\r"

// isSpace tells whether c is among spaces.
func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f'
}

// skipSpace is the index of the first byte from b[i] on that is no white space.
func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

func trimSpace(b []byte) []byte { return bytes.Trim(b, spaces) }

// isAlpha tells whether c is an ASCII letter.
func isAlpha(c byte) bool {
	c |= 0x20
	return 'a' <= c && c <= 'z'
}

// equalFold tells whether b is the lower-case ASCII word in any case.
func equalFold(b []byte, word string) bool {
	if len(b) != len(word) {
		return false
	}
	for i := range b {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != word[i] {
			return false
		}
	}
	return true
}

// lowerName appends a name in lower case to dst.
func lowerName(dst, name []byte) []byte {
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}
