package consent

import (
	"bytes"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// namesURL is a quick no to what scanLiterals finds out by cutting a script into
// tokens: false means that no literal in it can hold a vendor's URL. It looks at
// the bytes wherever they stand, in comments and code, too, and says yes to all
// that takes more than a look: escapes that may hide a slash or a letter of a
// host, strings that are put together.
func (p *Policy) namesURL(script, site []byte) bool {
	return hidesLetters(script) || addsHost(script) || p.namesHost(script, site)
}

// hidesLetters tells whether there are escapes by number, or lines that go on.
func hidesLetters(script []byte) bool {
	for {
		i := bytes.IndexByte(script, '\\')
		if i < 0 || i+1 == len(script) {
			return false
		}
		if c := script[i+1]; c == 'x' || c == 'u' || '0' <= c && c <= '9' || c == '\n' || c == '\r' {
			return true
		}
		script = script[i+2:]
	}
}

// addsHost tells whether what may be the rest of a URL from its host on is added
// to something.
func addsHost(script []byte) bool {
	for {
		i := bytes.IndexByte(script, '+')
		if i < 0 {
			return false
		}
		for i++; i < len(script) && isSpace(script[i]); {
			i++
		}
		script = script[i:]
		switch {
		case len(script) == 0:
			return false
		case beginsComment(script[0]): // with a string behind it
			return true
		case isQuote(script[0]) && mayBeginWithHost(script[1:]):
			return true
		}
	}
}

// mayBeginWithHost is beginsWithHost for text as it stands in a script, up to
// wherever it ends: with escapes, and with what may be added to it.
func mayBeginWithHost(text []byte) bool {
	for i, c := range text {
		switch {
		case c == '\\': // a letter, unless it is one that no host has
			return i+1 < len(text) && bytes.IndexByte([]byte("nrtbfv\"'`\\"), text[i+1]) < 0
		case isQuote(c):
			return addsLiteral(text[i+1:])
		case c != '.' && c != '-' && !isWord[c]:
			return beginsWithHost(text)
		}
	}
	return false
}

// addsLiteral tells whether a string may be added to the one that ends before src.
func addsLiteral(src []byte) bool {
	added := false
	for _, c := range src {
		switch {
		case isSpace(c):
		case c == '+':
			added = true
		default:
			return beginsComment(c) || added && isQuote(c)
		}
	}
	return false
}

// beginsComment tells what a comment may begin with: "//", "/*", "<!--", "-->".
func beginsComment(c byte) bool { return c == '/' || c == '<' || c == '-' }

// namesHost tells whether there is a vendor's URL, or one that goes on elsewhere.
func (p *Policy) namesHost(script, site []byte) bool {
	var u weburl.URL
	var space [512]byte
	for {
		i := bytes.IndexByte(script, '/')
		if i < 0 {
			return false
		}
		script = script[i+1:]
		if len(script) > 1 && script[0] == '\\' {
			script = script[1:]
		}
		switch {
		case len(script) == 0:
			return false
		case isQuote(script[0]) && addsLiteral(script[1:]):
			return true // a slash, and perhaps another
		case script[0] != '/':
			continue
		}
		script = script[1:]
		raw, rest, whole := rawURL(append(space[:0], "//"...), script)
		if !whole {
			return true
		}
		script = rest
		if len(raw) > len("//") && u.Parse(raw, literalBase) && p.except.find(&u, site) == nil && p.owner(&u, site) >= 0 {
			return true
		}
	}
}

// rawURL appends to dst the rest of a URL at the start of src. whole is false if
// it cannot be told from here how the URL goes on, or where it began.
func rawURL(dst, src []byte) (url, rest []byte, whole bool) {
	i := 0
	for i < len(src) && (!endsURL(src[i]) || src[i] == '\\') {
		switch {
		case src[i] == '\\':
			if i+1 == len(src) || src[i+1] != '/' {
				return dst, src[i:], false
			}
			i++
		case src[i] == '$' && i+1 < len(src) && src[i+1] == '{':
			return dst, src[i:], false
		}
		dst = append(dst, src[i])
		i++
	}
	// Where a string ends, what is added to it belongs to the URL.
	if i < len(src) && isQuote(src[i]) && (i == 0 || addsLiteral(src[i+1:])) {
		return dst, src[i:], false
	}
	return dst, src[i:], true
}
