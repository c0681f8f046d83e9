package rewrite

import (
	"bytes"
	"encoding/base64"
	"iter"
	"regexp"
	"slices"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// isDataURL tells a data: URL by its scheme.
func isDataURL(url []byte) bool {
	if len(url) > 0 && url[0] > ' ' && url[0]|0x20 != 'd' {
		return false
	}
	url = trimURL(url)
	return len(url) >= 5 && equalFold(url[:5], "data:")
}

// A dataURL is what a data: URL says (Fetch standard, "data: URL processor").
type dataURL struct {
	essence string // its media type in lower case without parameters, "" if it names none
	charset string // the parameter
	body    []byte
}

// dataURLs yields a data: URL as browsers read it. In one Chromium keeps the tabs and line ends
// that are taken out of all other URLs, and that the URL standard (section 4.4) takes out of
// these, too. It yields nothing for other URLs.
func dataURLs(url []byte) iter.Seq[dataURL] {
	return func(yield func(dataURL) bool) {
		stripped := trimURL(url)
		if d, ok := cutDataURL(stripped); ok && !yield(d) {
			return
		}
		if trimmed := trimControls(url); len(trimmed) != len(stripped) {
			if d, ok := cutDataURL(trimmed); ok {
				yield(d)
			}
		}
	}
}

// cutDataURL reads a data: URL that is trimmed. ok is false for other URLs.
func cutDataURL(url []byte) (d dataURL, ok bool) {
	if len(url) < 5 || !equalFold(url[:5], "data:") {
		return d, false
	}
	rest := bytes.TrimPrefix(url[5:], []byte("//")) // as Chromium does
	if i := bytes.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	head, data, found := bytes.Cut(rest, []byte{','})
	if !found {
		return d, false
	}
	head = bytes.ToLower(bytes.TrimSpace(head))
	d.body = percentDecoded(data)
	if params, found := bytes.CutSuffix(head, []byte("base64")); found {
		params = bytes.TrimRight(params, " ")
		if head, found = bytes.CutSuffix(params, []byte{';'}); found {
			if d.body = forgivingBase64(d.body); d.body == nil {
				return d, false
			}
		}
	}
	kind, params, _ := bytes.Cut(head, []byte{';'})
	for param := range bytes.SplitSeq(params, []byte{';'}) {
		if name, value, _ := bytes.Cut(param, []byte{'='}); string(bytes.TrimSpace(name)) == "charset" {
			d.charset = string(bytes.Trim(value, ` "`))
			break
		}
	}
	d.essence = string(bytes.TrimSpace(kind))
	return d, true
}

// declaration finds what a document, or a style sheet, may say of its own encoding: in a
// <meta>, an XML declaration, or @charset.
var declaration = regexp.MustCompile(`(?i)(?:charset|encoding)[\s=]*["']?\s*([\w.:-]+)`)

// prescanned is how many bytes browsers look through for it (HTML section 13.2.3.2).
const prescanned = 1024

// texts yields the body as UTF-8, by each encoding that may be meant: that of its byte order
// mark, that of its parameter, that of the element that names the URL, and those that the body
// declares. Which of them counts depends on what it is.
func (d *dataURL) texts(ofElement string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		if !yield(utf8Text(d.body, encoding.Nop.NewDecoder())) {
			return
		}
		labels := []string{d.charset, ofElement}
		for _, found := range declaration.FindAllSubmatch(d.body[:min(len(d.body), prescanned)], 4) {
			labels = append(labels, string(found[1]))
		}
		for i, label := range labels {
			if label == "" || slices.Contains(labels[:i], label) {
				continue
			}
			if enc, err := htmlindex.Get(label); err == nil && !yield(utf8Text(d.body, enc.NewDecoder())) {
				return
			}
		}
	}
}

// trimURL takes away what the URL standard does before parsing (section 4.4):
// C0 controls and spaces around, tabs and line ends within.
func trimURL(url []byte) []byte {
	url = trimControls(url)
	if !bytes.ContainsAny(url, "\t\n\r") {
		return url
	}
	out := make([]byte, 0, len(url))
	for _, c := range url {
		if c != '\t' && c != '\n' && c != '\r' {
			out = append(out, c)
		}
	}
	return out
}

// trimControls takes away C0 controls and spaces around.
func trimControls(url []byte) []byte {
	return bytes.TrimFunc(url, func(c rune) bool { return c <= ' ' })
}

func percentDecoded(text []byte) []byte {
	if bytes.IndexByte(text, '%') < 0 {
		return text
	}
	return percent.Append(make([]byte, 0, len(text)), text)
}

// forgivingBase64 is the Infra standard's forgiving-base64 decode. It returns
// nil for a failure.
func forgivingBase64(text []byte) []byte {
	clean := make([]byte, 0, len(text))
	for _, c := range text {
		if !isSpace(c) {
			clean = append(clean, c)
		}
	}
	if len(clean)%4 == 0 {
		clean = bytes.TrimSuffix(bytes.TrimSuffix(clean, []byte{'='}), []byte{'='})
	}
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(clean)))
	n, err := base64.RawStdEncoding.Decode(out, clean)
	if err != nil {
		return nil
	}
	return out[:n]
}

// cutScriptURL returns the code of a javascript: URL.
func cutScriptURL(url []byte) ([]byte, bool) {
	const scheme = "javascript:"
	url = trimURL(url)
	if len(url) < len(scheme) || !equalFold(url[:len(scheme)], scheme) {
		return nil, false
	}
	return percentDecoded(url[len(scheme):]), true
}

// utf8Text returns text as UTF-8: by its byte order mark, else by a decoder (Encoding
// standard, "decode"). Text that cannot be decoded is returned as it is.
func utf8Text(text []byte, fallback *encoding.Decoder) []byte {
	out, _, err := transform.Bytes(unicode.BOMOverride(fallback), text)
	if err != nil {
		return text
	}
	return out
}
