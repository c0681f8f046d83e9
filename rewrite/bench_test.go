package rewrite

import (
	"bytes"
	"io"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/yardstick"
)

// The benchmarks compare the rewriter with yardsticks on the same bytes in the
// same run: a bare hop from '<' to '<', a copy, and the tokenizer of
// golang.org/x/net/html at the same task. Ratios count, not times.
//
//	go test -run '^$' -bench Rewrite -count 5 ./rewrite

// hostJudge denies everything that is not on this site's hosts, or nothing.
type hostJudge struct {
	testJudge
	deny bool
}

func (j *hostJudge) Resource(r *Resource) Verdict {
	if j.deny && bytes.HasPrefix(r.URL, []byte("http")) {
		return Verdict{Action: Hold, Mark: "acme"}
	}
	return Verdict{}
}

func (j *hostJudge) Charset([]byte) {}

func (j *hostJudge) Again(any) {}

func (j *hostJudge) Inline(Code, []byte) Verdict { return Verdict{} }

func benchRewrite(b *testing.B, pages [][]byte, size int64, judge Judge, chunk int, memo *Memo) {
	b.Helper()
	b.SetBytes(size)
	b.ReportAllocs()
	r := new(Rewriter)
	for b.Loop() {
		for _, page := range pages {
			r.Reset(io.Discard, judge, Limits{})
			if memo != nil {
				r.SetMemo(memo, 1, "page")
			}
			for len(page) > 0 {
				n := min(chunk, len(page))
				if _, err := r.Write(page[:n]); err != nil {
					b.Fatal(err)
				}
				page = page[n:]
			}
			if err := r.Close(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkRewrite(b *testing.B) {
	pages, size := yardstick.Pages(b)
	b.Run("nothing to take", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{}, 32<<10, nil) })
	b.Run("nothing to take, known", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{}, 32<<10, NewMemo(8<<20)) })
	b.Run("deny all", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{deny: true}, 32<<10, nil) })
	b.Run("deny all, known", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{deny: true}, 32<<10, NewMemo(8<<20)) })
	b.Run("deny all, unknown", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{deny: true}, 32<<10, NewMemo(1)) })
	b.Run("deny all, 4 KiB writes", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{deny: true}, 4<<10, nil) })
	b.Run("yardstick hop", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			for _, page := range pages {
				yardstick.Hop(page)
			}
		}
	})
	b.Run("yardstick copy", func(b *testing.B) {
		b.SetBytes(size)
		buf := make([]byte, 4<<20)
		for b.Loop() {
			for _, page := range pages {
				copy(buf, page)
			}
		}
	})
	b.Run("yardstick x-net-html", func(b *testing.B) {
		b.SetBytes(size)
		b.ReportAllocs()
		for b.Loop() {
			for _, page := range pages {
				yardstick.Tokenize(page)
			}
		}
	})
}
