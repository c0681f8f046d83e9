// Package utf16 turns UTF-16 into UTF-8 and back without losing a byte.
//
// The codec of x/text replaces what is not valid, and so cannot give a page
// back as it was. Here a surrogate without its other half is
// written as three bytes, as UTF-8 would write it if it were a character (the
// WTF-8 form), and half a unit at the end, which browsers show as U+FFFD, stays
// what it is behind a byte that no other text has.
package utf16

import (
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// loneByte stands before the half unit at the end of a document.
const loneByte = 0xFF

// Decoder is a transform.Transformer from UTF-16 without a byte order mark
// into that form. The zero value reads little-endian.
type Decoder struct {
	Big bool // big-endian
	// Half tells, once the text has ended, that it did so within a unit: nothing can
	// stand behind that.
	Half bool
	transform.NopResetter
}

func (d *Decoder) unit(b []byte) rune {
	if d.Big {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

// Transform implements transform.Transformer.
func (d *Decoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc+1 < len(src) {
		if nDst+utf8.UTFMax > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		c, size := d.unit(src[nSrc:]), 2
		if utf16.IsSurrogate(c) {
			if len(src)-nSrc < 4 && !atEOF && c < 0xDC00 {
				return nDst, nSrc, transform.ErrShortSrc
			}
			pair := rune(utf8.RuneError)
			if len(src)-nSrc >= 4 {
				pair = utf16.DecodeRune(c, d.unit(src[nSrc+2:]))
			}
			if pair == utf8.RuneError {
				dst[nDst], dst[nDst+1], dst[nDst+2] = 0xED, byte(0x80|c>>6&0x3F), byte(0x80|c&0x3F)
				nDst, nSrc = nDst+3, nSrc+2
				continue
			}
			c, size = pair, 4
		}
		nDst += utf8.EncodeRune(dst[nDst:], c)
		nSrc += size
	}
	switch {
	case nSrc == len(src):
		return nDst, nSrc, nil
	case !atEOF:
		return nDst, nSrc, transform.ErrShortSrc
	case nDst+2 > len(dst):
		return nDst, nSrc, transform.ErrShortDst
	}
	d.Half = true
	dst[nDst], dst[nDst+1] = loneByte, src[nSrc]
	return nDst + 2, nSrc + 1, nil
}

// Encoder is the transform.Transformer back.
type Encoder struct {
	Big bool // big-endian
	transform.NopResetter
}

func (e *Encoder) put(dst []byte, unit rune) {
	if e.Big {
		dst[0], dst[1] = byte(unit>>8), byte(unit)
		return
	}
	dst[0], dst[1] = byte(unit), byte(unit>>8)
}

// Transform implements transform.Transformer.
func (e *Encoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if nDst+4 > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		rest := src[nSrc:]
		need := sequenceLength(rest[0])
		if len(rest) < need && !atEOF {
			return nDst, nSrc, transform.ErrShortSrc
		}
		switch {
		case rest[0] == loneByte && len(rest) > 1:
			dst[nDst] = rest[1]
			nDst, nSrc = nDst+1, nSrc+2
			continue
		case rest[0] == 0xED && len(rest) >= 3 && rest[1] >= 0xA0:
			e.put(dst[nDst:], 0xD000|rune(rest[1]&0x3F)<<6|rune(rest[2]&0x3F))
			nDst, nSrc = nDst+2, nSrc+3
			continue
		}
		c, size := utf8.DecodeRune(rest)
		nSrc += size
		if hi, lo := utf16.EncodeRune(c); hi != utf8.RuneError {
			e.put(dst[nDst:], hi)
			e.put(dst[nDst+2:], lo)
			nDst += 4
			continue
		}
		e.put(dst[nDst:], c)
		nDst += 2
	}
	return nDst, nSrc, nil
}

// sequenceLength is how many bytes belong together that begin with c.
func sequenceLength(c byte) int {
	switch {
	case c == loneByte:
		return 2
	case c >= 0xF0:
		return 4
	case c >= 0xE0:
		return 3
	case c >= 0xC0:
		return 2
	}
	return 1
}
