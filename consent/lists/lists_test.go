package lists_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/lists"
	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
	"github.com/caddy-consent/caddy-consent/internal/yardstick"
)

func read(t *testing.T, text, format string) *lists.Result {
	t.Helper()
	got, err := lists.Read(strings.NewReader(text), lists.Options{File: "list", ID: "list", Category: "advertising", Format: format})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// patterns says rules in short.
func patterns(rules []consent.ListURL) []string {
	out := []string{}
	for i := range rules {
		r := &rules[i]
		text := fmt.Sprintf("%d %s", r.Line, r.Pattern)
		if r.Allow {
			text += " allow"
		}
		if r.Always {
			text += " always"
		}
		if c := r.Only; c != nil {
			text += [...]string{"", " third", " first"}[c.Party]
			if c.Exact {
				text += " exact"
			}
			if c.Kinds != 0 {
				text += fmt.Sprintf(" kinds %b", c.Kinds)
			}
			if c.Sites != nil {
				text += fmt.Sprint(" on ", c.Sites)
			}
			if c.NotSites != nil {
				text += fmt.Sprint(" not on ", c.NotSites)
			}
		}
		if r.Entity != "" {
			text += " of " + r.Entity
		}
		out = append(out, text)
	}
	return out
}

func TestEachFormatIsReadAndToldByItsContent(t *testing.T) {
	for _, c := range []struct {
		format, text string
		want         []string
		skipped      []string
	}{
		{lists.Hosts, "# a list, $5\n127.0.0.1 localhost\n::1 ip6-localhost\n0.0.0.0 ads.example # them\n0.0.0.0\tA.example b.example\r\n\nPlain.example\nhello\n", []string{
			"4 ads.example exact", "5 a.example exact", "5 b.example exact", "7 plain.example",
		}, []string{`1 not understood (line 8, first "hello")`}},
		{lists.Adblock, "[Adblock Plus 2.0]\n! a list\n||ads.example^\n@@||ads.example/ok.js\nx.example##.banner\n", []string{
			"3 ads.example", "4 ads.example/ok.js* allow always",
		}, []string{`1 cosmetic rules (line 5, first "x.example##.banner")`}},
		{lists.Disconnect, `{"license": "x",
			"categories": {
				"Advertising": [{"Acme": {"https://www.acme.example/": ["ads.acme.example",
					"t.acme.example"], "dnt": "eff"}}],
				"Content": [{"Other": {"http://other.example/": ["nothing here"]}}]}}`, []string{
			"3 ads.acme.example third not on [acme.example] of Acme", "4 t.acme.example third not on [acme.example] of Acme",
		}, []string{`1 not understood (line 5, first "nothing here")`}},
		{lists.DuckDuckGo, `{"trackers": {
			"a.example": {"domain": "a.example", "default": "block", "owner": {"name": "A Inc", "displayName": "A"},
				"rules": [{"rule": "a\\.example\\/ok\\/.*\\.js", "action": "ignore"}, {"rule": "a\\.example\\/(x|y)"},
					{"rule": "a\\.example\\/half", "exceptions": {"domains": ["shop.example"]}}]},
			"b.example": {"default": "ignore", "owner": {"displayName": "B"},
				"rules": [{"rule": "b\\.example\\/t\\.js", "options": {"types": ["script"]}}, {"rule": "b\\.example\\/[0-9]"}]},
			"c.example": {"default": "block", "rules": [{"rule": "c\\.example\\/[0-9]", "action": "ignore"}]}},
			"entities": {"A Inc": {"domains": ["a.example", "a-shop.example"]}}}`, []string{
			"2 a.example third not on [a.example a-shop.example] of A",
			"2 a.example/ok/*.js* allow third not on [a.example a-shop.example] of A",
			"2 a.example/half* third not on [a.example a-shop.example] of A",
			"2 a.example/half* allow third on [shop.example] not on [a.example a-shop.example] of A",
			"5 b.example/t.js* third kinds 1 of B",
		}, []string{`1 rules that a URL pattern cannot say (line 5, first "b\\.example\\/[0-9]")`, `1 trackers with exceptions that a URL pattern cannot say (line 7, first "c.example")`}},
	} {
		t.Run(c.format, func(t *testing.T) {
			got := read(t, "\uFEFF"+c.text, "")
			if got.Format != c.format {
				t.Errorf("told as %s", got.Format)
			}
			if rules := patterns(got.List.URLs); !slices.Equal(rules, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(rules, "\n"), strings.Join(c.want, "\n"))
			}
			var skipped []string
			for _, s := range got.Skipped {
				skipped = append(skipped, s.String())
			}
			if !slices.Equal(skipped, c.skipped) {
				t.Errorf("skipped\n%s\nwant\n%s", strings.Join(skipped, "\n"), strings.Join(c.skipped, "\n"))
			}
		})
	}
}

