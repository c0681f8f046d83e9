package caddymodule_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

const placeholderSettings = `
	banner off
	category essential {
		required
	}
	category analytics
	category social {
		title "Social media"
	}
	vendor acme {
		category analytics
		urls tracker.test
	}
	vendor films {
		name "Films"
		company "Films & Co"
		privacy https://films.test/privacy
		category social
		urls video.test
	}
`

const placeholderBody = `<!doctype html><html lang="en"><head><meta charset=utf-8><meta name=viewport content="width=device-width"><title>cinema</title></head>
<body><main><h1>Cinema</h1>
<iframe id=first title="a film" width=480 height=300 src="http://video.test/a.html?v=1&amp;t=2" style="background: url(http://video.test/poster.gif)" onload="window.loads = (window.loads || 0) + 1"></iframe>
<iframe id=second title="another film" width=480 height=300 src="http://video.test/b.html"></iframe>
<iframe id=counter title="a counter" width=480 height=300 src="http://tracker.test/c.html"></iframe></main></body></html>`

// placeholderSite serves the bodies at /0, /1 and so on, and the first everywhere else. A
// body may begin with the line of a policy for it.
func placeholderSite(t *testing.T, settings string, bodies ...string) *site {
	t.Helper()
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
		body := bodies[n]
		if policy, rest, ok := strings.Cut(body, "\n"); ok && strings.HasPrefix(policy, "default-src") {
			w.Header().Set("Content-Security-Policy", policy)
			body = rest
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}), "consent {\n"+settings+placeholderSettings+"}\nreverse_proxy {upstream}")
}

// Before the visitor's click nobody is asked for anything; the click loads that frame, and
// no other, and leaves nothing behind. So it is with the guard, which stands in the page and
// in all frames that a script has looked into, and without.
func TestBrowserAPlaceholderLoadsItsFrameOnce(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		entered, keys  bool
	}{
		{"with the guard", "guard on", false, false},
		{"with the guard in the frame, too", "guard on", true, false},
		{"with the guard, by keyboard", "guard on", false, true},
		{"without", "guard off", false, false},
		{"in a shared page", "guard on\npages shared", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := record(t)
			s := placeholderSite(t, c.settings, placeholderBody)
			tab := guardTab(t, rec, s)
			visit(t, tab, "http://site.test/", true)
			if c.entered {
				if _, err := chromedp.Run(tab, chromedp.Evaluate[string](`[...document.querySelectorAll("iframe")].map((f) => f.contentWindow.document.title).join()`)); err != nil {
					t.Fatal(err)
				}
			}
			for _, frame := range []string{"first", "second", "counter"} {
				expectAside(t, tab, within(frame, `d.querySelectorAll("button").length`), "2")
			}
			if requests, _ := rec.take(); len(requests) > 0 {
				t.Fatalf("before a click: %q", requests)
			}
			// A click of a script's is none of the visitor's.
			aside(t, tab, within("second", `d.getElementById("once").click()`))
			expectAside(t, tab, within("second", `d.getElementById("status").textContent`), "It could not be loaded. Please use the cookie settings.")
			if c.settings != "guard off" {
				const script = `counter.setAttribute("src", counter.getAttribute("data-consent-src")); counter.src = counter.getAttribute("data-consent-src"); 0`
				if _, err := chromedp.Run(tab, chromedp.Evaluate[any](script)); err != nil {
					t.Fatal(err)
				}
			}
			if requests, _ := rec.take(); len(requests) > 0 {
				t.Fatalf("after a script's click: %q", requests)
			}

			if c.keys {
				aside(t, tab, `document.getElementById("first").focus()`)
				if err := chromedp.Do(tab, chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Enter)); err != nil {
					t.Fatal(err)
				}
			} else {
				point(t, tab, "first", "once")
			}
			expectAside(t, tab, within("first", `"there"`), "gone")
			requests, _ := rec.take()
			requests = slices.DeleteFunc(requests, func(r string) bool { return strings.HasSuffix(r, "/favicon.ico") })
			if !slices.Contains(requests, "video.test/a.html?v=1&t=2") || slices.ContainsFunc(requests, func(r string) bool {
				return !strings.HasPrefix(r, "video.test/a.html") && r != "video.test/poster.gif"
			}) {
				t.Errorf("after the click: %q", requests)
			}
			expectAside(t, tab, `["src", "srcdoc", "width", "height", "data-consent-src"].map((a) => first.getAttribute(a)).join("|")`, "http://video.test/a.html?v=1&t=2||480|300|")
			expectAside(t, tab, `document.activeElement.id`, "first")
			expectAside(t, tab, `second.getAttribute("data-consent") + second.src`, "films")
			if got := cookieNames(t, tab); got != "" {
				t.Errorf("cookies: %s", got)
			}
			visit(t, tab, "http://site.test/", true)
			expectAside(t, tab, within("first", `d.querySelectorAll("button").length`), "2")
			if requests, _ := rec.take(); len(requests) > 0 {
				t.Errorf("the next time: %q", requests)
			}
		})
	}
}

