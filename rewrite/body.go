package rewrite

import "bytes"

// bodyScan finds the end of text that is judged together with its start tag.
// Positions count from the '<' of that tag.
type bodyScan struct {
	from int // where the text begins
	at   int // how far it is settled
	// endTag is "</" and the name of a raw text element; "</script" obeys the
	// script data states; endCDATA ends a CDATA section.
	endTag string
	script scriptState
	// xml says that XML's rules delimit it; dual that it is judged as markup, too.
	xml, dual bool
	// spills says that it may go on behind its end tag; spill finds out how far: spill.go.
	spills bool
	spill  spill
	// tooLong says that its end was found, but past the limit. It is given up then as if the end had
	// not come yet, so that the pieces in which the input comes make no difference.
	tooLong bool
}

const (
	endScript   = "</script"
	endNoscript = "</noscript"
	endCDATA    = "]]>"
)

// scan looks on in b. It returns the index of the end tag and true, or false.
func (s *bodyScan) scan(b []byte) (end int, found bool) {
	if s.xml {
		s.at, found = xmlEnd(b, s.at, s.endTag)
		return s.at, found
	}
	switch s.endTag {
	case "<":
		if n := bytes.IndexByte(b[s.at:], '<'); n >= 0 {
			s.at += n
			return s.at, true
		}
		s.at = len(b)
		return s.at, false
	case endScript:
		s.at, found = s.script.scan(b, s.at)
	case endCDATA:
		if n := bytes.Index(b[s.at:], []byte(endCDATA)); n >= 0 {
			s.at += n
			return s.at, true
		}
		s.at = max(s.at, len(b)-len(endCDATA)+1)
	default:
		s.at, found = rawEnd(b, s.at, s.endTag)
		if found && s.spills {
			return s.scanSpill(b)
		}
	}
	return s.at, found
}

// scanSpill looks for the end of what spills over the end tag at s.at.
func (s *bodyScan) scanSpill(b []byte) (end int, found bool) {
	if s.spill.at == 0 {
		s.spill.at = s.from
	}
	end, found = s.spill.scan(b, s.at)
	if found && end-s.at > maxSpill || !found && len(b)-s.at > maxSpill {
		return s.at, true
	}
	return end, found
}

// length is how long the text is once its end was found.
func (s *bodyScan) length() int { return s.at - s.from }

// least is how long the text is at least, after all of b was scanned and no end was found. The last
// bytes do not count: they may be the beginning of the end tag.
func (s *bodyScan) least(b []byte) int {
	if s.spill.at > 0 {
		return s.length()
	}
	return len(b) - len(s.endTag) - 1 - s.from
}

// bodyOf finds the end of the text in buf[from:] that is to be judged as a
// whole with the tag at i. ok is false if more input is needed: r.body then
// goes on where this stopped.
func (r *Rewriter) bodyOf(i, from int, endTag string, dual bool) (end int, ok bool) {
	s := bodyScan{from: from - i, at: from - i, endTag: endTag, xml: r.xml, dual: dual}
	s.spills = endTag == endNoscript && !r.xml && !r.uncertain
	n, found := s.scan(r.buf[i:])
	switch {
	case found && !r.uncertain && s.length() > r.limits.Inline:
		s.tooLong = true // it is kept, and so given up at once
	case found:
		return i + n, true
	case r.bodyDone:
		return len(r.buf), true
	case r.final && s.spill.at > 0: // the text has an end, and only what spills behind it has none
		return i + s.at, true
	case r.final:
		r.cutOff = true
		return len(r.buf), true
	}
	r.body = s
	return 0, false
}

// longTag is a tag longer than the limit, the beginning of which is given out or dropped.
type longTag struct {
	el   *element // of a start tag; nil for one of no interest
	drop bool
	ends bool // it is an end tag
	last byte // of that beginning
}

// overLimit gives up the unit b, which r would keep, if it is past its limit. It returns how many bytes it has
// dealt with by that; those behind them are scanned as the mode now has it.
func (r *Rewriter) overLimit(b []byte) (given int, gaveUp bool) {
	switch {
	case r.keptAs == unitTag && len(b) > r.limits.Tag:
		r.giveUpTag(b)
		r.mode, given = inLongTag, len(b)
	case r.keptAs == unitBody && (r.body.tooLong || r.body.least(b) > r.limits.Inline):
		if r.xml {
			given = r.giveUpBodyXML(b)
		} else {
			given = r.giveUpBody(b)
		}
	case r.keptAs == unitDecl && len(b) > r.limits.Tag:
		given = r.giveUpDeclaration(b)
	default:
		return 0, false
	}
	r.keptAs = unitNone
	return given, true
}

