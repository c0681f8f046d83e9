package rewrite

import (
	"bytes"
	"slices"
)

// Some text is markup to one browser and raw text to another: noscript, with
// scripting off and on; raw text elements where only a tree would tell (see
// context.go); CDATA sections, which the preload scanner reads as markup. Such
// text is judged in both readings. The readings must also agree on where it ends:
// text whose markup is still inside a tag, a comment or a raw text element
// there would make a browser see other elements behind it than the rewriter does. That is
// ErrAmbiguous, and the text is neutralised by leaving it out; but a noscript
// that spills only a little stays (spill.go).

// readBoth reads text as markup and gives out what is left of it. As code, if it is any, it is judged
// already. But the changes may make other code of it, as when a quote that is put in ends a
// string: so changed text is judged once more, and left out if it is blocked.
func (r *Rewriter) readBoth(text []byte, code code) {
	if len(text) == 0 {
		return
	}
	if r.tooDeep(text) {
		return
	}
	out, last := r.readMarkup(text, inText)
	switch {
	case last == inText:
		if bytes.Equal(out, text) || r.judgeAgain(out, code).Action == Allow {
			r.out.write(out)
		}
	case r.unjudged(Other, ErrAmbiguous).Action == Allow:
		r.out.write(text)
	}
	r.dual = r.dual[:len(r.dual)-len(out)]
}

// tooDeep tells whether one more reading would be too many within one another. If so it asks what to do,
// and has given out the text as it is, or left it out.
func (r *Rewriter) tooDeep(text []byte) bool {
	if r.readings < maxNesting {
		return false
	}
	if r.unjudged(Other, ErrAmbiguous).Action == Allow {
		r.out.write(text)
	}
	return true
}

// judgeAgain decides about code that a markup reading has changed.
func (r *Rewriter) judgeAgain(text []byte, code code) (v Verdict) {
	switch code {
	case codeScript:
		v = r.askInline(InlineScript, text)
	case codeStyle, codeImports:
		r.resource = Resource{Element: "style"}
		_, v = r.sheet(nil, text, code)
	}
	if v.Action != Allow {
		r.noteBlocked(v)
	}
	return v
}

// cdata reads the CDATA section at i: text to the parser of foreign content,
// a bogus comment up to the first '>' and markup after it to everyone else.
func (r *Rewriter) cdata(i int) (int, bool) {
	from := i + len("<![CDATA[")
	if r.gaveUp {
		r.settle(i)
		r.openCDATA(r.buf[i:from])
		r.skip(from)
		return from, true
	}
	end, ok := r.bodyOf(i, from, endCDATA, true)
	if !ok {
		return r.more(i, unitBody)
	}
	r.settle(from)
	r.skip(end)
	if r.tooDeep(r.buf[from:end]) {
		return end, true
	}
	// The "]]>" that follows is text, or ends the bogus comment.
	out, last := r.readMarkup(r.buf[from:end], inBogusComment)
	if last == inText || last == inBogusComment || r.unjudged(Other, ErrAmbiguous).Action == Allow {
		r.out.write(out)
	}
	r.dual = r.dual[:len(r.dual)-len(out)]
	return end, true
}

// openCDATA gives out the beginning of a section that is not kept up to its end, and closes it at once
// unless everything may pass. It hides nothing then in any reading, and what follows is judged as
// the markup that it is.
func (r *Rewriter) openCDATA(begin []byte) {
	if r.dropping != dropNothing {
		return
	}
	r.out.write(begin)
	if r.gaveUpAs != Allow {
		r.out.writeString(endCDATA)
	}
}

// dualSink appends the output of a markup reading to Rewriter.dual, as a stack: a
// reading within a reading ends before the outer one goes on.
type dualSink struct{ r *Rewriter }

func (s dualSink) Write(p []byte) (int, error) {
	s.r.dual = append(s.r.dual, p...)
	return len(p), nil
}

// readMarkup rewrites text as a whole piece of markup. The result is the top of
// r.dual, for the caller to take off. last is the mode that the text ends in,
// where a tag or a dropped element that is cut off counts as inLongTag.
func (r *Rewriter) readMarkup(text []byte, start mode) (out []byte, last mode) {
	if r.uncertain {
		_ = r.out.flush() // into r.dual, below what this reading adds
	}
	base := len(r.dual)
	outerOut, outer, templates := r.out, r.cursor, r.context.templates
	scopes, names := len(r.savedScopes), len(r.savedNames)
	r.savedScopes = append(r.savedScopes, r.context.scopes...)
	r.savedNames = append(r.savedNames, r.context.names...)

	r.out = output{sink: dualSink{r}, pending: r.spare[:0], single: r.out.single}
	r.spare = nil
	r.cursor = cursor{mode: start, final: true, uncertain: true}
	r.readings++
	r.scan(text)
	r.readings--
	_ = r.out.flush()
	last = r.mode
	if r.cutOff || r.dropping != dropNothing {
		last = inLongTag
	}

	r.spare, r.out = r.out.pending, outerOut
	r.cursor = outer
	r.before = 0 // whatever the text ends in, its end tag follows, and that is not removed
	r.mergeContext(r.savedScopes[scopes:], r.savedNames[names:], templates)
	r.savedScopes, r.savedNames = r.savedScopes[:scopes], r.savedNames[:names]
	return r.dual[base:], last
}

// mergeContext makes the context, as a reading of text as markup has left it, one
// that holds in both readings of that text. scopes, names and templates are what
// it was before, which is what it still is to those who take the text for text. The
// flags stay as the reading leaves them.
func (r *Rewriter) mergeContext(scopes []scope, names []openName, templates int) {
	c := &r.context
	// A scope that is open in one reading only must count as open: it makes the place ambiguous.
	if len(c.scopes) < len(scopes) {
		c.scopes = append(c.scopes[:0], scopes...)
	}
	// A name that the reading opened may be open; one that it closed is still open in the other.
	if len(c.names) < len(names) || !slices.Equal(c.names[:len(names)], names) {
		c.lost = true
	}
	// Templates decide whether a <base> is certain, and text that may be no markup has no say in that.
	c.templates = templates
}
