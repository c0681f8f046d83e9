package consent_test

import (
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// A script that is about a vendor among other things goes on where the guard and the stubs see to the rest. What sets
// the vendor up does not, nor what loads something of theirs.
func TestAScriptGoesOnWhereTheGuardSeesToTheRest(t *testing.T) {
	p := compile(t, consent.Config{Vendors: []consent.Vendor{
		{ID: "stats", Categories: []string{"analytics"}, Inline: []string{"fbq('track", "fbq('init", "_q.push(['track", "send_to:'AW-", "bare("}, Stubs: []string{"fbq()", "_q[]", "gtag()>layer", "a.track()"}, URLs: []string{"tracker.test", "video.test"}},
		{ID: "other", Categories: []string{"advertising"}, Inline: []string{"shared("}, Stubs: []string{"shared()"}},
		{ID: "third", Categories: []string{"social"}, Inline: []string{"shared("}, Stubs: []string{"shared()"}},
	}})
	d := granting(t, p)
	for script, blocked := range map[string]bool{
		// Calls that come later.
		`buy.onclick=function(){fbq('track','AddToCart');cart.push(1)};burger.onclick=open`:                                  false,
		`buy.onclick = () => fbq('track', 'AddToCart'); burger.onclick = open`:                                               false,
		`buy.onclick = () => { fbq('track', 'AddToCart') }`:                                                                  false,
		`document.addEventListener("sent", async (e) => { window.fbq('track', 'Lead'); location = "/thanks" }, false)`:       false,
		`jQuery(function($) { $("#a").on("click", function () { _q.push(['track', 1]) }) })`:                                 false,
		`function track() { fbq('track') } class Menu { open() { fbq('track'); this.x = 1 } }`:                               false,
		`x = { open() { fbq('track') }, shut: function () { fbq('track') }, get y() { return fbq('track') } }`:               false,
		`(function () { buy.onclick = function () { fbq('track') } })()`:                                                     false,
		`on("sent", function () { gtag('event', 'conversion', { send_to: 'AW-1', event_callback: function () { go() } }) })`: false,
		`on("sent", function () { if (x) { fbq('track') } else fbq('track') })`:                                              false,
		// What is done at once.
		`fbq('init', '1'); fbq('track', 'PageView')`:                              true,
		`if (ready) { fbq('init', '1') }`:                                         true,
		`(function () { fbq('init', '1') })()`:                                    true,
		`(function () { fbq('init', '1') }())`:                                    true,
		`!function () { fbq('init', '1') }()`:                                     true,
		`;(() => { fbq('init', '1') })()`:                                         true,
		`(async function () { fbq('init', '1') })()`:                              true,
		`(async () => fbq('init', '1'))()`:                                        true,
		`function later() {} (function () { fbq('init', '1') })()`:                true,
		`for (const x of y) { fbq('init', x) }`:                                   true,
		`try { fbq('init') } catch (e) { fbq('init') }`:                           true,
		`buy.onclick = () => go(1), fbq('init')`:                                  true,
		"buy.onclick = () => go(1)\nfbq('init')":                                  true,
		`gtag('event', 'conversion', { send_to: 'AW-1' })`:                        true,
		`window.config = { send_to: 'AW-1' }; buy.onclick = function () { go() }`: true,
		// What no stub takes.
		`buy.onclick = function () { bare('track') }`:                                            true,
		`buy.onclick = function () { fbq('track'); new Image().src = 'https://tracker.test/p' }`: true,
		`buy.onclick = function () { notgtag('event', { send_to: 'AW-1' }) }`:                    true,
		`buy.onclick = function () { f("send_to:'AW-1") }`:                                       true,
		// Addresses in data, and others.
		`const el = document.createElement("div"); start(el, { data: [null, { avatar: "https://tracker.test/a.png" }] })`:  false,
		`import("/app.js").then((kit) => kit.start({ data: [{ html: '<iframe src="https://video.test/e"></iframe>' }] }))`: false,
		`var product = {"media": ["https://video.test/1"], "text": "<p>fbq('init')"}; box.innerHTML = product.text`:        false,
		`return_ = (a) => ({ url: "https://video.test/1" }); document.createElement("a")`:                                  false,
		`var s = document.createElement("script"); s.src = "https://tracker.test/t"`:                                       true,
		`load("https://tracker.test/t", document.createElement("script"))`:                                                 true,
		`load({ src: "https://tracker.test/t.js" }, document.createElement("script"))`:                                     true,
		`["https://tracker.test/js?id=1"].forEach((u) => { document.createElement("script").src = u })`:                    true,
		`x = { u: "https://tracker.test/t?" + id }; document.createElement("script").src = x.u`:                            true,
		`x = { u: scheme + "//tracker.test/t" }; document.createElement("script").src = x.u`:                               true,
		`a["https://tracker.test/t"] = 1; document.createElement("script")`:                                                true,
		`import x from "https://tracker.test/t"; y = { z: 1 }`:                                                             true,
		`y = [import("https://tracker.test/t")]`:                                                                           true,
		"x = [`https://tracker.test/t`]; document.createElement('script').src = x[0]":                                      true,
	} {
		if v := p.Inline([]byte(script), []byte(site), d); !v.Blocked && !strings.Contains(script, "send_to") {
			t.Errorf("without a guard: %s: %+v", script, v)
		}
		if v := p.InlineGuarded([]byte(script), []byte(site), d); v.Blocked != blocked {
			t.Errorf("%s: blocked %v", script, v.Blocked)
		}
	}
	// Where a granted vendor brings the function it is no stub.
	const both = "on('x', function () { shared(1) })"
	for category, blocked := range map[string]bool{"analytics": false, "social": true} {
		if v := p.InlineGuarded([]byte(both), []byte(site), granting(t, p, category)); v.Blocked != blocked {
			t.Errorf("granting %s: %+v", category, v)
		}
	}
}

func TestGuardedPartsTakeLinearTime(t *testing.T) {
	p := compile(t, consent.Config{Vendors: []consent.Vendor{{ID: "v", Categories: []string{"analytics"}, Inline: []string{"fbq('init'"}, Stubs: []string{"fbq()"}}}})
	d := granting(t, p)
	for _, unit := range []string{"(", "{", "[", "=>", "x=>", "function(", "function(){", "a.", "a.b(", "({[", ")", "}", "`${", "x={a:'//b',", "fbq(", "()=>fbq("} {
		run := func(size int) float64 {
			script := []byte("f=function(){fbq('init'," + strings.Repeat(unit, size/len(unit)))
			return best(3, func() { p.InlineGuarded(script, []byte(site), d) })
		}
		if small, large := run(20<<10), run(200<<10); large > 40*small && large > 0.1 {
			t.Errorf("%s: 20 KiB take %.1f ms, 200 KiB take %.1f ms", unit, small*1e3, large*1e3)
		}
	}
}
