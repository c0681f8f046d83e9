package httpfield

import (
	"iter"
	"strings"
)

// QuotedStrings goes through the quoted strings in s, without their quotes and
// escapes. One that is not closed ends with s.
func QuotedStrings(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				return
			}
			text, n := unquote(s[i:])
			if !yield(text) {
				return
			}
			s = s[i+n:]
		}
	}
}

// unquote reads the quoted string at the beginning of s (RFC 9110 section
// 5.6.4; Fetch standard, "collect an HTTP quoted string"), and returns how long it is there.
func unquote(s string) (text string, n int) {
	var b strings.Builder
	for n = 1; n < len(s); n++ {
		switch s[n] {
		case '"':
			return b.String(), n + 1
		case '\\':
			if n++; n == len(s) {
				return b.String() + `\`, n
			}
		}
		b.WriteByte(s[n])
	}
	return b.String(), n
}
