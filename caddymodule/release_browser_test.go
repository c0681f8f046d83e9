package caddymodule_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// orderPage has 12 scripts that are held, of every kind, and says in which order they,
// what they write and what they listen for have run. Each of them needs what is before it.
const orderPage = `<!doctype html><html><head><meta charset=utf-8><title>order</title>
<script>
	var order = [], own = [], run = 0;
	function note(what) { order.push(what) }
	var acmeStats = (what) => {
		note(what);
		document.addEventListener("DOMContentLoaded", () => note(what + ": ready"));
		addEventListener("load", () => note(what + ": load"));
	};
	addEventListener("DOMContentLoaded", () => own.push("ready"));
	addEventListener("load", () => own.push("load"));
	onload = () => own.push("onload");
</script>
<script defer src="//js.tracker.test/deferred.js"></script>
<script type=module>acmeStats("inline module after " + after + ", " + typeof deferred)</script>
<script src="//js.tracker.test/slow.js"></script>
<script>acmeStats("inline after " + slow); var after = "the slow one"</script>
<script src="//js.tracker.test/missing.js" onerror="note('missing')"></script>
<script nomodule src="//js.tracker.test/nomodule.js"></script>
</head><body>
<script async src="//js.tracker.test/async.js"></script>
<script src="//js.tracker.test/writes.js"></script>
<script>
	acmeStats("inline after " + (window.written || "nothing") + " in " + document.querySelector("#written b").textContent);
	document.write("<p id=open><i>");
	note("there at once: " + !!document.querySelector("#open > i"));
	document.write("in it<script>note('written inline'); document.writeln('<scr' + 'ipt src=//js.tracker.test/nested.js></scr' + 'ipt>and');<\/script>");
	document.write("<script>note('behind what is nested: ' + document.querySelector('#open > i').textContent.replace(/\\s+/g, ' ').length)<\/script></i></p>");
	note("the end of who writes");
</script>
<script type=module src="//js.tracker.test/module.js"></script>
<script defer src="//js.tracker.test/last.js"></script>
<script>
	acmeStats("inline after all: " + document.getElementById("open").innerText);
	window.onload = ((before) => function (event) { before && before(event); note("onload " + (this === window) + event.type + event.target.nodeName) })(window.onload);
	const listener = { handleEvent(event) { note("object " + (this === listener) + (event instanceof Event) + event.type + (event.currentTarget === document)) } };
	document.addEventListener("DOMContentLoaded", listener, { once: true });
	document.addEventListener("DOMContentLoaded", listener);
	const gone = () => note("a listener that was removed");
	addEventListener("load", gone, true);
	removeEventListener("load", gone, { capture: true });
	addEventListener("DOMContentLoaded", () => note("on window"));
	addEventListener("DOMContentLoaded", () => note("on window, capturing"), true);
</script>
</body></html>`

// orderScripts are the scripts of the vendor.
var orderScripts = map[string]string{
	"/deferred.js": `acmeStats("deferred"); var deferred = 1; document.write("ignored")`,
	"/slow.js":     `acmeStats("slow"); var slow = "slow"`,
	"/async.js":    `note("async"); addEventListener("load", () => note("async: load"))`,
	"/nomodule.js": `acmeStats("for other browsers")`,
	"/writes.js":   `acmeStats("writes"); document.write("<div id=written><script src=//js.tracker.test/written.js></scr" + "ipt><b>bold</b></div>")`,
	"/written.js":  `acmeStats("written"); var written = "what was written"`,
	"/nested.js":   `acmeStats("nested"); document.write("<u>under</u>")`,
	"/module.js":   `acmeStats("module")`,
	"/last.js":     `acmeStats("last"); window.dispatchEvent(new Event("own"))`,
}

// scripts serves the scripts of a vendor, of which one is slow.
func scripts(t *testing.T, files map[string]string) *httptest.Server {
	t.Helper()
	hosts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Cache-Control", "no-store")
		script, ok := files[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		if r.URL.Path == "/slow.js" {
			time.Sleep(300 * time.Millisecond)
		}
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = io.WriteString(w, script)
	}))
	hosts.Config.ErrorLog = discardLog
	hosts.Start()
	t.Cleanup(hosts.Close)
	return hosts
}

// releaseTab is a browser for which site.test is the site and every other host is hosts.
func releaseTab(t *testing.T, s *site, hosts *httptest.Server) context.Context {
	t.Helper()
	addr := hosts.Listener.Addr().String()
	return browser(t, &recorder{addr: addr}, "host-resolver-rules", fmt.Sprintf("MAP site.test %s, MAP * %s", s.addr, addr),
		"disable-features", noUpgrades)
}

