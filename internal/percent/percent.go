// Package percent reads percent-encoded bytes (URL standard, section 1.3), and the
// hexadecimal digits that escapes of other languages are written in.
package percent

import "strings"

// Digit returns the value of a hexadecimal digit, 0 to 15; ok is false for what is none.
func Digit(c byte) (value byte, ok bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// At returns the byte that is percent-encoded at the start of s; ok is false if s does
// not begin with "%" and two hexadecimal digits.
func At[T string | []byte](s T) (b byte, ok bool) {
	if len(s) < 3 || s[0] != '%' {
		return 0, false
	}
	high, ok1 := Digit(s[1])
	low, ok2 := Digit(s[2])
	return high<<4 | low, ok1 && ok2
}

// Decode returns s with what is percent-encoded decoded. A "%" that begins no encoded
// byte stays. The result is s itself if there is no "%" in it.
func Decode(s string) string {
	at := strings.IndexByte(s, '%')
	if at < 0 {
		return s
	}
	return string(Append(append(make([]byte, 0, len(s)), s[:at]...), s[at:]))
}

// Append appends s to dst with what is percent-encoded decoded, as Decode does.
func Append[T string | []byte](dst []byte, s T) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' {
			if b, ok := At(s[i:]); ok {
				c = b
				i += 2
			}
		}
		dst = append(dst, c)
	}
	return dst
}
