package consent_test

import (
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// short says which rules there are.
func short(rules []consent.Rule) (out string) {
	for _, r := range rules {
		out += r.Of + " " + r.Vendor + r.Category + " " + r.Pattern + "; "
	}
	return out
}

func TestRulesAreExplainedInTheOrderInWhichTheyCount(t *testing.T) {
	l := list(consent.ListURL{Pattern: "known.example", Line: 3}, consent.ListURL{Pattern: "known.example", Allow: true, Line: 4},
		consent.ListURL{Pattern: "strict.example/x/*", Line: 6}, consent.ListURL{Pattern: "strict.example", Allow: true, Always: true, Line: 7})
	l.Cookies = []consent.ListCookie{{Pattern: "_a*", Line: 5}}
	p := compile(t, consent.Config{
		Categories: append(consent.DefaultCategories(), consent.Category{Name: "more", Cookies: []string{"_ab*"}}),
		Vendors:    []consent.Vendor{{ID: "mine", Categories: []string{"analytics"}, URLs: []string{"known.example/x/*", "*/x/y.js", "/z/*"}}},
		Catalog: []consent.Vendor{
			{ID: "known", Categories: []string{"analytics"}, URLs: []string{"known.example", "sub.known.example/x/*", "known.*"}, Inline: []string{"knownLoader("}, Cookies: []consent.Cookie{{Name: "_abc"}, {Name: "_a*"}}},
		},
		Imported: []consent.Vendor{{ID: "file", Categories: []string{"social"}, URLs: []string{"known.example/x/*"}}, {ID: "known", Inline: []string{"window.knownMore="}}},
		Lists:    []consent.List{l},
		Except:   []string{"known.example/x/ok/*"},
	})
	for url, want := range map[string]string{
		"https://known.example/x/ok/1":      "except  known.example/x/ok/*; site mine known.example/x/*; file file known.example/x/*; catalog known known.example; list list known.example; list list known.example; ",
		"https://sub.known.example/x/y.js":  "catalog known sub.known.example/x/*; site mine known.example/x/*; file file known.example/x/*; catalog known known.example; site mine */x/y.js; list list known.example; list list known.example; ",
		"https://strict.example/x/1":        "list list strict.example; list list strict.example/x/*; ",
		"https://www.known.com/":            "catalog known known.*; ",
		"https://" + site + "/z/1":          "site mine /z/*; ",
		"https://unknown.example/z/x/other": "",
	} {
		rules := p.ExplainURL(parse(t, url), []byte(site), 0)
		if got := short(rules); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", url, got, want)
		}
		v := p.URL(parse(t, url), []byte(site), granting(t, p))
		if len(rules) > 0 && rules[0].Vendor != v.Vendor || len(rules) == 0 && v.Known {
			t.Errorf("%s: %s, but the verdict is %+v", url, short(rules), v)
		}
	}
	for name, want := range map[string]string{
		"_abc":    "catalog known _abc; site more _ab*; catalog known _a*; list list _a*; ",
		"_ax":     "catalog known _a*; list list _a*; ",
		"consent": "own cookie  consent; ",
		"x":       "",
	} {
		if got := short(p.ExplainCookie(name)); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, want)
		}
	}
	if got := short(p.ExplainInline([]byte("window.knownMore=1;knownLoader()"))); got != "catalog known knownLoader(; file known window.knownMore=; " {
		t.Error(got)
	}
}

// What is explained to decide is what decides, whatever the size of the policy.
func TestTheFirstExplainedRuleDecides(t *testing.T) {
	p := compile(t, consent.Config{Catalog: manyVendors(400), Lists: []consent.List{bigList(1000)}})
	d := granting(t, p)
	for _, c := range append(pageURLs, struct{ name, url string }{"suffix", suffixURL}, struct{ name, url string }{"list", "https://x.ads5.tracker5.example/"}) {
		u := parse(t, c.url)
		rules, v := p.ExplainURL(u, []byte(site), 0), p.URL(u, []byte(site), d)
		if len(rules) == 0 && v.Known || len(rules) > 0 && rules[0].Vendor != v.Vendor {
			t.Errorf("%s: %s, but the verdict is %+v", c.url, short(rules), v)
		}
	}
}
