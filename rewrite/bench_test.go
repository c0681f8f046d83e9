package rewrite

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
)

// The benchmarks compare the rewriter with yardsticks on the same bytes in the
// same run: a bare hop from '<' to '<', a copy, and the tokenizer of
// golang.org/x/net/html at the same task. Ratios count, not times.
//
//	go test -run '^$' -bench Rewrite -count 5 ./rewrite

// corpus are the real pages, or generated ones where they are not at hand.
func corpus(tb testing.TB) (pages [][]byte, size int64) {
	tb.Helper()
	dir := os.Getenv("CONSENT_SHARED")
	if dir == "" {
		dir = "../../shared"
	}
	files, _ := filepath.Glob(filepath.Join(dir, "data/pages/*.html"))
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		pages = append(pages, page)
	}
	if len(pages) == 0 {
		pages = [][]byte{samplepage.Ordinary(100 << 10)}
	}
	for _, page := range pages {
		size += int64(len(page))
	}
	return pages, size
}

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

func (j *hostJudge) Inline(Code, []byte) Verdict { return Verdict{} }

func benchRewrite(b *testing.B, pages [][]byte, size int64, judge Judge, chunk int) {
	b.Helper()
	b.SetBytes(size)
	b.ReportAllocs()
	r := new(Rewriter)
	for b.Loop() {
		for _, page := range pages {
			r.Reset(io.Discard, judge, Limits{})
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
	pages, size := corpus(b)
	b.Run("nothing to take", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{}, 32<<10) })
	b.Run("deny all", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{deny: true}, 32<<10) })
	b.Run("deny all, 4 KiB writes", func(b *testing.B) { benchRewrite(b, pages, size, &hostJudge{deny: true}, 4<<10) })
	b.Run("yardstick hop", func(b *testing.B) {
		b.SetBytes(size)
		for b.Loop() {
			for _, page := range pages {
				hopTask(page)
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
				tokenizeTask(page)
			}
		}
	})
}

// hopTask counts the '<'.
func hopTask(page []byte) (n int) {
	for {
		i := bytes.IndexByte(page, '<')
		if i < 0 {
			return n
		}
		n++
		page = page[i+1:]
	}
}

// tokenizeTask finds every element that loads something with x/net/html and
// looks at its URL.
func tokenizeTask(page []byte) (n int) {
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return n
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			switch string(name) {
			case "script", "img", "iframe", "link", "embed", "object", "source", "video", "audio":
				for more {
					var key, value []byte
					key, value, more = z.TagAttr()
					if strings.HasPrefix(string(value), "http") && (string(key) == "src" || string(key) == "href" || string(key) == "srcset") {
						n++
					}
				}
			}
		}
	}
}
