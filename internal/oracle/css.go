package oracle

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// The oracle's own reading of style sheets, after CSS Syntax Level 3 section 4
// and nothing else. It knows no properties: a url() counts wherever it stands,
// since a custom property can carry it anywhere.

// cssSights returns the URLs that a style sheet or a style attribute names:
// those of url() and of @import, and the strings within image-set().
func cssSights(css string) []string {
	urls, _ := cssURLs(css)
	return urls
}

// cssImports returns those of the @import rules at its head only.
func cssImports(css string) []string {
	_, imports := cssURLs(css)
	return imports
}

func cssURLs(css string) (urls, imports []string) {
	z := cssReader{s: cssPreprocess.Replace(css)}
	var open []string // functions and brackets that are open
	rule := ""        // the at-rule in whose prelude we are
	imported := false // within the url("…") of an @import
	atRule := false   // in an at-rule, up to its ';'
	ruled := false    // after a '{', or what is no at-rule: imports are over
	for {
		kind, text := z.next()
		importing := rule == "import" // the URL comes right after the name
		if importing {
			rule = ""
		}
		if kind == cssAt && len(open) == 0 {
			atRule = true
		}
		ruled = ruled || !atRule
		switch kind {
		case cssEnd:
			return urls, imports
		case cssAt:
			// Within a block @namespace is an error, and then nothing after it fetches.
			if rule != "namespace" && (len(open) == 0 || text == "namespace") {
				rule = text
			}
		case cssURL:
			if rule != "namespace" {
				urls = append(urls, text)
			}
			if importing && !ruled {
				imports = append(imports, text)
			}
		case cssString:
			if importing && len(open) == 0 || fetchesString(open) && rule != "namespace" {
				urls = append(urls, text)
			}
			if (importing || imported) && !ruled {
				imports = append(imports, text)
			}
			imported = false
		case cssFunction:
			imported = importing && text == "url"
			open = append(open, text+"(")
		case cssDelim:
			switch text {
			case "(", "[", "{":
				open = append(open, text)
				if text == "{" {
					rule, ruled = "", true
				}
			case ")", "]", "}":
				if n := len(open) - 1; n >= 0 && open[n][len(open[n])-1] == cssOpener[text] {
					open = open[:n]
				}
			case ";":
				if len(open) == 0 {
					rule, atRule = "", false
				}
			}
		}
	}
}

var cssPreprocess = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\x00", "\uFFFD")

var cssOpener = map[string]byte{")": '(', "]": '[', "}": '{'}

// fetchesString tells whether a string is a URL within these functions.
func fetchesString(open []string) bool {
	for _, function := range slices.Backward(open) {
		switch function {
		case "url(", "src(", "image-set(", "-webkit-image-set(":
			return true
		case "{", "[", "type(", "format(", "tech(", "local(":
			return false
		}
	}
	return false
}

type cssKind uint8

const (
	cssEnd cssKind = iota
	cssDelim
	cssIdent
	cssFunction // name, lower case
	cssAt       // name, lower case
	cssString
	cssURL // of an unquoted url()
)

type cssReader struct {
	s string
	i int
}

func (z *cssReader) peek(n int) byte {
	if z.i+n < len(z.s) {
		return z.s[z.i+n]
	}
	return 0
}

// next reads one token; white space and comments are passed over.
func (z *cssReader) next() (cssKind, string) {
	for z.i < len(z.s) {
		switch c := z.s[z.i]; {
		case strings.HasPrefix(z.s[z.i:], "/*"):
			n := strings.Index(z.s[z.i+2:], "*/")
			if n < 0 {
				z.i = len(z.s)
				return cssEnd, ""
			}
			z.i += n + 4
		case c == ' ' || c == '\t' || c == '\n':
			z.i++
		case c == '"' || c == '\'':
			return z.str(c)
		case c == '@' && z.startsIdent(1):
			z.i++
			return cssAt, strings.ToLower(z.ident())
		case c == '#' && (cssName(z.peek(1)) || z.escapeAt(1)):
			z.i++
			z.ident()
			return cssIdent, ""
		case c >= '0' && c <= '9':
			for '0' <= z.peek(0) && z.peek(0) <= '9' || z.peek(0) == '.' {
				z.i++
			}
			if z.startsIdent(0) {
				z.ident() // a dimension
			}
			return cssIdent, ""
		case z.startsIdent(0):
			return z.identLike()
		default:
			_, n := utf8.DecodeRuneInString(z.s[z.i:])
			z.i += n
			return cssDelim, z.s[z.i-n : z.i]
		}
	}
	return cssEnd, ""
}

