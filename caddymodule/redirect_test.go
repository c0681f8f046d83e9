package caddymodule_test

import (
	"net/http"
	"strings"
	"testing"
)

// A page's own address may lead what the page loads to a vendor; the visitor it may lead anywhere. What is loaded is the
// visitor's own, also from a page that is everybody's.
func TestRedirectsOfWhatAPageLoadsObey(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := "https://tracker.test/x"
		if r.URL.Path != "/px" {
			to = "https://cdn.test/x"
		}
		w.Header().Set("Content-Type", "text/plain")
		http.Redirect(w, r, to, http.StatusFound)
	})
	for _, pages := range []string{"visitor", "shared"} {
		s := serve(t, upstream, "metrics /metrics\nconsent {\npages "+pages+policy+"\n}\nreverse_proxy {upstream}")
		for _, c := range []struct {
			what, path, kind string
			headers          []string
			follows          bool
		}{
			{"an image", "/px", "image", []string{"Sec-Fetch-Dest: image"}, false},
			{"a script", "/px", "script", []string{"Sec-Fetch-Dest: script"}, false},
			{"a frame", "/px", "frame", []string{"Sec-Fetch-Dest: iframe", "Accept: text/html"}, false},
			{"what a script fetches", "/px", "other", []string{"Sec-Fetch-Dest: empty", "Accept: */*"}, false},
			{"a window", "/px", "other", []string{"Sec-Fetch-Dest: document", "Accept: text/html"}, true},
			{"a window, for which a worker fetches", "/px", "other", []string{"Sec-Fetch-Dest: empty", "Accept: text/html,*/*;q=0.8"}, true},
			{"nobody knows what", "/px", "other", nil, true},
			{"an image elsewhere", "/other", "image", []string{"Sec-Fetch-Dest: image"}, true},
		} {
			for cookie, follows := range map[string]bool{denied: c.follows, granted: true} {
				before := s.count(t, "elements_blocked_total", `category="analytics",kind="`+c.kind+`"`)
				a := s.get(t, c.path, append([]string{"Cookie: " + cookie}, c.headers...)...)
				counted := s.count(t, "elements_blocked_total", `category="analytics",kind="`+c.kind+`"`) - before
				if a.StatusCode != http.StatusFound || (a.Header.Get("Location") != "") != follows || (counted > 0) != !follows {
					t.Errorf("pages %s, %s, %s: %d %v, counted %d", pages, c.what, cookie, a.StatusCode, a.Header, counted)
				}
				depends := c.path == "/px"
				if depends != (variesBy(a.Header, "Cookie") && variesBy(a.Header, "Sec-Fetch-Dest")) || depends != strings.Contains(a.Header.Get("Cache-Control"), "private") {
					t.Errorf("pages %s, %s, %s: Vary %q, Cache-Control %q", pages, c.what, cookie, a.Header["Vary"], a.Header["Cache-Control"])
				}
			}
		}
	}
}
