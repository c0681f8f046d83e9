package rewrite

import (
	"bytes"
	"iter"
	"unicode"
)

// RefreshURL finds the URL to which a Refresh header or a meta refresh leads:
// content[start:end], by the shared declarative refresh steps (HTML section
// 4.2.5.3). ok is false if there is none: the page reloads itself, or nothing.
//
// It accepts what some browser accepts. Chromium strips Unicode's white space
// around the time and around the URL.
func RefreshURL(content []byte) (start, end int, ok bool) {
	start, quote, ok := refreshStart(content)
	if !ok {
		return 0, 0, false
	}
	end = len(content)
	if quote != 0 {
		if n := bytes.IndexByte(content[start:], quote); n >= 0 {
			end = start + n
		}
	}
	start, end = trimRefresh(content, start, end)
	return start, end, true
}

// RefreshURLs goes through what browsers take for the URL. They agree unless
// it is quoted: in the standard the next quote ends it, in Chromium the last
// ('http://a'.host/' is at a'.host).
func RefreshURLs(content []byte) iter.Seq[[]byte] {
	return func(yield func(url []byte) bool) {
		start, end, ok := RefreshURL(content)
		if !ok || !yield(content[start:end]) {
			return
		}
		start, quote, _ := refreshStart(content)
		if quote == 0 {
			return
		}
		last := len(content)
		if n := bytes.LastIndexByte(content[start:], quote); n > 0 {
			last = start + n
		}
		if start, last = trimRefresh(content, start, last); last != end {
			yield(content[start:last])
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

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace(b[i]) {
		i++
	}
	return i
}

// skipBlank skips white space of any kind, and with it all that is neither
// ASCII nor visible: such a byte is never a part of a time.
func skipBlank(b []byte, i int) int {
	for i < len(b) && (b[i] <= ' ' || b[i] >= 0x7f) {
		i++
	}
	return i
}

// trimRefresh takes white space off a URL.
func trimRefresh(content []byte, start, end int) (int, int) {
	url := bytes.TrimLeftFunc(content[start:end], unicode.IsSpace)
	start = end - len(url)
	return start, start + len(bytes.TrimRightFunc(url, unicode.IsSpace))
}
