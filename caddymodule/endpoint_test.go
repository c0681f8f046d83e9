package caddymodule_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// choose posts a form to the endpoint.
func (s *site) choose(t *testing.T, fields string, headers ...string) answer {
	t.Helper()
	headers = append([]string{"Content-Type: application/x-www-form-urlencoded"}, headers...)
	a := s.do(t, http.MethodPost, "/.consent/", strings.NewReader(fields), headers...)
	if a.err != nil {
		t.Fatal(a.err)
	}
	return a
}

// setCookie is the one cookie of a response.
func (a answer) setCookie(t *testing.T) *http.Cookie {
	t.Helper()
	cookies := a.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("status %d, Set-Cookie: %q", a.StatusCode, a.Header["Set-Cookie"])
	}
	return cookies[0]
}

// unasked is an upstream that must not be asked.
func unasked(t *testing.T) http.Handler {
	return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("the backend was asked: %s %s", r.Method, r.URL)
	})
}

func TestTheEndpointAnswersByItself(t *testing.T) {
	s := serve(t, unasked(t), encoded)
	const csp = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	for _, test := range []struct {
		name, method, path string
		status             int
		contains           string // of the body
		want               map[string]string
	}{
		{
			"the page", "GET", "/.consent/", 200, `<form method="post" action="/.consent/">`,
			map[string]string{"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": csp, "Referrer-Policy": "same-origin"},
		},
		{
			"the header of the page", "HEAD", "/.consent/", 200, "",
			map[string]string{"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": csp, "Referrer-Policy": "same-origin"},
		},
		{"in a language", "GET", "/.consent/?lang=de", 200, "Cookie-Einstellungen für", nil},
		{"the path in another spelling", "GET", "/%2Econsent/", 200, "<form", nil},
		{"without the slash", "GET", "/.consent", 308, "", map[string]string{"Location": "/.consent/"}},
		{"a query comes along", "GET", "/.consent?return=/a%20b%22", 308, "", map[string]string{"Location": "/.consent/?return=/a%20b%22"}},
		{"a post without the slash stays a post", "POST", "/.consent", 308, "", map[string]string{"Location": "/.consent/"}},
		{
			"the stylesheet", "GET", "/.consent/style.css", 200, "--consent-accent",
			map[string]string{"Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=3600"},
		},
		{"nothing else is there", "GET", "/.consent/admin", 404, "not found", nil},
		{"nor does a path lead out", "GET", "/.consent/../index.html", 404, "not found", nil},
		{"a post where there is nothing to post", "POST", "/.consent/style.css", 405, "method not allowed", map[string]string{"Allow": "GET, HEAD"}},
		{"another method", "PUT", "/.consent/", 405, "method not allowed", map[string]string{"Allow": "GET, HEAD, POST"}},
		{"a choice is not taken from a link", "GET", "/.consent/?choice=accept", 200, "<form", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.do(t, test.method, test.path, nil)
			if a.err != nil {
				t.Fatal(a.err)
			}
			if a.StatusCode != test.status || !strings.Contains(a.body, test.contains) {
				t.Errorf("got %d %.300q, want %d %q", a.StatusCode, a.body, test.status, test.contains)
			}
			if test.method == "HEAD" && a.body != "" {
				t.Errorf("a body: %.100q", a.body)
			}
			want := map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Set-Cookie": ""}
			maps.Copy(want, test.want)
			for name, value := range want {
				if got := strings.Join(a.Header[name], ", "); got != value {
					t.Errorf("%s: %q, want %q", name, got, value)
				}
			}
		})
	}
}

func TestOnlyItsOwnPathsAreTheEndpoints(t *testing.T) {
	s := serve(t, page("the site"), proxied)
	for _, path := range []string{"/.consentual", "/.consent%2fx", "/x/.consent/", "/.CONSENT/", "/?/.consent/"} {
		a := s.get(t, path)
		own := strings.HasPrefix(path, "/.consent%2f") // it decodes to a path of the endpoint
		if got := a.body == "the site"; got == own {
			t.Errorf("%s: %d %.100q", path, a.StatusCode, a.body)
		}
	}
	off := serve(t, page("the site"), "consent {\nmode off\n}\nreverse_proxy {upstream}")
	if a := off.get(t, "/.consent/"); a.body != "the site" {
		t.Errorf("mode off: %d %.100q", a.StatusCode, a.body)
	}
}

