//go:build unix

package caddymodule

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/yardstick"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// BenchmarkCorpus rewrites the real pages for a visitor who denies everything, with the
// whole catalog: all that is done to a page but for the handler around it. It
// reports how many times as fast that is as x/net/html, and which part of the speed of a
// bare hop; for pages that are met the first time (no memory) and again.
//
//	go test -run '^$' -bench Corpus ./caddymodule
func BenchmarkCorpus(b *testing.B) {
	pages, size := yardstick.Pages(b)
	h := provisioned(b)
	r := httptest.NewRequest(http.MethodGet, "https://www.shop.example/page", nil)
	visit := h.visit(r)
	visit.page = h.policy.Nothing()
	var judge pageJudge
	rewriter := new(rewrite.Rewriter)
	pass := func(memo *rewrite.Memo) func() {
		return func() {
			for i, page := range pages {
				judge.reset(h, &visit, r)
				judge.charset.declare(nameUTF8)
				rewriter.Reset(io.Discard, &judge, rewrite.Limits{})
				if memo != nil {
					rewriter.SetMemo(memo, uint64(visit.page.Granted), "page", string(rune(i)))
				}
				for chunk := range slices.Chunk(page, 32<<10) {
					_, _ = rewriter.Write(chunk)
				}
				_ = rewriter.Close()
			}
		}
	}
	each := func(f func([]byte) int) func() {
		return func() {
			for _, page := range pages {
				f(page)
			}
		}
	}
	sides := []func(){each(yardstick.Hop), each(yardstick.Tokenize), pass(nil), pass(rewrite.NewMemo(defaultMemo)), pass(rewrite.NewMemo(1))}
	times := make([][]time.Duration, len(sides))
	b.SetBytes(size)
	for range 2 {
		sides[3]() // what is met twice is remembered
	}
	for b.Loop() {
		for i, side := range sides {
			start := cpuTime(b)
			side()
			times[i] = append(times[i], cpuTime(b)-start)
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return float64(times[i][len(times[i])/2])
	}
	for i, name := range map[int]string{2: "first", 3: "again", 4: "never"} {
		b.ReportMetric(median(0)/median(i), "hop-"+name)
		b.ReportMetric(median(1)/median(i), "×x/net/html-"+name)
	}
	b.ReportMetric(0, "ns/op")
}
