package rewrite

import (
	"bytes"
	"slices"
	"strings"
)

// Hold is made of insertions only, so that what is held can be restored byte
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

// edit is one change of a tag: del bytes at index at give way to text.
type edit struct {
	at, del int
	text    string
}

// edits are the changes of one tag.
type edits []edit

// apply gives tag with its changes to out. In XML a value cannot hold '<'.
func (e edits) apply(out *output, tag []byte, xml bool) {
	slices.SortStableFunc(e, func(a, b edit) int { return a.at - b.at })
	from := 0
	for _, c := range e {
		out.write(tag[from:c.at])
		text := c.text
		if xml {
			text = strings.ReplaceAll(text, "<", "&lt;")
		}
		out.writeString(text)
		from = c.at + c.del
	}
	out.write(tag[from:])
}

func (e *edits) insert(at int, text string) { *e = append(*e, edit{at: at, text: text}) }

// insertAttr adds an attribute after a tag's name.
func (e *edits) insertAttr(nameEnd int, name, value string) {
	e.insert(nameEnd, " "+name+`="`+escapeAttr(value)+`"`)
}

// bare are the edits that leave nothing of a tag but its name.
func (e edits) bare(nameEnd, end int) edits {
	return append(e[:0], edit{at: nameEnd, del: end - 1 - nameEnd})
}

// mark names the vendors because of which the element is held: all that
// noteBlocked has collected since the tag began.
func (r *Rewriter) mark(nameEnd int) {
	text := " " + markAttr + `="` + escapeAttr(strings.Join(r.marks, " ")) + `"`
	for i := range r.edits {
		if e := &r.edits[i]; e.at == nameEnd && strings.HasPrefix(e.text, " "+markAttr+"=") {
			e.text = text
			return
		}
	}
	r.edits.insert(nameEnd, text)
}

// holdAttr renames an attribute so that it does nothing. If a part of its
// value may stay, that gets an attribute of its own. A prefix stays in front,
// since XML wants it declared.
func (e *edits) holdAttr(tag []byte, a *attr, name string, rest []byte) {
	at := a.nameStart
	if colon := bytes.IndexByte(a.name(tag), ':'); colon >= 0 {
		at += colon + 1
	}
	e.insert(at, holdPrefix)
	if len(rest) > 0 {
		e.insert(a.end, " "+name+`="`+escapeAttr(string(rest))+`"`)
	}
}

// removeAttr takes an attribute out, or leaves rest of its value.
func (e *edits) removeAttr(a *attr, rest []byte) {
	if len(rest) == 0 {
		*e = append(*e, edit{at: a.nameStart, del: a.end - a.nameStart})
		return
	}
	*e = append(*e, edit{at: a.nameEnd, del: a.end - a.nameEnd, text: `="` + escapeAttr(string(rest)) + `"`})
}

// holdScript makes a script of any kind inert: its text is no code any more.
// Whatever fetches has been renamed before.
func (r *Rewriter) holdScript(tag []byte, nameEnd int) {
	r.mark(nameEnd)
	r.edits.insert(nameEnd, ` type="text/plain"`)
	for i := range r.attrs {
		if a := &r.attrs[i]; equalFold(a.name(tag), "type") {
			r.edits.insert(a.nameStart, holdPrefix)
		}
	}
}

// escapeAttr makes text fit between double quotes.
var attrEscaper = strings.NewReplacer("&", "&amp;", `"`, "&quot;")

func escapeAttr(s string) string { return attrEscaper.Replace(s) }
