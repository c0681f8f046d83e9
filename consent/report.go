package consent

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
