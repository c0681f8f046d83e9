//go:build unix

package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/charset"
	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
	"github.com/caddy-consent/caddy-consent/internal/yardstick"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// corpus rewrites the real pages for a visitor who denies everything, with the whole
// catalog: all that is done to a page but for the handler around it. Beside it in the same
// run stand a bare hop and x/net/html, on the same bytes.
type corpus struct {
	size  int64
	sides []func()
	times [][]time.Duration // of each side
}

// The sides of a corpus.
const (
	sideHop   = iota
	sideNet   // x/net/html
	sideFirst // pages that are met the first time: there is no memory
	sideAgain // pages that were met before
	sideNever // pages that are remembered, for nothing
)

func newCorpus(tb testing.TB) *corpus {
	tb.Helper()
	pages, size := yardstick.Pages(tb)
	h := provisioned(tb)
	r := httptest.NewRequest(http.MethodGet, "https://www.shop.example/page", nil)
	visit := h.visit(r)
	visit.page = h.policy.Nothing()
	var judge pageJudge
	rewriter := new(rewrite.Rewriter)
	pass := func(memo *rewrite.Memo) func() {
		return func() {
			for i, page := range pages {
				judge.reset(h, &visit, r)
				judge.charset.Declare(charset.UTF8)
				rewriter.Reset(io.Discard, &judge, rewrite.Limits{})
				if memo != nil {
					rewriter.SetMemo(memo, uint64(visit.page.Granted), "page", strconv.Itoa(i))
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
	c := &corpus{size: size, sides: []func(){
		sideHop: each(yardstick.Hop), sideNet: each(yardstick.Tokenize),
		sideFirst: pass(nil), sideAgain: pass(rewrite.NewMemo(defaultMemo / 2)), sideNever: pass(rewrite.NewMemo(1)),
	}}
	c.times = make([][]time.Duration, len(c.sides))
	for range 2 {
		c.sides[sideAgain]() // what is met twice is remembered
	}
	return c
}

// run asks each side once.
func (c *corpus) run(tb testing.TB) {
	tb.Helper()
	for i, side := range c.sides {
		start := yardstick.CPUTime(tb)
		side()
		c.times[i] = append(c.times[i], yardstick.CPUTime(tb)-start)
	}
}

// ratio is how many times as fast a side is as another, in the median.
func (c *corpus) ratio(side, other int) float64 {
	median := func(i int) float64 {
		sorted := slices.Sorted(slices.Values(c.times[i]))
		return float64(sorted[len(sorted)/2])
	}
	return median(other) / median(side)
}

// BenchmarkCorpus tells how fast the real pages are rewritten:
//
//	go test -run '^$' -bench Corpus ./caddymodule
func BenchmarkCorpus(b *testing.B) {
	c := newCorpus(b)
	b.SetBytes(c.size)
	for b.Loop() {
		c.run(b)
	}
	for side, name := range map[int]string{sideFirst: "first", sideAgain: "again", sideNever: "never"} {
		b.ReportMetric(c.ratio(side, sideHop), "hop-"+name)
		b.ReportMetric(c.ratio(side, sideNet), "×x/net/html-"+name)
	}
	b.ReportMetric(0, "ns/op")
}

// The guard against a change that loses a third of that speed, as the one in package
// rewrite is for the rewriter alone. The figures are what was reached when it was set.
func TestSpeedOnRealPages(t *testing.T) {
	if testing.Short() {
		t.Skip("speed is not measured with -short, nor with the race detector")
	}
	sharedtest.Path(t, "data/pages") // a made page would be all cases at once
	c := newCorpus(t)
	reached := []struct {
		name        string
		side, other int
		ratio       float64
	}{
		{"first, of a bare hop", sideFirst, sideHop, 0.07}, {"first, times x/net/html", sideFirst, sideNet, 2.1},
		{"again, of a bare hop", sideAgain, sideHop, 0.42}, {"again, times x/net/html", sideAgain, sideNet, 11},
	}
	// What else the machine does may slow one side down: then the others are slow once more.
	var lost []string
	for range 6 {
		c.times, lost = make([][]time.Duration, len(c.sides)), nil
		for range 5 {
			c.run(t)
		}
		for _, r := range reached {
			got := c.ratio(r.side, r.other)
			t.Logf("%s: %.3f", r.name, got)
			if got < r.ratio*2/3 {
				lost = append(lost, fmt.Sprintf("%s: %.3f, it was %.3f", r.name, got, r.ratio))
			}
		}
		if len(lost) == 0 {
			return
		}
	}
	t.Errorf("a third of the speed is lost: %s", strings.Join(lost, "; "))
}
