package consent

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// hostKind says which hosts a URL rule is for.
type hostKind uint8

const (
	hostAndSubs hostKind = iota // acme.example: it and its subdomains
	hostSubs                    // *.acme.example: its subdomains only
	hostSuffix                  // google.*: below any public suffix
	hostAny                     // */gtm.js: whatever host
	hostSite                    // /metrics/*: the page's own host
)

// urlRule is a URL pattern, compiled.
type urlRule struct {
	kind  hostKind
	subs  bool   // of a hostSuffix: subdomains only
	host  string // canonical; without ".*" and "*."
	path  *glob  // nil if none was given: sharePaths
	query []queryTest

	literal int    // of the path: its specificity
	pattern string // as written
	vendor  int    // index into Policy.vendors
	rank    rank
	order   int // of declaration

	// What only rules of lists have.
	only   *Condition
	allow  bool
	always bool
	entity string
	line   int
}

// rank says whose rule it is: of two that are equally specific the lower counts.
type rank uint8

const (
	rankOwn     rank = iota // the site's
	rankCatalog             // the catalog's
	rankFile                // of an operator's own catalog file
)

// parseURLPattern compiles a pattern, or says what is wrong with it.
func parseURLPattern(pattern string) (urlRule, string) {
	r := urlRule{pattern: pattern}
	switch {
	case pattern == "":
		return r, "empty URL pattern"
	case strings.ContainsFunc(pattern, func(c rune) bool { return c <= ' ' || c == 0x7F }):
		return r, "URL pattern with white space"
	case hasPlaceholder(pattern):
		return r, "URL pattern with a placeholder" + placeholderAdvice
	case strings.HasPrefix(pattern, "//"):
		return r, "URL pattern with two slashes in front (leave them out)"
	case strings.Contains(pattern, "://"):
		return r, "URL pattern with a scheme (leave the scheme out: patterns start with the host)"
	case strings.Contains(pattern, "#"):
		return r, "URL pattern with a fragment (browsers do not send fragments)"
	case strings.Contains(pattern, `\`):
		return r, "URL pattern with a backslash"
	}
	rest, query, hasQuery := strings.Cut(pattern, "?")
	host, path := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if problem := r.setHost(host); problem != "" {
		return r, problem
	}
	if path != "" {
		canonical := weburl.CanonicalPath(path)
		if strings.Count(canonical, "/") != strings.Count(path, "/") {
			return r, "URL pattern with a . or .. segment (browsers resolve them)"
		}
		glob := newGlob(canonical)
		r.path, r.literal = &glob, glob.literal()
	}
	if hasQuery {
		tests, problem := parseQueryTests(query)
		if problem != "" {
			return r, problem
		}
		r.query = tests
	}
	switch {
	case len(r.query) > 0:
	case r.kind == hostAny && r.literal < 2 || r.kind == hostSite && r.path == nil:
		return r, "URL pattern that matches everything"
	case r.kind == hostSite && r.path.match([]byte("/")):
		return r, homeProblem
	}
	return r, ""
}

// homeProblem is none in an exception.
const homeProblem = "URL pattern that matches the site's own home page"

// hasPlaceholder tells whether a pattern has one of Caddy's placeholders in it.
func hasPlaceholder(pattern string) bool {
	return strings.Contains(pattern, "}") && slices.ContainsFunc(placeholders, func(begin string) bool { return strings.Contains(pattern, begin) })
}

// placeholders are how Caddy's begin.
var placeholders = []string{"{env.", "{file.", "{http.", "{system.", "{time.", "{vars."}

const placeholderAdvice = " (nothing is put in its place; {$NAME} is a variable of the environment)"

// URLPatternProblem says what is wrong with a URL pattern, or "".
func URLPatternProblem(pattern string) string {
	_, problem := parseURLPattern(pattern)
	return problem
}

// setHost reads the pattern's part before the first slash.
func (r *urlRule) setHost(host string) string {
	switch host {
	case "":
		r.kind = hostSite
		return ""
	case "*":
		r.kind = hostAny
		return ""
	}
	name := host
	if rest, ok := strings.CutPrefix(name, "*."); ok {
		r.kind, r.subs, name = hostSubs, true, rest
	}
	if rest, ok := strings.CutSuffix(name, ".*"); ok {
		r.kind, name = hostSuffix, rest
	}
	switch {
	case strings.Contains(name, "*"):
		return "URL pattern with a star inside a host label (a star may only stand for whole labels in front, or for a public suffix at the end)"
	case strings.HasPrefix(name, "["):
		// An IPv6 address: weburl judges it, colons and all.
	case strings.Contains(name, ":"):
		return "URL pattern with a port (leave the port out: ports are ignored)"
	case strings.Contains(name, "@"):
		return "URL pattern with a user name (leave it out)"
	}
	if strings.HasPrefix(name, ".") || strings.Contains(name, "..") {
		return "URL pattern with an empty host label"
	}
	if r.host = weburl.Host(name); r.host == "" {
		return "URL pattern with an invalid host"
	}
	if strings.ContainsFunc(r.host, notInNames) {
		return "URL pattern with punctuation in its host" + separatorAdvice
	}
	if r.kind == hostSuffix {
		return ""
	}
	if suffix, icann := publicsuffix.PublicSuffix(r.host); icann && suffix == r.host {
		return "URL pattern for a whole public suffix"
	}
	return ""
}

// notInNames tells what no host that there is has in its name, though URLs may.
func notInNames(c rune) bool {
	return (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune(".-_[:]", c)
}

const separatorAdvice = " (patterns are separated by spaces, without commas)"

// listedURLPattern is parseURLPattern for one that stands in a list of a policy.
func listedURLPattern(pattern string) (urlRule, string) {
	if strings.HasSuffix(pattern, ",") || strings.HasSuffix(pattern, ";") {
		return urlRule{}, "URL pattern that ends in punctuation" + separatorAdvice
	}
	return parseURLPattern(pattern)
}

// asks tells whether the query is what the rule asks for; host and path have been looked at.
func (r *urlRule) asks(f *fetch) bool {
	for i := range r.query {
		if !f.passes(&r.query[i]) {
			return false
		}
	}
	return true
}

// compareRules sorts the most specific first. Host labels are not compared:
// the index only holds rules of the same host together.
func compareRules(a, b *urlRule) int {
	switch {
	case a.literal != b.literal:
		return b.literal - a.literal
	case len(a.query) != len(b.query):
		return len(b.query) - len(a.query)
	case a.rank != b.rank:
		return int(a.rank) - int(b.rank)
	case a.allow != b.allow:
		if a.allow {
			return -1
		}
		return 1
	}
	return a.order - b.order
}