func TestCookiesAreRead(t *testing.T) {
	const text = `ID,Platform,Category,Cookie / Data Key name,Domain,Description,Retention period,Data Controller,User Privacy & GDPR Rights Portals,Wildcard match
1,Acme,Marketing,_acme,,"Counts,
and counts",1 day,Acme Ltd,,0
2,Acme,Analytics,_acme_,,x,1 day,Acme Ltd,,1
3,Acme,Marketing,id,acme.example (3rd party),x,1 day,Acme Ltd,,0
4,Acme,Marketing,a b,,x,1 day,Acme Ltd,,0
5,Acme,Functional,session,,x,1 day,Acme Ltd,,0
`
	got := read(t, text, "")
	want := []consent.ListCookie{{Pattern: "_acme", Line: 2, Entity: "Acme Ltd"}, {Pattern: "_acme_*", Line: 4, Entity: "Acme Ltd"}}
	if got.Format != lists.Cookies || !reflect.DeepEqual(got.List.Cookies, want) || len(got.Skipped) != 3 {
		t.Errorf("%s %+v %v", got.Format, got.List.Cookies, got.Skipped)
	}
	if needed, err := lists.Read(strings.NewReader(text), lists.Options{Only: []string{"Functional"}}); err != nil || len(needed.List.Cookies) != 1 {
		t.Errorf("%+v %v", needed, err)
	}
	only, err := lists.Read(strings.NewReader(text), lists.Options{Only: []string{"Analytics"}})
	if err != nil || len(only.List.Cookies) != 1 || only.List.Cookies[0].Pattern != "_acme_*" {
		t.Errorf("%+v %v", only, err)
	}
}

func TestACatalogFileIsRead(t *testing.T) {
	got := read(t, `[{"id": "acme", "urls": ["acme.example"]}]`, "")
	if got.Format != lists.Catalog || len(got.Vendors) != 1 || got.Vendors[0].Categories[0] != "advertising" {
		t.Errorf("%+v", got)
	}
}

