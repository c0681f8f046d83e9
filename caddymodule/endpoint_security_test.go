package caddymodule_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// Another site's page can make a browser post, but not say that it is this site.
func TestTheEndpointTakesOnlySameOriginPosts(t *testing.T) {
	s := serve(t, unasked(t), proxied)
	for _, test := range []struct {
		name    string
		headers []string
		taken   bool
	}{
		{"a browser on this site", []string{"Origin: http://" + s.addr, "Sec-Fetch-Site: same-origin"}, true},
		{"a browser without fetch metadata", []string{"Origin: http://" + s.addr}, true},
		{"a client that is no browser", nil, true},
		{"another site", []string{"Origin: https://evil.test", "Sec-Fetch-Site: cross-site"}, false},
		{"another site, by its metadata", []string{"Sec-Fetch-Site: cross-site"}, false},
		{"another site, by its origin", []string{"Origin: https://evil.test"}, false},
		{"another site that claims to be this host", []string{"Origin: http://" + s.addr, "Sec-Fetch-Site: cross-site"}, false},
		{"a page of another site, by its address", []string{"Referer: https://evil.test/page"}, false},
		{"a page of this site, by its address", []string{"Referer: http://" + s.addr + "/page"}, true},
		{"two sites at once", []string{"Origin: http://" + s.addr, "Origin: https://evil.test"}, false},
		{"a subdomain of this site", []string{"Sec-Fetch-Site: same-site"}, false},
		{"another port", []string{"Origin: http://127.0.0.1:1"}, false},
		{"a host that begins with this one", []string{"Origin: http://" + s.addr + ".evil.test"}, false},
		{"a sandboxed frame", []string{"Origin: null"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.choose(t, "choice=accept", test.headers...)
			if test.taken {
				a.setCookie(t)
				return
			}
			if a.StatusCode != http.StatusForbidden || len(a.Header["Set-Cookie"]) > 0 || a.Header.Get("Location") != "" {
				t.Errorf("got %v %q", a.Response, a.body)
			}
			for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
				if got := a.Header.Get(name); got != want {
					t.Errorf("%s: %q", name, got)
				}
			}
		})
	}
}

// A choice that contradicts itself is none.
func TestTheEndpointTakesOneChoice(t *testing.T) {
	a := serve(t, unasked(t), proxied).choose(t, "choice=accept&choice=reject")
	if a.StatusCode != http.StatusBadRequest || len(a.Header["Set-Cookie"]) > 0 {
		t.Errorf("got %v %q", a.Response, a.body)
	}
}

