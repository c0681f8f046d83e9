package rewrite

import (
	"bytes"
	"slices"
)

// cssScanner finds the URLs in CSS, one at each call of next.
type cssScanner struct {
	src []byte
	pos int

	// The URL found: src[urlStart:urlEnd] is what stands for it, without
	// quotes; url is its value.
	urlStart, urlEnd int
	url              []byte
	kind             Kind
	// unknown says that the URL is not in the CSS: src[urlStart:urlEnd] names an attribute, whose
	// value it is on each element.
	unknown bool

	scratch []byte

	rule  cssRule
	floor int // no name begins before this
	// depth counts the functions and parentheses around pos. urls has a bit for each of the
	// outer 64, the outermost first: whether the strings in it are URLs.
	urls  uint64
	depth int
}

// cssRule is the at-rule around pos, as far as it matters.
type cssRule uint8

const (
	ruleNone cssRule = iota
	ruleImport
	ruleNamespace // its URL is a name, and never fetched
)

// boring are the bytes that next passes over. Those of names are among them:
// a name is read backwards from the '(' behind it.
var boring = allBut("\"'/@\\(){};")

// boringOutside are those that it passes over outside of at-rules and functions, where there is nothing
// that a ')', a ';' or a brace could end.
var boringOutside = allBut("\"'/@\\(")

// next finds the next URL that is fetched. It reports false at the end.
func (s *cssScanner) next() bool {
	src := s.src
	for {
		i := s.pos
		if s.rule == ruleNone && s.depth == 0 {
			for i < len(src) && boringOutside[src[i]] {
				i++
			}
		}
		for i < len(src) && boring[src[i]] {
			i++
		}
		s.pos = i
		if i == len(src) {
			return false
		}
		switch c := src[i]; c {
		case '"', '\'':
			if s.str(c) {
				return true
			}
		case '/':
			s.pos++
			if s.pos < len(src) && src[s.pos] == '*' {
				n := bytes.Index(src[s.pos+1:], []byte("*/"))
				if n < 0 {
					s.pos = len(src)
					return false
				}
				s.pos += n + 3
			}
		case '@':
			s.pos++
			name := s.name()
			s.floor = s.pos // "@url(" is no function
			if len(name) > 0 {
				switch {
				case equalFold(name, "import"):
					s.rule = ruleImport
				case equalFold(name, "namespace"):
					s.rule = ruleNamespace
				}
			}
		case '\\':
			// An escape in a name, the beginning of which was passed over.
			start := s.nameBefore(i)
			if !startsEscape(src[i:]) {
				s.pos++
				continue
			}
			s.pos = start
			name := s.name()
			if s.pos < len(src) && src[s.pos] == '(' && s.function(name, start) {
				return true
			}
		case '(':
			start := s.nameBefore(i)
			if s.function(src[start:i], start) {
				return true
			}
		case ')':
			s.pos++
			if s.depth > 0 {
				s.depth--
			}
		default: // ';', '{', '}'
			s.pos++
			if s.depth == 0 || c != ';' {
				s.rule = ruleNone
			}
		}
	}
}

// nameBefore is where the name that ends before i begins.
func (s *cssScanner) nameBefore(i int) int {
	for i > s.floor && isNameByte(s.src[i-1]) {
		i--
	}
	return i
}

func (s *cssScanner) open(takesURLs bool) {
	if s.depth < 64 {
		s.urls &^= 1 << s.depth
		if takesURLs {
			s.urls |= 1 << s.depth
		}
	}
	s.depth++
}

// inURLFunction tells whether strings are URLs here. Deeper nesting than is
// tracked counts as such.
func (s *cssScanner) inURLFunction() bool {
	n := min(s.depth, 64)
	return s.depth > 64 || n > 0 && s.urls&(^uint64(0)>>(64-n)) != 0
}

// function reads the '(' at pos, behind a name that begins at start. It reports true if
// that makes a URL: a url token, or attr() where strings are URLs.
func (s *cssScanner) function(name []byte, start int) bool {
	s.pos++
	s.floor = s.pos
	// "#url(" and "10url(" are no functions of that name.
	if len(name) == 0 || start > 0 && s.src[start-1] == '#' || '0' <= name[0] && name[0] <= '9' {
		s.open(false)
		return false
	}
	switch {
	case equalFold(name, "url"):
		return s.urlToken()
	case equalFold(name, "attr") && s.inURLFunction():
		return s.attribute()
	}
	s.open(slices.ContainsFunc(urlFunctions[:], func(f string) bool { return equalFold(name, f) }))
	return false
}

