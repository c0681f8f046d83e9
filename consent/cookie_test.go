package consent_test

import (
	"errors"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// cookieVendor has the cookies of these patterns.
func cookieVendor(id, category string, patterns ...string) consent.Vendor {
	v := consent.Vendor{ID: id, Categories: []string{category}}
	for _, pattern := range patterns {
		v.Cookies = append(v.Cookies, consent.Cookie{Name: pattern})
	}
	return v
}

func TestACookiePatternMatchesNamesAsAWhole(t *testing.T) {
	for _, c := range []struct {
		name    string
		pattern string
		match   []string
		miss    []string
	}{
		{"a name is itself", "_ga", []string{"_ga"}, []string{"_gat", "_ga_X", "x_ga", "_GA", "", "_g"}},
		{"a star at the end", "_ga_*", []string{"_ga_", "_ga_X"}, []string{"_ga", "x_ga_X"}},
		{"a star in front", "*_id", []string{"_id", "my_id"}, []string{"my_ids"}},
		{"a star within", "mp_*_mixpanel", []string{"mp_0123_mixpanel", "mp__mixpanel"}, []string{"mp_mixpanel", "mp_0_mixpanel2"}},
		{"several stars", "a*b*c", []string{"abc", "axbxc", "abbcc"}, []string{"acb", "xabc"}},
		{"stars on both sides", "*sess*", []string{"sess", "my_session"}, []string{"ses"}},
		{"characters that are no tokens", "crisp-client/a:b", []string{"crisp-client/a:b"}, []string{"crisp-client/a%3Ab"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, consent.Config{Vendors: []consent.Vendor{cookieVendor("v", "analytics", c.pattern)}})
			d := granting(t, p)
			for _, name := range c.match {
				if got, want := p.Cookie(name, d), (consent.CookieVerdict{Vendor: "v", Category: "analytics", Known: true}); got != want {
					t.Errorf("%s does not match %q: %+v", c.pattern, name, got)
				}
			}
			for _, name := range c.miss {
				if got, want := p.Cookie(name, d), (consent.CookieVerdict{Allow: true}); got != want {
					t.Errorf("%s matches %q: %+v", c.pattern, name, got)
				}
			}
		})
	}
}

func TestMostSpecificCookieRuleWins(t *testing.T) {
	type vendors = []consent.Vendor
	v := func(id string, patterns ...string) consent.Vendor { return cookieVendor(id, "analytics", patterns...) }
	for _, c := range []struct {
		name         string
		own, catalog vendors
		cookie, want string
	}{
		{"an exact name over a pattern", vendors{v("a", "_ga*"), v("b", "_ga")}, nil, "_ga", "b"},
		{"an exact name over an own pattern", vendors{v("a", "_ga*")}, vendors{v("b", "_ga_long")}, "_ga_long", "b"},
		{"more literal characters", vendors{v("a", "_ga*"), v("b", "_ga_*")}, nil, "_ga_X", "b"},
		{"wherever they stand", vendors{v("a", "_ga*"), v("b", "*ga_X")}, nil, "_ga_X", "b"},
		{"the first of equals", vendors{v("b", "_g*"), v("a", "_*a")}, nil, "_ga", "b"},
		{"the site's own of equals", vendors{v("own", "_ga*")}, vendors{v("theirs", "_ga*")}, "_ga_X", "own"},
		{"the site's own of equals that differ in text", vendors{v("own", "*_ga")}, vendors{v("theirs", "_ga*")}, "_ga_ga", "own"},
		{"a more specific one of the catalog over the site's own", vendors{v("own", "_*")}, vendors{v("theirs", "_ga*")}, "_ga", "theirs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, consent.Config{Vendors: c.own, Catalog: c.catalog})
			if got := p.Cookie(c.cookie, granting(t, p)).Vendor; got != c.want {
				t.Errorf("%s belongs to %q, want %q", c.cookie, got, c.want)
			}
		})
	}
}

