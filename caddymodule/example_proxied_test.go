package caddymodule_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The example site behind a proxy is the example site, however the backend
// sends it and the visitor asks for it: the same bytes arrive as from the file
// server, with which TestBrowserExampleSiteObeysToTheLetter visits every page.
func TestExampleSiteBehindAProxy(t *testing.T) {
	visitors := map[string]string{
		"no choice":  "",
		"analytics":  "1.1.%d.c.analytics.performance~advertising~social",
		"accept all": "1.1.%d.a.analytics~performance~advertising~social.",
	}
	pages, err := filepath.Glob(exampleDir + "/site/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatal("the example site is missing")
	}
	config := exampleCaddyfile(t, exampleDir+"/Caddyfile", localAddr(t))
	cookie := func(format, name string) string {
		if format == "" {
			return "a=b"
		}
		return fmt.Sprintf(name+"="+format, testTime.Unix())
	}

	// As the file server gives it.
	_, addr, _ := strings.Cut(config, "http://localhost")
	addr = "http://localhost" + strings.Fields(addr)[0]
	want := map[string]string{}
	load(t, config)
	client := plainClient(strings.TrimPrefix(addr, "http://"))
	for who, format := range visitors {
		for _, page := range pages {
			want[who+page] = fetch(t, client, addr+"/"+filepath.Base(page), cookie(format, "consent"), "").body
		}
	}

	for _, coding := range []string{"identity", "gzip", "br"} {
		for _, chunked := range []bool{false, true} {
			for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
				t.Run(fmt.Sprintf("%s, chunked %v, %s", coding, chunked, protocol), func(t *testing.T) {
					s := serveTLS(t, siteUpstream(t, coding, chunked), proxiedExample(t))
					s.client.Transport.(overTLS).ForceAttemptHTTP2 = protocol == "HTTP/2.0"
					for who, format := range visitors {
						for _, page := range pages {
							a := fetch(t, s.client, "http://"+s.addr+"/"+filepath.Base(page), cookie(format, "__Host-consent"), coding)
							if a.Proto != protocol {
								t.Fatalf("asked by %s", a.Proto)
							}
							got := decode(t, a.Header.Get("Content-Encoding"), a.body)
							if got != want[who+page] {
								t.Errorf("%s, %s: %d bytes, from the file server %d", who, filepath.Base(page), len(got), len(want[who+page]))
							}
						}
					}
				})
			}
		}
	}
}

// proxiedExample is the example's consent directive in front of the upstream.
func proxiedExample(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile(exampleDir + "/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(data), "\tconsent {")
	block, _, _ := strings.Cut(rest, "\n\t}\n")
	return "\tconsent {" + block + "\n\t}\n\treverse_proxy {upstream}"
}

// siteUpstream serves the example's pages in a content coding.
func siteUpstream(t *testing.T, coding string, chunked bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(exampleDir + "/site/" + filepath.Base(r.URL.Path))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		body := encode(t, coding, string(text))
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if coding != "identity" {
			w.Header().Set("Content-Encoding", coding)
		}
		if !chunked {
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		}
		for len(body) > 0 {
			n := min(len(body), 1000)
			_, _ = w.Write(body[:n])
			body = body[n:]
			if chunked {
				_ = http.NewResponseController(w).Flush()
			}
		}
	})
}

// fetch asks for a URL with a cookie and, if given, an Accept-Encoding.
func fetch(t *testing.T, client *http.Client, url, cookie, coding string) answer {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	if coding != "" {
		req.Header.Set("Accept-Encoding", coding)
	}
	return send(t, client, req)
}
