package consent

import (
	"bytes"
	"sync"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// namesURL is a quick no to what scanLiterals finds out by cutting a script into
// tokens: false means that no literal in it can hold the URL of a vendor that is
// news, as the function of that name tells. It looks at the bytes wherever they
// stand, in comments and code, too, and says yes to all that takes more than a look:
// escapes that may hide a letter of a host, strings that are put together.
func (p *Policy) namesURL(script, site []byte, news func(vendor int) bool) bool {
	if encodesSlashes(script) {
		return true
	}
	switch hidden := hidesSlash(script); hidden {
	case plainSlashes:
		return addsHost(script) || p.namesHost(script, site, news)
	case numberedSlashes:
		space := slashSpace.Get().(*[]byte)
		defer slashSpace.Put(space)
		*space = appendSlashes((*space)[:0], script)
		return addsHost(*space) || p.namesHost(*space, site, news)
	default:
		return true
	}
}

// How slashes are written in a script.
type slashes uint8

const (
	plainSlashes    slashes = iota // as they are, or behind a backslash
	numberedSlashes                // some as \x2f or \u002f, as by those who write data into a page
	hiddenSlashes                  // in another way, or with a line that ends between two
)

// hidesSlash tells whether there are slashes that a look at the bytes does not see.
func hidesSlash(script []byte) slashes {
	hidden := plainSlashes
	for {
		i := bytes.IndexByte(script, '\\')
		if i < 0 || i+1 == len(script) {
			return hidden
		}
		script = script[i+1:]
		switch c := script[0]; c {
		case 'u', 'x':
			if numberedSlash(script) > 0 {
				hidden = numberedSlashes
			} else if hasPrefix(script, "u{") {
				return hiddenSlashes
			}
		case '0', '5': // octal
			if hasPrefix(script, "57") || hasPrefix(script, "057") {
				return hiddenSlashes
			}
		case '\n', '\r':
			return hiddenSlashes
		}
		script = script[1:]
	}
}

// numberedSlash is the length of what stands for a slash behind a backslash, or 0.
func numberedSlash(src []byte) int {
	for _, s := range [...]string{"u002F", "u002f", "x2F", "x2f"} {
		if hasPrefix(src, s) {
			return len(s)
		}
	}
	return 0
}

// encodesSlashes tells whether two slashes are percent-encoded somewhere.
func encodesSlashes(script []byte) bool {
	return bytes.Contains(script, []byte("%2F%2F")) || bytes.Contains(script, []byte("%2f%2f"))
}

// slashSpace has buffers for scripts with numbered slashes.
var slashSpace = sync.Pool{New: func() any { return new([]byte) }}

// appendSlashes appends the script to dst with its numbered slashes as they are.
func appendSlashes(dst, script []byte) []byte {
	for {
		i := bytes.IndexByte(script, '\\')
		if i < 0 {
			return append(dst, script...)
		}
		dst = append(dst, script[:i]...)
		if n := numberedSlash(script[i+1:]); n > 0 {
			dst, script = append(dst, '/'), script[i+1+n:]
		} else {
			pair := min(i+2, len(script)) // a backslash may stand behind a backslash
			dst, script = append(dst, script[i:pair]...), script[pair:]
		}
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
		script = script[skipSpace(script, i+1):]
		switch {
		case len(script) == 0:
			return false
		case beginsComment(script): // with a string behind it
			return true
		case (isQuote(script[0]) || script[0] == '}') && mayBeginWithHost(script[1:]): // or a template goes on
			return true
		}
	}
}

// mayBeginWithHost is beginsWithHost for text as it stands in a script, up to
// wherever it ends: with escapes, and with what may be added to it.
func mayBeginWithHost(text []byte) bool {
	for i, c := range text {
		switch {
		case c == '\\':
			var space [maxEscape]byte
			letter := appendUnescaped(space[:0], text[i:min(i+maxEscape, len(text))])
			return len(letter) == 0 || letter[0] == '/' || isHostByte(letter[0])
		case isQuote(c):
			return addsLiteral(text[i+1:])
		case !isHostByte(c):
			return c == '/' && beginsWithHost(text)
		}
	}
	return false
}

// maxEscape bounds what is looked at of an escape: the longest that is read is \u{000002f}.
const maxEscape = 12

func isHostByte(c byte) bool { return c == '.' || c == '-' || isWord[c] }

// addsLiteral tells whether a string may be added to the one that ends before src.
func addsLiteral(src []byte) bool {
	added := false
	for i, c := range src {
		switch {
		case isSpace(c):
		case beginsComment(src[i:]), beginsBlank(c): // perhaps
			return true
		case c == '+':
			added = true
		default:
			return added && isQuote(c)
		}
	}
	return false
}

// beginsComment tells whether a comment may begin here.
func beginsComment(src []byte) bool {
	for _, s := range [...]string{"//", "/*", "<!--", "-->"} {
		if hasPrefix(src, s) {
			return true
		}
	}
	return false
}

// namesHost tells whether there is a URL of a vendor that is news, or one that goes on elsewhere.
func (p *Policy) namesHost(script, site []byte, news func(vendor int) bool) bool {
	var u weburl.URL
	var space [512]byte
	for {
		i := bytes.IndexByte(script, '/')
		if i < 0 {
			return false
		}
		script = script[i+1:]
		for len(script) > 1 && script[0] == '\\' { // two of them in JSON within a string
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
		if len(raw) == len("//") && len(rest) > 0 && isQuote(rest[0]) {
			return true // a host that is a literal of its own may follow
		}
		if len(raw) > len("//") && u.Parse(raw, literalBase) && p.except.find(&u, site) == nil {
			if vendor := p.owner(&u, site); vendor >= 0 && news(vendor) {
				return true
			}
		}
	}
}

// rawURL appends to dst the rest of a URL at the start of src. whole is false if
// it cannot be told from here how the URL goes on.
func rawURL(dst, src []byte) (url, rest []byte, whole bool) {
	i := 0
	for i < len(src) && (!endsURL(src[i]) || src[i] == '\\') {
		switch {
		case src[i] == '\\':
			i++
			switch {
			case i == len(src) || bytes.IndexByte([]byte("xu01234567\r\n"), src[i]) >= 0:
				return dst, src[i:], false
			case bytes.IndexByte([]byte("nrtbfv"), src[i]) >= 0 || endsURL(src[i]):
				return dst, src[i+1:], true
			}
		case src[i] == '$' && i+1 < len(src) && src[i+1] == '{':
			return dst, src[i:], false
		}
		dst = append(dst, src[i])
		i++
	}
	// Where a string ends, what is added to it belongs to the URL.
	if i < len(src) && isQuote(src[i]) && addsLiteral(src[i+1:]) {
		return dst, src[i:], false
	}
	return dst, src[i:], true
}