// urlToken reads what follows "url(" (CSS Syntax section 4.3.6).
func (s *cssScanner) urlToken() bool {
	i := skipSpace(s.src, s.pos)
	if i < len(s.src) && (s.src[i] == '"' || s.src[i] == '\'') {
		s.open(true) // a function with a string, and perhaps modifiers
		s.pos = i
		return false
	}
	s.urlStart = i
	last := i // white space before this is the URL's own
	for i < len(s.src) && s.src[i] != ')' {
		if s.src[i] == '\\' {
			i++
			last = i + 1
		}
		i++
	}
	end := min(i, len(s.src))
	s.pos = min(end+1, len(s.src))
	for end > last && isSpace(s.src[end-1]) {
		end--
	}
	s.urlEnd = end
	return s.found(s.kindHere())
}

// attribute reads what follows "attr(" where strings are URLs. The attribute's value is not at
// hand, so the URL is unknown; but if a blocked one was replaced here before, nothing is fetched.
func (s *cssScanner) attribute() bool {
	end := bytes.IndexByte(s.src[s.pos:], ')')
	if end < 0 {
		end = len(s.src) - s.pos
	}
	s.urlStart, s.urlEnd = s.pos, s.pos+end
	s.pos += end
	s.open(false)
	s.kind, s.unknown = Image, string(s.src[s.urlStart:s.urlEnd]) != inertURL
	return s.unknown
}

// str reads the string at pos. It reports true if that is a URL, or may become one.
func (s *cssScanner) str(quote byte) bool {
	start := s.pos + 1
	i := start
	for i < len(s.src) && s.src[i] != quote && s.src[i] != '\n' && s.src[i] != '\r' && s.src[i] != '\f' {
		if s.src[i] == '\\' {
			i++
			if i+1 < len(s.src) && s.src[i] == '\r' && s.src[i+1] == '\n' {
				i++
			}
		}
		i++
	}
	if i > len(s.src) {
		i = len(s.src) - 1 // a backslash at the very end stands for nothing
	}
	s.urlStart, s.urlEnd = start, i
	s.pos = min(i+1, len(s.src))
	s.floor = s.pos
	switch {
	case s.rule == ruleImport, s.inURLFunction():
		return s.found(s.kindHere())
	case !s.isText(start - 1):
		// A custom property, or a function of the style sheet's own, may carry it to where strings are
		// URLs. It is only asked about if it names a host.
		return s.found(Image) && mayNameHost(s.url)
	}
	return false
}

// isText tells whether the string at i can only be text: that of an attribute's selector, or of the content
// property.
func (s *cssScanner) isText(i int) bool {
	before := bytes.TrimRight(s.src[max(i-256, 0):i], spaces)
	if name, ok := bytes.CutSuffix(before, []byte(":")); ok {
		name = bytes.TrimRight(name, spaces)
		from := len(name)
		for from > 0 && isNameByte(name[from-1]) {
			from--
		}
		return equalFold(name[from:], "content")
	}
	return bytes.HasSuffix(before, []byte("=")) && bytes.LastIndexByte(before, '[') > bytes.LastIndexByte(before, ']')
}

// mayNameHost tells whether a URL may name a host: it has two slashes, of either kind and perhaps with tabs and
// line ends between them, which browsers ignore; or a scheme.
func mayNameHost(url []byte) bool {
	slashes := 0
	for _, c := range url {
		switch c {
		case '/', '\\':
			if slashes++; slashes == 2 {
				return true
			}
		case '\t', '\n', '\r':
		default:
			slashes = 0
		}
	}
	for i := range url {
		if url[i]|0x20 == 'h' && i+5 <= len(url) && equalFold(url[i:i+4], "http") {
			return true
		}
	}
	return false
}

func (s *cssScanner) kindHere() Kind {
	if s.rule == ruleImport && s.depth <= 1 {
		return Style
	}
	return Image
}

// found decodes the URL that was delimited.
func (s *cssScanner) found(kind Kind) bool {
	if s.rule == ruleNamespace || s.urlStart == s.urlEnd {
		return false
	}
	s.kind, s.unknown = kind, false
	s.url = s.src[s.urlStart:s.urlEnd]
	if bytes.IndexByte(s.url, '\\') >= 0 {
		s.scratch = appendCSSUnescaped(s.scratch[:0], s.url)
		s.url = s.scratch
	}
	return true
}

// name consumes an ident sequence (CSS Syntax section 4.3.11) and returns its
// value.
func (s *cssScanner) name() []byte {
	start := s.pos
	escaped := false
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		switch {
		case isNameByte(c):
			s.pos++
			continue
		case c == '\\' && startsEscape(s.src[s.pos:]):
			escaped = true
			_, n := cssEscape(s.src[s.pos:])
			s.pos += n
			continue
		}
		break
	}
	name := s.src[start:s.pos]
	if escaped {
		s.scratch = appendCSSUnescaped(s.scratch[:0], name)
		return s.scratch
	}
	return name
}

// isNameByte tells whether c is, or is a part of, what CSS calls an ident code point. All that is not
// ASCII counts, and so does NUL, which becomes U+FFFD.
func isNameByte(c byte) bool {
	return isAlpha(c) || '0' <= c && c <= '9' || c == '-' || c == '_' || c >= 0x80 || c == 0
}
