package caddymodule_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// sharedPage has what is held in every form, and scripts that tell in which
// order they ran. The last image is what somebody wrote into a comment.
const sharedPage = `<!doctype html><title>Shared</title><body>
<script>window.order = ["page"]</script>
<script src="https://one.tracker.test/one.js" onload="order.push('one')"></script>
<script>window.acmeStats && acmeStats("two"); order.push("two after " + order.length)</script>
<img id=picture src="https://img.tracker.test/p.gif">
<iframe id=frame src="https://frame.tracker.test/f.html" width=300 height=200></iframe>
<div id=styled style="background:url(https://css.tracker.test/b.gif);width:9px;height:9px"></div>
<img id=comment data-consent data-consent-src=x data-consent-onerror="order.push('attack')">
<a id=link data-consent="acme" data-consent-href="javascript:order.push('attack')">a</a>
</body>`

// One page for everybody is released by each visitor's own decision, in the
// order of the document.
func TestBrowserSharedPagesAreReleased(t *testing.T) {
	net := record(t)
	tab := browser(t, net)
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=60")
		_, _ = io.WriteString(w, sharedPage)
	})
	s := serve(t, upstream, strings.Replace(proxied, "consent {", "consent {\n\t\tpages shared", 1))
	url := "http://" + s.addr + "/"

	first := s.get(t, "/")
	for _, cookie := range []string{granted, denied, "consent=rubbish"} {
		if a := s.get(t, "/", "Cookie: "+cookie); a.body != first.body || a.Header.Get("Cache-Control") != "public, max-age=60" || variesBy(a.Header, "Cookie") {
			t.Errorf("for %s: another page, or private: %v", cookie, a.Header)
		}
	}

	visit(t, tab, url, true)
	_, hosts := net.take()
	for host := range hosts {
		if strings.HasSuffix(host, "tracker.test") {
			t.Errorf("nobody was asked, and contacted: %s", host)
		}
	}
	name, value, _ := strings.Cut(granted, "=")
	if _, err := chromedp.Run(tab, chromedp.Evaluate[string](`document.cookie = "`+name+"="+value+`; path=/"`)); err != nil {
		t.Fatal(err)
	}
	visit(t, tab, url, true)
	var requests []string
	for range 20 { // it may be quiet in between
		more, _ := net.take()
		if requests = append(requests, more...); slices.Contains(requests, "css.tracker.test/b.gif") && slices.Contains(requests, "img.tracker.test/p.gif") {
			break
		}
	}
	for _, want := range []string{"one.tracker.test/one.js", "img.tracker.test/p.gif", "frame.tracker.test/f.html", "css.tracker.test/b.gif"} {
		if !slices.Contains(requests, want) {
			t.Errorf("not released: %s of %v", want, requests)
		}
	}
	order, err := chromedp.Run(tab, chromedp.Evaluate[string](`order.join(", ")`))
	if err != nil || order != "page, one, two after 2" {
		t.Errorf("scripts ran in this order: %s (%v)", order, err)
	}
	left, err := chromedp.Run(tab, chromedp.Evaluate[string](`[...document.querySelectorAll("[data-consent]")].map(e => e.id).join() + " " + link.hasAttribute("href") + " " + frame.hasAttribute("srcdoc")`))
	if err != nil || left != "comment false false" {
		t.Errorf("left: %s (%v)", left, err)
	}
}