// Where a visitor is sent after choosing, and where the page's links lead.
func TestTheReturnAddressIsOnThisSite(t *testing.T) {
	s := serve(t, unasked(t), proxied)
	here := "http://" + s.addr
	for _, test := range []struct{ name, given, referer, want string }{
		{"nothing given", "", "", "/"},
		{"a path", "/shop/?a=b&c=d#e", "", "/shop/?a=b&c=d#e"},
		{"a path that was escaped", "/a%20b/%2F", "", "/a%20b/%2F"},
		{"an address in a query", "/go?to=https://evil.test/", "", "/go?to=https://evil.test/"},
		{"an at sign", "/@evil.test", "", "/@evil.test"},
		{"the page they came from", "", here + "/shop?a=b", "/shop?a=b"},
		{"the path before the page they came from", "/a", here + "/b", "/a"},
		{"a page of another site they came from", "", "https://evil.test/shop", "/"},
		{"two slashes", "//evil.test", "", "/"},
		{"two slashes they came from", "", here + "//evil.test/", "/"},
		{"a backslash", `/\evil.test`, "", "/"},
		{"backslashes", `\\evil.test`, "", "/"},
		{"a backslash later on", `/a\..\\evil.test`, "", "/"},
		{"an address", "https://evil.test/", "", "/"},
		{"an address without slashes", "https:evil.test", "", "/"},
		{"a script", "javascript:alert(1)", "", "/"},
		{"a word", "evil.test", "", "/"},
		{"a tab that browsers drop", "/\t/evil.test", "", "/"},
		{"a newline that browsers drop", "/\n/evil.test", "", "/"},
		{"a header", "/a\r\nSet-Cookie: a=b", "", "/"},
		{"a leading space", " //evil.test", "", "/"},
		{"a zero byte", "/\x00/evil.test", "", "/"},
		{"letters beyond ASCII", "/\u2215/evil.test", "", "/"},
		{"a broken escape", "/%zz", "", "/"},
		{"too long", "/" + strings.Repeat("a", 4000), "", "/"},
		{"the endpoint", "/.consent/", "", "/"},
		{"the endpoint without its slash", "/.consent?a", "", "/"},
		{"the endpoint in another spelling", "/%2econsen%74/", "", "/"},
		{"the endpoint they came from", "", here + "/.consent/?return=/a", "/"},
		{"dots that lead to the endpoint", "/x/../.consent/", "", "/"},
		{"dots in another spelling", "/%2e%2E/./.consent/", "", "/"},
		{"beside the endpoint", "/.consentual", "", "/.consentual"},
	} {
		t.Run(test.name, func(t *testing.T) {
			headers := []string{"Origin: " + here}
			if test.referer != "" {
				headers = append(headers, "Referer: "+test.referer)
			}
			a := s.choose(t, "choice=accept&return="+url.QueryEscape(test.given), headers...)
			if got := a.Header["Location"]; len(got) != 1 || got[0] != test.want {
				t.Errorf("sent to %q, want %q", got, test.want)
			}
			if len(a.Header["Set-Cookie"]) != 1 {
				t.Errorf("Set-Cookie: %q", a.Header["Set-Cookie"])
			}
			escaped := strings.NewReplacer("&", "&amp;", "+", "&#43;").Replace(test.want)
			a = s.get(t, "/.consent/?return="+url.QueryEscape(test.given), headers...)
			if want := `name="return" value="` + escaped + `"`; !strings.Contains(a.body, want) {
				t.Errorf("no %s in the page", want)
			}
		})
	}
}

