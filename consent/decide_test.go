package consent_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
)

var (
	nothing    = []string{"essential"}
	everything = []string{"essential", "analytics", "performance", "advertising", "social"}
)

// Each way in which a request can fail to bring an answer, with what is
// granted then: opt-in always grants nothing, opt-out what the visitor cannot
// have refused.
func TestConsentIsFailClosed(t *testing.T) {
	const revision = 3
	at := func(at time.Time) string {
		p := compile(t, consent.Config{Revision: revision})
		return p.FormatOwn(consent.Choice{At: at, How: consent.Custom, Granted: []string{"analytics"}, Denied: []string{"social"}}, site)
	}
	good := at(now)
	notRefused := []string{"essential", "analytics", "performance", "advertising"}
	for _, c := range []struct {
		name    string
		cookies []string
		reason  string
		optOut  []string
	}{
		{"no cookies", nil, "no cookie", everything},
		{"an empty header", []string{""}, "no cookie", everything},
		{"cookies of others", []string{"session=1; _ga=" + good}, "no cookie", everything},
		{"a name that ends the same", []string{"xconsent=" + good}, "no cookie", everything},
		{"a name in capitals", []string{"Consent=" + good}, "no cookie", everything},
		{"the name for TLS, without TLS", []string{"__Host-consent=" + good}, "no cookie", everything},
		{"the name in another cookie's value", []string{"a=consent=" + good}, "no cookie", everything},
		{"the value without a name", []string{good}, "no cookie", everything},
		{"an empty value", []string{"consent="}, "malformed", nothing},
		{"a value that is something else", []string{"consent=true"}, "malformed", nothing},
		{"a value that is cut off", []string{"consent=" + good[:len(good)-7]}, "malformed", nothing},
		{"a value in quotes", []string{`consent="` + good + `"`}, "malformed", nothing},
		{"a value that is too long", []string{"consent=" + good + strings.Repeat("~a", 4096)}, "oversized", nothing},
		{"two cookies", []string{"consent=" + good + "; consent=" + at(now.Add(-day))}, "duplicate", nothing},
		{"two equal cookies", []string{"consent=" + good + "; a=b; consent=" + good}, "duplicate", nothing},
		{"two cookies in two lines", []string{"consent=" + good, "consent=" + good}, "duplicate", nothing},
		{"a good and a bad cookie", []string{"consent=x; consent=" + good}, "duplicate", nothing},
		{"an answer that is too old", []string{"consent=" + at(now.Add(-181*day))}, "expired", notRefused},
		{"an answer from 1970", []string{"consent=" + at(time.Unix(0, 0))}, "expired", notRefused},
		{"an answer from the future", []string{"consent=" + at(now.Add(25*time.Hour))}, "from the future", notRefused},
		{"an answer to an earlier revision", []string{"consent=" + strings.Replace(good, "1.3.", "1.2.", 1)}, "outdated revision", notRefused},
		{"an answer to a later revision", []string{"consent=" + strings.Replace(good, "1.3.", "1.4.", 1)}, "outdated revision", notRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, optOut := range []bool{false, true} {
				p := compile(t, consent.Config{Revision: revision, UnansweredAllow: optOut})
				d := p.Decide(consent.Request{Cookies: c.cookies, Host: site, Now: now})
				if d.Reason != c.reason || d.State != consent.Unanswered || !d.At.IsZero() || d.How != 0 || d.Signalled != 0 {
					t.Errorf("opt-out %v: %+v, want reason %q", optOut, d, c.reason)
				}
				want := nothing
				if optOut {
					want = c.optOut
				}
				if got := names(p, &d); !slices.Equal(got, want) {
					t.Errorf("opt-out %v: granted %v, want %v", optOut, got, want)
				}
				source := "own"
				if c.reason == "no cookie" {
					source = ""
				}
				if d.Source != source {
					t.Errorf("source %q, want %q", d.Source, source)
				}
			}
		})
	}
}

func TestSignedConsentIsFailClosed(t *testing.T) {
	for _, optOut := range []bool{false, true} {
		p := compile(t, consent.Config{UnansweredAllow: optOut, OwnCookie: consent.OwnCookie{Secret: "secret"}})
		good := p.FormatOwn(answer(p, "analytics"), site)
		unsigned := good[:strings.LastIndexByte(good, '.')]
		for _, c := range []struct{ name, value, reason string }{
			{"no signature", unsigned, "bad signature"},
			{"a forged signature", unsigned + ".AAAAAAAAAAAAAAAA", "bad signature"},
			{"a forged answer", strings.Replace(good, ".c.analytics.", ".c.analytics~social.", 1), "bad signature"},
			{"a forged revision", strings.Replace(good, "1.0.", "1.1.", 1), "bad signature"},
			{"something else", "true", "malformed"},
			{"too long", good + strings.Repeat("A", 4096), "oversized"},
		} {
			t.Run(c.name, func(t *testing.T) {
				d := p.Decide(request(p, c.value))
				if d.Reason != c.reason || d.State != consent.Unanswered || !slices.Equal(names(p, &d), nothing) {
					t.Errorf("opt-out %v: %+v, want reason %q", optOut, d, c.reason)
				}
			})
		}
	}
}

