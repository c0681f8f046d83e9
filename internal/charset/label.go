package charset

import (
	"bytes"

	"golang.org/x/text/encoding/htmlindex"
)

// The names of encodings that matter here (Encoding standard section 4.2), in lower case.
const (
	UTF8      = "utf-8"
	UTF16LE   = "utf-16le"
	UTF16BE   = "utf-16be"
	ISO2022JP = "iso-2022-jp"
	// Replacement is that of encodings which browsers refuse to show.
	Replacement = "replacement"
)

// Name is the name of the encoding that a label means, in lower case (Encoding standard,
// "get an encoding"), or "" if it means none.
func Name(label string) string {
	switch label { // what nearly all say, and cheaper
	case "":
		return ""
	case "utf-8", "UTF-8":
		return UTF8
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

// NeedsTranscoding tells whether tags are other bytes than ASCII's in the encoding of a name.
func NeedsTranscoding(name string) bool {
	return name == UTF16LE || name == UTF16BE || name == ISO2022JP
}

// SniffBOM is the encoding that the byte order mark of a document names, which beats what
// its header says (Encoding standard, "BOM sniff"), and the length of the mark; "" and 0 if
// there is none. Three bytes tell.
func SniffBOM(first []byte) (name string, n int) {
	switch {
	case bytes.HasPrefix(first, []byte{0xEF, 0xBB, 0xBF}):
		return UTF8, 3
	case bytes.HasPrefix(first, []byte{0xFE, 0xFF}):
		return UTF16BE, 2
	case bytes.HasPrefix(first, []byte{0xFF, 0xFE}):
		return UTF16LE, 2
	}
	return "", 0
}

// SniffXML tells UTF-16 that begins with "<?x", which browsers know without a mark (HTML
// section 13.2.3.2, "prescan", and XML appendix F); else it is "". Six bytes tell.
func SniffXML(first []byte) (name string) {
	switch {
	case bytes.HasPrefix(first, []byte("<\x00?\x00x\x00")):
		return UTF16LE
	case bytes.HasPrefix(first, []byte("\x00<\x00?\x00x")):
		return UTF16BE
	}
	return ""
}

// IsASCII tells whether a text has bytes of ASCII alone.
func IsASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
