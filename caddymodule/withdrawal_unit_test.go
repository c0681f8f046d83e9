package caddymodule

// Where a cookie can be that a browser has sent.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

func TestDomainsAreTheHostsAndItsParents(t *testing.T) {
	for _, test := range []struct {
		name, host string
		want       []string // "" is the host itself, without Domain
	}{
		{"a registrable domain", "shop.example", []string{"", "shop.example"}},
		{"a subdomain", "www.shop.example", []string{"", "shop.example", "www.shop.example"}},
		{"a deep subdomain", "a.b.c.shop.example", []string{"", "shop.example", "c.shop.example", "b.c.shop.example", "a.b.c.shop.example"}},
		{"below a suffix of two labels", "www.shop.co.uk", []string{"", "shop.co.uk", "www.shop.co.uk"}},
		{"below a suffix that hosts others' sites", "shop.github.io", []string{"", "shop.github.io"}},
		{"below a wildcard suffix", "www.shop.anything.ck", []string{"", "shop.anything.ck", "www.shop.anything.ck"}},
		{"an exception to a wildcard suffix", "a.www.ck", []string{"", "www.ck", "a.www.ck"}},
		{"a name in another script", "www.xn--bcher-kva.example", []string{"", "xn--bcher-kva.example", "www.xn--bcher-kva.example"}},
		{"a suffix itself", "co.uk", []string{""}},
		{"a suffix that hosts others' sites", "github.io", []string{""}},
		{"a top-level domain", "com", []string{""}},
		{"localhost", "localhost", []string{""}},
		{"a name below localhost", "shop.localhost", []string{"", "shop.localhost"}},
		{"an address", "192.0.2.1", []string{""}},
		{"an address of version 6", "[2001:db8::1]", []string{""}},
		{"an address of version 6 that ends like the other", "[::ffff:192.0.2.1]", []string{""}},
		{"nothing", "", []string{""}},
		{"no name", ".example", []string{""}},
		{"dots", "..", []string{""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := cookieDomains(test.host); !slices.Equal(got, test.want) {
				t.Errorf("%s: %q, want %q", test.host, got, test.want)
			}
		})
	}
}

func TestPathsAreThoseWhoseCookiesAreSent(t *testing.T) {
	for _, test := range []struct {
		name, path string
		want       []string
	}{
		{"the root", "/", []string{"/"}},
		{"a page", "/shop", []string{"/", "/shop"}},
		{"a folder", "/shop/", []string{"/", "/shop", "/shop/"}},
		{"a page in a folder", "/shop/cart", []string{"/", "/shop", "/shop/", "/shop/cart"}},
		{"deeper", "/a/b/", []string{"/", "/a", "/a/", "/a/b", "/a/b/"}},
		{"escapes stay", "/a%2Fb/c%3B", []string{"/", "/a%2Fb", "/a%2Fb/", "/a%2Fb/c%3B"}},
		{"an attribute cannot be smuggled in", "/a/b; Domain=example/c", []string{"/", "/a", "/a/"}},
		{"nor a line", "/a/\r\nSet-Cookie: a=b/c", []string{"/", "/a", "/a/"}},
		{"nor what no header can hold", "/a/é/c", []string{"/", "/a", "/a/"}},
		{"no path", "", []string{"/"}},
		{"a star", "*", []string{"/"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := cookiePaths(test.path)
			if !slices.Equal(got, test.want) {
				t.Errorf("%q: %q, want %q", test.path, got, test.want)
			}
			for _, p := range got {
				// RFC 6265 section 5.1.4, "path-match".
				match := p == test.path || strings.HasPrefix(test.path, p) && (strings.HasSuffix(p, "/") || test.path[len(p)] == '/')
				if !match && p != "/" {
					t.Errorf("a cookie of %q is not sent with %q", p, test.path)
				}
			}
		})
	}
}

// place is where a line takes a cookie away.
type place struct {
	name, domain, path string
	partitioned        bool
}

// placesOf reads lines as a browser does, and checks that each is a deletion.
func placesOf(t *testing.T, lines []string) (all []place) {
	t.Helper()
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil || c.MaxAge >= 0 || c.Value != "" {
			t.Fatalf("%q: %v, %v", line, c, err)
		}
		if (strings.HasPrefix(c.Name, "__") || c.Partitioned) && (!c.Secure || !c.HttpOnly) {
			t.Errorf("browsers refuse %q", line)
		}
		all = append(all, place{c.Name, c.Domain, c.Path, c.Partitioned})
	}
	return all
}

func expiries(names []string, host, path string, secure bool) []string {
	h := http.Header{}
	expire(h, httptest.NewRequest(http.MethodGet, "/", nil), names, host, path, secure)
	return h["Set-Cookie"]
}

