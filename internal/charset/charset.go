package charset

import (
	"iter"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// A Charset is what is known of a document's encoding, in which the bytes of tags are
// ASCII's: what differs is which host a URL with other bytes names. Its zero value knows nothing yet.
type Charset struct {
	known    bool              // by a byte order mark, the header or a <meta>
	inMeta   bool              // by a <meta>
	encoding encoding.Encoding // nil for UTF-8
}

// Decoded is the Charset of text that is in UTF-8 by now, whatever it says of itself.
func Decoded() Charset { return Charset{known: true} }

// Declare notes the label of an encoding that a byte order mark or a header gives. The first
// that counts is the one with precedence, so they are to come in the order in which a browser
// meets them (HTML section 13.2.3.2). What is no label is ignored, as browsers do.
func (c *Charset) Declare(label string) {
	if c.known {
		return
	}
	if label == UTF8 {
		c.known = true
		return
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return
	}
	c.known = true
	if name, err := htmlindex.Name(enc); err != nil || name != UTF8 {
		c.encoding = enc
	}
}

// DeclareInMeta is Declare for the label in a <meta>.
func (c *Charset) DeclareInMeta(label []byte) {
	if !c.known {
		c.Declare(string(label))
		c.inMeta = c.known
	}
}

// Tentative tells whether nothing before the document's own text has said its encoding
// (HTML section 13.2.3.1, "confidence").
func (c *Charset) Tentative() bool { return !c.known || c.inMeta }

// IsISO2022JP tells whether the encoding that was declared is that one.
func (c *Charset) IsISO2022JP() bool { return c.encoding == iso2022JP }

// guesses are the encodings in which browsers read pages that declare none,
// by their users' language or by guessing.
var guesses = []encoding.Encoding{
	charmap.Windows1252, japanese.ShiftJIS, japanese.EUCJP, simplifiedchinese.GBK, traditionalchinese.Big5, korean.EUCKR,
}

// Readings yields what a URL may say, in UTF-8: one text, unless it has other
// than ASCII bytes and the encoding is not known. Then it is one for each in which browsers
// may read the document, the bytes as they are first. What is yielded may be url itself.
func (c *Charset) Readings(url []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if IsASCII(url) {
			yield(url)
			return
		}
		if c.known {
			if c.encoding != nil {
				url = decoded(c.encoding, url)
			}
			yield(url)
			return
		}
		if !yield(url) {
			return
		}
		for _, enc := range guesses {
			if !yield(decoded(enc, url)) {
				return
			}
		}
	}
}

func decoded(enc encoding.Encoding, text []byte) []byte {
	out, err := enc.NewDecoder().Bytes(text)
	if err != nil {
		return text
	}
	return out
}
