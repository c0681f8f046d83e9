package rewrite

import (
	"bytes"
	"strings"
)

// A document type declaration of XML may define entities, whose text may be a
// URL or whole elements, and attributes that elements have without saying so.
// It is kept until it is complete and judged as a whole: an entity whose text
// would make a browser fetch something blocked becomes empty, and so does a
// declaration of such a default.

// maxEntity bounds an entity's expanded text. Browsers have such a limit, too.
const maxEntity = 64 << 10

// doctype reads the declaration at i.
func (r *Rewriter) doctype(i int) (int, bool) {
	if r.gaveUp {
		return i + len("<!"), true // else each one within what was given up would be searched for the same end
	}
	if !r.decl.scan(r.buf[i:]) {
		if r.final {
			return len(r.buf), true
		}
		return r.more(i, unitDecl)
	}
	end, subset := i+r.decl.at, r.decl.subset
	if end-i > r.limits.Tag {
		return r.longDeclaration(i)
	}
	r.decl = declScan{}
	if subset == 0 {
		return end, true
	}
	for at := i + subset + 1; at < end; {
		n := bytes.IndexByte(r.buf[at:end], '<')
		if n < 0 {
			break
		}
		at += n
		if n = declarationEnd(r.buf[at:end]); n == 0 {
			break // behind the subset, or not well-formed
		}
		after := at + n
		decl := r.buf[at:after]
		replacement, blocked := r.declarationXML(decl)
		if blocked {
			r.settle(at)
			r.out.writeString(replacement)
			r.skip(after)
		}
		at = after
	}
	return end, true
}

// declarationXML judges one declaration. If it is blocked replacement takes its place.
func (r *Rewriter) declarationXML(decl []byte) (replacement string, blocked bool) {
	switch {
	case bytes.HasPrefix(decl, []byte("<!ENTITY")):
		name, value, ok := entityOf(decl)
		if !ok {
			// A parameter entity may hold further declarations, and some parsers read those.
			parameter := bytes.HasPrefix(trimSpace(decl[len("<!ENTITY"):]), []byte{'%'}) && bytes.Contains(r.decodeNumeric(decl), []byte("<!"))
			return "", bytes.Count(r.decodeNumeric(decl), []byte("<!")) > 1 && parameter &&
				r.unjudged(Other, ErrAmbiguous).Action != Allow
		}
		if r.entities == nil {
			r.entities = make(map[string]string)
		}
		if _, twice := r.entities[name]; twice {
			return "", false // the first binds (XML section 4.2)
		}
		text, ok := r.expand(string(r.decodeNumeric([]byte(value))), 0)
		if !ok {
			if r.unjudged(Other, ErrAmbiguous).Action != Allow {
				r.entities[name] = ""
				return "<!ENTITY " + name + ` "">`, true
			}
			return "", false
		}
		r.entities[name] = text
		r.expanded += len(text)
		if r.expanded > r.limits.Inline && r.unjudged(Other, ErrInlineTooLong).Action != Allow {
			r.entities[name] = ""
			return "<!ENTITY " + name + ` "">`, true
		}
		if strings.IndexByte(text, '<') >= 0 {
			if _, v := r.document([]byte(text), false, true); v.Action != Allow {
				r.noteBlocked(v)
				r.entities[name] = ""
				return "<!ENTITY " + name + ` "">`, true
			}
		}
	case bytes.HasPrefix(decl, []byte("<!ATTLIST")):
		return "", r.defaultsBlocked(decl)
	}
	return "", false
}

// entityOf reads a declaration of an internal general entity.
func entityOf(decl []byte) (name, value string, ok bool) {
	rest := trimSpace(decl[len("<!ENTITY"):])
	n := bytes.IndexAny(rest, " \t\r\n")
	if n <= 0 || rest[0] == '%' {
		return "", "", false
	}
	name, rest = string(rest[:n]), trimSpace(rest[n:])
	if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
		return "", "", false // an external one: no browser loads it
	}
	end := bytes.IndexByte(rest[1:], rest[0])
	if end < 0 {
		return "", "", false
	}
	return name, string(rest[1 : 1+end]), true
}

// decodeNumeric resolves numeric character references only, which is what happens to
// an entity's text when it is declared.
func (r *Rewriter) decodeNumeric(value []byte) []byte {
	var out []byte
	for {
		i := bytes.Index(value, []byte("&#"))
		if i < 0 {
			return append(out, value...)
		}
		out = append(out, value[:i]...)
		value = value[i:]
		n := charRefLen(value)
		if text, ok := resolve(value[:n]); ok {
			out = append(out, text...)
		} else {
			out = append(out, value[:n]...)
		}
		value = value[n:]
	}
}

