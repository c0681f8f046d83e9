package caddymodule

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// What is logged of a visitor's words is bounded, and ends with a character.
func TestWordsAreShortenedBetweenCharacters(t *testing.T) {
	for _, text := range []string{"", "img-src", strings.Repeat("a", 253), strings.Repeat("é", 126)} {
		if got := shorten(text); got != text {
			t.Errorf("%q is cut to %q", text, got)
		}
	}
	for _, c := range []struct {
		of   string
		left int
	}{{"a", 253}, {"é", 252}, {"€", 252}, {"😀", 252}} {
		if got := shorten(strings.Repeat(c.of, 300)); len(got) != c.left || !utf8.ValidString(got) {
			t.Errorf("of %s are left %d bytes: %q", c.of, len(got), got)
		}
	}
}