func TestTheEndpointMoves(t *testing.T) {
	s := serve(t, page("the site"), "consent {\nbanner {\npath /privacy/cookies/\n}\n}\nreverse_proxy {upstream}")
	a := s.get(t, "/privacy/cookies/")
	for _, want := range []string{`action="/privacy/cookies/"`, `href="/privacy/cookies/style.css"`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("no %s in: %.500s", want, a.body)
		}
	}
	if a := s.get(t, "/privacy/cookies"); a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != "/privacy/cookies/" {
		t.Errorf("without the slash: %v", a.Response)
	}
	if a := s.get(t, "/.consent/"); a.body != "the site" {
		t.Errorf("the default path: %.100q", a.body)
	}
}

// What a header directive says of a site's pages is not said of the endpoint's files.
func TestTheEndpointSaysItsOwnTypes(t *testing.T) {
	s := serve(t, unasked(t), "header Content-Type text/html\nconsent {"+policy+"\n}\nreverse_proxy {upstream}")
	for path, want := range map[string]string{"banner.js": "text/javascript", "banner.css": "text/css", "early.js": "text/javascript", "state": "application/json", "policy.md": "text/markdown", "nowhere": "text/plain"} {
		if got := s.get(t, "/.consent/"+path).Header.Get("Content-Type"); !strings.HasPrefix(got, want) {
			t.Errorf("%s is %s", path, got)
		}
	}
}

func TestThePageShowsWhatCounts(t *testing.T) {
	s := serve(t, unasked(t), `
	consent {
		gpc social
		category essential {
			required
		}
		category analytics
		category social
		vendor acme {
			name "Acme Stats"
			company "Acme Ltd"
			category analytics
			privacy https://acme.example/privacy
		}
	}
	reverse_proxy {upstream}`)
	const (
		required = `<input type="checkbox" checked disabled> <span>Always on</span>`
		off      = `name="category" value="analytics">`
		on       = `name="category" value="analytics" checked>`
		saved    = "Your choice is saved."
		signal   = `<input type="checkbox" disabled> <span>Off: your browser asks for it</span>`
		vendor   = `<li>Acme Stats <span class="company">Acme Ltd</span> <a href="https://acme.example/privacy"`
	)
	all := []string{required, off, on, saved, signal, vendor}
	for _, test := range []struct {
		name    string
		headers []string
		shown   []string
	}{
		{"to a new visitor", nil, []string{required, off, vendor}},
		{"after a yes", []string{"Cookie: " + granted}, []string{required, on, saved, vendor}},
		{"after a no", []string{"Cookie: " + denied}, []string{required, off, saved, vendor}},
		{"after an answer that does not count", []string{"Cookie: " + granted + "x."}, []string{required, off, vendor}},
		{"with a signal of the browser", []string{"Sec-GPC: 1", "Cookie: " + granted}, []string{required, on, saved, signal, vendor}},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.get(t, "/.consent/", test.headers...)
			for _, text := range all {
				if got, want := strings.Contains(a.body, text), slices.Contains(test.shown, text); got != want {
					t.Errorf("%q is shown: %v, want %v", text, got, want)
				}
			}
		})
	}
}

