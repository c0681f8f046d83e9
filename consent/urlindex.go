package consent

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// urlIndex finds the most specific rule for a URL. It walks the host's
// suffixes from the longest, one map lookup each, so the time depends on the
// host's labels and on the rules of that very host, not on how many rules
// there are.
type urlIndex struct {
	hosts  map[string][]*urlRule // hostAndSubs and hostSubs
	suffix map[string][]*urlRule // hostSuffix: keyed without the public suffix
	any    []*urlRule
	site   []*urlRule

	// longest is the length of the longest key of hosts: longer suffixes need
	// no lookup, so a hostile host name costs no more than a real one.
	longest int
	// longestSuffix is the same of suffix.
	longestSuffix int
	// lastLabels are the labels right before the star of suffix' keys. Most
	// hosts have none of them and need no public suffix.
	lastLabels map[string]bool
}

func newURLIndex(rules []*urlRule) *urlIndex {
	x := &urlIndex{
		hosts:      make(map[string][]*urlRule),
		suffix:     make(map[string][]*urlRule),
		lastLabels: make(map[string]bool),
	}
	for _, r := range rules {
		switch r.kind {
		case hostAndSubs, hostSubs:
			x.hosts[r.host] = append(x.hosts[r.host], r)
			x.longest = max(x.longest, len(r.host))
		case hostSuffix:
			x.suffix[r.host] = append(x.suffix[r.host], r)
			x.longestSuffix = max(x.longestSuffix, len(r.host))
			x.lastLabels[r.host[strings.LastIndexByte(r.host, '.')+1:]] = true
		case hostAny:
			x.any = append(x.any, r)
		case hostSite:
			x.site = append(x.site, r)
		}
	}
	for _, list := range x.hosts {
		slices.SortStableFunc(list, compareRules)
	}
	for _, list := range x.suffix {
		slices.SortStableFunc(list, compareRules)
	}
	slices.SortStableFunc(x.any, compareRules)
	slices.SortStableFunc(x.site, compareRules)
	return x
}

// find returns the rule for u on a page of the host site, or nil.
func (x *urlIndex) find(u *weburl.URL, site []byte) *urlRule {
	host := u.Host
	stem := x.stem(host)
	for at := 0; ; {
		name, full := host[at:], at == 0
		var best *urlRule
		if len(name) <= x.longest {
			best = firstMatch(x.hosts[string(name)], u, full)
		}
		if at < stem && stem-at <= x.longestSuffix {
			best = better(best, firstMatch(x.suffix[string(host[at:stem])], u, full))
		}
		if full && len(x.site) > 0 && bytes.Equal(host, site) {
			best = better(best, firstMatch(x.site, u, false))
		}
		if best != nil {
			return best
		}
		dot := bytes.IndexByte(name, '.')
		if dot < 0 {
			return firstMatch(x.any, u, false)
		}
		at += dot + 1
	}
}

// hasPaths reports whether there are rules that are not for a host.
func (x *urlIndex) hasPaths() bool { return len(x.site)+len(x.any) > 0 }

// findPath returns the most specific rule for u that is not for a host.
func (x *urlIndex) findPath(u *weburl.URL) *urlRule {
	return better(firstMatch(x.site, u, false), firstMatch(x.any, u, false))
}

// stem is the length of the host's part before its public suffix, or 0 when
// no hostSuffix rule can match. Only suffixes that registries run count:
// google.github.io is somebody's page.
func (x *urlIndex) stem(host []byte) int {
	if len(x.suffix) == 0 {
		return 0
	}
	known := false
	for rest, more := host, true; more && !known; {
		var label []byte
		label, rest, more = bytes.Cut(rest, []byte{'.'})
		known = x.lastLabels[string(label)]
	}
	if !known {
		return 0
	}
	suffix, icann := publicsuffix.PublicSuffix(view(host))
	if !icann || len(suffix) >= len(host) {
		return 0
	}
	return len(host) - len(suffix) - 1
}

// firstMatch goes through rules of one host, most specific first. full says
// that the whole host was matched, which is not for rules of subdomains.
func firstMatch(rules []*urlRule, u *weburl.URL, full bool) *urlRule {
	for _, r := range rules {
		if full && (r.kind == hostSubs || r.subs) {
			continue
		}
		if r.matches(u.Path, u.Query) {
			return r
		}
	}
	return nil
}

func better(a, b *urlRule) *urlRule {
	if a == nil || b != nil && compareRules(b, a) < 0 {
		return b
	}
	return a
}

// thirdParty reports whether two canonical hosts have different registrable
// domains. Hosts without one (localhost, addresses) are only equal to
// themselves.
func thirdParty(host, site []byte) bool {
	if bytes.Equal(host, site) {
		return false
	}
	a, b := registrable(host), registrable(site)
	return a == "" || a != b
}

// registrable is EffectiveTLDPlusOne without the error that allocates. The
// result is a view of host.
func registrable(host []byte) string {
	h := view(host)
	suffix, _ := publicsuffix.PublicSuffix(h)
	// Only an address has a last label that starts with a digit or a bracket.
	last := h[strings.LastIndexByte(h, '.')+1:]
	if len(suffix) >= len(h) || last == "" || last[0] <= '9' || last[0] == '[' {
		return ""
	}
	start := strings.LastIndexByte(h[:len(h)-len(suffix)-1], '.') + 1
	return h[start:]
}
