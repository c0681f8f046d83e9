package consent

import (
	"iter"
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/cookieheader"
)

// EachCookie yields the cookies of a raw Cookie header line as they were
// sent, for names and values that net/http's reader drops: with quotes,
// backslashes, or colons. A cookie without '=' has an empty name, as browsers
// mean it. Nothing is decoded and nothing is copied.
func EachCookie(header string) iter.Seq2[string, string] { return cookieheader.Each(header) }

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
		name := cookieheader.Name(header[at:end])
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