// What a browser makes of the return address is told by the URL standard:
// whatever is put together from these parts, it stays on this site.
func TestNoReturnAddressLeadsAway(t *testing.T) {
	h := handler(t, "")
	parts := []string{"/", `\`, "//", "evil.test", "%5c", "%2f", "\t", "\n", "..", ".", "@", ":", "https:", "?", "#", "%09", ";", " ", "\x7f", "\u00ad", "\uff0f"}
	for _, a := range parts {
		for _, b := range parts {
			for _, c := range parts {
				given := a + b + c + "evil.test"
				r := httptest.NewRequest(http.MethodPost, "http://site.test/.consent/", strings.NewReader("choice=accept&return="+url.QueryEscape(given)))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				location := ask(t, h, r, nil).Header().Get("Location")
				u, err := whatwg.ParseRef("http://site.test/.consent/", location)
				if err != nil || u.Host() != "site.test" || u.Scheme() != "http" {
					t.Errorf("%q leads to %q, which is %v (%v)", given, location, u, err)
				}
			}
		}
	}
}

func TestNothingIsReflectedUnescaped(t *testing.T) {
	const attack = `"><script>alert(1)</script>`
	h := handler(t, `
		category essential {
			required
		}
		category analytics {
			title "`+strings.ReplaceAll(attack, `"`, `\"`)+`"
			description "`+strings.ReplaceAll(attack, `"`, `\"`)+`"
		}
		vendor acme {
			category analytics
			name "`+strings.ReplaceAll(attack, `"`, `\"`)+`"
			company "<b>"
			privacy "/`+strings.ReplaceAll(attack, `"`, `\"`)+`"
		}
		banner {
			privacy_policy "/`+strings.ReplaceAll(attack, `"`, `\"`)+`"
		}`)
	r := httptest.NewRequest(http.MethodGet, "http://site.test/.consent/?return="+url.QueryEscape("/"+attack), nil)
	r.Host = "evil" + attack
	r.Header.Set("Referer", "http://site.test/"+attack)
	r.Header.Set("Cookie", "consent="+attack)
	a := ask(t, h, r, nil)
	body := a.Body.String()
	if a.Code != 200 || strings.Count(body, "alert(1)") < 5 {
		t.Fatalf("the page does not show what is configured: %d %s", a.Code, body)
	}
	for _, text := range []string{"<script", "<b>", `""`, "javascript:"} {
		if strings.Contains(body, text) {
			t.Errorf("%s is in the page: %s", text, body)
		}
	}

	r = httptest.NewRequest(http.MethodGet, "http://site.test/.consent?a="+`"><script>alert(1)</script>`, nil)
	if a := ask(t, h, r, nil); strings.Contains(a.Body.String(), "<script") {
		t.Errorf("the redirect: %s", a.Body)
	}
}

// The cookie is the visitor's proof: no script reads it, no subdomain can set
// it where TLS lets browsers see to that, and other sites do not send it along.
func TestTheCookieIsKeptSafe(t *testing.T) {
	const attributes = "; Path=/; Max-Age=15552000; HttpOnly"
	for _, test := range []struct {
		name, directives string
		tls              bool
		headers          []string
		prefix, suffix   string
	}{
		{"over HTTP", "", false, nil, "consent=1.0.", attributes + "; SameSite=Lax"},
		{"over TLS", "", true, nil, "__Host-consent=1.0.", attributes + "; Secure; SameSite=Lax"},
		{"with a name of its own", "cookie choice", false, nil, "choice=1.0.", attributes + "; SameSite=Lax"},
		{"with a name of its own, over TLS", "cookie __Secure-choice", true, nil, "__Secure-choice=1.0.", attributes + "; Secure; SameSite=Lax"},
		{"with a time of its own", "cookie {\nmax_age 36h\n}", false, nil, "consent=1.0.", "; Path=/; Max-Age=129600; HttpOnly; SameSite=Lax"},
		{"when anyone claims that there is TLS", "", false, []string{"X-Forwarded-Proto: https"}, "consent=1.0.", attributes + "; SameSite=Lax"},
	} {
		t.Run(test.name, func(t *testing.T) {
			directives := "consent {\n" + test.directives + "\n}\nreverse_proxy {upstream}"
			s := serve
			if test.tls {
				s = serveTLS
			}
			a := s(t, unasked(t), directives).choose(t, "choice=accept", test.headers...)
			line := strings.Join(a.Header["Set-Cookie"], "\n")
			if !strings.HasPrefix(line, test.prefix) || !strings.HasSuffix(line, test.suffix) || strings.Count(line, ";") != strings.Count(test.suffix, ";") {
				t.Errorf("got %s\nwant %s…%s", line, test.prefix, test.suffix)
			}
		})
	}
}

// Behind a balancer that Caddy was told to trust, its word counts.
func TestATrustedProxySaysWhetherThereIsTLS(t *testing.T) {
	addr := freeAddr(t)
	load(t, caddyfileOf("grace_period 1ns\nservers {\ntrusted_proxies static 127.0.0.1/32\n}",
		"http://"+addr+" {\nbind 127.0.0.1\nconsent\n}"))
	s := &site{addr: addr, client: plainClient(addr)}
	for proto, name := range map[string]string{"https": "__Host-consent", "http": "consent", "https, http": "__Host-consent", "http,https": "consent"} {
		c := s.choose(t, "choice=accept", "X-Forwarded-Proto: "+proto).setCookie(t)
		if c.Name != name || c.Secure != strings.HasPrefix(proto, "https") {
			t.Errorf("%s: %v", proto, c)
		}
	}
}

// With a secret, only the server can write an answer, and only for its host.
func TestASignedChoiceCannotBeForged(t *testing.T) {
	t.Setenv("CONSENT_TEST_SECRET", "correct horse battery staple")
	s := serve(t, page(original), "consent {"+policy+"\ncookie {\nsecret {env.CONSENT_TEST_SECRET}\n}\n}\nreverse_proxy {upstream}")
	c := s.choose(t, "choice=accept").setCookie(t)
	for name, test := range map[string]struct{ cookie, host, want string }{
		"as it was set":     {c.Name + "=" + c.Value, s.addr, original},
		"without signature": {granted, s.addr, held},
		"changed":           {c.Name + "=" + strings.Replace(c.Value, ".a.", ".c.", 1), s.addr, held},
		"on another host":   {c.Name + "=" + c.Value, "site.test:" + s.addr[strings.LastIndexByte(s.addr, ':')+1:], held},
	} {
		if a := s.get(t, "/", "Cookie: "+test.cookie, "Host: "+test.host); a.body != test.want {
			t.Errorf("%s: %.200s", name, a.body)
		}
	}
}
