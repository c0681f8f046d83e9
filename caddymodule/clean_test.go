package caddymodule_test

// What goes out with its length, and pages that are known to be clean.

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
)

// A page that comes whole has a length when it leaves, changed or not.
func TestAPageThatComesWholeKeepsALength(t *testing.T) {
	for _, coding := range []string{"identity", "gzip"} {
		everyLayer(t, func(t *testing.T, config string) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				body := encode(t, coding, original)
				w.Header().Set("Content-Type", "text/html")
				if coding != "identity" {
					w.Header().Set("Content-Encoding", coding)
				}
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				_, _ = w.Write(body)
			}), config)
			a := s.get(t, "/", "Accept-Encoding: "+coding, "Cookie: "+denied)
			if a.err != nil || a.ContentLength < 0 || a.Header.Get("Transfer-Encoding") != "" {
				t.Errorf("%s: length %d, %v", coding, a.ContentLength, a.err)
			}
			if coding == "identity" && (a.body != held || a.ContentLength != int64(len(held))) {
				t.Errorf("%d %q", a.ContentLength, a.body)
			}
		})
	}
}

// A clean page goes through as it is the second time, and only for the
// decision, the tag and the URL with which it was seen to be clean.
func TestAPageKnownToBeCleanGoesThroughUntouched(t *testing.T) {
	const clean = "<!doctype html><title>x</title><img src=/own.png>"
	for _, coding := range []string{"identity", "gzip", "br"} {
		t.Run(coding, func(t *testing.T) {
			page, tag := clean, `"1"`
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				body := encode(t, coding, page)
				w.Header().Set("Content-Type", "text/html")
				if coding != "identity" {
					w.Header().Set("Content-Encoding", coding)
				}
				w.Header().Set("ETag", tag)
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				_, _ = w.Write(body)
			}), "metrics /metrics\n"+proxied)
			known := func() int { return s.count(t, "documents_total", `result="known to be clean"`) }
			get := func(path, cookie string, want string, times int) {
				t.Helper()
				for i := range times {
					before := known()
					a := s.get(t, path, "Accept: text/html", "Accept-Encoding: "+coding, "Cookie: "+cookie)
					if text := decode(t, a.Header.Get("Content-Encoding"), a.body); text != want {
						t.Fatalf("%s: %q, want %q", path, text, want)
					}
					if n := known() - before; want == clean && n != min(i, 1) || want != clean && n != 0 {
						t.Errorf("%s, time %d: known to be clean %d times", path, i+1, n)
					}
				}
			}
			get("/a", denied, clean, 3)
			get("/b", denied, clean, 2) // another page
			page, tag = original, `"2"`
			get("/a", denied, held, 2) // a new version, which is not clean
			page, tag = clean, `W/"3"`
			before := known()
			for range 2 { // a weak tag promises nothing
				s.get(t, "/a", "Accept: text/html", "Cookie: "+denied)
			}
			if n := known() - before; n != 0 {
				t.Errorf("known by a weak tag %d times", n)
			}
		})
	}
}

// The memory of clean pages is bounded, and what is asked for stays.
func TestCleanPagesAreForgotten(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", "3")
		_, _ = w.Write([]byte("<p>"))
	}), "metrics /metrics\n"+proxied)
	for i := range 300 {
		s.get(t, fmt.Sprintf("/%d", i), "Accept: text/html")
		s.get(t, "/kept", "Accept: text/html")
	}
	if n := s.count(t, "documents_total", `result="known to be clean"`); n != 299 {
		t.Errorf("known to be clean %d times, want 299", n)
	}
}
