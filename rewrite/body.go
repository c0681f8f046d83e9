package rewrite

import "bytes"

// bodyScan finds where the text that is judged together with its start tag
// ends. Positions count from the '<' of that tag.
type bodyScan struct {
	from int // where the text begins
	at   int // how far it is settled
	// endTag is "</" and the name of a raw text element; "</script" obeys the
	// script data states; endCDATA ends a CDATA section.
	endTag string
	script scriptState
	// xml says that XML's rules delimit it; dual that it is judged as markup, too.
	xml, dual bool
	// spills says that what its last markup leaves open belongs to it, too.
	spills bool
	spill  spill
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
			return s.at + n, true
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

// bodyOf finds the end of the text in buf[from:] that is to be judged as a
// whole with the tag at i. ok is false if more input is needed: r.body then
// goes on where this stopped.
func (r *Rewriter) bodyOf(i, from int, endTag string, dual bool) (end int, ok bool) {
	s := bodyScan{from: from - i, at: from - i, endTag: endTag, xml: r.xml, dual: dual}
	s.spills = endTag == endNoscript && !r.xml && !r.uncertain
	n, found := s.scan(r.buf[i:])
	switch {
	case found:
		return i + n, true
	case r.bodyDone:
		return len(r.buf), true
	case r.final && s.spill.at > 0: // what spills has no end: it does not count
		return i + s.at, true
	case r.final:
		r.cutOff = true
		return len(r.buf), true
	}
	r.body = s
	return 0, false
}

// longTag is a start tag longer than the limit, of which a part has gone.
type longTag struct {
	el   *element // nil for one of no interest
	drop bool
}

// overLimit gives up holding a unit that has grown past its limit.
func (r *Rewriter) overLimit() {
	switch {
	case r.keptAs == heldTag && len(r.kept) > r.limits.Tag:
		r.giveUpTag()
	case r.keptAs == heldBody && len(r.kept)-r.body.from > r.limits.Inline:
		if r.xml {
			r.giveUpBodyXML()
		} else {
			r.giveUpBody()
		}
	case r.keptAs == heldDecl && len(r.kept) > r.limits.Tag:
		r.giveUpDeclaration()
	}
}

// giveUpTag lets a tag through, or drops it, without having seen all its
// attributes. An end tag fetches nothing.
func (r *Rewriter) giveUpTag() {
	r.long = longTag{}
	if r.kept[1] != '/' {
		if name := localName(r.kept[1:nameEnd(r.kept, 1)]); len(name) > 0 && isAlpha(name[0]) {
			r.long.el = lookup(name)
		}
		if el := r.long.el; el != nil && len(el.attrs) > 0 {
			r.long.drop = r.unjudged(el.attrs[0].kind, ErrTagTooLong).Action != Allow
		}
	}
	if !r.long.drop && r.dropping == dropNothing {
		r.out.write(r.kept)
	}
	r.kept, r.keptAs = r.kept[:0], heldNothing
	r.mode = inLongTag
	if r.long.drop {
		r.part()
		r.dropping = dropElement
	}
}

// endLongTag ends inLongTag at the index after the tag's '>'.
func (r *Rewriter) endLongTag(end int) {
	r.mode = inText
	el, dropped := r.long.el, r.long.drop
	if dropped {
		r.skip(end)
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

// giveUpBody lets held text through, or neutralises it, without having seen
// the whole of it. The start tag is the first r.body.from bytes of what is kept.
func (r *Rewriter) giveUpBody() {
	b, s := r.kept, r.body
	kind := Other
	if s.endTag == endScript {
		kind = Script
	}
	v := r.unjudged(kind, ErrInlineTooLong)
	if s.dual {
		r.gaveUp, r.gaveUpAs = true, v.Action // what is scanned again has such text, too: it is not held once more
	}
	switch {
	case s.endTag == endScript:
		r.mode, r.script = inScriptText, s.script
		r.startUnjudgedScript(b[:s.from], v)
	case s.endTag == endCDATA:
		r.openCDATA(b[:s.from])
		s.at = s.from
	case v.Action == Allow:
		// Judged as markup only, from here on; a style not at all.
		r.out.write(b[:s.from])
		s.at = s.from
		if !s.dual {
			r.mode, r.endTag = inRawText, s.endTag
		}
	default:
		r.out.write(b[:s.from])
		r.mode, r.endTag, r.dropping = inRawText, s.endTag, dropContent
	}
	// Scan what was held in the mode that now holds, and hold the rest again.
	rest := b[s.from:]
	r.keptAs = heldNothing
	if s.endTag == endScript {
		rest = b[s.at:]
		if r.dropping == dropNothing {
			r.out.write(b[s.from:s.at])
		}
	}
	done := r.scan(rest)
	r.kept = append(r.kept[:0], rest[done:]...)
}

// startUnjudgedScript gives out the start tag of a script whose text grew
// past the limit.
func (r *Rewriter) startUnjudgedScript(tag []byte, v Verdict) {
	switch v.Action {
	case Allow:
		r.out.write(tag)
	case Remove:
		r.part()
		r.dropping = dropElement
	default:
		nameEnd := nameEnd(tag, 1)
		r.attrs = parseAttrs(tag, nameEnd, r.attrs[:0])
		r.newTag()
		r.marks = append(r.marks, v.Mark)
		r.holdScript(tag, nameEnd)
		r.edits.apply(&r.out, tag)
	}
}
