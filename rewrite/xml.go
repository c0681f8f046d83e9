package rewrite

import "bytes"

// XML is read by XML's rules (XML 1.0): there is no raw text, elements close
// themselves, comments end only at "-->", names may have a prefix, and a
// document type may define entities and default attributes (doctype.go). What
// is not well-formed stops a browser right there, so only well-formed
// documents need to be read as browsers do.
//
// Namespaces are not followed: a prefix is taken away, and an element counts
// as what its local name says, in whatever namespace. Attributes count by
// their whole name, but for xlink:href, whose prefix may be any.

// SetXML makes r read the document as XML. Call it after New or Reset, before
// the first Write.
func (r *Rewriter) SetXML() { r.xml = true }

// scanXML is scan for XML.
func (r *Rewriter) scanXML(b []byte) int {
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
			if i, done = r.markupXML(i + n); !done {
				break loop
			}
			continue
		case inComment:
			i, done = r.until(i, "-->")
		case inBogusComment:
			i, done = r.until(i, "?>")
		case inCDATA:
			i, done = r.until(i, endCDATA)
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
		r.keptAs = unitNone
		i = len(b)
	}
	r.settle(i)
	return i
}

// until looks for the end of a construct. It returns the index after it and
// true, or false and the index up to which the bytes are settled.
func (r *Rewriter) until(i int, end string) (int, bool) {
	if n := bytes.Index(r.buf[i:], []byte(end)); n >= 0 {
		return i + n + len(end), true
	}
	// The last bytes may begin the end.
	for keep := min(len(end)-1, len(r.buf)-i); keep > 0; keep-- {
		if bytes.HasSuffix(r.buf[i:], []byte(end[:keep])) {
			r.keptAs = unitShort
			return len(r.buf) - keep, false
		}
	}
	return len(r.buf), false
}

// markupXML reads what begins with the '<' at i.
func (r *Rewriter) markupXML(i int) (int, bool) {
	b := r.buf
	if i+1 == len(b) {
		return r.more(i, unitShort)
	}
	switch b[i+1] {
	case '/':
		return r.closeTagXML(i)
	case '?':
		return r.instruction(i)
	case '!':
		for _, d := range [...]struct {
			word string
			mode mode
		}{{"<!--", inComment}, {"<![cdata[", inCDATA}, {"<!doctype", inText}} {
			switch matchAt(b, i, d.word, false) {
			case matchYes:
				if d.mode == inText {
					return r.doctype(i)
				}
				r.mode = d.mode
				return i + len(d.word), true
			case matchUnknown:
				if !r.final {
					return r.more(i, unitShort)
				}
			}
		}
		return i + 2, true // not well-formed
	}
	return r.startTagXML(i)
}

// localName is a name without its prefix.
func localName(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }

// startTagXML reads the start tag at i.
func (r *Rewriter) startTagXML(i int) (int, bool) {
	nameEnd, end, ok := r.tagBounds(i + 1)
	if !ok {
		return r.more(i, unitTag)
	}
	if end-i > r.limits.Tag {
		return r.longTagAt(i, end)
	}
	name := r.buf[i+1 : nameEnd]
	el := anyElement
	if local := localName(name); len(local) > 0 && isAlpha(local[0]) {
		if found := lookup(local); found != nil {
			el = found
		}
	}
	if el == anyElement && !mayAct(r.buf[nameEnd:end], true) {
		return end, true
	}
	return r.elementXML(el, i, nameEnd, end)
}

// elementXML is element for XML.
func (r *Rewriter) elementXML(el *element, i, nameEnd, end int) (int, bool) {
	tag, empty := r.buf[i:end], r.closesItself(nameEnd, end)
	nameEnd -= i
	r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])
	if r.hasDuplicate(tag) {
		return end, true // not well-formed
	}
	code := r.codeOf(el.text, tag)
	if empty {
		code = noCode
	}
	bodyEnd := end
	if code != noCode && len(r.bodies) == maxNesting {
		code = noCode // no deeper is text looked for within text
		if r.dropping == dropNothing && r.unjudged(kindOf(el), ErrAmbiguous).Action != Allow {
			r.settle(i)
			r.skip(end)
			r.dropping, r.dropName = dropElement, string(tag[1:nameEnd])
			return end, true
		}
	}
	if code != noCode {
		var ok bool
		if bodyEnd, ok = r.bodyOf(i, end, "</"+string(tag[1:nameEnd]), false); !ok {
			return r.more(i, unitBody)
		}
		r.bodyDone = false // kept ends where this text ends, and not where a text within it does
		r.bodies = append(r.bodies, string(tag[1:nameEnd]))
	}
	r.newTag()
	removed, held := r.judgeTag(el, tag, nameEnd, el.text != textScript || r.runs(tag, r.attrs), true)
	body := r.buf[end:bodyEnd]
	var changed []byte
	if !removed && !held && code != noCode {
		if code == codeScript {
			removed = r.judgeInline(i, tag, nameEnd, body, readInXML)
		} else {
			how := joined
			if code == codeStyle || code == codeImports {
				how = own // as a style sheet is read: no browser guesses where its elements end
			}
			text := r.characterData(body, how)
			var out []byte
			out, removed = r.judgeBody(code, i, tag, nameEnd, text, false)
			if !sameSlice(out, text) {
				changed = escapeText(out)
			}
		}
	}
	switch {
	case removed:
		r.settle(i)
		r.skip(end)
		if !empty {
			r.dropping, r.dropName = dropElement, string(tag[1:nameEnd])
		}
	case len(r.edits) > 0 || changed != nil:
		r.settle(i)
		r.edits.apply(&r.out, tag)
		r.skip(end)
		if changed != nil {
			r.out.write(changed)
			r.skip(bodyEnd)
			return bodyEnd, true
		}
	}
	return end, true // what is in the element is markup
}

