package caddymodule_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// What was met before comes out the same, is counted each time, and is nobody else's.
func TestMarkupMetBeforeComesOutTheSame(t *testing.T) {
	const tracker = `<script src="https://tracker.test/x.js"></script>`
	page := "<!doctype html><title>t</title>" + strings.Repeat(strings.Repeat("<p>Some words.</p>\n", 300)+tracker, 3) +
		"<script>" + strings.Repeat("call(1);\n", 2000) + "</script><script>" + strings.Repeat("x = 1;\n", 200) + "acmeStats(1)</script>"
	for _, memo := range []string{"8MiB", "1KiB", "off"} {
		t.Run(memo, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
				_, _ = w.Write([]byte(page))
			}), "metrics /metrics\nconsent {"+policy+"\nlimits {\nmemo "+memo+"\n}\n}\nreverse_proxy {upstream}")
			first := ""
			blocked := func() int { return s.count(t, "elements_blocked_total", `category="analytics",kind="script"`) }
			before := blocked()
			for i := range 6 {
				a := s.get(t, "/", "Cookie: "+denied)
				if first == "" {
					first = a.body
				}
				if a.body != first || strings.Contains(a.body, ` src="https://tracker.test`) || strings.Count(a.body, `data-consent="acme"`) != 4 {
					t.Fatalf("time %d differs, or has something that is denied", i)
				}
				if n := blocked() - before; n != 4*(i+1) {
					t.Errorf("time %d: %d blocked in all, want 4 each", i, n)
				}
				if a := s.get(t, "/", "Cookie: "+granted); a.body != page {
					t.Fatalf("time %d: somebody who grants does not get the page", i)
				}
			}
		})
	}
}

func TestTheSizeOfTheMemoIsChecked(t *testing.T) {
	for word, want := range map[string]string{
		"none":   `limits memo: want off or a size like 64KiB or 1MiB, at most 1GiB, not "none"`,
		"1,5MiB": `want off or a size like 64KiB or 1MiB, at most 1GiB, not "1,5MiB"`,
		"":       `limits memo: a value is missing`,
	} {
		_, err := adapt("localhost\nconsent {\nlimits {\nmemo " + word + "\n}\n}")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "Caddyfile:4") {
			t.Errorf("%q: %v", word, err)
		}
	}
}

// A part of a page is asked for by itself as well. That somebody has it in their page says
// nothing about who may not.
func TestAPartOfAPageIsEachVisitorsOwn(t *testing.T) {
	const part = `<p>some words</p><script src="https://tracker.test/x.js"></script><p>more words</p>`
	names := []string{"functional", "analytics", "marketing", "social"}
	var settings strings.Builder
	settings.WriteString("category essential {\nrequired\n}\n")
	for _, name := range names {
		settings.WriteString("category " + name + "\n")
	}
	settings.WriteString("vendor acme {\nname \"Acme Stats\"\ncategory analytics\nurls tracker.test\n}\n")
	h := handler(t, settings.String())
	visit := func(granted, denied []string, pieces ...string) string {
		r := httptest.NewRequest(http.MethodGet, "http://www.shop.example/list", nil)
		r.Header.Set("Cookie", ownCookie(strings.Join(granted, "~"), strings.Join(denied, "~")))
		return ask(t, h, r, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			for _, piece := range pieces {
				_, _ = w.Write([]byte(piece))
			}
		}).Body.String()
	}
	for turn := range 2 << len(names) { // twice: what the last have seen is remembered when the first come again
		set := turn % (1 << len(names))
		var granted, denied []string
		for i, name := range names {
			if set>>i&1 == 1 {
				granted = append(granted, name)
			} else {
				denied = append(denied, name)
			}
		}
		for range 3 {
			whole, alone := visit(granted, denied, "<!doctype html><title>t</title><body>", part), visit(granted, denied, part)
			for _, out := range []string{whole, alone} {
				if loads := strings.Contains(out, ` src="https://tracker`); loads != slices.Contains(granted, "analytics") {
					t.Fatalf("for who grants %q: %s", granted, out)
				}
			}
		}
	}
}
