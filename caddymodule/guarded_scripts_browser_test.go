package caddymodule_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// mixedPage has what a site's own scripts have of vendors that are denied: addresses in data, and calls when something
// happens; and what sets a vendor up.
const mixedPage = `<!doctype html><html><head><title>shop</title></head><body><div id=box></div><button id=buy>buy</button>
<script>
	var cart = [], product = { id: 7, media: [{ type: "video", url: "https://www.youtube.com/embed/x" }], text: '<iframe src="https://www.youtube.com/embed/x"></iframe><b>bold</b>' };
	var shown = document.createElement("p");
	box.innerHTML = product.text;
	box.append(shown);
	for (const medium of product.media) {
		const frame = document.createElement("iframe");
		frame.src = medium.url;
		box.append(frame);
	}
	buy.onclick = function () {
		fbq("track", "AddToCart", { content_ids: [product.id] });
		gtag("event", "conversion", { send_to: "AW-1/x", event_callback: () => { cart.push("sent") } });
		cart.push(product.id);
	};
</script>
<script id=setup>fbq("init", "1"); fbq("track", "PageView"); window.wasSetUp = true</script>
</body></html>`

// Scripts of the site that are about denied vendors among other things run, and nobody who is denied hears of it: neither
// of what they insert nor of what they tell. Where the guard is not for sure they are held.
func TestBrowserScriptsOfTheSiteGoOn(t *testing.T) {
	seen := record(t)
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/policy" {
			w.Header().Set("Content-Security-Policy", "script-src 'unsafe-inline'")
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, mixedPage)
	})
	s := serve(t, upstream, "consent {\nguard on\nbanner off\n}\nreverse_proxy {upstream}")
	tab := guardTab(t, seen, s)
	seen.take()
	visit(t, tab, "http://site.test/", true)
	expect := expectIn(t, tab)
	expect("the script has run", `box.querySelector("b").textContent + box.querySelectorAll("iframe[data-consent]").length`, "bold2")
	expect("it goes on when something happens", `buy.click(), cart.includes(7) + ""`, "true")
	expect("and is called back", `cart.includes("sent") + ""`, "true")
	expect("what sets a vendor up is held", `setup.type + window.wasSetUp`, "text/plainundefined")
	if _, hosts := seen.take(); slices.ContainsFunc([]string{"www.youtube.com", "connect.facebook.net", "www.googletagmanager.com"}, func(host string) bool { return hosts[host] }) {
		t.Errorf("contacted %v", hosts)
	}
	for name, a := range map[string]answer{
		"a policy that stops the guard":            s.get(t, "/policy", "Sec-Fetch-Dest: document", "Accept: text/html"),
		"a fragment":                               s.get(t, "/", "Sec-Fetch-Dest: empty", "Accept: */*"),
		"somebody who does not say what it is for": s.get(t, "/", "Accept: text/html"),
	} {
		if strings.Contains(a.body, "<script>\n\tvar cart") {
			t.Errorf("%s: the script is not held", name)
		}
	}
}
