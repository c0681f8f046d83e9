// Package yardstick is what benchmarks hold the rewriter against, on the same bytes in
// the same run: the least that finding tags can cost, and the tokenizer of
// golang.org/x/net/html at the same task. It is for tests only.
package yardstick

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// Pages are the real pages, or a generated one where they are not at hand, and
// how many bytes they have together.
func Pages(tb testing.TB) (pages [][]byte, size int64) {
	tb.Helper()
	if pages = Real(tb); len(pages) == 0 {
		pages = [][]byte{samplepage.Ordinary(100 << 10)}
	}
	for _, page := range pages {
		size += int64(len(page))
	}
	return pages, size
}

// Real are the real pages, none where they are not at hand.
func Real(tb testing.TB) (pages [][]byte) {
	tb.Helper()
	files, _ := filepath.Glob(filepath.Join(sharedtest.Root(), "data/pages/*.html"))
	for _, file := range files {
		page, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			tb.Fatal(err)
		}
		pages = append(pages, page)
	}
	return pages
}

// Hop counts the '<'.
func Hop(page []byte) (n int) {
	for {
		i := bytes.IndexByte(page, '<')
		if i < 0 {
			return n
		}
		n++
		page = page[i+1:]
	}
}

// Tokenize finds every element that loads something with x/net/html and
// looks at its URL.
func Tokenize(page []byte) (n int) {
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
