package consent_test

import (
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

func TestHashChangesWithWhatChangesResponses(t *testing.T) {
	base := func() consent.Config {
		return consent.Config{
			Vendors: []consent.Vendor{{ID: "a", Categories: []string{"analytics"}, URLs: []string{"a.test"}}},
			Catalog: []consent.Vendor{{ID: "b", Categories: []string{"social"}, URLs: []string{"b.test"}}},
		}
	}
	want := compile(t, base()).Hash()
	if again := compile(t, base()).Hash(); again != want {
		t.Errorf("the same configuration has hashes %s and %s", want, again)
	}
	for _, c := range []struct {
		name   string
		change func(*consent.Config)
		same   bool
	}{
		{name: "revision", change: func(c *consent.Config) { c.Revision = 1 }},
		{name: "opt-out", change: func(c *consent.Config) { c.UnansweredAllow = true }},
		{name: "gpc", change: func(c *consent.Config) { c.GPC = []string{} }},
		{name: "dnt", change: func(c *consent.Config) { c.DNT = []string{"social"} }},
		{name: "unknown hosts", change: func(c *consent.Config) { c.UnknownHosts = consent.Block }},
		{name: "unknown cookies", change: func(c *consent.Config) { c.UnknownCookies = consent.Strip }},
		{name: "an exception", change: func(c *consent.Config) { c.Except = []string{"a.test/x"} }},
		{name: "cookie name", change: func(c *consent.Config) { c.OwnCookie.Name = "c" }},
		{name: "max age", change: func(c *consent.Config) { c.OwnCookie.MaxAge = day }},
		{name: "a vendor's URL", change: func(c *consent.Config) { c.Vendors[0].URLs = []string{"c.test"} }},
		{name: "a vendor's inline pattern", change: func(c *consent.Config) { c.Vendors[0].Inline = []string{"aaa("} }},
		{name: "a vendor's cookie", change: func(c *consent.Config) { c.Vendors[0].Cookies = []consent.Cookie{{Name: "a"}} }},
		{name: "a vendor's category", change: func(c *consent.Config) { c.Vendors[0].Categories[0] = "social" }},
		{name: "a category's title", change: func(c *consent.Config) {
			c.Categories = consent.DefaultCategories()
			c.Categories[1].Title = "Statistics"
		}},
		{name: "own or of the catalog", change: func(c *consent.Config) { c.Catalog, c.Vendors = append(c.Vendors, c.Catalog...), nil }},
		{name: "defaults written out", same: true, change: func(c *consent.Config) {
			c.Categories, c.UnknownHosts, c.UnknownCookies = consent.DefaultCategories(), consent.Allow, consent.Allow
			c.GPC, c.OwnCookie.MaxAge = []string{"advertising", "social"}, consent.DefaultMaxAge
		}},
		{name: "where a catalog vendor's facts are from", same: true, change: func(c *consent.Config) { c.Catalog[0].Sources = []string{"a book"} }},
		{name: "where an own vendor's facts are from", same: true, change: func(c *consent.Config) { c.Vendors[0].Sources = []string{"a book"} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := base()
			c.change(&cfg)
			if got := compile(t, cfg).Hash(); (got == want) != c.same {
				t.Errorf("hash %s, before %s", got, want)
			}
		})
	}
	one, other := base(), base()
	one.OwnCookie.Secret, other.OwnCookie.Secret = "one", "other"
	if compile(t, one).Hash() != compile(t, other).Hash() {
		t.Error("the secret shows in the hash")
	}
}

func TestAllGrantedMeansThatNothingCanBeBlocked(t *testing.T) {
	vendor := consent.Vendor{ID: "a", Categories: []string{"analytics"}}
	for _, c := range []struct {
		name           string
		cfg            consent.Config
		granted        []string
		pages, cookies bool
	}{
		{"no vendors", consent.Config{}, nil, true, false},
		{"the vendor is denied", consent.Config{Vendors: []consent.Vendor{vendor}}, nil, false, false},
		{"the only vendor is granted", consent.Config{Vendors: []consent.Vendor{vendor}}, []string{"analytics"}, true, false},
		{"everything is granted", consent.Config{}, []string{"analytics", "performance", "advertising", "social"}, true, true},
		{
			"everything is granted but unknown hosts are blocked", consent.Config{UnknownHosts: consent.Block},
			[]string{"analytics", "performance", "advertising", "social"}, false, true,
		},
		{
			"everything is granted but unknown cookies are shortened", consent.Config{UnknownCookies: consent.Session},
			[]string{"analytics", "performance", "advertising", "social"}, true, false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.cfg)
			d := granting(t, p, c.granted...)
			if p.AllGranted(d) != c.pages || p.AllCookiesPass(d) != c.cookies {
				t.Errorf("AllGranted %v, AllCookiesPass %v, want %v, %v", p.AllGranted(d), p.AllCookiesPass(d), c.pages, c.cookies)
			}
		})
	}
}
