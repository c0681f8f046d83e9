package caddymodule_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// What a visitor clicks in a real consent manager is what the next page does:
// before an answer nothing, and then exactly what was allowed.
func TestBrowserObeysConsentManagers(t *testing.T) {
	if testing.Short() {
		t.Skip("browser tests do not run with -short")
	}
	if _, err := os.Stat(managerPackages); err != nil {
		if os.Getenv("CONSENT_REQUIRE_MANAGERS") != "" {
			t.Fatal("CONSENT_REQUIRE_MANAGERS is set, but the consent managers are not there: npm ci --prefix internal/managers")
		}
		t.Skip("the consent managers are not there: npm ci --prefix internal/managers")
	}
	hosts := new(tagHosts)
	outside := httptest.NewUnstartedServer(hosts)
	outside.Config.ErrorLog = discardLog
	outside.Start()
	t.Cleanup(outside.Close)
	addr := outside.Listener.Addr().String()

	for _, m := range managers {
		t.Run(m.page, func(t *testing.T) {
			s := serve(t, managerSite(t), strings.Replace(managerVendors, "{source}", m.source, 1))
			url := "http://site.test" + s.addr[strings.LastIndexByte(s.addr, ':'):] + "/" + m.page
			chromium := browser(t, &recorder{addr: addr}, "host-resolver-rules", "MAP site.test 127.0.0.1, MAP * "+addr)
			for _, c := range m.choices {
				t.Run(c.name, func(t *testing.T) {
					tab, cancel := context.WithTimeout(chromium, 2*time.Minute)
					defer cancel()
					forget(t, tab, url)
					obeys(t, tab, hosts, url, nil)
					wrote(t, tab, m.cookie, m.before)
					if m.before != "" { // which is no answer
						obeys(t, tab, hosts, url, nil)
					}
					for c := &c; c != nil; c = c.then {
						for _, selector := range c.clicks {
							press(t, tab, selector)
						}
						wrote(t, tab, m.cookie, c.value)
						obeys(t, tab, hosts, url, c.granted)
					}
				})
			}
		})
	}
	// No manager fetches anything from elsewhere; the rest is Chromium itself.
	for _, contact := range hosts.strangers {
		if !strings.Contains(contact, "google.com/") && !strings.Contains(contact, "googleapis.com/") {
			t.Errorf("contacted %s", contact)
		}
	}
}

// forget makes the browser's profile as if it were new.
func forget(t *testing.T, tab context.Context, url string) {
	t.Helper()
	visit(t, tab, "about:blank", true) // so that nothing runs that would write
	if _, err := chromedp.Call(tab, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	origin := storage.ClearDataForOriginParams{Origin: url[:strings.LastIndexByte(url, '/')], StorageTypes: "all"}
	if _, err := chromedp.Call(tab, storage.ClearDataForOrigin, origin); err != nil {
		t.Fatal(err)
	}
}

// wrote waits for a cookie, and takes it as scripts see it, which is as it is
// sent.
func wrote(t *testing.T, tab context.Context, name, want string) {
	t.Helper()
	begin, open := strings.CutSuffix(want, "*")
	script := fmt.Sprintf(`document.cookie.split("; ").filter(pair => pair.startsWith("%s=")).join(" and ").slice(%d)`, name, len(name+"="))
	value := ""
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
		is, err := chromedp.Run(tab, chromedp.Evaluate[string](script))
		if err != nil {
			continue // some managers load the page anew
		}
		if value = is; value == want || open && strings.HasPrefix(value, begin) {
			t.Logf("%s=%s", name, value)
			return
		}
	}
	t.Errorf("%s is %q, want %q", name, value, want)
}
