package caddymodule

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
)

// A cookie that was set before its category was denied stays in the browser
// until somebody takes it away. The browser does not say where it belongs: a
// cookie that it sends may be the host's own or a parent domain's, and of the
// path or any path above it (RFC 6265 section 5.4). So it is expired in all
// these places. From then on it is not sent any more: that is what ends it.

// How long a response's header may become by that, names and values. Who
// speaks HTTP/2 is a browser, or a server that has as much room. Those that
// speak HTTP/1.1 may be servers with little: nginx, unless told otherwise, has
// 4 KiB, and answers 502 where it is not enough.
const (
	headerRoom  = 16 << 10
	headerRoom1 = 3 << 10
)

// expire adds Set-Cookie lines that take cookies away which a browser sent with
// a request for path on host: as many as there is room for. Where all places
// do not fit, half of them are the likeliest and the others are picked by
// chance, so that each has its turn: what was found is not sent any more.
func expire(h http.Header, r *http.Request, names []string, host, path string, secure bool) {
	most := headerRoom
	if r.ProtoMajor < 2 {
		most = headerRoom1
	}
	room := most
	for name, lines := range h {
		for _, line := range lines {
			room -= len(name) + len(line) + len(": \r\n")
		}
	}
	room = max(room, most/4)
	all := newPlaces(names, host, path, secure)
	lines, next := all.lines(0, room)
	if next < all.n {
		lines, next = all.lines(0, room/2)
		rest, _ := all.lines(next+rand.IntN(all.n-next), room/2)
		lines = append(lines, rest...)
	}
	h["Set-Cookie"] = append(h["Set-Cookie"], lines...)
}

// places are where cookies can be, the likeliest first: n of them, by their
// number.
type places struct {
	names, domains, paths []string
	secure                bool
	n                     int
}

func newPlaces(names []string, host, path string, secure bool) *places {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	p := &places{names: names, domains: cookieDomains(host), paths: cookiePaths(path), secure: secure}
	p.n = len(p.names) * len(p.domains) * len(p.paths)
	if secure {
		p.n *= 2 // there is a partition of the jar for this site (CHIPS)
	}
	return p
}

// maxTried bounds how many places are looked at for one response: a client can
// make any number of them.
const maxTried = 4096

// lines are those for the places from one on that fit into room. next is the
// place behind them.
func (p *places) lines(from, room int) (lines []string, next int) {
	for next = from; next < min(p.n, from+maxTried); next++ {
		line := p.line(next)
		if line == "" || len(line) > headerRoom1/8 {
			continue // nowhere, or where nobody puts a cookie
		}
		if room -= len("Set-Cookie: \r\n") + len(line); room < 0 {
			break
		}
		lines = append(lines, line)
	}
	return lines, next
}

// line takes a cookie away from a place. It is empty if it cannot be there:
// __Host- cookies have one place only.
func (p *places) line(i int) string {
	domain, i := p.domains[i%len(p.domains)], i/len(p.domains)
	name, i := p.names[i%len(p.names)], i/len(p.names)
	path, partitioned := p.paths[i%len(p.paths)], i/len(p.paths) > 0
	if strings.HasPrefix(name, "__Host-") && (domain != "" || path != "/") {
		return ""
	}
	line := name + "=; Path=" + path + "; Max-Age=0"
	if domain != "" {
		line += "; Domain=" + domain
	}
	switch {
	case partitioned:
		line += "; Secure; HttpOnly; Partitioned"
	case p.secure && strings.HasPrefix(name, "__"):
		line += "; Secure; HttpOnly" // which the name may ask for (RFC 6265bis, "Cookie Name Prefixes")
	}
	return line
}

// cookieDomains are the domains whose cookies a host is sent: its own ("", a
// cookie without Domain), and every one from the registrable domain down.
// That is where the likeliest are, so it goes before those below it.
func cookieDomains(host string) []string {
	domains := []string{""}
	registrable := consent.Registrable(host)
	if registrable == "" || registrable[0] == '.' { // which is no name
		return domains
	}
	below := strings.TrimSuffix(strings.TrimSuffix(host, registrable), ".")
	domains = append(domains, registrable)
	labels := strings.Split(below, ".")
	for _, label := range slices.Backward(labels) {
		if label != "" {
			domains = append(domains, label+"."+domains[len(domains)-1])
		}
	}
	return domains
}

// cookiePaths are the paths whose cookies are sent with a request for path,
// the shortest first (RFC 6265 section 5.1.4): each prefix that ends before a
// slash, and with it.
func cookiePaths(path string) []string {
	paths := []string{"/"}
	for i := 1; i < len(path); i++ {
		// What a header cannot hold, or would end the attribute, is no path of a cookie.
		if c := path[i]; c < ' ' || c == ';' || c >= 0x7F {
			return paths
		}
		if path[i] == '/' {
			paths = append(paths, path[:i], path[:i+1])
		}
	}
	if len(path) > 1 && path[0] == '/' && path[len(path)-1] != '/' {
		paths = append(paths, path)
	}
	return paths
}
