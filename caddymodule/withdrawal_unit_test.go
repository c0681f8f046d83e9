package caddymodule

// Where a cookie can be that a browser has sent.

import (
	"fmt"
	"net/http"
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
type place struct{ name, domain, path string }

// places reads lines as a browser does, and checks that each is a deletion.
func places(t *testing.T, lines []string) (all []place) {
	t.Helper()
	for _, line := range lines {
		c, err := http.ParseSetCookie(line)
		if err != nil || c.MaxAge >= 0 || c.Value != "" {
			t.Fatalf("%q: %v, %v", line, c, err)
		}
		all = append(all, place{c.Name, c.Domain, c.Path})
	}
	return all
}

func TestEveryCookieIsExpiredInEveryPlace(t *testing.T) {
	lines := expiries([]string{"_a", "_b"}, "www.shop.example", "/x/y", true)
	got := places(t, lines)
	seen := map[place]bool{}
	for _, name := range []string{"_a", "_b"} {
		for _, domain := range []string{"", "shop.example", "www.shop.example"} {
			for _, path := range []string{"/", "/x", "/x/", "/x/y"} {
				p := place{name, domain, path}
				if !slices.Contains(got, p) {
					t.Errorf("not expired: %+v", p)
				}
				seen[p] = true
			}
		}
	}
	if len(got) != len(seen) {
		t.Errorf("%d lines for %d places: %q", len(got), len(seen), lines)
	}
	for i, p := range got[:6] { // what is likeliest comes first
		if p.path != "/" {
			t.Errorf("line %d is for %+v", i, p)
		}
	}
	for _, line := range lines {
		if !strings.HasSuffix(line, "; Secure") {
			t.Errorf("a cookie of TLS cannot be replaced by %q", line)
		}
	}
	for _, line := range expiries([]string{"_a"}, "shop.example", "/", false) {
		if strings.Contains(line, "Secure") {
			t.Errorf("browsers refuse %q without TLS", line)
		}
	}
}

// The prefix of hosts leaves one place; that of TLS leaves them all (RFC
// 6265bis section 4.1.3).
func TestPrefixesBoundThePlaces(t *testing.T) {
	got := places(t, expiries([]string{"__Host-a"}, "www.shop.example", "/x/y", true))
	if want := []place{{"__Host-a", "", "/"}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := places(t, expiries([]string{"__Secure-a"}, "www.shop.example", "/x/y", true)); len(got) != 12 {
		t.Errorf("%+v", got)
	}
}

func TestExpiriesAreBounded(t *testing.T) {
	var names []string
	for i := range 100 {
		names = append(names, fmt.Sprintf("_trk_%d", i))
	}
	deep := strings.Repeat("/folder", 200)
	for name, lines := range map[string][]string{
		"many cookies":      expiries(names, "www.shop.example", "/", true),
		"a deep path":       expiries(names[:1], "www.shop.example", deep, true),
		"a deep host":       expiries(names[:1], strings.Repeat("a.", 120)+"shop.example", "/", true),
		"all of it":         expiries(names, strings.Repeat("a.", 120)+"shop.example", deep, true),
		"nothing to expire": expiries(nil, "www.shop.example", deep, true),
	} {
		size := 0
		for _, line := range lines {
			size += len("Set-Cookie: ") + len(line) + 2
		}
		if size > maxExpiries || len(lines) < 5 && name != "nothing to expire" {
			t.Errorf("%s: %d lines, %d bytes", name, len(lines), size)
		}
	}
}