func TestAnswerIsTaken(t *testing.T) {
	at := now.Add(-time.Hour)
	for _, c := range []struct {
		name    string
		cfg     consent.Config
		choice  consent.Choice
		granted []string
	}{
		{"some", consent.Config{}, consent.Choice{How: consent.Custom, Granted: []string{"social"}, Denied: []string{"analytics"}}, []string{"essential", "social"}},
		{"nothing", consent.Config{}, consent.Choice{How: consent.RejectAll, Denied: everything}, nothing},
		{"everything", consent.Config{}, consent.Choice{How: consent.AcceptAll, Granted: everything}, everything},
		{"a category that was not asked about is denied", consent.Config{}, consent.Choice{How: consent.AcceptAll, Granted: []string{"social"}}, []string{"essential", "social"}},
		{
			"a category that was not asked about is granted where silence is", consent.Config{UnansweredAllow: true},
			consent.Choice{How: consent.Custom, Granted: []string{"social"}, Denied: []string{"analytics"}},
			[]string{"essential", "performance", "advertising", "social"},
		},
		{"a refusal counts where silence is consent", consent.Config{UnansweredAllow: true}, consent.Choice{How: consent.RejectAll, Denied: everything}, nothing},
		{"signed", consent.Config{OwnCookie: consent.OwnCookie{Secret: "s"}}, consent.Choice{How: consent.Signal, Granted: []string{"social"}}, []string{"essential", "social"}},
		{"under another name", consent.Config{OwnCookie: consent.OwnCookie{Name: "choice"}}, consent.Choice{How: consent.Bridged, Granted: []string{"social"}}, []string{"essential", "social"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, c.cfg)
			c.choice.At = at
			d := p.Decide(request(p, p.FormatOwn(c.choice, site)))
			if got := names(p, &d); !slices.Equal(got, c.granted) {
				t.Errorf("granted %v, want %v", got, c.granted)
			}
			if d.State != consent.Answered || d.Source != "own" || d.Reason != "" || !d.At.Equal(at) || d.How != c.choice.How {
				t.Errorf("%+v", d)
			}
		})
	}
}

func TestCookieNameDependsOnTLS(t *testing.T) {
	p := compile(t, consent.Config{})
	value := p.FormatOwn(answer(p, "social"), site)
	both := []string{"consent=" + value + "; __Host-consent=" + p.FormatOwn(answer(p), site)}
	for _, secure := range []bool{false, true} {
		// The other name is somebody else's: a plain page, or a subdomain, may
		// have set it.
		d := p.Decide(consent.Request{Cookies: both, Host: site, Now: now, Secure: secure})
		if d.State != consent.Answered || p.Granted(&d, "social") == secure {
			t.Errorf("secure %v: %+v", secure, d)
		}
	}
}

func TestConfiguredCookieNameHasItsPrefixOverTLSOnly(t *testing.T) {
	for name, plain := range map[string]string{"__Host-a": "a", "__Secure-a": "a", "__http-a": "a", "__Host-Http-a": "a", "a": "a", "__Host-": "__Host-", "": "consent"} {
		p := compile(t, consent.Config{OwnCookie: consent.OwnCookie{Name: name}})
		if over, tls := p.CookieName(false), p.CookieName(true); over != plain || name != "" && tls != name {
			t.Errorf("%q is %q over plain HTTP, %q over TLS", name, over, tls)
		}
	}
}

