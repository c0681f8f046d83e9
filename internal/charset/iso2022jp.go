package charset

import (
	"bytes"

	"golang.org/x/text/transform"
)

// romanDecoder decodes ISO-2022-JP as the Encoding standard (section 12.2.1)
// says: between "ESC ( J" and the next escape sequence, a backslash is a yen sign and
// a tilde an overline. golang.org/x/text takes that set for ASCII, which would make
// a host of a path. Everything else is its work.
type romanDecoder struct {
	transform.Transformer
	roman bool // the text is in that set
}

// NewISO2022JPDecoder makes a decoder of ISO-2022-JP into UTF-8.
func NewISO2022JPDecoder() transform.Transformer {
	return &romanDecoder{Transformer: iso2022JP.NewDecoder()}
}

const (
	escape      = 0x1B
	escapeRoman = "\x1b(J"
)

// Reset implements transform.Transformer.
func (d *romanDecoder) Reset() {
	d.Transformer.Reset()
	d.roman = false
}

// Transform implements transform.Transformer.
func (d *romanDecoder) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for err == nil && nSrc < len(src) {
		step := d.shifted
		if d.roman {
			step = d.romanText
		}
		n, m, stepErr := step(dst[nDst:], src[nSrc:], atEOF)
		nDst, nSrc, err = nDst+n, nSrc+m, stepErr
	}
	return nDst, nSrc, err
}

// shifted decodes up to and with the escape sequence that begins Roman text.
func (d *romanDecoder) shifted(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	end, short := len(src), false
	if i := bytes.Index(src, []byte(escapeRoman)); i >= 0 {
		end, atEOF = i+len(escapeRoman), true
		d.roman = true
	} else if i := bytes.LastIndexByte(src, escape); i >= 0 && len(src)-i < len(escapeRoman) && !atEOF {
		end, short = i, true // perhaps that sequence
	}
	nDst, nSrc, err = d.Transformer.Transform(dst, src[:end], atEOF)
	if nSrc < end {
		d.roman = false // not reached
	}
	if err == nil && short {
		err = transform.ErrShortSrc
	}
	return nDst, nSrc, err
}

// romanText decodes up to the next escape sequence.
func (d *romanDecoder) romanText(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, c := range src {
		text := string(rune(c))
		switch {
		case c == escape:
			d.roman = false
			return nDst, nSrc, nil
		case c == '\\':
			text = "¥"
		case c == '~':
			text = "‾"
		case c >= 0x80, c == 0x0E, c == 0x0F:
			text = "\uFFFD"
		}
		if nDst+len(text) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += copy(dst[nDst:], text)
		nSrc++
	}
	return nDst, nSrc, nil
}