func TestSharedCookieNames(t *testing.T) {
	shared := []consent.Vendor{cookieVendor("a", "analytics", "ajs_*"), cookieVendor("b", "advertising", "ajs_*")}
	own := []consent.Vendor{cookieVendor("own", "social", "ajs_*")}
	category := []consent.Category{
		{Name: "essential", Required: true, Cookies: []string{"ajs_*"}}, {Name: "analytics"}, {Name: "advertising"}, {Name: "social"},
	}
	for _, c := range []struct {
		name    string
		cfg     consent.Config
		granted []string
		want    consent.CookieVerdict
	}{
		{
			"none granted names the first", consent.Config{Catalog: shared}, nil,
			consent.CookieVerdict{Vendor: "a", Category: "analytics", Known: true},
		},
		{
			"the first granted suffices", consent.Config{Catalog: shared}, []string{"analytics"},
			consent.CookieVerdict{Allow: true, Vendor: "a", Known: true},
		},
		{
			"the second granted suffices", consent.Config{Catalog: shared}, []string{"advertising"},
			consent.CookieVerdict{Allow: true, Vendor: "b", Known: true},
		},
		{
			"the site's own pattern takes it from the catalog", consent.Config{Vendors: own, Catalog: shared}, []string{"analytics", "advertising"},
			consent.CookieVerdict{Vendor: "own", Category: "social", Known: true},
		},
		{
			"wherever the site's own vendor stands",
			consent.Config{Vendors: []consent.Vendor{{ID: "a"}, own[0]}, Catalog: shared}, []string{"analytics", "advertising"},
			consent.CookieVerdict{Vendor: "own", Category: "social", Known: true},
		},
		{
			"a category's pattern takes it from the catalog", consent.Config{Categories: category, Catalog: shared}, nil,
			consent.CookieVerdict{Allow: true, Category: "essential", Known: true},
		},
		{
			"a category shares it with the site's own vendor",
			consent.Config{Categories: []consent.Category{{Name: "analytics", Cookies: []string{"ajs_*"}}, {Name: "social"}}, Vendors: own},
			[]string{"social"},
			consent.CookieVerdict{Allow: true, Vendor: "own", Known: true},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.cfg)
			if got := p.Cookie("ajs_user_id", granting(t, p, c.granted...)); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestCookiesOfCategories(t *testing.T) {
	p := compile(t, consent.Config{
		Categories: []consent.Category{
			{Name: "essential", Required: true, Cookies: []string{"session", "csrf_*"}},
			{Name: "prefs", Cookies: []string{"theme"}},
		},
		UnknownCookies: consent.Strip,
	})
	for _, c := range []struct {
		cookie  string
		granted []string
		want    consent.CookieVerdict
	}{
		{"session", nil, consent.CookieVerdict{Allow: true, Category: "essential", Known: true}},
		{"csrf_1", nil, consent.CookieVerdict{Allow: true, Category: "essential", Known: true}},
		{"theme", nil, consent.CookieVerdict{Category: "prefs", Known: true}},
		{"theme", []string{"prefs"}, consent.CookieVerdict{Allow: true, Category: "prefs", Known: true}},
		{"other", nil, consent.CookieVerdict{}},
	} {
		if got := p.Cookie(c.cookie, granting(t, p, c.granted...)); got != c.want {
			t.Errorf("%s with %v: %+v, want %+v", c.cookie, c.granted, got, c.want)
		}
	}
}

// To take away a cookie that holds a refusal would undo the refusal.
func TestCookiesToKeepAlwaysPass(t *testing.T) {
	keep := consent.Vendor{ID: "v", Categories: []string{"analytics"}, Cookies: []consent.Cookie{
		{Name: "opt_out", Keep: true}, {Name: "opt_*", Keep: true}, {Name: "opt_in"}, {Name: "_v"},
	}}
	for _, c := range []struct {
		name string
		cfg  consent.Config
	}{
		{"of a denied vendor", consent.Config{Catalog: []consent.Vendor{keep}, UnknownCookies: consent.Strip}},
		{"of a vendor that is never granted", consent.Config{Categories: []consent.Category{{Name: "one"}}, Catalog: []consent.Vendor{keep}}},
		{"that another vendor has too", consent.Config{Catalog: []consent.Vendor{cookieVendor("a", "social", "opt_out", "opt_*"), keep}}},
		{"that a later vendor has too", consent.Config{Catalog: []consent.Vendor{keep, cookieVendor("a", "social", "opt_out", "opt_*")}}},
		{"that the site claims without saying so", consent.Config{
			Vendors: []consent.Vendor{cookieVendor("own", "social", "opt_out", "opt_*")}, Catalog: []consent.Vendor{keep},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.cfg)
			d := granting(t, p)
			for name, allow := range map[string]bool{"opt_out": true, "opt_x": true, "opt_in": false, "_v": false} {
				if v := p.Cookie(name, d); v.Allow != allow || v.Session || !v.Known || v.Allow && v.Category != "" {
					t.Errorf("%s: %+v", name, v)
				}
			}
		})
	}
}

func TestWhatBecomesOfUnknownCookies(t *testing.T) {
	for _, c := range []struct {
		setting string
		want    consent.CookieVerdict
	}{
		{"", consent.CookieVerdict{Allow: true}},
		{consent.Allow, consent.CookieVerdict{Allow: true}},
		{consent.Strip, consent.CookieVerdict{}},
		{consent.Session, consent.CookieVerdict{Allow: true, Session: true}},
	} {
		p := compile(t, consent.Config{UnknownCookies: c.setting, Vendors: []consent.Vendor{cookieVendor("v", "analytics", "_v")}})
		// Even a visitor who allowed everything: nobody told them of it.
		d := granting(t, p, "analytics", "performance", "advertising", "social")
		for _, name := range []string{"other", "", "_V"} {
			if got := p.Cookie(name, d); got != c.want {
				t.Errorf("%q: %q is %+v, want %+v", c.setting, name, got, c.want)
			}
		}
		if got, want := p.Cookie("_v", d), (consent.CookieVerdict{Allow: true, Vendor: "v", Known: true}); got != want {
			t.Errorf("%q: a known cookie is %+v, want %+v", c.setting, got, want)
		}
	}
}

func TestOwnCookieAlwaysPasses(t *testing.T) {
	claim := []consent.Vendor{cookieVendor("v", "analytics", "*consent", "consent", "choice")}
	want := consent.CookieVerdict{Allow: true, Known: true, Own: true}
	p := compile(t, consent.Config{Vendors: claim, UnknownCookies: consent.Strip})
	for _, name := range []string{"consent", "__Host-consent"} {
		if got := p.Cookie(name, granting(t, p)); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	renamed := compile(t, consent.Config{Vendors: claim, OwnCookie: consent.OwnCookie{Name: "choice"}})
	if got := renamed.Cookie("choice", granting(t, renamed)); got != want {
		t.Errorf("choice: %+v", got)
	}
	if got := renamed.Cookie("__Host-consent", granting(t, renamed)); got.Own || got.Allow {
		t.Errorf("the default name, when it is not used: %+v", got)
	}
}

func TestRefusedCookiePatterns(t *testing.T) {
	const character = "cookie pattern with a character that cookie names cannot have"
	for _, c := range []struct{ pattern, problem string }{
		{"", "empty cookie pattern"},
		{"*", "cookie pattern that matches everything"},
		{"**", "cookie pattern that matches everything"},
		{"a b", character},
		{"a;b", character},
		{"a=b", character},
		{"a,b", character},
		{`"a"`, character},
		{"a\x00", character},
		{"ä", character},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			_, _, err := consent.Compile(consent.Config{Vendors: []consent.Vendor{cookieVendor("v", "analytics", c.pattern)}})
			var got *consent.Error
			if !errors.As(err, &got) || got.Word != c.pattern || got.Problem != c.problem {
				t.Errorf("error %v, want %q", err, c.problem)
			}
		})
	}
}

