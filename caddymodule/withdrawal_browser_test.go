package caddymodule_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// shopCookies are what the shop sets on every page for its statistics, in
// every way that leaves a cookie in a browser; TLS says which need it.
var shopCookies = []struct {
	line, jar string // jar is name, domain and path, as a browser keeps them
	tls       bool
}{
	{"_trk=1; Path=/; Max-Age=9999", "_trk www.shop.test /", false},
	{"_trk_session=1; Path=/", "_trk_session www.shop.test /", false},
	{"_trk_http=1; Path=/; HttpOnly; Max-Age=9999", "_trk_http www.shop.test /", false},
	{"_trk_default=1; HttpOnly", "_trk_default www.shop.test /shop/deep", false},
	{"_trk_strict=1; Path=/; SameSite=Strict; HttpOnly", "_trk_strict www.shop.test /", false},
	{"_trk_parent=1; Domain=shop.test; Path=/; HttpOnly; Max-Age=9999", "_trk_parent .shop.test /", false},
	{"_trk_dot=1; Domain=.shop.test; Path=/", "_trk_dot .shop.test /", false},
	{"_trk_self=1; Domain=www.shop.test; Path=/; HttpOnly", "_trk_self .www.shop.test /", false},
	{"_trk_both=1; Path=/", "_trk_both www.shop.test /", false},
	{"_trk_both=2; Domain=shop.test; Path=/", "_trk_both .shop.test /", false},
	{"_trk_path=1; Path=/shop", "_trk_path www.shop.test /shop", false},
	{"_trk_folder=1; Domain=shop.test; Path=/shop/; HttpOnly", "_trk_folder .shop.test /shop/", false},
	{"_trk_page=1; Path=/shop/deep/page; HttpOnly", "_trk_page www.shop.test /shop/deep/page", false},
	{"_legacy=1; Path=/; HttpOnly; Max-Age=9999", "_legacy www.shop.test /", false},
	{"_trk_secure=1; Domain=shop.test; Path=/; Secure; HttpOnly; SameSite=None", "_trk_secure .shop.test /", true},
	{"__Secure-trk=1; Path=/shop/; Secure; HttpOnly", "__Secure-trk www.shop.test /shop/", true},
	{"_trk_chips=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned", "_trk_chips www.shop.test /", true},
	{"__Http-trk=1; Path=/; Secure; HttpOnly", "__Http-trk www.shop.test /", true},
	{"__Host-Http-trk=1; Path=/; Secure; HttpOnly", "__Host-Http-trk www.shop.test /", true},
	{"__Host-trk=1; Path=/; Secure; HttpOnly", "__Host-trk www.shop.test /", true},
}

const shopPage = "/shop/deep/page"

// shop is a site with a login that has all those cookies.
func shop() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/login":
			w.Header().Add("Set-Cookie", "session=secret; Path=/; HttpOnly; Max-Age=9999")
			w.Header().Add("Set-Cookie", "session_all=secret; Domain=shop.test; Path=/; HttpOnly")
		case shopPage:
			for _, c := range shopCookies {
				w.Header().Add("Set-Cookie", c.line)
			}
		}
		who := "a stranger"
		if c, err := r.Cookie("session"); err == nil && c.Value == "secret" {
			who = "a customer"
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>"+who+"</title>"+
			"<script>function acmeStats() { document.cookie = '_trk_script=1; domain=shop.test; path=/; max-age=9999' }</script>"+
			"<script>acmeStats()</script>")
	})
}

// jar is what the browser keeps: names with their domains and paths.
func jar(t *testing.T, tab context.Context) (all []string) {
	t.Helper()
	found, err := chromedp.CallBrowser(tab, storage.GetCookies, storage.GetCookiesParams{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range found.Cookies {
		all = append(all, c.Name+" "+c.Domain+" "+c.Path)
	}
	slices.Sort(all)
	return all
}

// respond chooses on the consent page with its form, as a visitor does who
// came there from the shop.
func respond(t *testing.T, tab context.Context, base, button string) {
	t.Helper()
	visit(t, tab, base+"/.consent/?return="+shopPage, true)
	ctx, cancel := context.WithTimeout(tab, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(`button[value="`+button+`"]`))); err != nil {
		t.Fatalf("choosing %s: %v", button, err)
	}
	for ctx.Err() == nil {
		where, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.readyState + ' ' + location.pathname"))
		if err == nil && where == "complete "+shopPage {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("after choosing %s the visitor is not back", button)
}

// Who withdraws is rid of all cookies of the category, also of those that no
// script can see and that another host has set, and is still logged in.
func TestBrowserWithdrawalLeavesNoCookieOfTheCategory(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			addr := freeAddr(t)
			cert, key := certificate(t)
			tls := ""
			if scheme == "https" {
				tls = "tls " + cert + " " + key
			}
			load(t, caddyfileOf("grace_period 1ns", fmt.Sprintf("%s://www.shop.test%s {\nbind 127.0.0.1\n%s\nencode\nconsent {%s\n}\nreverse_proxy %s\n}",
				scheme, addr[strings.LastIndexByte(addr, ':'):], tls,
				strings.Replace(cookiePolicy, "cookies _trk _trk_*", "cookies _trk _trk_*\ninline acmeStats()", 1), backend(t, shop()))))
			tab := browser(t, record(t), "host-resolver-rules", "MAP www.shop.test "+addr+", MAP * 127.0.0.1:9",
				"disable-features", noUpgrades)
			base := scheme + "://www.shop.test"
			answer := "consent www.shop.test /"
			if scheme == "https" {
				answer = "__Host-" + answer
			}
			login := []string{"session www.shop.test /", "session_all .shop.test /"}

			visit(t, tab, base+"/login", true)
			visit(t, tab, base+shopPage, true)
			if got := jar(t, tab); !slices.Equal(got, login) {
				t.Fatalf("without an answer: %q", got)
			}

			respond(t, tab, base, "accept")
			want := append([]string{answer, "_trk_script .shop.test /"}, login...)
			for _, c := range shopCookies {
				if !c.tls || scheme == "https" {
					want = append(want, c.jar)
				}
			}
			slices.Sort(want)
			if got := jar(t, tab); !slices.Equal(got, want) {
				t.Fatalf("with everything granted\ngot  %q\nwant %q", got, want)
			}

			respond(t, tab, base, "reject")
			want = append([]string{answer}, login...)
			slices.Sort(want)
			got := jar(t, tab)
			if left := slices.DeleteFunc(slices.Clone(got), func(c string) bool { return !strings.HasSuffix(c, " /") }); !slices.Equal(left, want) {
				t.Errorf("after withdrawing, of the whole site\ngot  %q\nwant %q", left, want)
			}
			// Those of a folder go where they are sent. One response is not enough
			// for all the places where so many can be.
			pages := 1
			for ; !slices.Equal(got, want) && pages < 20; pages++ {
				visit(t, tab, base+shopPage, true)
				got = jar(t, tab)
			}
			t.Logf("clean after %d pages", pages)
			// And so it stays, though the backend sets them on every page.
			visit(t, tab, base+shopPage, true)
			if got := jar(t, tab); !slices.Equal(got, want) {
				t.Errorf("after %d pages\ngot  %q\nwant %q", pages, got, want)
			}
			title, err := chromedp.Run(tab, chromedp.Title())
			if err != nil || title != "a customer" {
				t.Errorf("to the shop the visitor is %q, %v", title, err)
			}
		})
	}
}
