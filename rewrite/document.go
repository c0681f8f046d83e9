package rewrite

import (
	"bytes"
	"slices"
	"strings"
)

// A page holds documents within: srcdoc, and data: URLs in frames. They are
// rewritten by a Rewriter of their own, whose judge knows what their relative
// URLs mean. Documents may be nested, but no site nests them deeply: each level of
// srcdoc has to escape the ampersands of the one within.

// maxNesting is how many documents or style sheets deep one is looked into.
const maxNesting = 8

// document rewrites a document within the page. The verdict is that on the
// first thing that is blocked in it, or cannot be judged; if it is Allow, out is not to be used.
// opaque says that its relative URLs mean nothing.
func (r *Rewriter) document(text []byte, opaque, xml bool) (out []byte, v Verdict) {
	if r.nesting == maxNesting {
		return nil, r.unjudged(Frame, ErrAmbiguous)
	}
	inner := r.inner
	if inner == nil {
		inner = new(Rewriter)
		r.inner = inner
	}
	var sink bytes.Buffer
	inner.Reset(&sink, r.judge.Within(opaque), r.limits)
	inner.nesting = r.nesting + 1
	if xml {
		inner.SetXML()
	}
	_, _ = inner.Write(text) // a Buffer does not fail, and a declaration that ends the document early is blocked
	_ = inner.Close()
	// What was blocked within has left no notes here, from which a Memo could tell the judge again.
	r.touched = r.touched || inner.touched || inner.blocked.Action != Allow
	v = inner.blocked
	if v.Action != Allow {
		v.Mark = strings.Join(inner.vendors, " ")
	}
	return sink.Bytes(), v
}

// judgeDataURL decides about a data: URL by what is in it: a document in a
// frame, a script, a stylesheet. ok is false if url is no data: URL, or is malformed.
func (r *Rewriter) judgeDataURL(url []byte, kind Kind) (v Verdict, ok bool) {
	if !isDataURL(url) {
		return Verdict{}, false
	}
	switch kind {
	case Script, Style, Frame, Object:
	default:
		return Verdict{}, true // an image loads nothing
	}
	url = bytes.Clone(url) // which may be scratch space
	var read [][]byte
	for d := range dataURLs(url) {
		ok = true
		for text := range d.texts(r.label) {
			if slices.ContainsFunc(read, func(other []byte) bool { return bytes.Equal(other, text) }) {
				continue
			}
			// Within a document that is itself one of several readings, each level would multiply the work.
			if len(read) > 0 && r.nesting > 0 {
				return r.unjudged(kind, ErrAmbiguous), true
			}
			read = append(read, text)
			if v = r.judgeData(&d, text, kind); v.Action != Allow {
				return v, true
			}
		}
	}
	return v, ok
}

// judgeData decides about what a data: URL has in it, which is text in one of its readings.
func (r *Rewriter) judgeData(d *dataURL, text []byte, kind Kind) (v Verdict) {
	switch kind {
	case Script:
		return r.askInline(ScriptURL, text)
	case Style: // which may import another
		if r.nesting == maxNesting {
			return r.unjudged(Style, ErrAmbiguous)
		}
		r.nesting++
		_, v = r.css(nil, text)
		r.nesting--
	case Frame, Object:
		xml := isXMLEssence(d.essence)
		if d.essence == "text/html" || xml {
			_, v = r.document(text, true, xml)
		}
	}
	return v
}

// isXMLEssence tells the media types in which a frame shows XML whose
// elements are alive.
func isXMLEssence(essence string) bool {
	switch essence {
	case "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "text/xsl", "application/rss+xml", "application/atom+xml":
		return true
	}
	return false
}
