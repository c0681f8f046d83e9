package caddymodule_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// What a browser has of JSON for its script, asked again and not modified, and of a page for an
// image, it does not show in a window: there it asks once more.
func TestBrowserWhatPassedForAScriptIsNotShownInAWindow(t *testing.T) {
	rec := record(t)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html")
		h.Set("Cache-Control", "max-age=600")
		h.Set("Vary", "Accept-Encoding")
		h.Set("ETag", `"a"`)
		h.Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		switch {
		case r.URL.Path == "/":
			_, _ = io.WriteString(w, `<!doctype html><title>x</title><script>
				const ask = async (cache) => await (await fetch("/json", { cache })).text();
				ask("default").then(() => ask("no-cache")).then((text) => { document.title = text.includes("src='http") ? "as it was" : "changed" });
			</script><img src="/page">`)
		case strings.Contains(r.Header.Get("If-None-Match"), `"a"`) || r.Header.Get("If-Modified-Since") != "":
			h.Del("Content-Type")
			w.WriteHeader(http.StatusNotModified)
		case r.URL.Path == "/json":
			_, _ = io.WriteString(w, `{"html":"<img src='http://tracker.test/t'><img src='http://cdn.test/o'>"}`)
		default:
			_, _ = io.WriteString(w, `<!doctype html><title>x</title><img src='http://tracker.test/t'><img src='http://cdn.test/o'>`)
		}
	}), "consent {\nbanner off\nguard off\n"+policy+"\n}\nreverse_proxy {upstream}")
	tab := guardTab(t, rec, s)
	visit(t, tab, "http://site.test/", true)
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		title, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.title"))
		if title == "as it was" {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the script got JSON that is %q: %v", title, err)
		}
	}
	for _, path := range []string{"/json", "/page"} {
		rec.take()
		visit(t, tab, "http://site.test"+path, true)
		rec.await("cdn.test/o")
		if requests, hosts := rec.take(); hosts["tracker.test"] || !hosts["cdn.test"] {
			t.Errorf("%s contacts %q", path, requests)
		}
	}
}
