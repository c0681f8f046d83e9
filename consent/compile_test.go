package consent_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

func TestZeroConfigIsAPolicy(t *testing.T) {
	p, warnings, err := consent.Compile(consent.Config{})
	if err != nil || len(warnings) != 0 {
		t.Fatalf("err %v, warnings %v", err, warnings)
	}
	var required []string
	got := make([]string, 0, 5)
	for _, c := range p.Categories() {
		got = append(got, c.Name)
		if c.Required {
			required = append(required, c.Name)
		}
		if c.Title == "" || c.Description == "" {
			t.Errorf("a visitor is told nothing of %s", c.Name)
		}
	}
	if want := []string{"essential", "analytics", "performance", "advertising", "social"}; !slices.Equal(got, want) {
		t.Errorf("categories %v, want %v", got, want)
	}
	if want := []string{"essential"}; !slices.Equal(required, want) {
		t.Errorf("required %v, want %v", required, want)
	}
	d := p.Decide(consent.Request{Host: site, Now: now})
	if granted := names(p, &d); !slices.Equal(granted, required) {
		t.Errorf("without an answer %v are granted: it must be opt-in", granted)
	}
	if p.Revision() != 0 {
		t.Errorf("revision %d", p.Revision())
	}
	if !p.UsesGPC() || p.UsesDNT() {
		t.Errorf("UsesGPC %v, UsesDNT %v: by default GPC counts and DNT does not", p.UsesGPC(), p.UsesDNT())
	}
	if p.MaxAge() != consent.DefaultMaxAge || p.CookieName(true) != "__Host-consent" || p.CookieName(false) != "consent" {
		t.Errorf("own cookie: %v, %s, %s", p.MaxAge(), p.CookieName(true), p.CookieName(false))
	}
}

// needs tells which categories must be granted for a vendor whose only URL is
// https://ID.test/, by trying all sets of categories. It is "never" when not
// even all of them are enough.
func needs(t *testing.T, p *consent.Policy, id string) string {
	t.Helper()
	u := parse(t, "https://"+id+".test/")
	var all []string
	for _, c := range p.Categories() {
		if !c.Required {
			all = append(all, c.Name)
		}
	}
	best := "never"
	size := len(all) + 1
	for bits := range 1 << len(all) {
		var granted []string
		for i, name := range all {
			if bits>>i&1 == 1 {
				granted = append(granted, name)
			}
		}
		if len(granted) < size && !p.URL(u, []byte(site), granting(t, p, granted...)).Blocked {
			best, size = strings.Join(granted, " "), len(granted)
		}
	}
	return best
}