// releaseNow does what the banner does after an answer, and waits until all is done.
func releaseNow(t *testing.T, tab context.Context) {
	t.Helper()
	const script = `new Promise((done) => {
		document.addEventListener("consent:change", () => done(true), { once: true });
		const script = document.createElement("script");
		script.src = "/.consent/release.js";
		script.setAttribute("data-chosen", "");
		document.head.append(script);
	})`
	ctx, cancel := context.WithTimeout(tab, 20*time.Second)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](script, awaited)); err != nil {
		t.Fatalf("the release does not end: %v", err)
	}
}

// After a choice the scripts of a page run in the order in which they run where they
// were allowed from the start: so do those that they write, and what waits for events
// that are long over.
func TestBrowserReleaseOrderIsThatOfAnUnblockedPage(t *testing.T) {
	s := serve(t, page(orderPage), "consent {\nguard on\nbanner off\n"+policy+"\n}\nreverse_proxy {upstream}")
	tab := releaseTab(t, s, scripts(t, orderScripts))
	const ran = `order.filter((what) => !what.startsWith("async")).join("\n")`
	eval := func(script string) string {
		t.Helper()
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}

	// Denied: nothing runs, and what is held fails.
	held := func() {
		t.Helper()
		visit(t, tab, "http://site.test/", true)
		const script = `order.join() + document.querySelectorAll("script[data-consent]").length`
		if got := eventually(t, tab, script, "missing12"); got != "missing12" {
			t.Fatalf("held scripts: %s", got)
		}
	}
	held()
	// Granted from the start: what the browser does.
	setCookie(t, tab, "http://site.test/", granted)
	visit(t, tab, "http://site.test/", true)
	want := eval(ran)
	for _, some := range []string{"inline module after the slow one, number", "written inline", "nested: ready", "on window, capturing", "onload trueload#document", "last: load"} {
		if !strings.Contains(want, some+"\n") && !strings.HasSuffix(want, some) {
			t.Errorf("the page itself does not say %q:\n%s", some, want)
		}
	}
	// Granted after the page is there.
	setCookie(t, tab, "http://site.test/", denied)
	held()
	eval(`order.length = 0, ""`)
	setCookie(t, tab, "http://site.test/", granted)
	releaseNow(t, tab)
	if got := eval(ran); got != want {
		t.Errorf("released:\n%s\n\nunblocked:\n%s", got, want)
	}
	if got := eventually(t, tab, `order.filter((what) => what.startsWith("async")).join()`, "async,async: load"); got != "async,async: load" {
		t.Errorf("the script that is async: %s", got)
	}
	if got := eval(`own.toSorted().join() + document.readyState`); got != "load,onload,readycomplete" {
		t.Errorf("the page's own listeners: %s", got)
	}

	// What was wrapped is given back, and a second choice calls nobody again.
	const wrapped = `[document, window].flatMap((of) => ["write", "writeln", "open", "addEventListener", "removeEventListener"].filter((name) => of === document && Object.hasOwn(of, name) || of[name] !== EventTarget.prototype[name] && /Event/.test(name))).join()`
	if got := eventually(t, tab, wrapped, ""); got != "" {
		t.Errorf("still wrapped: %s", got)
	}
	before := eval("order.join()")
	releaseNow(t, tab)
	if got := eval("order.join()"); got != before {
		t.Errorf("after a second choice %s, before it %s", got, before)
	}
}

// strictPage carries nonces, and scripts without, as somebody who writes into a page would.
const strictPage = `<!doctype html><html><head><title>strict</title></head><body>
<script nonce=abc>var order = []; function note(what) { order.push(what) } var acmeStats = note</script>
<script nonce=abc>acmeStats("inline"); document.write("<script nonce=abc>note('written')<\/script><script>note('written without')<\/script>")</script>
<script nonce=abc src="http://js.tracker.test/nonced.js"></script>
<script nonce=abc type=module>acmeStats("module")</script>
<script>acmeStats("inline without")</script>
<script src="http://js.tracker.test/without.js"></script>
<script nonce=other src="http://js.tracker.test/other.js"></script>
</body></html>`

