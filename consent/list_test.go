package consent_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
)

// list is one of advertising.
func list(rules ...consent.ListURL) consent.List {
	return consent.List{ID: "list", File: "trackers.txt", Category: "advertising", URLs: rules}
}

func TestListsCountWhereNoVendorsRuleDoes(t *testing.T) {
	third := &consent.Condition{Party: consent.ThirdParty}
	l := list(
		consent.ListURL{Pattern: "tracker.example"},
		consent.ListURL{Pattern: "tracker.example/ok/*", Allow: true},
		consent.ListURL{Pattern: "tracker.example/ok/not/*"},
		consent.ListURL{Pattern: "strict.example/t/*"},
		consent.ListURL{Pattern: "strict.example", Allow: true, Always: true},
		consent.ListURL{Pattern: "*/always/ok.js", Allow: true, Always: true},
		consent.ListURL{Pattern: "both.example"},
		consent.ListURL{Pattern: "both.example", Allow: true},
		consent.ListURL{Pattern: "mine.example/deep/path/*"},
		consent.ListURL{Pattern: "known.example/deep/path/*"},
		consent.ListURL{Pattern: "known.example", Allow: true},
		consent.ListURL{Pattern: "excepted.example"},
		consent.ListURL{Pattern: "exact.example", Only: &consent.Condition{Exact: true}},
		consent.ListURL{Pattern: "third.example", Only: third},
		consent.ListURL{Pattern: "shop.example", Only: third},
		consent.ListURL{Pattern: "script.example", Only: &consent.Condition{Kinds: consent.KindScript}},
		consent.ListURL{Pattern: "here.example", Only: &consent.Condition{Sites: []string{"shop.example"}}},
		consent.ListURL{Pattern: "nothere.example", Only: &consent.Condition{NotSites: []string{"shop.example"}}},
		consent.ListURL{Pattern: "there.example", Only: &consent.Condition{Sites: []string{"hop.example"}}},
		consent.ListURL{Pattern: "*/*/banners/*", Entity: "Banner Inc"},
	)
	p := compile(t, consent.Config{
		Vendors: []consent.Vendor{{ID: "mine", Categories: []string{"essential"}, URLs: []string{"mine.example"}}},
		Catalog: []consent.Vendor{{ID: "known", Categories: []string{"analytics"}, URLs: []string{"known.example"}}},
		Lists:   []consent.List{l},
		Except:  []string{"excepted.example"},
	})
	d := granting(t, p, "performance")
	for _, c := range []struct {
		url     string
		kind    consent.Kinds
		blocked string // the vendor's name
	}{
		{"https://tracker.example/x", 0, "tracker.example"},
		{"https://a.b.tracker.example/x", 0, "tracker.example"},
		{"https://tracker.example/ok/x", 0, ""},
		{"https://tracker.example/ok/not/x", 0, "tracker.example"},
		{"https://strict.example/t/x", 0, ""},
		{"https://tracker.example/always/ok.js", 0, ""},
		{"https://known.example/always/ok.js", 0, "known"},
		{"https://both.example/", 0, ""},
		{"https://mine.example/deep/path/x", 0, ""},
		{"https://known.example/deep/path/x", 0, "known"},
		{"https://known.example/", 0, "known"},
		{"https://excepted.example/", 0, ""},
		{"https://exact.example/", 0, "exact.example"},
		{"https://www.exact.example/", 0, ""},
		{"https://third.example/", 0, "third.example"},
		{"https://cdn.shop.example/", 0, ""},
		{"https://script.example/", consent.KindScript, "script.example"},
		{"https://script.example/", consent.KindImage, ""},
		{"https://script.example/", 0, ""},
		{"https://here.example/", 0, "here.example"},
		{"https://nothere.example/", 0, ""},
		{"https://there.example/", 0, ""},
		{"https://unknown.example/a/banners/x", 0, "Banner Inc"},
		{"https://unknown.example/a/my-banners/x", 0, ""},
		{"https://unknown.example/", 0, ""},
	} {
		v := p.Resource(parse(t, c.url), []byte(site), c.kind, d)
		if v.Blocked != (c.blocked != "") || v.Blocked && v.VendorName != c.blocked {
			t.Errorf("%s as %b: %+v, want %q", c.url, c.kind, v, c.blocked)
		}
		if v.Blocked && v.Vendor == "list" && v.Category != "advertising" {
			t.Errorf("%s: %+v", c.url, v)
		}
		if v := p.Resource(parse(t, c.url), []byte(site), c.kind, granting(t, p, "analytics", "advertising")); v.Blocked {
			t.Errorf("%s is blocked although allowed", c.url)
		}
	}
	script := []byte(`var s=document.createElement("script");s.src="https://tracker.example/t.js"`)
	if v := p.Inline(script, []byte(site), d); !v.Blocked || !slices.Equal(v.Vendors, []string{"list"}) {
		t.Errorf("a script that loads what is listed: %+v", v)
	}
	script = []byte(`var s=document.createElement("script");s.src="https://tracker.example/ok/t.js"`)
	if v := p.Inline(script, []byte(site), d); v.Blocked {
		t.Errorf("a script that loads an exception: %+v", v)
	}
}

