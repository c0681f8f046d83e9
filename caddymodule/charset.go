package caddymodule

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

// charset is what is known of a page's character encoding. Tags are the same
// bytes in all of those that get this far (transcode.go); what differs is
// which host a URL with other than ASCII bytes names. Its zero value knows
// nothing yet.
type charset struct {
	known    bool              // by a byte order mark, the header or a <meta>
	fromMeta bool              // by a <meta>
	encoding encoding.Encoding // nil for UTF-8
}

// declare notes the label of an encoding. The first that counts is the one
// with precedence, in the order in which a browser meets them (HTML section
// 13.2.3.2).
func (c *charset) declare(label string) {
	if c.known {
		return
	}
	if label == nameUTF8 {
		c.known = true
		return
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return // browsers ignore it
	}
	c.known = true
	if name, err := htmlindex.Name(enc); err != nil || name != nameUTF8 {
		c.encoding = enc
	}
}

// guesses are the encodings in which browsers read pages that declare none,
// by their users' language or by guessing.
var guesses = []encoding.Encoding{
	charmap.Windows1252, japanese.ShiftJIS, japanese.EUCJP, simplifiedchinese.GBK, traditionalchinese.Big5, korean.EUCKR,
}

// readings yields what a URL may say, in UTF-8: one text, unless it has other
// than ASCII bytes and the encoding is not known.
func (c *charset) readings(url []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if isASCII(url) {
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

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
