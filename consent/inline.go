package consent

import "slices"

// InlineVerdict is the answer about an inline script.
type InlineVerdict struct {
	Verdict
	// Vendors are the ids of all vendors that the script needs and that are
	// denied; the Verdict is about the first.
	Vendors []string
	// Keep is JavaScript that must run although the script is withheld: the
	// site's calls of gtag('consent', …), without which Google's tags would
	// assume consent. It is nil when the script is not blocked or has no such
	// call. See keptConsent for which calls count.
	Keep []byte
}

// Inline decides whether an executable inline script in a page of the
// canonical host site may run. It needs the consent of every vendor that it
// shows signs of; the verdict names the first that lacks it. The signs are
//
//   - the vendors' inline patterns, and
//   - URLs in the script's string literals that belong to a vendor, provided
//     that the script loads things at all: state that merely mentions a
//     vendor's URL is left alone.
//
// What stands in comments is no sign, nor what stands in the strings of a script that only hands on
// data, like the state of a page (codeOf). The time is linear in the script.
func (p *Policy) Inline(script []byte, site []byte, d *Decision) InlineVerdict {
	return p.inlineOf(script, site, d, false)
}

// InlineHandler is Inline for an event handler in a page that has stand-ins for what is denied ([Policy.Stubs]): a
// call of one of them is no sign. What else the handler does, the page needs: it sends a form, opens a menu.
func (p *Policy) InlineHandler(code []byte, site []byte, d *Decision) InlineVerdict {
	return p.inlineOf(code, site, d, true)
}

func (p *Policy) inlineOf(script, site []byte, d *Decision, stubbed bool) InlineVerdict {
	out := p.inlineVerdict(script, site, d, inlineLook{stubbed: stubbed, first: true})
	if !out.Blocked {
		return out // comments and data say nothing that the whole does not
	}
	code, data := codeOf(script)
	if out = p.inlineVerdict(code, site, d, inlineLook{stubbed: stubbed, data: data}); out.Blocked {
		out.Keep = keptConsent(script)
	}
	return out
}

// InlineDocument is Inline for code whose result a browser shows as a
// document, a javascript: URL in a frame: every URL in its literals counts.
func (p *Policy) InlineDocument(code []byte, site []byte, d *Decision) InlineVerdict {
	out := p.inlineVerdict(code, site, d, inlineLook{loads: true})
	if out.Blocked {
		out.Keep = keptConsent(code)
	}
	return out
}

// inlineLook is how inlineVerdict looks at code.
type inlineLook struct {
	loads   bool // the code loads things, whatever it looks like
	data    bool // it loads nothing, whatever words there are in it
	stubbed bool // calls of stubs do not count
	guarded bool // but those that set a vendor up do
	first   bool // the first vendor that is denied is enough: nobody asks for the others
}

// inlineVerdict judges code as it stands.
func (p *Policy) inlineVerdict(script []byte, site []byte, d *Decision, look inlineLook) InlineVerdict {
	var out InlineVerdict
	if len(script) < indexKey {
		return out
	}
	see := func(vendor int) (goOn bool) {
		v := p.verdict(vendor, d)
		if v.Blocked && !slices.Contains(out.Vendors, v.Vendor) {
			out.Vendors = append(out.Vendors, v.Vendor)
		}
		if !out.Known || v.Blocked && !out.Blocked {
			out.Verdict = v
		}
		return !look.first || !v.Blocked
	}
	p.inline.scan(script, func(pattern *inlinePattern) bool {
		switch {
		case pattern.vendor == loaderSign:
			look.loads = !look.data
		case !look.stubbed || pattern.stub == "" || look.guarded && pattern.setsUp() || p.brings(pattern.stub, d):
			return see(pattern.vendor)
		}
		return true
	})
	if look.first && out.Blocked {
		return out
	}
	if !look.data {
		p.scanImports(script, site, see)
	}
	if !look.loads || !mayHoldURL(script) {
		return out
	}
	// A vendor that the patterns have told already is not news.
	news := func(vendor int) bool {
		v := p.verdict(vendor, d)
		return !out.Known || v.Blocked && !slices.Contains(out.Vendors, v.Vendor)
	}
	if p.namesURL(script, site, news) {
		p.scanLiterals(script, site, see)
	}
	return out
}
