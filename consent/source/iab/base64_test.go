package iab

import "testing"

func TestAFieldIsReadByItsBits(t *testing.T) {
	cases := []struct {
		s      string
		off, n int
		want   uint64
	}{
		{"_", 0, 6, 63},
		{"A_A", 6, 6, 63},
		{"A_A", 5, 8, 0b01111110},
		{"A_A", 5, 1, 0},
		{"A_A", 6, 1, 1},
		{"-", 0, 6, 62},
		{"0", 2, 3, 0b010}, // 52 is 110100
		{"BBBB", 0, 24, 0b000001000001000001000001},
		{"__________", 3, 57, 1<<57 - 1},
		{"", 0, 6, 0},
		{"_", 3, 6, 0b111000},
		{"_", 600, 36, 0},
		{"_*_", 0, 18, 0b111111000000111111},
		{"_\xff_", 3, 12, 0b111000000111},
	}
	for _, c := range cases {
		if got := field(c.s, c.off, c.n); got != c.want {
			t.Errorf("field(%q, %d, %d) = %b, want %b", c.s, c.off, c.n, got, c.want)
		}
	}
}

func TestPaddingIsTakenOff(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "=": "", "==": "", "===": "=", "A": "A", "A=": "A", "A==": "A", "A===": "A=", "=A": "=A", "A=B=": "A=B",
	} {
		if got := trimPadding(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestIsBase64(t *testing.T) {
	for c := range 256 {
		s := string([]byte{'A', byte(c), 'A'})
		want := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
		if isBase64(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
