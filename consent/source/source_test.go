package source_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent/source"
)

// read reads a Cookie header by a source.
func read(tb testing.TB, text string, headers ...string) string {
	tb.Helper()
	c, err := source.Parse(text)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	s, err := source.Compile(c)
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return spell(s, s.Read(&source.Request{Cookies: headers}))
}

// spell writes a reading in one line: "answered +analytics -advertising".
func spell(s *source.Source, r source.Reading) string {
	words := []string{r.State.String()}
	for i, name := range s.Categories() {
		switch bit := source.Set(1) << i; {
		case r.Granted&bit != 0:
			words = append(words, "+"+name)
		case r.Denied&bit != 0:
			words = append(words, "-"+name)
		}
	}
	if r.Reason != "" {
		words = append(words, "("+r.Reason+")")
	}
	return strings.Join(words, " ")
}

func TestASourceReadsWhatItsGrammarSays(t *testing.T) {
	const lists = "source c list , {\n analytics a\n}"
	for _, c := range []struct{ name, source, header, want string }{
		{"no cookie", "source onetrust", "a=b", "unanswered (no cookie)"},
		{"names are exact", "source c value analytics=y", "C=y; cc=y", "unanswered (no cookie)"},
		{"quotes and braces in a value", "source c json analytics=a.b", `x=1; c={"a":{"b":true}}; y`, "answered +analytics"},
		{"an index", "source c json analytics=0.1", `c=[["a",true]]`, "answered +analytics"},
		{"a key with a dot in it", `source c json analytics=a\.b`, `c={"a.b":1}`, "answered +analytics"},
		{"a member of the whole value", "source c json analytics=[x]", `c=["x"]`, "answered +analytics"},
		{"a member that is a number", "source c json analytics=g[7]", `c={"g":[7]}`, "answered +analytics"},
		{"not a member", "source c json analytics=g[7]", `c={"g":[77]}`, "answered -analytics"},
		{"no list", "source c json analytics=g[7]", `c={"g":7}`, "unanswered (nothing about any category)"},
		{"null is nothing", "source c json analytics=a advertising=b", `c={"a":null,"b":false}`, "answered -advertising"},
		{"a structure is nothing", "source c json analytics=a", `c={"a":{"b":true}}`, "unanswered (nothing about any category)"},
		{"two documents are none", "source c json analytics=a", `c={"a":true} {"a":true}`, "unanswered (malformed)"},
		{"cut off", "source c json analytics=a", `c={"a":true`, "unanswered (malformed)"},
		{"an empty value", "source c json analytics=a", "c=", "unanswered (malformed)"},
		{"an empty list says nothing", lists, "c=", "unanswered (malformed)"},
		{"a list in JSON", lists, "c=%5B%22a%22%5D", "answered +analytics"},
		{"a broken list in JSON", lists, `c=["a"`, "unanswered (malformed)"},
		{"half encoded", lists, "c=[%22a%22]", "answered +analytics"},
		{"a percent sign that begins nothing", "source c value analytics=50%", "c=50%", "answered +analytics"},
		{"legitimate interest", "source c pairs {\n granted accepted\n analytics a\n}", "c=a:legitimate interest", "answered -analytics"},
		{"words in any case", "source c pairs analytics=a", "c=a:TRUE", "answered +analytics"},
		{"a word beside the listed ones", "source c pairs {\n denied no\n analytics a\n}", "c=a:wait", "unanswered (nothing about any category)"},
		{"a key that is there twice", "source c pairs analytics=a", "c=a:1,a:0", "answered -analytics"},
		{"an empty word", "source c pairs {\n analytics a\n social b\n}", "c=a:,b:1", "answered +social"},
		{"a number", "source c value analytics=>=2", "c=10", "answered +analytics"},
		{"a lower number", "source c value analytics=>=2", "c=1", "answered -analytics"},
		{"no number", "source c value analytics=>=2", "c=x", "unanswered (nothing about any category)"},
		{"all of a line", "source c pairs {\n analytics a b\n}", "c=a:1,b:0", "answered -analytics"},
		{"all of a line, one of which is not there", "source c pairs {\n analytics a b\n}", "c=a:1", "unanswered (nothing about any category)"},
		{"any line", "source c pairs {\n analytics a\n analytics b\n}", "c=a:0,b:1", "answered +analytics"},
		{"what is not there is denied", "source c pairs {\n analytics a\n missing denied\n}", "c=b:1", "answered -analytics"},
		{"a refusal turned round", "source c json analytics=!no[a]", `c={"no":["a"]}`, "answered -analytics"},
		{"no refusal", "source c json analytics=!no[a]", `c={"no":[]}`, "answered +analytics"},
		{"no list of refusals", "source c json analytics=!no[a]", `c={}`, "unanswered (nothing about any category)"},
		{"one of several values", "source c pairs analytics=a=2|3", "c=a:3", "answered +analytics"},
		{"several cookies are the pairs", "source c_* cookies analytics=a", "c_a=1; c_b=0", "answered +analytics"},
		{"a parameter of a query", "source c list , {\n decode param:g url\n analytics x\n}", "c=u=1%26g%3Dx&g=x%2Cy", "answered +analytics"},
		{"a parameter that is there twice", "source c list , {\n decode param:g\n analytics x\n}", "c=g=x&g=y", "unanswered (malformed)"},
		{"base64 of the web", "source c json {\n decode base64\n analytics a\n}", "c=eyJhIjp0cnVlLCJiIjoiw7_Dv8O_In0", "answered +analytics"},
		{"base64 that is padded", "source c json {\n decode url base64\n analytics a\n}", "c=eyJhIjp0cnVlfQ%3D%3D", "answered +analytics"},
		{"no base64", "source c json {\n decode base64\n analytics a\n}", "c=!", "unanswered (malformed)"},
		{"from, until, trim, strip", "source c value {\n decode from:( until:| trim:() strip:-\n analytics yes\n}", "c=x(y-es)|z", "answered +analytics"},
		{"answered by another cookie", "source c pairs {\n answered cookie:d=1|2\n analytics a\n}", "d=2; c=a:1", "answered +analytics"},
		{"not answered by another cookie", "source c pairs {\n answered cookie:d=1|2\n analytics a\n}", "d=3; c=a:1", "unanswered (not answered yet)"},
		{"one of two tests", "source c pairs {\n answered has:x,has:a\n analytics a\n}", "c=a:1", "answered +analytics"},
		{"implied", "source c pairs {\n implied x=1&y=1\n analytics a\n}", "c=a:1,x:1,y:1", "implied +analytics"},
		{"half implied", "source c pairs {\n implied x=1&y=1\n analytics a\n}", "c=a:1,x:1", "answered +analytics"},
		{"a whole value", "source c pairs {\n when 0 denied\n analytics a\n social b\n}", "c=0", "answered -analytics -social"},
		{"a cookie sent twice, the same", "source c value analytics=y", "c=y; c=y", "answered +analytics"},
		{"a cookie sent twice, the stricter counts", "source c pairs {\n analytics a\n social b\n}", "c=a:1,b:1; c=a:0,b:1", "answered -analytics +social"},
		{"a cookie sent twice, one of them broken", "source c json analytics=a", `c={"a":true}; c={`, "unanswered (duplicate)"},
		{"other cookies that a pattern matches", "source c-* json analytics=a", `c-1={"a":true}; c-2=broken`, "answered +analytics"},
		{"the same, in the other order", "source c-* json analytics=a", `c-2=broken; c-1={"a":true}`, "answered +analytics"},
		{"a pattern with an end", "source c*-x list analytics=a", "c1-x=a; c1=b", "answered +analytics"},
		{"an override takes the place of a preset's lines", "source onetrust {\n analytics C0009\n}", "OptanonConsent=groups=C0002%3A1%2CC0009%3A0; OptanonAlertBoxClosed=x", "answered -analytics"},
		{"another cookie for a preset", "source tcf mine", "mine=CP6vdoAP6vdoAAHABBENApEgAAAAAAAAAAAAAAAAAAAA", "answered -advertising -analytics -performance"},
		// What grants although nobody said yes, or hides a no.
		{"shopify: what holds in the region is no answer beside one", "source shopify", `_tracking_consent={"con":{"CMP":{"a":"0","m":"","p":""}},"purposes":{"a":false,"m":true,"p":true}}`, "answered -advertising -analytics -performance"},
		{"a pattern's cookie that is there twice, once broken", "source iubenda", `_iub_cs-1={"purposes":{"4":true}}; _iub_cs-1=x`, "unanswered (duplicate)"},
		{"a refusal beside a broken one stays", "source klaro {\n analytics ga\n}", `klaro={"ga":false}; klaro={`, "unanswered -analytics (duplicate)"},
		{"too many of one name", "source c value analytics=y", strings.Repeat("c=y; ", 9), "unanswered (duplicate)"},
		{"drupal: disagreed", "source drupal", `cookie-agreed=0; cookie-agreed-categories=["analytics"]`, "answered -advertising -analytics -performance"},
		{"drupal: disagreed, and no categories", "source drupal", "cookie-agreed=0; cookie-agreed-categories=%5B%5D", "answered -advertising -analytics -performance"},
		{"drupal: disagreed, and nothing else", "source drupal", "cookie-agreed=0", "answered -advertising -analytics -performance"},
		{"cookieyes: closed with a no", "source cookieyes-legacy", "viewed_cookie_policy=no; cookielawinfo-checkbox-analytics=yes", "answered -advertising -analytics -performance"},
		{"cookiebot: cut off", "source cookiebot", "CookieConsent={stamp:'G==',necessary:true,preferences:true,statistics:true,marketing:true,meth", "unanswered (not answered yet)"},
		{"tealium: all at once", "source tealium", "CONSENTMGR=ts:1700000000000%7Cconsent:true", "answered +advertising +analytics +performance +social"},
		{"tealium: nothing at all", "source tealium", "CONSENTMGR=ts:1700000000000%7Cconsent:false", "answered -advertising -analytics -performance -social"},
		{"tealium: categories count before all", "source tealium", "CONSENTMGR=c1:1%7Cc3:0%7Cconsent:true", "answered -advertising +analytics"},
		{"drupal: with categories the status says nothing of them", "source drupal-simple", `cookie-agreed=2; cookie-agreed-categories=["necessary"]`, "unanswered (not answered yet)"},
		{"drupal: no status", "source drupal-simple", "cookie-agreed=99", "unanswered (not answered yet)"},
		{"trustarc: an implied level", "source trustarc-level", "notice_preferences=2::implied,eu", "implied +advertising +analytics +performance"},
		{"trustarc: no level", "source trustarc-level", "notice_preferences=1760000000", "unanswered (not answered yet)"},
		{"cookiebot: another's cookie", "source cookiebot", `CookieConsent={"statistics":true,"marketing":true}`, "unanswered (not answered yet)"},
		{"tealium: of what is not there a refusal of all says nothing", "source tealium", "CONSENTMGR=c1:0%7Cc3:0%7Cts:1%7Cconsent:false", "answered -advertising -analytics"},
		{"a value in quotes", "source vanilla", `cc_cookie="{%22categories%22:[%22analytics%22]}"`, "answered -advertising +analytics -performance"},
		{"a US string in quotes", "source usp", `usprivacy="1YYN"`, "answered -advertising"},
		{"a US string in small letters", "source usp", "usprivacy=1yyn", "answered -advertising"},
		{"a word that grants everything", "source cookieconsent {\n granted allow dismiss\n}", "cookieconsent_status=dismiss", "answered +advertising +analytics +performance +social"},
		{"a word that does not", "source cookieconsent {\n granted allow dismiss\n}", "cookieconsent_status=deny", "answered -advertising -analytics -performance -social"},
		{"matomo: cookies only", "source matomo", "mtm_cookie_consent=1749703629020", "answered +analytics"},
		{"matomo: cookies only, removed", "source matomo", "mtm_cookie_consent=1749703629020; mtm_consent_removed=1749703629021", "answered -analytics"},
		{"matomo: no time", "source matomo", "mtm_consent=deleted", "unanswered (nothing about any category)"},
		{"matomo: removed", "source matomo", "mtm_consent=1664460134155; mtm_consent_removed=1664460134156", "answered -analytics"},
		{"borlabs: plain values", "source borlabs", `borlabs-cookie={"consents":{"statistics":false,"marketing":0}}`, "answered -advertising -analytics -social"},
		{"onetrust: an empty sign of an answer", "source onetrust", "OptanonConsent=groups=C0002%3A1; OptanonAlertBoxClosed=", "implied +analytics"},
		{"onetrust: another group of the old name", "source onetrust", "OptanonConsent=groups=C0002%3A0%2C2%3A1; OptanonAlertBoxClosed=x", "answered -analytics"},
		{"onetrust: a landing page by its path", "source onetrust", "OptanonConsent=landingPath=%2Fshop&groups=C0002%3A1; OptanonAlertBoxClosed=x", "implied +analytics"},
		{"vanilla: categories count before level", "source vanilla", `cc_cookie={"categories":["necessary"],"level":["analytics"]}`, "answered -advertising -analytics -performance"},
		{"complianz: the banner is shown", "source complianz", "cmplz_statistics=allow; cmplz_banner-status=show", "unanswered (not answered yet)"},
		{"iubenda: one answer for all", "source iubenda", `_iub_cs-1={"consent":true}`, "answered +advertising +analytics +performance"},
		{"iubenda: one refusal for all", "source iubenda", `_iub_cs-1={"consent":false}`, "answered -advertising -analytics -performance"},
		{"cookie-script: rejected", "source cookie-script", `CookieScriptConsent={"action":"reject"}`, "answered -advertising -analytics -performance"},
		{"a section of GPP that is broken", "source gpp", "OTGPPConsent=DBABTA~ZZZZ", "unanswered (malformed)"},
		{"a TC string within GPP", "source g gpp analytics=1", "g=DBABLA~BVQVAAAAAgA.QA", "unanswered (nothing about any category)"},
		{"a special feature", "source g tcf analytics=sf1", "g=CP6vdoAP6vdoAAHABBENApEgAAAAAAAAAAAAAAAAAAAA", "answered -analytics"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := read(t, c.source, c.header); got != c.want {
				t.Errorf("%s of %s: %s, want %s", c.source, c.header, got, c.want)
			}
		})
	}
}

