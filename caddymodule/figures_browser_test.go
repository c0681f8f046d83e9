package caddymodule_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// figuresSite is the example site; without says without the banner and the guard.
func figuresSite(t *testing.T, without bool) *site {
	t.Helper()
	addr := freeAddr(t)
	config := exampleCaddyfile(t, exampleDir+"/Caddyfile", addr)
	settings := "\t\tguard on\n\t\tbanner {\n"
	if without {
		settings = "\t\tguard off\n\t\tgoogle_consent_mode off\n\t\tbanner {\n\t\t\toff\n"
	}
	config = strings.Replace(config, "\t\tbanner {\n", settings, 1)
	load(t, config)
	return &site{addr: addr, client: plainClient(addr)}
}

// The README says what the banner and the guard add to a page, in KB as they are sent:
// at most a quarter more is true.
func TestTheReadmeSaysWhatTheBannerWeighs(t *testing.T) {
	s := figuresSite(t, false)
	early := regexp.MustCompile(`/\.consent/early\.js[^"]*`).FindString(s.get(t, "/", "Accept: text/html", "Sec-Fetch-Dest: document").body)
	if early == "" {
		t.Fatal("the page has no guard")
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stated string
		paths  []string
	}{
		{`the banner adds ([\d.]+) KB`, []string{"/.consent/banner.js", "/.consent/banner.css", "/.consent/state"}},
		{`some ([\d.]+) KB with gzip`, []string{strings.ReplaceAll(early, "&amp;", "&")}},
	} {
		sent := 0
		for _, path := range c.paths {
			a := s.get(t, path, "Accept-Encoding: gzip")
			if a.StatusCode != 200 || a.Header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("%s: %d, %q", path, a.StatusCode, a.Header.Get("Content-Encoding"))
			}
			sent += len(a.body)
		}
		t.Logf("%s: %d bytes", c.stated, sent)
		found := regexp.MustCompile(c.stated).FindSubmatch(readme)
		if found == nil {
			t.Errorf("the README does not say %s; it is %d bytes", c.stated, sent)
			continue
		}
		said, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil || float64(sent) > 1.25*1000*said || float64(sent) < 0.75*1000*said {
			t.Errorf("%s is %d bytes (%v)", found[0], sent, err)
		}
	}
}

// The banner and the guard move nothing in the page, and do not block it.
func TestBrowserTheBannerMovesNothing(t *testing.T) {
	const visits = 5
	const measure = `(() => {
		if (!window.sums) {
			window.sums = {moved: 0, blocked: 0};
			new PerformanceObserver((list) => list.getEntries().forEach((e) => { sums.moved += e.value })).observe({type: "layout-shift", buffered: true});
			new PerformanceObserver((list) => list.getEntries().forEach((e) => { sums.blocked += e.duration - 50 })).observe({type: "longtask", buffered: true});
		}
		return window.sums;
	})()`
	type sums struct{ Moved, Blocked float64 }
	least := func(without bool) (blocked float64) {
		seen := record(t)
		s := figuresSite(t, without)
		tab := browser(t, seen)
		for n := range visits {
			visit(t, tab, "http://"+s.addr+"/", true)
			if !without {
				if got := eventually(t, tab, inBanner(panelShown), "true"); got != "true" {
					t.Fatalf("the banner: %s", got)
				}
			}
			var got sums
			for range 2 { // what was before comes a moment after it is asked for
				var err error
				if got, err = chromedp.Run(tab, chromedp.Evaluate[sums](measure)); err != nil {
					t.Fatal(err)
				}
				time.Sleep(500 * time.Millisecond)
			}
			if got.Moved != 0 && !without {
				t.Errorf("a layout shift of %v", got.Moved)
			}
			if n == 0 || got.Blocked < blocked {
				blocked = got.Blocked
			}
		}
		return blocked
	}
	plain, full := least(true), least(false)
	t.Logf("blocked for %.0f ms without banner and guard, for %.0f ms with them", plain, full)
	if full-plain > 150 { // the README says 50; other processes have their share of the clock
		t.Errorf("banner and guard block for %.0f ms", full-plain)
	}
}
