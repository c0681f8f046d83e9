package caddymodule_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The conformance cases in a browser, of which this is a sample: of every
// group the first case that contacts tracker.test, and the first that does
// not, which need no more of a browser than that it loads the page over plain
// HTTP, and which are not known to fail. The whole run is
// `go run ./internal/conformance`.

const knownFile = "../internal/conformance/known.txt"

// conformanceSample picks the cases of the sample, in the order of the file.
func conformanceSample(t *testing.T, cases []*conformanceCase) (sample []*conformanceCase) {
	t.Helper()
	guard, known := listed(t, guardFile), listed(t, knownFile)
	has := map[string]bool{}
	for _, c := range cases {
		kind := c.Group + " " + c.Expect
		if !has[kind] && !c.Opts.special() && guard[c.ID] == "" && known[c.ID] == "" {
			has[kind] = true
			sample = append(sample, c)
		}
	}
	return sample
}

// Nobody at tracker.test is contacted by a page of the sample, everybody else
// is that should be, and a page that contacts nobody looks as it does without
// a proxy.
func TestBrowserConformanceSample(t *testing.T) {
	cases := conformanceCases(t)
	net := record(t)
	upstream := conformanceUpstream(t, cases)
	direct := backend(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host == "site.test" {
			net.note(r.Host, r.URL.RequestURI())
		}
		upstream.ServeHTTP(w, r)
	}))
	proxied, _ := conformanceSites(t, direct)
	tab := browser(t, net,
		"host-resolver-rules", fmt.Sprintf("MAP site.test %s, MAP direct.test %s, MAP * %s, EXCLUDE 127.0.0.1", proxied.addr, direct, net.addr),
		"disable-features", "BackForwardCache,"+noUpgrades,
		// As if it were over TLS, without which browsers keep some features back.
		"unsafely-treat-insecure-origin-as-secure", "http://site.test,http://direct.test",
	)
	sample := conformanceSample(t, cases)
	for _, c := range sample {
		t.Run(c.ID, func(t *testing.T) { visitCase(t, tab, net, c) })
	}
	t.Logf("%d of %d cases", len(sample), len(cases))
}

// appearance is what a visitor sees of a page.
const appearance = `(() => { const d = document, t = d.body ? d.body.innerText : d.documentElement ? d.documentElement.textContent : '';
	return JSON.stringify([d.title, t, d.compatMode, d.characterSet, d.contentType]) })()`

func visitCase(t *testing.T, tab context.Context, net *recorder, c *conformanceCase) {
	t.Helper()
	scripting := c.Opts.JS == nil || *c.Opts.JS
	look := func(host string) string {
		t.Helper()
		visit(t, tab, "http://"+host+"/c/"+c.ID, scripting)
		time.Sleep(time.Duration(c.Opts.Settle) * time.Millisecond)
		is, err := chromedp.Run(tab, chromedp.Evaluate[string](appearance))
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	want := ""
	if c.Expect == "kept" && !c.Opts.Lax {
		want = look("direct.test")
	}
	visit(t, tab, "about:blank", scripting)
	net.take()
	is := look("site.test")
	requests, hosts := net.take()
	if want != "" && is != want {
		t.Errorf("%s: looks like\n %s, without a proxy like\n %s", c.Why, is, want)
	}
	for host := range hosts {
		if host = strings.Trim(host, "."); host == "tracker.test" || strings.HasSuffix(host, ".tracker.test") {
			t.Errorf("%s: contacted %s: %q", c.Why, host, requests)
		}
	}
	for _, url := range c.Keep {
		_, url, _ = strings.Cut(url, "://") // the method before it is in no case of the sample
		if !slices.Contains(requests, url) {
			t.Errorf("%s: %s was not asked for: %q", c.Why, url, requests)
		}
	}
}
