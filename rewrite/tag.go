package rewrite

import (
	"bytes"
	"strings"
)

// tagState is where in a tag the tokenizer is: the states of HTML sections
// 13.2.5.8 and 13.2.5.32 to 13.2.5.40. Nothing else decides which '>' ends the tag.
type tagState uint8

const (
	inTagName tagState = iota
	beforeAttrName
	inAttrName
	afterAttrName
	beforeAttrValue
	inDoubleQuoted
	inSingleQuoted
	inUnquoted
	afterQuoted
	selfClosing
)

// inName are the bytes that continue any name, of a tag or of an attribute; inElementName those that
// continue a tag's, which may have an '=' in it.
var (
	inName        = allBut(" \n\t\r\f/>=")
	inElementName = allBut(" \n\t\r\f/>")
)

// allBut has all bytes but those of stops.
func allBut(stops string) (t [256]bool) {
	for c := range t {
		t[c] = strings.IndexByte(stops, byte(c)) < 0
	}
	return t
}

// scan looks through the next bytes of a tag for the '>' that ends it. It
// returns the index after that '>' and true, or len(b) and false if the tag
// goes on; the state is kept, so the next call takes the bytes that follow.
func (s *tagState) scan(b []byte) (int, bool) {
	st := *s
	for i := 0; i < len(b); i++ {
		c := b[i]
		// Most bytes only continue the name or value that they are in.
		switch st {
		case inTagName, inAttrName:
			for inName[c] {
				if i++; i == len(b) {
					*s = st
					return i, false
				}
				c = b[i]
			}
		case inUnquoted:
			for c != '>' && !isSpace(c) {
				if i++; i == len(b) {
					*s = st
					return i, false
				}
				c = b[i]
			}
		}
		switch st {
		case inDoubleQuoted, inSingleQuoted:
			quote := byte('"')
			if st == inSingleQuoted {
				quote = '\''
			}
			j := bytes.IndexByte(b[i:], quote)
			if j < 0 {
				*s = st
				return len(b), false
			}
			i += j
			st = afterQuoted
			continue
		case beforeAttrValue:
			switch {
			case isSpace(c):
				continue
			case c == '"':
				st = inDoubleQuoted
				continue
			case c == '\'':
				st = inSingleQuoted
				continue
			case c != '>':
				st = inUnquoted
			}
		}
		switch {
		case c == '>':
			*s = st
			return i + 1, true
		case isSpace(c):
			if st == inAttrName || st == afterAttrName {
				st = afterAttrName
			} else {
				st = beforeAttrName
			}
		case c == '/' && st != inUnquoted:
			st = selfClosing
		case c == '=' && (st == inAttrName || st == afterAttrName):
			st = beforeAttrValue
		case st == inTagName || st == inUnquoted:
			// one more byte of the same
		default:
			// A name starts or goes on, be its first byte a quote or an '='.
			st = inAttrName
		}
	}
	*s = st
	return len(b), false
}

// tagClass sorts the bytes of a tag outside of values.
type tagClass uint8

const (
	goesOn tagClass = iota
	separates
	assigns
	ends
)

var tagClasses = func() (t [256]tagClass) {
	for c := range t {
		switch {
		case isSpace(byte(c)) || c == '/':
			t[c] = separates
		case c == '=':
			t[c] = assigns
		case c == '>':
			t[c] = ends
		}
	}
	return t
}()

// quickTag is tagState.scan from the end of a tag's name on, for tags that are
// complete and written as people write them; end is 0 for any other. What it also returns
// saves most tags a second look: acts tells whether there is an attribute that fetches on
// every element, letters what the names of attributes begin with (see letter).
func quickTag(b []byte, i int) (end int, acts bool, letters uint32) {
	start := i // of the name
	for i < len(b) {
		switch tagClasses[b[i]] {
		case goesOn:
			i++
		case separates:
			if i > start {
				letters |= letter(b[start])
			}
			i++
			start = i
		case ends:
			if i > start {
				letters |= letter(b[start])
			}
			return i + 1, acts, letters
		case assigns:
			if i == start || i+1 == len(b) {
				return 0, false, 0 // white space before it, or a name that it begins
			}
			letters |= letter(b[start])
			switch b[start] | 0x20 {
			case 'o', 's', 'p', 'a':
				acts = acts || anyElement.fetching(b[start:i], false, false) != nil
			}
			i++
			switch c := b[i]; {
			case c == '"' || c == '\'':
				n := bytes.IndexByte(b[i+1:], c)
				if n < 0 {
					return 0, false, 0
				}
				i += n + 2
			case isSpace(c):
				return 0, false, 0
			default:
				for i < len(b) && b[i] != '>' && !isSpace(b[i]) {
					i++
				}
			}
			start = i
		}
	}
	return 0, false, 0
}

// letter is a bit for the letter c, in either case. Other bytes share these bits, so a set bit
// only says that there may be a name with that letter.
func letter(c byte) uint32 { return 1 << (c & 31) }

// attr is one attribute of a start tag; the numbers index the tag's bytes.
// Duplicates are listed too: a browser's parser takes the first, its preload
// scanner may take the last.
type attr struct {
	nameStart, nameEnd int
	// valStart:valEnd is the value without quotes; both are nameEnd if there
	// is none.
	valStart, valEnd int
	// end is after the closing quote, or valEnd.
	end int
}

func (a *attr) name(tag []byte) []byte  { return tag[a.nameStart:a.nameEnd] }
func (a *attr) value(tag []byte) []byte { return tag[a.valStart:a.valEnd] }

// parseAttrs appends the attributes of a tag to attrs. The tag begins with its '<', i is
// the index after its name, and its '>' may be missing. It follows the same states as
// tagState.scan.
func parseAttrs(tag []byte, i int, attrs []attr) []attr {
	for {
		for i < len(tag) && (isSpace(tag[i]) || tag[i] == '/') {
			i++
		}
		if i >= len(tag) || tag[i] == '>' {
			return attrs
		}
		a := attr{nameStart: i}
		i++ // the first byte belongs to the name even if it is '='
		for i < len(tag) && !isSpace(tag[i]) && tag[i] != '/' && tag[i] != '>' && tag[i] != '=' {
			i++
		}
		a.nameEnd, a.valStart, a.valEnd, a.end = i, i, i, i

		j := i
		for j < len(tag) && isSpace(tag[j]) {
			j++
		}
		if j < len(tag) && tag[j] == '=' {
			i = parseValue(tag, j+1, &a)
		}
		attrs = append(attrs, a)
	}
}

// parseValue reads the value that starts at or after i, following an '='. It
// returns the index after it.
func parseValue(tag []byte, i int, a *attr) int {
	for i < len(tag) && isSpace(tag[i]) {
		i++
	}
	a.valStart, a.valEnd, a.end = i, i, i
	if i >= len(tag) || tag[i] == '>' {
		return i
	}
	if q := tag[i]; q == '"' || q == '\'' {
		a.valStart = i + 1
		n := bytes.IndexByte(tag[i+1:], q)
		if n < 0 { // only in a tag that the end of the input cut off
			a.valEnd, a.end = len(tag), len(tag)
			return len(tag)
		}
		a.valEnd, a.end = i+1+n, i+2+n
		return a.end
	}
	for i < len(tag) && !isSpace(tag[i]) && tag[i] != '>' {
		i++
	}
	a.valEnd, a.end = i, i
	return i
}
