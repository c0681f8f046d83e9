package rewrite

// code says what the text in an element is that must be judged as a whole.
type code uint8

const (
	noCode      code = iota
	codeScript       // JavaScript
	codeStyle        // CSS
	codeImports      // text of a style element that is not applied: preload scanners fetch what it imports all the same
	codeImportMap
	codeRules // speculation rules, web bundles
)

// content is what stands between the tags of an element, as far as it is no markup.
type content struct {
	text   text   // how the tokenizer reads it, in this place
	endTag string // what ends it
	code   code   // what it is judged as
	dual   bool   // it is judged as markup, too
	// buf[start:end] is judged with the start tag; it is empty if the content need not be.
	// left is what stays of it, which is that slice itself if nothing is taken.
	start, end int
	left       []byte
}

// whole tells whether the content is judged with the start tag, as a whole.
func (c *content) whole() bool { return c.code != noCode || c.dual }

// element reads the start tag buf[i:end] of an element: asks the judge,
// changes what is blocked, and enters the text that follows it. It returns the
// index to go on from and true, or i and false if text that must be judged
// with the tag has not come yet. In that case it has had no effect.
func (r *Rewriter) element(el *element, i, nameEnd, end int) (int, bool) {
	tag := r.buf[i:end]
	ambiguous, foreign, within := r.context.ambiguous(), r.context.foreign(), len(r.context.scopes) > 0
	closesItself := (within || el.opens) && r.closesItself(nameEnd, end)
	nameEnd -= i
	r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])
	c, ok := r.contentOf(el, i, end, closesItself)
	if !ok {
		return r.more(i, unitBody)
	}

	if c.text != textData {
		r.leave(i)
	}
	if within || el.opens {
		r.context.open(tag[1:nameEnd], closesItself)
	}
	// A preload scanner knows no foreign content. Where that makes a difference it reads as text
	// from here on what the parser reads as markup, and there is no telling up to where.
	r.context.lost = r.context.lost || c.text != el.text || c.endTag != el.endTag

	r.newTag()
	ambiguous = ambiguous || len(r.context.scopes) > 0 || el.name == "svg" // which may have attributes of SVG, and be empty
	removed, held := r.judgeTag(el, tag, nameEnd, c.text != textScript || r.runs(tag, r.attrs), ambiguous)
	if removed && foreign && c.text != textScript {
		// It may be a tag that ends foreign content, which it no longer would if it were
		// taken out: it stays, bare.
		removed = false
		r.edits = r.edits.bare(nameEnd, len(tag))
	}
	if !removed && !held && c.code != noCode {
		c.left, removed = r.judgeBody(c.code, i, tag, nameEnd, c.left, ambiguous)
	}
	r.applyVerdict(i, tag, &c, removed)
	return r.leaveContent(el, &c, removed), true
}

// contentOf tells how the content behind the start tag buf[i:end] is read, and finds the
// end of one that is judged as a whole. ok is false if that has not come yet.
func (r *Rewriter) contentOf(el *element, i, end int, closesItself bool) (c content, ok bool) {
	c = content{text: el.text, endTag: el.endTag, start: end, end: end}
	ambiguous := r.context.ambiguous()
	empty := closesItself && r.context.foreign() && !r.context.unsure && !r.context.lost
	switch {
	case c.text == textPlain && ambiguous, empty && c.text != textStyle:
		c.text = textData
	case empty:
		c.endTag = "<" // but the preload scanner reads what follows it as CSS
	}
	c.code = r.codeOf(c.text, r.buf[i:end])
	c.dual = c.text == textDual || ambiguous && c.text != textData && c.endTag != "<"
	if c.dual && r.gaveUp && r.gaveUpAs == Allow {
		c.text, c.code, c.dual = textData, noCode, false // as markup only, as what was given up
	}
	if c.whole() {
		if c.end, ok = r.bodyOf(i, end, c.endTag, c.dual); !ok {
			return c, false
		}
	}
	c.left = r.buf[c.start:c.end]
	return c, true
}

// applyVerdict gives out what the verdict leaves of the start tag at i. Of an element that is
// removed it leaves out the content, too: now, or as it comes.
func (r *Rewriter) applyVerdict(i int, tag []byte, c *content, removed bool) {
	switch {
	case removed:
		r.settle(i)
		r.part()
		r.skip(c.end)
		if c.text != textData {
			r.dropping = dropElement
		}
	case len(r.edits) > 0:
		r.settle(i)
		r.edits.apply(&r.out, tag)
		r.before = '>'
		r.skip(c.start)
	}
}

// leaveContent gives out what is left of content that is judged as a whole, or makes the
// tokenizer read any other. It returns the index to go on from.
func (r *Rewriter) leaveContent(el *element, c *content, removed bool) int {
	if !c.whole() {
		if c.text != textData {
			r.enter(el)
		}
		return c.start
	}
	// The tokenizer goes on at its end tag, as in any text, or behind what spills over that.
	if stop := r.spillsOver(c.start, c.end, c.endTag); stop < c.end {
		r.bodyDone = false // whatever is kept ends behind it
		if r.spilled(c.start, stop, c.end) {
			return c.end
		}
		c.end, c.left = stop, r.buf[c.start:stop]
	}
	if removed || !c.dual && sameSlice(c.left, r.buf[c.start:c.end]) {
		return c.end
	}
	r.settle(c.start)
	r.skip(c.end)
	if c.dual {
		r.readBoth(c.left, c.code)
	} else {
		r.out.write(c.left)
	}
	return c.end
}

// codeOf tells what the text after a start tag is to be judged as.
func (r *Rewriter) codeOf(text text, tag []byte) code {
	switch text {
	case textStyle:
		if r.isCSS(tag) {
			return codeStyle
		}
		return codeImports
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
// type, if it has one, is that of CSS. If type is given more than once, any of them counts.
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
