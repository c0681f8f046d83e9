package consent

import (
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// Policy is a compiled Config. It is immutable and safe for concurrent use.
type Policy struct {
	categories []Category
	vendors    []vendor
	byName     map[string]int // categories
	vendorByID map[string]int
	// vendorByMark and marks name vendors without telling who they are: see Guard.
	vendorByMark map[string]int
	marks        []string

	all      Set // every category
	required Set
	gpc, dnt Set // what the signals deny; never a required category
	needed   Set // the union of what vendors need
	never    bool

	allNames, requiredNames []string // of all and required

	// tolerance says of each category what its cookies may do while it is denied.
	tolerance []tolerance

	urls   *urlIndex
	except *urlIndex
	inline *inlineIndex
	cookie *cookieIndex
	lists  *listIndex // nil without lists

	sources         []policySource
	sourceCookies   []glob              // of the sources' managers
	byStub          map[string][]int    // the vendors that bring what each stub stands in for
	stubsOf         map[string][]string // the stubs of a name: stubName
	sourceHeaders   []string
	unansweredAllow bool
	impliedAllow    bool
	blockUnknown    bool
	unknownCookies  string

	revision  int
	own       OwnCookie
	plainName string  // of the own cookie over plain HTTP
	signer    *signer // nil without a secret
	hash      string
}

// vendor is a Vendor with its place in the policy.
type vendor struct {
	Vendor
	in      []int  // its categories, in the policy's order
	needs   Set    // the same
	missing string // a category it belongs to that the policy lacks: never granted
	list    bool   // it stands for all that a List names
	named   bool   // the site itself says that it is there
	// inlineOf says whose its inline patterns are, by how many in a row.
	inlineOf []inlineOf
}

// inlineOf says whose some inline patterns are.
type inlineOf struct {
	count int
	rank  rank
}

// Verdict is the answer about a URL or an inline script.
type Verdict struct {
	Blocked    bool
	Vendor     string // id; empty when no rule knows it
	VendorName string
	Category   string // the first denied category; empty when not blocked for one
	Known      bool   // a vendor's rule matched
}

// URL decides whether a page of the canonical host site ([weburl.Host]) may
// fetch u. d is the decision of this policy's Decide. It does not allocate for
// hosts that were asked about lately.
func (p *Policy) URL(u *weburl.URL, site []byte, d *Decision) Verdict {
	return p.Resource(u, site, 0, d)
}

// Resource is URL where it is known what the browser fetches: kind is one,
// or 0. Rules of lists may be for some kinds only.
func (p *Policy) Resource(u *weburl.URL, site []byte, kind Kinds, d *Decision) Verdict {
	f := newFetch(u, site, kind)
	if p.except.findFor(&f) != nil {
		return Verdict{}
	}
	if r := p.urls.findFor(&f); r != nil {
		return p.verdict(r.vendor, d)
	}
	if p.lists != nil {
		if r := p.lists.find(&f); r != nil {
			return p.listVerdict(r, d)
		}
	}
	return Verdict{Blocked: p.blockUnknown && IsThirdParty(u.Host, site)}
}

// MayBeOwnPath reports whether OwnPath can block a request for path, as it is written in the
// request, without a query. Of most it says at a glance that it cannot.
func (p *Policy) MayBeOwnPath(path string) bool { return p.urls.mayBePath(path) }

// OwnPath decides whether a request for u, a URL of the canonical host site
// itself, may reach the site: not if it is the address of a denied vendor's
// collector, known by a rule for paths of whatever site. Rules for hosts do
// not count: the site may be a vendor's own.
func (p *Policy) OwnPath(u *weburl.URL, site []byte, d *Decision) Verdict {
	if r := p.urls.findPath(u); r != nil && p.except.find(u, site) == nil {
		return p.verdict(r.vendor, d)
	}
	return Verdict{}
}

// verdict judges a vendor.
func (p *Policy) verdict(i int, d *Decision) Verdict {
	v := &p.vendors[i]
	out := Verdict{Vendor: v.ID, VendorName: v.Name, Known: true}
	if v.missing != "" {
		out.Blocked, out.Category = true, v.missing
		return out
	}
	if !d.Granted.Contains(v.needs) {
		out.Blocked, out.Category = true, p.firstDenied(v, d)
	}
	return out
}

func (p *Policy) firstDenied(v *vendor, d *Decision) string {
	for _, c := range v.in {
		if !d.Granted.Has(c) {
			return p.categories[c].Name
		}
	}
	return ""
}

// AllGranted reports that nothing in a page can be blocked for this
// decision, so that pages need not be looked at: every vendor is granted and
// unknown hosts are allowed. It says nothing about cookies: see
// AllCookiesPass.
func (p *Policy) AllGranted(d *Decision) bool {
	return !p.never && !p.blockUnknown && d.Granted.Contains(p.needed)
}

// AllCookiesPass reports that no cookie can be stripped or changed for this
// decision.
func (p *Policy) AllCookiesPass(d *Decision) bool {
	return !p.never && p.unknownCookies == Allow && d.Granted == p.all
}

// Category returns a category's place in Sets.
func (p *Policy) Category(name string) (bit int, ok bool) {
	bit, ok = p.byName[name]
	return bit, ok
}

// Granted reports whether d grants the category. Unknown ones are not granted.
func (p *Policy) Granted(d *Decision, category string) bool {
	i, ok := p.byName[category]
	return ok && d.Granted.Has(i)
}

// Hash is a short text that changes with everything in the configuration
// that can change a response, and stays the same across restarts. The secret
// is not part of it.
func (p *Policy) Hash() string { return p.hash }

// Revision is the policy's revision.
func (p *Policy) Revision() int { return p.revision }

// CategoryInfo is a category as a visitor is told about it.
type CategoryInfo struct {
	Name, Title, Description string
	Required                 bool
	Vendors                  []VendorInfo
	Cookies                  []string // patterns of cookies that belong to no vendor
}

// VendorInfo is a vendor as a visitor is told about it. One that needs
// several categories is listed in each.
type VendorInfo struct {
	ID, Name, Company, Privacy string
	URLs                       []string // patterns
	Cookies                    []Cookie
	// Named: the policy itself names it, or its group. Others are in the catalog, in case pages bring them.
	Named bool
}

// Named are the category's vendors that the policy itself names, and others the rest. If it names
// none, all are told as if it did.
func (c *CategoryInfo) Named() (named, others []VendorInfo) {
	for _, v := range c.Vendors {
		if v.Named {
			named = append(named, v)
		} else {
			others = append(others, v)
		}
	}
	if named == nil {
		return others, nil
	}
	return named, others
}

// Categories lists the categories and their vendors in the policy's order.
// Vendors that can never be granted are in none, and neither is what lists name. The result is the caller's,
// except for the URLs and Cookies, which must not be changed.
func (p *Policy) Categories() []CategoryInfo {
	out := make([]CategoryInfo, len(p.categories))
	for i, c := range p.categories {
		out[i] = CategoryInfo{Name: c.Name, Title: c.Title, Description: c.Description, Required: c.Required, Cookies: c.Cookies}
	}
	for i := range p.vendors {
		v := &p.vendors[i]
		if v.missing != "" || v.list {
			continue
		}
		for _, c := range v.in {
			out[c].Vendors = append(out[c].Vendors,
				VendorInfo{ID: v.ID, Name: v.Name, Company: v.Company, Privacy: v.Privacy, URLs: v.URLs, Cookies: v.Cookies, Named: v.named})
		}
	}
	return out
}
