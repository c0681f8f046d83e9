package caddymodule_test

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// shared is a site with pages for everybody.
const shared = `
	consent {` + policy + `
		pages shared
	}
	reverse_proxy {upstream}`

// cachedThings serves what caches may be interested in.
func cachedThings() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60, s-maxage=600")
		w.Header().Set("ETag", `"a"`)
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/image", "/image-cookie":
			w.Header().Set("Content-Type", "image/png")
		case "/link":
			w.Header().Set("Link", trackingLink)
		case "/secret":
			w.Header().Set("Cache-Control", "no-store")
		case "/varies":
			w.Header().Set("Vary", "Accept-Language, Cookie")
		case "/star":
			w.Header().Set("Vary", "*")
		case "/api":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Vary", "X-Consent, Accept-Language,x-consent-state")
		case "/silent":
			w.Header().Del("Cache-Control")
		}
		if strings.HasSuffix(r.URL.Path, "-cookie") {
			w.Header().Set("Set-Cookie", sessionCookie)
		}
		if strings.Contains(r.Header.Get("If-None-Match"), `"a"`) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = w.Write([]byte(original))
	})
}

// What stands in quotes is no directive, and stays whole.
func TestCacheControlIsReadOutsideOfQuotes(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Cache-Control", `private="Set-Cookie, X-Foo", ext="a, no-store", max-age=60`)
		_, _ = w.Write([]byte("<!doctype html><title>x</title>"))
	})
	a := serve(t, upstream, "consent {"+policy+"\n}\nreverse_proxy {upstream}").get(t, "/", "Accept: text/html")
	if got := a.Header.Get("Cache-Control"); got != `private, ext="a, no-store", max-age=60` {
		t.Error(got)
	}
}

func TestWhatCachesAreTold(t *testing.T) {
	const (
		public  = "public, max-age=60, s-maxage=600"
		private = "private, max-age=60"
	)
	for _, test := range []struct{ name, settings, path, vary, control string }{
		{"a page is one visitor's", "", "/page", "Cookie", private},
		{"a page without instructions as well", "", "/silent", "Cookie", "private"},
		{"a page that nobody may store", "", "/secret", "Cookie", "no-store"},
		{"a page that varies already", "", "/varies", "Accept-Language, Cookie", private},
		{"a page that varies by everything", "", "/star", "*", private},
		{"an image is everybody's", "", "/image", "", public},
		{"an image with a cookie varies", "", "/image-cookie", "Cookie", public},
		{"what varies by what the backend was told", "", "/api", "Accept-Language, Cookie", private},
		{"the same, where a cache obeys Vary", "cache {\npublic\n}", "/api", "Accept-Language, Cookie", public},
		{"the same of shared pages", "pages shared", "/api", "Accept-Language, Cookie", private},
		{"a signal counts too", "gpc analytics", "/page", "Cookie, Sec-GPC", private},
		{"another signal counts too", "dnt analytics", "/page", "Cookie, DNT", private},
		{"a cache that obeys Vary", "cache {\npublic\n}", "/page", "Cookie", public},
		{"a cache that sets a key", "cache {\nvary X-Consent-Key\n}", "/page", "X-Consent-Key", private},
		{"a cache that sets a key and may store", "cache {\nvary X-Consent-Key X-Country\npublic\n}", "/page", "X-Consent-Key, X-Country", public},
		{"a key takes the place of signals", "gpc analytics\ncache {\nvary X-Consent-Key\n}", "/page", "X-Consent-Key", private},
		{"a cookie by a key", "cache {\nvary X-Consent-Key\n}", "/image-cookie", "X-Consent-Key", public},
		{"a page for everybody", "pages shared", "/page", "", public},
		{"a page for everybody with a link that is taken out", "pages shared", "/link", "", public},
		{"a page for everybody that nobody may store", "pages shared", "/secret", "", "no-store"},
		{"a page for everybody with a cookie", "pages shared", "/page-cookie", "Cookie", public},
		{"a page for everybody, whatever caches are told of others", "pages shared\ncache {\nvary X-Consent-Key\n}", "/page", "", public},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, cachedThings(), "consent {"+policy+"\n"+test.settings+"\n}\nreverse_proxy {upstream}")
			for who, cookie := range map[string]string{"granted": granted, "denied": denied, "nobody": "a=b"} {
				a := s.get(t, test.path, "Cookie: "+cookie, "Accept: text/html")
				if vary := strings.Join(a.Header["Vary"], ", "); a.StatusCode != http.StatusOK || vary != test.vary {
					t.Errorf("%s: %d, Vary: %q, want %q", who, a.StatusCode, vary, test.vary)
				}
				if control := strings.Join(a.Header["Cache-Control"], ", "); control != test.control {
					t.Errorf("%s: Cache-Control: %q, want %q", who, control, test.control)
				}
				// What is not modified is told the same (RFC 9110 section 15.4.5).
				again := s.get(t, test.path, "Cookie: "+cookie, "If-None-Match: "+a.Header.Get("ETag"))
				if again.StatusCode != http.StatusNotModified {
					t.Fatalf("%s: %d", who, again.StatusCode)
				}
				for _, name := range []string{"Vary", "Cache-Control", "Etag"} {
					if got, want := again.Header[name], a.Header[name]; !slices.Equal(got, want) {
						t.Errorf("%s, not modified: %s: %q, want %q", who, name, got, want)
					}
				}
			}
		})
	}
}

