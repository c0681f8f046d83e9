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

// hidesLetters tells whether there are escapes by number.
func hidesLetters(script []byte) bool {
	for {
		i := bytes.IndexByte(script, '\\')
		if i < 0 || i+1 == len(script) {
			return false
		}
		if c := script[i+1]; c == 'x' || c == 'u' || '0' <= c && c <= '9' {
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
		case isQuote(script[0]) && beginsWithHost(script[1:]):
			return true
		}
	}
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
		if len(script) == 0 || script[0] != '/' {
			continue
		}
		script = script[1:]
		raw, rest, whole := rawURL(append(space[:0], "//"...), script)
		if !whole {
			return true
		}
		script = rest
		if len(raw) > len("//") && u.Parse(raw, literalBase) && p.except.find(&u, site) == nil && p.urls.find(&u, site) != nil {
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
	if i < len(src) && isQuote(src[i]) {
		// A string ends. What is added to it belongs to the URL.
		j := i + 1
		for j < len(src) && isSpace(src[j]) {
			j++
		}
		if i == 0 || j < len(src) && (src[j] == '+' || beginsComment(src[j])) {
			return dst, src[i:], false
		}
	}
	return dst, src[i:], true
}
