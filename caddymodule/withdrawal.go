package caddymodule

import (
	"math/rand/v2"
	"net"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// A cookie that was set before its category was denied stays in the browser
// until somebody takes it away. The browser does not say where it belongs: a
// cookie that it sends may be the host's own or a parent domain's, and of the
// path or any path above it (RFC 6265 section 5.4). So it is expired in all
// these places. From then on it is not sent any more: that is what ends it.

// maxExpiries bounds, in bytes, what one response carries for it: proxies in
// front may have no more than 4 KiB for a whole header. Whatever is left is
// expired by the next response: what was expired is gone by then.
const maxExpiries = 3 << 10

// expiries are Set-Cookie lines that take cookies away that a browser sent
// with a request for path on host.
func expiries(names []string, host, path string, secure bool) []string {
	var lines []string
	size := 0
	domains := cookieDomains(host)
	// The likeliest place of all cookies comes first. Of the others, where they
	// are too many, each response begins with another, so that all have their turn.
	paths := cookiePaths(path)
	if deep := paths[1:]; len(deep) > 1 {
		turn := rand.IntN(len(deep))
		paths = slices.Concat(paths[:1], deep[turn:], deep[:turn])
	}
	for _, p := range paths {
		for _, name := range names {
			for _, domain := range domains {
				// __Host- cookies have one place only; to expire them elsewhere is
				// an error that browsers ignore.
				if strings.HasPrefix(name, "__Host-") && (domain != "" || p != "/") {
					continue
				}
				line := name + "=; Path=" + p + "; Max-Age=0"
				if domain != "" {
					line += "; Domain=" + domain
				}
				if secure {
					line += "; Secure"
				}
				if size += len("Set-Cookie: ") + len(line) + 2; size > maxExpiries && len(lines) > 0 {
					return lines
				}
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// cookieDomains are the domains whose cookies a host is sent: its own ("", a
// cookie without Domain), and every one from the registrable domain down.
// That is where the likeliest are, so it goes before those below it.
func cookieDomains(host string) []string {
	domains := []string{""}
	if net.ParseIP(strings.Trim(host, "[]")) != nil || !strings.Contains(host, ".") {
		return domains
	}
	registrable, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
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
