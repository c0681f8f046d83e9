package oracle

import (
	"encoding/base64"
	"mime"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
)

// URLs that hold what they stand for: javascript: and data:.

// tidyURL does what the URL parser does before it looks at a scheme.
func tidyURL(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
	return strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
}

// javascriptURL returns the code of a javascript: URL.
func javascriptURL(s string) (code string, ok bool) {
	s = tidyURL(s)
	const scheme = "javascript:"
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return "", false
	}
	return percentDecode(s[len(scheme):]), true
}

// dataURL returns the MIME type essence and the decoded content of a data: URL.
func dataURL(s string) (essence, body string, ok bool) {
	s = tidyURL(s)
	const scheme = "data:"
	if len(s) < len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return "", "", false
	}
	s, _, _ = strings.Cut(s[len(scheme):], "#")
	head, body, found := strings.Cut(s, ",")
	if !found {
		return "", "", true
	}
	body = percentDecode(body)
	head = strings.TrimSpace(head)
	if n := strings.LastIndexByte(head, ';'); n >= 0 && strings.EqualFold(strings.TrimSpace(head[n+1:]), "base64") {
		head = head[:n]
		b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Join(strings.Fields(body), ""), "="))
		if err != nil {
			return "", "", true
		}
		body = string(b)
	}
	essence, params, err := mime.ParseMediaType(head)
	if err != nil {
		essence, _, _ = strings.Cut(strings.ToLower(head), ";")
		essence = strings.TrimSpace(essence)
	}
	switch cs := strings.ToLower(params["charset"]); cs {
	case "utf-16", "utf-16le", "utf-16be":
		body = decodeUTF16([]byte(body), cs == "utf-16be")
	}
	return essence, body, true
}

func decodeUTF16(b []byte, big bool) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		lo, hi := b[i], b[i+1]
		if big {
			lo, hi = hi, lo
		}
		units = append(units, uint16(hi)<<8|uint16(lo))
	}
	return string(utf16.Decode(units))
}

// percentDecode decodes what is well-formed and leaves the rest.
var percentPattern = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

func percentDecode(s string) string {
	return percentPattern.ReplaceAllStringFunc(s, func(m string) string {
		b, _ := url.PathUnescape(m)
		return b
	})
}