func TestAVendorBelongsToTheCategoriesThatNameIt(t *testing.T) {
	vendor := func(id, group string, categories ...string) consent.Vendor {
		return consent.Vendor{ID: id, Group: group, Categories: categories, URLs: []string{id + ".test"}}
	}
	category := func(name string, vendors ...string) consent.Category {
		return consent.Category{Name: name, Vendors: vendors}
	}
	for _, c := range []struct {
		name       string
		categories []consent.Category
		own        []consent.Vendor
		catalog    []consent.Vendor
		want       map[string]string // by vendor, what it needs
		warns      []string          // the vendors of the warning
	}{
		{
			name:    "a catalog vendor keeps its own category",
			catalog: []consent.Vendor{vendor("a", "", "analytics"), vendor("b", "", "social")},
			want:    map[string]string{"a": "analytics", "b": "social"},
		},
		{
			name:    "a vendor of several categories needs all",
			catalog: []consent.Vendor{vendor("a", "", "analytics", "advertising")},
			want:    map[string]string{"a": "analytics advertising"},
		},
		{
			name:    "a vendor of a required category needs nothing",
			catalog: []consent.Vendor{vendor("a", "", "essential")},
			want:    map[string]string{"a": ""},
		},
		{
			name:       "a category that names a vendor replaces its own",
			categories: []consent.Category{category("one", "a"), category("two")},
			catalog:    []consent.Vendor{vendor("a", "", "two"), vendor("b", "", "two")},
			want:       map[string]string{"a": "one", "b": "two"},
		},
		{
			name:       "several categories that name a vendor add up",
			categories: []consent.Category{category("one", "a"), category("two", "a"), category("three")},
			catalog:    []consent.Vendor{vendor("a", "", "three")},
			want:       map[string]string{"a": "one two"},
		},
		{
			name:       "a category that names a group names all of it",
			categories: []consent.Category{category("one", "g"), category("two")},
			catalog:    []consent.Vendor{vendor("a", "g", "two"), vendor("b", "g", "two"), vendor("c", "", "two")},
			want:       map[string]string{"a": "one", "b": "one", "c": "two"},
		},
		{
			name:       "one of a group may be named elsewhere too",
			categories: []consent.Category{category("one", "g"), category("two", "b")},
			catalog:    []consent.Vendor{vendor("a", "g", "one"), vendor("b", "g", "one")},
			want:       map[string]string{"a": "one", "b": "one two"},
		},
		{
			name:       "a catalog vendor without its category is blocked and warned of",
			categories: []consent.Category{category("one")},
			catalog:    []consent.Vendor{vendor("a", "", "one"), vendor("b", "", "advertising")},
			want:       map[string]string{"a": "one", "b": "never"},
			warns:      []string{"b"},
		},
		{
			name:       "one missing category of several is enough to be blocked",
			categories: []consent.Category{category("one")},
			catalog:    []consent.Vendor{vendor("a", "", "one", "advertising")},
			want:       map[string]string{"a": "never"},
			warns:      []string{"a"},
		},
		{
			name:       "naming a vendor saves it from its missing category",
			categories: []consent.Category{category("one", "a")},
			catalog:    []consent.Vendor{vendor("a", "", "advertising")},
			want:       map[string]string{"a": "one"},
		},
		{
			name: "the site's own vendor has its own category",
			own:  []consent.Vendor{vendor("a", "", "analytics")},
			want: map[string]string{"a": "analytics"},
		},
		{
			name:       "the site's own vendor may leave it to a category to name it",
			categories: []consent.Category{category("one", "a")},
			own:        []consent.Vendor{vendor("a", "")},
			want:       map[string]string{"a": "one"},
		},
		{
			name:       "what the site says of its own vendor in two places adds up",
			categories: []consent.Category{category("one", "a"), category("two")},
			own:        []consent.Vendor{vendor("a", "", "two")},
			want:       map[string]string{"a": "one two"},
		},
		{
			name:    "an own vendor that extends a catalog vendor keeps its category",
			own:     []consent.Vendor{vendor("a", "")},
			catalog: []consent.Vendor{vendor("a", "", "social")},
			want:    map[string]string{"a": "social"},
		},
		{
			name:    "an own vendor that extends a catalog vendor may replace its category",
			own:     []consent.Vendor{vendor("a", "", "analytics")},
			catalog: []consent.Vendor{vendor("a", "", "social")},
			want:    map[string]string{"a": "analytics"},
		},
		{
			name:       "the category that an extended vendor keeps may be missing",
			categories: []consent.Category{category("one")},
			own:        []consent.Vendor{vendor("a", "")},
			catalog:    []consent.Vendor{vendor("a", "", "social")},
			want:       map[string]string{"a": "never"},
			warns:      []string{"a"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, warnings, err := consent.Compile(consent.Config{Categories: c.categories, Vendors: c.own, Catalog: c.catalog})
			if err != nil {
				t.Fatal(err)
			}
			for id, want := range c.want {
				if got := needs(t, p, id); got != want {
					t.Errorf("%s needs %q, want %q", id, got, want)
				}
			}
			var warned []string
			for _, w := range warnings {
				warned = append(warned, w.Vendors...)
			}
			if !slices.Equal(warned, c.warns) {
				t.Errorf("warned of %v, want %v", warned, c.warns)
			}
		})
	}
}

