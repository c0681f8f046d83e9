package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent/source"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// A List is what an operator imports: many rules of one category, whose vendors nobody
// describes. Its rules count only where no vendor's rule does. They are not in what
// visitors are told of vendors, nor in what a [Guard] knows: there may be 100,000.
type List struct {
	// ID is what verdicts call its rules' vendor; a name that no vendor has.
	ID string
	// File is where the rules are from, for people.
	File string
	// Category must exist in the policy.
	Category string
	URLs     []ListURL
	Cookies  []ListCookie
}

// ListURL is a rule of a list. Of several that match, the most specific counts, and of
// equals one that allows; but before all of them, one that is Always allowed.
type ListURL struct {
	Pattern string     // as in Vendor.URLs
	Line    int        // of the file
	Entity  string     // whose it is, if the list says so
	Allow   bool       // it is an exception: what it matches is not blocked by lists
	Always  bool       // of an exception: however specific the rules are that block
	Only    *Condition // nil for none
}

// ListCookie is a pattern of cookie names, as in Cookie.
type ListCookie struct {
	Pattern string
	Line    int
	Entity  string
}

// Condition says what else must hold for a rule of a list to count.
type Condition struct {
	Party Party
	// Exact leaves out the subdomains of the pattern's host.
	Exact bool
	// Kinds that the rule is for; 0 for all.
	Kinds Kinds
	// Sites are canonical hosts ([weburl.Host]), or "name.*" for a name below any public
	// suffix: the page must be of one of them, or a subdomain, if there are any, and of
	// none of NotSites. Where it is of both, the longer counts.
	Sites, NotSites []string
}

// Party says how what is fetched and the page that fetches it belong together.
type Party uint8

// A third party is one of another registrable domain.
const (
	AnyParty Party = iota
	ThirdParty
	FirstParty
)

// Kinds is a set of what browsers fetch.
type Kinds uint8

// The kinds, as far as a page tells them apart.
const (
	KindScript Kinds = 1 << iota
	KindFrame
	KindImage
	KindStyle
	KindMedia
	KindObject
	KindOther
	AllKinds = KindScript | KindFrame | KindImage | KindStyle | KindMedia | KindObject | KindOther
)

// holds tells whether a rule counts for f. Of an unknown kind no rule for some kinds is.
func (c *Condition) holds(f *fetch) bool {
	if c.Kinds != 0 && c.Kinds&f.kinds == 0 {
		return false
	}
	if c.Party != AnyParty && IsThirdParty(f.host, f.site) != (c.Party == ThirdParty) {
		return false
	}
	in, out := longestOf(f.site, c.Sites), longestOf(f.site, c.NotSites)
	return out == 0 && len(c.Sites) == 0 || in > out
}

// longestOf is the length of the longest of sites that host is of, or 0.
func longestOf(host []byte, sites []string) int {
	longest := 0
	for i := range sites {
		name, anywhere := strings.CutSuffix(sites[i], ".*")
		of := host
		if anywhere {
			of = host[:beforeSuffix(host)]
		}
		if len(name) > longest && within(of, name) {
			longest = len(name)
		}
	}
	return longest
}

// within tells whether host is a domain or a subdomain of it.
func within(host []byte, domain string) bool {
	n := len(host) - len(domain)
	return n == 0 && string(host) == domain || n > 0 && host[n-1] == '.' && string(host[n:]) == domain
}

// listIndex has the rules of all lists.
type listIndex struct {
	always  *urlIndex // the exceptions that count first; nil if there are none
	urls    *urlIndex // all others
	cookies *cookieIndex
}

// find returns the rule that counts, or nil.
func (x *listIndex) find(f *fetch) *urlRule {
	if x.always != nil {
		if r := x.always.findFor(f); r != nil {
			return r
		}
	}
	return x.urls.findFor(f)
}

// listVerdict judges by a rule of a list.
func (p *Policy) listVerdict(r *urlRule, d *Decision) Verdict {
	v := p.verdict(r.vendor, d)
	if v.VendorName = r.entity; v.VendorName == "" {
		v.VendorName = r.host
	}
	if r.allow {
		v.Blocked, v.Category = false, ""
	}
	return v
}

