package caddymodule_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// A page whose tags are held, and which goes on calling them.
const callingPage = `<!doctype html><html><head><meta charset=utf-8><title>calls</title>
<script>window.atStart = JSON.stringify([...(window.dataLayer || [])].map((entry) => [...entry]));</script>
<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
<script>var done = []; window.onerror = (message) => done.push("error: " + message)</script>
<script src="https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js"></script>
</head><body><script src="/app.js"></script></body></html>`

// The site's own script, which nobody looks into.
const callingScript = `
mixpanel.track("seen", {}, () => done.push("mixpanel"));
mixpanel.people.set({plan: "free"});
gtag("event", "click", {event_callback: () => done.push("gtag")});
ga("send", "pageview");
analytics.identify("1");
Bugsnag.notify(new Error("x"));
_gaq.push(["_trackPageview"]);
done.push(typeof FS.event);

// What no stub is for, and results that are used.
analytics.user().traits().plan; newrelic.interaction().setName("x").save();
if (posthog.isFeatureEnabled("beta") || posthog.getFeatureFlag("beta")) done.push("beta");
if (mixpanel.__loaded || ga.loaded) done.push("loaded");
done.push("[" + mixpanel.get_distinct_id() + "]" + JSON.stringify({id: amplitude.getInstance().options.deviceId}));
Promise.resolve(posthog.getSurveys()).then(() => done.push("settled"));

// A file that brings a vendor's snippet along: it makes a queue of what is there, or is not.
((name) => {
	const queue = window[name] = window[name] || [];
	if (queue.initialize || queue.invoked || queue.__SV) return done.push("taken");
	queue.invoked = true;
	queue.methods = ["page", "load"];
	for (const method of queue.methods) queue[method] = (...args) => queue.push([method, ...args]);
	queue.page("home");
	done.push(queue[0].join());
})("analytics");

// A bundle that has a gtag() of its own waits for its callback.
((gtag) => gtag("event", "buy", {event_callback: () => done.push("own gtag")}))(function () { dataLayer.push(arguments) });
dataLayer.push({event: "x", eventCallback: () => done.push("tag manager")});
`

// Tags that look for the visitor's choice find it before they run, and calls of what is
// held do nothing, and call back.
func TestBrowserSignalsAndStubs(t *testing.T) {
	seen := record(t)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/app.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, callingScript)
			return
		}
		page(callingPage).ServeHTTP(w, r)
	}), "consent {\nguard on\n}\nreverse_proxy {upstream}")
	tab := browser(t, seen, "host-resolver-rules", "MAP site.test "+s.addr+", MAP * "+seen.addr)
	visit(t, tab, "http://site.test/", true)

	var start string
	start, err := chromedp.Run(tab, chromedp.Evaluate[string]("atStart"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`[["consent","default",{`, `"ad_storage":"denied"`, `"analytics_storage":"denied"`, `"security_storage":"granted"`, `"ad_user_data":"denied"`} {
		if !strings.Contains(start, want) {
			t.Errorf("before the first script dataLayer is %s", start)
			break
		}
	}
	const want = "[undefined]{} function gtag mixpanel own gtag page,home settled tag manager"
	if got := eventually(t, tab, `done.toSorted().join(" ")`, want); got != want {
		t.Errorf("%s", got)
	}
	if got := eventually(t, tab, `JSON.stringify([...uetq])`, `["consent","default",{"ad_storage":"denied"}]`); !strings.Contains(got, "denied") {
		t.Errorf("uetq: %s", got)
	}
}

// The early script names no decision in a page that is for everybody, and is
// kept by browsers where it does.
func TestTheEarlyScriptIsOfTheDecision(t *testing.T) {
	s := serve(t, page(callingPage), "consent {\nguard on\n}\nreverse_proxy {upstream}")
	script := func(cookie string) (src string, a answer) {
		t.Helper()
		body := s.get(t, "/", "Accept: text/html", "Cookie: "+cookie).body
		_, rest, ok := strings.Cut(body, `<meta charset=utf-8><title>calls</title>
<script src="`)
		if !ok {
			return "", answer{}
		}
		src, _, _ = strings.Cut(rest, `"`)
		src = strings.ReplaceAll(src, "&amp;", "&")
		return src, s.get(t, src)
	}
	nothing, a := script("a=b")
	if !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || !strings.Contains(a.body, `"mixpanel.track()"`) || a.StatusCode != http.StatusOK {
		t.Errorf("%s: %v %.200s", nothing, a.Header, a.body)
	}
	analytics, b := script(ownCookie("analytics", "advertising~performance~social"))
	if analytics == nothing || strings.Contains(b.body, "mixpanel.track") || !strings.Contains(b.body, `"granted":["essential","analytics"]`) {
		t.Errorf("%s: %.300s", analytics, b.body)
	}
	if src, _ := script(ownCookie("analytics~advertising~performance~social", "")); src != "" {
		t.Errorf("where everything is granted: %s", src)
	}
	// A version that is not the policy's is answered, but not kept.
	if a := s.get(t, strings.Replace(nothing, "v=", "v=x", 1)); a.Header.Get("Cache-Control") != "no-store" || a.StatusCode != http.StatusOK {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	shared := serve(t, page(callingPage), "consent {\nguard on\npages shared\n}\nreverse_proxy {upstream}")
	if body := shared.get(t, "/", "Accept: text/html").body; !strings.Contains(body, `<script src="/.consent/early.js"></script>`) {
		t.Errorf("%.300s", body)
	}
	if a := shared.get(t, "/.consent/early.js", "Cookie: "+ownCookie("analytics", "")); a.Header.Get("Cache-Control") != "no-store" || !strings.Contains(a.body, `"analytics"]`) {
		t.Errorf("%v %.200s", a.Header, a.body)
	}
}

// A container that is essential brings tags of its own. They find the signals there.
func TestBrowserTagManagerFindsTheSignals(t *testing.T) {
	const tagManager = `<!doctype html><html><head><title>gtm</title>
<script>(function(w,l){w[l]=w[l]||[];w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});})(window,'dataLayer');</script>
<script src="/gtm.js?id=GTM-1"></script></head><body></body></html>`
	seen := record(t)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gtm.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write([]byte(`window.found = dataLayer.map((entry) => entry[0] + " " + (entry[2] ? entry[2].analytics_storage : entry.event)).join(", ")`))
			return
		}
		page(tagManager).ServeHTTP(w, r)
	}), "consent {\nguard on\n}\nreverse_proxy {upstream}")
	tab := browser(t, seen, "host-resolver-rules", "MAP site.test "+s.addr+", MAP * "+seen.addr)
	visit(t, tab, "http://site.test/", true)
	const want = "consent denied, undefined gtm.js"
	if got := eventually(t, tab, "String(window.found)", want); got != want {
		t.Errorf("the container finds %s", got)
	}
}
