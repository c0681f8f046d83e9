package consent

import (
	"slices"
	"strings"
	"time"
)

// CookieVerdict is the answer about a first-party cookie.
type CookieVerdict struct {
	Allow bool
	// Session means: allowed, but without Expires and Max-Age.
	Session bool
	// Cap, unless zero, means: allowed, but for no longer.
	Cap      time.Duration
	Vendor   string // id of the vendor it belongs to, if any
	Category string // when not allowed, the first denied category; else the category it belongs to, if to no vendor
	Known    bool   // a rule matched, or it is our own
	Own      bool   // it is the cookie that holds the visitor's answer
}

// Cookie decides whether a cookie may be set or sent. d is the decision of
// this policy's Decide. It does not allocate.
func (p *Policy) Cookie(name string, d *Decision) CookieVerdict {
	if name == p.CookieName(true) || name == p.CookieName(false) {
		return CookieVerdict{Allow: true, Known: true, Own: true}
	}
	for i := range p.sourceCookies {
		if p.sourceCookies[i].match([]byte(name)) {
			return CookieVerdict{Allow: true, Known: true} // a consent manager's, which must be asked
		}
	}
	r := p.cookie.find(name)
	if r == nil && p.lists != nil {
		r = p.lists.cookies.find(name)
	}
	if r == nil {
		return CookieVerdict{Allow: p.unknownCookies != Strip, Session: p.unknownCookies == Session}
	}
	return p.cookieVerdict(r, d)
}

// cookieVerdict judges a cookie by the rule for its name. Vendors that share a
// name share the cookie: one that is granted may have it.
func (p *Policy) cookieVerdict(r *cookieRule, d *Decision) CookieVerdict {
	var denied CookieVerdict
	for i, o := range r.owners {
		v := p.ownerVerdict(o, d)
		if v.Allow || r.keep {
			if v.Allow = true; o.vendor >= 0 {
				v.Category = "" // which a kept cookie does not need
			}
			return v
		}
		if i == 0 {
			denied = v
		}
	}
	return denied
}

func (p *Policy) ownerVerdict(o cookieOwner, d *Decision) CookieVerdict {
	var out CookieVerdict
	var denied Set
	if o.vendor < 0 {
		out = CookieVerdict{Allow: d.Granted.Has(o.category), Category: p.categories[o.category].Name, Known: true}
		denied = Set(0).With(o.category)
	} else {
		v := p.verdict(o.vendor, d)
		out = CookieVerdict{Allow: !v.Blocked, Vendor: v.Vendor, Category: v.Category, Known: true}
		if p.vendors[o.vendor].missing != "" {
			return out
		}
		denied = p.vendors[o.vendor].needs &^ d.Granted
	}
	if !out.Allow {
		p.tolerate(&out, denied)
	}
	return out
}

// cookieOwner is a vendor, or a category when vendor is -1.
type cookieOwner struct{ vendor, category int }

// cookieRule is a pattern of cookie names and all who have it.
type cookieRule struct {
	pattern string
	name    glob
	owners  []cookieOwner
	rank    rank // owners of the same pattern by rules of higher ranks were dropped
	keep    bool
	line    int // of a list
}

// CookiePatternProblem says what is wrong with a pattern of cookie names, or "".
func CookiePatternProblem(pattern string) string {
	switch {
	case pattern == "":
		return "empty cookie pattern"
	case strings.Trim(pattern, "*") == "":
		return "cookie pattern that matches everything"
	case strings.HasPrefix(pattern, "^"), strings.HasSuffix(pattern, "$"), strings.ContainsAny(pattern, `?\`):
		return "cookie pattern like a regular expression (a star stands for any characters, all others for themselves)"
	case hasPlaceholder(pattern):
		return "cookie pattern with a placeholder" + placeholderAdvice
	}
	for _, c := range []byte(pattern) {
		// Wider than RFC 6265's token: real cookies have ':' and '/' in
		// their names. What delimits cookies cannot be in a name at all.
		if c <= ' ' || c >= 0x7F || c == ';' || c == '=' || c == ',' || c == '"' {
			return "cookie pattern with a character that cookie names cannot have"
		}
	}
	return ""
}

// cookieRules collects patterns before they are indexed.
type cookieRules struct {
	byPattern map[string]*cookieRule
	inOrder   []*cookieRule
}

func (c *cookieRules) add(pattern string, o cookieOwner, of rank, keep bool) {
	r := c.byPattern[pattern]
	if r == nil {
		r = &cookieRule{pattern: pattern, name: newGlob(pattern), rank: of}
		c.byPattern[pattern] = r
		c.inOrder = append(c.inOrder, r)
	}
	r.keep = r.keep || keep
	switch {
	case of < r.rank:
		r.rank, r.owners = of, nil
	case of > r.rank:
		return
	}
	if !slices.Contains(r.owners, o) {
		r.owners = append(r.owners, o)
	}
}

func compareCookieRules(a, b *cookieRule) int {
	if n := b.name.literal() - a.name.literal(); n != 0 {
		return n
	}
	if a.rank != b.rank {
		return int(a.rank) - int(b.rank)
	}
	return len(b.name.prefix) - len(a.name.prefix)
}