// owner is the vendor that a URL in a script belongs to, or -1.
func (p *Policy) owner(u *weburl.URL, site []byte) int {
	f := newFetch(u, site, 0)
	if r := p.urls.findFor(&f); r != nil {
		return r.vendor
	}
	if p.lists != nil {
		if r := p.lists.find(&f); r != nil && !r.allow {
			return r.vendor
		}
	}
	return -1
}

// lists compiles the lists. Each is a vendor of its own.
func (c *compiler) lists() error {
	if len(c.cfg.Lists) == 0 {
		return nil
	}
	n := 0
	for i := range c.cfg.Lists {
		n += len(c.cfg.Lists[i].URLs)
	}
	urls := make([]urlRule, 0, n)
	cookies := cookieRules{byPattern: make(map[string]*cookieRule)}
	for i := range c.cfg.Lists {
		list := &c.cfg.Lists[i]
		at, err := c.listVendor(list)
		if err != nil {
			return err
		}
		for j := range list.URLs {
			def := &list.URLs[j]
			r, problem := parseURLPattern(def.Pattern)
			if problem != "" {
				return list.mistake(def.Line, def.Pattern, problem)
			}
			r.vendor, r.rank, r.order = at, rankFile, len(urls)
			r.only, r.allow, r.always, r.entity, r.line = def.Only, def.Allow, def.Allow && def.Always, def.Entity, def.Line
			urls = append(urls, r)
		}
		for _, def := range list.Cookies {
			if problem := CookiePatternProblem(def.Pattern); problem != "" {
				return list.mistake(def.Line, def.Pattern, problem)
			}
			cookies.add(def.Pattern, cookieOwner{at, -1}, rankFile, false)
			r := cookies.byPattern[def.Pattern]
			if r.line == 0 {
				r.line = def.Line
			}
		}
	}
	var always []*urlRule
	rules := make([]*urlRule, 0, len(urls))
	for i := range urls {
		if urls[i].always {
			always = append(always, &urls[i])
		} else {
			rules = append(rules, &urls[i])
		}
	}
	c.p.lists = &listIndex{urls: newURLIndex(rules), cookies: cookies.index()}
	if len(always) > 0 {
		c.p.lists.always = newURLIndex(always)
	}
	return nil
}

func (l *List) mistake(line int, word, problem string) error {
	return &Error{Subject: fmt.Sprintf("list %q: line %d", l.File, line), Word: word, Problem: problem}
}

// listVendor makes the vendor that a list's rules belong to.
func (c *compiler) listVendor(list *List) (int, error) {
	p, at := c.p, len(c.p.vendors)
	if !source.IsName(list.ID) {
		return 0, &Error{Subject: "list", Word: list.ID, Problem: nameProblem}
	}
	if _, ok := c.byID[list.ID]; ok {
		return 0, &Error{Subject: "list", Word: list.ID, Problem: "there is a vendor of this name:"}
	}
	category, ok := p.byName[list.Category]
	if !ok {
		return 0, UnknownWord(fmt.Sprintf("list %q", list.File), list.Category, "unknown category", c.categoryNames())
	}
	c.byID[list.ID] = at
	needs := Set(0).With(category)
	p.vendors = append(p.vendors, vendor{
		Vendor: Vendor{ID: list.ID, Name: list.File, Categories: []string{list.Category}},
		in:     []int{category}, needs: needs, list: true,
	})
	p.needed |= needs
	return at, nil
}

// hashLists makes a short text of all that lists say but for the lines.
func hashLists(lists []List) string {
	h := sha256.New()
	var line []byte
	for i := range lists {
		l := &lists[i]
		h.Write(fmt.Appendf(line[:0], "list %q %q\n", l.ID, l.Category))
		for j := range l.URLs {
			r := &l.URLs[j]
			line = fmt.Appendf(line[:0], "%q %q %t %t", r.Pattern, r.Entity, r.Allow, r.Always)
			if c := r.Only; c != nil {
				line = fmt.Appendf(line, " %d %t %d %q %q", c.Party, c.Exact, c.Kinds, c.Sites, c.NotSites)
			}
			h.Write(append(line, '\n'))
		}
		for _, r := range l.Cookies {
			h.Write(fmt.Appendf(line[:0], "cookie %q\n", r.Pattern))
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