// "Always allow" grants what the vendor needs beside what is granted, and releases it in
// place, in all of the page.
func TestBrowserAPlaceholderAlwaysAllowsItsCategory(t *testing.T) {
	for _, c := range []struct {
		name, settings string
		reloads        bool
	}{
		{"with the guard", "guard on", false},
		{"without", "guard off", false},
		{"in a shared page", "guard on\npages shared", false},
		{"under the net, which needs a reload", "guard on\ncsp enforce", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := record(t)
			s := placeholderSite(t, c.settings, placeholderBody)
			tab := guardTab(t, rec, s)
			setCookie(t, tab, "http://site.test/", ownCookie("analytics", "social"))
			visit(t, tab, "http://site.test/", true)
			offered := "Load once,Always allow: Social media"
			if c.reloads {
				offered = "Always allow: Social media"
			}
			expectAside(t, tab, within("first", buttons), offered)
			if c.settings != "guard on\npages shared" {
				expectAside(t, tab, `counter.hasAttribute("src")`, "true")
			}
			rec.take()
			if _, err := chromedp.Run(tab, chromedp.Evaluate[bool]("window.same = true")); err != nil {
				t.Fatal(err)
			}
			point(t, tab, "first", "always")
			expectAside(t, tab, within("first", `"there"`), "gone")
			expectAside(t, tab, within("second", `"there"`), "gone")
			requests, _ := rec.take()
			for _, want := range []string{"video.test/a.html?v=1&t=2", "video.test/b.html"} {
				if !slices.Contains(requests, want) {
					t.Errorf("%s was not asked for: %q", want, requests)
				}
			}
			if is, err := chromedp.Run(tab, chromedp.Evaluate[bool]("!window.same")); err != nil || is != c.reloads {
				t.Errorf("reloaded: %v, %v", is, err)
			}
			state, err := chromedp.Run(tab, chromedp.Evaluate[string](`fetch("/.consent/state").then((r) => r.json()).then((s) => s.granted.join())`, awaited))
			if err != nil || state != "essential,analytics,social" {
				t.Errorf("granted: %s, %v", state, err)
			}
		})
	}
}

// What a signal of the browser denies is not offered, but said.
func TestBrowserAPlaceholderObeysASignal(t *testing.T) {
	s := placeholderSite(t, "guard on\ngpc social", placeholderBody)
	tab := guardTab(t, record(t), s)
	if _, err := chromedp.Call(tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Sec-GPC": "1"}}); err != nil {
		t.Fatal(err)
	}
	visit(t, tab, "http://site.test/", true)
	expectAside(t, tab, within("first", buttons), "Load once")
	expectAside(t, tab, within("first", `d.getElementById("status").textContent`), "Social media: Off: your browser asks for it")
	expectAside(t, tab, within("counter", buttons), "Load once,Always allow: Analytics cookies")
}

// A policy of the page, which the document inherits, a sandbox, or another site's base
// takes nothing away but what needs a script.
func TestBrowserPlaceholdersUnderThePagesRestrictions(t *testing.T) {
	sandboxed := func(flags string) string {
		return `<!doctype html><html lang=en><title>x</title><iframe id=first title=film width=480 height=300 sandbox="` + flags + `" src="http://video.test/a.html"></iframe>`
	}
	cases := []struct{ name, body, buttons, font string }{
		{"a strict policy", "default-src 'self'\n" + placeholderBody, "2", "16px"},
		{"a policy without scripts and styles", "default-src 'none'; img-src *\n" + placeholderBody, "0", ""},
		{"a sandbox with all it needs", sandboxed("allow-scripts allow-same-origin"), "2", "16px"},
		{"a sandbox without scripts", sandboxed("allow-same-origin"), "0", "16px"},
		{"a sandbox of another origin", sandboxed("allow-scripts"), "unknown", ""},
		{"another site's base", strings.Replace(placeholderBody, "<title>", `<base href="http://cdn.test/x/"><title>`, 1), "2", "16px"},
	}
	bodies := make([]string, len(cases))
	for i, c := range cases {
		bodies[i] = c.body
	}
	rec := record(t)
	s := placeholderSite(t, "guard on", bodies...)
	tab := guardTab(t, rec, s)
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			visit(t, tab, fmt.Sprintf("http://site.test/%d", i), true)
			if c.buttons == "unknown" {
				// Its document is out of reach, and so is the page for it: it stays as it came.
				expectAside(t, tab, `first.srcdoc.includes('target="_top">Cookie settings') && first.contentDocument`, "null")
			} else {
				expectAside(t, tab, within("first", `d.querySelectorAll("button").length`), c.buttons)
				expectAside(t, tab, within("first", `d.querySelector("#settings").href`), "http://site.test/.consent/")
			}
			if c.font != "" {
				expectAside(t, tab, within("first", `d.defaultView.getComputedStyle(d.body).fontSize + d.defaultView.getComputedStyle(d.body).display`), c.font+"flex")
			}
			if requests, _ := rec.take(); len(requests) > 0 {
				t.Errorf("asked for: %q", requests)
			}
		})
	}
}

