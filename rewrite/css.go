package rewrite

import (
	"bytes"
	"slices"
	"strings"
)

// CSS fetches through url() wherever a value may hold one, through strings in
// @import and image-set(), and through strings that custom properties and functions
// carry there. cssScanner tokenizes as CSS Syntax section 4 does, tracks just
// enough of the structure to tell those strings from others, and in doubt
// asks. An empty data: URL takes the place of what is blocked: the
// declaration around it, and all others, stay.

// inertURL is what a blocked URL becomes: it is valid wherever a URL is, and
// fetches nothing.
const inertURL = "data:,"

// css appends text to dst with its blocked URLs made inert. The verdict is
// that on the first of them; if it is Allow, nothing was appended.
func (r *Rewriter) css(dst, text []byte) ([]byte, Verdict) { return r.sheet(dst, text, codeStyle) }

// sheet is css for the text of a style element, of which with codeImports only what it imports counts.
func (r *Rewriter) sheet(dst, text []byte, code code) ([]byte, Verdict) {
	if !mayFetch(text) {
		return dst, Verdict{}
	}
	s := cssScanner{src: text, scratch: r.unescaped[:0]}
	r.unescaped = nil // judging a URL may call css again: that call must not write into the same scratch space
	defer func() { r.unescaped = s.scratch }()
	var first Verdict
	from := 0
	for s.next() {
		if code == codeImports && s.kind != Style {
			continue
		}
		var v Verdict
		if s.unknown {
			v = r.unjudged(s.kind, ErrAmbiguous)
		} else {
			r.resource.URL = s.url
			v = r.judgeStyleURL(s.kind)
		}
		if v.Action == Allow {
			continue
		}
		r.noteBlocked(v)
		if first.Action == Allow {
			first = v
		}
		dst = append(append(dst, text[from:s.urlStart]...), inertURL...)
		from = s.urlEnd
	}
	if first.Action != Allow {
		dst = append(dst, text[from:]...)
	}
	return dst, first
}

// judgeStyleURL asks about r.resource, whose URL stands in CSS.
func (r *Rewriter) judgeStyleURL(kind Kind) Verdict {
	asked := r.resource // judging a stylesheet within changes it
	v, ok := r.judgeDataURL(asked.URL, kind)
	r.resource = asked
	if ok {
		return v
	}
	r.resource.Kind = kind
	v = r.ask()
	r.resource.Kind = asked.Kind
	return v
}

// mayFetch tells quickly of most CSS that it fetches nothing: what does is one of a few functions,
// an at-rule, a string with a host in a custom property, or hidden by escapes. It
// may say yes because of what stands in a string or a comment.
func mayFetch(text []byte) bool {
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], '(')
		if n < 0 {
			break
		}
		i += n
		if endsInURLFunction(text[:i]) {
			return true
		}
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(text[i:], '@')
		if n < 0 {
			break
		}
		i += n
		if word := text[i+1:]; len(word) >= len("import") && equalFold(word[:len("import")], "import") {
			return true
		}
	}
	return bytes.IndexByte(text, '\\') >= 0 || bytes.Contains(text, []byte("--")) && mayNameHost(text)
}

// urlFunctions are the functions whose strings are URLs; url may take one without
// quotes, too.
var urlFunctions = [...]string{"url", "src", "image-set", "-webkit-image-set", "image", "cross-fade", "-webkit-cross-fade"}

// endsInURLFunction tells whether text ends in the name of one, or in a longer name
// that does.
func endsInURLFunction(text []byte) bool {
	if len(text) == 0 {
		return false
	}
	switch text[len(text)-1] | 0x20 {
	case 'l', 'c', 't', 'e': // the last letters of these names
	default:
		return false
	}
	for _, name := range urlFunctions {
		if len(text) >= len(name) && equalFold(text[len(text)-len(name):], name) {
			return true
		}
	}
	return false
}

// judgeStyle asks about the URLs of a style sheet, in all readings of it, unless it was met
// before. If the verdict blocks something, out is what is left of it.
func (r *Rewriter) judgeStyle(body []byte, ambiguous bool, code code) (out []byte, v Verdict) {
	about := aboutStyle
	if code == codeImports {
		about = aboutImports
	}
	if ambiguous {
		about++
	}
	hash, allowed := r.allowedBefore(body, about)
	if allowed {
		return nil, Verdict{}
	}
	if c := r.blockedBefore(hash); c != nil {
		return r.styleAgain(c), c.first
	}
	before := styleState{len(r.marks), len(r.notes), r.held, r.touched}
	r.held, r.touched = false, false
	defer func() { r.held, r.touched = r.held || before.held, r.touched || before.touched }()
	r.resource = Resource{Element: "style"}
	out, v = r.sheet(r.styled[:0], body, code)
	r.styled = out[:0]
	for _, how := range [...]reading{joined, own} {
		if v.Action != Allow || !ambiguous {
			break
		}
		if text := r.characterData(body, how); !sameSlice(text, body) {
			if _, v = r.sheet(nil, bytes.Clone(text), code); v.Action != Allow {
				out = nil
			}
		}
	}
	switch {
	case r.touched:
	case v.Action == Allow:
		r.rememberAllowed(hash)
	case hash != 0 && r.again != nil && before.marks == 0:
		r.rememberOutcome(hash, &outcome{
			out: bytes.Clone(out), first: v, held: r.held,
			notes: slices.Clone(r.notes[before.notes:]), marks: strings.Join(r.marks, " "),
		})
	}
	return out, v
}

// styleState is what there is of all that judging a style sheet adds to.
type styleState struct {
	marks, notes  int
	held, touched bool
}

// styleAgain does what judging a style sheet did, and returns what was left of it.
func (r *Rewriter) styleAgain(c *outcome) (out []byte) {
	for _, note := range c.notes {
		r.again.Again(note)
	}
	r.notes = append(r.notes, c.notes...)
	r.noteFirst(c.first, c.held)
	r.noteBlocked(Verdict{Action: c.first.Action, Mark: c.marks})
	return c.out
}
