package percent

import (
	"strconv"
	"strings"
	"testing"
)

func TestDigitKnowsAllHexadecimalDigitsAndNoOthers(t *testing.T) {
	for c := range 256 {
		want, err := strconv.ParseUint(string(rune(c)), 16, 8)
		got, ok := Digit(byte(c))
		if ok != (err == nil) || ok && uint64(got) != want {
			t.Errorf("%q: %d, %v", byte(c), got, ok)
		}
	}
}

func TestDecodeKeepsWhatIsNotEncoded(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "%41": "A", "%4a%4B": "JK", "50%": "50%", "%4": "%4", "%%41": "%A", "%g1%1g": "%g1%1g", "a%00b": "a\x00b", "+": "+",
	} {
		if got := Decode(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := Append([]byte("x"), []byte(in)); string(got) != "x"+want {
			t.Errorf("%q: %q, want %q behind x", in, got, want)
		}
	}
}

func TestAtReadsNothingButThreeBytes(t *testing.T) {
	for in, want := range map[string]bool{"%41": true, "%41%": true, "%4": false, "41%": false, "": false, "x41": false} {
		text, ok := At(in)
		bytes, okBytes := At([]byte(in))
		if ok != want || okBytes != want || text != bytes || want && text != 'A' {
			t.Errorf("%q: %q, %v", in, text, ok)
		}
	}
}

func FuzzDecodeGrowsNothing(f *testing.F) {
	f.Add("%41%zz%")
	f.Fuzz(func(t *testing.T, s string) {
		if got := Decode(s); len(got) > len(s) || strings.Count(s, "%") == 0 && got != s {
			t.Fatalf("%q: %q", s, got)
		}
	})
}
