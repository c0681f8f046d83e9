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
// of what they insert nor of what they tell. By default they are held, and wherever the guard may not be.
func TestBrowserScriptsOfTheSiteGoOn(t *testing.T) {
	seen := record(t)
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if policy := r.Header.Get("X-Policy"); policy != "" {
			w.Header().Set("Content-Security-Policy", policy)
		}
		if policy := r.Header.Get("X-Integrity"); policy != "" {
			w.Header().Set("Integrity-Policy", policy)
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, mixedPage)
	})
	s := serve(t, upstream, "consent {\nguard on\nbanner off\nblocked {\nmixed run\n}\n}\nreverse_proxy {upstream}")
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
	const document = "Sec-Fetch-Dest: document"
	held := func(a answer) bool { return !strings.Contains(a.body, "<script>\n\tvar cart") }
	for _, headers := range [][]string{{document}, {document, "X-Policy: script-src 'self' 'unsafe-inline'"}, {document, "X-Policy: script-src 'nonce-abc'"}} {
		if held(s.get(t, "/", headers...)) {
			t.Errorf("%q: the script is held", headers)
		}
	}
	for _, headers := range [][]string{
		{"Sec-Fetch-Dest: empty", "Accept: */*"}, {"Accept: text/html"},
		{document, "X-Policy: script-src 'unsafe-inline'"}, {document, "X-Policy: script-src 'unsafe-inline' localhost:9999"},
		{document, "X-Policy: script-src 'unsafe-inline' " + s.addr + "/.con"}, {document, "X-Policy: script-src 'unsafe-inline' https:"},
		{document, "X-Integrity: blocked-destinations=(script)"},
	} {
		if !held(s.get(t, "/", headers...)) {
			t.Errorf("%q: the script is not held", headers)
		}
	}
	for name, directives := range map[string]string{
		"by default":                    "consent {\nguard on\n}\nreverse_proxy {upstream}",
		"where a header may come later": "header -Server\nconsent {\nguard on\nblocked {\nmixed run\n}\n}\nreverse_proxy {upstream}",
	} {
		if !held(serve(t, upstream, directives).get(t, "/", document)) {
			t.Errorf("%s: the script is not held", name)
		}
	}
	for _, settings := range []string{"guard off", "pages shared"} {
		if _, err := adapt(":80 {\nconsent {\n" + settings + "\nblocked {\nmixed run\n}\n}\n}"); err == nil || !strings.Contains(err.Error(), "blocked mixed: ") || !strings.Contains(err.Error(), "Caddyfile:5") {
			t.Errorf("%s: %v", settings, err)
		}
	}
}
