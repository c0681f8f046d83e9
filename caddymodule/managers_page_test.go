package caddymodule_test

// What the tests of consent managers visit: pages with a real manager from its
// npm package, tags of three vendors, and a mouse.

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const managerPackages = "../internal/managers/node_modules"

// managerSite serves testdata/managers with the same tags in every page, and
// the packages below /npm/, as a site that hosts its manager itself.
func managerSite(t *testing.T) http.Handler {
	t.Helper()
	const pages = "testdata/managers"
	tags, err := os.ReadFile(filepath.Join(pages, "tags.html"))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/npm/", http.StripPrefix("/npm/", http.FileServer(http.Dir(managerPackages))))
	mux.HandleFunc("/{page}", func(w http.ResponseWriter, r *http.Request) {
		text, err := os.ReadFile(filepath.Join(pages, filepath.Base(r.PathValue("page"))))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, strings.Replace(string(text), "<!-- tags -->\n", string(tags), 1))
	})
	return mux
}

// managerVendors is a policy for those tags; {source} is whose cookie is read.
const managerVendors = `
	consent {
		{source}
		vendor stats {
			category analytics
			urls stats.test
			inline "statsCount("
		}
		vendor adverts {
			category advertising
			urls ads.test
		}
		vendor friends {
			category social
			urls friends.test
		}
	}
	reverse_proxy {upstream}`

// tagged is what a page with these tags does where a category is granted.
var tagged = map[string]struct{ runs, contacts []string }{
	"analytics":   {[]string{"stats", "inline"}, []string{"js.stats.test/stats.js"}},
	"advertising": {[]string{"ads"}, []string{"ads.test/ads.js", "pixel.ads.test/1.gif"}},
	"social":      {[]string{"friends"}, []string{"friends.test/friends.js", "frame.friends.test/like.html"}},
}

// tagHosts stands in for every host but the site, and notes who was contacted.
type tagHosts struct {
	mu        sync.Mutex
	contacted []string
	strangers []string // hosts that no tag names
}

func (h *tagHosts) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimSuffix(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], ".js")
	w.Header().Set("Cache-Control", "no-store")
	h.mu.Lock()
	defer h.mu.Unlock()
	switch contact := r.Host + r.URL.Path; contact {
	case "js.stats.test/stats.js", "ads.test/ads.js", "friends.test/friends.js":
		h.contacted = append(h.contacted, contact)
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = fmt.Fprintf(w, "ran.push(%q); function %sCount(what) { ran.push(what) }", name, name)
	case "pixel.ads.test/1.gif":
		h.contacted = append(h.contacted, contact)
		w.Header().Set("Content-Type", "image/gif")
		_, _ = w.Write(pixel)
	case "frame.friends.test/like.html":
		h.contacted = append(h.contacted, contact)
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!doctype html><title>Friends</title>")
	default:
		h.strangers = append(h.strangers, contact)
		w.WriteHeader(http.StatusNotFound)
	}
}

// take returns who was contacted since the last time, in order of the names.
func (h *tagHosts) take() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	contacted := slices.Sorted(slices.Values(h.contacted))
	h.contacted = nil
	return contacted
}

// obeys visits a page and tells whether it does what the granted categories
// allow, all of it, and nothing else.
func obeys(t *testing.T, tab context.Context, hosts *tagHosts, url string, granted []string) {
	t.Helper()
	var runs, contacts []string
	for _, category := range granted {
		runs = append(runs, tagged[category].runs...)
		contacts = append(contacts, tagged[category].contacts...)
	}
	slices.Sort(runs)
	slices.Sort(contacts)
	hosts.take()
	visit(t, tab, url, true)

	const ran = `ran.toSorted().join()`
	want := strings.Join(runs, ",")
	eventually(t, tab, ran, want)
	time.Sleep(250 * time.Millisecond) // for what should not happen
	if got := eventually(t, tab, ran, want); got != want {
		t.Errorf("granted %v: ran %q, want %q", granted, got, want)
	}
	if got := hosts.take(); !slices.Equal(got, contacts) {
		t.Errorf("granted %v: contacted %q, want %q", granted, got, contacts)
	}
	// As the page is now: an attribute that a browser would follow.
	const live = `[...document.querySelectorAll("[src],[href],[srcset]")]
		.map(e => new URL(e.src || e.href || e.srcset, location).href.replace("http://", ""))
		.filter(url => /^[a-z.]*(stats|ads|friends)\.test\//.test(url)).sort().join()`
	if want := strings.Join(contacts, ","); eventually(t, tab, live, want) != want {
		got, _ := chromedp.Run(tab, chromedp.Evaluate[string](live))
		t.Errorf("granted %v: live in the page: %q, want %q", granted, got, want)
	}
}

// press clicks with the mouse, as soon as the element is where it stays and
// nothing covers it: what asks slides in.
func press(t *testing.T, tab context.Context, selector string) {
	t.Helper()
	script := fmt.Sprintf(`(async () => {
		const element = document.querySelector(%q)
		if (!element) return "is not there"
		element.scrollIntoView({ block: "nearest" })
		const place = () => { const r = element.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2] }
		const before = place()
		await new Promise(done => setTimeout(done, 100))
		const [x, y] = place(), hit = document.elementFromPoint(x, y)
		if (x != before[0] || y != before[1]) return "moves"
		if (!hit || !(element.contains(hit) || hit.closest("label")?.control == element)) return "is covered by " + hit?.outerHTML
		return x + " " + y
	})()`, selector)
	said := ""
	for start := time.Now(); time.Since(start) < 15*time.Second; time.Sleep(50 * time.Millisecond) {
		var err error
		if said, err = chromedp.Run(tab, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise)); err != nil {
			t.Fatalf("looking for %s: %v", selector, err)
		}
		var x, y float64
		if n, _ := fmt.Sscan(said, &x, &y); n == 2 {
			if err := chromedp.Do(tab, chromedp.MouseClickXY(x, y)); err != nil {
				t.Fatalf("clicking %s: %v", selector, err)
			}
			return
		}
	}
	t.Fatalf("%s %s", selector, said)
}
