package rewrite

import (
	"bytes"
	"encoding/base64"

	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// isDataURL tells a data: URL by its scheme.
func isDataURL(url []byte) bool {
	if len(url) > 0 && url[0] > ' ' && url[0]|0x20 != 'd' {
		return false
	}
	url = trimURL(url)
	return len(url) >= 5 && equalFold(url[:5], "data:")
}

// cutDataURL reads a data: URL (Fetch standard, "data: URL processor"): its
// media type in lower case without parameters, "" if it names none, its
// charset parameter, and its body. ok is false for other URLs.
func cutDataURL(url []byte) (essence, charset string, body []byte, ok bool) {
	url = trimURL(url)
	if len(url) < 5 || !equalFold(url[:5], "data:") {
		return "", "", nil, false
	}
	rest := url[5:]
	if i := bytes.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	head, data, found := bytes.Cut(rest, []byte{','})
	if !found {
		return "", "", nil, false
	}
	head = bytes.ToLower(bytes.TrimSpace(head))
	body = percentDecoded(data)
	if params, found := bytes.CutSuffix(head, []byte("base64")); found {
		params = bytes.TrimRight(params, " ")
		if head, found = bytes.CutSuffix(params, []byte{';'}); found {
			if body = forgivingBase64(body); body == nil {
				return "", "", nil, false
			}
		}
	}
	kind, params, _ := bytes.Cut(head, []byte{';'})
	for param := range bytes.SplitSeq(params, []byte{';'}) {
		if name, value, _ := bytes.Cut(param, []byte{'='}); string(bytes.TrimSpace(name)) == "charset" {
			charset = string(bytes.Trim(value, ` "`))
			break
		}
	}
	return string(bytes.TrimSpace(kind)), charset, body, true
}

// trimURL takes away what the URL standard does before parsing (section 4.4):
// C0 controls and spaces around, tabs and line ends within.
func trimURL(url []byte) []byte {
	url = bytes.TrimFunc(url, func(c rune) bool { return c <= ' ' })
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

func percentDecoded(text []byte) []byte {
	if bytes.IndexByte(text, '%') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			hi, ok1 := hexDigit(text[i+1])
			lo, ok2 := hexDigit(text[i+2])
			if ok1 && ok2 {
				out = append(out, hi<<4|lo)
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
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

// utf8Text returns text as UTF-8, given the charset that its data: URL names:
// by its byte order mark, else by that (Encoding standard, "decode"). Text in
// an encoding that nobody knows is returned as it is.
func utf8Text(text []byte, charset string) []byte {
	fallback := transform.Transformer(transform.Nop)
	if enc, err := htmlindex.Get(charset); err == nil {
		fallback = enc.NewDecoder()
	}
	out, _, err := transform.Bytes(unicode.BOMOverride(fallback), text)
	if err != nil {
		return text
	}
	return out
}
