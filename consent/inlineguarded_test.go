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
		// Calls that wait for the visitor.
		`buy.onclick=function(){fbq('track','AddToCart');cart.push(1)};burger.onclick=open`:                                              false,
		`buy.onclick = () => fbq('track', 'AddToCart'); burger.onclick = open`:                                                           false,
		`buy.onclick = (e) => { fbq('track', 'AddToCart') }`:                                                                             false,
		`buy.onclick = e => { fbq('track', 'AddToCart') }`:                                                                               false,
		`buy.onclick = async (e) => fbq('track', 'AddToCart')`:                                                                           false,
		`document.addEventListener("wpcf7mailsent", async (e) => { window.fbq('track', 'Lead'); location = "/thanks" }, false)`:          false,
		`document.querySelector("form").addEventListener('submit', async function (e) { fbq('track', 'Lead') })`:                         false,
		`jQuery(function($) { $("#a").on("click", function () { _q.push(['track', 1]) }) })`:                                             false,
		`(function () { buy.onclick = function () { fbq('track') } })()`:                                                                 false,
		`$(f).on("submit", "x", function () { gtag('event', 'conversion', { send_to: 'AW-1', event_callback: function () { go() } }) })`: false,
		`on.one("click", function () { if (x) { fbq('track') } else fbq('track') })`:                                                     false,
		// Others do not, for all that can be told.
		`buy.onclick = function () { fbq('init', '1') }`:                    true,
		`function track() { fbq('track') }`:                                 true,
		`class Menu { open() { fbq('track') } }`:                            true,
		`x = { open() { fbq('track') } }`:                                   true,
		`addEventListener("load", function () { fbq('track') })`:            true,
		`document.addEventListener('DOMContentLoaded', () => fbq('track'))`: true,
		`window.onload = function () { fbq('track') }`:                      true,
		`$(function () { fbq('track') })`:                                   true,
		`setTimeout(function () { fbq('track') }, 0)`:                       true,
		`[1].forEach(function () { fbq('track') })`:                         true,
		`var x = function () { fbq('track') }()`:                            true,
		`(0, function () { fbq('track') })()`:                               true,
		`x.on("click load", function () { fbq('track') })`:                  true,
		`x.on("click", go); f(function () { fbq('track') })`:                true,
		`x.on("click", function () { go() }); fbq('track')`:                 true,
		`buy.onclick = go, fbq('track')`:                                    true,
		`buy.onclick = go; y = function () { fbq('track') }`:                true,
		`x.on(function () { fbq('track') })`:                                true,
		// What no guard can stop.
		`var c = { u: "https://tracker.test/t" }; import(c.u); document.createElement("p")`:                        true,
		`eval({ code: "import('https://tracker.test/t')" }.code)`:                                                  true,
		`s = document.createElement("script"); s.type = "module"; s.text = ["import 'https://tracker.test/t'"][0]`: true,
		`b = { u: "https://tracker.test/t" }; document.createElement("p"); frames[0].location = b.u`:               true,
		`b = { u: "https://tracker.test/t" }; document.createElement("a").target = "x"; a.href = b.u; a.click()`:   true,
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
	const both = "x.on('click', function () { shared(1) })"
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
			return best(t, 3, func() { p.InlineGuarded(script, []byte(site), d) })
		}
		if small, large := run(20<<10), run(200<<10); large > 40*small && large > 0.1 {
			t.Errorf("%s: 20 KiB take %.1f ms, 200 KiB take %.1f ms", unit, small*1e3, large*1e3)
		}
	}
}