// expand replaces the document's own entities in text. It reports false if the text
// grows too large, or would never end: then it returns the beginning of it.
func (r *Rewriter) expand(text string, depth int) (string, bool) {
	if strings.IndexByte(text, '&') < 0 || len(r.entities) == 0 {
		return text[:min(len(text), maxEntity)], len(text) <= maxEntity
	}
	if depth > 16 {
		return "", false
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "&")
		out.WriteString(before)
		if !found {
			break
		}
		end := strings.IndexAny(after, "&;") // not the next semicolon, which may be far
		value, known := "", false
		if end >= 0 && after[end] == ';' {
			value, known = r.entities[after[:end]]
		}
		if !known {
			out.WriteByte('&')
			text = after
			continue
		}
		value, ok := r.expand(value, depth+1)
		if room := max(0, maxEntity-out.Len()); !ok || len(value) > room {
			out.WriteString(value[:min(len(value), room)])
			return out.String(), false
		}
		out.WriteString(value)
		text = after[end+1:]
	}
	return out.String(), out.Len() <= maxEntity
}

// defaultsBlocked judges the attributes that <!ATTLIST element name type
// "value" …> gives an element, by judging a tag that has them.
func (r *Rewriter) defaultsBlocked(decl []byte) bool {
	fields := bytes.Fields(decl[len("<!ATTLIST"):])
	if len(fields) == 0 {
		return false
	}
	tag := append([]byte("<"), fields[0]...)
	nameEnd := len(tag)
	rest := decl[len("<!ATTLIST"):]
	for {
		quote := bytes.IndexAny(rest, `"'`)
		if quote < 0 {
			break
		}
		end := bytes.IndexByte(rest[quote+1:], rest[quote])
		if end < 0 {
			break
		}
		// The attribute's name stands two or, with #FIXED, three words before the value. It is
		// simplest to try all words there: none but that can name an attribute that fetches.
		for word := range bytes.FieldsSeq(rest[:quote]) {
			if isAlpha(word[0]) {
				tag = append(append(append(tag, ' '), word...), '=')
				tag = append(tag, rest[quote:quote+end+2]...)
			}
		}
		rest = rest[quote+end+2:]
	}
	tag = append(tag, '>')
	el := lookup(localName(fields[0]))
	if el == nil {
		el = anyElement
	}
	attrs := r.attrs
	r.attrs = parseAttrs(tag, nameEnd, nil)
	r.newTag()
	removed, _ := r.judgeTag(el, tag, nameEnd, true, true)
	blocked := removed || len(r.edits) > 0
	r.attrs, r.edits = attrs, r.edits[:0]
	return blocked
}

// declScan finds where a document type declaration ends (XML section 2.8). Positions count from
// its '<'.
type declScan struct {
	at     int  // how far it is settled
	subset int  // where the internal subset begins, if there is one
	inside bool // in the subset
}

// scan looks on in b. It returns true when at is behind the '>' that ends the declaration.
func (s *declScan) scan(b []byte) bool {
	for s.at = max(s.at, len("<!DOCTYPE")); s.at < len(b); s.at++ {
		switch c := b[s.at]; {
		case c == '"' || c == '\'':
			n := bytes.IndexByte(b[s.at+1:], c)
			if n < 0 {
				return false
			}
			s.at += 1 + n
		case c == '[':
			s.inside = true
			if s.subset == 0 {
				s.subset = s.at
			}
		case c == ']':
			s.inside = false
		case c == '<' && s.inside:
			n := declarationEnd(b[s.at:])
			if n == 0 {
				return false
			}
			s.at += n - 1
		case c == '>':
			s.at++
			return true
		}
	}
	return false
}

// declarationEnd is the length of the markup declaration, comment or
// processing instruction at the start of b; 0 if it is not complete.
func declarationEnd(b []byte) int {
	for _, d := range [...]struct{ open, end string }{{"<!--", "-->"}, {"<?", "?>"}} {
		if bytes.HasPrefix(b, []byte(d.open)) {
			n := bytes.Index(b[len(d.open):], []byte(d.end))
			if n < 0 {
				return 0
			}
			return len(d.open) + n + len(d.end)
		}
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; c {
		case '"', '\'':
			n := bytes.IndexByte(b[i+1:], c)
			if n < 0 {
				return 0
			}
			i += 1 + n
		case '>':
			return i + 1
		}
	}
	return 0
}
