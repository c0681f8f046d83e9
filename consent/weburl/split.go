package weburl

import (
	"bytes"
	"strconv"
)

// scheme is one of the special schemes that name a host (URL standard §4.2).
// file: is special too, but what it fetches is on the visitor's own disk.
type scheme struct {
	name []byte
	port int // the default
}

var schemes = [...]scheme{
	{[]byte("https"), 443},
	{[]byte("http"), 80},
	{[]byte("wss"), 443},
	{[]byte("ws"), 80},
	{[]byte("ftp"), 21},
}

var rootPath = []byte("/")

// split is the standard's state machine (§4.4, basic URL parser) for special
// schemes, which is far smaller than the whole: there are no opaque paths
// and no empty hosts.
func (u *URL) split(in []byte, base *URL) bool {
	s, rest, state := cutScheme(in)
	switch state {
	case otherScheme:
		return false
	case noScheme:
		if base == nil {
			return false
		}
		return u.relative(in, base)
	}
	// "Special relative or authority": `https:x` means ./x on an https page
	// and https://x/ everywhere else. Both lead to the same place when two
	// slashes follow, so the relative parser serves both.
	if base != nil && bytes.Equal(base.Scheme, s.name) {
		return u.relative(rest, base)
	}
	for len(rest) > 0 && isSlash(rest[0]) {
		rest = rest[1:]
	}
	return u.authority(s, rest)
}

// relative parses a reference without a scheme (relative state).
func (u *URL) relative(ref []byte, base *URL) bool {
	if len(ref) >= 2 && isSlash(ref[0]) && isSlash(ref[1]) {
		s := findScheme(base.Scheme)
		if s == nil {
			return false
		}
		for len(ref) > 0 && isSlash(ref[0]) { // special authority ignore slashes state
			ref = ref[1:]
		}
		return u.authority(s, ref)
	}
	u.Scheme, u.Host, u.Port = base.Scheme, base.Host, base.Port
	path, query, hasQuery := cutPath(ref)
	switch {
	case len(path) == 0:
		u.Path = base.Path
		u.Query = query
		if !hasQuery {
			u.Query = base.Query
		}
		return true
	case isSlash(path[0]):
		u.Path = u.canonicalPath(nil, path)
	default:
		// The reference replaces the base's last segment.
		dir := base.Path[:max(0, bytes.LastIndexByte(base.Path, '/'))]
		u.Path = u.canonicalPath(dir, path)
	}
	u.Query = query
	return true
}

// authority parses everything after "scheme://": userinfo, host, port, and
// what follows them.
func (u *URL) authority(s *scheme, in []byte) bool {
	end := 0
	for end < len(in) && in[end] != '?' && in[end] != '#' && !isSlash(in[end]) {
		end++
	}
	auth, rest := in[:end], in[end:]
	// The last @ ends the userinfo, however many there are.
	if at := bytes.LastIndexByte(auth, '@'); at >= 0 {
		auth = auth[at+1:]
	}
	host, port, ok := cutPort(auth)
	if !ok || len(host) == 0 {
		return false
	}
	u.Scheme = s.name
	if u.Host = u.canonicalHost(host); u.Host == nil {
		return false
	}
	if !u.setPort(port, s.port) {
		return false
	}
	path, query, _ := cutPath(rest)
	u.Path = rootPath
	if len(path) > 0 {
		u.Path = u.canonicalPath(nil, path)
	}
	u.Query = query
	return true
}

// setPort drops the default port and leading zeros, and refuses what is not
// a 16-bit number (port state).
func (u *URL) setPort(digits []byte, defaultPort int) bool {
	u.Port = nil
	if len(digits) == 0 {
		return true
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	if len(digits) > 5 {
		return false
	}
	n, err := strconv.Atoi(string(digits)) // no allocation: the string does not escape
	if err != nil || n > 65535 {
		return false
	}
	if n != defaultPort {
		u.Port = digits
	}
	return true
}

// cutPort splits host:port at the first colon outside brackets. It reports
// false for a port that is not made of digits.
func cutPort(auth []byte) (host, port []byte, ok bool) {
	inside := false
	for i, c := range auth {
		switch c {
		case '[':
			inside = true
		case ']':
			inside = false
		case ':':
			if inside {
				continue
			}
			for _, d := range auth[i+1:] {
				if d < '0' || d > '9' {
					return nil, nil, false
				}
			}
			return auth[:i], auth[i+1:], true
		}
	}
	return auth, nil, true
}

// cutPath splits path?query#fragment and forgets the fragment, which is
// never sent.
func cutPath(in []byte) (path, query []byte, hasQuery bool) {
	if i := bytes.IndexByte(in, '#'); i >= 0 {
		in = in[:i]
	}
	path, query, hasQuery = bytes.Cut(in, []byte{'?'})
	return path, query, hasQuery
}

type schemeState uint8

const (
	noScheme schemeState = iota
	knownScheme
	otherScheme
)

// cutScheme reads "letter (letter|digit|+|-|.)* :" (scheme start state, scheme
// state).
func cutScheme(in []byte) (*scheme, []byte, schemeState) {
	for i, c := range in {
		switch {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			if s := findScheme(in[:i]); s != nil {
				return s, in[i+1:], knownScheme
			}
			return nil, nil, otherScheme
		default:
			return nil, nil, noScheme
		}
	}
	return nil, nil, noScheme
}

// findScheme compares without regard to case.
func findScheme(name []byte) *scheme {
next:
	for i := range schemes {
		s := &schemes[i]
		if len(s.name) != len(name) {
			continue
		}
		for j, c := range name {
			if c|0x20 != s.name[j] {
				continue next
			}
		}
		return s
	}
	return nil
}

// isSlash is true for both slashes: in special schemes they mean the same.
func isSlash(c byte) bool { return c == '/' || c == '\\' }