func TestCookieJSONIsANameOrAnObject(t *testing.T) {
	for _, c := range []struct {
		json string
		want consent.Cookie
		back string // empty when it is the same again
	}{
		{`"_ga"`, consent.Cookie{Name: "_ga"}, ""},
		{`{"name":"_ga"}`, consent.Cookie{Name: "_ga"}, `"_ga"`},
		{`{"name":"_ga","purpose":"counts","lifetime":"2 years","keep":true}`, consent.Cookie{Name: "_ga", Purpose: "counts", Lifetime: "2 years", Keep: true}, ""},
	} {
		var got consent.Cookie
		if err := got.UnmarshalJSON([]byte(c.json)); err != nil || got != c.want {
			t.Errorf("%s is %+v, %v", c.json, got, err)
		}
		want := c.back
		if want == "" {
			want = c.json
		}
		if back, err := got.MarshalJSON(); err != nil || string(back) != want {
			t.Errorf("%s becomes %s, %v", c.json, back, err)
		}
	}
	for _, wrong := range []string{`{"nme":"_ga"}`, `5`, `{"name":5}`, `["_ga"]`, `"_ga`} {
		if err := new(consent.Cookie).UnmarshalJSON([]byte(wrong)); err == nil {
			t.Errorf("%s is accepted", wrong)
		}
	}
}
