package consent_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

func TestMistakesAreNamedAsWritten(t *testing.T) {
	const (
		badName   = "names are lower-case letters, digits, - and _; not"
		badCookie = "cookie pattern with a character that cookie names cannot have"
	)
	many := make([]consent.Category, 65)
	for i := range many {
		many[i].Name = fmt.Sprintf("c%d", i)
	}
	own := func(v consent.Vendor) consent.Config { return consent.Config{Vendors: []consent.Vendor{v}} }
	in := func(id string) consent.Vendor { return consent.Vendor{ID: id, Categories: []string{"analytics"}} }
	with := func(change func(v *consent.Vendor)) consent.Config {
		v := in("acme")
		change(&v)
		return own(v)
	}
	for _, c := range []struct {
		name string
		cfg  consent.Config
		want consent.Error
	}{
		{"too many categories", consent.Config{Categories: many}, consent.Error{Problem: "65 categories: there can be at most 64"}},
		{
			"a category's name in capitals",
			consent.Config{Categories: []consent.Category{{Name: "Analytics"}}},
			consent.Error{Subject: "category", Word: "Analytics", Problem: badName},
		},
		{"a category without a name", consent.Config{Categories: []consent.Category{{}}}, consent.Error{Subject: "category", Problem: badName}},
		{
			"two categories of one name",
			consent.Config{Categories: []consent.Category{{Name: "a"}, {Name: "a"}}},
			consent.Error{Subject: "category", Word: "a", Problem: "duplicate category"},
		},
		{"a vendor's id with a space", own(in("acme stats")), consent.Error{Subject: "vendor", Word: "acme stats", Problem: badName}},
		{"a vendor without an id", own(in("")), consent.Error{Subject: "vendor", Problem: badName}},
		{
			"two own vendors of one id",
			consent.Config{Vendors: []consent.Vendor{in("a"), in("a")}},
			consent.Error{Subject: "vendor", Word: "a", Problem: "duplicate vendor"},
		},
		{
			"two catalog vendors of one id",
			consent.Config{Catalog: []consent.Vendor{in("a"), in("b"), in("a")}},
			consent.Error{Subject: "vendor", Word: "a", Problem: "duplicate vendor"},
		},
		{
			"a group's name in capitals",
			with(func(v *consent.Vendor) { v.Group = "Fonts" }),
			consent.Error{Subject: `vendor "acme"`, Word: "Fonts", Problem: "group " + badName},
		},
		{
			"a group with the name of a vendor",
			consent.Config{Vendors: []consent.Vendor{in("a"), {ID: "b", Group: "a", Categories: []string{"social"}}}},
			consent.Error{Subject: `vendor "b"`, Word: "a", Problem: "its group has the name of a vendor:"},
		},
		{
			"a category that names an unknown vendor",
			consent.Config{
				Categories: []consent.Category{{Name: "analytics", Vendors: []string{"mixpanell"}}},
				Catalog:    []consent.Vendor{in("matomo"), in("mixpanel")},
			},
			consent.Error{Subject: `category "analytics"`, Word: "mixpanell", Problem: "unknown vendor", Nearest: "mixpanel"},
		},
		{
			"a category that nearly names a group",
			consent.Config{
				Categories: []consent.Category{{Name: "analytics", Vendors: []string{"gravatr"}}},
				Catalog:    []consent.Vendor{{ID: "pictures", Group: "gravatar", Categories: []string{"analytics"}}},
			},
			consent.Error{Subject: `category "analytics"`, Word: "gravatr", Problem: "unknown vendor", Nearest: "gravatar"},
		},
		{
			"a category that names a vendor like no other",
			consent.Config{Categories: []consent.Category{{Name: "a", Vendors: []string{"zzz"}}}, Catalog: []consent.Vendor{in("mixpanel")}},
			consent.Error{Subject: `category "a"`, Word: "zzz", Problem: "unknown vendor"},
		},
		{
			"an own vendor in an unknown category",
			own(consent.Vendor{ID: "acme", Categories: []string{"analitics"}}),
			consent.Error{Subject: `vendor "acme"`, Word: "analitics", Problem: "unknown category", Nearest: "analytics"},
		},
		{"an own vendor in no category", own(consent.Vendor{ID: "acme"}), consent.Error{Subject: `vendor "acme"`, Problem: "belongs to no category"}},
		{
			"one that has nearly a catalog vendor's name",
			consent.Config{Vendors: []consent.Vendor{{ID: "gogle-analytics"}}, Catalog: []consent.Vendor{{ID: "google-analytics", Categories: []string{"analytics"}}}},
			consent.Error{Subject: `vendor "gogle-analytics"`, Problem: "belongs to no category", Nearest: "google-analytics"},
		},
		{
			"a catalog vendor in no category",
			consent.Config{Catalog: []consent.Vendor{{ID: "acme"}}},
			consent.Error{Subject: `vendor "acme"`, Problem: "belongs to no category"},
		},
		{
			"a category's cookie pattern",
			consent.Config{Categories: []consent.Category{{Name: "a", Cookies: []string{"ok", "a b"}}}},
			consent.Error{Subject: `category "a"`, Word: "a b", Problem: badCookie},
		},
		{
			"a vendor's URL pattern",
			with(func(v *consent.Vendor) { v.URLs = []string{"ok.test", "https://acme.example/x"} }),
			consent.Error{
				Subject: `vendor "acme"`, Word: "https://acme.example/x",
				Problem: "URL pattern with a scheme (leave the scheme out: patterns start with the host)",
			},
		},
		{
			"a vendor's inline pattern",
			with(func(v *consent.Vendor) { v.Inline = []string{"a("} }),
			consent.Error{
				Subject: `vendor "acme"`, Word: "a(",
				Problem: "inline pattern without a word of at least three letters before the first star",
			},
		},
		{
			"a vendor's cookie pattern",
			with(func(v *consent.Vendor) { v.Cookies = []consent.Cookie{{Name: "**"}} }),
			consent.Error{Subject: `vendor "acme"`, Word: "**", Problem: "cookie pattern that matches everything"},
		},
		{"an exception", consent.Config{Except: []string{"co.uk"}}, consent.Error{Subject: "except", Word: "co.uk", Problem: "URL pattern for a whole public suffix"}},
		{"a negative revision", consent.Config{Revision: -1}, consent.Error{Subject: "revision", Problem: "must be a whole number from 0 to 2147483647"}},
		{"a revision too large", consent.Config{Revision: 1 << 31}, consent.Error{Subject: "revision", Problem: "must be a whole number from 0 to 2147483647"}},
		{
			"gpc for an unknown category",
			consent.Config{GPC: []string{"social", "advertisng"}},
			consent.Error{Subject: "gpc", Word: "advertisng", Problem: "unknown category", Nearest: "advertising"},
		},
		{
			"gpc for a required category",
			consent.Config{GPC: []string{"essential"}},
			consent.Error{Subject: "gpc", Word: "essential", Problem: "cannot deny a required category:"},
		},
		{
			"dnt for an unknown category",
			consent.Config{DNT: []string{"socail"}},
			consent.Error{Subject: "dnt", Word: "socail", Problem: "unknown category", Nearest: "social"},
		},
		{
			"dnt for a required category",
			consent.Config{DNT: []string{"essential"}},
			consent.Error{Subject: "dnt", Word: "essential", Problem: "cannot deny a required category:"},
		},
		{
			"a misspelt word for unknown hosts",
			consent.Config{UnknownHosts: "blok"},
			consent.Error{Subject: "unknown hosts", Word: "blok", Problem: "must be allow or block, not", Nearest: "block"},
		},
		{
			"a word for unknown hosts that is for cookies only",
			consent.Config{UnknownHosts: "session"},
			consent.Error{Subject: "unknown hosts", Word: "session", Problem: "must be allow or block, not"},
		},
		{
			"a misspelt word for unknown cookies",
			consent.Config{UnknownCookies: "sesion"},
			consent.Error{Subject: "unknown cookies", Word: "sesion", Problem: "must be allow or strip or session, not", Nearest: "session"},
		},
		{
			"a cookie's name with a semicolon",
			consent.Config{OwnCookie: consent.OwnCookie{Name: "a;b"}},
			consent.Error{Subject: "cookie", Word: "a;b", Problem: "a cookie's name may hold only letters, digits and !#$%&'*+-.^_`|~; not"},
		},
		{
			"a max age below a second",
			consent.Config{OwnCookie: consent.OwnCookie{MaxAge: time.Millisecond}},
			consent.Error{Subject: "cookie", Word: "1ms", Problem: "max age must be at least a second, not"},
		},
		{
			"a negative max age",
			consent.Config{OwnCookie: consent.OwnCookie{MaxAge: -time.Hour}},
			consent.Error{Subject: "cookie", Word: "-1h0m0s", Problem: "max age must be at least a second, not"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, warnings, err := consent.Compile(c.cfg)
			var got *consent.Error
			if !errors.As(err, &got) {
				t.Fatalf("error %v, want an *Error", err)
			}
			if got.Subject != c.want.Subject || got.Word != c.want.Word || got.Problem != c.want.Problem || got.Nearest != c.want.Nearest {
				t.Errorf("got  %#v\nwant %#v", *got, c.want)
			}
			if p != nil || warnings != nil {
				t.Error("there is a policy in spite of the error")
			}
		})
	}
}

