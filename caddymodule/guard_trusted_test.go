package caddymodule_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// trustedScript does with a policy of the page's own what Trusted Types ask for, and tries
// what they forbid. Nobody in it is denied.
const trustedScript = `
const mine = trustedTypes.createPolicy("mine", { createHTML: (x) => x, createScriptURL: (x) => x });
const did = [];
const step = (name, run) => { try { run(); did.push(name) } catch (e) { did.push(name + " throws " + e.constructor.name) } };
const div = document.createElement("div");
document.body.append(div);
step("innerHTML", () => { div.innerHTML = mine.createHTML("<p>a</p><img src=//cdn.test/o>") });
step("insertAdjacentHTML", () => div.insertAdjacentHTML("beforeend", mine.createHTML("<b>//</b>")));
step("srcdoc", () => { const f = document.createElement("iframe"); f.srcdoc = mine.createHTML("<p>//x"); div.append(f) });
step("fragment", () => document.createRange().createContextualFragment(mine.createHTML("<p>//x")));
step("script", () => { const s = document.createElement("script"); s.src = mine.createScriptURL("/own.js"); document.body.append(s) });
step("setAttribute", () => { const s = document.createElement("script"); s.setAttribute("src", mine.createScriptURL("/own.js")); document.body.append(s) });
step("worker", () => new Worker(mine.createScriptURL("/own.js")).terminate());
step("string", () => { div.innerHTML = "<p>//" });
step("string written", () => document.write("<im"));
step("string of a script", () => { document.createElement("script").src = "/own.js" });
window.mine = mine;
document.title = did.join(", ")`

// A page that asks for Trusted Types, and has a policy, works with the guard as it does
// without: what is trusted passes, what is not is refused; and what is denied in markup
// that is trusted is taken out of it.
func TestBrowserTheGuardKeepsTrustedTypes(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/own.js" {
			w.Header().Set("Content-Type", "text/javascript")
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "require-trusted-types-for 'script'")
		_, _ = io.WriteString(w, `<!doctype html><html><head><title>x</title></head><body><script>(() => {`+trustedScript+`})()</script></body></html>`)
	})
	titles := map[string]string{}
	for _, guard := range []string{"off", "on"} {
		rec := record(t)
		s := serve(t, upstream, "consent {\nbanner off\nguard "+guard+policy+"\n}\nreverse_proxy {upstream}")
		tab := guardTab(t, rec, s)
		visit(t, tab, "http://site.test/", true)
		rec.await("cdn.test/o")
		title, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.title"))
		if err != nil {
			t.Fatal(err)
		}
		titles[guard] = title
		if guard == "off" {
			continue
		}
		rec.take()
		const denied = `(() => { const d = document.createElement("div"); document.body.append(d);
			d.innerHTML = mine.createHTML("<i>kept</i><img src=//tracker.test/t><img src=//cdn.test/o2>"); return d.textContent })()`
		if text, err := chromedp.Run(tab, chromedp.Evaluate[string](denied)); err != nil || text != "kept" {
			t.Errorf("markup with somebody denied: %q (%v)", text, err)
		}
		rec.await("cdn.test/o2")
		if _, hosts := rec.take(); hosts["tracker.test"] || !hosts["cdn.test"] {
			t.Errorf("contacted %v", hosts)
		}
	}
	if titles["on"] != titles["off"] || titles["on"] == "x" {
		t.Errorf("with the guard: %s\nwithout:        %s", titles["on"], titles["off"])
	}
	const want = "innerHTML, insertAdjacentHTML, srcdoc, fragment, script, setAttribute, worker, string throws TypeError, string written throws TypeError, string of a script throws TypeError"
	if titles["off"] != want {
		t.Errorf("without the guard: %s", titles["off"])
	}
}
