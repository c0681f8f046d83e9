package consent

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unicode/utf16"
)

// Guard is what a script in a page needs to know of a policy under one decision to
// judge URLs and cookies as [Policy.URL] and [Policy.Cookie] do. It names no
// vendor, host, path or cookie: of all there are hashes ([guardHash]), and of
// rules under which nothing is blocked only those that others would overrule.
//
// It is for encoding as JSON. Two things differ from the policy, for which a script
// lacks the data: what "google.*" takes for a public suffix is told by the host's
// shape, and the rules of lists are left out, which would be many times the rest.
type Guard struct {
	Seed string `json:"seed"` // of the hashes
	// Marks name the vendors that are blocked, for [Policy.VendorGranted].
	Marks  []string   `json:"marks"`
	Deny   []string   `json:"deny"` // by mark: hosts all of which are blocked, hashes in a row
	Rules  GuardRules `json:"rules"`
	Except GuardRules `json:"except"`
	// Unknown says that third parties are blocked which no rule knows.
	Unknown bool `json:"unknown"`
	// Exact has cookies by the hash of their name; Wild the other patterns, the most
	// specific first; Cookies what becomes of a cookie that neither knows.
	Exact   map[string]int `json:"exact"`
	Wild    [][2]any       `json:"wild"` // guardGlob, verdict
	Cookies int            `json:"cookies"`
}

// GuardRules are URL rules as urlIndex has them, keyed by the hash of the host.
type GuardRules struct {
	Hosts map[string][]GuardRule `json:"hosts,omitempty"`
	Stems map[string][]GuardRule `json:"stems,omitempty"` // hostSuffix
	Any   []GuardRule            `json:"any,omitempty"`
	Site  []GuardRule            `json:"site,omitempty"`
}

// GuardRule is a rule: its rank (0 is the most specific of all), the place of its
// mark in Guard.Marks (-1 allows), 1 if it is for subdomains only, the glob of the
// path (nil for any) and the query tests: each the hash of a name and the glob of
// the value, nil for any.
type GuardRule [5]any

// What becomes of a cookie; more than 0 is the seconds for which it may stay.
const (
	guardDenies  = 0
	guardAllows  = -1
	guardSession = -2
)

// guardHash makes 42 bits of text, as seven characters of base64. The script
// does the same. It hides names from readers, not from somebody who guesses them.
func guardHash(seed, text string) string {
	a, b := uint32(1), uint32(2)
	for _, c := range seed + text {
		a = (a ^ uint32(c)) * 2654435761
		b = (b ^ uint32(c)) * 1597334677
	}
	a = (a^a>>16)*2654435761 ^ (b^b>>13)*1597334677
	b = (b^b>>16)*2654435761 ^ (a^a>>13)*1597334677
	bytes := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, a), b)
	return base64.StdEncoding.EncodeToString(bytes)[:7]
}

// urlSafe makes base64url of base64.
var urlSafe = strings.NewReplacer("+", "-", "/", "_")

// mark gives every vendor a name that tells nothing.
func (p *Policy) mark() {
	p.vendorByMark = make(map[string]int, len(p.vendors))
	p.marks = make([]string, len(p.vendors))
	for i := range p.vendors {
		p.marks[i] = "v_" + urlSafe.Replace(guardHash(p.hash, "vendor "+p.vendors[i].ID))
		p.vendorByMark[p.marks[i]] = i
	}
}

// Guard returns what a script needs to know under d. It is made anew each time.
func (p *Policy) Guard(d *Decision) Guard {
	g := guardMaker{p: p, d: d, at: make(map[int]int)}
	g.out.Seed = p.hash[:8]
	g.out.Unknown = p.blockUnknown
	g.rank()
	g.out.Except = g.index(p.except, func(*urlRule) bool { return true }, true)
	g.hosts()
	g.cookies()
	return g.out
}

type guardMaker struct {
	p     *Policy
	d     *Decision
	out   Guard
	at    map[int]int // vendor to its place in out.Marks
	ranks map[*urlRule]int
}

func (g *guardMaker) hash(text string) string { return guardHash(g.out.Seed, text) }

// all are the rules of an index.
func (x *urlIndex) all() []*urlRule {
	rules := slices.Concat(x.any, x.site)
	for _, t := range []*hostTable{&x.hosts, &x.suffix} {
		for _, host := range slices.Sorted(slices.Values(t.keys)) {
			rules = append(rules, t.of(host)...)
		}
	}
	return rules
}

// rank numbers the rules in the order in which they count.
func (g *guardMaker) rank() {
	g.ranks = make(map[*urlRule]int)
	for _, x := range []*urlIndex{g.p.except, g.p.urls} {
		rules := x.all()
		slices.SortStableFunc(rules, compareRules)
		for i, r := range rules {
			g.ranks[r] = i
		}
	}
}

func (g *guardMaker) blocks(r *urlRule) bool { return g.p.verdict(r.vendor, g.d).Blocked }

// markOf is a vendor's place in the marks.
func (g *guardMaker) markOf(vendor int) int {
	i, ok := g.at[vendor]
	if !ok {
		i = len(g.out.Marks)
		g.at[vendor] = i
		g.out.Marks = append(g.out.Marks, g.p.marks[vendor])
		g.out.Deny = append(g.out.Deny, "")
	}
	return i
}

