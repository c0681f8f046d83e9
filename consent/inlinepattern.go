package consent

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// inlinePattern recognises a vendor's inline script by text that occurs in
// it: pieces, in order, with anything in between.
type inlinePattern struct {
	pieces []piece
	vendor int
	// stub is the vendor's stub that takes the call which the pattern is of, "" for none.
	stub string
	// multi numbers the patterns of several pieces, -1 for the others.
	multi int
}

// piece is a stretch of pattern without a star. White space next to
// punctuation is dropped from it, white space between words is one space, and
// quotes are all '. In the script, white space is skipped where the piece has
// punctuation on one side at least, and any quote matches any other:
// minifiers and authors differ in nothing else.
type piece struct {
	text string
	// anchor is the piece's longest word, text[at:at+len(anchor)]: a run of
	// identifier characters, which no script can write in another way. It is
	// what a search looks for. Empty when the piece has no word.
	anchor string
	at     int
}

// isWord is true for characters of JavaScript identifiers. All of non-ASCII
// counts, so that no pattern starts in the middle of an identifier.
var isWord = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
	}
	return t
}()

// isSpace is JavaScript's white space and line terminators, as far as they
// are ASCII.
func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// skipSpace returns where the white space that begins at script[i:] ends.
func skipSpace(script []byte, i int) int {
	for ; i < len(script); i++ {
		switch c := script[i]; {
		case isSpace(c):
		case c < utf8.RuneSelf:
			return i
		default:
			n, _ := blankAt(script, i)
			if n == 0 {
				return i
			}
			i += n - 1
		}
	}
	return i
}

// trimSpace returns where the white space that ends before script[i:] begins.
func trimSpace(script []byte, i int) int {
	for ; i > 0; i-- {
		switch c := script[i-1]; {
		case isSpace(c):
		case c < utf8.RuneSelf:
			return i
		default:
			n := blankBefore(script, i)
			if n == 0 {
				return i
			}
			i -= n - 1
		}
	}
	return i
}

func isQuote(c byte) bool { return c == '\'' || c == '"' || c == '`' }

// InlinePatternProblem says what is wrong with an inline pattern, or "".
func InlinePatternProblem(pattern string) string {
	_, problem := parseInlinePattern(pattern)
	return problem
}

// parseInlinePattern compiles a pattern, or says what is wrong with it.
func parseInlinePattern(pattern string) (inlinePattern, string) {
	if strings.TrimSpace(pattern) == "" {
		return inlinePattern{}, "empty inline pattern"
	}
	p := inlinePattern{multi: -1}
	for part := range strings.SplitSeq(pattern, "*") {
		if text := normalizePiece(part); text != "" {
			p.pieces = append(p.pieces, newPiece(text))
		}
	}
	if len(p.pieces) == 0 || len(p.pieces[0].anchor) < indexKey {
		return inlinePattern{}, "inline pattern without a word of at least three letters before the first star"
	}
	return p, ""
}

func normalizePiece(s string) string {
	var out []byte
	for field := range bytes.FieldsSeq([]byte(s)) {
		if len(out) > 0 && isWord[out[len(out)-1]] && isWord[field[0]] {
			out = append(out, ' ')
		}
		for _, c := range field {
			if isQuote(c) {
				c = '\''
			}
			out = append(out, c)
		}
	}
	return string(out)
}

func newPiece(text string) piece {
	p := piece{text: text}
	for i := 0; i < len(text); {
		j := i
		for j < len(text) && isWord[text[j]] {
			j++
		}
		if j-i > len(p.anchor) {
			p.anchor, p.at = text[i:j], i
		}
		i = max(j, i+1)
	}
	return p
}

// matchAt matches the piece around its anchor, which the caller has found at
// script[pos:]. It returns the end of the match, or -1.
func (p *piece) matchAt(script []byte, pos, notBefore int) int {
	i := pos
	for j := p.at - 1; j >= 0; j-- {
		if i = p.back(script, i, j); i < notBefore {
			return -1
		}
	}
	// What starts with a word must not start in the middle of one: fbq( is
	// not in xfbq(, but is in window.fbq(.
	if isWord[p.text[0]] && i > 0 && !beginsWord(script, i) {
		return -1
	}
	i = pos + len(p.anchor)
	for j := p.at + len(p.anchor); j < len(p.text); j++ {
		if i = p.forth(script, i, j); i < 0 {
			return -1
		}
	}
	return i
}

// back matches text[j] in front of script[i:] and returns where it stands, or
// -1.
func (p *piece) back(script []byte, i, j int) int {
	c := p.text[j]
	if c == ' ' {
		if start := trimSpace(script, i); start < i {
			return start
		}
		return -1
	}
	if !isWord[c] || !isWord[p.text[j+1]] {
		i = trimSpace(script, i)
	}
	if i--; i < 0 || !sameChar(c, script[i]) {
		return -1
	}
	return i
}

// forth matches text[j] at script[i:] and returns what follows it, or -1.
func (p *piece) forth(script []byte, i, j int) int {
	c := p.text[j]
	if c == ' ' {
		if end := skipSpace(script, i); end > i {
			return end
		}
		return -1
	}
	if j > 0 && (!isWord[c] || !isWord[p.text[j-1]]) {
		i = skipSpace(script, i)
	}
	if i >= len(script) || !sameChar(c, script[i]) {
		return -1
	}
	return i + 1
}

func sameChar(pattern, script byte) bool {
	return pattern == script || pattern == '\'' && isQuote(script)
}

// find returns the end of the piece's first match in script[from:], or -1.
func (p *piece) find(script []byte, from int) int {
	for pos := from; pos <= len(script); pos++ {
		i := bytes.Index(script[pos:], []byte(p.anchor))
		if i < 0 {
			return -1
		}
		pos += i
		if end := p.matchAt(script, pos, from); end >= 0 {
			return end
		}
	}
	return -1
}
