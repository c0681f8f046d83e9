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
	writeTimes(r, begin, body, nil, times)
}

func writeTimes(r *Rewriter, begin, body, end []byte, times int) {
	_, _ = r.Write(begin)
	for range times {
		for chunk := range slices.Chunk(body, 32<<10) {
			_, _ = r.Write(chunk)
		}
	}
	_, _ = r.Write(end)
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
	for _, c := range []struct {
		name, begin, body, end string
		xml                    bool
		limits                 Limits
	}{
		{name: "text", begin: "<html>", body: string(samplepage.Ordinary(8 << 10))},
		{name: "elements that are taken", begin: "<html>", body: strings.Repeat(takenTag, 100)},
		{name: "open elements", begin: "<html>", body: strings.Repeat("<div><svg><g><b>", 500)},
		{name: "a script without an end", begin: "<html><script>", body: strings.Repeat("call(1) // </scrip\n", 400)},
		{name: "a comment without an end", begin: "<html><!--", body: strings.Repeat("<!-- -- > \n", 800)},
		{name: "a style sheet", begin: "<html><style>", body: strings.Repeat("a{background:url(https://tracker.test/a)}\n", 200)},
		{name: "style sheets within one another", begin: "<html><style>", body: strings.Repeat("@import url(data:text/css,", 100)},
		{name: "an attribute", begin: `<html><p title="`, body: strings.Repeat("&amp;<b x=", 800)},
		{name: "attributes", begin: "<html><p ", body: strings.Repeat("a=b c='d' ", 800)},
		{name: "markup in a style sheet of SVG", begin: "<svg><style>", body: strings.Repeat("<a></b>", 200)},
		{name: "markup in a style sheet of XML", begin: "<svg><style>", body: strings.Repeat("<a></b>", 200), xml: true},
		{name: "ampersands", begin: `<!DOCTYPE svg [<!ENTITY x "y">]><svg><image href="`, body: strings.Repeat("&", 1500), end: `"/>`, xml: true},
		{name: "a document type", begin: "<!DOCTYPE svg [", body: strings.Repeat("<!-- -->", 200), xml: true},
		{name: "CDATA within CDATA", begin: "<svg>", body: strings.Repeat("<![CDATA[>", 200)},
		{name: "CDATA without an end", begin: "<svg>", body: strings.Repeat("<![CDATA[", 500), limits: Limits{Inline: 2 << 10}},
		{name: "style sheets of SVG without an end", begin: "<svg>", body: strings.Repeat("<style>", 500), limits: Limits{Inline: 2 << 10}},
		{name: "scripts of SVG without an end", begin: "<svg>", body: strings.Repeat("<script>", 500), limits: Limits{Inline: 2 << 10}},
		{name: "style sheets of XML without an end", begin: "<svg>", body: strings.Repeat("<style>", 500), xml: true, limits: Limits{Inline: 2 << 10}},
		{name: "document types within one another", body: strings.Repeat("<!DOCTYPE a [", 300), xml: true, limits: Limits{Tag: 2 << 10}},
		{name: "style sheets of XML that end far away", body: strings.Repeat("<?xml-stylesheet ", 300), end: "?>", xml: true, limits: Limits{Tag: 2 << 10}},
		{name: "noscript in noscript", begin: "<html>", body: strings.Repeat("<noscript>", 500), limits: Limits{Inline: 2 << 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, judge := new(Rewriter), &hostJudge{deny: true}
			least := func(times int) time.Duration {
				best := time.Hour
				for range 7 {
					start := time.Now()
					r.Reset(io.Discard, judge, c.limits)
					if c.xml {
						r.SetXML()
					}
					writeTimes(r, []byte(c.begin), []byte(c.body), []byte(c.end), times)
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
