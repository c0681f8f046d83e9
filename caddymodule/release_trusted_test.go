package caddymodule_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// trustedPage has something held in every place where Trusted Types ask for more than text.
const trustedPage = `<!doctype html><html><head><meta charset=utf-8><title>trusted</title>
<script>var did = [], acmeStats = (what) => did.push(what), note = acmeStats</script></head><body>
<script>acmeStats("inline")</script>
<script src="//js.tracker.test/external.js"></script>
<script type=module src="//js.tracker.test/module.js"></script>
<svg><script href="//js.tracker.test/svg.js"></script></svg>
<button id=handler onclick="acmeStats('handler')">x</button>
<iframe id=within srcdoc="<!doctype html><script src='//js.tracker.test/within.js'></script>"></iframe>
<script>acmeStats("writes"); try { document.write("<p>text</p>") } catch (e) { note(e.constructor.name) }</script>
<script>acmeStats("trusted"); document.write(mine.createHTML("<p id=written>text</p>")); note("written: " + !!document.getElementById("written"))</script>
<object id=object data="//js.tracker.test/object"></object>
</body></html>`

// A page with Trusted Types gets back what was held as any other does, if its policy knows the
// names of this module's; and what may not be written as text still may not.
func TestBrowserReleaseKeepsTrustedTypes(t *testing.T) {
	hosts := scripts(t, map[string]string{
		"/external.js": `note("external")`, "/module.js": `note("module")`, "/svg.js": `note("svg")`, "/within.js": `parent.note("within")`, "/object": ``, "/second.js": `note("second")`,
	})
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "require-trusted-types-for 'script'; trusted-types mine consent-guard consent-banner consent-release")
		_, _ = io.WriteString(w, strings.Replace(trustedPage, "note = acmeStats", `note = acmeStats, mine = trustedTypes.createPolicy("mine", {createHTML: (x) => x})`, 1))
	})
	s := serve(t, upstream, "consent {\nguard on\nbanner {\n}\n"+policy+"\n}\nreverse_proxy {upstream}")
	tab := releaseTab(t, s, hosts)
	visit(t, tab, "http://site.test/", true)
	if did, err := chromedp.Run(tab, chromedp.Evaluate[string](`did.join()`)); err != nil || did != "" {
		t.Errorf("before a choice: %s (%v)", did, err)
	}
	clickInBanner(t, tab, "Accept all")
	const want = "external,handler,inline,module,svg,trusted,TypeError,within,writes,written: true"
	const ran = `(() => { if (!window.clicked && document.getElementById("handler").getAttribute("onclick") !== ";") { clicked = 1; document.getElementById("handler").click() }
		return did.slice().sort((a, b) => a.toLowerCase() < b.toLowerCase() ? -1 : 1).join() })()`
	if did := eventually(t, tab, ran, want); did != want {
		t.Errorf("after it: %s, want %s", did, want)
	}
	if data, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.getElementById("object").getAttribute("data")`)); err != nil || data != "//js.tracker.test/object" {
		t.Errorf("the object's data: %q (%v)", data, err)
	}
	// What is held later is released by a later choice, though a policy can be made only once.
	const more = `(() => { document.body.append(document.createRange().createContextualFragment(mine.createHTML(
		'<script type="text/plain" data-consent="acme" data-consent-src="//js.tracker.test/second.js"></' + 'script><img id=later data-consent="acme" data-consent-src="//js.tracker.test/i.png">')));
		consent.open(); return "" })()`
	if _, err := chromedp.Run(tab, chromedp.Evaluate[string](more)); err != nil {
		t.Fatal(err)
	}
	clickInBanner(t, tab, "Accept all")
	const later = `[did.includes("second"), document.getElementById("later").getAttribute("src")].join()`
	if got := eventually(t, tab, later, "true,//js.tracker.test/i.png"); got != "true,//js.tracker.test/i.png" {
		t.Errorf("after a second choice: %s", got)
	}
}
