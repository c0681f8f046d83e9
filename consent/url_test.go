package consent_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// vendorsOf makes vendors of lines such as "acme: stats.acme.example/x", all
// in analytics. A vendor with several lines has several patterns.
func vendorsOf(lines ...string) []consent.Vendor {
	var out []consent.Vendor
	for _, line := range lines {
		id, pattern, _ := strings.Cut(line, ": ")
		i := 0
		for i < len(out) && out[i].ID != id {
			i++
		}
		if i == len(out) {
			out = append(out, consent.Vendor{ID: id, Categories: []string{"analytics"}})
		}
		out[i].URLs = append(out[i].URLs, pattern)
	}
	return out
}

func TestURLPatterns(t *testing.T) {
	for _, c := range []struct {
		name    string
		pattern string
		match   []string
		miss    []string
	}{
		{
			"a host is for itself and its subdomains", "acme.example",
			[]string{"https://acme.example/", "https://cdn.acme.example/x.js?y", "http://a.b.acme.example:8080/", "wss://acme.example/"},
			[]string{"https://acme.example.test/", "https://notacme.example/", "https://example/", "https://acme-example/"},
		},
		{
			"a host is written in any spelling", "ACME.Example.",
			[]string{"https://acme.example/", "https://ACME.EXAMPLE./", "https://user@acme.example:443/", "https://%61cme.example/"},
			nil,
		},
		{
			"an internationalised host is written either way", "bücher.example",
			[]string{"https://xn--bcher-kva.example/", "https://BÜCHER.example/"},
			[]string{"https://bucher.example/"},
		},
		{
			"a star in front is for subdomains only", "*.acme.example",
			[]string{"https://cdn.acme.example/", "https://a.b.acme.example/"},
			[]string{"https://acme.example/", "https://cdnacme.example/"},
		},
		{"an address", "127.0.0.1", []string{"https://127.0.0.1/", "https://0x7f.1/"}, []string{"https://1.127.0.0.1.example/"}},
		{"an address of version 6", "[2001:db8::1]", []string{"https://[2001:DB8:0::1]:8080/"}, []string{"https://[2001:db8::2]/"}},
		{
			"a path without a star is the whole path", "acme.example/t.js",
			[]string{"https://acme.example/t.js", "https://acme.example/t.js?v=1", "https://acme.example/t.js#x", "https://cdn.acme.example/t.js"},
			[]string{"https://acme.example/t.jsx", "https://acme.example/t.js/", "https://acme.example/a/t.js", "https://acme.example/T.js"},
		},
		{"a slash alone is the root", "acme.example/", []string{"https://acme.example", "https://acme.example?x"}, []string{"https://acme.example/x"}},
		{
			"a star at the end is for what begins so", "acme.example/pixel*",
			[]string{"https://acme.example/pixel", "https://acme.example/pixel.gif", "https://acme.example/pixel/1/2"},
			[]string{"https://acme.example/a/pixel", "https://acme.example/pixe"},
		},
		{
			"a star within stands for any text, slashes too", "acme.example/*/t.js",
			[]string{"https://acme.example/en/t.js", "https://acme.example/a/b/t.js", "https://acme.example//t.js"},
			[]string{"https://acme.example/t.js", "https://acme.example/en/t.js/x"},
		},
		{
			"several stars", "acme.example/v*/plugins/*.php",
			[]string{"https://acme.example/v2.0/plugins/like.php", "https://acme.example/v/plugins/plugins/a.php"},
			[]string{"https://acme.example/v2/plugins.php", "https://acme.example/plugins/like.php"},
		},
		{
			"paths are compared as browsers send them", "acme.example/a/t.js",
			[]string{"https://acme.example/b/../a/t.js", `https://acme.example\a\t.js`, "https://acme.example/%61/%74.js", "https://acme.example/a/./t.js"},
			[]string{"https://acme.example/a%2Ft.js"},
		},
		{
			"a pattern's path may be written with escapes", "acme.example/%74.js",
			[]string{"https://acme.example/t.js"}, []string{"https://acme.example/%2574.js"},
		},
		{
			"a query test asks for a parameter's value", "acme.example/t?id=G-*",
			[]string{"https://acme.example/t?id=G-1", "https://acme.example/t?a=b&id=G-1&c", "https://acme.example/t?id=G%2D1", "https://acme.example/t?id=%47-%4a%4B", "https://acme.example/t?id=G-+x%", "https://acme.example/t?%69d=G-1"},
			[]string{"https://acme.example/t", "https://acme.example/t?id=AW-1", "https://acme.example/t?xid=G-1", "https://acme.example/t?id", "https://acme.example/t?a=id=G-1"},
		},
		{
			"a query test is written as in a URL", "acme.example/css?family=Open+Sans*&x=a%2Fb",
			[]string{"https://acme.example/css?family=Open+Sans:400&x=a%2fb", "https://acme.example/css?x=a/b&family=Open%20Sans"},
			[]string{"https://acme.example/css?family=Open%2BSans&x=a/b"},
		},
		{
			"an escaped star in a query test is a star in the URL", "acme.example/t?id=%2A",
			[]string{"https://acme.example/t?id=*"}, []string{"https://acme.example/t?id=x"},
		},
		{
			"any of several parameters of the name will do", "acme.example/t?id=G-*",
			[]string{"https://acme.example/t?id=AW-1&id=G-1", "https://acme.example/t?id=G-1&id=AW-1"}, nil,
		},
		{
			"a query test without a value asks for the parameter", "acme.example/t?id",
			[]string{"https://acme.example/t?id", "https://acme.example/t?id=", "https://acme.example/t?id=x"},
			[]string{"https://acme.example/t", "https://acme.example/t?ids"},
		},
		{
			"a query test for an empty value", "acme.example/t?id=",
			[]string{"https://acme.example/t?id", "https://acme.example/t?id="}, []string{"https://acme.example/t?id=x"},
		},
		{
			"all query tests must hold", "acme.example/t?id=G-*&l=dataLayer",
			[]string{"https://acme.example/t?l=dataLayer&id=G-1"},
			[]string{"https://acme.example/t?id=G-1", "https://acme.example/t?l=dataLayer", "https://acme.example/t?id=G-1&l=data"},
		},
		{
			"a query test without a path is for any path", "acme.example?id=G-*",
			[]string{"https://acme.example/?id=G-1", "https://acme.example/a/b?id=G-1"}, []string{"https://acme.example/"},
		},
		{
			"google.* is any public suffix", "google.*",
			[]string{"https://google.com/", "https://www.google.co.uk/", "https://www.google.com.au/"},
			[]string{
				"https://google.com.evil.example/", "https://notgoogle.com/", "https://google/",
				// Below suffixes that no registry runs is somebody's page.
				"https://google.github.io/", "https://google.evil.example/",
			},
		},
		{
			"google.* with a path", "google.*/ads/*",
			[]string{"https://www.google.de/ads/x"}, []string{"https://www.google.de/search?q=/ads/"},
		},
		{"*.google.* is its subdomains", "*.google.*", []string{"https://www.google.com/"}, []string{"https://google.com/"}},
		{
			"translate.google.* is that host below any public suffix", "translate.google.*",
			[]string{"https://translate.google.com/", "https://a.translate.google.fr/"}, []string{"https://www.google.com/"},
		},
		{
			"a star for the host is any host", "*/gtm.js?id=GTM-*",
			[]string{"https://" + site + "/gtm.js?id=GTM-1", "https://cdn.example/gtm.js?id=GTM-1", "https://127.0.0.1/gtm.js?id=GTM-1"},
			[]string{"https://cdn.example/a/gtm.js?id=GTM-1", "https://cdn.example/gtm.js"},
		},
		{
			"no host is this site", "/metrics/*",
			[]string{"https://" + site + "/metrics/x", "http://" + site + ":8080/metrics/"},
			[]string{"https://shop.example/metrics/x", "https://a." + site + "/metrics/x", "https://cdn.example/metrics/x"},
		},
		{"no host but a query", "?utm", []string{"https://" + site + "/a?utm=1"}, []string{"https://cdn.example/a?utm=1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, consent.Config{Vendors: vendorsOf("v: " + c.pattern)})
			d := granting(t, p)
			for _, raw := range c.match {
				if v := p.URL(parse(t, raw), []byte(site), d); v.Vendor != "v" || !v.Known || !v.Blocked {
					t.Errorf("%s does not match %s: %+v", c.pattern, raw, v)
				}
			}
			for _, raw := range c.miss {
				if v := p.URL(parse(t, raw), []byte(site), d); v != (consent.Verdict{}) {
					t.Errorf("%s matches %s: %+v", c.pattern, raw, v)
				}
			}
		})
	}
}