func TestErrorReadsAsASentence(t *testing.T) {
	for _, c := range []struct {
		err  consent.Error
		want string
	}{
		{
			consent.Error{Subject: `category "analytics"`, Word: "mixpanell", Problem: "unknown vendor", Nearest: "mixpanel"},
			`category "analytics": unknown vendor "mixpanell", did you mean "mixpanel"?`,
		},
		{consent.Error{Subject: "gpc", Word: "x", Problem: "unknown category"}, `gpc: unknown category "x"`},
		{consent.Error{Problem: "65 categories: there can be at most 64"}, "65 categories: there can be at most 64"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestAMistakeNamesTheNearestWord(t *testing.T) {
	known := []string{"analytics", "advertising", "social", "ads"}
	for _, c := range []struct{ name, word, want string }{
		{"the word itself", "social", "social"},
		{"one letter too many", "analyticss", "analytics"},
		{"one letter missing", "socia", "social"},
		{"one letter wrong", "sociel", "social"},
		{"two letters swapped", "scoial", "social"},
		{"an edit in each third letter", "anylutics", "analytics"},
		{"too many edits", "xxxlytixx", ""},
		{"a short word allows one edit", "add", "ads"},
		{"a short word allows no two", "odd", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := nearest.Word(c.word, known); got != c.want {
				t.Errorf("Nearest(%q) = %q, want %q", c.word, got, c.want)
			}
		})
	}
}
