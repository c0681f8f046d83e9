package rewrite

import (
	"unicode/utf8"

	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// Escapes in CSS: a backslash before a character, or before its number.

// startsEscape tells whether the backslash that b begins with starts an escape
// (CSS Syntax section 4.3.8).
func startsEscape(b []byte) bool {
	return len(b) > 1 && b[1] != '\n' && b[1] != '\r' && b[1] != '\f'
}

// cssEscape decodes the escape at the start of b, which begins with a
// backslash (CSS Syntax section 4.3.7). n is its length.
func cssEscape(b []byte) (c rune, n int) {
	v := rune(0)
	for n = 1; n < len(b) && n <= 6; n++ {
		d, ok := percent.Digit(b[n])
		if !ok {
			break
		}
		v = v<<4 | rune(d)
	}
	switch {
	case n > 1:
		if n+1 < len(b) && b[n] == '\r' && b[n+1] == '\n' {
			n += 2
		} else if n < len(b) && isSpace(b[n]) {
			n++
		}
		if v == 0 || v > utf8.MaxRune || 0xD800 <= v && v <= 0xDFFF {
			v = utf8.RuneError
		}
		return v, n
	case len(b) == 1:
		return utf8.RuneError, 1
	}
	c, size := utf8.DecodeRune(b[1:])
	return c, 1 + size
}

// appendCSSUnescaped appends the value of text to dst. An escaped line end
// continues a string.
func appendCSSUnescaped(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		switch {
		case text[i] != '\\':
			dst = append(dst, text[i])
			i++
		case i+1 < len(text) && (text[i+1] == '\n' || text[i+1] == '\f'):
			i += 2
		case i+1 < len(text) && text[i+1] == '\r':
			i += 2
			if i < len(text) && text[i] == '\n' {
				i++
			}
		default:
			c, n := cssEscape(text[i:])
			dst = utf8.AppendRune(dst, c)
			i += n
		}
	}
	return dst
}
