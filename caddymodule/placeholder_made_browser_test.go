package caddymodule_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// madeFrames are frames that scripts make, in the ways in which they do.
const madeFrames = `<!doctype html><html lang="en"><head><meta charset=utf-8><title>cinema</title></head><body><main></main>
<script>
	const main = document.querySelector("main"), V = "http://" + ["video", "test"].join(".");
	const make = (id) => Object.assign(document.createElement("iframe"), { id, width: 480, height: 300 });
	const first = make("first");
	first.src = V + "/a.html";
	main.append(first);
	const second = make("second");
	main.append(second);
	second.setAttribute("src", V + "/b.html");
	main.insertAdjacentHTML("beforeend", "<div><iframe id=third width=480 height=300 src=" + V + "/c.html></iframe></div>");
	const small = make("small");
	small.width = small.height = 1;
	small.src = V + "/d.html";
	main.append(small);
</script></body></html>`

// A frame that a script makes shows what the server would have put there, and so can be loaded once; one that nobody
// sees shows nothing. What the script makes of it later is the script's.
func TestBrowserFramesThatScriptsMakeHavePlaceholders(t *testing.T) {
	rec := record(t)
	s := placeholderSite(t, "guard on", madeFrames, "<!doctype html><title>own</title>")
	tab := guardTab(t, rec, s)
	visit(t, tab, "http://site.test/", true)
	for _, frame := range []string{"first", "second", "third"} {
		expectAside(t, tab, within(frame, `d.querySelectorAll("button").length`), "2")
		expectAside(t, tab, within(frame, `/Films/.test(d.body.textContent) + d.documentElement.lang`), "trueen")
	}
	expectAside(t, tab, `small.getAttribute("srcdoc") + ""`, "null")
	if requests, _ := rec.take(); len(requests) > 0 {
		t.Fatalf("before a click: %q", requests)
	}
	if _, err := chromedp.Run(tab, chromedp.Evaluate[any](`second.src = "/1"; third.srcdoc = "<title>mine</title>"; 0`)); err != nil {
		t.Fatal(err)
	}
	expectAside(t, tab, within("second", "d.title"), "own")
	expectAside(t, tab, within("third", "d.title"), "mine")
	point(t, tab, "first", "once")
	expectAside(t, tab, within("first", `"there"`), "gone")
	requests, _ := rec.take()
	requests = slices.DeleteFunc(requests, func(r string) bool { return strings.HasSuffix(r, "/favicon.ico") })
	if !slices.Equal(requests, []string{"video.test/a.html"}) {
		t.Errorf("after the click: %q", requests)
	}
}

// The endpoint tells what stands in for a URL that this visitor may not have, and nothing of others.
func TestWhatStandsInForAFrame(t *testing.T) {
	s := placeholderSite(t, "guard on", "")
	for query, shown := range map[string]bool{
		"?url=http://video.test/a.html%3Fv%3D1": true, "?url=//video.test/": false, "?url=http://other.test/": false, "": false, "?url=%3Cscript%3E": false,
	} {
		a := s.get(t, "/.consent/frame.json"+query)
		if strings.Contains(a.body, "Films") != shown || a.Header.Get("Content-Type") != "application/json" || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v %s", query, a.Header, a.body)
		}
	}
	if a := s.get(t, "/.consent/frame.json?url=http://video.test/", "Cookie: "+ownCookie("analytics~social", "")); strings.Contains(a.body, "Films") {
		t.Errorf("what is allowed: %s", a.body)
	}
	if a := placeholderSite(t, "guard off", "").get(t, "/.consent/frame.json?url=http://video.test/"); a.StatusCode != 404 {
		t.Errorf("without a guard: %d", a.StatusCode)
	}
}