// Nothing runs that the page's own policy would not have let run, and what it lets run does.
func TestBrowserReleaseKeepsNoncesUnderAStrictPolicy(t *testing.T) {
	csp := ""
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", csp)
		page(strictPage).ServeHTTP(w, r)
	}), "consent {\nguard on\nbanner off\npages shared\n"+policy+"\n}\nreverse_proxy {upstream}")
	tab := releaseTab(t, s, scripts(t, map[string]string{
		"/nonced.js": "note('nonced')", "/without.js": "note('without')", "/other.js": "note('other')",
	}))
	setCookie(t, tab, "http://site.test/", granted)
	for _, c := range []struct{ csp, want string }{
		{"script-src 'nonce-abc'", "inline,written,nonced,module"},
		{"script-src 'nonce-abc' 'strict-dynamic'", "inline,written,nonced,module"},
		{"script-src 'nonce-abc' js.tracker.test", "inline,written,nonced,without,other,module"},
	} {
		csp = c.csp
		visit(t, tab, "http://site.test/", true)
		if got := eventually(t, tab, "order.join()", c.want); got != c.want {
			t.Errorf("%s: %s, want %s", c.csp, got, c.want)
		}
		time.Sleep(300 * time.Millisecond) // for what should not run
		if got := eventually(t, tab, "order.join()", c.want); got != c.want {
			t.Errorf("%s: later %s, want %s", c.csp, got, c.want)
		}
	}
}

// userContent is what a sanitizer that lets data-* pass leaves of what people write, in
// a page with frames, players and trees of its own.
const userContent = `<!doctype html><html><head><title>content</title></head><body>
<script>var done = []; function note(what) { done.push(what) }</script>
<p id=odd data-consent="acme#,x&vendors=" data-consent-'x="1">odd</p>
<p id=many></p>
<p id=plain data-consent="acme" data-consent-id=other data-consent-onclick="note('attack')" data-consent-style="color: red" data-consent-text="attack" data-consent-'="1"><b>text</b></p>
<svg><a><animate id=animation attributeName=href data-consent="acme" data-consent-values="#;java&#10;script:note('attack')" /></a></svg>
<iframe id=foreign src="http://frame.tracker.test/f.html" data-consent-srcdoc="<script>parent.note('attack')</script>" width=300 height=150></iframe>
<iframe id=own srcdoc="<p>mine</p><img src='http://img.tracker.test/1.gif' onerror='acmeStats(1)'><script src='http://js.tracker.test/inner.js'></script>"></iframe>
<div id=host><template shadowrootmode=open><img src="http://img.tracker.test/2.gif"><script>note("in a tree"); window.acmeStats && acmeStats()</script></template></div>
<audio id=player><source src="http://img.tracker.test/3.mp3"></audio>
<picture><source srcset="http://img.tracker.test/4.gif"><img id=pictured src="/5.gif" alt=""></picture>
<table><tr><td>1</td></tr><script>document.write("<tr><td>2</td></tr>"); window.acmeStats && acmeStats()</script></table>
<svg><script xlink:href="http://js.tracker.test/drawn.js"></script></svg>
<script src="http://js.tracker.test/last.js"></script>
</body></html>`

// What is in a page is not always the rewriter's: what people write gets nothing back
// that they were not to have, and does not stop what is.
func TestBrowserReleaseGivesBackOnlyWhatWasTaken(t *testing.T) {
	s := serve(t, page(userContent), "consent {\nguard off\nbanner off\nblocked {\nframes placeholder\n}\n"+policy+"\n}\nreverse_proxy {upstream}")
	tab := releaseTab(t, s, scripts(t, map[string]string{"/last.js": "note('last')", "/drawn.js": "note('drawn')", "/inner.js": "parent.note('inner')", "/f.html": ""}))
	visit(t, tab, "http://site.test/", true)
	setCookie(t, tab, "http://site.test/", granted)
	// More vendors than the server answers for at once.
	if _, err := chromedp.Run(tab, chromedp.Evaluate[bool](`for (let i = 0; i < 600; i++) many.append(Object.assign(document.createElement("i"), {})); [...many.children].forEach((e, i) => e.setAttribute("data-consent", "v" + i)); true`)); err != nil {
		t.Fatal(err)
	}
	releaseNow(t, tab)
	for script, want := range map[string]string{
		`done.filter((what) => what !== "inner").join()`: "in a tree,drawn,last",
		`String(done.includes("inner"))`:                 "true",
		`plain.outerHTML`:                                `<p id="plain"><b>text</b></p>`,
		`String(animation.hasAttribute("values"))`:       "false",
		`foreign.hasAttribute("srcdoc") + foreign.src`:   "falsehttp://frame.tracker.test/f.html",
		`own.contentDocument.images[0].getAttribute("onerror") + own.srcdoc.includes("data-consent")`: "acmeStats(1)false",
		`host.shadowRoot.querySelector("img").src`:                                                    "http://img.tracker.test/2.gif",
		`player.currentSrc`:   "http://img.tracker.test/3.mp3",
		`pictured.currentSrc`: "http://img.tracker.test/4.gif",
		`document.querySelector("table").innerText.replace(/\s+/g, " ")`: "1 2",
	} {
		if got := eventually(t, tab, script, want); got != want {
			t.Errorf("%s is %q, want %q", script, got, want)
		}
	}
}
