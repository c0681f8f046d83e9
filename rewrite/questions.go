package rewrite

import (
	"bytes"
	"slices"
	"strings"
)

// What is asked about an element, and what the answers change in its tag.

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
// what becomes of it. active is false for a script element that does not run: its own
// attributes fetch nothing then. removed tells that the whole element is to be removed, held
// that it is a script which is held by this.
func (r *Rewriter) judgeTag(el *element, tag []byte, nameEnd int, active, ambiguous bool) (removed, held bool) {
	if el.name == "base" {
		r.judgeBase(tag, nameEnd, ambiguous)
	}
	kind, core := Other, active
	if el.only != nil {
		kind, core = el.only(r, tag, r.attrs)
	}
	r.label = r.charsetOf(el, tag)
	var first Verdict // the one on what is blocked first decides what becomes of the element
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
		// An element is there for its own URLs. When it is removed for them none is left.
		own := !f.lazy && f.form != formHandler && f.form != formCSS && f.form != formURLs
		v, rest := r.judgeAttr(f.form, a.value(tag))
		if v.Action == Allow {
			if own {
				left++
			}
			continue
		}
		if el.text == textScript && own && r.nesting == 0 && r.overruled(tag, i) {
			r.touched = true
			r.edits.removeAttr(a, nil)
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

// overruled tells whether an attribute of a script has no effect beside another: one of its name
// before it counts, and href beside xlink:href (SVG 2, section 15.3).
func (r *Rewriter) overruled(tag []byte, i int) bool {
	name := r.attrs[i].name(tag)
	for j := range r.attrs[:i] {
		if bytes.EqualFold(r.attrs[j].name(tag), name) {
			return true
		}
	}
	return equalFold(name, "xlink:href") && r.has(tag, "href")
}

// charsetOf is the encoding that the charset attribute of a script or a link names, "" for none.
func (r *Rewriter) charsetOf(el *element, tag []byte) string {
	if el.text != textScript && el.name != "link" {
		return ""
	}
	for i := range r.attrs {
		if a := &r.attrs[i]; equalFold(a.name(tag), "charset") {
			return string(trimSpace(r.decode(a.value(tag))))
		}
	}
	return ""
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

// hidden tells whether a frame is not there to be seen, so that it needs no placeholder: one in
// noscript, or without a size, is a tracking pixel in another form.
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
// relative to it is then relative to this site. If href is given more than once the
// first counts; the others are taken away with it, or the next would count.
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
		var whole bool
		if out, whole, v = r.speculationRules(body); whole {
			r.noteBlocked(v)
			if v.Action == Remove {
				return nil, true
			}
			r.holdScript(tag, nameEnd)
			return body, false
		}
	case codeImportMap:
		out, v = r.importMap(body)
	case codeStyle, codeImports:
		out, v = r.judgeStyle(body, ambiguous, code)
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