// Every form of an Adblock rule: what it becomes, or why it is left out.
func TestEveryFormOfAnAdblockRuleIsReadOrLeftOut(t *testing.T) {
	for _, c := range []struct {
		rule string
		want string // patterns, with ", " between; or what is skipped after "- "
	}{
		{"||ads.example^", "ads.example"},
		{"||ads.example", "ads.example"},
		{"||ads.example^*", "ads.example"},
		{"||*.ads.example^", "*.ads.example"},
		{"||ads.example/", "ads.example/*"},
		{"||ads.example/t", "ads.example/t*"},
		{"||ads.example/t/*/x.js", "ads.example/t/*/x.js*"},
		{"||ads.example/t^", "ads.example/t, ads.example/t/*"},
		{"||ads.example^$third-party", "ads.example third"},
		{"||ads.example^$3p,script,image", "ads.example third kinds 101"},
		{"||ads.example^$~script", "ads.example kinds 1111110"},
		{"||ads.example^$~xmlhttprequest", "ads.example kinds 1111111"},
		{"||ads.example^$~third-party", "ads.example first"},
		{"||ads.example^$domain=a.example|~b.a.example", "ads.example on [a.example] not on [b.a.example]"},
		{"@@||ads.example/ok$script,domain=a.example", "ads.example/ok* allow always kinds 1 on [a.example]"},
		{"||192.0.2.1^", "192.0.2.1"},
		{"||ads.example^$domain=google.*|~google.de", "ads.example on [google.*] not on [google.de]"},
		// What is left away from an exception makes it except more, never less.
		{"@@||ads.example/x?id=1&b", "ads.example/x allow always, ads.example/x/* allow always"},
		{"@@||ads.example/?id", "ads.example/ allow always, ads.example//* allow always"},
		{"@@||ads.example/x.js|", "ads.example/x.js allow always, ads.example/x.js/* allow always"},
		{"@@|https://ads.example/x$script", "ads.example/x* allow always exact kinds 1"},
		{"@@|http://ads.example^", "ads.example allow always exact"},
		{"||ads.example^$script,xmlhttprequest", "ads.example kinds 1"},
		{"/ads/*", "*/ads/*, */*/ads/*"},
		{"/a/gtm.js", "*/a/gtm.js, */*/a/gtm.js"},
		{"/gtm.js^", "*/gtm.js, */gtm.js/*, */*/gtm.js, */*/gtm.js/*"},
		{"/ads/*/pixel.gif$image", "*/ads/*/pixel.gif kinds 100, */*/ads/*/pixel.gif kinds 100"},

		{"||ads.example^$xmlhttprequest", "- rules for what pages themselves do not fetch"},
		{"||ads.example^$popup", "- rules for what pages themselves do not fetch"},
		{"||ads.example^$redirect=noop.js", "- rules with the option redirect"},
		{"||ads.example^$domain=a*.example", "- rules for sites by a wildcard"},
		{"@@||ads.example^$elemhide", "- exceptions that are rules with the option elemhide"},
		{"@@-banner.", "- exceptions that are rules for a piece of a URL"},
		{"@@||ads.example^?x", "- exceptions that are rules for a query"},
		{"@@||ads.example^|", "- exceptions that are rules anchored to the start or the end of a URL"},
		{"@@|https://*.ads.example/x", "- exceptions that are rules anchored to the start or the end of a URL"},
		{"||ads.", "- rules for a piece of a URL"},
		{"||ads./x", "- rules for a piece of a URL"},
		{"||192.168.", "- rules for a piece of a URL"},
		{"||192.168^", "- rules for a piece of a URL"},
		{"||ads.example/?id=", "- rules for a query"},
		{"||ads.example/x|", "- rules anchored to the start or the end of a URL"},
		{"|https://ads.example/x", "- rules anchored to the start or the end of a URL"},
		{"||ads.*/x", "- rules for a piece of a URL"},
		{"||ads.example^x", "- rules for a piece of a URL"},
		{"-banner.", "- rules for a piece of a URL"},
		{"/ads-", "- rules for a piece of a URL"},
		{"/ad*.js", "- rules for a piece of a URL"},
		{"/banner[0-9]+/", "- regular expressions"},
		{"/banner[0-9]+/$script", "- regular expressions"},
		{"||com^", "- not understood"},
		{"||co.uk^", "- URL pattern for a whole public suffix"},
		{"*", "- rules that match everything"},
		{"two words", "- not understood"},
		{"##.ad", "- cosmetic rules"},
		{"x.example#@#.ad", "- cosmetic rules"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got := read(t, "||first.example^\n||second.example^\n"+c.rule+"\n", lists.Adblock)
			if reason, ok := strings.CutPrefix(c.want, "- "); ok {
				if len(got.List.URLs) != 2 || len(got.Skipped) != 1 || got.Skipped[0].Reason != reason || got.Skipped[0].Lines[0] != 3 {
					t.Errorf("%v, skipped %v", patterns(got.List.URLs), got.Skipped)
				}
				return
			}
			rules := strings.ReplaceAll(strings.Join(patterns(got.List.URLs[2:]), ", "), "3 ", "")
			if rules != c.want || len(got.Skipped) != 0 {
				t.Errorf("%s, skipped %v, want %s", rules, got.Skipped, c.want)
			}
		})
	}
}

func TestARuleThatDisablesAnotherIsNoRule(t *testing.T) {
	got := read(t, "||a.example^$script,domain=b.example\n||a.example/x^\n||a.example^\n@@||c.example^\n"+
		"||a.example^$script,domain=b.example,badfilter\n||a.example/x^$badfilter\n||c.example^$badfilter\n@@||d.example/x?1\n@@||d.example/x?2$badfilter\n", lists.Adblock)
	want := []string{"3 a.example", "4 c.example allow always", "8 d.example/x allow always", "8 d.example/x/* allow always"}
	if !slices.Equal(patterns(got.List.URLs), want) || len(got.Skipped) != 1 {
		t.Errorf("%v %v", patterns(got.List.URLs), got.Skipped)
	}
}

func TestTheReasonsForWhatIsLeftOutAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(&text, "||a.example^$option%d\n", i)
	}
	got := read(t, text.String(), lists.Adblock)
	if len(got.Skipped) > 51 || got.Skipped[0].Reason != "others" || got.Skipped[0].Count != 10_000-50 {
		t.Errorf("%d reasons, the first is %v", len(got.Skipped), got.Skipped[0])
	}
}