// A page for everybody is the same whoever asks, to the byte and to the header.
func TestASharedPageIsTheSameWhoeverAsks(t *testing.T) {
	everyWay(t, shared, func(t *testing.T, w way, directives string) {
		s := w.start(t, origin(), directives)
		for _, path := range []string{"/strong", "/weak", "/dated", "/clean", "/named"} {
			var first answer
			for i, cookie := range []string{"", w.own(granted), w.own(denied), w.own("consent=x"), "_trk=1"} {
				for _, signal := range []string{"0", "1"} {
					a := s.get(t, path, "Cookie: "+cookie, "Sec-GPC: "+signal, "Accept-Encoding: gzip", "Accept: */*")
					for _, name := range []string{"Date", "Alt-Svc"} {
						a.Header.Del(name)
					}
					if i == 0 && signal == "0" {
						first = a
						if varies(a.Header, "Cookie") || a.Header.Get("Cache-Control") != "public, max-age=60" {
							t.Errorf("%s: Vary: %q, Cache-Control: %q", path, a.Header["Vary"], a.Header["Cache-Control"])
						}
						if body := decode(t, a.Header.Get("Content-Encoding"), a.body); path != "/clean" && !strings.Contains(body, `data-consent-src="https://tracker.test/x.js"`) {
							t.Errorf("%s: %.200s", path, body)
						}
					}
					if a.err != nil || a.body != first.body || !maps.EqualFunc(a.Header, first.Header, slices.Equal) {
						t.Errorf("%s, %q, signal %s: %v, %v; first: %v", path, cookie, signal, a.Header, a.err, first.Header)
					}
					if tag := a.Header.Get("ETag"); tag != "" {
						if again := s.get(t, path, "Cookie: "+w.own(granted), "If-None-Match: "+tag, "Accept: text/html", "Accept-Encoding: gzip"); again.StatusCode != http.StatusNotModified {
							t.Errorf("%s: a page that has not changed: %v", path, again.Response)
						}
					}
				}
			}
		}
	})
}

// Its cookies are each visitor's own all the same.
func TestASharedPageSetsTheCookiesOfTheVisitor(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{trackingCookie, sessionCookie}
		page(original).ServeHTTP(w, nil)
	}), shared)
	for cookie, want := range map[string][]string{granted: {trackingCookie, sessionCookie}, denied: {sessionCookie}, "a=b": {sessionCookie}} {
		a := s.get(t, "/", "Cookie: "+cookie)
		if got := a.Header["Set-Cookie"]; !slices.Equal(got, want) || !varies(a.Header, "Cookie") {
			t.Errorf("%s: Set-Cookie %q, Vary %q", cookie, got, a.Header["Vary"])
		}
	}
	a := s.get(t, "/", "Cookie: _trk=1; "+denied, "Accept: text/html")
	if got := a.expired(t); !slices.Equal(got, []string{"_trk"}) || !varies(a.Header, "Cookie") {
		t.Errorf("expired %q, Vary %q", got, a.Header["Vary"])
	}
}

// open is a policy of which a visitor can grant all there is, so that pages
// are not even looked at.
const open = `
	consent {
		category analytics
		vendor acme {
			category analytics
			urls tracker.test
		}
		category advertising
		category performance
		category social
		category essential {
			required
		}
	}
	reverse_proxy {upstream}`

// A page that the backend has coded is coded again, and not always into the
// same bytes: its tag is weak, and serves all the same. One that is not looked
// at keeps its bytes, its ranges aside, and has a version of its own too.
func TestAPageThatIsCodedAgainHasAWeakTag(t *testing.T) {
	coded := encode(t, "gzip", original)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Set("ETag", `"a"`)
		http.ServeContent(w, r, "", longAgo, bytes.NewReader(coded))
	}), open)
	tags := map[string]string{}
	for who, test := range map[string]struct {
		cookie string
		weak   bool
	}{"granted": {ownCookie("analytics~advertising~performance~social", ""), false}, "denied": {denied, true}} {
		headers := []string{"Cookie: " + test.cookie, "Accept-Encoding: gzip", "Accept: text/html"}
		a := s.get(t, "/", append(headers, "Range: bytes=0-9")...)
		tags[who] = a.Header.Get("ETag")
		if a.StatusCode != http.StatusOK || strings.HasPrefix(tags[who], "W/") != test.weak || (a.body == string(coded)) == test.weak {
			t.Errorf("%s: %v", who, a.Response)
		}
		if again := s.get(t, "/", append(headers, "If-None-Match: "+tags[who])...); again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: %v", who, again.Response)
		}
	}
	for who, cookie := range map[string]string{"granted": denied, "denied": ownCookie("analytics~advertising~performance~social", "")} {
		if a := s.get(t, "/", "Cookie: "+cookie, "Accept: */*", "If-None-Match: "+tags[who]); a.StatusCode != http.StatusOK {
			t.Errorf("the page of %s has not changed for the opposite: %v", who, a.Response)
		}
	}
}
