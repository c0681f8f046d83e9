package consent

import (
	"bytes"
	"slices"
	"strings"
	"unique"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// urlIndex finds the most specific rule for a URL. It looks at the rules of the host and
// the domains above it, which it remembers of hosts that it met, so the time does not
// depend on how many rules there are.
type urlIndex struct {
	hosts  hostTable // hostAndSubs and hostSubs
	suffix hostTable // hostSuffix: keyed without the public suffix
	met    perHost[[]domainRules]
	any    []*urlRule
	site   []*urlRule
	// anyBy has those of any by a segment that a path must have; the others are in anyElse.
	anyBy    map[string][]*urlRule
	anyLooks looks // of the keys of anyBy
	anyElse  []*urlRule
	// elseBegin has the bytes that a path may have behind its first, for a rule of anyElse.
	elseBegin [256]bool

	// longest is the length of the longest key of hosts: longer suffixes need
	// no lookup, so a hostile host name costs no more than a real one.
	longest int
	// longestSuffix is the same of suffix.
	longestSuffix int
	// lastLabels are the labels right before the star of suffix' keys. Most
	// hosts have none of them and need no public suffix.
	lastLabels map[string]bool
}

// looks tells of most texts that they are not in a set, by first byte and length.
type looks [256]uint64

func (l *looks) add(text string) { l[text[0]] |= 1 << (len(text) & 63) }

func (l *looks) may(text []byte) bool { return len(text) > 0 && l.mayText(text[0], len(text)) }

// mayText is may for a text of length bytes that begins with first.
func (l *looks) mayText(first byte, length int) bool { return l[first]>>(length&63)&1 == 1 }

// fetch is what is asked about: a URL, the host of the page, and what a
// browser would take it for; zero if that is not known.
type fetch struct {
	host, path, query []byte // of the URL

	site  []byte
	kinds Kinds

	// The parameter that was asked about last, how often it is in the query, and its value.
	asked unique.Handle[string]
	times int
	value []byte
	// seen says that it is known whether something in the query has to be decoded.
	seen, encoded bool
}

func newFetch(u *weburl.URL, site []byte, kinds Kinds) fetch {
	return fetch{host: u.Host, path: u.Path, query: u.Query, site: site, kinds: kinds}
}

func newURLIndex(rules []*urlRule) *urlIndex {
	rules = slices.Clone(rules)
	slices.SortStableFunc(rules, compareRules)
	sharePaths(rules)
	x := &urlIndex{
		anyBy:      make(map[string][]*urlRule),
		lastLabels: make(map[string]bool),
	}
	var hosts, suffix []*urlRule
	for _, r := range rules {
		switch r.kind {
		case hostAndSubs, hostSubs:
			hosts = append(hosts, r)
			x.longest = max(x.longest, len(r.host))
		case hostSuffix:
			suffix = append(suffix, r)
			x.longestSuffix = max(x.longestSuffix, len(r.host))
			x.lastLabels[r.host[strings.LastIndexByte(r.host, '.')+1:]] = true
		case hostAny:
			x.any = append(x.any, r)
			if key := r.segment(); key != "" {
				x.anyBy[key] = append(x.anyBy[key], r)
				x.anyLooks.add(key)
			} else {
				x.anyElse = append(x.anyElse, r)
				x.addBegin(r)
			}
		case hostSite:
			x.site = append(x.site, r)
		}
	}
	x.hosts, x.suffix = newHostTable(hosts), newHostTable(suffix)
	return x
}

// sharePaths has rules share their paths that differ by their query tests: most of them stand
// one behind the other in their host's list, and firstMatch looks at a path once.
func sharePaths(rules []*urlRule) {
	paths := make(map[string]*glob)
	for _, r := range rules {
		if r.path == nil || len(r.query) == 0 {
			continue
		}
		pattern := r.path.String()
		if paths[pattern] == nil {
			paths[pattern] = r.path
		}
		r.path = paths[pattern]
	}
}

// find returns the rule for u on a page of the host site, or nil.
func (x *urlIndex) find(u *weburl.URL, site []byte) *urlRule {
	f := newFetch(u, site, 0)
	return x.findFor(&f)
}

// findFor is find for rules that depend on more than the URL.
func (x *urlIndex) findFor(f *fetch) *urlRule {
	best, at := x.ofHost(f)
	if len(x.site) > 0 && bytes.Equal(f.host, f.site) {
		if other := firstMatch(x.site, f, false); other != nil && (best == nil || at > 0) {
			best = other
		} else {
			best = better(best, other)
		}
	}
	if best == nil && len(x.any) > 0 {
		best = x.findAny(f)
	}
	return best
}

// findAny finds the most specific rule for whatever host. Most are found by a
// segment of the path. A path may have one segment any number of times: its rules are
// asked once.
func (x *urlIndex) findAny(f *fetch) *urlRule {
	var best *urlRule
	if x.mayBeElse(f.path) {
		best = firstMatch(x.anyElse, f, false)
	}
	if len(x.anyBy) == 0 {
		return best
	}
	var asked [32]*urlRule // the first of the rules of each segment
	n := 0
	for path := f.path; len(path) > 0; {
		var segment []byte
		segment, path = cut(path, '/')
		if !x.anyLooks.may(segment) {
			continue
		}
		rules := x.anyBy[string(segment)]
		if len(rules) == 0 || slices.Contains(asked[:n], rules[0]) {
			continue
		}
		if n < len(asked) {
			asked[n] = rules[0]
			n++
		}
		best = better(best, firstMatch(rules, f, false))
	}
	return best
}

// mayBeElse tells of most paths that no rule of anyElse is for them.
func (x *urlIndex) mayBeElse(path []byte) bool { return len(path) < 2 || x.elseBegin[path[1]] }

// addBegin takes in what a path begins with that the rule matches.
func (x *urlIndex) addBegin(r *urlRule) {
	for c := range x.elseBegin {
		if r.path == nil || len(r.path.prefix) < 2 || int(r.path.prefix[1]) == c {
			x.elseBegin[c] = true
		}
	}
}

// segment is a path's segment, without slashes, that whatever the rule matches
// has; "" if there is none that the rule names in full.
func (r *urlRule) segment() string {
	if r.path == nil {
		return ""
	}
	longest := ""
	look := func(text string, toEnd bool) {
		parts := strings.Split(text, "/")
		if !toEnd {
			parts = parts[:len(parts)-1] // goes on behind a star
		}
		for i, part := range parts {
			if i > 0 && len(part) > len(longest) { // what stands before the first slash began before a star
				longest = part
			}
		}
	}
	look(r.path.prefix, r.path.exact)
	if !r.path.exact {
		for _, part := range r.path.middle {
			look(part, false)
		}
		look(r.path.suffix, true)
	}
	return longest
}

// mayBePath reports whether findPath can find a rule for a path that is not parsed yet.
func (x *urlIndex) mayBePath(path string) bool {
	if len(x.site)+len(x.any) == 0 {
		return false
	}
	if strings.Contains(path, "/.") {
		return true // parsing may make another path of it
	}
	for start, i := 0, 0; i <= len(path); i++ {
		switch {
		case i < len(path) && path[i] != '/':
			if !plainInPath[path[i]] {
				return true // the same
			}
			continue
		case i > start && x.anyLooks.mayText(path[start], i-start) && x.anyBy[path[start:i]] != nil:
			return true
		}
		start = i + 1
	}
	match := func(r *urlRule) bool { return r.path == nil || r.path.match([]byte(path)) }
	return slices.ContainsFunc(x.site, match) || x.mayBeElse([]byte(path)) && slices.ContainsFunc(x.anyElse, match)
}

// plainInPath are the characters that parsing leaves in a path as they are.
var plainInPath = func() (plain [256]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@" {
		plain[c] = true
	}
	return plain
}()

// findPath returns the most specific rule for u that is not for a host.
func (x *urlIndex) findPath(u *weburl.URL) *urlRule {
	f := newFetch(u, nil, 0)
	return better(firstMatch(x.site, &f, false), x.findAny(&f))
}

// firstMatch goes through rules of one host, most specific first. full says
// that the whole host was matched, which is not for rules of subdomains.
// Rules that share their path stand one behind the other: it is looked at once.
func firstMatch(rules []*urlRule, f *fetch, full bool) *urlRule {
	var path *glob
	fits := true
	for _, r := range rules {
		if r.path != path {
			path = r.path
			fits = path == nil || path.match(f.path)
		}
		if !fits || full && (r.kind == hostSubs || r.subs) || !full && r.only != nil && r.only.Exact {
			continue
		}
		if r.asks(f) && (r.only == nil || r.only.holds(f)) {
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
