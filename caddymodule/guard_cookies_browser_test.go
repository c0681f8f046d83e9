package caddymodule_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// scriptCookies are what scripts write of cookies that are allowed: attributes of all kinds,
// in all spellings, and lines that are hardly cookies.
var scriptCookies = []string{
	"plain=1", "year=1; Max-Age=31536000", "long=1; max-age = 99999999", "until=1; Expires=${later}", "both=1; Expires=${soon}; Max-Age=31536000",
	"twice=1; Max-Age=60; Max-Age=31536000", "path=1; Path=/", "deep=1; Path=/deep/er; Max-Age=3600", "domain=1; Domain=site.test; Path=/",
	"lax=1; SameSite=Lax", "strict=1; samesite=STRICT; Path=/; Max-Age=31536000", "none=1; SameSite=None; Secure", "secure=1; Secure; Path=/",
	"parted=1; Secure; Path=/; SameSite=None; Partitioned", "http=1; HttpOnly", "prio=1; Priority=High; Max-Age=600", "made=1; Made-Up=yes; Path=/",
	"quoted=\"a b\"; Path=/", "equals=a=b=c; Path=/", "empty=; Path=/; Max-Age=600", "=nameless; Path=/", "novalue; Path=/", "  spaced  =  v  ; Path=/ ",
	"ümlaut=ß; Path=/", "%6eame=%20; Path=/", "comma=a,b; Path=/", "nothing=1; Max-Age=x", "date=1; Expires=never", "semi=1;;; Path=/;", "__Host-x=1; Secure; Path=/",
}

// What an allowed cookie lives for, and all else that was said of it, is the same in the
// browser with the guard and without.
func TestBrowserAllowedCookiesKeepTheirAttributes(t *testing.T) {
	lines, _ := json.Marshal(scriptCookies)
	write := fmt.Sprintf(`(() => {
		const at = (days) => new Date(Date.now() + days * 864e5).toUTCString();
		for (const line of %s) document.cookie = line.replace("${later}", at(365)).replace("${soon}", at(1));
		return document.cookie // which waits until all is written
	})()`, lines)
	var written [][]string
	for _, guard := range []string{"off", "on"} {
		rec := record(t)
		tab := guardTab(t, rec, guardSite(t, "guard "+guard))
		visit(t, tab, "http://site.test/?case=0", true)
		if _, err := chromedp.Run(tab, chromedp.Evaluate[string](write)); err != nil {
			t.Fatal(err)
		}
		got, err := chromedp.Call(tab, network.GetCookies, network.GetCookiesParams{URLs: []string{"http://site.test/deep/er/", "https://site.test/deep/er/"}})
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for _, c := range got.Cookies {
			if !c.Session {
				c.Expires = math.Round(time.Until(time.Unix(int64(c.Expires), 0)).Minutes() / 10) // from now, in tens of minutes
			}
			text, _ := json.Marshal(c)
			all = append(all, string(text))
		}
		slices.Sort(all)
		written = append(written, all)
	}
	if len(written[0]) < len(scriptCookies)*2/3 {
		t.Errorf("only %d of %d lines are cookies: %s", len(written[0]), len(scriptCookies), strings.Join(written[0], "\n"))
	}
	if !slices.Equal(written[0], written[1]) {
		t.Errorf("without the guard:\n%s\nwith it:\n%s", strings.Join(written[0], "\n"), strings.Join(written[1], "\n"))
	}
}

// What looks like the end of a denied cookie and is none to the browser does not pass for one.
func TestBrowserNoDateOfAScriptIsAWayAround(t *testing.T) {
	rec := record(t)
	tab := guardTab(t, rec, guardSite(t, "guard on"))
	visit(t, tab, "http://site.test/?case=0", true)
	got, err := chromedp.Run(tab, chromedp.Evaluate[string](`(() => {
		const ends = ["expires=0", "expires=1", "expires=-1", "Expires=2000", "max-age=0.5", "max-age=0x0", "max-age=-", "expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=9", "expires=2000-01-01T00:00:00Z", "expires=1 1:1", "max-age=0; max-age=+99"];
		for (const [i, end] of ends.entries()) document.cookie = "_trk_" + i + "=1; path=/; " + end;
		for (const line of ["=_trk=1", " = _trk =1", "_trk", "=_trk"]) document.cookie = line + "; path=/";
		return document.cookie; })()`))
	if err != nil || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	// What is one does.
	cookie := &network.SetCookieParams{Name: "_trk", Value: "1", URL: "http://site.test/"}
	for _, end := range []string{"expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)", "max-age=0", "Max-Age = -1 "} {
		if _, err := chromedp.Call(tab, network.SetCookie, *cookie); err != nil {
			t.Fatal(err)
		}
		got, err := chromedp.Run(tab, chromedp.Evaluate[string](fmt.Sprintf(`(document.cookie = "_trk=; path=/; %s", document.cookie)`, end)))
		if err != nil || got != "" {
			t.Errorf("%s: %q, %v", end, got, err)
		}
	}
}
