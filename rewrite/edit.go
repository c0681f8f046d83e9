package rewrite

import (
	"bytes"
	"slices"
)

// To hold a tag only insertions are made, so that it can be restored byte
// for byte; see doc.go.
const (
	markAttr   = "data-consent"
	holdPrefix = "data-consent-"
	textAttr   = "data-consent-text" // the text of a style or an import map that was changed
)

// dropKind is what is left out of the output while a Rewriter drops.
type dropKind uint8

const (
	dropNothing dropKind = iota
	dropElement          // up to and including the next end tag
	dropContent          // up to the next end tag
)

// edit is one change of a tag: text, name and, if valued is set, value in quotes take the
// place of the del bytes at index at.
type edit struct {
	at, del int
	text    string
	name    string // of an attribute that is added
	value   []byte
	valued  bool
}

// edits are the changes of one tag.
type edits []edit

// apply gives tag with its changes to out.
func (e edits) apply(out *output, tag []byte) {
	slices.SortStableFunc(e, func(a, b edit) int { return a.at - b.at })
	from := 0
	for i := range e {
		c := &e[i]
		out.write(tag[from:c.at])
		out.writeString(c.text)
		out.writeString(c.name)
		if c.valued {
			out.writeValue(c.value)
		}
		from = c.at + c.del
	}
	out.write(tag[from:])
}

func (e *edits) insert(at int, text string) { *e = append(*e, edit{at: at, text: text}) }

// insertAttr adds an attribute. value must stay as it is until the edits are applied.
func (e *edits) insertAttr(at int, name string, value []byte) {
	*e = append(*e, edit{at: at, text: " ", name: name, value: value, valued: true})
}

// bare are the edits that leave nothing of a tag but its name.
func (e edits) bare(nameEnd, end int) edits {
	return append(e[:0], edit{at: nameEnd, del: end - 1 - nameEnd})
}

// holdAttr renames an attribute so that it does nothing. If a part of its
// value may stay, an attribute of the old name is added for that. A prefix stays the
// prefix, since XML wants every prefix declared.
func (e *edits) holdAttr(tag []byte, a *attr, name string, rest []byte) {
	at := a.nameStart
	if colon := bytes.IndexByte(a.name(tag), ':'); colon >= 0 {
		at += colon + 1
	}
	e.insert(at, holdPrefix)
	if len(rest) > 0 {
		e.insertAttr(a.end, name, rest)
	}
}

// removeAttr takes an attribute out, or leaves rest of its value.
func (e *edits) removeAttr(a *attr, rest []byte) {
	if len(rest) == 0 {
		*e = append(*e, edit{at: a.nameStart, del: a.end - a.nameStart})
		return
	}
	*e = append(*e, edit{at: a.nameEnd, del: a.end - a.nameEnd, value: rest, valued: true})
}

// newTag forgets the changes of the tag before.
func (r *Rewriter) newTag() {
	r.edits, r.marks, r.values = r.edits[:0], r.marks[:0], r.values[:0]
}

// value copies text, which may be scratch space, to where it stays until the tag is given out.
func (r *Rewriter) value(text []byte) []byte {
	start := len(r.values)
	r.values = append(r.values, text...)
	return r.values[start:]
}

// mark names the vendors because of which the element is held: all that
// noteBlocked has collected since the tag began.
func (r *Rewriter) mark(nameEnd int) {
	start := len(r.values)
	for i, mark := range r.marks {
		if i > 0 {
			r.values = append(r.values, ' ')
		}
		r.values = append(r.values, mark...)
	}
	names := r.values[start:]
	for i := range r.edits {
		if e := &r.edits[i]; e.at == nameEnd && e.name == markAttr {
			e.value = names
			return
		}
	}
	r.edits.insertAttr(nameEnd, markAttr, names)
}

// holdScript makes a script of any kind inert: of type text/plain its text is no code. The
// attributes that fetch are not its business: holdAttr has renamed them.
func (r *Rewriter) holdScript(tag []byte, nameEnd int) {
	r.mark(nameEnd)
	r.edits.insertAttr(nameEnd, "type", r.value([]byte("text/plain")))
	for i := range r.attrs {
		if a := &r.attrs[i]; equalFold(a.name(tag), "type") {
			r.edits.insert(a.nameStart, holdPrefix)
		}
	}
}