func TestMostSpecificURLRuleWins(t *testing.T) {
	for _, c := range []struct {
		name    string
		own     []string
		catalog []string
		url     string
		want    string
	}{
		{"more host labels", []string{"a: acme.example", "b: cdn.acme.example"}, nil, "https://cdn.acme.example/", "b"},
		{"more host labels over a longer path", []string{"a: acme.example/very/long/path.js", "b: cdn.acme.example"}, nil, "https://cdn.acme.example/very/long/path.js", "b"},
		{"a longer host that does not match gives way", []string{"a: acme.example", "b: cdn.acme.example/x"}, nil, "https://cdn.acme.example/y", "a"},
		{"a longer path", []string{"a: acme.example", "b: acme.example/x/*", "c: acme.example/*"}, nil, "https://acme.example/x/y", "b"},
		{"stars do not make a path longer", []string{"a: acme.example/*/*/*", "b: acme.example/xyz*"}, nil, "https://acme.example/xyz/y/", "b"},
		{"a longer path over more query tests", []string{"a: acme.example/*?x&y", "b: acme.example/t"}, nil, "https://acme.example/t?x&y", "b"},
		{"more query tests", []string{"a: acme.example/t?x", "b: acme.example/t?x&y", "c: acme.example/t"}, nil, "https://acme.example/t?x&y", "b"},
		{"each rule sees all parameters of a name", []string{"a: acme.example/t?id=A-*", "b: acme.example/t?id=B-*"}, nil, "https://acme.example/t?id=B-1&id=x", "b"},
		{"a parameter that need only be there", []string{"a: acme.example/t?id=A-*", "b: acme.example/t?id"}, nil, "https://acme.example/t?id=x", "b"},
		{"any host is the least specific", []string{"a: */very/long/path.js", "b: acme.example"}, nil, "https://acme.example/very/long/path.js", "b"},
		{"this site is as specific as its host", []string{"a: */very/long/path.js", "b: /very*"}, nil, "https://" + site + "/very/long/path.js", "b"},
		{"this site over its domain", []string{"a: shop.example/very/long/path.js", "b: /very*"}, nil, "https://" + site + "/very/long/path.js", "b"},
		{"the longer path of this site and its host", []string{"a: " + site + "/very/*", "b: /very*"}, nil, "https://" + site + "/very/long/path.js", "a"},
		{"a public suffix counts its labels", []string{"a: google.*/ads/*", "b: www.google.*"}, nil, "https://www.google.com/ads/x", "b"},
		{"the longer path of a host and a public suffix", []string{"a: google.*/ads/*", "b: google.com"}, nil, "https://www.google.com/ads/x", "a"},
		{"the first of equals", []string{"b: acme.example/a*", "a: acme.example/*a"}, nil, "https://acme.example/a", "b"},
		{"the site's own of equals", []string{"own: acme.example/x"}, []string{"theirs: acme.example/x"}, "https://acme.example/x", "own"},
		{"a more specific one of the catalog over the site's own", []string{"own: acme.example"}, []string{"theirs: acme.example/x"}, "https://acme.example/x", "theirs"},
		{"the site's own of equal hosts that differ in kind", []string{"own: google.*"}, []string{"theirs: google.com"}, "https://google.com/", "own"},
		{"the site's own over one of the catalog that another own vendor extends", []string{"a: a.example", "own: acme.example/x"}, []string{"a: acme.example/x"}, "https://acme.example/x", "own"},
		{"an added rule of an extended vendor is the site's own", []string{"theirs: acme.example/x*"}, []string{"other: acme.example/*x", "theirs: a.example"}, "https://acme.example/x", "theirs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, consent.Config{Vendors: vendorsOf(c.own...), Catalog: vendorsOf(c.catalog...)})
			if got := p.URL(parse(t, c.url), []byte(site), granting(t, p)).Vendor; got != c.want {
				t.Errorf("%s belongs to %q, want %q", c.url, got, c.want)
			}
		})
	}
}

