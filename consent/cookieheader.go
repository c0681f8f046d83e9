package consent

import (
	"iter"
	"strings"
)

// EachCookie yields the cookies of a raw Cookie header line as they were
// sent: split at ';', at the first '=', without the white space around either
// (RFC 6265bis §5.8.3 writes it, servers §4.2). net/http's reader drops
// values with quotes or backslashes, and names that are no tokens; consent
// cookies have all of these. A cookie without '=' has an empty name, as
// browsers mean it. Nothing is decoded and nothing is copied.
func EachCookie(header string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for len(header) > 0 {
			var pair string
			pair, header, _ = strings.Cut(header, ";")
			if pair = trimOWS(pair); pair == "" {
				continue
			}
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				name, value = "", pair
			}
			if !yield(trimOWS(name), trimOWS(value)) {
				return
			}
		}
	}
}

// trimOWS trims spaces and tabs: HTTP's optional white space.
func trimOWS(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

// FilterCookies takes the cookies out of a raw Cookie header line that the
// decision does not let the backend see; the rest stays as it is, to the
// byte. removed is called with the name of each that goes. An empty result
// means that none is left. If all stay, the result is header itself.
func (p *Policy) FilterCookies(header string, d *Decision, removed func(name string, v CookieVerdict)) string {
	if p.AllCookiesPass(d) {
		return header
	}
	var kept strings.Builder
	from, changed := 0, false // header[from:] has not been copied
	for at := 0; at < len(header); {
		end := strings.IndexByte(header[at:], ';')
		if end < 0 {
			end = len(header)
		} else {
			end += at
		}
		name := cookieName(header[at:end])
		v := p.Cookie(name, d)
		next := min(end+1, len(header))
		if name != "" && !v.Allow {
			if !changed {
				kept.Grow(len(header))
				changed = true
			}
			kept.WriteString(header[from:at])
			removed(name, v)
			from = next
		}
		at = next
	}
	if !changed {
		return header
	}
	kept.WriteString(header[from:])
	// What is left at either end was between two cookies.
	return strings.Trim(kept.String(), "; \t")
}

// cookieName is the name in one pair of a Cookie header. A pair without '='
// is a cookie that has only a value: that counts as its name.
func cookieName(pair string) string {
	name, _, _ := strings.Cut(trimOWS(pair), "=")
	if name = trimOWS(name); name == "" {
		_, value, _ := strings.Cut(trimOWS(pair), "=")
		name, _, _ = strings.Cut(value, "=")
	}
	return trimOWS(name)
}
