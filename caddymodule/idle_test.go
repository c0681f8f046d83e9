package caddymodule

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
	"github.com/caddy-consent/caddy-consent/internal/samplepage"
)

// provisioned is a handler with the default policy.
func provisioned(tb testing.TB) *Handler {
	tb.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	tb.Cleanup(cancel)
	h := new(Handler)
	if err := h.Provision(ctx); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = h.Cleanup() }) // as Caddy does for a handler that it has loaded
	h.logger = zap.NewNop()
	return h
}

// vendorTags are elements that the default policy holds.
var vendorTags = func() (tags []string) {
	for _, url := range []string{
		"www.google-analytics.com/analytics.js", "www.googletagmanager.com/gtag/js?id=G-ABCDEF1234",
		"connect.facebook.net/en_US/fbevents.js", "js.hs-scripts.com/1234.js",
		"cdn.mxpnl.com/libs/mixpanel-2-latest.min.js", "cdn.segment.com/analytics.js/v1/x/analytics.min.js",
	} {
		tags = append(tags, fmt.Sprintf(`<script async src="https://%s"></script>`, url), fmt.Sprintf(`<link rel=preload as=script href="https://%s">`, url))
	}
	return tags
}()

// idle has n responses begin, each with a goroutine of its own as in a server,
// and stop after the first part of their page. It returns how many bytes each
// takes: heap and stack, without the connections, which it does not have.
func idle(t *testing.T, h *Handler, n int, part []byte, coding string) int {
	t.Helper()
	used := func() uint64 {
		runtime.GC()
		runtime.GC() // what pools hold goes with the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	var begun, ended sync.WaitGroup
	resume := make(chan struct{})
	begun.Add(n)
	page := func(w http.ResponseWriter, wait func()) error {
		w.Header()["Content-Type"] = []string{"text/html; charset=utf-8"}
		if coding != "" {
			w.Header()["Content-Encoding"] = []string{coding}
		}
		w.WriteHeader(http.StatusOK)
		_, err := w.Write(part)
		wait()
		return err
	}
	before := used()
	for range n {
		ended.Go(func() {
			r := httptest.NewRequest(http.MethodGet, "https://www.shop.example/page?a=b", nil)
			r.Header["Accept"], r.Header["Accept-Encoding"] = []string{"text/html"}, []string{"gzip"}
			w := nowhere{http.Header{}}
			r = caddyhttp.PrepareRequest(r, caddy.NewEmptyReplacer(), w, nil)
			reached := sync.OnceFunc(begun.Done)
			defer func() {
				reached()
				// That the page ends too soon is an error of a coded one.
				if p := recover(); p != nil && p != any(http.ErrAbortHandler) {
					t.Error(p)
				}
			}()
			_ = h.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())), caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				return page(w, func() { reached(); <-resume })
			}))
		})
	}
	begun.Wait()
	after := used()
	close(resume)
	ended.Wait()
	return int(after-before) / n
}

// Slow backends and slow visitors keep many responses open at a time. What each
// holds is bounded, and little: the README says how much.
func TestIdleResponsesHoldLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("10,000 responses")
	}
	h := provisioned(t)
	page := samplepage.Ordinary(32<<10, vendorTags...)
	held := append(bytes.Clone(page[:3000]), "<script>"+fmt.Sprintf("%*s", 4000, "x=1;")...) // an inline script whose end has not come
	var coded bytes.Buffer
	encoder := contentcoding.NewEncoder("gzip", &coded)
	_, _ = encoder.Write(page)
	_ = encoder.Flush()
	encoder.Release()
	for _, c := range []struct {
		name   string
		n      int
		part   []byte
		coding string
		most   int // bytes per response
	}{
		{"the first 4 KB of a page", 10_000, page[:4000], "", 32 << 10},
		{"32 KB of it", 10_000, page, "", 48 << 10},
		{"in the middle of a script", 10_000, held, "", 48 << 10},
		// A compressor has its window and its tables.
		{"gzip to gzip", 100, coded.Bytes(), "gzip", 2 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			each := idle(t, h, c.n, c.part, c.coding)
			t.Logf("%d responses hold %d bytes each", c.n, each)
			if each > c.most {
				t.Errorf("%d bytes per response, more than %d", each, c.most)
			}
		})
	}
}