// A host of very many labels costs no more than a real one, however many
// rules there are for public suffixes.
func TestTimeForALongHostIsLinear(t *testing.T) {
	rules := make([]string, 20)
	for i := range rules {
		rules[i] = fmt.Sprintf("v: v%d.google.*", i)
	}
	p := compile(t, consent.Config{Vendors: vendorsOf(rules...)})
	d := granting(t, p)
	u := parse(t, "https://"+strings.Repeat("a.", 200_000)+"google.com/")
	if s := best(t, 3, func() { p.URL(u, []byte(site), d) }); s > 0.25 {
		t.Errorf("400 kB take %.0f ms", s*1e3)
	}
}

func TestVerdictNamesTheFirstDeniedCategory(t *testing.T) {
	p := compile(t, consent.Config{Vendors: []consent.Vendor{{
		ID: "a", Name: "Acme", Categories: []string{"social", "analytics"}, URLs: []string{"a.test"},
	}}})
	u := parse(t, "https://a.test/")
	for _, c := range []struct {
		name    string
		granted []string
		want    consent.Verdict
	}{
		{"both are denied", nil, consent.Verdict{Blocked: true, Vendor: "a", VendorName: "Acme", Category: "analytics", Known: true}},
		{"one is denied", []string{"analytics"}, consent.Verdict{Blocked: true, Vendor: "a", VendorName: "Acme", Category: "social", Known: true}},
		{"both are granted", []string{"analytics", "social"}, consent.Verdict{Vendor: "a", VendorName: "Acme", Known: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := p.URL(u, []byte(site), granting(t, p, c.granted...)); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestExceptionsAreNeverBlocked(t *testing.T) {
	p := compile(t, consent.Config{
		Vendors:      vendorsOf("a: acme.example", "a: /metrics/*"),
		Except:       []string{"acme.example/consented/*", "/metrics/public", "fonts.example"},
		UnknownHosts: consent.Block,
	})
	d := granting(t, p)
	for raw, blocked := range map[string]bool{
		"https://acme.example/":                  true,
		"https://acme.example/consented":         true,
		"https://acme.example/consented/x":       false,
		"https://cdn.acme.example/consented/x":   false,
		"https://" + site + "/metrics/x":         true,
		"https://" + site + "/metrics/public":    false,
		"https://fonts.example/a.css":            false, // unknown hosts are blocked
		"https://other.example/a.css":            true,
		"https://acme.example/consented/../x":    true,
		"https://acme.example/x?/consented/x":    true,
		"https://other.example/acme.example/x":   true,
		"https://acme.example.evil.example/":     true,
		"https://fonts.example.evil.example/":    true,
		"https://acme.example/consented/%2e%2e/": true,
	} {
		if v := p.URL(parse(t, raw), []byte(site), d); v.Blocked != blocked {
			t.Errorf("%s: %+v", raw, v)
		}
	}
}

func TestWhatBecomesOfUnknownHosts(t *testing.T) {
	for _, c := range []struct {
		name, site, url string
		blocked         bool
	}{
		{"a third party", site, "https://cdn.example/x", true},
		{"the site itself", site, "https://" + site + "/x", false},
		{"its domain", site, "https://shop.example/x", false},
		{"another of its subdomains", site, "https://static.shop.example/x", false},
		{"a neighbour below a public suffix", "shop.co.uk", "https://other.co.uk/x", true},
		{"a neighbour below a host that rents out names", "shop.github.io", "https://other.github.io/x", true},
		{"a name that ends like the site's", "shop.example", "https://myshop.example/x", true},
		{"an address", site, "https://192.0.2.1/x", true},
		{"the address that the site has", "192.0.2.1", "https://192.0.2.1/x", false},
		{"an address that ends like the site's", "1.2.0.1", "https://192.2.0.1/x", true},
		{"another address of version 6", "[2001:db8::1]", "https://[2001:db8::2]/x", true},
		{"a name without dots", "localhost", "https://localhost/x", false},
		{"another name without dots", "localhost", "https://intranet/x", true},
		{"any host when the site's is not known", "", "https://cdn.example/x", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := parse(t, c.url)
			block := compile(t, consent.Config{UnknownHosts: consent.Block})
			if got := block.URL(u, []byte(c.site), granting(t, block)); got != (consent.Verdict{Blocked: c.blocked}) {
				t.Errorf("blocking: %+v", got)
			}
			allow := compile(t, consent.Config{})
			if got := allow.URL(u, []byte(c.site), granting(t, allow)); got != (consent.Verdict{}) {
				t.Errorf("allowing: %+v", got)
			}
		})
	}
}

func TestKnownHostIsNotUnknown(t *testing.T) {
	p := compile(t, consent.Config{Vendors: vendorsOf("a: acme.example"), UnknownHosts: consent.Block})
	if v := p.URL(parse(t, "https://acme.example/"), []byte(site), granting(t, p, "analytics")); v.Blocked {
		t.Errorf("%+v, though its vendor is granted", v)
	}
}

func TestRefusedURLPatterns(t *testing.T) {
	for _, c := range []struct{ pattern, problem string }{
		{"", "empty URL pattern"},
		{"acme.example/a b", "white space"},
		{"acme.example\t", "white space"},
		{"//acme.example", "two slashes in front"},
		{"https://acme.example", "scheme"},
		{"acme.example/x#y", "fragment"},
		{`acme.example\x`, "backslash"},
		{"acme.example:443/x", "port"},
		{"user@acme.example", "user name"},
		{"acme*.example", "star inside a host label"},
		{"cdn.*.example", "star inside a host label"},
		{"*acme.example", "star inside a host label"},
		{"*.*", "star inside a host label"},
		{".acme.example", "empty host label"},
		{"acme..example", "empty host label"},
		{"*..example", "empty host label"},
		{"*.", "invalid host"},
		{"256.0.0.1", "invalid host"},
		{"[::1", "invalid host"},
		{"acme<.example", "invalid host"},
		{"acme.example,", "ends in punctuation (patterns are separated by spaces, without commas)"},
		{"acme.example;", "ends in punctuation"},
		{"(acme.example)", "punctuation in its host"},
		{"'acme.example'", "punctuation in its host"},
		{",", "ends in punctuation"},
		{"acme.example/t.js,", "ends in punctuation"},
		{"com", "whole public suffix"},
		{"co.uk", "whole public suffix"},
		{"*.co.uk", "whole public suffix"},
		{"acme.example/a/../b", ". or .. segment"},
		{"acme.example/./b", ". or .. segment"},
		{"acme.example/a/%2e%2E/b", ". or .. segment"},
		{"acme.example?", "empty query test"},
		{"acme.example/?a&&b", "empty query test"},
		{"acme.example/?=b", "empty query test"},
		{"acme.example/?i*=b", "star in the name of a query parameter"},
		{"acme.example/?a=b?c", "second question mark"},
		{"*", "matches everything"},
		{"*/", "matches everything"},
		{"*/*", "matches everything"},
		{"/", "own home page"},
		{"/*", "own home page"},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			_, _, err := consent.Compile(consent.Config{Vendors: []consent.Vendor{{
				ID: "a", Categories: []string{"analytics"}, URLs: []string{c.pattern},
			}}})
			var got *consent.Error
			if !errors.As(err, &got) || got.Word != c.pattern || !strings.Contains(got.Problem, c.problem) {
				t.Errorf("error %v, want one about %q", err, c.problem)
			}
		})
	}
}