func TestEveryCookieIsExpiredInEveryPlace(t *testing.T) {
	lines := expiries([]string{"_a", "_b", "_a"}, "www.shop.example", "/x", true)
	got := placesOf(t, lines)
	seen := map[place]bool{}
	for _, name := range []string{"_a", "_b"} {
		for _, domain := range []string{"", "shop.example", "www.shop.example"} {
			for _, path := range []string{"/", "/x"} {
				for _, partitioned := range []bool{false, true} {
					p := place{name, domain, path, partitioned}
					if !slices.Contains(got, p) {
						t.Errorf("not expired: %+v", p)
					}
					seen[p] = true
				}
			}
		}
	}
	if len(got) != len(seen) {
		t.Errorf("%d lines for %d places: %q", len(got), len(seen), lines)
	}
	for i, p := range got[:6] { // what is likeliest comes first
		if p.path != "/" || p.partitioned {
			t.Errorf("line %d is for %+v", i, p)
		}
	}
	for _, line := range expiries([]string{"_a"}, "shop.example", "/", false) {
		if strings.Contains(line, "Secure") || strings.Contains(line, "Partitioned") {
			t.Errorf("browsers refuse %q without TLS", line)
		}
	}
}

// The prefix of hosts leaves one place, once in either part of the jar; that
// of TLS leaves them all (RFC 6265bis section 4.1.3).
func TestPrefixesBoundThePlaces(t *testing.T) {
	got := placesOf(t, expiries([]string{"__Host-a"}, "www.shop.example", "/x/y", true))
	if want := []place{{"__Host-a", "", "/", false}, {"__Host-a", "", "/", true}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := placesOf(t, expiries([]string{"__Secure-a"}, "www.shop.example", "/x/y", true)); len(got) != 24 {
		t.Errorf("%+v", got)
	}
}

func TestExpiriesAreBounded(t *testing.T) {
	var names, hosts []string
	for i := range 10_000 {
		names = append(names, fmt.Sprintf("_trk_%d", i))
		hosts = append(hosts, fmt.Sprintf("__Host-trk-%d", i))
	}
	deep := strings.Repeat("/folder", 2000)
	host := strings.Repeat("a.", 120) + "shop.example"
	for name, lines := range map[string][]string{
		"many cookies":                   expiries(names, "www.shop.example", "/", true),
		"one cookie many times":          expiries(slices.Repeat(names[:1], 10_000), "www.shop.example", "/", true),
		"a deep path":                    expiries(names[:1], "www.shop.example", deep, true),
		"a deep host":                    expiries(names[:1], host, "/", true),
		"all of it":                      expiries(names, host, deep, true),
		"cookies that have one place":    expiries(hosts, host, deep, true),
		"a cookie with the longest name": expiries([]string{strings.Repeat("a", 4000), "_trk"}, "shop.example", "/", true),
		"nothing to expire":              expiries(nil, "www.shop.example", deep, true),
	} {
		size := 0
		for _, line := range lines {
			size += len("Set-Cookie: \r\n") + len(line)
		}
		if size > headerRoom1 || (len(lines) == 0) != (name == "nothing to expire") {
			t.Errorf("%s: %d lines, %d bytes", name, len(lines), size)
		}
	}
	full := http.Header{"Content-Security-Policy": {strings.Repeat("x", headerRoom1)}}
	expire(full, httptest.NewRequest(http.MethodGet, "/", nil), names, "www.shop.example", "/", true)
	if n := len(full["Set-Cookie"]); n == 0 || n > 20 {
		t.Errorf("behind a long header: %d lines", n)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.ProtoMajor = 2
	wide := http.Header{}
	expire(wide, r, names, "www.shop.example", "/", true)
	if n := len(wide["Set-Cookie"]); n < 200 || n > 400 {
		t.Errorf("over HTTP/2: %d lines", n)
	}
}

// However many there are and wherever they are: what is not expired by one
// response is by a later one.
func TestEveryCookieGoesInTheEnd(t *testing.T) {
	const host, path = "a.www.shop.example", "/shop/deep/page"
	jar := map[place]bool{}
	for i := range 40 {
		for _, p := range []place{
			{path: "/"}, {domain: "shop.example", path: "/"}, {path: "/shop/deep"}, {domain: "www.shop.example", path: "/shop/"},
			{domain: host, path: path, partitioned: true},
		} {
			p.name = fmt.Sprintf("_trk_%d", i)
			jar[p] = true
		}
	}
	responses := 0
	for ; len(jar) > 0 && responses < 1000; responses++ {
		var names []string
		for p := range jar {
			names = append(names, p.name)
		}
		for _, p := range placesOf(t, expiries(names, host, path, true)) {
			delete(jar, p)
		}
	}
	if len(jar) > 0 {
		t.Errorf("after %d responses there are %d left", responses, len(jar))
	}
	t.Logf("it took %d responses", responses)
}
