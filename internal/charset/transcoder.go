package charset

import (
	"io"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/transform"

	"github.com/caddy-consent/caddy-consent/internal/utf16"
)

// A Transcoder stands on both sides of a rewriter that reads UTF-8: what is written to In it
// gets decoded, and what it then writes to Out is encoded again. In is to be closed before the
// rewriter is, and Out behind it.
//
// UTF-16 comes back byte for byte, valid or not. Of ISO-2022-JP what is not valid is replaced, and so are
// escape sequences that do nothing.
type Transcoder struct {
	In  *transform.Writer // decodes into the rewriter
	Out *transform.Writer // encodes what the rewriter gives out
	utf *utf16.Decoder    // the decoder, if it is of this kind
}

// NewTranscoder makes a Transcoder for the encoding of a name that needs one (NeedsTranscoding), between
// what takes the text and what takes its bytes again.
func NewTranscoder(name string, rewriter, sink io.Writer) *Transcoder {
	var decode, encode transform.Transformer
	var utf *utf16.Decoder
	switch name {
	case UTF16LE, UTF16BE:
		utf = &utf16.Decoder{Big: name == UTF16BE}
		decode, encode = utf, &utf16.Encoder{Big: name == UTF16BE}
	default:
		decode, encode = NewISO2022JPDecoder(), encoding.HTMLEscapeUnsupported(iso2022JP.NewEncoder())
	}
	return &Transcoder{In: transform.NewWriter(rewriter, decode), Out: transform.NewWriter(sink, encode), utf: utf}
}

// EndsWithin tells, once In is closed, that the text ended within a character, so that
// what would be put behind it was no text.
func (t *Transcoder) EndsWithin() bool { return t.utf != nil && t.utf.Half }

// iso2022JP is the encoding of that name.
var iso2022JP, _ = htmlindex.Get(ISO2022JP)
