package rewrite

import (
	"bytes"
	"slices"
	"strings"
)

// code says what the text in an element is that must be judged as a whole.
type code uint8

const (
	noCode     code = iota
	codeScript      // JavaScript
	codeStyle       // CSS
	codeImportMap
	codeRules // speculation rules, web bundles
)

// element reads the start tag buf[i:end] of an element: asks the judge,
// changes what is blocked, and enters the text that follows it. It returns the
// index to go on from and true, or i and false if text that must be judged
// with the tag has not come yet. In that case it has had no effect.
func (r *Rewriter) element(el *element, i, nameEnd, end int) (int, bool) {
	ambiguous, foreign := r.context.ambiguous(), r.context.foreign()
	text, endTag := el.text, el.endTag
	if ambiguous && text == textPlain {
		text = textData
	}
	tag := r.buf[i:end]
	within := len(r.context.scopes) > 0
	closesItself := (within || el.opens) && r.closesItself(nameEnd, end)
	nameEnd -= i
	r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])
	if text != textData && foreign && closesItself && !r.context.unsure && !r.context.lost {
		if text != textStyle {
			text = textData
		} else {
			// An empty element; but the preload scanner reads what follows it as CSS.
			endTag = "<"
		}
	}

	code := r.codeOf(text, tag)
	dual := text == textDual || ambiguous && text != textData && endTag != "<"
	if dual && r.gaveUp && r.gaveUpAs == Allow {
		dual, text, code = false, textData, noCode // as markup only, as what was given up
	}
	bodyEnd := end
	if code != noCode || dual {
		var ok bool
		if bodyEnd, ok = r.bodyOf(i, end, endTag, dual); !ok {
			return r.more(i, unitBody)
		}
	}

	if text != textData {
		r.leave(i)
	}
	if within || el.opens {
		r.context.open(tag[1:nameEnd], closesItself)
	}
	// A preload scanner, which knows no foreign content, is in its text now, and
	// comes out of it who knows where.
	r.context.lost = r.context.lost || text != el.text || endTag != el.endTag
	r.newTag()
	ambiguous = ambiguous || len(r.context.scopes) > 0 || el.name == "svg" // which may have attributes of SVG, and be empty
	removed, held := r.judgeTag(el, tag, nameEnd, text != textScript || r.runs(tag, r.attrs), ambiguous)
	if removed && foreign && text != textScript {
		// Taken out, a tag that ends foreign content would not end it any more:
		// it stays, bare.
		removed = false
		r.edits = r.edits.bare(nameEnd, len(tag))
	}
	body := r.buf[end:bodyEnd]
	if !removed && !held && code != noCode {
		body, removed = r.judgeBody(code, i, tag, nameEnd, body, ambiguous)
	}

	switch {
	case removed:
		r.settle(i)
		r.part()
		r.skip(bodyEnd)
		if text != textData {
			r.dropping = dropElement
		}
	case len(r.edits) > 0:
		r.settle(i)
		r.edits.apply(&r.out, tag)
		r.before = '>'
		r.skip(end)
	}
	if code == noCode && !dual {
		if text != textData {
			r.enter(el)
		}
		return end, true
	}
	// The body is read; text mode goes on at its end tag, or behind what spills over it.
	if stop := r.spillsOver(end, bodyEnd, endTag); stop < bodyEnd {
		r.bodyDone = false // whatever is held ends behind it
		if r.spilled(end, stop, bodyEnd) {
			return bodyEnd, true
		}
		bodyEnd, body = stop, r.buf[end:stop]
	}
	if !removed {
		r.giveBody(end, bodyEnd, body, code, dual)
	}
	return bodyEnd, true
}

// codeOf tells what the text after a start tag is to be judged as.
func (r *Rewriter) codeOf(text text, tag []byte) code {
	switch text {
	case textStyle:
		if r.isCSS(tag) {
			return codeStyle
		}
	case textScript:
		switch r.scriptType(tag, r.attrs) {
		case typeImportMap:
			return codeImportMap
		case typeRules:
			return codeRules
		case typeRuns:
			if !r.has(tag, "src") {
				return codeScript
			}
		}
	}
	return noCode
}

// isCSS tells whether a style element is applied (HTML section 4.2.6): its
// type, if it has one, is that of CSS. Of several, one that is suffices.
func (r *Rewriter) isCSS(tag []byte) bool {
	typed := false
	for i := range r.attrs {
		if a := &r.attrs[i]; equalFold(a.name(tag), "type") {
			typed = true
			if value := r.decode(a.value(tag)); len(value) == 0 || equalFold(value, "text/css") {
				return true
			}
		}
	}
	return !typed
}

// giveBody gives out the text of an element that was judged as a whole: body
// in place of buf[start:end], of which it may be a part or a changed copy.
func (r *Rewriter) giveBody(start, end int, body []byte, code code, dual bool) {
	original := r.buf[start:end]
	same := sameSlice(body, original)
	if same && !dual {
		return
	}
	r.settle(start)
	r.skip(end)
	if dual {
		r.readBoth(body, code)
	} else {
		r.out.write(body)
	}
}

// enter makes the tokenizer read what follows a start tag of el.
func (r *Rewriter) enter(el *element) {
	switch el.text {
	case textRaw, textDual, textStyle:
		r.mode, r.endTag = inRawText, el.endTag
	case textScript:
		r.mode, r.script = inScriptText, scriptPlain
	case textPlain:
		r.mode = inPlaintext
	}
}

// has tells whether a tag has an attribute of this lower-case name.
func (r *Rewriter) has(tag []byte, name string) bool {
	for i := range r.attrs {
		if equalFold(r.attrs[i].name(tag), name) {
			return true
		}
	}
	return false
}