func TestVendorThatIsNeverGrantedNamesItsMissingCategory(t *testing.T) {
	p, warnings, err := consent.Compile(consent.Config{
		Categories: []consent.Category{{Name: "one"}}, GPC: []string{},
		Catalog: []consent.Vendor{{
			ID: "a", Categories: []string{"advertising"}, URLs: []string{"a.test"},
			Inline: []string{"aaa("}, Cookies: []consent.Cookie{{Name: "a"}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d := granting(t, p, "one")
	if v := p.URL(parse(t, "https://a.test/"), []byte(site), d); !v.Blocked || v.Category != "advertising" {
		t.Errorf("URL: %+v", v)
	}
	if v := p.Inline([]byte("aaa(1)"), []byte(site), d); !v.Blocked || v.Category != "advertising" {
		t.Errorf("Inline: %+v", v)
	}
	if v := p.Cookie("a", d); v.Allow || v.Category != "advertising" {
		t.Errorf("Cookie: %+v", v)
	}
	if p.AllGranted(d) || p.AllCookiesPass(d) {
		t.Error("pages or cookies need not be looked at, though the vendor must be found")
	}
	for _, c := range p.Categories() {
		if len(c.Vendors) != 0 {
			t.Errorf("a visitor is asked about %v", c.Vendors)
		}
	}
	if want := "1 vendor of the catalog belongs to a category that this policy does not have, and is always blocked: advertising (a)"; warnings[0].String() != want {
		t.Errorf("warning %q, want %q", warnings[0], want)
	}
}

func TestWarningNamesThreeVendorsOfEachCategoryAndCountsTheRest(t *testing.T) {
	vendors := make([]consent.Vendor, 7)
	for i := range vendors {
		vendors[i] = consent.Vendor{ID: fmt.Sprintf("v%d", i), Categories: []string{"advertising"}}
	}
	vendors[4].Categories, vendors[5].Categories = []string{"chat"}, []string{"essential"}
	_, warnings, err := consent.Compile(consent.Config{Categories: []consent.Category{{Name: "one"}}, Catalog: vendors, GPC: []string{}})
	if err != nil || len(warnings) != 1 {
		t.Fatalf("err %v, warnings %v", err, warnings)
	}
	if got := warnings[0].String(); !strings.HasPrefix(got, "7 vendors ") || !strings.HasSuffix(got, ": essential (v5), advertising (v0, v1, v2 and 2 more), chat (v4)") {
		t.Errorf("warning %q", got)
	}
	if len(warnings[0].Vendors) != 7 {
		t.Errorf("the warning is about %v", warnings[0].Vendors)
	}
}

func TestWarningAboutAVendorOfWhichNothingIsKnown(t *testing.T) {
	in := []string{"analytics"}
	_, warnings, err := consent.Compile(consent.Config{
		Vendors: []consent.Vendor{{ID: "mixpanell", Categories: in}, {ID: "matomo", Categories: in}, {ID: "acme", Categories: in, Inline: []string{"acme("}}},
		Catalog: []consent.Vendor{{ID: "mixpanel", Categories: in, URLs: []string{"a.test"}}, {ID: "matomo", Categories: in}},
	})
	want := `vendor "mixpanell" has neither urls nor inline patterns nor cookies: nothing can be recognised as belonging to it, did you mean "mixpanel"?`
	if err != nil || len(warnings) != 1 || warnings[0].Message != want {
		t.Errorf("%v, %v", warnings, err)
	}
}

func TestWarningsAboutWhatHasNoEffect(t *testing.T) {
	one, two := []string{"one"}, []string{"two"}
	categories := []consent.Category{{Name: "must", Required: true}, {Name: "one"}, {Name: "two"}}
	const noSignal = "gpc: Sec-GPC: 1 denies advertising and social by default, and this policy has neither, so that it denies nothing: say what it denies, or gpc off"
	for name, c := range map[string]struct {
		config consent.Config
		want   string
	}{
		"a signal that denies nothing":     {consent.Config{Categories: categories}, noSignal},
		"one that is off":                  {consent.Config{Categories: categories, GPC: []string{}}, ""},
		"one that denies something":        {consent.Config{Categories: append(categories, consent.Category{Name: "social"})}, ""},
		"a policy that asks about nothing": {consent.Config{Categories: categories[:1]}, ""},
		"a pattern of two vendors": {consent.Config{GPC: one, Categories: categories, Vendors: []consent.Vendor{
			{ID: "a", Categories: one, URLs: []string{"a.test"}}, {ID: "b", Categories: two, URLs: []string{"b.test", "a.test"}},
		}}, `vendor "b": a.test is a pattern of vendor "a", too: that one comes first, and decides alone`},
		"a pattern twice in one": {consent.Config{GPC: one, Categories: categories, Vendors: []consent.Vendor{
			{ID: "a", Categories: one, URLs: []string{"a.test", "a.test"}},
		}}, ""},
		"one of the catalog's": {consent.Config{
			GPC: one, Categories: categories, Vendors: []consent.Vendor{{ID: "a", Categories: one, URLs: []string{"a.test"}}},
			Catalog: []consent.Vendor{{ID: "b", Categories: two, URLs: []string{"a.test"}}},
		}, ""},
	} {
		_, warnings, err := consent.Compile(c.config)
		got := ""
		for _, w := range warnings {
			got += w.Message
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestOwnVendorExtendsACatalogVendor(t *testing.T) {
	p := compile(t, consent.Config{
		Vendors: []consent.Vendor{{
			ID: "a", Name: "Ours", URLs: []string{"own.test"}, Inline: []string{"own("}, Cookies: []consent.Cookie{{Name: "own"}},
		}},
		Catalog: []consent.Vendor{{
			ID: "a", Name: "Theirs", Company: "A Ltd", Privacy: "https://a.test/privacy", Categories: []string{"analytics"},
			URLs: []string{"a.test"}, Inline: []string{"catalog("}, Cookies: []consent.Cookie{{Name: "catalog"}},
		}},
	})
	d := granting(t, p)
	for _, raw := range []string{"https://own.test/", "https://a.test/"} {
		if v := p.URL(parse(t, raw), []byte(site), d); v.Vendor != "a" || v.VendorName != "Ours" || !v.Blocked {
			t.Errorf("%s: %+v", raw, v)
		}
	}
	for _, script := range []string{"own()", "catalog()"} {
		if v := p.Inline([]byte(script), []byte(site), d); v.Vendor != "a" {
			t.Errorf("%s: %+v", script, v)
		}
	}
	for _, cookie := range []string{"own", "catalog"} {
		if v := p.Cookie(cookie, d); v.Vendor != "a" || v.Allow {
			t.Errorf("%s: %+v", cookie, v)
		}
	}
	want := consent.VendorInfo{
		ID: "a", Name: "Ours", Company: "A Ltd", Privacy: "https://a.test/privacy",
		URLs:    []string{"own.test", "a.test"},
		Cookies: []consent.Cookie{{Name: "own"}, {Name: "catalog"}}, Named: true,
	}
	if got := p.Categories()[1].Vendors; len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("visitors read %+v, want %+v", got, want)
	}
}

func TestMissingTitleAndNameAreMade(t *testing.T) {
	p := compile(t, consent.Config{
		Categories: []consent.Category{{Name: "chat_and-help"}},
		Vendors:    []consent.Vendor{{ID: "acme", Categories: []string{"chat_and-help"}}},
	})
	c := p.Categories()[0]
	if c.Title != "Chat and help" || c.Vendors[0].Name != "acme" {
		t.Errorf("title %q, vendor %q", c.Title, c.Vendors[0].Name)
	}
}

func TestCompileLeavesTheConfigAlone(t *testing.T) {
	make1 := func() consent.Config {
		return consent.Config{
			Categories: []consent.Category{{Name: "analytics", Vendors: []string{"a"}}, {Name: "social"}},
			Vendors:    []consent.Vendor{{ID: "a", URLs: append(make([]string, 0, 8), "own.test")}},
			Catalog:    []consent.Vendor{{ID: "a", Name: "A", Categories: []string{"social"}, URLs: []string{"a.test"}}},
		}
	}
	cfg := make1()
	compile(t, cfg)
	if !reflect.DeepEqual(cfg, make1()) {
		t.Errorf("changed to %+v", cfg)
	}
	if spare := cfg.Vendors[0].URLs[:2]; spare[1] != "" {
		t.Errorf("%q was written behind the caller's slice", spare[1])
	}
}
