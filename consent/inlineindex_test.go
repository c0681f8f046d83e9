package consent

import (
	"slices"
	"strings"
	"testing"
)

// seen appends what it is called with, once.
func seen(all *[]int) func(*inlinePattern) bool {
	return func(p *inlinePattern) bool {
		if !slices.Contains(*all, p.vendor) {
			*all = append(*all, p.vendor)
		}
		return true
	}
}

// The looks at every second place find every pattern wherever it begins, however short its
// word is, and whatever stands before and behind it.
func TestEveryPatternIsFoundWhereverItStands(t *testing.T) {
	var patterns []inlinePattern
	for i, text := range []string{
		"abc", "abcd", "abcde", "abcdef", "qrs(", "qrst(", "qrstu(", ".klm", ".klmn=", "[klmno]", "x.longest.y", "'uvw", "uvwx'", "two words", "mno=*pqr",
	} {
		p, problem := parseInlinePattern(text)
		if problem != "" {
			t.Fatal(text, problem)
		}
		p.vendor = i
		patterns = append(patterns, p)
	}
	x := newInlineIndex(patterns)
	scripts := []string{
		"abc", "abcd", "abcdefgh", "qrs(", "qrs (", "qrst(", "qrstu\n(", ".klm", ". klm", ".klmn =", "[klmno]", "[ klmno ]", "x.longest.y", "x . longest . y",
		"\"uvw", "`uvwx\"", "two  words", "mno = 1;pqr", "xabc", "xqrs(", "_klm", "abé", "abc\xff", "qr s(",
	}
	for _, script := range scripts {
		for before := range 14 {
			for behind := range 14 {
				for _, edge := range []string{" ", ";", "a", "é", "\""} {
					text := strings.Repeat(" ", before) + edge[:min(len(edge), before)] + script + strings.Repeat("-", behind)
					var found, want []int
					x.scan([]byte(text), seen(&found))
					tried := make([]uint64, 1)
					for i := 0; i+indexKey <= len(text); i++ {
						if i == 0 || !isWord[text[i-1]] {
							x.at([]byte(text), i, tried, seen(&want))
						}
					}
					if !slices.Equal(found, want) {
						t.Fatalf("%q: found %v, want %v", text, found, want)
					}
				}
			}
		}
	}
}
