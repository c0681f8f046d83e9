package caddymodule_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// axe-core finds nothing to complain about (WCAG 2.2 A and AA, and its best practices), and
// nothing is wider than the screen: on a desk and on a phone, light and dark, from left to
// right and from right to left. With CONSENT_SCREENSHOTS set to a folder it is painted, too.
func TestBrowserAccessibility(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join(managerPackages, "axe-core/axe.min.js"))
	if err != nil {
		if os.Getenv("CONSENT_REQUIRE_MANAGERS") != "" {
			t.Fatal("CONSENT_REQUIRE_MANAGERS is set, but axe-core is not there: npm ci --prefix internal/managers")
		}
		t.Skip("axe-core is not there: npm ci --prefix internal/managers")
	}
	seen := record(t)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		written := `lang="` + r.Header.Get("Accept-Language") + `"`
		if written == `lang="ar"` {
			written += ` dir="rtl"`
		}
		// The page itself is no wider than a phone, or the browser would zoom out.
		page(strings.NewReplacer(`lang="en"`, written, "width=400", "width=300").Replace(bannerPage)).ServeHTTP(w, r)
	}), bannerSettings)
	tab := browser(t, seen, "host-resolver-rules", "MAP site.test "+s.addr+", MAP * "+seen.addr)
	for _, c := range []struct {
		name, scheme, lang string
		width, height      int64
	}{
		{"desk", "light", "en", 1280, 900},
		{"desk-dark", "dark", "en", 1280, 900},
		{"phone", "light", "de", 360, 740},
		{"phone-dark-rtl", "dark", "ar", 360, 740},
		{"desk-rtl", "light", "ar", 1280, 900},
	} {
		t.Run(c.name, func(t *testing.T) {
			emulate(t, tab, c.scheme, c.lang, c.width, c.height)
			for _, path := range []string{"", ".consent/", ".consent/policy", ".consent/receipt"} {
				visit(t, tab, "http://site.test/"+path, true)
				paint(t, tab, c.name+"-"+strings.Trim(strings.ReplaceAll(path, "/", "-"), ".-"))
				if path == "" {
					clickInBanner(t, tab, map[string]string{"en": "Choose", "de": "Auswählen", "ar": "اختيار"}[c.lang])
					paint(t, tab, c.name+"-choices")
				}
				if got := complaints(t, tab, string(axe)); got != "nothing" {
					t.Errorf("/%s: %s", path, got)
				}
				const wide = `String(Math.max(document.documentElement.scrollWidth, document.querySelector("#consent-banner")?.shadowRoot.querySelector(".panel").scrollWidth ?? 0) > innerWidth)`
				if got := eventually(t, tab, wide, "false"); got != "false" {
					t.Errorf("/%s is wider than the screen", path)
				}
			}
		})
	}
}

// emulate makes the browser that of somebody else.
func emulate(t *testing.T, tab context.Context, scheme, lang string, width, height int64) {
	t.Helper()
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(tab, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": lang},
	}); err != nil {
		t.Fatal(err)
	}
}

// fewVendors leaves one vendor in 25 on a page: they are all written alike, and
// axe-core takes half a minute for all of the catalog.
const fewVendors = `(() => {
	document.querySelectorAll("h3").forEach((heading, i) => {
		if (i % 25 === 0) return;
		while (heading.nextElementSibling && !/^H[23]$/.test(heading.nextElementSibling.tagName)) heading.nextElementSibling.remove();
		heading.remove();
	});
	document.querySelectorAll("li:nth-child(25n + 2) ~ li:nth-child(n + 12)").forEach((item) => item.remove());
})()`

// complaints runs axe-core: "nothing" if it finds nothing.
func complaints(t *testing.T, tab context.Context, axe string) string {
	t.Helper()
	const run = `window.found = undefined; axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then((r) => {
		window.found = r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.target.join(" ")).join(", ")).join("; ") || "nothing"; })`
	for _, script := range []string{fewVendors, axe, run} {
		if _, err := chromedp.Run(tab, chromedp.Evaluate[any](script+"; 0")); err != nil {
			t.Fatal(err)
		}
	}
	return eventually(t, tab, `String(window.found)`, "nothing")
}

// paint keeps what is to be seen, for people to look at.
func paint(t *testing.T, tab context.Context, name string) {
	t.Helper()
	folder := os.Getenv("CONSENT_SCREENSHOTS")
	if folder == "" {
		return
	}
	if strings.HasSuffix(name, "-") {
		_ = eventually(t, tab, inBanner(panelShown), "true")
	}
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}
