package caddymodule_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const bannerPage = `<!doctype html><html lang="en"><head><meta charset=utf-8><meta name=viewport content="width=device-width"><title>shop</title>
<script>window.born = performance.now(); window.events = []; addEventListener("consent:change", (e) => events.push(e.detail.granted.join("+")), true)</script>
<script async src="https://tracker.test/a.js"></script></head>
<body><main><h1>Shop</h1><p>Text</p><iframe title=film width=400 height=200 src="https://video.test/f.html"></iframe>
<p><a id=settings href="/.consent/">Cookie settings</a></p></main></body></html>`

const bannerSettings = `consent {
	guard on
	category essential {
		required
	}
	category analytics {
		description "Counts visits."
	}
	category social
	vendor acme {
		category analytics
		urls tracker.test
	}
	vendor films {
		category social
		urls video.test
	}
}
reverse_proxy {upstream}`

// inBanner is an expression about the banner's tree, as "root".
func inBanner(expression string) string {
	return `(() => { const root = document.querySelector("#consent-banner")?.shadowRoot; return String(root ? ` + expression + ` : "gone") })()`
}

// clickInBanner clicks the button with a text, once the banner is to be seen.
func clickInBanner(t *testing.T, tab context.Context, text string) {
	t.Helper()
	shown := inBanner(`root.querySelector(".panel").hidden`)
	if got := eventually(t, tab, shown, "false"); got != "false" {
		t.Fatalf("the banner: %s", got)
	}
	click := inBanner(fmt.Sprintf(`[...root.querySelectorAll("button")].find((b) => b.textContent === %q).click() ?? "clicked"`, text))
	if got, err := chromedp.Run(tab, chromedp.Evaluate[string](click)); err != nil || got != "clicked" {
		t.Fatalf("clicking %s: %q, %v", text, got, err)
	}
}

func TestBrowserBanner(t *testing.T) {
	seen := record(t)
	s := serve(t, page(bannerPage), bannerSettings)
	url := "http://site.test/"
	tab := browser(t, seen, "host-resolver-rules", "MAP site.test "+s.addr+", MAP * "+seen.addr)
	contacted := func() string { return strings.Join(seen.contacted(), " ") }
	expect := func(what, script, want string) {
		t.Helper()
		if got := eventually(t, tab, script, want); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}

	visit(t, tab, url, true)
	expect("it names itself", inBanner(`root.querySelector("[role=dialog]").getAttribute("aria-labelledby") + " " + root.querySelector("h2").textContent`), "title Your choice about cookies")
	expect("it takes no focus", `document.activeElement.localName`, "body")
	if got := contacted(); got != "" {
		t.Errorf("before an answer: %s", got)
	}

	clickInBanner(t, tab, "Reject all")
	expect("after a no", inBanner(`"there"`), "gone")
	if got := contacted(); got != "" {
		t.Errorf("after a no: %s", got)
	}
	visit(t, tab, url, true)
	expect("it asks once", `document.querySelectorAll("script[src*=banner]").length + ""`, "0")

	// A yes to one category, in the same dialog: nothing is loaded anew.
	forget(t, tab, url)
	visit(t, tab, url, true)
	expect("again", inBanner(`root.querySelector(".panel").hidden`), "false")
	born, err := chromedp.Run(tab, chromedp.Evaluate[float64]("born"))
	if err != nil {
		t.Fatal(err)
	}
	expect("a link to the settings opens it", `document.querySelector("#settings").click() ?? "clicked"`, "clicked")
	expect("with its heading in focus", inBanner(`root.activeElement && root.activeElement.localName`), "h2")
	expect("a category is chosen", inBanner(`root.querySelector("[name=analytics]").click() ?? "clicked"`), "clicked")
	clickInBanner(t, tab, "Save my choice")
	expect("the event", `events.join(" ")`, "essential+analytics")
	expect("the script is back", `document.querySelector("script[src*='tracker.test']") ? "back" : "held"`, "back")
	expect("the frame is not", `document.querySelector("iframe").hasAttribute("data-consent") + ""`, "true")
	expect("the page is the same", fmt.Sprintf(`(born === %v) + ""`, born), "true")
	if got := contacted(); !strings.Contains(got, "tracker.test") || strings.Contains(got, "video.test") {
		t.Errorf("after a yes to analytics: %q", got)
	}
}

// Nobody is asked where another manager asks, nor in a frame, nor where it is off.
func TestWhereThereIsNoBanner(t *testing.T) {
	for what, settings := range map[string]string{
		"off":             "guard off\nbanner off",
		"another manager": "guard off\nsource onetrust # banner",
		"report":          "guard off\nmode report # banner",
	} {
		s := serve(t, page(bannerPage), "consent {\n"+settings+"\n}\nreverse_proxy {upstream}")
		if body := s.get(t, "/", "Accept: text/html").body; strings.Contains(body, "banner.js") {
			t.Errorf("%s: %.300s", what, body)
		}
	}
	s := serve(t, page(bannerPage), "consent {\nguard off # banner\n}\nreverse_proxy {upstream}")
	a := s.get(t, "/", "Accept: text/html")
	if !strings.Contains(a.body, `<script src="/.consent/banner.js" defer></script>`) || !strings.Contains(a.Header.Get("Vary"), "Sec-Fetch-Dest") {
		t.Errorf("%v %.300s", a.Header, a.body)
	}
	if body := s.get(t, "/", "Accept: text/html", "Sec-Fetch-Dest: empty").body; strings.Contains(body, "banner.js") {
		t.Errorf("what a script fetches: %.300s", body)
	}
}

// The state is told in the visitor's language, and a site's own words go before.
func TestTheBannersTexts(t *testing.T) {
	texts := filepath.Join(t.TempDir(), "texts.json")
	if err := os.WriteFile(texts, []byte(`{"de": {"accept": "Na klar"}, "sv": {"accept": "Ja"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, unasked(t), "consent {\nguard off\ncategory analytics\ncategory social {\ntitle Netzwerke\n}\nbanner {\ntexts "+texts+"\n}\n}")
	for _, c := range []struct{ lang, accept, want, title, dir string }{
		{"", "de-AT,en;q=0.5", "Na klar", "Analyse-Cookies", "ltr"},
		{"", "sv", "Ja", "Analytics cookies", "ltr"},
		{"fr", "de", "Tout accepter", "", "ltr"},
		{"", "ar", "", "", "rtl"},
		{"", "tlh", "Accept all", "Analytics cookies", "ltr"},
		{"", "", "Accept all", "", "ltr"},
	} {
		a := s.get(t, "/.consent/state?lang="+c.lang, "Accept-Language: "+c.accept)
		var state struct {
			Dir        string
			Texts      map[string]string
			Categories []struct{ Title string }
		}
		if err := json.Unmarshal([]byte(a.body), &state); err != nil {
			t.Fatal(err)
		}
		if c.want != "" && state.Texts["accept"] != c.want || state.Dir != c.dir || state.Categories[1].Title != "Netzwerke" ||
			c.title != "" && state.Categories[0].Title != c.title {
			t.Errorf("%q %q: %s %s %v", c.lang, c.accept, state.Texts["accept"], state.Dir, state.Categories)
		}
	}
}
