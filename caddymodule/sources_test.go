package caddymodule_test

import (
	"net/http"
	"strings"
	"testing"
)

// obeyed serves a page with a tag of analytics and one of advertising behind a
// consent directive, and tells which of them a visitor with these headers gets.
func obeyed(t *testing.T, s *site, headers ...string) string {
	t.Helper()
	a := s.get(t, "/", append(headers, "Accept: text/html")...)
	var live []string
	for _, tag := range [...]string{"analytics", "advertising"} {
		if strings.Contains(a.body, ` src="http://`+tag+`.test/`) {
			live = append(live, tag)
		}
	}
	return strings.Join(live, " ")
}

const (
	taggedPage = `<!doctype html><title>t</title><script src="http://analytics.test/a.js"></script><img src="http://advertising.test/p.gif">`

	// tagPolicy knows the vendors of taggedPage; it goes behind the sources.
	tagPolicy = `
		vendor counter {
			category analytics
			urls analytics.test
		}
		vendor ads {
			category advertising
			urls advertising.test
		}
	}
	reverse_proxy {upstream}`
)

func TestSourcesDecideWhatPagesHold(t *testing.T) {
	for _, c := range []struct {
		name, sources string
		headers       []string
		want          string
	}{
		{"nothing", "source onetrust", nil, ""},
		{"answered", "source onetrust", []string{"Cookie: OptanonConsent=groups=C0002%3A1%2CC0004%3A0; OptanonAlertBoxClosed=x"}, "analytics"},
		{"implied", "source onetrust", []string{"Cookie: OptanonConsent=groups=C0002%3A1%2CC0004%3A1"}, ""},
		{"implied that counts", "source onetrust\nimplied allow", []string{"Cookie: OptanonConsent=groups=C0002%3A1%2CC0004%3A0"}, "analytics"},
		{"raw JSON, which net/http drops", "source vanilla", []string{`Cookie: cc_cookie={"categories":["analytics","marketing"]}`}, "analytics advertising"},
		{"in two header lines", "source cookiebot", []string{"Cookie: a=b", "Cookie: CookieConsent={stamp:%27x%27%2Cnecessary:true%2Cstatistics:true%2Cmarketing:false}"}, "analytics"},
		{"opted out", "source vanilla\nsource usp", []string{`Cookie: cc_cookie={"categories":["analytics","marketing"]}; usprivacy=1YYN`}, "analytics"},
		{"GPC", "source vanilla", []string{`Cookie: cc_cookie={"categories":["analytics","marketing"]}`, "Sec-GPC: 1"}, "analytics"},
		{"a header", "source header X-Choice", []string{"X-Choice: advertising"}, "advertising"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, page(taggedPage), "consent {\n"+c.sources+tagPolicy)
			if got := obeyed(t, s, c.headers...); got != c.want {
				t.Errorf("live: %q, want %q", got, c.want)
			}
			// Another visitor, of the same Caddy, gets nothing of it.
			if got := obeyed(t, s); got != "" {
				t.Errorf("live for another: %q", got)
			}
		})
	}
}

func TestPagesVaryByTheHeaderOfASource(t *testing.T) {
	s := serve(t, page(taggedPage), "consent {\nsource header X-Choice"+tagPolicy)
	if h := s.get(t, "/", "Accept: text/html").Header; !variesBy(h, "X-Choice") || !variesBy(h, "Cookie") {
		t.Errorf("Vary: %q", h["Vary"])
	}
}

// A visitor whom another manager asks is not asked here, too.
func TestTheChoicePageIsThereForTheOwnCookieOnly(t *testing.T) {
	for sources, status := range map[string]int{"": 200, "source own": 200, "source vanilla\nsource own": 200, "source vanilla": 404, "source termly\nbridge": 404} {
		s := serve(t, page(taggedPage), "consent {\n"+sources+tagPolicy)
		if got := s.get(t, "/.consent/").StatusCode; got != status {
			t.Errorf("%q: %d, want %d", sources, got, status)
		}
		if got := s.choose(t, "choice=accept").StatusCode; (got == http.StatusSeeOther) != (status == 200) {
			t.Errorf("%q: a choice is answered with %d", sources, got)
		}
	}
}

func TestBridgeTakesAnswers(t *testing.T) {
	s := serve(t, page(taggedPage), "consent {\nsource termly\nbridge"+tagPolicy)
	same := "Sec-Fetch-Site: same-origin"
	a := s.do(t, "POST", "/.consent/bridge", strings.NewReader(`{"analytics":true,"advertising":false,"nonsense":true}`), same)
	if a.StatusCode != http.StatusNoContent || len(a.Header["Set-Cookie"]) != 1 {
		t.Fatalf("%v %q", a.Response, a.body)
	}
	cookie, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
	if !strings.Contains(cookie, ".b.analytics.advertising~social") {
		t.Errorf("cookie: %s", cookie)
	}
	if got := obeyed(t, s, "Cookie: "+cookie); got != "analytics" {
		t.Errorf("live: %q", got)
	}
	for _, test := range []struct {
		name, method, body, header string
		status                     int
	}{
		{"another site's page", "POST", `{"analytics":true}`, "Sec-Fetch-Site: cross-site", http.StatusForbidden},
		{"no JSON", "POST", `analytics=true`, same, http.StatusBadRequest},
		{"another shape", "POST", `{"analytics":"yes"}`, same, http.StatusBadRequest},
		{"nothing", "POST", `{}`, same, http.StatusBadRequest},
		{"no category of this site", "POST", `{"foo":true,"essential":true}`, same, http.StatusBadRequest},
		{"something behind", "POST", `{"analytics":true} x`, same, http.StatusBadRequest},
		{"too much", "POST", `{"a":true,"` + strings.Repeat("x", 20<<10) + `":true}`, same, http.StatusBadRequest},
		{"GET", "GET", "", same, http.StatusMethodNotAllowed},
	} {
		a := s.do(t, test.method, "/.consent/bridge", strings.NewReader(test.body), test.header)
		if a.StatusCode != test.status || len(a.Header["Set-Cookie"]) > 0 {
			t.Errorf("%s: %v", test.name, a.Response)
		}
	}
	s = serve(t, page(taggedPage), "consent {\nsource vanilla"+tagPolicy)
	for _, path := range [...]string{"/.consent/bridge", "/.consent/bridge.js"} {
		if a := s.do(t, "POST", path, strings.NewReader(`{"analytics":true}`), same); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s without the bridge: %d", path, a.StatusCode)
		}
	}
}

func TestGPCIsAnnounced(t *testing.T) {
	for settings, announced := range map[string]bool{"": true, "gpc off": false, "mode report": false, "gpc advertising": true} {
		s := serve(t, page("backend"), "consent {\n"+settings+tagPolicy)
		a := s.get(t, "/.well-known/gpc.json")
		if got := strings.HasPrefix(a.body, `{"gpc":true,"lastUpdate":"20`) && a.Header.Get("Content-Type") == "application/json"; got != announced {
			t.Errorf("%q: %q", settings, a.body)
		}
	}
}
