package rewrite

import "slices"

// What is put into a document beside what is taken out of it: scripts of the
// site's own that must run before any other, and one behind everything.

// SetLeader gives r markup to put into the document's head, before the first
// element that could run or fetch anything: behind what only describes the
// document (meta, title), so that the encoding a meta element declares is still
// among the bytes in which browsers look for it (HTML section 13.2.3.2); before
// base, so that relative URLs in html are those of the document's own URL; and before a
// Content-Security-Policy, which holds for what stands behind it (HTML section 4.2.5.3).
//
// It is not put into XML, nor into a fragment: input that has come to its first element
// without a doctype or a tag of html, head or body. document says that the input is known to be
// no fragment; even then text without any element, such as JSON, stays as it is. Call it
// after New or Reset.
func (r *Rewriter) SetLeader(html string, document bool) {
	r.leader = html
	r.noFragment = document
}

// isDocument tells whether the input is no fragment.
func (r *Rewriter) isDocument() bool { return r.whole || r.noFragment }

// SetClean tells r that nothing in the document is blocked: r puts the leader into
// it and lets the rest pass, unread. Call it after SetLeader.
func (r *Rewriter) SetClean() { r.clean = true }

// Passes tells whether everything that is still to come passes, unread, and by how
// many bytes the output is longer than the input.
func (r *Rewriter) Passes() (more int, ok bool) { return r.led, r.clean && r.leader == "" }

// SetTrailer gives r markup to put behind the document if something in it is
// held: the script that releases it. It is not put behind XML, nor behind a
// fragment, which has neither doctype nor html, head or body. Call it after New
// or Reset.
func (r *Rewriter) SetTrailer(html string) { r.trailer = html }

// lead writes the leader before the start tag at i, if that is its place. The tag's name ends at nameEnd, and
// the tag at end.
func (r *Rewriter) lead(i, nameEnd, end int) {
	if r.uncertain || r.dropping != dropNothing {
		return
	}
	if r.describes(r.buf[i:end], nameEnd-i) {
		r.whole = r.whole || r.noFragment
		return
	}
	if r.isDocument() {
		r.settle(i)
		r.part()
		r.out.writeString(r.leader)
		r.before = '>'
		r.led = len(r.leader)
	}
	r.leader = "" // a fragment stays one
	if r.clean {
		r.mode = inPlaintext
	}
}

// describes tells whether the leader may stand behind an element: it only says something about the
// document, and neither runs nor fetches anything, nor forbids the leader to. (A meta
// element that refreshes is judged like any other.)
func (r *Rewriter) describes(tag []byte, nameEnd int) bool {
	switch name := tag[1:nameEnd]; {
	case equalFold(name, "html"), equalFold(name, "head"), equalFold(name, "title"):
		return true
	case !equalFold(name, "meta"):
		return false
	}
	r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])
	return !slices.ContainsFunc(r.attrs, func(a attr) bool {
		return equalFold(a.name(tag), "http-equiv") && equalFold(r.decode(a.value(tag)), "content-security-policy")
	})
}

// endDocument writes what ends the document: the leader, if no element has come
// for it to stand before, and the trailer.
func (r *Rewriter) endDocument() {
	if !r.isDocument() || r.xml || r.mode != inText || r.cutOff || r.dropping != dropNothing {
		return
	}
	if r.leader != "" && r.whole {
		r.part()
		r.out.writeString(r.leader)
	}
	if r.held {
		r.out.writeString(r.trailer)
	}
}
