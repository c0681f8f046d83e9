package consent

import (
	"bytes"
	"strings"
)

// InlineGuarded is Inline for a script in a page that has a guard, which stops most of what scripts ask for, and stand-ins
// for what is denied ([Policy.Stubs]). Many scripts of a site that are about a vendor are about other things, too, and
// holding them breaks those. So these are no signs here:
//
//   - calls of a stub, and what they are called with, in functions that wait for what the visitor does: a click, a form that
//     is sent. But what sets the vendor up is a sign wherever it stands;
//   - URLs, code and markup in the strings of object and array literals, which are data: the state of a page, the texts
//     of a shop. The address of a script is none; nor is anything in a script that does what no guard can stop.
func (p *Policy) InlineGuarded(script []byte, site []byte, d *Decision) InlineVerdict {
	out := p.Inline(script, site, d)
	if !out.Blocked {
		return out
	}
	all, now, escapes := p.guardedParts(script, d)
	if escapes {
		return out
	}
	if v := p.inlineVerdict(all, site, d, inlineLook{stubbed: true, guarded: true, first: true}); v.Blocked {
		return out
	}
	if v := p.inlineVerdict(now, site, d, inlineLook{data: true, first: true}); v.Blocked {
		return out
	}
	return InlineVerdict{Verdict: Verdict{Known: out.Known}}
}

// guardedParts returns what of a script counts: all of it, and what of that does not wait for the visitor. In both, what
// is data is an empty string. escapes tells that it may do what no guard can stop.
func (p *Policy) guardedParts(script []byte, d *Decision) (all, now []byte, escapes bool) {
	all, now = make([]byte, 0, len(script)), make([]byte, 0, len(script))
	r := jsRegions{isStub: func(name []byte) bool { return p.stubTakes(name, d) }}
	l := jsLexer{src: script}
	end := 0
	var t jsToken
	for l.read(&t); t.kind != jsEnd; l.read(&t) {
		if t.kind == jsWord && mayEscape(&t, l) {
			return nil, nil, true
		}
		r.enter(&t, l.newline)
		text := script[t.start:t.end]
		if t.kind == jsString && r.isData(&t) && !l.follows('+') {
			text = []byte(`""`)
		}
		if t.start > end { // blanks, or a comment
			text = append([]byte("\n"), text...)
		}
		all = append(all, text...)
		if !r.top().later {
			now = append(now, text...)
		}
		end = t.end
	}
	return all, now, false
}

// mayEscape tells whether a word begins what no guard can stop: an import of what is put together, code in strings, and
// the ways of frames to other places. l stands behind it.
func mayEscape(word *jsToken, l jsLexer) bool {
	switch string(word.text) {
	case "import":
		if !l.follows('(') {
			return false // a declaration, whose URL is judged
		}
		l.next()
		t := l.next()
		return t.kind != jsString || !t.closed() || !l.follows(')')
	case "target":
		return l.follows('=')
	case "eval", "Function", "contentWindow", "contentDocument", "frames":
		return true
	}
	return false
}

// setsUp tells whether a pattern is of what sets a vendor up: the tools of many are brought by the site itself.
func (p *inlinePattern) setsUp() bool {
	for i := range p.pieces {
		for _, word := range [...]string{"init", "config", "create", "load", "'js'", "setAccount", "start"} {
			if strings.Contains(p.pieces[i].text, word) {
				return true
			}
		}
	}
	return false
}

// stubTakes tells whether a call of a function, by its name, is one of a stub. Those of arrays are calls of push.
func (p *Policy) stubTakes(name []byte, d *Decision) bool {
	name = bytes.TrimPrefix(name, []byte("window."))
	for _, stub := range p.stubsOf[strings.TrimSuffix(string(name), ".push")] {
		if strings.HasSuffix(stub, "[]") == bytes.HasSuffix(name, []byte(".push")) && !p.brings(stub, d) {
			return true
		}
	}
	return false
}

// stubName is what is called, or pushed into, for a stub.
func stubName(stub string) string {
	name, _, _ := strings.Cut(stub, "(")
	return strings.TrimSuffix(name, "[]")
}

// isScriptURL tells whether a string is, or has in it, the address of a script.
func isScriptURL(text []byte) bool {
	for {
		i := bytes.Index(text, []byte("js"))
		if i < 1 {
			return false
		}
		before := text[i-1]
		if before == 'm' && i > 1 {
			before = text[i-2]
		}
		if before == '.' || before == '/' {
			return true
		}
		text = text[i+2:]
	}
}
