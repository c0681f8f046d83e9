package consent_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/source"
)

// sources parses sources in the grammar.
func sources(tb testing.TB, texts ...string) []source.Config {
	tb.Helper()
	var out []source.Config
	for _, text := range texts {
		c, err := source.Parse(text)
		if err != nil {
			tb.Fatalf("%s: %v", text, err)
		}
		out = append(out, c)
	}
	return out
}

func TestSourcesAreCombined(t *testing.T) {
	const (
		first  = "source a pairs analytics=x advertising=y"
		second = "source b pairs analytics=x performance=z"
	)
	for _, c := range []struct {
		name    string
		sources []string
		config  consent.Config
		header  string
		want    string // granted, state, source, reason
	}{
		{"nothing there", []string{first, second}, consent.Config{}, "", "essential unanswered  no cookie"},
		{"the first that answers decides what it knows", []string{first, second}, consent.Config{}, "a=x:0,y:1; b=x:1,z:1", "essential performance advertising social answered a "},
		{"the second alone", []string{first, second}, consent.Config{}, "b=x:1,z:0", "essential analytics answered b "},
		{"a broken first leaves it to the second", []string{first, second}, consent.Config{}, "a=nothing; b=x:1,z:0", "essential analytics answered b "},
		{"a broken one alone", []string{first}, consent.Config{}, "a=nothing", "essential unanswered a malformed"},
		{"social follows advertising", []string{"source a pairs advertising=y"}, consent.Config{}, "a=y:1", "essential advertising social answered a "},
		{"social has a selector of its own", []string{"source a pairs advertising=y social=s"}, consent.Config{}, "a=y:1", "essential advertising answered a "},
		{"implied is no answer", []string{"source a pairs {\n implied i=1\n analytics x\n}"}, consent.Config{}, "a=x:1,i:1", "essential implied a "},
		{"implied counts if it may", []string{"source a pairs {\n implied i=1\n analytics x\n}"}, consent.Config{ImpliedAllow: true}, "a=x:1,i:1", "essential analytics implied a "},
		{"an answer beats what was implied", []string{"source a pairs {\n implied i=1\n analytics x\n}", second}, consent.Config{ImpliedAllow: true}, "a=x:1,i:1; b=x:0,z:1", "essential performance answered b "},
		{"an implied denial counts where unanswered is allowed", []string{"source a pairs {\n implied i=1\n analytics x\n}"}, consent.Config{UnansweredAllow: true}, "a=x:0,i:1", "essential performance advertising social implied a "},
		{"opting out only denies", []string{"source usp"}, consent.Config{}, "usprivacy=1YNN", "essential unanswered  no cookie"},
		{"not having opted out grants nothing", []string{"source usp", "source a pairs analytics=x"}, consent.Config{}, "usprivacy=1YNN; a=x:1", "essential analytics answered a "},
		{"opting out beats an answer", []string{first, "source usp"}, consent.Config{}, "a=x:1,y:1; usprivacy=1YYN", "essential analytics answered a "},
		{"opting out where unanswered is allowed", []string{"source usp"}, consent.Config{UnansweredAllow: true}, "usprivacy=1YYN", "essential analytics performance unanswered  no cookie"},
		{"what may be a refusal denies all where unanswered is allowed", []string{first}, consent.Config{UnansweredAllow: true}, "a=nothing", "essential unanswered a malformed"},
		{"nothing denied where unanswered is allowed", []string{first}, consent.Config{UnansweredAllow: true}, "z=1", "essential analytics performance advertising social unanswered  no cookie"},
		{"two that disagree", []string{first}, consent.Config{}, "a=x:1,y:1; a=x:0,y:1", "essential advertising social answered a "},
		{"social is refused with advertising, even where it has a selector", []string{"source onetrust"}, consent.Config{UnansweredAllow: true}, "OptanonConsent=groups=C0002%3A0%2CC0003%3A0%2CC0004%3A0; OptanonAlertBoxClosed=x", "essential answered onetrust "},
		{"a cookie that says nothing may be a refusal", []string{first}, consent.Config{UnansweredAllow: true}, "a=q:1", "essential unanswered a nothing about any category"},
		{"whom no law lets opt out has not refused", []string{"source usp"}, consent.Config{UnansweredAllow: true}, "usprivacy=1---", "essential analytics performance advertising social unanswered  no cookie"},
		{"an opt-out beside a broken one stays", []string{first, "source usp"}, consent.Config{}, "a=x:1,y:1; usprivacy=1YYN; usprivacy=x", "essential analytics answered a "},
		{"sale is never granted, whatever the cookie's name", []string{"source p usp advertising=sell"}, consent.Config{}, "p=1YNN", "essential unanswered  no cookie"},
		{"an old answer does not override a new one", []string{"source own", first}, consent.Config{}, "consent=1.0.1500000000.r..analytics; a=x:1", "essential analytics answered a "},
		{"own among others", []string{first, "source own"}, consent.Config{}, "consent=OWN", "essential analytics answered own "},
		{"own behind another", []string{first, "source own"}, consent.Config{}, "a=x:0; consent=OWN", "essential answered a "},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.config.Sources = sources(t, c.sources...)
			p := compile(t, c.config)
			header := strings.Replace(c.header, "OWN", p.FormatOwn(answer(p, "analytics"), site), 1)
			d := p.Decide(consent.Request{Cookies: []string{header}, Host: site, Now: now})
			got := strings.Join(p.GrantedNames(&d), " ") + " " + d.State.String() + " " + d.Source + " " + d.Reason
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestAHeaderListsWhatIsGranted(t *testing.T) {
	p := compile(t, consent.Config{Sources: sources(t, "source header X-Choice")})
	d := p.Decide(consent.Request{Now: now, Host: site, Header: func(string) []string { return []string{"analytics, social"} }})
	if got := strings.Join(p.GrantedNames(&d), " "); got != "essential analytics social" {
		t.Error(got)
	}
	if got := p.SourceHeaders(); len(got) != 1 || got[0] != "X-Choice" {
		t.Error(got)
	}
}

// Managers' cookies are needed to know what was chosen: no rule takes them.
func TestCookiesOfSourcesAlwaysPass(t *testing.T) {
	p := compile(t, consent.Config{UnknownCookies: consent.Strip, Sources: sources(t, "source onetrust", "source iubenda")})
	d := p.Nothing()
	for name, want := range map[string]bool{
		"OptanonConsent": true, "OptanonAlertBoxClosed": true, "_iub_cs-1": true, "consent": true, "optanonconsent": false, "x": false,
	} {
		if got := p.Cookie(name, &d).Allow; got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestMistakesInSources(t *testing.T) {
	for _, c := range []struct {
		source, want string
	}{
		{"source onetrust {\n analytisc C1\n}", `source "onetrust": unknown category "analytisc", did you mean "analytics"?`},
		{"source onetrust {\n essential C1\n}", `source "onetrust": a required category is always granted, and no cookie says so: "essential"`},
		{"source c json {\n analytics a\n decode x\n}", `source "c": unknown step "x"`},
	} {
		_, _, err := consent.Compile(consent.Config{Sources: sources(t, c.source)})
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	for _, name := range source.Bridged() {
		c := source.Config{Preset: name}
		if !source.NeedsBridge(name) {
			continue
		}
		_, _, err := consent.Compile(consent.Config{Sources: []source.Config{c}})
		var mistake *consent.Error
		if !errors.As(err, &mistake) || mistake.Word != "bridge" || !strings.Contains(err.Error(), source.KeptWhere(name)) {
			t.Errorf("%s without the bridge: %v", name, err)
		}
		p := compile(t, consent.Config{Sources: []source.Config{c}, Bridge: true})
		if !p.HasOwn() {
			t.Errorf("%s: the bridge's cookie is not read", name)
		}
	}
	if _, _, err := consent.Compile(consent.Config{Sources: sources(t, "source own", "source own")}); err == nil {
		t.Error("own twice")
	}
}

// FuzzSources: whatever stands in a Cookie header, from there to the decision
// nothing panics, and nothing is granted that no source alone has granted.
func FuzzSources(f *testing.F) {
	texts := []string{"source onetrust", "source cookiebot", "source vanilla", "source tcf", "source iubenda", "source complianz", "source usp", "source gpp", "source own"}
	all := compile(f, consent.Config{Sources: sources(f, texts...)})
	var alone []*consent.Policy
	for _, text := range texts {
		alone = append(alone, compile(f, consent.Config{Sources: sources(f, text)}))
	}
	for _, header := range []string{
		`cc_cookie={"categories":["analytics"]}; usprivacy=1YYN`, "OptanonConsent=groups=C0002%3A1%2CC0004%3A1; OptanonAlertBoxClosed=x; euconsent-v2=CP6vdoAP6vdoAAHABBENApEgAAAAAAAAAAAAAAAAAAAA",
		"CookieConsent={stamp:%27a%27%2Cnecessary:true%2Cstatistics:true}; consent=" + all.FormatOwn(answer(all, "social"), site), `_iub_cs-1={"purposes":{"4":true}}; cmplz_marketing=allow; OTGPPConsent=DBABLA~BVQVAAAAAgA.QA`,
	} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		r := consent.Request{Cookies: []string{header}, Host: site, Now: now}
		d := all.Decide(r)
		var union consent.Set
		for _, p := range alone {
			union |= p.Decide(r).Granted
		}
		if d.Granted&^union != 0 || d.State != consent.Answered && d.Granted != all.Nothing().Granted {
			t.Fatalf("%q grants %v: %+v", header, all.GrantedNames(&d), d)
		}
	})
}

// BenchmarkSources is what a request costs, from its raw header to the decision.
func BenchmarkSources(b *testing.B) {
	for _, c := range []struct{ source, header string }{
		{"own", ""},
		{"onetrust", "a=b; OptanonConsent=isGpcEnabled=0&datestamp=Wed+Apr+03+2024&version=202303.2.0&hosts=&landingPath=NotLandingPage&groups=C0001%3A1%2CC0002%3A1%2CC0003%3A1%2CC0004%3A0%2CC0005%3A0; OptanonAlertBoxClosed=2024-04-03T05:46:58.824Z"},
		{"tcf", "a=b; euconsent-v2=CP20-YAP20-YAAKAyBENAfEgAAAAAAAAAAAwIAAAI8gBAGfAR4AAA.YAAAAAAAAAAA"},
	} {
		b.Run(c.source, func(b *testing.B) {
			p := compile(b, consent.Config{Sources: sources(b, c.source)})
			if c.header == "" {
				c.header = "a=b; consent=" + p.FormatOwn(answer(p, "analytics"), site)
			}
			r := consent.Request{Cookies: []string{c.header}, Host: site, Now: now}
			if d := p.Decide(r); d.State != consent.Answered {
				b.Fatalf("%+v", d)
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Decide(r)
			}
		})
	}
}
