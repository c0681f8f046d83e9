// Package cookieheader cuts Cookie header lines into cookies.
package cookieheader

import (
	"iter"
	"strings"
)

// Each yields the cookies of a raw Cookie header line as they were
// sent: split at ';', at the first '=', without the white space around either
// (RFC 6265bis §5.8.3 writes it, servers §4.2). net/http's reader drops
// values with quotes or backslashes, and names that are no tokens; consent
// cookies have all of these. A cookie without '=' has an empty name, as
// browsers mean it. Nothing is decoded and nothing is copied.
func Each(header string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for len(header) > 0 {
			var pair string
			pair, header, _ = strings.Cut(header, ";")
			if pair = TrimOWS(pair); pair == "" {
				continue
			}
			name, value, ok := strings.Cut(pair, "=")
			if !ok {
				name, value = "", pair
			}
			if !yield(TrimOWS(name), TrimOWS(value)) {
				return
			}
		}
	}
}

// Name is the name of the cookie in a pair: what stands between the semicolons of a Cookie header, or before the
// first of a Set-Cookie. A pair without '=', or without a name before it, is a cookie that has only a value: up to an
// '=' that counts as its name here, for that is how a browser sends it.
func Name(pair string) string {
	name, value, _ := strings.Cut(pair, "=")
	if name = TrimOWS(name); name == "" {
		name, _, _ = strings.Cut(value, "=")
		name = TrimOWS(name)
	}
	return name
}

// TrimOWS trims spaces and tabs: HTTP's optional white space.
func TrimOWS(s string) string { return strings.Trim(s, " \t") }