// judgeTag asks about every resource that the tag names and notes in r.edits
// what becomes of it. active says that a script runs. removed tells that the
// whole element is to be removed, held that it is a script which does not run
// any more.
func (r *Rewriter) judgeTag(el *element, tag []byte, nameEnd int, active, ambiguous bool) (removed, held bool) {
	if el.name == "base" {
		r.judgeBase(tag, nameEnd, ambiguous)
	}
	kind, core := Other, active
	if el.only != nil {
		kind, core = el.only(r, tag, r.attrs)
	}
	var first Verdict // on what is blocked first; its action is the element's
	taken, left := false, 0
	for i := range r.attrs {
		a := &r.attrs[i]
		f := el.fetching(r.attrName(tag, a), core, ambiguous)
		if f == nil {
			continue
		}
		r.resource = Resource{Kind: f.kind, Element: el.name, Attr: f.name}
		if el.only != nil && f.form == formURL {
			r.resource.Kind = kind
		}
		own := !f.lazy && f.form != formHandler && f.form != formCSS && f.form != formURLs
		v, rest := r.judgeAttr(f.form, a.value(tag))
		if v.Action == Allow {
			if own {
				left++
			}
			continue
		}
		r.noteBlocked(v)
		if first.Action == Allow {
			first = v
		}
		if own {
			taken = true
			if len(rest) > 0 {
				left++
			}
		}
		rest = r.value(rest)
		if first.Action == Remove {
			r.edits.removeAttr(a, rest)
		} else {
			name := f.name
			if f.form == formHandler {
				name = string(a.name(tag))
			}
			r.edits.holdAttr(tag, a, name, rest)
		}
	}
	if first.Action == Allow {
		return false, false
	}
	switch {
	case first.Action == Remove:
		return taken && (el.text == textScript || el.whole && left == 0), false
	case el.text == textScript && taken:
		r.holdScript(tag, nameEnd)
		return false, true
	default:
		r.mark(nameEnd)
		if first.Action == Placeholder && el.name == "iframe" && !r.has(tag, "srcdoc") && !r.hidden(tag) {
			r.edits.insertAttr(nameEnd, "srcdoc", r.value([]byte(first.Document)))
		}
	}
	return false, false
}

// attrName is an attribute's name as the table has it: in XML any prefix may
// stand for xlink.
func (r *Rewriter) attrName(tag []byte, a *attr) []byte {
	name := a.name(tag)
	if r.xml && bytes.HasSuffix(name, []byte(":href")) {
		return []byte("xlink:href")
	}
	return name
}

// hidden tells whether a frame is not there to be seen: those of noscript are
// pixels in another form, and so are those without a size.
func (r *Rewriter) hidden(tag []byte) bool {
	if r.uncertain {
		return true
	}
	for i := range r.attrs {
		a := &r.attrs[i]
		switch name, value := a.name(tag), trimSpace(a.value(tag)); {
		case equalFold(name, "hidden"):
			return true
		case equalFold(name, "width"), equalFold(name, "height"):
			if string(value) == "0" || string(value) == "1" {
				return true
			}
		}
	}
	return false
}

// judgeBase asks about a <base href>. A blocked one is taken away: what is
// relative to it is then relative to this site. Of an href that is given twice the
// first counts; with it the others go, which would take its place.
func (r *Rewriter) judgeBase(tag []byte, nameEnd int, ambiguous bool) {
	var v Verdict
	judged := false
	for i := range r.attrs {
		a := &r.attrs[i]
		if !equalFold(a.name(tag), "href") {
			continue
		}
		if !judged {
			judged = true
			v = r.base(r.decode(a.value(tag)), !ambiguous && !r.uncertain && r.context.templates == 0)
			if v.Action == Allow {
				return
			}
			r.noteBlocked(v)
		}
		if v.Action == Remove {
			r.edits.removeAttr(a, nil)
		} else {
			r.edits.holdAttr(tag, a, "href", nil)
		}
	}
	if judged && v.Action != Remove {
		r.mark(nameEnd)
	}
}

// noteBlocked remembers whose the things are that are blocked in the document
// and in the present tag.
func (r *Rewriter) noteBlocked(v Verdict) {
	r.noteFirst(v, v.Action != Remove)
	for mark := range strings.FieldsSeq(v.Mark) {
		if !slices.Contains(r.marks, mark) {
			r.marks = append(r.marks, mark)
		}
		r.noteVendor(mark)
	}
}

// noteVendor remembers whose things are blocked in a document within the page.
func (r *Rewriter) noteVendor(mark string) {
	if r.nesting > 0 && mark != "" && !slices.Contains(r.vendors, mark) {
		r.vendors = append(r.vendors, mark)
	}
}

// judgeBody asks about the text of an element and notes in r.edits how its
// tag changes for it. It returns the text that takes its place, or true if the
// element is to be removed.
func (r *Rewriter) judgeBody(code code, i int, tag []byte, nameEnd int, body []byte, ambiguous bool) (out []byte, removed bool) {
	var v Verdict
	switch code {
	case codeScript:
		how := readInHTML
		if ambiguous {
			how = readAmbiguous
		}
		return body, r.judgeInline(i, tag, nameEnd, body, how)
	case codeRules:
		if v = r.speculationRules(body); v.Action != Allow {
			r.noteBlocked(v)
			if v.Action == Remove {
				return nil, true
			}
			r.holdScript(tag, nameEnd)
		}
		return body, false
	case codeImportMap:
		out, v = r.importMap(body)
	case codeStyle:
		out, v = r.judgeStyle(body, ambiguous)
	}
	if v.Action == Allow {
		return body, false
	}
	r.noteBlocked(v)
	if v.Action != Remove {
		r.mark(nameEnd)
		r.edits.insertAttr(nameEnd, textAttr, body)
	}
	return out, false
}