func (z *cssReader) identLike() (cssKind, string) {
	name := z.ident()
	if z.peek(0) != '(' {
		return cssIdent, name
	}
	z.i++
	name = strings.ToLower(name)
	if name != "url" {
		return cssFunction, name
	}
	j := z.i
	for j < len(z.s) && strings.IndexByte(" \t\n", z.s[j]) >= 0 {
		j++
	}
	if j < len(z.s) && (z.s[j] == '"' || z.s[j] == '\'') {
		return cssFunction, name
	}
	z.i = j
	return z.url()
}

// url reads the rest of an unquoted url().
func (z *cssReader) url() (cssKind, string) {
	var b strings.Builder
	for z.i < len(z.s) {
		c := z.s[z.i]
		switch {
		case c == ')':
			z.i++
			return cssURL, b.String()
		case strings.IndexByte(" \t\n", c) >= 0:
			for z.i < len(z.s) && strings.IndexByte(" \t\n", z.s[z.i]) >= 0 {
				z.i++
			}
			if z.i < len(z.s) && z.s[z.i] != ')' {
				return z.badURL()
			}
		case c == '"' || c == '\'' || c == '(' || c < 0x20 && c != '\t' || c == 0x7F:
			return z.badURL()
		case c == '\\':
			if !z.escapeAt(0) {
				return z.badURL()
			}
			b.WriteString(z.escape())
		default:
			b.WriteByte(c)
			z.i++
		}
	}
	return cssURL, b.String()
}

func (z *cssReader) badURL() (cssKind, string) {
	for z.i < len(z.s) {
		switch {
		case z.s[z.i] == ')':
			z.i++
			return cssIdent, ""
		case z.escapeAt(0):
			z.escape()
		default:
			z.i++
		}
	}
	return cssIdent, ""
}

func (z *cssReader) str(quote byte) (cssKind, string) {
	var b strings.Builder
	for z.i++; z.i < len(z.s); {
		c := z.s[z.i]
		switch {
		case c == quote:
			z.i++
			return cssString, b.String()
		case c == '\n': // a bad string: the line ends it
			return cssIdent, ""
		case c == '\\' && z.i+1 == len(z.s):
			z.i++
		case c == '\\' && z.s[z.i+1] == '\n':
			z.i += 2
		case c == '\\':
			b.WriteString(z.escape())
		default:
			b.WriteByte(c)
			z.i++
		}
	}
	return cssString, b.String()
}

func cssName(c byte) bool { return cssNameStart(c) || c == '-' || '0' <= c && c <= '9' }

func cssNameStart(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= 0x80
}

func (z *cssReader) escapeAt(n int) bool {
	return z.peek(n) == '\\' && z.peek(n+1) != '\n' && z.i+n+1 < len(z.s)
}

func (z *cssReader) startsIdent(n int) bool {
	if z.peek(n) == '-' {
		return cssNameStart(z.peek(n+1)) || z.peek(n+1) == '-' || z.escapeAt(n+1)
	}
	return cssNameStart(z.peek(n)) || z.escapeAt(n)
}

func (z *cssReader) ident() string {
	var b strings.Builder
	for z.i < len(z.s) {
		switch c := z.s[z.i]; {
		case cssName(c):
			b.WriteByte(c)
			z.i++
		case z.escapeAt(0):
			b.WriteString(z.escape())
		default:
			return b.String()
		}
	}
	return b.String()
}

// escape reads a backslash and what it escapes.
func (z *cssReader) escape() string {
	z.i++
	start, value := z.i, rune(0)
	for z.i < len(z.s) && z.i < start+6 {
		d := strings.IndexByte("0123456789abcdef", z.s[z.i]|0x20)
		if d < 0 || z.s[z.i] < '0' {
			break
		}
		value = value<<4 | rune(d)
		z.i++
	}
	if z.i > start {
		if z.i < len(z.s) && strings.IndexByte(" \t\n", z.s[z.i]) >= 0 {
			z.i++
		}
		if value == 0 || !utf8.ValidRune(value) {
			value = utf8.RuneError
		}
		return string(value)
	}
	_, n := utf8.DecodeRuneInString(z.s[z.i:])
	z.i += n
	return z.s[z.i-n : z.i]
}
