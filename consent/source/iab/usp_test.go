package iab

import "testing"

func TestParseUSP(t *testing.T) {
	cases := []struct {
		in   string
		want USP
		err  error
	}{
		{"1YNN", USP{Yes, No, No}, nil},
		{"1YYY", USP{Yes, Yes, Yes}, nil},
		{"1---", USP{}, nil},
		{"1-Y-", USP{NotApplicable, Yes, NotApplicable}, nil},
		{"1N-Y", USP{No, NotApplicable, Yes}, nil},
		{"", USP{}, ErrNotUSP},
		{"1YN", USP{}, ErrNotUSP},
		{"1YNNN", USP{}, ErrNotUSP},
		{"1yNn", USP{Yes, No, No}, nil},
		{"1Y N", USP{}, ErrNotUSP},
		{"1YN\x00", USP{}, ErrNotUSP},
		{"1NAY", USP{}, ErrNotUSP},
		{"YYNN", USP{}, ErrNotUSP},
		{"2YNN", USP{}, ErrUSPVersion},
		{"0YNN", USP{}, ErrUSPVersion},
	}
	for _, c := range cases {
		if got, err := ParseUSP(c.in); got != c.want || err != c.err { //nolint:errorlint // never wrapped, as documented
			t.Errorf("%q: %+v, %v, want %+v, %v", c.in, got, err, c.want, c.err)
		}
	}
}

func TestAnswersHaveNames(t *testing.T) {
	for a, want := range map[Answer]string{Yes: "yes", No: "no", NotApplicable: "not applicable", 9: "not applicable"} {
		if got := a.String(); got != want {
			t.Errorf("%d: %s", a, got)
		}
	}
}
