package caddymodule_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// writtenPage has held scripts that write tags in pieces, in a page that may have done
// something before.
const writtenPage = `<!doctype html><html><head><meta charset=utf-8><title>written</title>
<script>BEFORE; var acmeStats = () => {}</script></head><body>
<p id=inline><script>acmeStats(); document.write("<b id=w"); document.write(" title=x>te"); document.write("xt</b"); document.write(">after"); document.writeln("<i>line"); document.write("</i>")</script></p>
<p id=external><script src="//js.tracker.test/external.js"></script></p>
<script>acmeStats(); document.title = "done"</script>
</body></html>`

// What released scripts write is there as in a page in which nothing was held, with the guard
// and without, and whatever functions the page has put in place of the browser's.
func TestBrowserReleasedScriptsWriteInPieces(t *testing.T) {
	hosts := scripts(t, map[string]string{"/external.js": `document.write("<u titl"); document.write("e=y>ext</u>")`})
	for name, before := range map[string]string{
		"plain":                     "",
		"a stand-in for the policy": `Object.defineProperty(window, "trustedTypes", {value: {createPolicy: (name, rules) => rules}})`,
		"the page's own write":      `var hooked = []; document.write = (text) => hooked.push(text)`,
		"a default policy":          `trustedTypes.createPolicy("default", {createHTML: (text) => text})`,
	} {
		for _, guard := range []string{"off", "on"} {
			t.Run(name+", guard "+guard, func(t *testing.T) {
				upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					_, _ = io.WriteString(w, strings.Replace(writtenPage, "BEFORE", before, 1))
				})
				s := serve(t, upstream, "consent {\nguard "+guard+"\nbanner {\n}\n"+policy+"\n}\nreverse_proxy {upstream}")
				tab := releaseTab(t, s, hosts)
				visit(t, tab, "http://site.test/", true)
				clickInBanner(t, tab, "Accept all")
				if got := eventually(t, tab, "document.title", "done"); got != "done" {
					t.Fatal("not all is released")
				}
				const written = `[...document.querySelectorAll("p")].map((p) => p.innerHTML.replace(/<script[^]*?<.script>/g, "")).join("|") + (window.hooked ?? "")`
				const want = `<b id="w" title="x">text</b>after<i>line` + "\n" + `</i>|<u title="y">ext</u>`
				if got, err := chromedp.Run(tab, chromedp.Evaluate[string](written)); err != nil || got != want {
					t.Errorf("%q, want %q (%v)", got, want, err)
				}
			})
		}
	}
}
