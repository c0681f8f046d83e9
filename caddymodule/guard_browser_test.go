package caddymodule_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// guardSite serves a page that runs the case of its query, and the same policy as
// the other tests have, with other settings.
func guardSite(t *testing.T, settings string) *site {
	t.Helper()
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/run.js":
			n, _ := strconv.Atoi(r.URL.Query().Get("case"))
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = fmt.Fprintf(w, "(() => { const T = 'http://tracker.test', O = 'http://cdn.test';\n%s\n})()", guardCases[n].script)
		case "/":
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<!doctype html><html><head><title>x</title></head><body><p>x</p><script src="/run.js?case=`+r.URL.Query().Get("case")+`"></script></body></html>`)
		default:
			http.NotFound(w, r)
		}
	})
	return serve(t, upstream, "consent {\nbanner off\n"+settings+policy+"\n}\nreverse_proxy {upstream}")
}

// guardTab is a browser for which site.test is the site.
func guardTab(t *testing.T, net *recorder, s *site) context.Context {
	t.Helper()
	return browser(t, net, "host-resolver-rules", fmt.Sprintf("MAP site.test %s, MAP * %s, EXCLUDE 127.0.0.1", s.addr, net.addr),
		"disable-features", "BackForwardCache,"+noUpgrades,
		"unsafely-treat-insecure-origin-as-secure", "http://site.test")
}

// guardBrowsers are how many browsers run the cases beside each other: most of the time each waits.
const guardBrowsers = 3

func runGuardCases(t *testing.T, settings string, net bool) {
	s := guardSite(t, settings)
	cases := make(chan int)
	var running sync.WaitGroup
	for range guardBrowsers {
		rec := record(t)
		tab := guardTab(t, rec, s)
		running.Go(func() {
			for i := range cases {
				t.Run(guardCases[i].name, func(t *testing.T) { runGuardCase(t, rec, tab, i, net) })
			}
		})
	}
	for i, c := range guardCases {
		if c.csp && !net || c.noCSP && net {
			continue
		}
		cases <- i
	}
	close(cases)
	running.Wait()
}

func runGuardCase(t *testing.T, rec *recorder, tab context.Context, i int, net bool) {
	t.Helper()
	c := guardCases[i]
	visit(t, tab, "about:blank", true)
	rec.take()
	visit(t, tab, fmt.Sprintf("http://site.test/?case=%d", i), true)
	if !c.lone {
		rec.await("cdn.test/o")
	}
	requests, hosts := rec.take()
	if hosts["tracker.test"] {
		t.Errorf("contacted tracker.test: %q", requests)
	}
	if !c.lone && !slices.Contains(requests, "cdn.test/o") {
		t.Errorf("cdn.test was not asked: %q", requests)
	}
	if c.says == "" || net {
		return
	}
	for end := time.Now().Add(3 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		ok, err := chromedp.Run(tab, chromedp.Evaluate[bool]("!!("+c.says+")"))
		if ok {
			return
		}
		if time.Now().After(end) {
			why, _ := chromedp.Run(tab, chromedp.Evaluate[string]("JSON.stringify(window.why || null)"))
			t.Fatalf("%s is not true: %v %s", c.says, err, why)
		}
	}
}

// Whatever a script does, nobody is contacted who is denied, and everybody
// else is.
func TestBrowserTheGuardAppliesTheDecisionToWhatScriptsDo(t *testing.T) {
	runGuardCases(t, "guard on", false)
}

// So does the CSP net, without the guard.
func TestBrowserTheCSPNetAppliesTheDecisionToWhatScriptsDo(t *testing.T) {
	runGuardCases(t, "guard off\ncsp enforce {\nallow cdn.test ws://cdn.test\n}", true)
}

// What the server holds fails as it would if nobody answered: a page may wait for it.
func TestBrowserWhatTheServerHoldsFails(t *testing.T) {
	const loading = `<!doctype html><html><head><script>var failed = [], note = (e) => failed.push((e.target || e).localName)</script>
		<link rel=stylesheet href="http://css.tracker.test/a.css" onerror="note(this)"></head><body>
		<script src="http://js.tracker.test/a.js" onerror="note(this)"></script>
		<script async src="http://js.tracker.test/b.js"></script><script>document.currentScript.previousSibling.addEventListener("error", note)</script>
		<img src="http://img.tracker.test/a.gif" onerror="note(this)"></body></html>`
	for cookie, want := range map[string]string{denied: "link,script,script,img", granted: "img" /* which is none */} {
		rec := record(t)
		s := serve(t, page(loading), "consent {\nbanner off\nguard on\n"+policy+"\n}\nreverse_proxy {upstream}")
		tab := guardTab(t, rec, s)
		setCookie(t, tab, "http://site.test/", cookie)
		visit(t, tab, "http://site.test/", true)
		if got := eventually(t, tab, "failed.join()", want); got != want {
			t.Errorf("%s: %s, want %s", cookie, got, want)
		}
	}
}

// What a visitor allows is not touched: everybody is asked then.
func TestBrowserTheGuardLetsPassWhatIsGranted(t *testing.T) {
	rec := record(t)
	s := guardSite(t, "guard on\ncategory other\nvendor third {\ncategory other\nurls other.test\n}")
	tab := guardTab(t, rec, s)
	setCookie(t, tab, "http://site.test/", granted)
	for _, name := range []string{"insertBefore, as loaders do", "new Image", "innerHTML", "document.write", "fetch", "XMLHttpRequest", "iframe srcdoc", "style element", "Worker from a blob", "WebSocket"} {
		i := slices.IndexFunc(guardCases, func(c guardCase) bool { return c.name == name })
		visit(t, tab, "about:blank", true)
		rec.take()
		visit(t, tab, fmt.Sprintf("http://site.test/?case=%d", i), true)
		rec.await("cdn.test/o")
		if _, hosts := rec.take(); !hosts["tracker.test"] || !hosts["cdn.test"] {
			t.Errorf("%s: not everybody was asked: %v", name, hosts)
		}
	}
}

// After a choice the guard of a page asks the server what holds now, whoever
// says that there was one.
func TestBrowserTheGuardAsksTheServerAfterAChoice(t *testing.T) {
	rec := record(t)
	s := guardSite(t, "guard on")
	tab := guardTab(t, rec, s)
	visit(t, tab, "http://site.test/?case=0", true)
	rec.take()
	const release = `new Promise((done) => {
		document.addEventListener("consent:guarded", done, { once: true });
		document.dispatchEvent(new CustomEvent("consent:release", { detail: { off: true } }));
	}).then(() => { new Image().src = "http://tracker.test/after"; return true })`
	run := func() map[string]bool {
		t.Helper()
		if ok, err := chromedp.Run(tab, chromedp.Evaluate[bool](release, awaited)); !ok || err != nil {
			t.Fatal(ok, err)
		}
		_, hosts := rec.take()
		return hosts
	}
	if run()["tracker.test"] {
		t.Error("an event alone has loosened the guard")
	}
	setCookie(t, tab, "http://site.test/", granted)
	if !run()["tracker.test"] {
		t.Error("what was granted is still blocked")
	}
}

// The names of denied cookies cannot be written by scripts, all others can; and
// deletions always pass.
func TestBrowserTheGuardKeepsDeniedCookiesFromScripts(t *testing.T) {
	rec := record(t)
	s := guardSite(t, "guard on\ncategory capped {\ncookies cap_*\non_denied cap 1d\n}")
	tab := guardTab(t, rec, s)
	visit(t, tab, "http://site.test/?case=0", true)
	const write = `(() => {
		const year = "; Path=/; SameSite=Lax; Max-Age=31536000; Expires=" + new Date(Date.now() + 31536e6).toUTCString();
		for (const name of ["_trk", "_trk_a", "_legacy", " _trk_b ", "session", "free", "cap_a"]) document.cookie = name + "=v" + year;
		const f = document.createElement("iframe"); document.body.append(f); f.contentDocument.cookie = "_trk_frame=v" + year;
		Document.prototype.__lookupSetter__("cookie").call(document, "_trk_setter=v");
		return document.cookie.split("; ").sort().join(" ") })()`
	got, err := chromedp.Run(tab, chromedp.Evaluate[string](write))
	if want := "cap_a=v free=v session=v"; err != nil || got != want {
		t.Errorf("cookies are %q, want %q (%v)", got, want, err)
	}
	const store = `Promise.all(["_trk_store", "stored"].map((name) => cookieStore.set(name, "v"))).then(() => cookieStore.getAll()).then((all) => all.map((c) => c.name + (c.expires > Date.now() + 2 * 864e5 ? "!" : "")).sort().join(" "))`
	got, err = chromedp.Run(tab, chromedp.Evaluate[string](store, awaited))
	if want := "cap_a free! session! stored"; err != nil || got != want {
		t.Errorf("cookies are %q, want %q, with ! those that stay (%v)", got, want, err)
	}
	setCookie(t, tab, "http://site.test/", "_trk=old")
	got, err = chromedp.Run(tab, chromedp.Evaluate[string](`(document.cookie = "_trk=; Max-Age=0; Path=/", document.cookie)`))
	if err != nil || strings.Contains(got, "_trk") {
		t.Errorf("after a deletion cookies are %q (%v)", got, err)
	}
}

// What is written into one document is never taken for the rest of what was into another.
func TestBrowserTheGuardKeepsDocumentsApart(t *testing.T) {
	tab := guardTab(t, record(t), guardSite(t, "guard on"))
	visit(t, tab, "http://site.test/?case=0", true)
	const script = `(() => {
		const [a, b] = [1, 2].map(() => document.implementation.createHTMLDocument(""));
		a.write("<b id=x"); b.write("<i>y</i>"); a.write(">z</b>"); b.write("<u"); a.close(); b.write(">v</u>"); b.close();
		return a.body.innerHTML + b.body.innerHTML })()`
	if got, err := chromedp.Run(tab, chromedp.Evaluate[string](script)); err != nil || got != `<b id="x">z</b><i>y</i><u>v</u>` {
		t.Errorf("%s (%v)", got, err)
	}
}

// A tag manager that is essential runs, and what it inserts is judged by itself.
func TestBrowserATagManagersTagsAreJudgedOneByOne(t *testing.T) {
	rec := record(t)
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/gtm.js":
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, `for (const src of ["https://www.google-analytics.com/analytics.js", "https://www.googletagmanager.com/gtag/js?id=G-ABC",
				"https://connect.facebook.net/en_US/fbevents.js", "https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js", "http://cdn.test/allowed.js"]) {
				const s = document.createElement("script"); s.async = true; s.src = src;
				const first = document.getElementsByTagName("script")[0]; first.parentNode.insertBefore(s, first);
			}
			new Image().src = "https://www.facebook.com/tr?id=1&ev=PageView";
			document.cookie = "_ga=GA1.2.3; Max-Age=63072000; Path=/";
			navigator.sendBeacon("https://www.google-analytics.com/g/collect?v=2", "x");`)
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, `<!doctype html><html><head><title>x</title><script async src="/gtm.js?id=GTM-ABC"></script></head><body>x</body></html>`)
		}
	})
	s := serve(t, upstream, "consent {\nguard on\nbanner off\ncategory essential {\nrequired\nvendors google-tag-manager\n}\ncategory analytics\ncategory advertising\ncategory performance\ncategory social\n}\nreverse_proxy {upstream}")
	tab := guardTab(t, rec, s)
	visit(t, tab, "http://site.test/", true)
	requests, hosts := rec.take()
	if !slices.Equal(requests, []string{"cdn.test/allowed.js"}) || len(hosts) != 1 {
		t.Errorf("contacted %v: %q", hosts, requests)
	}
	if cookies, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.cookie")); err != nil || cookies != "" {
		t.Errorf("cookies are %q (%v)", cookies, err)
	}
}

// awaited has an expression's promise awaited.
func awaited(p *runtime.EvaluateParams) { p.AwaitPromise = new(true) }

// setCookie gives the browser a cookie, as "name=value".
func setCookie(t *testing.T, tab context.Context, url, cookie string) {
	t.Helper()
	name, value, _ := strings.Cut(cookie, "=")
	if _, err := chromedp.Call(tab, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: url}); err != nil {
		t.Fatal(err)
	}
}
