package rewrite

import (
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
	"github.com/caddy-consent/caddy-consent/internal/yardstick"
)

// What a page costs against its size, its shape and how much is taken from it, beside a bare
// hop on the same bytes in the same run; and against the number of cores:
//
//	go test -run '^$' -bench Shapes ./rewrite
//	go test -run '^$' -bench Cores -cpu 1,2,4 ./rewrite

const takenTag = `<img class="a" alt="x" src="https://tracker.test/pixel.gif?id=1&amp;x=2">` + "\n"

// shapes are pages of about the size that each name says.
var shapes = []struct {
	name  string
	begin string
	body  string // what is repeated
	times int
}{
	{"ordinary, 10 KiB", "", string(samplepage.Ordinary(10 << 10)), 1},
	{"ordinary, 100 KiB", "", string(samplepage.Ordinary(100 << 10)), 1},
	{"ordinary, 1 MiB", "", string(samplepage.Ordinary(1 << 20)), 1},
	{"ordinary, 100 MiB", "", string(samplepage.Ordinary(1 << 20)), 100},
	{"inline scripts, 1 MiB", "<html>", "<script>" + strings.Repeat("function f(a){return a&&a.b?a.b(1):[]}\n", 400) + "</script>\n", 64},
	{"attributes, 1 MiB", "<html>", `<div class="a b c" id="d" data-a="1" data-b='{"c":2}' style="margin:0" aria-label="e" title="f" onclick="g(1)" hidden>x</div>` + "\n", 8200},
	{"styles, 1 MiB", "<html>", "<style>" + strings.Repeat(".a>b{margin:0;background:url(/a.png)}\n", 400) + "</style>\n", 68},
	{"10 elements taken, 1 MiB", "<html>", strings.Repeat("<p>Some words of text.</p>\n", 3880) + takenTag, 10},
	{"1,000 elements taken, 1 MiB", "<html>", strings.Repeat("<p>Some words of text.</p>\n", 36) + takenTag, 1000},
	{"10,000 elements taken, 1 MiB", "<html>", "<p>Some words of text.</p>\n" + takenTag, 10_000},
}

// rewriteTimes writes body times over, as one document.
func rewriteTimes(r *Rewriter, judge Judge, begin, body []byte, times int) {
	r.Reset(io.Discard, judge, Limits{})
	_, _ = r.Write(begin)
	for range times {
		for chunk := range slices.Chunk(body, 32<<10) {
			_, _ = r.Write(chunk)
		}
	}
	_ = r.Close()
}

func BenchmarkShapes(b *testing.B) {
	for _, s := range shapes {
		b.Run(s.name, func(b *testing.B) {
			begin, body := []byte(s.begin), []byte(s.body)
			r, judge := new(Rewriter), &hostJudge{deny: true}
			b.SetBytes(int64(len(begin) + len(body)*s.times))
			b.ReportAllocs()
			var hop, did time.Duration
			for b.Loop() {
				start := time.Now()
				for range s.times {
					yardstick.Hop(body)
				}
				between := time.Now()
				rewriteTimes(r, judge, begin, body, s.times)
				hop, did = hop+between.Sub(start), did+time.Since(between)
			}
			b.ReportMetric(float64(hop)/float64(did), "of-hop")
			b.ReportMetric(0, "ns/op") // it is of both, and so says nothing
		})
	}
}

// BenchmarkCores rewrites on all cores at once.
func BenchmarkCores(b *testing.B) {
	page := samplepage.Ordinary(100<<10, takenTag)
	b.SetBytes(int64(len(page)))
	b.RunParallel(func(pb *testing.PB) {
		r, judge := new(Rewriter), &hostJudge{deny: true}
		for pb.Next() {
			rewriteTimes(r, judge, nil, page, 1)
		}
	})
}

// The cost grows with the size of a page and with what is taken from it, and no faster.
func TestTheCostIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("speed is not measured with -short, nor with the race detector")
	}
	const factor = 32 // what costs more than in proportion costs at least so many times too much
	for _, c := range []struct{ name, begin, body string }{
		{"text", "<html>", string(samplepage.Ordinary(8 << 10))},
		{"elements that are taken", "<html>", strings.Repeat(takenTag, 100)},
		{"open elements", "<html>", strings.Repeat("<div><svg><g><b>", 500)},
		{"a script without an end", "<html><script>", strings.Repeat("call(1) // </scrip\n", 400)},
		{"a comment without an end", "<html><!--", strings.Repeat("<!-- -- > \n", 800)},
		{"a style sheet", "<html><style>", strings.Repeat("a{background:url(https://tracker.test/a)}\n", 200)},
		{"an attribute", `<html><p title="`, strings.Repeat("&amp;<b x=", 800)},
		{"attributes", "<html><p ", strings.Repeat("a=b c='d' ", 800)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, judge := new(Rewriter), &hostJudge{deny: true}
			least := func(times int) time.Duration {
				best := time.Hour
				for range 7 {
					start := time.Now()
					rewriteTimes(r, judge, []byte(c.begin), []byte(c.body), times)
					best = min(best, time.Since(start))
				}
				return best
			}
			small, large := least(2), least(2*factor)
			ratio := float64(large) / float64(small) / factor
			t.Logf("%.2f", ratio)
			if ratio > 4 {
				t.Errorf("%d times as much takes %.1f times as long as in proportion", factor, ratio)
			}
		})
	}
}