// In small frames what has no room is not there, to no one.
func TestBrowserPlaceholdersInSmallFrames(t *testing.T) {
	cases := []struct {
		width, height int
		what, link    bool
	}{{560, 315, true, true}, {300, 150, true, true}, {728, 90, true, true}, {120, 90, false, true}, {88, 31, false, true}, {16, 16, false, false}, {2, 300, false, false}}
	bodies := make([]string, len(cases))
	for i, c := range cases {
		bodies[i] = fmt.Sprintf(`<!doctype html><title>x</title><iframe id=first style="border: 0" width=%d height=%d src="http://video.test/a.html"></iframe>`, c.width, c.height)
	}
	s := placeholderSite(t, "guard off", bodies...)
	tab := guardTab(t, record(t), s)
	for i, c := range cases {
		t.Run(fmt.Sprintf("%d by %d", c.width, c.height), func(t *testing.T) {
			visit(t, tab, fmt.Sprintf("http://site.test/%d", i), true)
			expectAside(t, tab, within("first", `d.querySelectorAll("button").length`), "2")
			const seen = `["what", "settings"].map((id) => d.getElementById(id).getClientRects().length > 0).join()`
			expectAside(t, tab, within("first", seen), fmt.Sprintf("%v,%v", c.what, c.link))
			expectAside(t, tab, `first.offsetWidth + " " + first.offsetHeight`, fmt.Sprintf("%d %d", c.width, c.height))
			expectAside(t, tab, within("first", `d.documentElement.scrollWidth <= d.documentElement.clientWidth`), "true")
			picture(t, tab, fmt.Sprintf("placeholder-%dx%d", c.width, c.height))
		})
	}
}

// Its language is the page's, and it is written as that is.
func TestBrowserPlaceholdersSpeakThePagesLanguage(t *testing.T) {
	s := placeholderSite(t, "guard on", strings.Replace(placeholderBody, `lang="en"`, `lang="ar" style="--consent-accent: rgb(120, 0, 60)"`, 1))
	tab := guardTab(t, record(t), s)
	visit(t, tab, "http://site.test/", true)
	expectAside(t, tab, within("first", `d.documentElement.lang + d.documentElement.dir + d.defaultView.getComputedStyle(d.body).direction`), "arrtlrtl")
	expectAside(t, tab, within("first", `d.getElementById("once").textContent`), "التحميل مرة واحدة")
	expectAside(t, tab, within("first", `d.defaultView.getComputedStyle(d.getElementById("once")).backgroundColor`), "rgb(120, 0, 60)")
	picture(t, tab, "placeholder-rtl")
}

// axe-core finds nothing to complain about in pages with placeholders.
func TestBrowserPlaceholderAccessibility(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join(managerPackages, "axe-core/axe.min.js"))
	if err != nil {
		if os.Getenv("CONSENT_REQUIRE_MANAGERS") != "" {
			t.Fatal("CONSENT_REQUIRE_MANAGERS is set, but axe-core is not there: npm ci --prefix internal/managers")
		}
		t.Skip("axe-core is not there: npm ci --prefix internal/managers")
	}
	const run = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) =>
		r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join(", ")).join("; ") || "nothing, in " + r.passes.flatMap((p) => p.nodes).filter((n) => n.target.length > 1).length)`
	s := placeholderSite(t, "guard off", placeholderBody)
	tab := guardTab(t, record(t), s)
	for _, scheme := range []string{"light", "dark"} {
		t.Run(scheme, func(t *testing.T) {
			if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			}); err != nil {
				t.Fatal(err)
			}
			visit(t, tab, "http://site.test/", true)
			for _, frame := range []string{"first", "second", "counter"} {
				expectAside(t, tab, within(frame, `d.querySelectorAll("button").length`), "2")
			}
			picture(t, tab, "placeholder-"+scheme)
			// It looks into frames in which it is, too.
			into := `for (const f of document.querySelectorAll("iframe")) f.contentWindow.eval(` + strconv.Quote(string(axe)) + `); 0`
			if _, err := chromedp.Run(tab, chromedp.Evaluate[any](string(axe)+";"+into)); err != nil {
				t.Fatal(err)
			}
			got, err := chromedp.Run(tab, chromedp.Evaluate[string](run, awaited))
			if err != nil || !strings.HasPrefix(got, "nothing, in ") || got == "nothing, in 0" {
				t.Errorf("%s, %v", got, err)
			}
		})
	}
}
