package rewrite

import (
	"bytes"
	"iter"
)

// RefreshURLs goes through what browsers take for the URL to which a Refresh
// header or a meta refresh leads, by the shared declarative refresh steps (HTML
// section 4.2.5.3). There is none if the page reloads itself, or nothing.
//
// It accepts what some browser accepts. Chromium strips Unicode's white space
// around the time and around the URL. Browsers agree on the URL unless it is
// quoted: then the next quote ends it in the standard, the last one in Chromium
// ('http://a'.host/' is at a'.host), and the URL of the standard comes first.
func RefreshURLs(content []byte) iter.Seq[[]byte] {
	return func(yield func(url []byte) bool) {
		start, quote, ok := refreshStart(content)
		if !ok {
			return
		}
		rest := content[start:]
		if quote == 0 {
			yield(bytes.TrimSpace(rest))
			return
		}
		upToNext, _, _ := bytes.Cut(rest, []byte{quote})
		upToNext = bytes.TrimSpace(upToNext)
		if !yield(upToNext) {
			return
		}
		upToLast := rest
		if n := bytes.LastIndexByte(rest, quote); n > 0 {
			upToLast = rest[:n]
		}
		upToLast = bytes.TrimSpace(upToLast)
		if len(upToLast) != len(upToNext) {
			yield(upToLast)
		}
	}
}

// refreshStart finds where the URL begins, and by which quote if by any.
func refreshStart(content []byte) (start int, quote byte, ok bool) {
	i := skipBlank(content, 0)
	time := i
	for i < len(content) && (content[i] >= '0' && content[i] <= '9' || content[i] == '.') {
		i++
	}
	if i == time {
		return 0, 0, false
	}
	if n := skipBlank(content, i); n < len(content) && (content[n] == ';' || content[n] == ',') {
		i = n + 1
	} else if i < len(content) && !isSpace(content[i]) {
		return 0, 0, false
	}
	i = skipSpace(content, i)
	if i == len(content) {
		return 0, 0, false
	}
	// "url=" may be left out; half of it is the beginning of a URL.
	if n := i + len("url"); n <= len(content) && equalFold(content[i:n], "url") {
		if n = skipSpace(content, n); n < len(content) && content[n] == '=' {
			i = skipSpace(content, n+1)
		}
	}
	if i < len(content) && (content[i] == '\'' || content[i] == '"') {
		return i + 1, content[i], true
	}
	return i, 0, true
}

// skipBlank skips white space of any kind, and with it all that is neither
// ASCII nor visible: such a byte is never a part of a time.
func skipBlank(b []byte, i int) int {
	for i < len(b) && (b[i] <= ' ' || b[i] >= 0x7f) {
		i++
	}
	return i
}