func TestListedCookiesCountWhereNoVendorHasThem(t *testing.T) {
	l := list()
	l.Cookies = []consent.ListCookie{{Pattern: "_t*"}, {Pattern: "_ga_long*"}, {Pattern: "id"}}
	p := compile(t, consent.Config{
		Catalog: []consent.Vendor{{ID: "known", Categories: []string{"analytics"}, Cookies: []consent.Cookie{{Name: "_ga*"}}}},
		Lists:   []consent.List{l},
	})
	d := granting(t, p, "analytics")
	for name, allowed := range map[string]bool{"_t": false, "_tx": false, "_ga_longest": true, "id": false, "idx": true} {
		if v := p.Cookie(name, d); v.Allow != allowed {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestAMistakeInAListIsNamed(t *testing.T) {
	unknown := list()
	unknown.Category = "advertisin"
	taken := list()
	taken.ID = "known"
	for want, l := range map[string]consent.List{
		`list "trackers.txt": unknown category "advertisin", did you mean "advertising"?`: unknown,
		`list: there is a vendor of this name: "known"`:                                   taken,
		`list "trackers.txt": line 7: URL pattern for a whole public suffix "com"`:        list(consent.ListURL{Pattern: "com", Line: 7}),
	} {
		_, _, err := consent.Compile(consent.Config{Catalog: []consent.Vendor{{ID: "known", Categories: []string{"social"}}}, Lists: []consent.List{l}})
		var mistake *consent.Error
		if !errors.As(err, &mistake) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestTheHashChangesWithAList(t *testing.T) {
	hashes := map[string]bool{}
	cookies := list()
	cookies.Cookies = []consent.ListCookie{{Pattern: "x"}}
	for _, l := range [][]consent.List{
		nil, {list()}, {list(consent.ListURL{Pattern: "a.example"})}, {list(consent.ListURL{Pattern: "a.example", Allow: true})},
		{list(consent.ListURL{Pattern: "a.example", Only: &consent.Condition{Kinds: 1}})}, {cookies},
		{list(consent.ListURL{Pattern: "a.example", Allow: true, Always: true})},
	} {
		hashes[compile(t, consent.Config{Lists: l}).Hash()] = true
	}
	if len(hashes) != 7 {
		t.Errorf("%d different hashes of 7", len(hashes))
	}
	a, b := list(consent.ListURL{Pattern: "a.example", Line: 1}), list(consent.ListURL{Pattern: "a.example", Line: 2})
	if compile(t, consent.Config{Lists: []consent.List{a}}).Hash() != compile(t, consent.Config{Lists: []consent.List{b}}).Hash() {
		t.Error("a comment in a list changes every page's validators")
	}
}

func TestAnImportedVendorExtendsAndCountsLeastOfEquals(t *testing.T) {
	cfg := consent.Config{
		Catalog: []consent.Vendor{{ID: "known", Name: "Known", Categories: []string{"analytics"}, URLs: []string{"known.example"}}},
		Imported: []consent.Vendor{
			{ID: "known", Name: "Other", Categories: []string{"social"}, URLs: []string{"more.example"}},
			{ID: "new", Categories: []string{"social"}, URLs: []string{"known.example", "known.example/new/*", "new.example"}},
		},
	}
	p := compile(t, cfg)
	d := granting(t, p)
	for url, want := range map[string]string{"https://known.example/": "known", "https://more.example/": "known", "https://known.example/new/": "new", "https://new.example/": "new"} {
		if v := p.URL(parse(t, url), []byte(site), d); v.Vendor != want || !v.Blocked || v.Vendor == "known" && (v.Category != "analytics" || v.VendorName != "Known") {
			t.Errorf("%s: %+v", url, v)
		}
	}
}

func TestARuleOfAListIsForItsSites(t *testing.T) {
	for _, c := range []struct {
		sites, notSites []string
		site            string
		blocked         bool
	}{
		{nil, nil, "a.example", true},
		{[]string{"shop.*"}, nil, "www.shop.example", false}, // no public suffix
		{[]string{"shop.*"}, nil, "www.shop.com", true},
		{[]string{"shop.*"}, nil, "shop.co.uk", true},
		{[]string{"shop.*"}, nil, "workshop.com", false},
		{[]string{"shop.*"}, nil, "shop.evil.com", false},
		{[]string{"shop.*"}, nil, "com", false},
		{nil, []string{"shop.*"}, "shop.com", false},
		{nil, []string{"shop.*"}, "shop.example", true},
		{[]string{"a.example"}, []string{"b.a.example"}, "b.a.example", false},
		{[]string{"a.example"}, []string{"b.a.example"}, "c.a.example", true},
		{[]string{"b.a.example"}, []string{"a.example"}, "b.a.example", true},
		{[]string{"b.a.example"}, []string{"a.example"}, "a.example", false},
	} {
		p := compile(t, consent.Config{Lists: []consent.List{list(consent.ListURL{
			Pattern: "tracker.test", Only: &consent.Condition{Sites: c.sites, NotSites: c.notSites},
		})}})
		if v := p.URL(parse(t, "https://tracker.test/"), []byte(c.site), granting(t, p)); v.Blocked != c.blocked {
			t.Errorf("on %q and not %q, at %s: %+v", c.sites, c.notSites, c.site, v)
		}
	}
}

// manyVendors simulates a catalog of n vendors: the built-in ones and as many more.
func manyVendors(n int) []consent.Vendor {
	all := slices.Clone(catalog.Vendors())
	for i := len(all); i < n; i++ {
		id := fmt.Sprintf("vendor-%d", i)
		all = append(all, consent.Vendor{
			ID: id, Categories: []string{"analytics"},
			URLs:    []string{id + ".example", "cdn." + id + ".example/" + id + "/*", id + ".test/t.js?id=*"},
			Inline:  []string{fmt.Sprintf("v%dLoader(", i), fmt.Sprintf("_%c%cq%d.push(", 'a'+i%26, 'a'+i/26%26, i)},
			Cookies: []consent.Cookie{{Name: fmt.Sprintf("_v%d", i)}, {Name: fmt.Sprintf("_v%d_*", i)}},
		})
	}
	return all[:min(n, len(all))]
}

// bigList has n rules as lists have them: mostly hosts, some with paths and options.
func bigList(n int) consent.List {
	l := list()
	third := &consent.Condition{Party: consent.ThirdParty}
	for i := range n {
		r := consent.ListURL{Pattern: fmt.Sprintf("ads%d.tracker%d.example", i, i%1000), Line: i + 1}
		switch i % 10 {
		case 0:
			r.Only = third
		case 1:
			r.Pattern += "/t/*"
		case 2:
			r.Pattern = fmt.Sprintf("*/*/banner%d/*", i)
		}
		l.URLs = append(l.URLs, r)
	}
	return l
}

// sizes are the policies whose lookups are compared: rules that stand for a small policy,
// for the catalog, and for the catalog with a list.
var sizes = []struct {
	name string
	cfg  func() consent.Config
}{
	{"20 vendors", func() consent.Config { return consent.Config{Catalog: manyVendors(20)} }},
	{"250 vendors", func() consent.Config { return consent.Config{Catalog: manyVendors(250)} }},
	{"1000 vendors", func() consent.Config { return consent.Config{Catalog: manyVendors(1000)} }},
	{"100000 rules", func() consent.Config {
		return consent.Config{Catalog: manyVendors(250), Lists: []consent.List{bigList(100_000)}}
	}},
}

// What is asked of a page must not grow with what there is to know.
func BenchmarkSizes(b *testing.B) {
	for _, size := range sizes {
		p := compile(b, size.cfg())
		d := granting(b, p)
		for _, c := range pageURLs {
			b.Run("URL/"+c.name+"/"+size.name, func(b *testing.B) {
				u, host := parse(b, c.url), []byte(site)
				b.SetBytes(int64(len(c.url)))
				b.ReportAllocs()
				for b.Loop() {
					p.URL(u, host, d)
				}
			})
		}
		for _, c := range cookieNames {
			b.Run("Cookie/"+c.name+"/"+size.name, func(b *testing.B) {
				b.SetBytes(int64(len(c.cookie)))
				b.ReportAllocs()
				for b.Loop() {
					p.Cookie(c.cookie, d)
				}
			})
		}
		for _, c := range scripts {
			b.Run("Inline/"+c.name+"/"+size.name, func(b *testing.B) {
				script, host := []byte(c.script), []byte(site)
				b.SetBytes(int64(len(script)))
				b.ReportAllocs()
				for b.Loop() {
					p.Inline(script, host, d)
				}
			})
		}
	}
}

func BenchmarkCompileSizes(b *testing.B) {
	for _, size := range sizes {
		b.Run(size.name, func(b *testing.B) {
			cfg := size.cfg()
			b.ReportAllocs()
			for b.Loop() {
				compile(b, cfg)
			}
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestAHundredThousandRulesCostLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes several times as long")
	}
	before := heap()
	var p *consent.Policy
	taken := best(t, 3, func() {
		p = compile(t, consent.Config{Catalog: catalog.Vendors(), Lists: []consent.List{bigList(100_000)}})
	})
	held := heap() - before
	t.Logf("%.2f s, %d MiB", taken, held>>20)
	if taken > 2 || held > 100<<20 {
		t.Errorf("100,000 rules take %.2f s and %d MiB", taken, held>>20)
	}
	d := granting(t, p)
	for url, blocked := range map[string]bool{
		"https://ads99999.tracker999.example/x": true, "https://ads99991.tracker991.example/t/x": true, "https://ads99991.tracker991.example/u": false,
		"https://" + site + "/a/banner99992/x": true, "https://tracker999.example/": false,
	} {
		if v := p.URL(parse(t, url), []byte(site), d); v.Blocked != blocked {
			t.Errorf("%s: %+v", url, v)
		}
	}
	u, host := parse(t, "https://www."+site+"/"+strings.Repeat("a/", 20)), []byte(site)
	if n := testing.AllocsPerRun(100, func() { p.URL(u, host, d) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	runtime.KeepAlive(p)
}

// A page may name the segment of many rules many times in one URL.
func TestASegmentThatRepeatsCostsNoMore(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes several times as long")
	}
	l := list()
	for i := range 5000 {
		l.URLs = append(l.URLs, consent.ListURL{Pattern: fmt.Sprintf("*/*/banners/*/%d.js", i)})
	}
	p := compile(t, consent.Config{Lists: []consent.List{l}})
	d, host := granting(t, p), []byte(site)
	once, often := parse(t, "https://a.test/x/banners/"+strings.Repeat("y/", 5000)), parse(t, "https://a.test/x/"+strings.Repeat("banners/", 1250)+"y")
	short := best(t, 3, func() { p.URL(once, host, d) })
	if long := best(t, 3, func() { p.URL(often, host, d) }); long > 50*short {
		t.Errorf("%.1f ms, of another path as long %.1f ms", long*1e3, short*1e3)
	}
}

func TestTheCatalogsPolicyLoadsInFiftyMilliseconds(t *testing.T) {
	if testing.Short() {
		t.Skip("speed is not measured with -short, nor with the race detector")
	}
	vendors := manyVendors(max(260, len(catalog.Vendors())))
	taken := best(t, 5, func() { compile(t, consent.Config{Catalog: vendors}) })
	t.Logf("%d vendors: %v", len(vendors), time.Duration(taken*1e9))
	if taken > 0.05 {
		t.Errorf("compiling %d vendors takes %.0f ms", len(vendors), taken*1e3)
	}
}
