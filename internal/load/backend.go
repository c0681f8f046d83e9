package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
)

// newBackend serves pages of a size, as "/clean/100/gzip": kind, KiB and
// coding. Kind is clean, a page that contacts nobody else; vendors, one with
// twelve elements of vendors; or image. Every page has a strong entity tag
// under "/tagged/…", and no validator otherwise. Under "/changing/…" every one is another.
func newBackend() http.Handler {
	type body struct {
		page, data   []byte
		kind, coding string
	}
	bodies := map[string]body{}
	var served atomic.Int64
	for _, kind := range []string{"clean", "vendors", "image"} {
		for _, size := range []int{2, 100, 1024} {
			page := makePage(kind, size<<10)
			for _, coding := range []string{"identity", "gzip", "br"} {
				path := fmt.Sprintf("/%s/%d/%s", kind, size, coding)
				bodies[path] = body{page, encode(page, coding), kind, coding}
			}
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, tagged := strings.CutPrefix(r.URL.Path, "/tagged")
		path, changing := strings.CutPrefix(path, "/changing")
		b, ok := bodies[path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if changing {
			b.data = encode(fmt.Appendf(slices.Clip(b.page), "<!-- page %020d -->\n", served.Add(1)), b.coding)
		}
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		if b.kind == "image" {
			h.Set("Content-Type", "image/png")
		}
		if b.coding != "identity" {
			h.Set("Content-Encoding", b.coding)
		}
		if tagged {
			h.Set("ETag", `"`+strconv.Itoa(len(b.data))+`"`)
		}
		h.Set("Content-Length", strconv.Itoa(len(b.data)))
		_, _ = w.Write(b.data)
	})
}

// vendorElements are twelve elements of vendors in the catalog.
var vendorElements = []string{
	`<script async src="https://www.google-analytics.com/analytics.js"></script>`,
	`<script async src="https://www.googletagmanager.com/gtag/js?id=G-ABCDEF1234"></script>`,
	`<script src="https://connect.facebook.net/en_US/fbevents.js"></script>`,
	`<img height="1" width="1" alt="" src="https://www.facebook.com/tr?id=1&amp;ev=PageView">`,
	`<script src="https://js.hs-scripts.com/1234.js"></script>`,
	`<script src="https://cdn.mxpnl.com/libs/mixpanel-2-latest.min.js"></script>`,
	`<script src="https://d1l6p2sc9645hc.cloudfront.net/tracker.js"></script>`,
	`<script src="https://cdn.segment.com/analytics.js/v1/x/analytics.min.js"></script>`,
	`<script src="https://js-agent.newrelic.com/nr-1.js"></script>`,
	`<script src="https://edge.fullstory.com/s/fs.js"></script>`,
	`<link rel="preconnect" href="https://www.google-analytics.com">`,
	`<script src="https://translate.google.com/translate_a/element.js?cb=x"></script>`,
}

// makePage makes the body of a kind.
func makePage(kind string, size int) []byte {
	switch kind {
	case "image":
		return bytes.Repeat([]byte("\x89PNG\r\n\x1a\n"), size/8)
	case "vendors":
		return samplepage.Ordinary(size, vendorElements...)
	}
	return samplepage.Ordinary(size)
}

// encode applies a content coding.
func encode(page []byte, coding string) []byte {
	var b bytes.Buffer
	switch coding {
	case "gzip":
		z, _ := gzip.NewWriterLevel(&b, 5) // the level is valid
		_, _ = z.Write(page)
		_ = z.Close()
	case "br":
		z := brotli.NewWriterLevel(&b, 4)
		_, _ = z.Write(page)
		_ = z.Close()
	default:
		return page
	}
	return b.Bytes()
}