func TestOptOutSignals(t *testing.T) {
	for _, c := range []struct {
		name      string
		gpc, dnt  []string // of the configuration
		sendGPC   bool
		sendDNT   bool
		granted   []string // by a visitor who accepted everything
		signalled []string
	}{
		{name: "neither is sent", granted: everything},
		{name: "GPC denies advertising and social", sendGPC: true, granted: []string{"essential", "analytics", "performance"}, signalled: []string{"advertising", "social"}},
		{name: "GPC denies what it is configured to", gpc: []string{"analytics"}, sendGPC: true, granted: []string{"essential", "performance", "advertising", "social"}, signalled: []string{"analytics"}},
		{name: "GPC is off", gpc: []string{}, sendGPC: true, granted: everything},
		{name: "DNT is off", sendDNT: true, granted: everything},
		{name: "DNT denies what it is configured to", dnt: []string{"analytics"}, sendDNT: true, granted: []string{"essential", "performance", "advertising", "social"}, signalled: []string{"analytics"}},
		{name: "both add up", dnt: []string{"analytics", "social"}, sendGPC: true, sendDNT: true, granted: []string{"essential", "performance"}, signalled: []string{"analytics", "advertising", "social"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, consent.Config{GPC: c.gpc, DNT: c.dnt})
			r := request(p, p.FormatOwn(answer(p, everything...), site))
			r.GPC, r.DNT = c.sendGPC, c.sendDNT
			d := p.Decide(r)
			if got := names(p, &d); !slices.Equal(got, c.granted) {
				t.Errorf("granted %v, want %v", got, c.granted)
			}
			for _, name := range everything {
				if got := p.DeniedBySignal(&d, name); got != slices.Contains(c.signalled, name) {
					t.Errorf("DeniedBySignal(%s) = %v", name, got)
				}
			}
			if d.State != consent.Answered {
				t.Errorf("a signal is not an answer, and takes none away: %v", d.State)
			}
		})
	}
}

func TestSignalsDenyWhereSilenceIsConsent(t *testing.T) {
	p := compile(t, consent.Config{UnansweredAllow: true})
	d := p.Decide(consent.Request{Host: site, Now: now, GPC: true})
	if got := names(p, &d); !slices.Equal(got, []string{"essential", "analytics", "performance"}) || d.Reason != "no cookie" {
		t.Errorf("granted %v, %+v", got, d)
	}
}

func TestSignalsMeanTheDefaultCategoriesThatExist(t *testing.T) {
	for _, c := range []struct {
		name       string
		categories []consent.Category
		uses       bool
		granted    []string
	}{
		{"one of them", []consent.Category{{Name: "social"}, {Name: "chat"}}, true, []string{"chat"}},
		{"none of them", []consent.Category{{Name: "chat"}}, false, []string{"chat"}},
		{"one that is required", []consent.Category{{Name: "social", Required: true}, {Name: "chat"}}, false, []string{"social", "chat"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := compile(t, consent.Config{Categories: c.categories})
			r := request(p, p.FormatOwn(answer(p, "social", "chat"), site))
			r.GPC = true
			d := p.Decide(r)
			if got := names(p, &d); p.UsesGPC() != c.uses || !slices.Equal(got, c.granted) {
				t.Errorf("UsesGPC %v, granted %v", p.UsesGPC(), got)
			}
		})
	}
}

func TestADecisionGrantsWhatWasChosen(t *testing.T) {
	p := compile(t, consent.Config{})
	d := granting(t, p, "social")
	for name, want := range map[string]bool{"essential": true, "social": true, "analytics": false, "": false, "chat": false, "Social": false} {
		if got := p.Granted(d, name); got != want {
			t.Errorf("Granted(%q) = %v", name, got)
		}
	}
	if bit, ok := p.Category("social"); !ok || !d.Granted.Has(bit) {
		t.Errorf("Category: %d, %v", bit, ok)
	}
	if _, ok := p.Category("chat"); ok {
		t.Error("there is a category that does not exist")
	}
}

// Sixty-four categories fill a Set to its last bit.
func TestAllSixtyFourCategories(t *testing.T) {
	categories := make([]consent.Category, 64)
	var odd []string
	for i := range categories {
		categories[i].Name = "c" + strings.Repeat("x", i)
		if i%2 == 1 {
			odd = append(odd, categories[i].Name)
		}
	}
	p := compile(t, consent.Config{Categories: categories})
	// Their names are too long for one cookie together, so half have to do.
	d := p.Decide(request(p, p.FormatOwn(consent.Choice{At: now, Granted: odd}, site)))
	if got := names(p, &d); !slices.Equal(got, odd) {
		t.Errorf("granted %d categories, want %d: %+v", len(got), len(odd), d)
	}
}

func TestStatesAndWaysHaveNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{consent.Unanswered.String(), "unanswered"},
		{consent.Implied.String(), "implied"},
		{consent.Answered.String(), "answered"},
		{consent.State(9).String(), "invalid"},
		{consent.AcceptAll.String(), "accept"},
		{consent.RejectAll.String(), "reject"},
		{consent.Custom.String(), "custom"},
		{consent.Signal.String(), "signal"},
		{consent.Bridged.String(), "bridge"},
		{consent.How(0).String(), "none"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}
