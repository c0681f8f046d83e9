package charset

import (
	"bytes"
	"testing"

	"golang.org/x/text/transform"
)

func TestBackslashesOfISO2022JPAreReadAsBrowsersDo(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"ASCII", `a\b~`, `a\b~`},
		{"Roman text", "a\\\x1b(J\\~b\x1b(B\\", `a\¥‾b\`},
		{"Roman text to the end", "\x1b(J\\", "¥"},
		{"Roman text twice", "\x1b(J\\\x1b(J~\x1b(B~", "¥‾~"},
		{"two bytes a character", "\x1b(J\\\x1b$B$\"\x1b(B\\", `¥あ\`},
		{"what no such text has", "\x1b(J\x0e\x80a", "\uFFFD\uFFFDa"},
		{"an escape sequence that is cut off", "a\x1b(", "a\uFFFD("},
	} {
		t.Run(c.name, func(t *testing.T) {
			for size := 1; size <= len(c.in); size++ {
				d := NewISO2022JPDecoder()
				var got bytes.Buffer
				w := transform.NewWriter(&got, d)
				for i := 0; i < len(c.in); i += size {
					if _, err := w.Write([]byte(c.in[i:min(i+size, len(c.in))])); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				if got.String() != c.want {
					t.Errorf("in pieces of %d: got %q, want %q", size, got.String(), c.want)
				}
			}
		})
	}
}
