package caddymodule

import (
	"bytes"
	"io"
	"net/http"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"

	"github.com/caddy-consent/caddy-consent/internal/utf16"
)

// In most encodings the bytes of tags are those of ASCII, and the rewriter
// reads them as they are. In two they are not: UTF-16, and ISO-2022-JP, where
// escape sequences make other characters of the same bytes. Documents in
// those are decoded before the rewriter and encoded again behind it.

// The canonical names that the Encoding standard gives them.
const (
	nameUTF8      = "utf-8"
	nameUTF16LE   = "utf-16le"
	nameUTF16BE   = "utf-16be"
	nameISO2022JP = "iso-2022-jp"
	// nameReplacement is that of encodings which browsers refuse to show.
	nameReplacement = "replacement"
)

// declaredEncoding is the canonical name of the encoding in a Content-Type, or "".
func declaredEncoding(h http.Header) string { return encodingName(contentTypeOf(h).charset) }

// encodingName is the canonical name for a label, or "".
func encodingName(label string) string {
	switch label { // what nearly all say, and cheaper
	case "":
		return ""
	case "utf-8", "UTF-8":
		return nameUTF8
	}
	enc, err := htmlindex.Get(label)
	if err != nil {
		return ""
	}
	name, err := htmlindex.Name(enc)
	if err != nil {
		return ""
	}
	return name
}

// iso2022JP is the encoding of that name.
var iso2022JP, _ = htmlindex.Get(nameISO2022JP)

// transcoded tells whether text in the encoding of that name must be decoded.
func transcoded(name string) bool {
	return name == nameUTF16LE || name == nameUTF16BE || name == nameISO2022JP
}

// byteOrderMark tells the encoding that a document's first bytes name, which
// beats what the header says (Encoding standard, "BOM sniff"), and the length
// of the mark.
func byteOrderMark(first []byte) (name string, n int) {
	switch {
	case bytes.HasPrefix(first, []byte{0xEF, 0xBB, 0xBF}):
		return nameUTF8, 3
	case bytes.HasPrefix(first, []byte{0xFE, 0xFF}):
		return nameUTF16BE, 2
	case bytes.HasPrefix(first, []byte{0xFF, 0xFE}):
		return nameUTF16LE, 2
	}
	return "", 0
}

// unmarked tells UTF-16 that begins with "<?x", which browsers know without a
// mark (HTML section 13.2.3.2, "prescan", and XML appendix F).
func unmarked(first []byte) string {
	switch {
	case bytes.HasPrefix(first, []byte("<\x00?\x00x\x00")):
		return nameUTF16LE
	case bytes.HasPrefix(first, []byte("\x00<\x00?\x00x")):
		return nameUTF16BE
	}
	return ""
}

// recoder decodes what is written to it, and encodes what comes out of the
// rewriter.
type recoder struct {
	in  *transform.Writer // decodes into the rewriter
	out *transform.Writer // encodes what the rewriter gives out
	utf *utf16.Decoder    // the decoder, if it is of this kind
}

func newRecoder(name string, rewriter, sink io.Writer) *recoder {
	var decode, encode transform.Transformer
	var utf *utf16.Decoder
	switch name {
	case nameUTF16LE, nameUTF16BE:
		utf = &utf16.Decoder{Big: name == nameUTF16BE}
		decode, encode = utf, &utf16.Encoder{Big: name == nameUTF16BE}
	default:
		decode, encode = &romanDecoder{Transformer: iso2022JP.NewDecoder()}, encoding.HTMLEscapeUnsupported(iso2022JP.NewEncoder())
	}
	return &recoder{in: transform.NewWriter(rewriter, decode), out: transform.NewWriter(sink, encode), utf: utf}
}

// endsWithin tells, once in is closed, that the text ended within a character, so that
// what would be put behind it was no text.
func (r *recoder) endsWithin() bool { return r.utf != nil && r.utf.Half }
