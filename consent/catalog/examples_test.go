package catalog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// The files in testdata have, for every vendor, what its rules must recognise
// and what comes near and is somebody else's.

const site = "www.shop.example" // whose pages the examples stand in

type examples struct {
	URLs, Inline, Cookies struct{ Match, Miss []string }
}

// kind is one of the three kinds of rules.
type kind struct {
	name     string
	patterns func(v *consent.Vendor) []string
	// only is a vendor with one rule.
	only  func(pattern string) consent.Vendor
	lists func(e *examples) (match, miss []string)
	// belongs tells whether an example belongs to the vendor that d denies,
	// and p grants to nobody else.
	belongs func(t *testing.T, p *consent.Policy, d *consent.Decision, id, example string) bool
}

var kinds = []kind{
	{
		"urls",
		func(v *consent.Vendor) []string { return v.URLs },
		func(pattern string) consent.Vendor { return consent.Vendor{URLs: []string{pattern}} },
		func(e *examples) (match, miss []string) { return e.URLs.Match, e.URLs.Miss },
		func(t *testing.T, p *consent.Policy, d *consent.Decision, _, example string) bool {
			t.Helper()
			return judgeURL(t, p, d, example).Blocked
		},
	},
	{
		"inline",
		func(v *consent.Vendor) []string { return v.Inline },
		func(pattern string) consent.Vendor { return consent.Vendor{Inline: []string{pattern}} },
		func(e *examples) (match, miss []string) { return e.Inline.Match, e.Inline.Miss },
		func(_ *testing.T, p *consent.Policy, d *consent.Decision, _, example string) bool {
			return p.Inline([]byte(example), []byte(site), d).Blocked
		},
	},
	{
		"cookies",
		func(v *consent.Vendor) []string {
			out := make([]string, len(v.Cookies))
			for i := range v.Cookies {
				out[i] = v.Cookies[i].Name
			}
			return out
		},
		func(pattern string) consent.Vendor {
			return consent.Vendor{Cookies: []consent.Cookie{{Name: pattern}}}
		},
		func(e *examples) (match, miss []string) { return e.Cookies.Match, e.Cookies.Miss },
		func(_ *testing.T, p *consent.Policy, d *consent.Decision, id, example string) bool {
			// One that is kept passes, and still belongs to its vendor.
			return p.Cookie(example, d).Vendor == id
		},
	},
}

// against compiles vendors so that each of ids needs a consent of its own, and
// the others one that is granted. By decisions[id] only id's is denied: what is
// blocked then is id's.
func against(t *testing.T, vendors []consent.Vendor, ids ...string) (p *consent.Policy, decisions map[string]*consent.Decision) {
	t.Helper()
	others := consent.Category{Name: "others"}
	for _, v := range vendors {
		if !slices.Contains(ids, v.ID) {
			others.Vendors = append(others.Vendors, v.ID)
		}
	}
	categories, granted := []consent.Category{others}, []string{"others"}
	for _, id := range ids {
		categories = append(categories, consent.Category{Name: askedFor(id), Vendors: []string{id}})
		granted = append(granted, askedFor(id))
	}
	p, _, err := consent.Compile(consent.Config{Categories: categories, Catalog: vendors})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	decisions = make(map[string]*consent.Decision)
	for i, id := range ids {
		value := p.FormatOwn(consent.Choice{At: now, Granted: slices.Delete(slices.Clone(granted), i+1, i+2), Denied: []string{askedFor(id)}}, site)
		d := p.Decide(consent.Request{Cookies: []string{p.CookieName(false) + "=" + value}, Host: site, Now: now})
		decisions[id] = &d
	}
	return p, decisions
}

// askedFor is the category of the vendor that a test asks about.
func askedFor(id string) string { return "asked-" + id }

// atOnce is how many vendors have a category of their own in one policy, which
// can have 64. To compile the catalog anew for each vendor takes a time that
// grows with the square of their number.
const atOnce = 60

