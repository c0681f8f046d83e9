package consent

import (
	"unicode"
	"unicode/utf8"
)

// jsLexer cuts JavaScript into tokens, well enough to tell code from strings,
// templates, regular expressions and comments. It is not a parser: whether a
// slash divides or opens a regular expression is guessed from the token
// before it, and a wrong guess costs at most the rest of that line, since
// neither strings nor regular expressions go beyond it. (ECMA-262 §12.)
//
// Its time is linear in the script, its memory constant but for the nesting
// of templates, which is limited.
type jsLexer struct {
	src []byte
	pos int

	// newline says that a line ended between the token before and this one.
	newline bool
	// operand says that the last token ended an operand, so that a slash
	// divides.
	operand bool

	// templates holds, for each template literal around pos, how many braces
	// are open inside its ${…}.
	templates [maxTemplates]int
	depth     int
}

// maxTemplates bounds the nesting of template literals. Deeper ones are read
// as punctuation.
const maxTemplates = 16

type jsKind uint8

const (
	jsEnd jsKind = iota
	jsWord
	jsNumber
	jsString   // text is what stands between the quotes
	jsTemplate // one stretch of template text between `, ${ and }
	jsRegexp
	jsPunct // a single character
)

type jsToken struct {
	kind       jsKind
	start, end int    // in the source, quotes included
	text       []byte // without quotes
}

// closed tells whether a string has its second quote. One without is no JavaScript.
func (t *jsToken) closed() bool { return t.end-t.start == len(t.text)+2 }

func (t *jsToken) is(s string) bool { return string(t.text) == s }

func (t *jsToken) isPunct(c byte) bool { return t.kind == jsPunct && t.text[0] == c }

// next returns the next token.
func (l *jsLexer) next() (t jsToken) {
	l.read(&t)
	return t
}

// read is next without a copy, for those who read all of a script.
func (l *jsLexer) read(t *jsToken) {
	l.skip()
	start := l.pos
	if start >= len(l.src) {
		*t = jsToken{kind: jsEnd, start: len(l.src), end: len(l.src)}
		return
	}
	switch c := l.src[start]; {
	case isWord[c]:
		l.word(t)
	case c == '\'' || c == '"':
		*t = l.quoted(c, jsString)
	case c == '`' && l.depth < maxTemplates:
		l.pos++
		*t = l.template(start)
	case c == '}' && l.depth > 0 && l.templates[l.depth-1] == 0:
		l.depth--
		l.pos++
		*t = l.template(start)
	case c == '/' && !l.operand:
		*t = l.quoted('/', jsRegexp)
	default:
		l.punct(t)
	}
}

// word reads a name or a number.
func (l *jsLexer) word(t *jsToken) {
	start, end := l.pos, l.pos+1
	t.kind = jsWord
	if c := l.src[start]; c >= '0' && c <= '9' {
		t.kind = jsNumber
	}
	for end < len(l.src) && (isWord[l.src[end]] || t.kind == jsNumber && l.src[end] == '.') {
		if l.src[end] >= utf8.RuneSelf {
			if n, _ := blankAt(l.src, end); n > 0 {
				break
			}
		}
		end++
	}
	t.start, t.end, t.text = start, end, l.src[start:end]
	l.pos, l.operand = end, t.kind == jsNumber || !beforeOperand(t.text)
}

// punct reads punctuation.
func (l *jsLexer) punct(t *jsToken) {
	start, end, c := l.pos, l.pos+1, l.src[l.pos]
	if (c == '+' || c == '-') && end < len(l.src) && l.src[end] == c {
		end++ // x++ is still an operand, and ++x not yet one
	} else {
		// After a closing brace a statement is likelier than a division.
		l.operand = c == ')' || c == ']'
	}
	if l.depth > 0 {
		switch c {
		case '{':
			l.templates[l.depth-1]++
		case '}':
			l.templates[l.depth-1]--
		}
	}
	l.pos = end
	t.kind, t.start, t.end, t.text = jsPunct, start, end, l.src[start:end]
}

// follows tells whether the next token is the punctuation c. It reads only
// white space and comments before it.
func (l *jsLexer) follows(c byte) bool {
	l.skip()
	return l.pos < len(l.src) && l.src[l.pos] == c
}

// concatenated appends to text the string literals that are added to it: the
// scanner stands before a '+'. It stops before whatever else is added.
func (l *jsLexer) concatenated(text []byte) []byte {
	for l.follows('+') {
		before := *l
		l.next()
		t := l.next()
		if t.kind != jsString || !t.closed() {
			*l = before
			l.next() // the '+': what follows is read as any other token
			return text
		}
		text = appendUnescaped(text, t.text)
	}
	return text
}