// hosts gives out the rules. A host's rules matter if one blocks, or if without them
// another's would: that of a host above it, or one that is for any host.
func (g *guardMaker) hosts() {
	x := g.p.urls
	general := g.p.blockUnknown || slices.ContainsFunc(slices.Concat(x.any, x.site), g.blocks)
	for _, rules := range x.suffix.lists {
		general = general || slices.ContainsFunc(rules, g.blocks)
	}
	needed := func(r *urlRule) bool {
		if general || r.kind == hostAny || r.kind == hostSite || g.blocks(r) {
			return true
		}
		if r.kind == hostSuffix {
			return false // general says that none blocks, and a host's own is looked at first
		}
		for host, more := r.host, true; more; _, host, more = strings.Cut(host, ".") {
			if slices.ContainsFunc(x.hosts.of(host), g.blocks) {
				return true
			}
		}
		return false
	}
	g.out.Rules = g.index(x, needed, false)
}

// index gives out the rules of an index; passes says that all of them allow.
func (g *guardMaker) index(x *urlIndex, needed func(*urlRule) bool, passes bool) GuardRules {
	var out GuardRules
	rules := x.all()
	slices.SortStableFunc(rules, func(a, b *urlRule) int { return cmp.Compare(g.ranks[a], g.ranks[b]) })
	for _, r := range rules {
		if !needed(r) {
			continue
		}
		mark := -1
		if !passes && g.blocks(r) {
			mark = g.markOf(r.vendor)
		}
		if mark >= 0 && r.kind == hostAndSubs && r.path == nil && len(r.query) == 0 && len(x.hosts.of(r.host)) == 1 {
			g.out.Deny[mark] += g.hash(r.host)
			continue
		}
		rule := g.rule(r, mark)
		switch r.kind {
		case hostAndSubs, hostSubs:
			add(&out.Hosts, g.hash(r.host), rule)
		case hostSuffix:
			add(&out.Stems, g.hash(r.host), rule)
		case hostAny:
			out.Any = append(out.Any, rule)
		case hostSite:
			out.Site = append(out.Site, rule)
		}
	}
	return out
}

func add(to *map[string][]GuardRule, key string, rule GuardRule) {
	if *to == nil {
		*to = make(map[string][]GuardRule)
	}
	(*to)[key] = append((*to)[key], rule)
}

func (g *guardMaker) rule(r *urlRule, mark int) GuardRule {
	subs := 0
	if r.kind == hostSubs || r.subs {
		subs = 1
	}
	rule := GuardRule{g.ranks[r], mark, subs, nil, nil}
	if r.path != nil {
		rule[3] = g.glob(r.path)
	}
	tests := make([][2]any, 0, len(r.query))
	for i := range r.query {
		t := &r.query[i]
		test := [2]any{g.hash(t.name.Value()), nil}
		if !t.any {
			test[1] = g.glob(&t.value)
		}
		tests = append(tests, test)
	}
	if len(tests) > 0 {
		rule[4] = tests
	}
	return rule
}

// guardGlob is a glob: what stands between its stars, as length and hash in turn; "" has
// length 0 and hash 0.
type guardGlob []any

func (g *guardMaker) glob(of *glob) guardGlob {
	parts := []string{of.prefix}
	if !of.exact {
		parts = append(append(parts, of.middle...), of.suffix)
	}
	var out guardGlob
	for _, part := range parts {
		if part == "" {
			out = append(out, 0, 0)
			continue
		}
		out = append(out, len(utf16.Encode([]rune(part))), g.hash(part))
	}
	return out
}

// cookies gives out the rules for cookies. One that allows matters where a wider one does not.
func (g *guardMaker) cookies() {
	p := g.p
	g.out.Cookies = guardAllows
	switch p.unknownCookies {
	case Strip:
		g.out.Cookies = guardDenies
	case Session:
		g.out.Cookies = guardSession
	}
	g.out.Exact = map[string]int{
		g.hash(p.CookieName(true)):  guardAllows,
		g.hash(p.CookieName(false)): guardAllows,
	}
	for i := range p.sourceCookies {
		g.out.Wild = append(g.out.Wild, [2]any{g.glob(&p.sourceCookies[i]), guardAllows})
	}
	wild := p.cookie.wild
	// covered tells whether some pattern that does not allow may match the names of another.
	covered := func(of *glob) bool {
		return p.unknownCookies != Allow || slices.ContainsFunc(wild, func(r *cookieRule) bool {
			a, b := r.name.prefix, of.prefix
			return (strings.HasPrefix(b, a) || !of.exact && strings.HasPrefix(a, b)) && g.cookie(r) != guardAllows
		})
	}
	for name, r := range p.cookie.exact {
		if v := g.cookie(r); v != guardAllows || covered(&r.name) {
			if key := g.hash(name); name != p.CookieName(true) && name != p.CookieName(false) {
				g.out.Exact[key] = v
			}
		}
	}
	for i := range p.sourceCookies {
		if of := &p.sourceCookies[i]; of.exact {
			g.out.Exact[g.hash(of.prefix)] = guardAllows
		}
	}
	for _, r := range wild {
		if v := g.cookie(r); v != guardAllows || covered(&r.name) {
			g.out.Wild = append(g.out.Wild, [2]any{g.glob(&r.name), v})
		}
	}
}

func (g *guardMaker) cookie(r *cookieRule) int {
	switch v := g.p.cookieVerdict(r, g.d); {
	case !v.Allow:
		return guardDenies
	case v.Session:
		return guardSession
	case v.Cap > 0:
		return int(min(v.Cap.Seconds(), math.MaxInt32)) // browsers keep none so long
	}
	return guardAllows
}
