package consent

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// UsesGPC reports whether Sec-GPC: 1 can change a decision, so that responses
// vary by it.
func (p *Policy) UsesGPC() bool { return p.gpc != 0 }

// UsesDNT reports whether DNT: 1 can change a decision.
func (p *Policy) UsesDNT() bool { return p.dnt != 0 }

// DeniedBySignal reports whether an opt-out signal of the visitor's browser
// denies the category, whatever they answered.
func (p *Policy) DeniedBySignal(d *Decision, category string) bool {
	i, ok := p.byName[category]
	return ok && d.Signalled.Has(i)
}

// GrantedNames lists the granted categories in the policy's order. The result
// is shared by all callers where everything or only what is required is
// granted, and must not be changed.
func (p *Policy) GrantedNames(d *Decision) []string {
	switch d.Granted {
	case p.all:
		return p.allNames
	case p.required:
		return p.requiredNames
	}
	return p.names(d.Granted)
}

// DeniedNames lists the other categories in the policy's order; it is empty, not nil, if
// everything is granted.
func (p *Policy) DeniedNames(d *Decision) []string { return p.names(p.all &^ d.Granted) }

// VendorGranted reports whether all categories of the vendor with this id, or
// with this mark of a [Guard], are granted. Unknown vendors are not.
func (p *Policy) VendorGranted(d *Decision, id string) bool {
	i, ok := p.vendorByID[id]
	if !ok {
		i, ok = p.vendorByMark[id]
	}
	return ok && !p.verdict(i, d).Blocked
}

// Summary says of every category whether it is granted, in the policy's
// order: "essential=1, analytics=0".
func (p *Policy) Summary(d *Decision) string {
	var b strings.Builder
	for i := range p.categories {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(p.categories[i].Name)
		if d.Granted.Has(i) {
			b.WriteString("=1")
		} else {
			b.WriteString("=0")
		}
	}
	return b.String()
}

// Variant is a short text, of letters, digits, '-' and '_', that is the same
// for two decisions if and only if pages come out the same for both. It
// changes with the policy.
func (p *Policy) Variant(d *Decision) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %x", p.hash, d.Granted))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// Chosen is the decision that follows from an answer which is being given by a
// visitor about whom before was decided: the same signals hold.
func (p *Policy) Chosen(c Choice, before *Decision) Decision {
	d := Decision{State: Answered, Source: "own", At: c.At, How: c.How, Signalled: before.Signalled}
	d.Granted = p.setOf(c.Granted)&^p.setOf(c.Denied)&^d.Signalled | p.required
	return d
}

// Nothing is the decision of a visitor who grants nothing, whatever they
// answered: what is required is granted.
func (p *Policy) Nothing() Decision { return Decision{Granted: p.required} }

// names lists the categories of a set in the policy's order.
func (p *Policy) names(s Set) []string {
	out := make([]string, 0, len(p.categories))
	for i := range p.categories {
		if s.Has(i) {
			out = append(out, p.categories[i].Name)
		}
	}
	return out
}