func TestEveryRuleRecognisesItsExamples(t *testing.T) {
	all, vendors := readExamples(t), catalog.Vendors()
	var whole *consent.Policy
	var wholeDecisions map[string]*consent.Decision
	for i := range vendors {
		v := &vendors[i]
		if i%atOnce == 0 {
			var ids []string
			for _, asked := range vendors[i:min(i+atOnce, len(vendors))] {
				ids = append(ids, asked.ID)
			}
			whole, wholeDecisions = against(t, vendors, ids...)
		}
		e, ok := all[v.ID]
		if !ok {
			t.Errorf("%s has no examples", v.ID)
			continue
		}
		delete(all, v.ID)
		t.Run(v.ID, func(t *testing.T) {
			denied := wholeDecisions[v.ID]
			for _, k := range kinds {
				match, miss := k.lists(&e)
				for _, example := range match {
					if !k.belongs(t, whole, denied, v.ID, example) {
						t.Errorf("%s: %s is not recognised", k.name, example)
					}
				}
				for _, example := range miss {
					if k.belongs(t, whole, denied, v.ID, example) {
						t.Errorf("%s: %s is taken for the vendor's", k.name, example)
					}
				}
				useful := make([]bool, len(match))
				for _, pattern := range k.patterns(v) {
					rule := k.only(pattern)
					rule.ID, rule.Categories = v.ID, []string{askedFor(v.ID)}
					alone, decisions := against(t, []consent.Vendor{rule}, v.ID)
					denied := decisions[v.ID]
					recognised := false
					for i, example := range match {
						if k.belongs(t, alone, denied, v.ID, example) {
							recognised, useful[i] = true, true
						}
					}
					if !recognised {
						t.Errorf("%s: no example for %s", k.name, pattern)
					}
					if !slices.ContainsFunc(miss, func(example string) bool {
						return near(pattern, example) && !k.belongs(t, alone, denied, v.ID, example)
					}) {
						t.Errorf("%s: no near miss for %s: one that has %q in it", k.name, pattern, longestWord(pattern))
					}
				}
				// An inline script may also be recognised by a URL that it loads.
				urls := consent.Vendor{ID: v.ID, Categories: []string{askedFor(v.ID)}, URLs: v.URLs}
				byURL, decisions := against(t, []consent.Vendor{urls}, v.ID)
				denied := decisions[v.ID]
				for i, example := range match {
					if !useful[i] && (k.name != "inline" || !k.belongs(t, byURL, denied, v.ID, example)) {
						t.Errorf("%s: no rule alone recognises %s", k.name, example)
					}
				}
			}
		})
	}
	for id := range all {
		t.Errorf("there are examples for %s, which is not in the catalog", id)
	}
}

// justNames are patterns of old snippets, which write what follows the name in
// too many ways for one of them to be asked for.
var justNames = []string{
	"google_conversion_id", "google_conversion_label", "google_remarketing_for_search",
	"google_custom_params", "google_remarketing_only", "google_tag_params",
	"HubSpotConversations", "hs-script-loader", "facebook-jssdk", "fbAsyncInit", "WPGroHo", "pocket-btn-js", "twitter-wjs",
}

// State, lists of plug-ins and help texts name what vendors' scripts are
// called. A script is a vendor's for what it does, not for a name.
func TestAScriptThatOnlyNamesAVendorIsNotBlocked(t *testing.T) {
	p, d := denied(t)
	for _, v := range catalog.Vendors() {
		for _, pattern := range v.Inline {
			for _, word := range words.FindAllString(pattern, -1) {
				script := `window.state = {"scripts": ["` + word + `"], "help": "Paste ` + word + ` here"};`
				verdict := p.Inline([]byte(script), []byte(site), d)
				if verdict.Blocked != slices.Contains(justNames, word) {
					t.Errorf("%s: of %s: %+v", pattern, script, verdict.Verdict)
				}
			}
		}
	}
}

// near tells whether an example comes near a pattern: it has the pattern's
// longest word in it.
func near(pattern, example string) bool {
	return strings.Contains(strings.ToLower(example), longestWord(pattern))
}

var words = regexp.MustCompile(`[A-Za-z0-9_$-]+`)