func TestACommentDoesNotMakeAHostsFileAnotherFormat(t *testing.T) {
	got := read(t, "0.0.0.0 a.example # costs $5, /x/ ^ ##\n0.0.0.0 b.example. C.example\n", "")
	if want := []string{"1 a.example exact", "2 b.example exact", "2 c.example exact"}; got.Format != lists.Hosts || !slices.Equal(patterns(got.List.URLs), want) {
		t.Errorf("%s %v", got.Format, patterns(got.List.URLs))
	}
	got = read(t, "192.168.\n10.1\n192.0.2.7\na.example\nb.example\n", lists.Hosts)
	if want := []string{"3 192.0.2.7", "4 a.example", "5 b.example"}; !slices.Equal(patterns(got.List.URLs), want) {
		t.Errorf("%v", patterns(got.List.URLs))
	}
}

// Whether a file has lines is of no account, and neither is how Go orders what is in it.
func TestTrackersInOneLineAreReadInOneOrder(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"trackers":{`)
	for i := range 50 {
		fmt.Fprintf(&text, `"t%02d.example":{"default":"block"},`, (i*7)%50)
	}
	text.WriteString(`"z.example":{"default":"block","rules":[{"rule":"*\\.z\\.example","action":"ignore"},{"rule":"x.*\\.z\\.example\\/ok","action":"ignore"}]},` +
		`"zz.example":{"default":"ignore","rules":[{"rule":"zz\\.example\\/t","options":{"types":["script","xmlhttprequest"]}}]}}}`)
	got := read(t, text.String(), "")
	rules := patterns(got.List.URLs)
	if !slices.IsSorted(rules) || len(rules) != 51 || rules[50] != "1 zz.example/t* third kinds 1" || len(got.Skipped) != 1 {
		t.Errorf("%v %v", rules, got.Skipped)
	}
}

func TestWhatIsNoListIsRefusedWithItsLine(t *testing.T) {
	text := strings.Repeat("some words\n", 600)
	for _, c := range []struct {
		name, text, format, want string
	}{
		{"prose", text, lists.Hosts, `list:1: no list of format hosts: 600 of the first 600 lines are not understood, the first is "some words"`},
		{"prose behind rules", strings.Repeat("||a.example^\n", 400) + text, "", `list:401: no list of format adblock: 600 of the first 1000 lines are not understood, the first is "some words"`},
		{"bytes", "a.example\n\x00\xff\n", "", "list:2: no text: bytes that are not UTF-8"},
		{"a long line", "a.example\n" + strings.Repeat("a", 20_000), "", "list:2: line of more than 16 KiB"},
		{"JSON of something else", "{\n\"x\": 1}", "", `list:1: JSON of no known list`},
		{"broken JSON", "{\n\"trackers\":\n x}", "", "list:3: invalid character 'x'"},
		{"trackers that are none", "{\n\"trackers\":\n 5}", "", "list:3: json: cannot unmarshal number"},
		{"no trackers", `{"trackers": {}}`, "", `list:1: no list of format duckduckgo`},
		{"no categories", `{"categories": 1}`, "", `list:1: no list of format disconnect`},
		{"CSV without columns", "a,b\n1,2\n", lists.Cookies, `list:1: no list of format cookies: the header has no column "cookie / data key name"`},
		{"a broken catalog file", "[\n{\"id\": \"a\", \"url\": []}]", "", `list:2: json: unknown field "url"`},
		{"an unknown format", "", "host", `unknown format "host", did you mean "hosts"?`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := lists.Read(strings.NewReader(c.text), lists.Options{File: "list", Format: c.format})
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
	_, err := lists.Read(strings.NewReader(`{"categories": {"Advertising": []}}`), lists.Options{File: "list", Only: []string{"Advertisng"}})
	if err == nil || !strings.HasSuffix(err.Error(), `the list has no category "Advertisng", did you mean "Advertising"?`) {
		t.Error(err)
	}
	_, err = lists.Read(strings.NewReader("a.example"), lists.Options{File: "list", Only: []string{"Advertising"}})
	if err == nil {
		t.Error("a category of a hosts file was taken")
	}
}

// garbage repeats a text up to a size.
type garbage struct {
	text string
	left int
}

func (g *garbage) Read(p []byte) (int, error) {
	if g.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && g.left > 0 {
		m := copy(p[n:min(len(p), n+g.left)], g.text)
		n, g.left = n+m, g.left-m
	}
	return n, nil
}

func TestFiftyMegabytesOfGarbageAreRefusedInBoundedMemory(t *testing.T) {
	for name, text := range map[string]string{
		"one line": "x", "bytes": "\x00\x01\xfe\n", "words": "lorem ipsum dolor\n", "markup": "<p>||x</p>\n",
		"an endless text": `{"trackers": "`, "an array": "[\n", "an object": `{"a":`,
		"CSV": "Cookie / Data Key name,category\n\"",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			in := &garbage{text, 50 << 20}
			_, err := lists.Read(in, lists.Options{File: "list"})
			runtime.ReadMemStats(&after)
			if err == nil || !strings.HasPrefix(err.Error(), "list:") {
				t.Errorf("error %v", err)
			}
			// What grows to the limit is copied as it grows.
			if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
				t.Errorf("%d MiB were allocated", used>>20)
			}
			t.Log(err, (after.TotalAlloc-before.TotalAlloc)>>20, "MiB")
		})
	}
}

