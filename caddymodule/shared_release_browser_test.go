package caddymodule_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// releasedPage has vendors of two categories in the forms in which pages carry
// them, scripts that need each other, and what belongs to nobody.
const releasedPage = `<!doctype html><title>Shared</title><meta charset=utf-8>
<link rel=stylesheet href="//css.tracker.test/s.css">
<script>var order = []; function note(what) { order.push(what) }</script>
<script src="//js.tracker.test/library.js"></script>
<script>acmeStats("needs the library")</script>
<script async src="//js.tracker.test/async.js"></script>
<script src="//js.tracker.test/slow.js"></script>
<script src="/own.js"></script>
<script>acmeStats("needs the slow one")</script>
<script src="//ads.test/ad.js"></script>
<script src="//js.tracker.test/missing.js"></script>
<script type=module src="//js.tracker.test/module.js"></script>
<script>acmeStats("the last")</script>
<script>note("the page's")</script>
<img id=image src="//img.tracker.test/1.gif" alt="" width=9 height=9>
<img id=responsive srcset="//img.tracker.test/2.gif 1x" alt="" width=9 height=9>
<img id=ad src="//ads.test/3.gif" alt="" width=9 height=9>
<iframe id=frame src="//frame.tracker.test/f.html" width=300 height=150></iframe>
<iframe id=advert src="//ads.test/f.html" width=300 height=150></iframe>
<div id=styled style="background-image: url(//img.tracker.test/4.gif)">text</div>
<p id=text>data-consent-src="//js.tracker.test/x.js"</p>
`

// vendors stands in for all hosts but the site: it serves what the page needs
// of them, and notes who was contacted.
type vendors struct {
	mu        sync.Mutex
	contacted []string
}

func (v *vendors) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.Host, "tracker.test") || r.Host == "ads.test" { // and not whom the browser itself would ask
		v.mu.Lock()
		v.contacted = append(v.contacted, r.Host+r.URL.Path)
		v.mu.Unlock()
	}
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Content-Type", "text/javascript")
	switch r.URL.Path {
	case "/library.js":
		_, _ = io.WriteString(w, "note('library'); function acmeStats(what) { note(what) }")
	case "/slow.js":
		time.Sleep(300 * time.Millisecond)
		_, _ = io.WriteString(w, "note('slow')")
	case "/async.js":
		time.Sleep(100 * time.Millisecond)
		_, _ = io.WriteString(w, "note('async')")
	case "/module.js":
		_, _ = io.WriteString(w, "note('module')")
	case "/ad.js":
		_, _ = io.WriteString(w, "note('ad')")
	case "/s.css":
		h.Set("Content-Type", "text/css")
		_, _ = io.WriteString(w, "#text { color: rgb(1, 2, 3) }")
	case "/f.html":
		h.Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>frame</title>")
	default:
		if !strings.HasSuffix(r.URL.Path, ".gif") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		h.Set("Content-Type", "image/gif")
		_, _ = w.Write(pixel)
	}
}

// take returns who was contacted since the last time, in order of the names.
func (v *vendors) take() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	contacted := slices.Sorted(slices.Values(v.contacted))
	v.contacted = nil
	return slices.Compact(contacted)
}

const releasedPolicy = `
	consent {
		category essential {
			required
		}
		category analytics
		category advertising
		vendor acme {
			category analytics
			urls tracker.test
			inline "acmeStats("
		}
		vendor adverts {
			category advertising
			urls ads.test
		}
		pages shared
	}
	reverse_proxy {upstream}`

