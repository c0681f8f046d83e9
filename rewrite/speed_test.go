package rewrite

import (
	"io"
	"slices"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
	"github.com/caddy-consent/caddy-consent/internal/yardstick"
)

// The guard against a change that loses a third of the speed. It compares with
// yardsticks on the same bytes in the same run, never absolute times, and takes
// medians of rounds in turn. The figures are what the rewriter reached on the
// generated page when the guard was set, with everything denied.
const (
	ratioToHop = 0.12 // of a bare hop from '<' to '<'
	ratioToNet = 4.5  // times golang.org/x/net/html at the same task
)

func TestSpeedAgainstYardsticks(t *testing.T) {
	if testing.Short() {
		t.Skip("speed is not measured with -short, nor with the race detector")
	}
	pages, _ := yardstick.Pages(t)
	r, judge := new(Rewriter), &hostJudge{deny: true}
	sides := []func(){
		func() {
			for _, page := range pages {
				r.Reset(io.Discard, judge, Limits{})
				_, _ = r.Write(page)
				_ = r.Close()
			}
		},
		func() {
			for _, page := range pages {
				yardstick.Hop(page)
			}
		},
		func() {
			for _, page := range pages {
				yardstick.Tokenize(page)
			}
		},
	}
	// What else the machine does may slow one side down: then it is measured once more.
	for range 3 {
		hop, net := ratios(sides)
		t.Logf("%.2f of a bare hop, %.1f times x/net/html", hop, net)
		if hop >= ratioToHop*2/3 && net >= ratioToNet*2/3 {
			return
		}
	}
	t.Errorf("a third of the speed is lost; it was %.2f of a bare hop, %.1f times x/net/html", ratioToHop, ratioToNet)
}

// ratios are those of the second and the third side to the first, in the median.
func ratios(sides []func()) (hop, net float64) {
	const rounds = 7
	times := make([][]time.Duration, len(sides))
	for round := range rounds + 1 {
		for i, run := range sides {
			start := time.Now()
			run()
			if round > 0 { // the first warms up
				times[i] = append(times[i], time.Since(start))
			}
		}
	}
	median := func(i int) float64 {
		slices.Sort(times[i])
		return float64(times[i][rounds/2])
	}
	return median(1) / median(0), median(2) / median(0)
}

// Once warm, a page leaves no garbage.
func TestNoAllocationsOncePagesAreWarm(t *testing.T) {
	page := samplepage.Ordinary(100 << 10)
	r := new(Rewriter)
	for i, judge := range []*hostJudge{{}, {deny: true}, {}, {deny: true}} {
		var m *Memo
		if i >= 2 {
			m = roomyMemo()
		}
		pass := func() {
			r.Reset(io.Discard, judge, Limits{})
			if m != nil {
				r.SetMemo(m, 1, "a document")
			}
			for chunk := range slices.Chunk(page, 32<<10) {
				_, _ = r.Write(chunk)
			}
			_ = r.Close()
		}
		for range 3 { // what is met twice is remembered
			pass()
		}
		if n := testing.AllocsPerRun(20, pass); n > 0 {
			t.Errorf("deny %v, with a memory %v: %.0f allocations per page", judge.deny, m != nil, n)
		}
	}
}