func sameSlice(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// hasDuplicate tells whether an attribute is given twice.
func (r *Rewriter) hasDuplicate(tag []byte) bool {
	if len(r.attrs) > 64 {
		seen := make(map[string]bool, len(r.attrs))
		for i := range r.attrs {
			name := string(r.attrs[i].name(tag))
			if seen[name] {
				return true
			}
			seen[name] = true
		}
		return false
	}
	for i := range r.attrs {
		for j := range i {
			if bytes.Equal(r.attrs[i].name(tag), r.attrs[j].name(tag)) {
				return true
			}
		}
	}
	return false
}

// closeTagXML reads the end tag at i.
func (r *Rewriter) closeTagXML(i int) (int, bool) {
	nameEnd, end, ok := r.tagBounds(i + 2)
	if !ok {
		return r.more(i, unitTag)
	}
	return r.endTagAt(i, nameEnd, end)
}

// kindOf tells what kind of resource the text of an element would be if it were a file: a script or a
// style sheet.
func kindOf(el *element) Kind {
	if el.text == textScript {
		return Script
	}
	return Style
}

// instruction reads the processing instruction at i. One that links a
// stylesheet fetches it (Associating Style Sheets with XML documents).
func (r *Rewriter) instruction(i int) (int, bool) {
	const word = "<?xml-stylesheet"
	switch matchAt(r.buf, i, word, false) {
	case matchUnknown:
		if !r.final {
			return r.more(i, unitShort)
		}
		fallthrough
	case matchNo:
		r.mode = inBogusComment
		return i + 2, true
	}
	if r.gaveUp {
		return i + len("<?"), true
	}
	n := bytes.Index(r.buf[i:], []byte("?>"))
	if n < 0 {
		if r.final {
			return len(r.buf), true
		}
		return r.more(i, unitDecl)
	}
	end := i + n + 2
	if end-i > r.limits.Tag {
		return r.longDeclaration(i)
	}
	tag := r.buf[i : end-2]
	attrs := parseAttrs(tag, len(word), nil)
	for _, a := range attrs {
		if name, value := string(a.name(tag)), r.decode(a.value(tag)); name == "type" && len(value) > 0 && !equalFold(value, "text/css") {
			return end, true // XSLT, which no browser takes from another origin
		}
	}
	for _, a := range attrs {
		if string(a.name(tag)) != "href" {
			continue
		}
		r.resource = Resource{Kind: Style, Element: "xml-stylesheet", Attr: "href"}
		if v := r.judgeURL(r.decode(a.value(tag))); v.Action != Allow {
			r.noteBlocked(v)
			r.settle(i)
			if v.Action != Remove {
				r.out.writeString("<?" + holdPrefix)
				r.out.write(r.buf[i+2 : end])
			}
			r.skip(end)
			break
		}
	}
	return end, true
}

// giveUpBodyXML is giveUpBody for XML, where text may have markup in it: so what follows the start tag is
// scanned in any case.
func (r *Rewriter) giveUpBodyXML(b []byte) (given int) {
	tag := b[:r.body.from]
	nameEnd := endOfName(tag, 1)
	kind := kindOf(lookup(localName(tag[1:nameEnd])))
	r.bodies = append(r.bodies, string(tag[1:nameEnd]))
	switch v := r.unjudged(kind, ErrInlineTooLong); {
	case v.Action == Allow:
		r.giveTag(tag)
	case kind == Script:
		r.startUnjudgedScript(tag, v)
		r.dropName = string(tag[1:nameEnd])
	default:
		r.giveTag(tag)
		r.dropping, r.dropName = dropContent, string(tag[1:nameEnd])
	}
	return len(tag)
}

// longDeclaration gives up the declaration at i, which is past the limit. If it may pass, what is in
// it is scanned as markup. Otherwise the document ends here: without what a document type defines
// it would be broken anyway.
func (r *Rewriter) longDeclaration(i int) (int, bool) {
	r.decl, r.gaveUp = declScan{}, true
	if r.unjudged(Other, ErrTagTooLong).Action != Allow {
		r.err = ErrTagTooLong
		return i, false
	}
	return i + len("<!"), true
}

// giveUpDeclaration is longDeclaration for one that has not come as a whole. b is what has.
func (r *Rewriter) giveUpDeclaration(b []byte) (given int) {
	given, _ = r.longDeclaration(0)
	r.out.write(b[:given])
	return given
}

// xmlEnd is rawEnd for XML: it looks for an end tag outside of CDATA sections
// and comments.
func xmlEnd(b []byte, i int, endTag string) (int, bool) {
	for {
		n := bytes.IndexByte(b[i:], '<')
		if n < 0 {
			return len(b), false
		}
		i += n
		for _, d := range [...]struct{ open, end string }{{"<![cdata[", endCDATA}, {"<!--", "-->"}} {
			switch matchAt(b, i, d.open, false) {
			case matchUnknown:
				return i, false
			case matchYes:
				after := bytes.Index(b[i:], []byte(d.end))
				if after < 0 {
					return i, false
				}
				i += after
			}
		}
		if rest := b[i:]; len(rest) <= len(endTag) {
			if bytes.HasPrefix([]byte(endTag), rest) {
				return i, false
			}
		} else if c := rest[len(endTag)]; string(rest[:len(endTag)]) == endTag && (isSpace(c) || c == '>') {
			return i, true
		}
		i++
	}
}

// escapeText makes text fit between tags.
func escapeText(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte{'&'}, []byte("&amp;"))
	return bytes.ReplaceAll(text, []byte{'<'}, []byte("&lt;"))
}