// skip passes white space and comments, <!-- and --> among them (Annex B.1.1):
// old snippets hide in those.
func (l *jsLexer) skip() {
	l.newline = false
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch c := rest[0]; {
		case c == '\n' || c == '\r':
			l.newline = true
			l.pos++
		case isSpace(c):
			l.pos++
		case c >= utf8.RuneSelf:
			n, ends := blankAt(l.src, l.pos)
			if n == 0 {
				return
			}
			l.newline = l.newline || ends
			l.pos += n
		case c != '/' && c != '<' && c != '-':
			return
		case hasPrefix(rest, "//"), hasPrefix(rest, "<!--"), hasPrefix(rest, "-->") && (l.newline || l.pos == 0):
			for l.pos < len(l.src) && !endsLine(l.src, l.pos) {
				l.pos++
			}
		case hasPrefix(rest, "/*"):
			l.pos += 2
			for l.pos < len(l.src) && !hasPrefix(l.src[l.pos:], "*/") {
				l.newline = l.newline || l.src[l.pos] == '\n'
				l.pos++
			}
			l.pos = min(l.pos+2, len(l.src))
		default:
			return
		}
	}
}

// blankAt is how long the white space or the end of a line at b[i] is, if it is one beyond ASCII; else 0
// (ECMA-262 sections 12.2 and 12.3: all of Unicode's Space_Separator, and the byte order mark).
func blankAt(b []byte, i int) (n int, endsLine bool) {
	if !beginsBlank(b[i]) {
		return 0, false
	}
	switch c, n := utf8.DecodeRune(b[i:]); {
	case c == '\u2028', c == '\u2029':
		return n, true
	case c == '\uFEFF', unicode.Is(unicode.Zs, c):
		return n, false
	}
	return 0, false
}

// beginsBlank tells whether a blank beyond ASCII may begin with c.
func beginsBlank(c byte) bool { return c == 0xC2 || c >= 0xE1 && c <= 0xE3 || c == 0xEF }

// endsBlank tells whether a blank beyond ASCII may end with c.
func endsBlank(c byte) bool {
	return c >= 0x80 && c <= 0x8A || c == 0x9F || c == 0xA0 || c == 0xA8 || c == 0xA9 || c == 0xAF || c == 0xBF
}

// blankBefore is how long such a blank that ends before b[i:] is, or 0.
func blankBefore(b []byte, i int) int {
	for n := 2; n <= min(3, i); n++ {
		if long, _ := blankAt(b, i-n); long == n {
			return n
		}
	}
	return 0
}

// endsLine tells whether a line ends at b[i].
func endsLine(b []byte, i int) bool {
	switch b[i] {
	case '\n', '\r':
		return true
	case 0xE2:
		_, ends := blankAt(b, i)
		return ends
	}
	return false
}

// quoted reads a string or a regular expression up to its delimiter, or up to
// the end of the line when there is none.
func (l *jsLexer) quoted(delimiter byte, kind jsKind) jsToken {
	start, class := l.pos, false
	for l.pos++; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.pos++
			if hasPrefix(l.src[min(l.pos, len(l.src)):], "\r\n") {
				l.pos++ // one line continuation
			}
		case c == '\n' || c == '\r':
			l.operand = true
			return jsToken{kind: kind, start: start, end: l.pos, text: l.src[start+1 : l.pos]}
		case kind == jsRegexp && c == '[':
			class = true
		case kind == jsRegexp && c == ']':
			class = false
		case c == delimiter && !class:
			l.pos++
			l.operand = true
			return jsToken{kind: kind, start: start, end: l.pos, text: l.src[start+1 : l.pos-1]}
		}
	}
	l.pos, l.operand = len(l.src), true
	return jsToken{kind: kind, start: start, end: l.pos, text: l.src[start+1:]}
}

// template reads template text from l.pos on; start is where its delimiter
// stands.
func (l *jsLexer) template(start int) jsToken {
	from := l.pos
	for ; l.pos < len(l.src); l.pos++ {
		switch c := l.src[l.pos]; {
		case c == '\\':
			l.pos++
		case c == '`':
			l.pos++
			l.operand = true
			return jsToken{kind: jsTemplate, start: start, end: l.pos, text: l.src[from : l.pos-1]}
		case c == '$' && hasPrefix(l.src[l.pos:], "${"):
			t := jsToken{kind: jsTemplate, start: start, end: l.pos + 2, text: l.src[from:l.pos]}
			l.pos += 2
			l.operand = false
			l.templates[l.depth] = 0
			l.depth++
			return t
		}
	}
	l.pos, l.operand = len(l.src), true
	return jsToken{kind: jsTemplate, start: start, end: l.pos, text: l.src[min(from, l.pos):]}
}

// beforeOperand is true for keywords that an operand follows, so that a slash
// opens a regular expression.
func beforeOperand(word []byte) bool {
	if len(word) > len("instanceof") {
		return false
	}
	switch string(word) {
	case "return", "typeof", "instanceof", "in", "of", "new", "delete", "void", "throw", "case", "do", "else",
		"yield", "await":
		return true
	}
	return false
}
