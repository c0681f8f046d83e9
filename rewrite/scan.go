package rewrite

import (
	"bytes"
	"slices"
)

// scan reads b from its start, gives what is settled to out and returns how
// many bytes that was. What it leaves is the beginning of a unit that needs more input;
// r.keptAs says of which sort. It has had no effect, so that it can be scanned again as a whole.
func (r *Rewriter) scan(b []byte) int {
	if r.xml {
		return r.scanXML(b)
	}
	r.buf, r.from = b, 0
	i := 0
loop:
	for i < len(b) {
		done := true
		switch r.mode {
		case inText:
			n := bytes.IndexByte(b[i:], '<')
			if n < 0 {
				i = len(b)
				break loop
			}
			if i, done = r.markup(i + n); !done {
				break loop
			}
			continue
		case inComment:
			var n int
			n, done = r.comment.scan(b[i:])
			i += n
		case inBogusComment:
			n := bytes.IndexByte(b[i:], '>')
			if n < 0 {
				i = len(b)
				break loop
			}
			i += n + 1
		case inRawText:
			if i, done = rawEnd(b, i, r.endTag); !done && i < len(b) {
				r.keptAs = unitShort
			}
		case inScriptText:
			if i, done = r.script.scan(b, i); !done && i < len(b) {
				r.keptAs = unitShort
			}
		case inPlaintext:
			i, done = len(b), false
		case inLongTag:
			if i, done = r.inLong(i); done {
				r.endLongTag(i)
				continue
			}
		}
		if !done {
			break
		}
		r.mode = inText
	}
	if r.final && i < len(b) {
		// The end of the input settles what was open: a browser takes it as text.
		r.keptAs = unitNone
		if string(b[i:]) == "</" {
			r.cutOff = true // text at the end of a document; within one it makes a comment of what follows
		}
		i = len(b)
	}
	r.settle(i)
	return i
}

// settle gives buf[from:i] to out as it is.
func (r *Rewriter) settle(i int) {
	if r.dropping == dropNothing && i > r.from {
		if r.direct {
			r.out.pass(r.buf[r.from:i])
		} else {
			r.out.write(r.buf[r.from:i])
		}
		r.before = r.buf[i-1]
	}
	r.from = i
}

// part puts an empty comment in the place of what is removed if a '<' stands before it, which
// could make a tag of what comes behind.
func (r *Rewriter) part() {
	if r.before == '<' && r.dropping == dropNothing {
		r.out.writeString("<!---->")
		r.before = 0
	}
}

// skip leaves buf[from:i] out.
func (r *Rewriter) skip(i int) { r.from = i }

// more says that the unit at i needs more input.
func (r *Rewriter) more(i int, as unit) (int, bool) {
	r.keptAs = as
	return i, false
}

// markup reads what begins with the '<' at i: HTML section 13.2.5.6, "tag
// open state". It returns the index after it and true, or i and false if more
// input is needed.
func (r *Rewriter) markup(i int) (int, bool) {
	b := r.buf
	if i+1 == len(b) {
		return r.more(i, unitShort)
	}
	switch c := b[i+1]; {
	case isAlpha(c):
		return r.startTag(i)
	case c == '/':
		switch {
		case i+2 == len(b):
			return r.more(i, unitShort)
		case isAlpha(b[i+2]):
			return r.closeTag(i)
		case b[i+2] == '>': // "</>" is nothing at all
			return i + 3, true
		}
		r.mode = inBogusComment
		return i + 2, true
	case c == '!':
		return r.declaration(i)
	case c == '?':
		r.mode = inBogusComment
		return i + 2, true
	}
	return i + 1, true // a '<' in the text
}

// declaration reads what begins with "<!": a comment, a CDATA section, a
// doctype or a bogus comment, of which the last two end at the next '>'.
func (r *Rewriter) declaration(i int) (int, bool) {
	b := r.buf
	switch matchAt(b, i, "<!--", false) {
	case matchYes:
		r.leave(i)
		r.mode, r.comment = inComment, commentStart
		return i + len("<!--"), true
	case matchUnknown:
		if !r.final {
			return r.more(i, unitShort)
		}
	}
	if r.context.ambiguous() {
		switch matchAt(b, i, "<![cdata[", false) {
		case matchYes:
			return r.cdata(i)
		case matchUnknown:
			if !r.final {
				return r.more(i, unitShort)
			}
		}
	}
	// One letter is enough to tell a doctype: to wait for the rest of the word would hold up
	// the output.
	r.whole = r.whole || i+2 < len(b) && b[i+2]|0x20 == 'd'
	r.mode = inBogusComment
	return i + 2, true
}

