package consent

import (
	"maps"
	"slices"
	"strings"
)

// SourceExpressions lists, in the terms of a Content-Security-Policy (Level 3 section
// 2.3.1), where granted vendors and exceptions load from. A path is kept where a source
// expression can have it. Patterns for whatever host cannot be said; of "google.*" the
// site under .com can.
//
// The list is wider than the policy where a denied vendor has a part of what is a granted
// one's: a list of what is allowed has no exceptions.
func (p *Policy) SourceExpressions(d *Decision) []string {
	seen := map[string]bool{}
	add := func(r *urlRule) {
		host := r.host
		switch r.kind {
		case hostAny, hostSite:
			return
		case hostSuffix:
			host += ".com"
		}
		path := ""
		if r.path != nil {
			path = sourcePath(r.path)
		}
		if r.kind != hostSubs && !r.subs {
			seen[host+path] = true
		}
		if !strings.HasPrefix(host, "[") && strings.ContainsAny(host[strings.LastIndexByte(host, '.')+1:], "abcdefghijklmnopqrstuvwxyz") {
			seen["*."+host+path] = true
		}
	}
	for _, r := range p.urls.all() {
		if !p.verdict(r.vendor, d).Blocked {
			add(r)
		}
	}
	for _, r := range p.except.all() {
		add(r)
	}
	maps.DeleteFunc(seen, func(source string, _ bool) bool { return isCovered(source, seen) })
	return slices.Sorted(maps.Keys(seen))
}

// isCovered tells whether another of the sources allows all that this one does: headers are to be short.
func isCovered(source string, all map[string]bool) bool {
	host, path := source, ""
	if i := strings.IndexByte(source, '/'); i >= 0 {
		host, path = source[:i], source[i:]
	}
	if path != "" && all[host] {
		return true
	}
	for _, parent, found := strings.Cut(strings.TrimPrefix(host, "*."), "."); found; _, parent, found = strings.Cut(parent, ".") {
		if all["*."+parent] {
			return true
		}
	}
	return false
}

// sourcePath is the path of a source expression for a glob: one that ends in a slash
// stands for all below it.
func sourcePath(g *glob) string {
	path := g.prefix
	if !g.exact {
		path = path[:strings.LastIndexByte(path, '/')+1]
	}
	if path == "/" || strings.ContainsAny(path, ";,") {
		return ""
	}
	return path
}
