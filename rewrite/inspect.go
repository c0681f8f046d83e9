package rewrite

// element reads the start tag buf[i:end] of an element in the table: asks the
// judge, changes what is blocked, and enters the text that follows it. It
// returns the index to go on from and true, or i and false if text that must
// be judged with the tag has not come yet. In that case it has had no effect.
func (r *Rewriter) element(el *element, i, nameEnd, end int) (int, bool) {
	ambiguous := r.context.ambiguous()
	text := el.text
	if ambiguous && text == textPlain || text != textData && r.context.foreign() && r.closesItself(end) {
		text = textData
	}
	tag := r.buf[i:end]
	nameEnd -= i
	r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])

	inline := text == textScript && r.runs(tag, r.attrs) && !r.has(tag, "src")
	dual := text == textDual || ambiguous && text != textData
	bodyEnd := end
	if inline || dual {
		var ok bool
		if bodyEnd, ok = r.bodyOf(i, end, el.endTag); !ok {
			return r.more(i, heldBody)
		}
	}

	r.context.open(r.buf[i+1:i+nameEnd], r.closesItself(end))
	if el.name == "base" {
		r.base(tag)
	}
	r.edits = r.edits[:0]
	removed := r.judgeTag(el, tag, nameEnd, ambiguous)
	body := r.buf[end:bodyEnd]
	if inline && !removed && len(r.edits) == 0 {
		removed = r.judgeInline(i, tag, nameEnd, body, ambiguous)
	}

	switch {
	case removed:
		r.settle(i)
		r.skip(bodyEnd)
		if text != textData {
			r.dropping = dropElement
		}
	case len(r.edits) > 0:
		r.settle(i)
		r.edits.apply(&r.out, tag)
		r.skip(end)
	}
	switch {
	case inline || dual:
		// The body is read; text mode goes on at its end tag.
		if dual && !removed {
			r.readBoth(end, bodyEnd)
		}
		return bodyEnd, true
	case removed && text == textData:
		return end, true
	}
	if text != textData {
		r.enter(el)
	}
	return end, true
}

// enter makes the tokenizer read what follows a start tag of el.
func (r *Rewriter) enter(el *element) {
	switch el.text {
	case textRaw, textDual:
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

// base tells the judge of a <base href>. The judge knows which of several counts.
func (r *Rewriter) base(tag []byte) {
	for i := range r.attrs {
		if equalFold(r.attrs[i].name(tag), "href") {
			r.judge.Base(r.decode(r.attrs[i].value(tag)))
			return
		}
	}
}

// judgeTag asks about every resource that the tag names and notes in r.edits
// what becomes of it. It returns true if the whole element is to be removed.
func (r *Rewriter) judgeTag(el *element, tag []byte, nameEnd int, ambiguous bool) (removed bool) {
	if len(el.attrs) == 0 {
		return false
	}
	kind, override := Other, false
	switch {
	case el.only != nil:
		if kind, override = el.only(r, tag, r.attrs); !override {
			return false
		}
	case el.text == textScript && !r.runs(tag, r.attrs):
		return false
	}

	var first Verdict // on what is blocked first; its action is the element's
	left := 0         // resources that stay
	for i := range r.attrs {
		a := &r.attrs[i]
		for _, fetch := range el.attrs {
			if fetch.foreign && !ambiguous || !equalFold(a.name(tag), fetch.name) {
				continue
			}
			r.resource = Resource{Kind: fetch.kind, Element: el.name, Attr: fetch.name}
			if override && fetch.form == formURL {
				r.resource.Kind = kind
			}
			v, rest := r.judgeAttr(fetch.form, a.value(tag))
			if v.Action == Allow {
				left++
				continue
			}
			if first.Action == Allow {
				first = v
			}
			if len(rest) > 0 {
				left++
			}
			if first.Action == Remove {
				r.edits.removeAttr(a, rest)
			} else {
				r.edits.holdAttr(a, fetch.name, rest)
			}
		}
	}
	switch {
	case first.Action == Allow:
		return false
	case first.Action == Remove:
		return el.text == textScript || el.whole && left == 0
	case el.text == textScript:
		r.holdScript(tag, nameEnd, first.Mark)
	default:
		r.edits.mark(nameEnd, first.Mark)
		if first.Action == Placeholder && el.name == "iframe" && !r.has(tag, "srcdoc") {
			r.edits.insertAttr(nameEnd, "srcdoc", first.Document)
		}
	}
	return false
}

// judgeAttr asks about one attribute's value. rest is what may stay of a
// srcset some of whose candidates are blocked.
func (r *Rewriter) judgeAttr(f form, value []byte) (v Verdict, rest []byte) {
	if f == formSrcset {
		return r.judgeSrcset(&r.resource, value)
	}
	r.resource.URL = r.decode(value)
	return r.judge.Resource(&r.resource), nil
}

// judgeInline asks about an inline script and notes in r.edits how it is
// held. What must run of it all the same is put before it. It returns true if it is to be removed.
func (r *Rewriter) judgeInline(i int, tag []byte, nameEnd int, body []byte, ambiguous bool) (removed bool) {
	v := r.judge.Inline(body)
	if v.Action == Allow && ambiguous {
		// The text of an SVG script has its character references resolved.
		if decoded := r.decode(body); len(decoded) != len(body) {
			v = r.judge.Inline(decoded)
		}
	}
	if v.Action == Allow {
		return false
	}
	if len(v.Keep) > 0 {
		r.settle(i)
		r.out.writeString("<script")
		for j := range r.attrs {
			if a := &r.attrs[j]; equalFold(a.name(tag), "nonce") {
				r.out.writeString(" ")
				r.out.write(tag[a.nameStart:a.end])
			}
		}
		r.out.writeString(">")
		r.out.write(v.Keep)
		r.out.writeString("</script>")
	}
	if v.Action == Remove {
		return true
	}
	r.holdScript(tag, nameEnd, v.Mark)
	return false
}