// endOfName is the index after the tag's name that starts at b[i].
func endOfName(b []byte, i int) int {
	for i < len(b) && inElementName[b[i]] {
		i++
	}
	return i
}

// tagEnd finds the end of the tag whose name ends at nameEnd. ok is false if
// that has not come. If it never will, that is no matter: browsers drop a tag that the end
// of the input cuts off (HTML section 13.2.5.32, "eof-in-tag").
func (r *Rewriter) tagEnd(nameEnd int) (end int, ok bool) {
	st := inTagName
	n, found := st.scan(r.buf[nameEnd:])
	if !found {
		r.tag, r.cutOff = st, r.final
		return 0, false
	}
	return nameEnd + n, true
}

// tagBounds finds the end of the name that starts at name, and of its tag.
func (r *Rewriter) tagBounds(name int) (afterName, end int, ok bool) {
	afterName = endOfName(r.buf, name)
	end, ok = r.tagEnd(afterName)
	return afterName, end, ok
}

// startTag reads the start tag at i.
func (r *Rewriter) startTag(i int) (int, bool) {
	nameEnd := endOfName(r.buf, i+1)
	end, acts, letters := quickTag(r.buf, nameEnd)
	if end == 0 {
		letters = ^uint32(0)
		var ok bool
		if end, ok = r.tagEnd(nameEnd); !ok {
			return r.more(i, unitTag)
		}
		acts = mayAct(r.buf[nameEnd:end], false)
	}
	if end-i > r.limits.Tag && !r.uncertain {
		return r.longTagAt(i, end)
	}
	name := r.buf[i+1 : nameEnd]
	if !r.whole && len(name) == 4 {
		r.whole = equalFold(name, "html") || equalFold(name, "head") || equalFold(name, "body")
	}
	if r.leader != "" {
		r.lead(i, nameEnd, end)
		if r.mode == inPlaintext { // the rest of the document passes
			return end, true
		}
	}
	el := lookup(name)
	if el != nil && !acts && letters&el.letters == 0 && el.idle() && !r.context.ambiguous() {
		return end, true
	}
	if el == nil {
		if !acts && (!r.context.ambiguous() || !mayAct(r.buf[nameEnd:end], true)) {
			if len(r.context.scopes) > 0 {
				r.context.open(name, r.closesItself(nameEnd, end))
			}
			return end, true
		}
		el = anyElement
	}
	return r.element(el, i, nameEnd, end)
}

// closesItself tells whether the tag whose name ends at nameEnd and which ends at
// end is "<x/>". The slash of "<x a=/>" belongs to the value.
func (r *Rewriter) closesItself(nameEnd, end int) bool {
	if r.buf[end-1] != '>' || r.buf[end-2] != '/' {
		return false
	}
	st := inTagName
	st.scan(r.buf[nameEnd : end-1])
	return st == selfClosing
}

// closeTag reads the end tag at i.
func (r *Rewriter) closeTag(i int) (int, bool) {
	nameEnd := endOfName(r.buf, i+2)
	end := nameEnd + 1
	if nameEnd == len(r.buf) || r.buf[nameEnd] != '>' {
		var ok bool
		if end, ok = r.tagEnd(nameEnd); !ok {
			return r.more(i, unitTag)
		}
	}
	return r.endTagAt(i, nameEnd, end)
}

// endTagAt does what follows from the end tag at i, whose name ends at nameEnd.
func (r *Rewriter) endTagAt(i, nameEnd, end int) (int, bool) {
	name := r.buf[i+2 : nameEnd]
	r.closes(name)
	if r.ends(name) {
		if r.dropping == dropElement {
			r.skip(end)
		} else {
			r.skip(i)
		}
		r.dropping = dropNothing
	}
	return end, true
}

// ends tells whether an end tag ends what is dropped. In HTML every one does: only raw text is
// dropped up to an end tag, and its own is the first that the tokenizer reads.
func (r *Rewriter) ends(name []byte) bool {
	return r.dropping != dropNothing && (!r.xml || string(name) == r.dropName)
}

// closes notes that an end tag closes elements.
func (r *Rewriter) closes(name []byte) {
	if r.xml {
		r.bodies = slices.DeleteFunc(r.bodies, func(open string) bool { return open == string(name) })
	} else if r.context.ambiguous() || r.context.templates > 0 {
		r.context.close(name)
	}
}
