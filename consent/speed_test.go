package consent_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
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
	looks := func(n int) func() {
		name := []byte("cdn700.tracker.example")
		return func() {
			for range times * n {
				if !known[string(name)] {
					tb.Error("not there")
				}
			}
		}
	}
	tokenize := func() {
		for _, c := range scripts {
			yardstick.Tokenize([]byte(c.script))
		}
	}
	host := []byte(site)
	urls := make([]*weburl.URL, len(pageURLs))
	for i, c := range pageURLs {
		urls[i] = parse(tb, c.url)
	}
	for _, size := range sizes {
		reached, ok := reachedAt[size.name]
		if !ok {
			continue
		}
		p := compile(tb, size.cfg())
		d := granting(tb, p)
		all = append(all,
			lookups{"URL, " + size.name, func() {
				for _, u := range urls {
					for range times {
						p.URL(u, host, d)
					}
				}
			}, looks(len(urls)), reached.url},
			lookups{"cookie, " + size.name, func() {
				for _, c := range cookieNames {
					for range times {
						p.Cookie(c.cookie, d)
					}
				}
			}, looks(len(cookieNames)), reached.cookie},
			lookups{"script, " + size.name, func() {
				for _, c := range scripts {
					p.Inline([]byte(c.script), host, d)
				}
			}, tokenize, reached.script})
	}
	return all
}

var reachedAt = map[string]struct{ url, cookie, script float64 }{
	"250 vendors":  {7.5, 3.4, 0.8},
	"100000 rules": {9.5, 3.7, 0.85},
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
	var lost []string
	// What else the machine does may slow one side down: then it is measured once more.
	for range 3 {
		lost = nil
		for _, l := range newLookups(t) {
			got := l.ratio()
			t.Logf("%s: %.2f", l.name, got)
			if got > l.reached*3/2 {
				lost = append(lost, l.name)
			}
		}
		if len(lost) == 0 {
			return
		}
	}
	t.Errorf("a third of the speed is lost: %s", strings.Join(lost, ", "))
}
