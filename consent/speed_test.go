package consent_test

import (
	"math"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/yardstick"
)

// lookups are a sort of questions that a page asks, and what they are held against in the same
// run: of a URL or a cookie's name one look into a map of as many texts as the catalog has
// hosts; of a script the tokenizer of x/net/html on its bytes.
type lookups struct {
	name        string
	asked, yard func()
	reached     float64 // how many times the yardstick they took when this was set
}

func newLookups(tb testing.TB) (all []lookups) {
	tb.Helper()
	known := make(map[string]bool)
	for i := range 1500 {
		known["cdn"+strconv.Itoa(i)+".tracker.example"] = true
	}
	const times = 100
	name := []byte("cdn700.tracker.example")
	look := func() {
		for range times {
			if !known[string(name)] {
				tb.Error("not there")
			}
		}
	}
	tokenize := func() {
		for _, c := range scripts {
			yardstick.Tokenize([]byte(c.script))
		}
	}
	host := []byte(site)
	for _, size := range sizes {
		reached, ok := reachedAt[size.name]
		if !ok {
			continue
		}
		p := compile(tb, size.cfg())
		d := granting(tb, p)
		for i, c := range pageURLs {
			u := parse(tb, c.url)
			all = append(all, lookups{"URL, " + c.name + ", " + size.name, func() {
				for range times {
					p.URL(u, host, d)
				}
			}, look, reached.urls[i]})
		}
		for i, c := range cookieNames {
			all = append(all, lookups{"cookie, " + c.name + ", " + size.name, func() {
				for range times {
					p.Cookie(c.cookie, d)
				}
			}, look, reached.cookies[i]})
		}
		all = append(all, lookups{"scripts, " + size.name, func() {
			for _, c := range scripts {
				p.Inline([]byte(c.script), host, d)
			}
		}, tokenize, reached.scripts})
	}
	return all
}

// reachedAt has figures by the name of sizes, in the order of pageURLs and cookieNames.
var reachedAt = map[string]struct {
	urls, cookies []float64
	scripts       float64
}{
	"250 vendors":  {[]float64{4.6, 4.8, 4.6, 5.6, 15.5, 4.5}, []float64{6.5, 2.9, 2.2, 0.6}, 0.8},
	"100000 rules": {[]float64{7.5, 7.6, 7.3, 5.6, 15.5, 6.9}, []float64{6.5, 3.3, 2.7, 0.6}, 0.85},
}

// ratio is how many times the yardstick the lookups take, in the median of rounds in turn.
func (l *lookups) ratio() float64 {
	took := func(f func()) float64 {
		start := time.Now()
		f()
		return float64(time.Since(start))
	}
	ratios := make([]float64, 51)
	for i := range ratios {
		yard := took(l.yard)
		ratios[i] = took(l.asked) / yard
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// BenchmarkLookups tells how they stand to the yardsticks:
//
//	go test -run '^$' -bench Lookups ./consent
func BenchmarkLookups(b *testing.B) {
	for _, l := range newLookups(b) {
		b.Run(l.name, func(b *testing.B) {
			for b.Loop() {
				l.asked()
			}
			b.ReportMetric(l.ratio(), "×yardstick")
		})
	}
}

// The guard against a change that loses a third of the speed of lookups, as package rewrite
// has one for pages.
func TestSpeedOfLookups(t *testing.T) {
	if testing.Short() {
		t.Skip("speed is not measured with -short, nor with the race detector")
	}
	for _, l := range newLookups(t) {
		// What else the machine does may slow one side down: then it is measured once more.
		best := math.Inf(1)
		for range 3 {
			if best = min(best, l.ratio()); best <= l.reached*3/2 {
				break
			}
		}
		t.Logf("%s: %.2f", l.name, best)
		if best > l.reached*3/2 {
			t.Errorf("%s: %.2f times the yardstick, it was %.2f: a third of the speed is lost", l.name, best, l.reached)
		}
	}
}
