package rewrite

import "bytes"

// Some attributes fetch on every element, whatever it is: style, event
// handlers, ping, and in SVG the presentation attributes that hold url().
var (
	styleAttr   = &fetchAttr{name: "style", kind: Image, form: formCSS}
	handlerAttr = &fetchAttr{name: "on", kind: Script, form: formHandler}
	pingAttrs   = [...]fetchAttr{
		{name: "ping", kind: Hint, form: formURLs},
		{name: "attributionsrc", kind: Hint, form: formURLs},
	}
	// presentation are the properties of SVG 2 section 6.6 that take url().
	presentation = [...]fetchAttr{
		{name: "clip-path", kind: Image, form: formValue},
		{name: "cursor", kind: Image, form: formValue},
		{name: "fill", kind: Image, form: formValue},
		{name: "filter", kind: Image, form: formValue},
		{name: "marker", kind: Image, form: formValue},
		{name: "marker-end", kind: Image, form: formValue},
		{name: "marker-mid", kind: Image, form: formValue},
		{name: "marker-start", kind: Image, form: formValue},
		{name: "mask", kind: Image, form: formValue},
		{name: "stroke", kind: Image, form: formValue},
	}
)

// fetching returns what is known of an attribute that fetches, nil of any other. core says
// that those in the element's own list do on this tag, foreign that it may be an SVG element.
func (el *element) fetching(name []byte, core, foreign bool) *fetchAttr {
	if core {
		for i := range el.attrs {
			if f := &el.attrs[i]; (foreign || !f.foreign) && equalFold(name, f.name) {
				return f
			}
		}
	}
	switch name[0] | 0x20 {
	case 'o':
		// With a colon it is no handler ("on:click" is a framework's); and holdPrefix, behind the
		// colon, would leave it looking like one.
		if len(name) > 2 && name[1]|0x20 == 'n' && bytes.IndexByte(name, ':') < 0 {
			return handlerAttr
		}
	case 's':
		if equalFold(name, styleAttr.name) {
			return styleAttr
		}
	case 'p', 'a':
		for i := range pingAttrs {
			if equalFold(name, pingAttrs[i].name) {
				return &pingAttrs[i]
			}
		}
	}
	if foreign {
		for i := range presentation {
			if equalFold(name, presentation[i].name) {
				return &presentation[i]
			}
		}
	}
	return nil
}

// mayAct tells quickly of most tags that no attribute in them fetches that would do so on every
// element: it looks at the name before each '='. It may say yes because of text
// in a value, but never no if there is such an attribute.
func mayAct(tag []byte, foreign bool) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(tag[i:], '=')
		if n < 0 {
			return false
		}
		i += n
		end := i
		for end > 0 && isSpace(tag[end-1]) {
			end--
		}
		start := end
		for start > 0 && isNameChar(tag[start-1]) {
			start--
		}
		if start < end && anyElement.fetching(tag[start:end], false, foreign) != nil {
			return true
		}
	}
}

// isNameChar tells whether c can be in the name of an attribute that fetches on every element.
func isNameChar(c byte) bool { return isAlpha(c) || c == '-' }

// judgeAttr asks about one attribute's value. rest is what may stay of the
// value if only a part of it is blocked.
func (r *Rewriter) judgeAttr(f form, value []byte) (v Verdict, rest []byte) {
	switch f {
	case formSrcset:
		return r.judgeList(value, nextCandidate, ", ")
	case formURLs:
		return r.judgeList(value, nextWord, " ")
	}
	value = r.decode(value)
	switch f {
	case formCSS:
		r.left, v = r.css(r.left[:0], value)
		return v, r.left
	case formHandler:
		// An attribute of the name stays, without effect: styles and scripts may look for it.
		return r.askInline(Handler, value), inertCode
	case formDocument:
		rest, v = r.document(bytes.Clone(value), false, false)
		return v, rest
	case formRefresh:
		for url := range RefreshURLs(value) {
			if v = r.judgeURL(url); v.Action != Allow {
				break
			}
		}
		return v, nil
	case formValue:
		return r.judgeValues(value)
	}
	return r.judgeURL(value), nil
}

// judgeURL asks about r.resource with a URL, and about what is in the URL.
func (r *Rewriter) judgeURL(url []byte) Verdict {
	if r.resource.Kind == Frame {
		if code, ok := cutScriptURL(url); ok {
			return r.askInline(ScriptURL, code)
		}
	}
	if v, ok := r.judgeDataURL(url, r.resource.Kind); ok {
		return v
	}
	r.resource.URL = url
	return r.ask()
}

// inertCode is what becomes of a blocked event handler.
var inertCode = []byte(";")

// judgeValues asks about what an animation sets or a presentation attribute
// holds: URLs, or CSS values, with semicolons between. rest is the value with
// the blocked ones made inert.
func (r *Rewriter) judgeValues(list []byte) (first Verdict, rest []byte) {
	if !mayFetch(list) && bytes.IndexByte(list, '/') < 0 {
		return Verdict{}, nil
	}
	r.list = append(r.list[:0], list...) // list may be scratch space, which judging what is in it may need
	done := 0
	for start := 0; start < len(r.list); {
		value, _, _ := bytes.Cut(r.list[start:], []byte{';'})
		end := start + len(value)
		out, v := value, Verdict{}
		if mayFetch(value) {
			if changed, verdict := r.css(nil, value); verdict.Action != Allow {
				out, v = changed, verdict
			}
		}
		if bytes.IndexByte(out, '/') >= 0 && r.resource.Element != "" { // an animation may set it as a URL
			if verdict := r.judgeURL(trimSpace(out)); verdict.Action != Allow {
				out, v = []byte(inertURL), verdict
			}
		}
		if v.Action != Allow {
			r.noteBlocked(v)
			rest = append(append(rest, r.list[done:start]...), out...)
			done = end
			if first.Action == Allow {
				first = v
			}
		}
		start = end + 1
	}
	if first.Action != Allow {
		rest = append(rest, r.list[done:]...)
	}
	return first, rest
}

// judgeList asks about each URL of a list. It returns the verdict on the first
// that is blocked, and what is left of the value without the blocked ones: empty
// if none is left.
func (r *Rewriter) judgeList(value []byte, next func([]byte, int) (candidate, int, bool), separator string) (Verdict, []byte) {
	var blocked Verdict
	r.list = append(r.list[:0], r.decode(value)...)
	src := r.list
	left := r.left[:0]
	for i := 0; ; {
		c, after, ok := next(src, i)
		if !ok {
			break
		}
		i = after
		r.resource.URL = src[c.start:c.urlEnd]
		if v := r.ask(); v.Action != Allow {
			r.noteBlocked(v)
			if blocked.Action == Allow {
				blocked = v
			}
			continue
		}
		if len(left) > 0 {
			left = append(left, separator...)
		}
		left = append(left, bytes.TrimSpace(src[c.start:c.end])...)
	}
	r.left = left
	return blocked, left
}

// nextWord is nextCandidate for lists with white space between.
func nextWord(src []byte, i int) (c candidate, next int, ok bool) {
	i = skipSpace(src, i)
	c.start = i
	for i < len(src) && !isSpace(src[i]) {
		i++
	}
	c.urlEnd, c.end = i, i
	return c, i, i > c.start
}
