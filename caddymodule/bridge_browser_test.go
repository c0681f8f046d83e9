package caddymodule_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// bridgedManagers stand in for consent managers that cannot be had without their
// makers' servers: what their documents say of their objects in the page. Each
// has a button that answers analytics yes, advertising no.
var bridgedManagers = map[string]string{
	"termly": `
		var state = {essential: true, analytics: true, advertising: true}, listeners = {};
		window.Termly = {getConsentState: () => state, on: (name, f) => { listeners[name] = f; }};
		answer = () => { state = {essential: true, analytics: true, advertising: false, performance: false, social_networking: false}; listeners.consent(); };`,
	"osano": `
		var listeners = {};
		window.Osano = {cm: {addEventListener: (name, f) => { listeners[name] = f; }}};
		answer = () => listeners["osano-cm-consent-saved"]({ESSENTIAL: "ACCEPT", ANALYTICS: "ACCEPT", MARKETING: "DENY", STORAGE: "DENY", PERSONALIZATION: "DENY"});`,
	"transcend": `
		var consent = {confirmed: false, purposes: {Analytics: true, Advertising: true}}, changed;
		window.airgap = {getConsent: () => consent, addEventListener: (name, f) => { changed = f; }};
		answer = () => { consent = {confirmed: true, purposes: {Analytics: true, Advertising: false, SaleOfInfo: false}}; changed(); };`,
	"usercentrics": `
		var service = (categorySlug, id, status, type) => ({categorySlug, id, name: id, consent: {status, history: [{type}]}});
		var services = [service("statistics", "a", true, "implicit"), service("marketing", "b", true, "implicit")];
		setTimeout(() => { window.UC_UI = {isInitialized: () => true, getServicesBaseInfo: () => services}; }, 300); // it comes late
		window.__tcfapi = (command, version, f) => f({eventStatus: "tcloaded", gdprApplies: true, purpose: {consents: {1: true, 2: true, 3: true, 4: true, 7: true}}}, true);
		answer = () => {
			services = [service("statistics", "a", true, "explicit"), service("marketing", "b", true, "explicit"), service("marketing", "c", false, "explicit")];
			dispatchEvent(new Event("UC_UI_CMP_EVENT"));
		};`,
	"sourcepoint": `
		var listeners = [];
		window.__tcfapi = (command, version, f) => { listeners.push(f); f({eventStatus: "cmpuishown", gdprApplies: true, purpose: {consents: {1: true}}}, true); };
		answer = () => listeners.forEach((f) => f({eventStatus: "useractioncomplete", gdprApplies: true, purpose: {consents: {1: true, 8: true, 2: false}}}, true));`,
	"another": `
		answer = () => document.dispatchEvent(new CustomEvent("consent:bridge", {detail: {analytics: true, advertising: false}}));`,
}

func TestBrowserBridgesManagers(t *testing.T) {
	r := record(t)
	ctx := browser(t, r)
	for name, script := range bridgedManagers {
		t.Run(name, func(t *testing.T) {
			source := "source " + name
			if name == "another" || name == "transcend" {
				source = "" // transcend is also a preset, for those who let it write a cookie
			}
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, taggedPage+`<script src="/.consent/bridge.js"></script><script>var answer;`+script+`</script><button onclick="answer()">Save</button>`)
			}), "consent {\n"+source+"\nbridge"+tagPolicy)
			if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
				t.Fatal(err)
			}
			url := "http://" + s.addr + "/"
			visit(t, ctx, url, true)
			wait := 700 * time.Millisecond // for a manager that comes late
			if name == "sourcepoint" {
				wait = 4 * time.Second // the framework waits for managers that know more
			}
			time.Sleep(wait)
			if got := tags(r); got != "" {
				t.Errorf("before the answer: %s", got)
			}
			posted := false
			if err := chromedp.Do(ctx, chromedp.Click("button")); err != nil {
				t.Fatal(err)
			}
			for range 100 {
				var err error
				if posted, err = chromedp.Run(ctx, chromedp.Evaluate[bool](`localStorage.getItem("consent-bridge") !== null`)); posted || err != nil {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
			r.take()
			visit(t, ctx, url, true)
			if got := tags(r); got != "analytics.test/a.js" {
				t.Errorf("after the answer (posted: %v): %q", posted, got)
			}
		})
	}
}

// tags are the tags of taggedPage that were loaded. What else is asked for, the
// browser asks its maker.
func tags(r *recorder) string {
	requests, _ := r.take()
	var out []string
	for _, request := range requests {
		if host, _, _ := strings.Cut(request, "/"); strings.HasSuffix(host, ".test") {
			out = append(out, request)
		}
	}
	return strings.Join(out, " ")
}
