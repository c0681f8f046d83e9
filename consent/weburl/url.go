package weburl

import "bytes"

// URL is a parsed URL of a scheme that fetches from a host: http, https, ws,
// wss or ftp. The zero value is ready for Parse.
//
// The slices may point into the parsed input, into the base, or into a
// scratch buffer of the URL itself. They are valid until the input or the
// base changes or Parse is called again; callers must not write to them. Use
// Clone to keep one. A URL is not safe for concurrent Parse calls.
type URL struct {
	Scheme []byte // lower case, without the colon
	Host   []byte // lower-case ASCII, no trailing dot; IPv6 in brackets; never empty
	Port   []byte // decimal digits; empty for the scheme's default
	Path   []byte // starts with a slash; canonical as the package doc says
	Query  []byte // as written, without the question mark; the fragment is dropped

	loose bool // in Guess

	// buf is the scratch buffer. Parse appends to it only, so a slice taken
	// from it stays intact even when a later append moves the buffer.
	buf []byte
}

// Parse reads raw (an attribute's value with character references decoded)
// relative to base, which may be nil when there is none. base must not be u.
//
// It reports false, and leaves u unspecified, when a browser would not fetch
// anything from a host: the URL is invalid, or relative without a base, or
// of another scheme (data:, javascript:, blob:, mailto:, file: …).
func (u *URL) Parse(raw []byte, base *URL) bool {
	u.buf = u.buf[:0]
	return u.split(u.trim(raw), base)
}

// Guess reads what Parse refuses as some browser may read it, with the same
// arguments and results: Chromium asks for hosts with a space in them, and
// hosts of newer characters are valid to whoever has a newer Unicode table.
// The host is only good for telling whose it is, by its suffixes.
func (u *URL) Guess(raw []byte, base *URL) bool {
	u.loose = true
	ok := u.Parse(raw, base)
	u.loose = false
	return ok
}

// Clone returns a copy that owns all its bytes, for a page's base.
func (u *URL) Clone() URL {
	all := make([]byte, 0, len(u.Scheme)+len(u.Host)+len(u.Port)+len(u.Path)+len(u.Query))
	own := func(b []byte) []byte {
		start := len(all)
		all = append(all, b...)
		return all[start:len(all):len(all)]
	}
	return URL{Scheme: own(u.Scheme), Host: own(u.Host), Port: own(u.Port), Path: own(u.Path), Query: own(u.Query)}
}

// String returns the URL in one piece. It is for messages and tests; it
// allocates.
func (u *URL) String() string {
	var b bytes.Buffer
	b.Write(u.Scheme)
	b.WriteString("://")
	b.Write(u.Host)
	if len(u.Port) > 0 {
		b.WriteByte(':')
		b.Write(u.Port)
	}
	b.Write(u.Path)
	if len(u.Query) > 0 {
		b.WriteByte('?')
		b.Write(u.Query)
	}
	return b.String()
}

// trim drops what the basic URL parser drops before it starts: C0 controls
// and spaces at both ends, and tabs and newlines everywhere.
func (u *URL) trim(raw []byte) []byte {
	for len(raw) > 0 && raw[0] <= ' ' {
		raw = raw[1:]
	}
	for len(raw) > 0 && raw[len(raw)-1] <= ' ' {
		raw = raw[:len(raw)-1]
	}
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\t') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		return raw
	}
	start := len(u.buf)
	for _, c := range raw {
		if c != '\t' && c != '\n' && c != '\r' {
			u.buf = append(u.buf, c)
		}
	}
	return u.buf[start:len(u.buf):len(u.buf)]
}
