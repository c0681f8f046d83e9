package caddymodule_test

// Handlers that answer, ask or answer again, in the places where people put
// them.

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	tracker     = `<script src="https://tracker.test/x.js"></script>`
	heldTracker = `<script data-consent="acme" type="text/plain" data-consent-src="https://tracker.test/x.js"></script>`
)

// folder has files with these contents.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := filepath.ToSlash(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Where a page is put together of what the site itself answers, each part goes
// through the handler, and then the whole: nothing is held twice.
func TestTemplatesAreRewrittenOnce(t *testing.T) {
	dir := folder(t, map[string]string{
		"page.html":  `<!doctype html>` + tracker + `{{httpInclude "/part.html"}}{{include "/file.html"}}<p>{{placeholder "http.consent.analytics"}}`,
		"part.html":  `<div>` + tracker + `</div>{{httpInclude "/inner.html"}}`,
		"inner.html": `<b>` + tracker + `</b>`,
		"file.html":  `<i>` + tracker + `</i>`,
	})
	for _, layer := range []struct{ name, encode string }{{"alone", ""}, {"inside encode", "encode gzip {\nminimum_length 1\n}\n"}} {
		s := serve(t, nil, layer.encode+"consent {"+policy+"\n}\ntemplates\nroot "+dir+"\nfile_server")
		for who, cookie := range map[string]string{"denied": denied, "granted": granted} {
			t.Run(layer.name+", "+who, func(t *testing.T) {
				a := s.get(t, "/page.html", "Cookie: "+cookie, "Accept-Encoding: gzip", "Caddy-Templates-Include: 1")
				want := fmt.Sprintf("<!doctype html>%[1]s<div>%[1]s</div><b>%[1]s</b><i>%[1]s</i><p>%[2]v", tracker, who == "granted")
				if who == "denied" {
					want = strings.ReplaceAll(want, tracker, heldTracker)
				}
				if got := decode(t, a.Header.Get("Content-Encoding"), a.body); got != want {
					t.Errorf("got %s\nwant %s", got, want)
				}
				// What is told of one template is told of the whole.
				for _, name := range []string{"Last-Modified", "Etag", "Content-Md5"} {
					if a.Header[name] != nil {
						t.Errorf("%s: %q", name, a.Header[name])
					}
				}
			})
		}
	}
}

// What a handler puts in the place of the backend's answer is a response like
// any other.
func TestAnInterceptedResponseIsRewritten(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		setBothKinds(w)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, "secret details")
	}), `
	encode gzip
	consent {`+policy+`
	}
	intercept {
		@broken status 5xx
		handle_response @broken {
			header Content-Type text/html
			header +Set-Cookie "`+trackingCookie+`"
			respond "`+strings.ReplaceAll(tracker, `"`, `\"`)+`" 200
		}
	}
	reverse_proxy {upstream}`)
	a := s.get(t, "/", "Cookie: "+denied)
	if a.err != nil || a.body != heldTracker {
		t.Errorf("%v %q", a.Response, a.body)
	}
	onlyAllowed(t, a.Header)
	if a = s.get(t, "/", "Cookie: "+granted); a.body != tracker {
		t.Errorf("granted: %q", a.body)
	}
}

// authority lets customers in and shows others a page.
func authority(asked *seen) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.ServeHTTP(w, r)
		setBothKinds(w)
		w.Header().Set("Content-Type", "text/html")
		if strings.Contains(r.Header.Get("Cookie"), "session=secret") {
			w.Header().Set("Remote-User", "alice")
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, tracker)
	})
}

// Who asks before consent does is asked with all that the visitor sent, and
// answers as it likes; within a consent it is a backend like any other.
func TestAForwardedAuthenticationInEitherOrder(t *testing.T) {
	for _, test := range []struct {
		name, directives string
		covered          bool
	}{
		{"in Caddy's order", "forward_auth {auth} {\nuri /check\ncopy_headers Remote-User\n}\nconsent {" + policy + "\n}\nreverse_proxy {upstream}", false},
		{"within consent", "route {\nconsent {" + policy + "\n}\nforward_auth {auth} {\nuri /check\ncopy_headers Remote-User\n}\nreverse_proxy {upstream}\n}", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			asked, behind := new(seen), new(seen)
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				behind.ServeHTTP(w, r)
				page(original).ServeHTTP(w, r)
			}), strings.ReplaceAll(test.directives, "{auth}", backend(t, authority(asked))))

			a := s.get(t, "/", "Cookie: session=secret; _trk=1", "X-Consent: analytics=1")
			if a.err != nil || a.body != held {
				t.Errorf("a customer: %v %.200q", a.Response, a.body)
			}
			r := behind.one(t)
			if got := r.Header.Get("Cookie"); got != "session=secret" || r.Header.Get("Remote-User") != "alice" || r.Header.Get("X-Consent") != "essential=1, analytics=0" {
				t.Errorf("the backend saw %v", r.Header)
			}
			check := asked.one(t)
			cookie, told := check.Header.Get("Cookie"), check.Header.Get("X-Consent")
			if covered := cookie == "session=secret" && told == "essential=1, analytics=0"; covered != test.covered {
				t.Errorf("who checks saw %q, %q", cookie, told)
			}

			a = s.get(t, "/", "Cookie: _trk=1")
			want := tracker
			if test.covered {
				want = heldTracker
				onlyAllowed(t, a.Header)
			}
			if a.StatusCode != http.StatusUnauthorized || a.body != want || len(behind.take()) > 0 {
				t.Errorf("a stranger: %v %q", a.Response, a.body)
			}
		})
	}
}