// An answer is kept in the cookie, and counts from the next request on.
func TestAChoiceCounts(t *testing.T) {
	s := serve(t, page(original), `
	consent {`+policy+`
		category social
		revision 7
	}
	reverse_proxy {upstream}`)
	for _, test := range []struct{ name, form, value, page string }{
		{"accept all", "choice=accept", "a.analytics~social.", original},
		{"reject all", "choice=reject", "r..analytics~social", held},
		{"reject all, whatever is ticked", "choice=reject&category=analytics", "r..analytics~social", held},
		{"save nothing", "choice=save", "c..analytics~social", held},
		{"save one", "choice=save&category=analytics", "c.analytics.social", original},
		{"save the other", "choice=save&category=social", "c.social.analytics", held},
		{"save what does not exist or is always on", "choice=save&category=essential&category=x.y&category=social", "c.social.analytics", held},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := time.Now().Unix()
			a := s.choose(t, test.form+"&return=/shop%3Fa%3Db")
			if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/shop?a=b" || a.body != "" {
				t.Errorf("got %v %q", a.Response, a.body)
			}
			if got := a.Header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: %q", got)
			}
			c := a.setCookie(t)
			var at int64
			if _, err := fmt.Sscanf(c.Value, "1.7.%d."+test.value, &at); err != nil || at < before || at > time.Now().Unix() {
				t.Errorf("%s, want 1.7.<now>.%s (%v)", c.Value, test.value, err)
			}
			if !strings.HasSuffix(c.Value, "."+test.value) {
				t.Errorf("%s, want it to end with %s", c.Value, test.value)
			}
			if a := s.get(t, "/", "Cookie: "+c.Name+"="+c.Value); a.body != test.page {
				t.Errorf("the next page: %.200s", a.body)
			}
		})
	}
}

func TestAFormThatSaysNothingSetsNothing(t *testing.T) {
	s := serve(t, unasked(t), proxied)
	for name, test := range map[string]struct {
		body    string
		headers []string
	}{
		"empty":                 {"", nil},
		"another choice":        {"choice=maybe", nil},
		"a broken escape":       {"choice=accept&x=%zz", nil},
		"another type of form":  {"{\"choice\": \"accept\"}", []string{"Content-Type: application/json"}},
		"larger than a form is": {"choice=accept&x=" + strings.Repeat("x", 1<<20), nil},
	} {
		t.Run(name, func(t *testing.T) {
			var a answer
			if test.headers == nil {
				a = s.choose(t, test.body)
			} else {
				a = s.do(t, http.MethodPost, "/.consent/", strings.NewReader(test.body), test.headers...)
			}
			if a.StatusCode != http.StatusBadRequest || len(a.Header["Set-Cookie"]) > 0 {
				t.Errorf("got %v %.200q", a.Response, a.body)
			}
		})
	}
	t.Run("a choice in the query", func(t *testing.T) {
		a := s.do(t, http.MethodPost, "/.consent/?choice=accept", nil)
		if a.StatusCode != http.StatusBadRequest || len(a.Header["Set-Cookie"]) > 0 {
			t.Errorf("got %v %.200q", a.Response, a.body)
		}
	})
}

// Handlers outside put cookies into every answer, those that the module gives itself among them.
func TestCookiesDoNotPassWithTheEndpointsAnswers(t *testing.T) {
	s := serve(t, unasked(t), `
	header +Set-Cookie "`+trackingCookie+`"
	header +Set-Cookie "`+sessionCookie+`"
	consent {`+policy+`
		gpc analytics
		vendor own-collector {
			category analytics
			urls /collect
		}
	}
	reverse_proxy {upstream}`)
	for _, path := range []string{"/.consent/", "/.consent/banner.js", "/.consent/policy", "/.consent", "/.consent/nothing", "/.well-known/gpc.json", "/collect"} {
		for cookie, want := range map[string]int{denied: 1, granted: 2} {
			if path == "/collect" && cookie == granted {
				continue
			}
			a := s.get(t, path, "Cookie: "+cookie)
			if lines := a.Header["Set-Cookie"]; len(lines) != want || !slices.Contains(lines, sessionCookie) {
				t.Errorf("%s, %s: %d, %q", path, cookie, a.StatusCode, lines)
			}
		}
	}
	for choice, want := range map[string]bool{"accept": true, "reject": false} {
		for _, cookie := range []string{denied, granted} {
			if lines := s.choose(t, "choice="+choice, "Cookie: "+cookie).Header["Set-Cookie"]; slices.Contains(lines, trackingCookie) != (want && cookie == granted) || !slices.Contains(lines, sessionCookie) {
				t.Errorf("%s, %s: %q", choice, cookie, lines)
			}
		}
	}
}
