package caddymodule_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Directives that rewrite a request stand before consent in Caddy's order.
// What a visitor's browser makes of a page depends on where the visitor went,
// not on what became of it: relative addresses, the endpoint, collectors, the
// paths of cookies.
func TestWhatCountsIsWhereTheVisitorWent(t *testing.T) {
	dir := folder(t, map[string]string{
		"index.html": `<!doctype html><script src="metrics/t.js"></script><script src="../metrics/t.js"></script>`,
	})
	const vendor = policy + `
		vendor gateway {
			category analytics
			urls /shop/metrics/*
		}`
	heldGateway := func(src string) string {
		return fmt.Sprintf(`<script data-consent="gateway" type="text/plain" data-consent-src="%s"></script>`, src)
	}
	for _, test := range []struct{ name, directives string }{
		{"an application of one page", "try_files {path} /index.html"},
		{"a rewrite of all", "rewrite * /index.html"},
		{"a rewrite of the query as well", "rewrite * /index.html?path={path}"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, nil, "root "+dir+"\n"+test.directives+"\nencode\nconsent {"+vendor+"\n}\nfile_server")
			a := s.get(t, "/shop/page", "Cookie: _trk=1", "Accept: text/html")
			if want := `<!doctype html>` + heldGateway("metrics/t.js") + `<script src="../metrics/t.js"></script>`; a.body != want {
				t.Errorf("a page of the shop: got %s, want %s", a.body, want)
			}
			var paths []string
			for _, c := range a.Cookies() {
				paths = append(paths, c.Path)
			}
			slices.Sort(paths)
			if want := []string{"/", "/shop", "/shop/", "/shop/page"}; !slices.Equal(paths, want) {
				t.Errorf("cookies are expired at %q, want %q", paths, want)
			}
			a = s.get(t, "/shop/deep/page")
			if want := `<!doctype html><script src="metrics/t.js"></script>` + heldGateway("../metrics/t.js"); a.body != want {
				t.Errorf("a page deeper in the shop: got %s, want %s", a.body, want)
			}
			if a = s.get(t, "/shop/metrics/t.js"); a.StatusCode != http.StatusNoContent {
				t.Errorf("a collector: %v %s", a.Response, a.body)
			}
			if a = s.get(t, "/.consent/"); !strings.Contains(a.body, "<form") {
				t.Errorf("the endpoint: %v %s", a.Response, a.body)
			}
			if a = s.get(t, "/.consent/style.css"); !strings.Contains(a.body, "--consent-accent") {
				t.Errorf("its style: %v", a.Response)
			}
			if a = s.choose(t, "choice=accept&return=/shop/page"); a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/shop/page" {
				t.Errorf("a choice: %v", a.Response)
			}
		})
	}
	t.Run("a collector under another name", func(t *testing.T) {
		asked := new(seen)
		s := serve(t, asked, "rewrite /shop/metrics/* /gateway{uri}\nconsent {"+vendor+"\n}\nreverse_proxy {upstream}")
		if a := s.get(t, "/shop/metrics/t.js"); a.StatusCode != http.StatusNoContent || len(asked.take()) > 0 {
			t.Errorf("denied: %v", a.Response)
		}
		s.get(t, "/shop/metrics/t.js", "Cookie: "+granted)
		if r := asked.one(t); r.RequestURI != "/gateway/shop/metrics/t.js" {
			t.Errorf("granted: the backend was asked for %s", r.RequestURI)
		}
	})
	t.Run("a collector that is asked for as a proxy is", func(t *testing.T) {
		s := serve(t, page("collected"), "consent {"+vendor+"\n}\nreverse_proxy {upstream}")
		client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: s.addr})}}
		a, err := client.Get("http://" + s.addr + "/shop/metrics/t.js")
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if a.StatusCode != http.StatusNoContent {
			t.Error(a)
		}
	})
	t.Run("a part of the site from which its prefix is stripped", func(t *testing.T) {
		s := serve(t, page("the part"), "handle_path /part/* {\nconsent {"+vendor+"\n}\nreverse_proxy {upstream}\n}\nrespond nothing")
		for path, want := range map[string]string{"/part/": "the part", "/part/.consent/": "<form", "/.consent/": "nothing"} {
			if a := s.get(t, path); !strings.Contains(a.body, want) {
				t.Errorf("%s: %v %.100q", path, a.Response, a.body)
			}
		}
	})
}

// In report mode the collector of a denied vendor on this site itself is counted, and gets its requests.
func TestReportModeCountsCollectors(t *testing.T) {
	const vendor = policy + "\nvendor gateway {\ncategory analytics\nurls /gateway/*\n}\n"
	for mode, status := range map[string]int{"enforce": http.StatusNoContent, "report": http.StatusOK} {
		s := serve(t, page("collected"), "metrics /metrics\nconsent {\nmode "+mode+vendor+"\n}\nreverse_proxy {upstream}")
		const counter, labels = "elements_blocked_total", `category="analytics",kind="other"`
		before := s.count(t, counter, labels)
		if a := s.get(t, "/gateway/x", "Accept: */*"); a.StatusCode != status {
			t.Errorf("%s: %d", mode, a.StatusCode)
		}
		if n := s.count(t, counter, labels) - before; n != 1 {
			t.Errorf("%s: %v were counted", mode, n)
		}
	}
}