// php_fastcgi rewrites the address, speaks another protocol, and flushes when
// the script does.
func TestPHPIsABackendLikeAnyOther(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	asked := new(seen)
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = fcgi.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.ServeHTTP(w, r)
			setBothKinds(w)
			w.Header().Set("Content-Type", "text/html; charset=UTF-8")
			w.(http.Flusher).Flush() // as WordPress does behind its head
			for part := range strings.SplitAfterSeq(original, ">") {
				_, _ = io.WriteString(w, part)
				w.(http.Flusher).Flush()
			}
		}))
	}()
	dir := folder(t, map[string]string{"index.php": "<?php"})
	for _, encode := range []string{"", "encode gzip\n"} {
		s := serve(t, nil, encode+"consent {"+policy+"\nvendor gateway {\ncategory analytics\nurls /metrics/*\n}\n}\nroot "+dir+"\nphp_fastcgi "+l.Addr().String())
		a := s.get(t, "/shop/cart?a=b", "Cookie: a=b; _trk=1", "Accept-Encoding: gzip", "Accept: text/html",
			"X-Consent: analytics=1", "X_Consent: analytics=1", "X-Consent_State: answered")
		if got := decode(t, a.Header.Get("Content-Encoding"), a.body); got != held {
			t.Errorf("%v %.200q", a.Response, got)
		}
		cookies := slices.DeleteFunc(slices.Clone(a.Header["Set-Cookie"]), func(line string) bool { return strings.HasPrefix(line, "_trk=;") })
		a.Header["Set-Cookie"] = cookies
		onlyAllowed(t, a.Header)
		r := asked.one(t)
		if r.Header.Get("Cookie") != "a=b" || r.Header.Get("X-Consent") != "essential=1, analytics=0" || r.Header.Get("X-Consent-State") != "unanswered" {
			t.Errorf("the script saw %v", r.Header)
		}
		if a := s.get(t, "/metrics/t.js"); a.StatusCode != http.StatusNoContent || len(asked.take()) > 0 {
			t.Errorf("a collector: %v", a.Response)
		}
		if a := s.get(t, "/.consent/"); !strings.Contains(a.body, "<form") || len(asked.take()) > 0 {
			t.Errorf("the endpoint: %v", a.Response)
		}
		if a := s.get(t, "/", "Cookie: "+granted); a.body != original {
			t.Errorf("granted: %.200q", a.body)
		}
		asked.take()
	}
	_ = l.Close()
	<-served
}

// A directive within another, within a route, or for a part of the site: the
// outermost that a request meets decides, and what is inside knows its decision.
func TestOfNestedDirectivesTheOutermostDecides(t *testing.T) {
	inner := strings.Replace(policy, "category analytics {", "category statistics {", 1)
	inner = strings.Replace(inner, "category analytics", "category statistics", 1)
	s := serve(t, page(original), `
	@analytics consent analytics
	@statistics consent statistics
	handle /inner/* {
		consent {`+inner+`
		}
		reverse_proxy {upstream}
	}
	handle /both/* {
		route {
			consent {`+policy+`
			}
			consent {`+inner+`
			}
			header @analytics X-Analytics yes
			header @statistics X-Statistics yes
			header X-Granted "{http.consent.granted}"
			reverse_proxy {upstream}
		}
	}
	handle {
		reverse_proxy {upstream}
	}`)
	for _, test := range []struct{ path, cookie, body, analytics, statistics string }{
		{"/", granted, original, "", ""},
		{"/inner/", granted, held, "", ""},
		{"/inner/", ownCookie("statistics", ""), original, "", ""},
		{"/both/", granted, original, "yes", ""},
		{"/both/", ownCookie("statistics", ""), held, "", ""},
	} {
		a := s.get(t, test.path, "Cookie: "+test.cookie)
		if a.body != test.body || a.Header.Get("X-Analytics") != test.analytics || a.Header.Get("X-Statistics") != test.statistics {
			t.Errorf("%s, %s: %v %.200q", test.path, test.cookie, a.Header, a.body)
		}
		if want := map[bool]string{true: "essential,analytics", false: "essential"}[test.cookie == granted]; test.path == "/both/" && a.Header.Get("X-Granted") != want {
			t.Errorf("%s: %q", test.cookie, a.Header.Get("X-Granted"))
		}
	}
}