func TestOversizedValuesAreNotRead(t *testing.T) {
	long := strings.Repeat(" ", 16<<10)
	if got := read(t, "source c json analytics=a", `c={"a":`+long+`true}`); got != "unanswered (oversized)" {
		t.Error(got)
	}
	if got := read(t, "source c_* cookies analytics=a", "c_a=1; c_b=x"+strings.Repeat("x", 16<<10)); got != "unanswered (oversized)" {
		t.Error(got)
	}
}

func TestASourceReadsAHeader(t *testing.T) {
	c, err := source.Parse("source header X-Choice {\n analytics analytics\n}")
	if err != nil {
		t.Fatal(err)
	}
	s, err := source.Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	r := source.Request{Header: func(name string) []string {
		if name == "X-Choice" {
			return []string{"social", "analytics"}
		}
		return nil
	}}
	if got := spell(s, s.Read(&r)); got != "answered +analytics" {
		t.Error(got)
	}
	if got := spell(s, s.Read(&source.Request{Cookies: []string{"X-Choice=analytics"}})); got != "unanswered (no cookie)" {
		t.Error(got)
	}
}

// Every mistake names its line and what is wrong.
func TestEveryMistakeNamesItsLine(t *testing.T) {
	for _, c := range []struct {
		text, want string
		line       int
	}{
		{"source onetrsut", `unknown preset "onetrsut", did you mean "onetrust"?`, 1},
		{"source c jsn analytics=a", `unknown format "jsn", did you mean "json"?`, 1},
		{"source", `a name is missing, like: source onetrust`, 1},
		{"source header", `a name is missing, like: source header X-Consent-Choice`, 1},
		{"source klaro other third", `a preset takes no more than the name of a cookie; put into a block "third"`, 1},
		{"source own x", `this source has no cookie to name: "x"`, 1},
		{"source c json {\n decode url\n answered\n}", `a value is missing after "answered"`, 3},
		{"source c json {\n when 0\n}", `want a value and what it means, like: when 0 denied; not "0"`, 2},
		{"source c json {\n Answered x\n}", `neither a word of the grammar nor a category: "Answered", did you mean "answered"?`, 2},
		{"source c json {\n analytics a", `the block is not closed: "}" is missing`, 2},
		{"source c json {\n opt_out x\n}", `opt_out takes no value, not "x"`, 2},
		{"source c list \"a", `a quote is not closed: "` + "\"a" + `"`, 1},
		{"source c json\nsource d json", "want exactly one source", 1},
		// From here on, what compiling finds.
		{"source klaro", `nothing tells which categories it answers for: add lines like analytics <selector>`, 0},
		{"source c json {\n analytics a\n decode ulr\n}", `unknown step "ulr", did you mean "url"?`, 0},
		{"source c json {\n analytics a\n decode from\n}", `an argument is missing after the colon: "from"`, 0},
		{"source c json {\n analytics a\n decode url:x\n}", `url takes no argument: "url:x"`, 0},
		{"source c json {\n analytics a\n missing maybe\n}", `missing: want denied or unanswered, not "maybe"`, 0},
		{"source c json {\n analytics a\n when 0 no\n}", `when: want granted, denied, implied or unanswered, not "no"`, 0},
		{"source c json analytics=a..b", `want a path like a.b or a.b[c], not "a..b"`, 0},
		{"source c json analytics=a[]", `want a path like a.b or a.b[c], not "a[]"`, 0},
		{"source c value analytics=>=x", `want a whole number after >=: ">=x"`, 0},
		{"source c tcf analytics=25", `want a purpose's number (1 to 24) or sf1 to sf12, not "25"`, 0},
		{"source c usp analytics=1", `want sell, not "1"`, 0},
		{"source c cookies analytics=a", `the format cookies wants a name that ends in a star, not "c"`, 0},
		{"source c*d*e json analytics=a", `want a name, or a pattern with one star, not "c*d*e"`, 0},
		{"source c json , analytics=a", `the format json takes 0 separators at most, not ","`, 0},
		{"source c_* cookies {\n analytics a\n when 1 denied\n}", `the format cookies has no whole value for "when"`, 0},
		{"source c list {\n analytics a\n granted b\n}", `the entries of a list have no words beside them, like "b"`, 0},
		{"source c json {\n answred a\n}", `neither a word of the grammar nor a category: "answred", did you mean "answered"?`, 2},
		{"source c json {\n analytics a\n answered raw~\n}", `a text is missing after raw~: "raw~"`, 0},
		{"source c json {\n analytics a\n answered cookie:=1\n}", `a cookie's name is missing: "cookie:=1"`, 0},
	} {
		t.Run(c.text, func(t *testing.T) {
			cfg, err := source.Parse(c.text)
			if (err == nil) != (c.line == 0) {
				t.Fatalf("parsing: %v", err)
			}
			if err == nil {
				_, err = source.Compile(cfg)
			}
			var mistake *source.Error
			if !errors.As(err, &mistake) || mistake.Error() != c.want || mistake.Line != c.line {
				t.Errorf("got %v (%+v), want line %d: %s", err, mistake, c.line, c.want)
			}
		})
	}
}

