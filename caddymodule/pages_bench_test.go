//go:build unix

package caddymodule

// What a page costs in this process, without connections, against yardsticks
// that are asked for the same bytes in turn: the rewriter alone for pages as
// they are, decoding and encoding alone for compressed ones. Ratios count:
//
//	go test -run '^$' -bench Page ./caddymodule

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
	"github.com/caddy-consent/caddy-consent/internal/samplepage"
	"github.com/caddy-consent/caddy-consent/internal/yardstick"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// pieces cuts a body as reverse_proxy does: what came with the header, then by
// its buffer.
func pieces(body []byte) [][]byte {
	first := min(3900, len(body))
	return append([][]byte{body[:first]}, slices.Collect(slices.Chunk(body[first:], 32<<10))...)
}

// backendOf answers with a body in pieces and a Content-Length.
func backendOf(body []byte, contentType, coding string) caddyhttp.Handler {
	length, parts := strconv.Itoa(len(body)), pieces(body)
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
		h := w.Header()
		h["Content-Type"] = []string{contentType}
		h["Content-Length"] = []string{length}
		h["Server"] = []string{"bench"}
		h["Date"] = []string{"Tue, 24 Nov 2026 12:00:00 GMT"}
		if coding != "" {
			h["Content-Encoding"] = []string{coding}
		}
		w.WriteHeader(http.StatusOK)
		for _, part := range parts {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
}

// asks makes a function that asks h for a page once.
func asks(tb testing.TB, h *Handler, accept, acceptEncoding string, next caddyhttp.Handler) func() {
	prepared := httptest.NewRequest(http.MethodGet, "https://www.shop.example/page?a=b", nil)
	prepared = caddyhttp.PrepareRequest(prepared, caddy.NewReplacer(), nowhere{http.Header{}}, nil)
	return func() {
		r := prepared.WithContext(context.WithValue(prepared.Context(), caddy.ReplacerCtxKey, caddy.NewEmptyReplacer()))
		r.Header = http.Header{"Accept": {accept}, "Accept-Encoding": {acceptEncoding}, "User-Agent": {"Mozilla/5.0"}}
		if err := h.ServeHTTP(nowhere{http.Header{}}, r, next); err != nil {
			tb.Fatal(err)
		}
	}
}

// compare runs both in turn and reports the ratio of the CPU time they took:
// of all threads, since one of them may collect the other's garbage, and not
// of the clock, which also counts what else the machine does.
func compare(b *testing.B, size int, name string, do, other func()) {
	b.Helper()
	b.SetBytes(int64(size))
	var with, alone time.Duration
	do()
	other()
	n := 0
	for b.Loop() {
		n++
		start := yardstick.CPUTime(b)
		other()
		between := yardstick.CPUTime(b)
		do()
		alone, with = alone+between-start, with+yardstick.CPUTime(b)-between
	}
	b.ReportMetric(float64(with)/float64(alone), "×"+name)
	b.ReportMetric(float64(with-alone)/float64(n)/1e3, "µs-more")
	b.ReportMetric(0, "ns/op") // it is of both, and so says nothing
}

// allowing is a judge that allows everything.
type allowing struct{}

func (allowing) Base([]byte, bool) rewrite.Verdict            { return rewrite.Verdict{} }
func (allowing) Charset([]byte)                               {}
func (allowing) Within(bool) rewrite.Judge                    { return allowing{} }
func (allowing) Resource(*rewrite.Resource) rewrite.Verdict   { return rewrite.Verdict{} }
func (allowing) Inline(rewrite.Code, []byte) rewrite.Verdict  { return rewrite.Verdict{} }
func (allowing) Unjudged(rewrite.Kind, error) rewrite.Verdict { return rewrite.Verdict{} }

// rewritesAlone makes a function that rewrites a body and nothing else.
func rewritesAlone(body []byte) func() {
	var r rewrite.Rewriter
	parts := pieces(body)
	return func() {
		r.Reset(io.Discard, allowing{}, rewrite.Limits{})
		for _, part := range parts {
			_, _ = r.Write(part)
		}
		_ = r.Close()
	}
}

// recodesAlone makes a function that decodes and encodes a body and nothing
// else, with the same libraries at the same levels.
func recodesAlone(tb testing.TB, body []byte, coding string) func() {
	buf := make([]byte, 16<<10)
	return func() {
		decoded, err := contentcoding.NewReader(coding, bytes.NewReader(body))
		if err != nil {
			tb.Fatal(err)
		}
		encoded := contentcoding.NewEncoder(coding, io.Discard)
		if _, err := io.CopyBuffer(struct{ io.Writer }{encoded}, struct{ io.Reader }{decoded}, buf); err != nil {
			tb.Fatal(err)
		}
		_ = encoded.Close()
		encoded.Release()
		contentcoding.ReleaseReader(decoded)
	}
}

// realPage is the page of the shared data whose size is nearest, or nil. A
// made one says the same over and over: it compresses too well for a ratio to
// compressing.
func realPage(tb testing.TB, size int) (nearest []byte) {
	tb.Helper()
	off := func(page []byte) int { return max(len(page)-size, size-len(page)) }
	for _, page := range yardstick.Real(tb) {
		if nearest == nil || off(page) < off(nearest) {
			nearest = page
		}
	}
	return nearest
}

// BenchmarkPageWithAList asks for a page with 100,000 rules imported, against the same page
// with the built-in catalog alone.
func BenchmarkPageWithAList(b *testing.B) {
	var rules bytes.Buffer
	for i := range 100_000 {
		rules.WriteString("||ads" + strconv.Itoa(i) + ".tracker" + strconv.Itoa(i%1000) + ".example^$third-party\n")
	}
	file := filepath.Join(b.TempDir(), "list.txt")
	if err := os.WriteFile(file, rules.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	alone, with := provisioned(b), provisioned(b)
	with.Catalog.Lists = []ListConfig{{File: file, Category: "advertising"}}
	var err error
	if with.policy, _, err = with.compile(); err != nil {
		b.Fatal(err)
	}
	const size = 100 << 10
	pages := map[string][]byte{"ordinary": samplepage.Ordinary(size), "12 elements taken": samplepage.Ordinary(size, vendorTags...)}
	if real := realPage(b, size); real != nil {
		pages["real"] = real
	}
	for name, page := range pages {
		b.Run(name, func(b *testing.B) {
			next := backendOf(page, "text/html; charset=utf-8", "")
			compare(b, len(page), "built-in", asks(b, with, "text/html", "identity", next), asks(b, alone, "text/html", "identity", next))
		})
	}
}

// BenchmarkPage asks for pages that come again, and for such as are another one each time. Those are
// neither recorded nor followed, and so are pages that nothing is kept of.
func BenchmarkPage(b *testing.B) {
	again, anew := provisioned(b), provisioned(b)
	anew.pageMemory = nil
	const size = 100 << 10
	type sample struct {
		name string
		page []byte
	}
	samples := []sample{
		{"nothing to take, 2 KB", samplepage.Ordinary(2 << 10)},
		{"nothing to take, 100 KB", samplepage.Ordinary(size)},
		{"12 elements taken, 100 KB", samplepage.Ordinary(size, vendorTags...)},
	}
	if real := realPage(b, size); real != nil {
		samples = append(samples, sample{"a real page", real})
	}
	handlers := []struct {
		name string
		h    *Handler
	}{{", again", again}, {", another each time", anew}}
	for _, c := range samples {
		for _, handler := range handlers {
			b.Run(c.name+handler.name, func(b *testing.B) {
				next := backendOf(c.page, "text/html; charset=utf-8", "")
				compare(b, len(c.page), "rewriter", asks(b, handler.h, "text/html,*/*;q=0.8", "identity", next), rewritesAlone(c.page))
			})
			if len(c.page) < size/2 {
				continue
			}
			for _, coding := range []string{"gzip", "br", "zstd"} {
				b.Run(coding+" to "+coding+", "+c.name+handler.name, func(b *testing.B) {
					coded := codedAs(coding, c.page)
					next := backendOf(coded, "text/html; charset=utf-8", coding)
					compare(b, len(c.page), "recoding", asks(b, handler.h, "text/html,*/*;q=0.8", coding, next), recodesAlone(b, coded, coding))
				})
			}
		}
	}
	b.Run("image, 100 KB", func(b *testing.B) {
		// The yardstick is the same without the handler.
		image := make([]byte, size)
		next := backendOf(image, "image/png", "")
		r := httptest.NewRequest(http.MethodGet, "https://www.shop.example/i.png", nil)
		compare(b, size, "plain", asks(b, again, "image/*", "gzip", next), func() { _ = next.ServeHTTP(nowhere{http.Header{}}, r) })
	})
}

func codedAs(coding string, page []byte) []byte {
	var coded bytes.Buffer
	encoder := contentcoding.NewEncoder(coding, &coded)
	_, _ = encoder.Write(page)
	_ = encoder.Close()
	encoder.Release()
	return coded.Bytes()
}

// A page that comes again is not decoded and coded again: that would be many times the work.
func TestACompressedPageThatComesAgainCostsLittle(t *testing.T) {
	h := provisioned(t)
	page := samplepage.Ordinary(100<<10, vendorTags...)
	for _, coding := range []string{"gzip", "br"} {
		coded := codedAs(coding, page)
		ask, recode := asks(t, h, "text/html", coding, backendOf(coded, "text/html; charset=utf-8", coding)), recodesAlone(t, coded, coding)
		ask()
		ask()
		times := func(f func()) (used time.Duration) {
			start := yardstick.CPUTime(t)
			for range 50 {
				f()
			}
			return yardstick.CPUTime(t) - start
		}
		if again, alone := times(ask), times(recode); again > alone/3 {
			t.Errorf("%s: %v, to decode and to encode alone takes %v", coding, again, alone)
		}
	}
}
