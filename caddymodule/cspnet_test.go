package caddymodule_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// netSite is a site with the net, whose backend sends policies of its own.
func netSite(t *testing.T, settings string, policies ...string) *site {
	t.Helper()
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Security-Policy"] = policies
		if r.URL.Path == "/worker.js" {
			w.Header().Set("Content-Type", "text/javascript")
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><html><head><title>x</title></head><body>x</body></html>`)
	})
	return serve(t, upstream, "consent {\nbanner off\n"+settings+policy+`
		vendor fonts {
			category essential
			urls fonts.test *.assets.test api.test/v1/* one.test/app.js
		}
	}
	reverse_proxy {upstream}`)
}

// The net allows this site, granted vendors and the operator's additions, beside what
// the backend says and never in its place.
func TestTheNetStandsBesideTheBackendsPolicy(t *testing.T) {
	s := netSite(t, "guard off\ncsp enforce {\nallow cdn.test https:\n}", "img-src 'none'")
	lines := s.get(t, "/").Header["Content-Security-Policy"]
	if len(lines) != 2 || lines[0] != "img-src 'none'" {
		t.Fatalf("policies are %q", lines)
	}
	for _, source := range []string{"'self'", "'unsafe-inline'", "fonts.test", "*.fonts.test", "*.assets.test", "api.test/v1/", "one.test/app.js", "cdn.test", "https:"} {
		if !strings.Contains(lines[1]+" ", " "+source+" ") && !strings.Contains(lines[1], " "+source+";") {
			t.Errorf("%s is not in %q", source, lines[1])
		}
	}
	for _, source := range []string{"tracker.test", " assets.test", "*.api.test/v1/*"} {
		if strings.Contains(lines[1], source) {
			t.Errorf("%s is in %q", source, lines[1])
		}
	}
	if lines = s.get(t, "/", "Cookie: "+granted).Header["Content-Security-Policy"]; len(lines) != 2 || !strings.Contains(lines[1], " tracker.test ") {
		t.Errorf("what is granted is not in %q", lines)
	}
	if worker := s.get(t, "/worker.js", "Sec-Fetch-Dest: worker"); len(worker.Header["Content-Security-Policy"]) != 2 || !variesBy(worker.Header, "Cookie") {
		t.Errorf("a worker's header is %v", worker.Header)
	}
	if script := s.get(t, "/worker.js", "Sec-Fetch-Dest: script"); len(script.Header["Content-Security-Policy"]) != 1 {
		t.Errorf("a script's header is %v", script.Header)
	}
}

// Caches put the header of a 304 in the place of what they have: the net must be in that, too.
func TestTheNetStandsInWhatHasNotChanged(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "img-src 'none'")
		w.Header().Set("ETag", `"a"`)
		if r.Header.Get("If-None-Match") == `"a"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>x</title>")
	}), "encode\nconsent {\ncsp enforce\n"+policy+"\n}\nreverse_proxy {upstream}")
	whole := s.get(t, "/", inWindow...)
	same := s.get(t, "/", append([]string{"If-None-Match: " + whole.Header.Get("ETag")}, inWindow...)...)
	for _, name := range []string{"Content-Security-Policy", "Vary", "Cache-Control", "ETag"} {
		if same.StatusCode != http.StatusNotModified || !slices.Equal(whole.Header[name], same.Header[name]) {
			t.Errorf("%d, %s: %q, and %q before", same.StatusCode, name, same.Header[name], whole.Header[name])
		}
	}
}

func TestTheNetMayOnlyReport(t *testing.T) {
	header := netSite(t, "guard off\ncsp report").get(t, "/").Header
	if header.Get("Content-Security-Policy") != "" || !strings.Contains(header.Get("Content-Security-Policy-Report-Only"), "report-uri /.consent/csp") {
		t.Errorf("header is %v", header)
	}
}

// A nonce is reused where this module's script would not run without, and never invented.
func TestANonceIsReusedNeverInvented(t *testing.T) {
	for csp, nonce := range map[string]string{
		"":                          "",
		"script-src 'self'":         "",
		"script-src 'nonce-abc123'": "abc123",
		"script-src 'self' 'strict-dynamic' 'nonce-a+/_-='": "a+/_-=",
		"default-src 'none'; style-src 'nonce-s'":           "",
		"default-src 'NONCE-Abc'":                           "Abc",
		"script-src-elem 'nonce-e'; script-src 'self'":      "e",
		"img-src *, script-src 'nonce-second'":              "second",
		"script-src https: 'nonce-h'":                       "h",
		"script-src https://127.0.0.1:1 'nonce-p'":          "p",
		`script-src 'nonce-">x'`:                            "",
	} {
		body := netSite(t, "guard on", csp).get(t, "/").body
		_, tag, found := strings.Cut(body, "<script")
		tag, _, _ = strings.Cut(tag, "</script>")
		want := ""
		if nonce != "" {
			want = ` nonce="` + nonce + `"`
		}
		if !found || !strings.HasSuffix(tag, `"`+want+`>`) || want == "" && strings.Contains(tag, "nonce") {
			t.Errorf("%s: the script is %q, want nonce %q", csp, tag, nonce)
		}
	}
}