// A preset is complete in itself, unless it says that the site must name its
// services.
func TestAPresetIsCompleteUnlessItNeedsServices(t *testing.T) {
	names := source.Presets()
	if len(names) != 39 {
		t.Errorf("%d presets", len(names))
	}
	incomplete := []string{"didomi", "klaro", "tarteaucitron", "zaraz"}
	for _, name := range names {
		_, err := source.Compile(source.Config{Preset: name})
		if (err != nil) != slices.Contains(incomplete, name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzRead: whatever stands in a Cookie header, nothing panics, no category is
// both granted and denied, only what is answered or implied says anything, and
// sending a cookie twice grants no more than sending it once.
func FuzzRead(f *testing.F) {
	var all []*source.Source
	for _, name := range source.Presets() {
		if s, err := source.Compile(source.Config{Preset: name}); err == nil {
			all = append(all, s)
		}
	}
	for _, header := range []string{
		`cc_cookie={"categories":["analytics"]}`, "OptanonConsent=groups=C0001%3A1%2CC0002%3A1; OptanonAlertBoxClosed=x",
		"CookieConsent={stamp:%27a%27%2Cnecessary:true%2Cstatistics:true%2Cmethod:%27explicit%27}", "euconsent-v2=CP6vdoAP6vdoAAHABBENApEgAAAAAAAAAAAAAAAAAAAA",
		"OTGPPConsent=DBABLA~BVQVAAAAAgA.QA", "usprivacy=1YNN", "cmplz_statistics=allow; cmplz_marketing=deny", "notice_gdpr_prefs=0,1::implied",
		"FCCDCF=%5Bnull%2Cnull%2Cnull%2C%5B%22CP2G1QAP2G1QAEsACDENAdEgAAAAAAAAAAwIAAAGfgAgGfAA%22%5D%5D", `CookieScriptConsent={"action":"accept","categories":"[\"performance\"]"}`,
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		for _, s := range all {
			r := s.Read(&source.Request{Cookies: []string{header}})
			said := r.Granted | r.Denied
			if r.Granted&r.Denied != 0 || (r.State == source.Unanswered) != (r.Reason != "") || said == 0 && r.State != source.Unanswered || r.State == source.Unanswered && r.Granted != 0 {
				t.Fatalf("%s: %+v", s.Name(), r)
			}
			twice := s.Read(&source.Request{Cookies: []string{header, header}})
			if twice.Granted&^r.Granted != 0 {
				t.Fatalf("%s: once %+v, twice %+v", s.Name(), r, twice)
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	for _, c := range []struct{ preset, header string }{
		{"onetrust", "a=b; OptanonConsent=isGpcEnabled=0&datestamp=Wed+Apr+03+2024&version=202303.2.0&hosts=&landingPath=NotLandingPage&groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A0%2CC0005%3A0; OptanonAlertBoxClosed=2024-04-03T05:46:58.824Z"},
		{"tcf", "a=b; euconsent-v2=CP20-YAP20-YAAKAyBENAfEgAAAAAAAAAAAwIAAAI8gBAGfAR4AAA.YAAAAAAAAAAA"},
		{"cookiebot", "CookieConsent={stamp:%27AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==%27%2Cnecessary:true%2Cpreferences:false%2Cstatistics:true%2Cmarketing:true%2Cmethod:%27explicit%27%2Cver:1}"},
		{"vanilla", "cc_cookie=%7B%22categories%22%3A%5B%22necessary%22%2C%22analytics%22%5D%2C%22revision%22%3A0%2C%22data%22%3Anull%7D"},
	} {
		b.Run(c.preset, func(b *testing.B) {
			s, err := source.Compile(source.Config{Preset: c.preset})
			if err != nil {
				b.Fatal(err)
			}
			r := source.Request{Cookies: []string{c.header}}
			if s.Read(&r).State == source.Unanswered {
				b.Fatal("unanswered")
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Read(&r)
			}
		})
	}
}
