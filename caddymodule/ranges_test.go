package caddymodule_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Whoever asks for a part of a page gets all of it, as anybody does; parts of other things are parts.
func TestNobodyGetsAPartOfAPage(t *testing.T) {
	html := `<!doctype html><title>x</title><img src="https://tracker.test/x.png">` + strings.Repeat("text ", 1000)
	files := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", r.URL.Path)
		body := html
		if r.URL.Path == "/a.bin" {
			w.Header().Set("Content-Type", "application/octet-stream")
		} else {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("ETag", `"a"`)
			http.SetCookie(w, &http.Cookie{Name: "_trk", Value: "1"})
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader([]byte(body)))
	})
	for _, inside := range []string{
		"route {\nuri strip_prefix /shop\nreverse_proxy {upstream}\n}",
		"handle /api/* {\nrespond api\n}\nhandle_path /shop/* {\nrewrite /page /other\nreverse_proxy {upstream}\n}\nhandle {\nrespond other\n}",
	} {
		t.Run(inside, func(t *testing.T) {
			nobodyGetsAPart(t, serve(t, files, "consent {"+policy+"\n}\n"+inside), html)
		})
	}
}

func nobodyGetsAPart(t *testing.T, s *site, html string) {
	t.Helper()
	whole := s.get(t, "/shop/page", "Accept: */*")
	if whole.StatusCode != http.StatusOK || !strings.Contains(whole.body, `data-consent-src="https://tracker.test/x.png"`) {
		t.Fatal(whole.Response, whole.body)
	}
	for _, headers := range [][]string{
		{"Range: bytes=0-299"},
		{"Range: bytes=300-"},
		{"Range: bytes=-5"},
		{"Range: bytes=0-0,1-"},
		{"Range: bytes=0-9", `If-Range: "a"`},
		{"Range: bytes=0-9", "Accept: text/html"},
		{"Range: bytes=0-9", "Sec-Fetch-Dest: empty", "Accept: */*"},
	} {
		a := s.get(t, "/shop/page", headers...)
		if a.err != nil || a.StatusCode != http.StatusOK || len(a.body) != len(whole.body) || a.Header.Get("Content-Range") != "" ||
			a.Header.Get("X-Seen") != whole.Header.Get("X-Seen") || len(a.Header["Set-Cookie"]) > 0 || a.Header.Get("Accept-Ranges") != "" {
			t.Errorf("%q: %v, %d bytes of %d, %v", headers, a.Response, len(a.body), len(whole.body), a.err)
		}
	}
	if a := s.do(t, http.MethodHead, "/shop/page", nil, "Range: bytes=0-9"); a.StatusCode != http.StatusOK || a.Header.Get("Content-Range") != "" {
		t.Errorf("a header: %v", a.Response)
	}
	for _, headers := range [][]string{{"Range: bytes=0-299"}, {"Range: bytes=0-299", "Accept: text/html", "Sec-Fetch-Dest: image"}} {
		if a := s.get(t, "/shop/a.bin", headers...); a.StatusCode != http.StatusPartialContent || a.body != html[:300] {
			t.Errorf("a file, %q: %v, %d bytes", headers, a.Response, len(a.body))
		}
	}
	if a := s.get(t, "/shop/page", "Range: bytes=0-9", "Sec-Fetch-Dest: script"); a.StatusCode != http.StatusPartialContent || a.body != html[:10] {
		t.Errorf("a script that is sent as a page: %v, %d bytes", a.Response, len(a.body))
	}
}