// What 100,000 rules cost from the file to the policy.
func TestAHundredThousandRulesLoadInTwoSeconds(t *testing.T) {
	if testing.Short() {
		t.Skip("the race detector takes several times as long")
	}
	var text strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&text, []string{"||ads%d.tracker%d.example^\n", "||t%d.tracker%d.example^$third-party,script\n", "||x%d.tracker%d.example/t/*.js\n"}[i%3], i, i%1000)
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, shortest := heap(), time.Hour
	var policy *consent.Policy
	for range 3 {
		start := yardstick.CPUTime(t)
		got := read(t, text.String(), "")
		var err error
		if policy, _, err = consent.Compile(consent.Config{Lists: []consent.List{got.List}}); err != nil || len(got.List.URLs) != 100_000 {
			t.Fatal(err, len(got.List.URLs), got.Skipped)
		}
		shortest = min(shortest, yardstick.CPUTime(t)-start)
	}
	held := heap() - before
	runtime.KeepAlive(policy)
	t.Logf("%v, %d MiB", shortest, held>>20)
	if shortest > 2*time.Second || held > 100<<20 {
		t.Errorf("100,000 rules take %v and %d MiB", shortest, held>>20)
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, os.ErrPermission }

func TestAnErrorOfTheFileIsHandedOn(t *testing.T) {
	if _, err := lists.Read(failing{}, lists.Options{}); !errors.Is(err, os.ErrPermission) {
		t.Error(err)
	}
}

// FuzzRead: whatever a file has, there is no panic, and all that is taken compiles.
func FuzzList(f *testing.F) {
	for _, seed := range []string{
		"0.0.0.0 a.example\nb.example # c\n", "[Adblock]\n||a.example/x^$script,domain=b|~c\n@@/x/*\n##x\n",
		`{"categories":{"A":[{"E":{"https://e.example/":["x.example"]}}]}}`,
		`{"trackers":{"a.example":{"default":"block","rules":[{"rule":"a\\.example\\/x","action":"ignore"}]}}}`,
		"Category,Cookie / Data Key name,Domain,Data Controller,Wildcard match\nA,_x,,B,1\n", `[{"id":"a","urls":["a.example"]}]`,
	} {
		for i := range len(lists.Formats()) + 1 {
			f.Add([]byte(seed), i)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte, format int) {
		o := lists.Options{File: "list", ID: "list", Category: "advertising"}
		if n := len(lists.Formats()); format >= 0 && format < n {
			o.Format = lists.Formats()[format]
		}
		got, err := lists.Read(strings.NewReader(string(data)), o)
		if err != nil || got.Format == lists.Catalog {
			return
		}
		if _, _, err := consent.Compile(consent.Config{Lists: []consent.List{got.List}}); err != nil {
			t.Errorf("what was read does not compile: %v", err)
		}
	})
}

func TestTheOpenCookieDatabaseIsRead(t *testing.T) {
	file, err := os.Open(filepath.Clean(sharedtest.Path(t, "data/sources/open-cookie-database.csv")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	got, err := lists.Read(file, lists.Options{File: "open-cookie-database.csv", ID: "list", Category: "analytics", Only: []string{"Analytics", "Marketing"}})
	if err != nil || got.Format != lists.Cookies || len(got.List.Cookies) < 400 {
		t.Fatalf("%v %+v", err, got)
	}
	t.Log(len(got.List.Cookies), "cookies, left out", got.Skipped)
}
