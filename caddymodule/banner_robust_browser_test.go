package caddymodule_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// bannerSite opens the page of the banner's tests, with more in its head and its body.
func bannerSite(t *testing.T, head, body string) (tab context.Context, seen *recorder, expect func(what, script, want string)) {
	t.Helper()
	seen = record(t)
	html := strings.Replace(bannerPage, "</head>", head+"</head>", 1)
	s := serve(t, page(strings.Replace(html, "<main>", "<main>"+body, 1)), bannerSettings)
	tab = browser(t, seen, "host-resolver-rules", "MAP site.test "+s.addr+", MAP * "+seen.addr)
	visit(t, tab, "http://site.test/", true)
	return tab, seen, expectIn(t, tab)
}

// expectIn makes what waits for an expression in a tab.
func expectIn(t *testing.T, tab context.Context) func(what, script, want string) {
	return func(what, script, want string) {
		t.Helper()
		if got := eventually(t, tab, script, want); got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
}

const panelShown = `root.querySelector(".panel").checkVisibility({checkVisibilityCSS: true}) && root.querySelector(".panel").offsetHeight > 100`

// onTop tells whether the banner is what is seen in the middle of its panel.
const onTop = `(() => { const r = root.querySelector(".panel").getBoundingClientRect();
	return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)?.id + " " + (r.bottom <= innerHeight && r.width <= 44 * 16 + 1) })()`

// No style of a page takes the banner away or apart, nothing lies on it, and another
// body does not end it. On paper it is not.
func TestBrowserTheBannerStandsWhateverThePageDoes(t *testing.T) {
	tab, _, expect := bannerSite(t, `<style>
		* { display: none !important; visibility: hidden !important; opacity: 0 !important; pointer-events: none !important }
		html, head { display: block !important }
		html { font-size: 62.5%; opacity: 0; transform: translateY(-50px) scale(.5); filter: blur(3px) }
		div { position: static !important; width: 3px !important; height: 3px !important; overflow: hidden !important; transform: scale(0) !important; z-index: -1 !important; clip-path: inset(50%) !important }
		#top { display: block !important; position: fixed !important; inset: 0; z-index: 2147483647 !important; width: auto !important; height: auto !important; pointer-events: auto !important }
	</style>`, `<div id=top></div>`)
	expect("it is to be seen", inBanner(panelShown), "true")
	expect("on top", inBanner(onTop), "consent-banner true")
	expect("in the visitor's own size of letters", inBanner(`getComputedStyle(root.querySelector("#text")).fontSize`), "16px")
	expect("another body", `(document.body.replaceWith(document.createElement("body")), document.body.innerHTML = "<p>new</p>", "there")`, "there")
	expect("does not end it", inBanner(panelShown), "true")
	if _, err := chromedp.Call(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	expect("on paper", inBanner(`root.querySelector(".panel").checkVisibility()`), "false")
}

// Browsers without a top layer have it above all but the highest of their own.
func TestBrowserTheBannerWithoutATopLayer(t *testing.T) {
	_, _, expect := bannerSite(t, `<script>delete HTMLElement.prototype.showPopover; delete HTMLElement.prototype.popover</script>`,
		`<div style="position: fixed; inset: 0; z-index: 2147483646"></div>`)
	expect("it is to be seen", inBanner(panelShown), "true")
	expect("on top", inBanner(onTop), "consent-banner true")
}

// The end of the page can be scrolled from behind the banner, as long as it is there.
func TestBrowserTheBannerHidesNothingForGood(t *testing.T) {
	tab, _, expect := bannerSite(t, ``, `<p style="height: 3000px">long</p>`)
	expect("it is to be seen", inBanner(panelShown), "true")
	const below = `(scrollTo(0, 1e6), document.querySelector("#settings").getBoundingClientRect().bottom <= `
	expect("the last link", inBanner(below+`root.querySelector(".panel").getBoundingClientRect().top)`), "true")
	clickInBanner(t, tab, "Reject all")
	expect("the room is gone", `document.documentElement.lastElementChild.localName + document.documentElement.style.scrollPaddingBlockEnd`, "body")
}

// A choice is said to be saved, to screen readers too, in a live region that was there
// before and is gone after a while. The focus goes back to where it came from, or on
// at the beginning of the page.
func TestBrowserAChoiceIsSaidToBeSaved(t *testing.T) {
	tab, _, expect := bannerSite(t, ``, `<a id=first href="#first">first</a>`)
	press := func(key string) {
		t.Helper()
		if err := chromedp.Do(tab, chromedp.KeyEvent(key)); err != nil {
			t.Fatal(err)
		}
	}
	const saved = `document.querySelector("#consent-saved")?.shadowRoot.querySelector("[role=status]").textContent ?? "gone"`
	expect("the region", inBanner(`root.querySelector("[role=status]").textContent === "" && !root.querySelector(".panel").contains(root.querySelector("[role=status]"))`), "true")
	expect("it is to be seen", inBanner(panelShown), "true")
	press(kb.Tab)
	expect("the first of the page for the keyboard", inBanner(`root.activeElement?.textContent`), "Accept all")
	press(kb.Tab)
	expect("then", inBanner(`root.activeElement?.textContent`), "Reject all")
	press(kb.Enter)
	expect("it is said", saved, "Your choice is saved.")
	expect("nothing takes the focus", `document.activeElement.localName`, "body")
	press(kb.Tab)
	expect("the keyboard goes on at the beginning", `document.activeElement.id`, "first")

	expect("opened", `(document.querySelector("#settings").focus(), document.querySelector("#settings").click(), "opened")`, "opened")
	expect("its heading", inBanner(`root.activeElement?.localName`), "h2")
	press(kb.Escape)
	expect("closed", inBanner(`"there"`), "gone")
	expect("the focus is back", `document.activeElement.id`, "settings")
	for range 2 { // it stays for eight seconds
		if got := eventually(t, tab, saved, "gone"); got == "gone" {
			return
		}
	}
	t.Error("it is said for good")
}

// A choice in one tab counts in the others: the banner goes, what is allowed comes, and
// what is taken back ends.
func TestBrowserAChoiceCountsInOtherTabs(t *testing.T) {
	tab, _, expect := bannerSite(t, ``, ``)
	other, cancel := chromedp.NewContext(tab)
	defer cancel()
	if err := chromedp.Do(other); err != nil { // the tab lasts as long as this context
		t.Fatal(err)
	}
	visit(t, other, "http://site.test/", true)
	expectThere := expectIn(t, other)
	expectThere("it asks there", inBanner(panelShown), "true")
	expectThere("the page is marked", `(window.mark = "same")`, "same")

	clickInBanner(t, tab, "Accept all")
	expectThere("the banner there", inBanner(`"there"`), "gone")
	expectThere("the script there", `document.querySelector("script[src*='tracker.test']") ? "back" : "held"`, "back")
	expectThere("the event there", `events.join(" ")`, "essential+analytics+social")
	expectThere("the page there", `window.mark ?? "new"`, "same")

	expect("opened", `(consent.open(), "opened")`, "opened")
	clickInBanner(t, tab, "Reject all")
	expectThere("after it is taken back", `window.mark ?? "new"`, "new")
	expectThere("the script there", `document.querySelector("script[src*='tracker.test']") ? "back" : "held"`, "held")
}

// A page that comes back from the back/forward cache asks what was chosen meanwhile.
func TestBrowserAPageThatComesBackAsksAgain(t *testing.T) {
	_, _, expect := bannerSite(t, ``, ``)
	// The choice is not the banner's, and no tab tells of it.
	meanwhile := func(choice string) string {
		return fmt.Sprintf(`(fetch("/.consent/", {method: "POST", body: new URLSearchParams({choice: %q}), redirect: "manual"})
			.then(() => { dispatchEvent(new PageTransitionEvent("pagehide", {persisted: true})); dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true})) }), "asked")`, choice)
	}
	expect("it is to be seen", inBanner(panelShown), "true")
	expect("the page is marked", `(window.mark = "same")`, "same")
	expect("nothing new", `(dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true})), "asked")`, "asked")
	expect("it is still to be seen", inBanner(panelShown), "true")
	expect("a yes", meanwhile("accept"), "asked")
	expect("the banner", inBanner(`"there"`), "gone")
	expect("the script", `document.querySelector("script[src*='tracker.test']") ? "back" : "held"`, "back")
	expect("the page", `window.mark ?? "new"`, "same")
	expect("a no", meanwhile("reject"), "asked")
	expect("the page after it", `window.mark ?? "new"`, "new")
}

// A base of another site is for the page's own addresses, not for this module's.
func TestBrowserTheBannerIsWhereItWasWhateverTheBase(t *testing.T) {
	tab, seen, expect := bannerSite(t, `<base href="http://cdn.test/dir/">`, ``)
	expect("it is to be seen", inBanner(panelShown), "true")
	clickInBanner(t, tab, "Accept all")
	expect("the script is back", `document.querySelector("script[src*='tracker.test']") ? "back" : "held"`, "back")
	expect("the frame is, too", `document.querySelector("iframe").hasAttribute("data-consent") + ""`, "false")
	visit(t, tab, "http://site.test/", true)
	expect("the answer was kept", `document.querySelectorAll("script[src*=banner]").length + ""`, "0")
	for _, host := range seen.contacted() {
		if strings.Contains(host, "cdn.test") {
			t.Errorf("asked for %s", host)
		}
	}
}

// Where a site's policy wants a nonce, in the header or in the page, the banner has it for its style sheet.
func TestBrowserTheBannerIsStyledUnderANonce(t *testing.T) {
	const csp = "default-src 'self'; script-src 'nonce-n1'; style-src 'nonce-n1'"
	for where, header := range map[string]string{"header": csp, "meta": ""} {
		html := strings.Replace(bannerPage, "<script>", "<script nonce=n1>", 1)
		if header == "" {
			html = strings.Replace(html, "<head>", `<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="`+csp+`">`, 1)
		}
		seen := record(t)
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if header != "" {
				w.Header().Set("Content-Security-Policy", header)
			}
			page(html).ServeHTTP(w, r)
		}), bannerSettings)
		tab := browser(t, seen, "host-resolver-rules", "MAP site.test "+s.addr+", MAP * "+seen.addr)
		visit(t, tab, "http://site.test/", true)
		expect := expectIn(t, tab)
		expect(where+": it is to be seen", inBanner(panelShown), "true")
		expect(where+": at the foot", inBanner(`getComputedStyle(root.querySelector(".panel")).position`), "fixed")
	}
}

// Some scripts are copied into a page with the nonce that their documentation has. Where no policy wants one, what
// has none comes back as well.
func TestBrowserANonceWithoutAPolicyMeansNothing(t *testing.T) {
	tab, _, expect := bannerSite(t, `<script nonce="eXaMpLe1">"from the documentation"</script>`, ``)
	expect("it is to be seen", inBanner(panelShown), "true")
	clickInBanner(t, tab, "Accept all")
	expect("the script is back", `document.querySelector("script[src*='tracker.test']") ? "back" : "held"`, "back")
}