// giveUpTag lets what has come of a tag through, or drops it, without having seen all its
// attributes. An end tag fetches nothing: it passes, unless it ends what is dropped.
func (r *Rewriter) giveUpTag(tag []byte) {
	r.long = longTag{ends: len(tag) > 1 && tag[1] == '/', last: tag[len(tag)-1]}
	if r.long.ends {
		name := tag[2:endOfName(tag, 2)]
		r.closes(name)
		if r.ends(name) {
			r.long.drop = r.dropping == dropElement
			if !r.long.drop {
				r.dropping = dropNothing
			}
		}
	} else if r.dropping == dropNothing {
		end, kind := endOfName(tag, 1), Other
		// If the name alone is past the limit its end may not have come.
		if name := localName(tag[1:end]); end <= r.limits.Tag && len(name) > 0 && isAlpha(name[0]) {
			r.long.el = lookup(name)
		}
		if el := r.long.el; el != nil && len(el.attrs) > 0 {
			kind = el.attrs[0].kind
		}
		// Any element may have a style, or handlers.
		r.long.drop = r.unjudged(kind, ErrTagTooLong).Action != Allow
	}
	switch {
	case r.long.drop && !r.long.ends:
		r.part()
		r.dropping, r.dropName = dropElement, string(tag[1:min(endOfName(tag, 1), r.limits.Tag)])
	case r.dropping == dropNothing:
		r.out.write(tag)
		r.before = tag[len(tag)-1]
	}
}

// longTagAt gives up the tag at i that ends at end, as giveUpTag does while one comes.
func (r *Rewriter) longTagAt(i, end int) (int, bool) {
	r.settle(i)
	r.giveUpTag(r.buf[i : end-1])
	r.skip(end - 1)
	r.endLongTag(end)
	return end, true
}

// inLong scans on in a tag that was given up.
func (r *Rewriter) inLong(i int) (end int, done bool) {
	n, done := r.tag.scan(r.buf[i:])
	switch {
	case done && n > 1:
		r.long.last = r.buf[i+n-2]
	case !done && n > 0:
		r.long.last = r.buf[i+n-1]
	}
	return i + n, done
}

// endLongTag ends inLongTag at the index after the tag's '>'.
func (r *Rewriter) endLongTag(end int) {
	r.mode = inText
	el, dropped := r.long.el, r.long.drop
	if dropped {
		r.skip(end)
		if r.xml && !r.long.ends && r.long.last != '/' {
			return // up to its end tag
		}
		r.dropping = dropNothing
	}
	if el == nil || r.xml {
		return
	}
	if dropped && el.text != textData {
		r.dropping = dropElement
	}
	r.enter(el)
}

// giveUpBody lets text through, or neutralises it, without having seen
// the whole of it. The start tag is the first r.body.from bytes of b. It returns
// how many bytes of b it has dealt with.
func (r *Rewriter) giveUpBody(b []byte) (given int) {
	s := r.body
	kind := Other
	if s.endTag == endScript {
		kind = Script
	}
	v := r.unjudged(kind, ErrInlineTooLong)
	if s.dual {
		r.gaveUp, r.gaveUpAs = true, v.Action
	}
	switch {
	case s.endTag == endScript:
		r.mode, r.script = inScriptText, s.script
		r.startUnjudgedScript(b[:s.from], v)
	case s.endTag == endCDATA:
		r.openCDATA(b[:s.from])
	case v.Action == Allow:
		// Text with two readings is scanned as markup only from here on; the rest of a style is not judged.
		r.giveTag(b[:s.from])
		if !s.dual {
			r.mode, r.endTag = inRawText, s.endTag
		}
	default:
		r.giveTag(b[:s.from])
		r.mode, r.endTag, r.dropping = inRawText, s.endTag, dropContent
	}
	if s.endTag != endScript {
		return s.from // what follows is scanned in the mode that now holds
	}
	if r.dropping == dropNothing {
		r.out.write(b[s.from:s.at])
	}
	return s.at
}

// giveTag gives out the start tag of a text that is given up. The tag itself is judged like
// any other; but an element that would be removed leaves a bare tag, because its end tag
// stays.
func (r *Rewriter) giveTag(tag []byte) {
	nameEnd := endOfName(tag, 1)
	el := lookup(localName(tag[1:nameEnd]))
	r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])
	r.newTag()
	if removed, _ := r.judgeTag(el, tag, nameEnd, el.text != textScript || r.runs(tag, r.attrs), true); removed {
		r.edits = r.edits.bare(nameEnd, len(tag))
	}
	r.edits.apply(&r.out, tag)
}

// startUnjudgedScript gives out the start tag of a script whose text grew
// past the limit.
func (r *Rewriter) startUnjudgedScript(tag []byte, v Verdict) {
	switch v.Action {
	case Allow:
		r.giveTag(tag)
	case Remove:
		r.part()
		r.dropping = dropElement
	default:
		nameEnd := endOfName(tag, 1)
		r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])
		r.newTag()
		r.marks = append(r.marks, v.Mark)
		r.holdScript(tag, nameEnd)
		r.edits.apply(&r.out, tag)
	}
}