// eventually asks the page until the answer is the one that is wanted, and
// returns the last.
func eventually(t *testing.T, tab context.Context, script, want string) (is string) {
	t.Helper()
	for range 100 {
		var err error
		if is, err = chromedp.Run(tab, chromedp.Evaluate[string](script)); err != nil {
			t.Fatal(err)
		}
		if is == want {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return is
}

// The page that was made for everybody becomes, in each visitor's browser, the
// page that this visitor is to have: of who allows nothing nothing is fetched,
// and who allows a category has all of it, in the order of the document.
func TestBrowserReleasesASharedPageByTheVisitorsDecision(t *testing.T) {
	outside := new(vendors)
	hosts := httptest.NewUnstartedServer(outside)
	hosts.Config.ErrorLog = discardLog
	hosts.Start()
	t.Cleanup(hosts.Close)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/own.js" {
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, "note('own')")
			return
		}
		w.Header().Set("Cache-Control", "public, max-age=60")
		page(releasedPage).ServeHTTP(w, r)
	}), releasedPolicy)
	port := s.addr[strings.LastIndexByte(s.addr, ':'):]
	rules := fmt.Sprintf("MAP site.test:%s %s, MAP * %s", port[1:], s.addr, hosts.Listener.Addr())
	tab := browser(t, &recorder{addr: hosts.Listener.Addr().String()}, "host-resolver-rules", rules,
		"disable-features", noUpgrades)
	url := "http://site.test" + port + "/"

	analytics := []string{
		"css.tracker.test/s.css", "frame.tracker.test/f.html", "img.tracker.test/1.gif", "img.tracker.test/2.gif", "img.tracker.test/4.gif",
		"js.tracker.test/async.js", "js.tracker.test/library.js", "js.tracker.test/missing.js", "js.tracker.test/module.js", "js.tracker.test/slow.js",
	}
	adverts := []string{"ads.test/3.gif", "ads.test/ad.js", "ads.test/f.html"}
	const released = "own, the page's, library, needs the library, slow, needs the slow one, "
	for _, visitor := range []struct {
		name, cookie string
		order        string // of scripts, but for the one that is async
		async        bool
		contacted    []string
		held         string // what still is
	}{
		{"who was not asked", "", "own, the page's", false, nil, "9 scripts, 2 frames, 5 others"},
		{"who denied", ownCookie("", "analytics~advertising"), "own, the page's", false, nil, "9 scripts, 2 frames, 5 others"},
		{"whose answer does not count", "consent=1.0.x", "own, the page's", false, nil, "9 scripts, 2 frames, 5 others"},
		{"who granted one category", ownCookie("analytics", "advertising"), released + "the last, module", true, analytics, "1 scripts, 1 frames, 1 others"},
		{"who granted the other", ownCookie("advertising", "analytics"), "own, the page's, ad", false, adverts, "8 scripts, 1 frames, 4 others"},
		{
			"who granted both", ownCookie("analytics~advertising", ""), released + "ad, the last, module", true,
			slices.Sorted(slices.Values(append(slices.Clone(analytics), adverts...))), "0 scripts, 0 frames, 0 others",
		},
		{"who has withdrawn", ownCookie("", "analytics~advertising"), "own, the page's", false, nil, "9 scripts, 2 frames, 5 others"},
	} {
		t.Run(visitor.name, func(t *testing.T) {
			if name, value, ok := strings.Cut(visitor.cookie, "="); ok {
				// As the endpoint sets it: no script sees it.
				set := network.SetCookieParams{Name: name, Value: value, URL: url, HTTPOnly: new(true)}
				if _, err := chromedp.Call(tab, network.SetCookie, set); err != nil {
					t.Fatal(err)
				}
			}
			outside.take()
			visit(t, tab, url, true)
			if got := eventually(t, tab, `order.filter(what => what != "async").join(", ")`, visitor.order); got != visitor.order {
				t.Errorf("scripts ran in this order: %s, want %s", got, visitor.order)
			}
			if got := eventually(t, tab, `String(order.includes("async"))`, fmt.Sprint(visitor.async)); got != fmt.Sprint(visitor.async) {
				t.Errorf("the script that is async ran: %s", got)
			}
			const held = `(() => { const all = [...document.querySelectorAll("[data-consent]")], of = name => all.filter(e => e.localName == name).length;
				return of("script") + " scripts, " + of("iframe") + " frames, " + (all.length - of("script") - of("iframe")) + " others" })()`
			if got := eventually(t, tab, held, visitor.held); got != visitor.held {
				t.Errorf("held: %s, want %s", got, visitor.held)
			}
			granted := slices.Contains(visitor.contacted, "img.tracker.test/1.gif")
			const seen = `[image.naturalWidth > 0, responsive.naturalWidth > 0, !frame.hasAttribute("srcdoc"),
				getComputedStyle(text).color == "rgb(1, 2, 3)", getComputedStyle(styled).backgroundImage.includes("4.gif")].join()`
			if want := strings.TrimSuffix(strings.Repeat(fmt.Sprint(granted)+",", 5), ","); eventually(t, tab, seen, want) != want {
				got, _ := chromedp.Run(tab, chromedp.Evaluate[string](seen))
				t.Errorf("images, the frame and styles are there: %s, want %s", got, want)
			}
			time.Sleep(250 * time.Millisecond) // for whoever should not be contacted
			if got := outside.take(); !slices.Equal(got, visitor.contacted) {
				t.Errorf("contacted %q, want %q", got, visitor.contacted)
			}
		})
	}
}

// Without scripting nothing is released, and nothing that is held fetches.
func TestBrowserHoldsASharedPageWithoutScripting(t *testing.T) {
	outside := new(vendors)
	hosts := httptest.NewServer(outside)
	t.Cleanup(hosts.Close)
	s := serve(t, page(releasedPage), releasedPolicy)
	port := s.addr[strings.LastIndexByte(s.addr, ':'):]
	tab := browser(t, &recorder{addr: hosts.Listener.Addr().String()}, "host-resolver-rules", "MAP site.test"+port+" "+s.addr+", MAP * "+hosts.Listener.Addr().String())
	set := network.SetCookieParams{Name: "consent", Value: strings.TrimPrefix(ownCookie("analytics~advertising", ""), "consent="), URL: "http://site.test" + port + "/"}
	if _, err := chromedp.Call(tab, network.SetCookie, set); err != nil {
		t.Fatal(err)
	}
	visit(t, tab, "http://site.test"+port+"/", false)
	time.Sleep(250 * time.Millisecond)
	if got := outside.take(); len(got) > 0 {
		t.Errorf("contacted %q", got)
	}
}
