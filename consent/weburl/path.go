package weburl

import (
	"bytes"

	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// CanonicalPath returns path as [URL.Path] would have it: dot segments
// resolved, unreserved characters decoded, the rest percent-encoded. It is
// for the paths of rules; '*' passes through. An empty path is one of a rule for a
// whole host, and stays empty.
func CanonicalPath(path string) string {
	if path == "" {
		return ""
	}
	var u URL
	return string(u.canonicalPath(nil, []byte(path)))
}

// canonicalPath resolves path against dir, a canonical path without its last
// segment and its slash (nil for an absolute path). It returns path itself
// when there is nothing to do.
func (u *URL) canonicalPath(dir, path []byte) []byte {
	if dir == nil && isCanonical(path) {
		return path
	}
	start := len(u.buf)
	u.buf = append(u.buf, dir...)
	if len(path) > 0 && isSlash(path[0]) {
		path = path[1:]
	}
	// Each turn pushes one segment with the slash before it (path state).
	for more := true; more; {
		var seg []byte
		seg, path, more = cutSegment(path)
		switch dots(seg) {
		case 2:
			if i := bytes.LastIndexByte(u.buf[start:], '/'); i >= 0 {
				u.buf = u.buf[:start+i]
			}
			if !more {
				u.buf = append(u.buf, '/')
			}
		case 1:
			if !more {
				u.buf = append(u.buf, '/')
			}
		default:
			u.buf = append(u.buf, '/')
			u.appendSegment(seg)
		}
	}
	return u.buf[start:len(u.buf):len(u.buf)]
}

func cutSegment(path []byte) (seg, rest []byte, more bool) {
	for i, c := range path {
		if isSlash(c) {
			return path[:i], path[i+1:], true
		}
	}
	return path, nil, false
}

// dots tells whether a segment is a single-dot (1) or double-dot (2) URL path
// segment. %2e counts as a dot.
func dots(seg []byte) int {
	n := 0
	for len(seg) > 0 && n < 3 {
		switch {
		case seg[0] == '.':
			seg = seg[1:]
		case len(seg) >= 3 && seg[0] == '%' && seg[1] == '2' && seg[2]|0x20 == 'e':
			seg = seg[3:]
		default:
			return 0
		}
		n++
	}
	if n > 2 {
		return 0
	}
	return n
}

const upperHex = "0123456789ABCDEF"

func (u *URL) appendSegment(seg []byte) {
	for i := 0; i < len(seg); i++ {
		c := seg[i]
		switch {
		case c == '%':
			b, ok := percent.At(seg[i:])
			if !ok {
				u.buf = append(u.buf, '%')
				continue
			}
			if unreserved(b) {
				u.buf = append(u.buf, b)
			} else {
				u.buf = append(u.buf, '%', upperHex[b>>4], upperHex[b&15])
			}
			i += 2
		case encodeInPath(c):
			u.buf = append(u.buf, '%', upperHex[c>>4], upperHex[c&15])
		default:
			u.buf = append(u.buf, c)
		}
	}
}

// isCanonical reports whether an absolute path needs no work at all. A dot
// after a slash may be a harmless ".well-known"; the slow way sorts that out.
func isCanonical(path []byte) bool {
	if path[0] != '/' {
		return false
	}
	for i, c := range path {
		if c == '%' || c == '\\' || encodeInPath(c) || c == '.' && path[i-1] == '/' {
			return false
		}
	}
	return true
}

// encodeInPath is the path percent-encode set (§1.3). ? and # cannot occur
// in a path that has been cut out of a URL.
func encodeInPath(c byte) bool {
	if c <= ' ' || c >= 0x7F {
		return true
	}
	switch c {
	case '"', '#', '<', '>', '?', '^', '`', '{', '}':
		return true
	}
	return false
}

// unreserved is RFC 3986 §2.3: encoding these changes nothing.
func unreserved(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return c == '-' || c == '.' || c == '_' || c == '~'
}
