package consent

import (
	"bytes"
	"strings"
)

// InlineGuarded is Inline for a script in a page that has a guard, which stops what scripts ask for, and stand-ins for
// what is denied ([Policy.Stubs]). Most scripts of a site that are about a vendor are about other things, too, and
// holding them breaks those. So these are no signs here:
//
//   - calls of a stub, and what they are called with, in functions that run later: when somebody clicks, or a form was
//     sent. What the script does at once is the vendor's setting up, and is held to be done after all;
//   - URLs, code and markup in the strings of object and array literals, which are data: the state of a page, the texts
//     of a shop. The address of a script is none.
func (p *Policy) InlineGuarded(script []byte, site []byte, d *Decision) InlineVerdict {
	out := p.Inline(script, site, d)
	if !out.Blocked {
		return out
	}
	all, now := p.guardedParts(script, d)
	if v := p.inlineVerdict(all, site, d, inlineLook{stubbed: true, first: true}); v.Blocked {
		return out
	}
	if v := p.inlineVerdict(now, site, d, inlineLook{data: true, first: true}); v.Blocked {
		return out
	}
	return InlineVerdict{Verdict: Verdict{Known: out.Known}}
}

// guardedParts returns what of a script counts: all of it, and what of that runs at once. In both, what is data is an
// empty string.
func (p *Policy) guardedParts(script []byte, d *Decision) (all, now []byte) {
	all, now = make([]byte, 0, len(script)), make([]byte, 0, len(script))
	r := jsRegions{isStub: func(name []byte) bool { return p.stubTakes(name, d) }}
	l := jsLexer{src: script}
	end := 0
	var t jsToken
	for l.read(&t); t.kind != jsEnd; l.read(&t) {
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
	return all, now
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
