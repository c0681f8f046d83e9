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
	out := p.inlineVerdict(script, site, d, false, stubbed)
	if !out.Blocked {
		return out
	}
	if code, ok := codeOf(script); ok {
		if out = p.inlineVerdict(code, site, d, false, stubbed); out.Blocked {
			out.Keep = keptConsent(script)
		}
	}
	return out
}

// InlineDocument is Inline for code whose result a browser shows as a
// document, a javascript: URL in a frame: every URL in its literals counts.
func (p *Policy) InlineDocument(code []byte, site []byte, d *Decision) InlineVerdict {
	return p.inlineVerdict(code, site, d, true, false)
}

// inlineVerdict judges code as it stands. loads says that it loads things, whatever it looks like; stubbed that calls
// of stubs do not count.
func (p *Policy) inlineVerdict(script []byte, site []byte, d *Decision, loads, stubbed bool) InlineVerdict {
	var out InlineVerdict
	if len(script) < indexKey {
		return out
	}
	see := func(vendor int) bool {
		v := p.verdict(vendor, d)
		if v.Blocked && !slices.Contains(out.Vendors, v.Vendor) {
			out.Vendors = append(out.Vendors, v.Vendor)
		}
		if !out.Known || v.Blocked && !out.Blocked {
			out.Verdict = v
		}
		return true
	}
	p.inline.scan(script, func(pattern *inlinePattern) bool {
		switch {
		case pattern.vendor == loaderSign:
			loads = true
		case !stubbed || pattern.stub == "" || p.brings(pattern.stub, d):
			see(pattern.vendor)
		}
		return true
	})
	if loads && mayHoldURL(script) {
		// A vendor that the patterns have told already is not news.
		news := func(vendor int) bool {
			v := p.verdict(vendor, d)
			return !out.Known || v.Blocked && !slices.Contains(out.Vendors, v.Vendor)
		}
		if p.namesURL(script, site, news) {
			p.scanLiterals(script, site, see)
		}
	}
	if out.Blocked {
		out.Keep = keptConsent(script)
	}
	return out
}
