package consent

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// A Rule is one that matches, for people who want to know why.
type Rule struct {
	// Of says whose it is: "except", "site", "catalog", "file" (of an operator's catalog file),
	// "list", "own cookie" or "source".
	Of string
	// Pattern is as it was written.
	Pattern string
	// Vendor is the vendor's id, or the list's. A category's own cookies have none.
	Vendor   string
	Name     string // what visitors read of the vendor, or whose it is by the list
	Category string // that the rule belongs to, if it belongs to no vendor
	Allow    bool   // an exception of a list, or a cookie that is always kept
	Line     int    // in the file of a list; 0 elsewhere
}

// ofRank are the words for ranks.
var ofRank = [...]string{rankOwn: "site", rankCatalog: "catalog", rankFile: "file"}

// ExplainURL lists the rules that match what [Policy.Resource] is asked about. The first
// decides; the others are those that would without it, in order. It is slow.
func (p *Policy) ExplainURL(u *weburl.URL, site []byte, kind Kinds) []Rule {
	f := newFetch(u, site, kind)
	var out []Rule
	for _, r := range p.except.matching(&f) {
		out = append(out, Rule{Of: "except", Pattern: r.pattern})
	}
	for _, r := range p.urls.matching(&f) {
		v := &p.vendors[r.vendor]
		out = append(out, Rule{Of: ofRank[r.rank], Pattern: r.pattern, Vendor: v.ID, Name: v.Name})
	}
	if p.lists == nil {
		return out
	}
	var of []*urlRule
	if p.lists.always != nil {
		of = p.lists.always.matching(&f)
	}
	for _, r := range append(of, p.lists.urls.matching(&f)...) {
		name := r.entity
		if name == "" {
			name = r.host
		}
		out = append(out, Rule{Of: "list", Pattern: r.pattern, Vendor: p.vendors[r.vendor].ID, Name: name, Allow: r.allow, Line: r.line})
	}
	return out
}

// matching lists the rules that match, in the order in which find would find them.
func (x *urlIndex) matching(f *fetch) []*urlRule {
	type found struct {
		*urlRule
		at int // where in the host the rule's begins
	}
	var all []found
	stem := x.stem(f.host)
	look := func(r *urlRule) {
		at := math.MaxInt
		switch r.kind {
		case hostAndSubs, hostSubs:
			at = len(f.host) - len(r.host)
			if !within(f.host, r.host) {
				return
			}
		case hostSuffix:
			at = stem - len(r.host)
			if stem == 0 || !within(f.host[:stem], r.host) {
				return
			}
		case hostSite:
			at = 0
			if string(f.host) != string(f.site) {
				return
			}
		}
		exact := r.kind != hostAny && r.kind != hostSite && at == 0
		if firstMatch([]*urlRule{r}, f, exact) != nil {
			all = append(all, found{r, at})
		}
	}
	for _, list := range slices.Concat(x.hosts.lists, x.suffix.lists, [][]*urlRule{x.any, x.site}) {
		for _, r := range list {
			look(r)
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		if a.at != b.at {
			return cmp.Compare(a.at, b.at)
		}
		return compareRules(a.urlRule, b.urlRule)
	})
	rules := make([]*urlRule, len(all))
	for i := range all {
		rules[i] = all[i].urlRule
	}
	return rules
}

// ExplainCookie lists the rules that match a cookie's name. The first decides, and with it
// those that have the same pattern: vendors that share a cookie. It is slow.
func (p *Policy) ExplainCookie(name string) []Rule {
	var out []Rule
	if name == p.CookieName(true) || name == p.CookieName(false) {
		out = append(out, Rule{Of: "own cookie", Pattern: name, Allow: true})
	}
	for i := range p.sourceCookies {
		if of := &p.sourceCookies[i]; of.match([]byte(name)) {
			out = append(out, Rule{Of: "source", Pattern: of.String(), Allow: true})
		}
	}
	indexes := []*cookieIndex{p.cookie}
	if p.lists != nil {
		indexes = append(indexes, p.lists.cookies)
	}
	for i, x := range indexes {
		var rules []*cookieRule
		if r := x.exact[name]; r != nil {
			rules = append(rules, r)
		}
		for _, r := range x.wild {
			if r.name.match([]byte(name)) {
				rules = append(rules, r)
			}
		}
		for _, r := range rules {
			for _, o := range r.owners {
				rule := Rule{Of: ofRank[r.rank], Pattern: r.pattern, Allow: r.keep, Line: r.line}
				if i > 0 {
					rule.Of = "list"
				}
				if o.vendor < 0 {
					rule.Category = p.categories[o.category].Name
				} else {
					rule.Vendor, rule.Name = p.vendors[o.vendor].ID, p.vendors[o.vendor].Name
				}
				out = append(out, rule)
			}
		}
	}
	return out
}

// ExplainInline lists the inline patterns of all vendors that are in a script. It is slow.
func (p *Policy) ExplainInline(script []byte) []Rule {
	var rules []Rule
	var patterns []inlinePattern
	for i := range p.vendors {
		v := &p.vendors[i]
		for _, pattern := range v.Inline {
			compiled, problem := parseInlinePattern(pattern)
			if problem != "" {
				continue // there is none: Compile refused it
			}
			compiled.vendor = len(rules) // it is a number, which scan hands on
			patterns = append(patterns, compiled)
			rules = append(rules, Rule{Of: ofRank[p.inlineRank(v, pattern)], Pattern: pattern, Vendor: v.ID, Name: v.Name})
		}
	}
	there := make([]bool, len(rules))
	newInlineIndex(patterns).scan(script, func(p *inlinePattern) bool { there[p.vendor] = true; return true })
	var out []Rule
	for n := range rules {
		if there[n] {
			out = append(out, rules[n])
		}
	}
	return out
}

// inlineRank says whose pattern of a vendor it is.
func (p *Policy) inlineRank(v *vendor, pattern string) rank {
	for i, n := 0, 0; i < len(v.inlineOf); i++ {
		if n += v.inlineOf[i].count; slices.Contains(v.Inline[n-v.inlineOf[i].count:n], pattern) {
			return v.inlineOf[i].rank
		}
	}
	return rankCatalog
}

// VendorCategories are the categories that a vendor needs, of which the policy may lack one. It
// is nil for an unknown vendor.
func (p *Policy) VendorCategories(id string) []string {
	i, ok := p.vendorByID[id]
	if !ok {
		return nil
	}
	v := &p.vendors[i]
	var out []string
	for _, c := range v.in {
		out = append(out, p.categories[c].Name)
	}
	if v.missing != "" {
		out = append(out, v.missing)
	}
	return out
}

// String is the pattern, with its stars.
func (g *glob) String() string {
	if g.exact {
		return g.prefix
	}
	return strings.Join(slices.Concat([]string{g.prefix}, g.middle, []string{g.suffix}), "*")
}