func longestWord(pattern string) string {
	longest := ""
	for _, word := range words.FindAllString(pattern, -1) {
		if len(word) > len(longest) {
			longest = word
		}
	}
	return strings.ToLower(longest)
}

// readExamples reads all files in testdata but never.json. Each has the
// vendors of the catalog file of its name.
func readExamples(t *testing.T) map[string]examples {
	t.Helper()
	files, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]examples)
	for _, file := range files {
		var list map[string]examples
		readJSON(t, file, &list)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		vendors, err := catalog.Parse(file, data, strings.TrimSuffix(file, ".json"))
		if err != nil {
			t.Fatal(err)
		}
		for id, e := range list {
			if !slices.ContainsFunc(vendors, func(v consent.Vendor) bool { return v.ID == id }) {
				t.Errorf("testdata/%s has examples for %s, which is not in %s", file, id, file)
			}
			all[id] = e
		}
	}
	return all
}

func readJSON(t *testing.T, file string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// neverBlocked is testdata/never.json.
type neverBlocked struct {
	lists
	// Essential is what is a vendor's, and needs no consent.
	Essential lists
}

type lists struct{ URLs, Inline, Cookies []string }

// A visitor who denied everything still sees and keeps what is in never.json:
// links and widgets of companies that also have trackers, scripts that only
// look like one, the site's own cookies, and every cookie that holds a
// refusal.
func TestWhatIsNeverBlocked(t *testing.T) {
	var never neverBlocked
	readJSON(t, "never.json", &never)
	p, d := denied(t)
	for _, raw := range never.URLs {
		if v := judgeURL(t, p, d, raw); v.Blocked || v.Known {
			t.Errorf("%s: %+v", raw, v)
		}
	}
	for _, script := range never.Inline {
		if v := p.Inline([]byte(script), []byte(site), d); v.Blocked || v.Known {
			t.Errorf("%s: %+v", script, v.Verdict)
		}
	}
	for _, name := range never.Cookies {
		if v := p.Cookie(name, d); !v.Allow || v.Session {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// Payments, CAPTCHAs, protection against robots and consent managers are
// known, and are there for who denied everything: those that never.json
// names, and all others in essential.json.
func TestWhatIsEssentialIsKnownAndNeverBlocked(t *testing.T) {
	var never neverBlocked
	readJSON(t, "never.json", &never)
	tests := never.Essential
	all := readExamples(t)
	essential := make(map[string]bool)
	for _, v := range catalog.Vendors() {
		if slices.Equal(v.Categories, []string{"essential"}) {
			essential[v.ID] = true
			tests.URLs = append(tests.URLs, all[v.ID].URLs.Match...)
			tests.Inline = append(tests.Inline, all[v.ID].Inline.Match...)
			tests.Cookies = append(tests.Cookies, all[v.ID].Cookies.Match...)
		}
	}
	p, d := denied(t)
	for _, raw := range tests.URLs {
		if v := judgeURL(t, p, d, raw); v.Blocked || !v.Known || !essential[v.Vendor] {
			t.Errorf("%s: %+v", raw, v)
		}
	}
	for _, script := range tests.Inline {
		if v := p.Inline([]byte(script), []byte(site), d); v.Blocked || !v.Known || !essential[v.Vendor] {
			t.Errorf("%s: %+v", script, v.Verdict)
		}
	}
	for _, name := range tests.Cookies {
		if v := p.Cookie(name, d); !v.Allow || !v.Known || !essential[v.Vendor] {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// denied is the default policy, and the decision for a visitor who granted
// nothing.
func denied(t *testing.T) (*consent.Policy, *consent.Decision) {
	t.Helper()
	p, _, err := consent.Compile(consent.Config{Catalog: catalog.Vendors()})
	if err != nil {
		t.Fatal(err)
	}
	d := p.Decide(consent.Request{Host: site, Now: time.Now()})
	return p, &d
}

func judgeURL(t *testing.T, p *consent.Policy, d *consent.Decision, raw string) consent.Verdict {
	t.Helper()
	var u weburl.URL
	if !u.Parse([]byte(raw), nil) {
		t.Fatalf("%s is not a URL", raw)
	}
	return p.URL(&u, []byte(site), d)
}
