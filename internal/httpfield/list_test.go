package httpfield

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestListsAreCutOutsideQuotes(t *testing.T) {
	for _, test := range []struct {
		name  string
		lines []string
		want  []string
	}{
		{"none", nil, nil},
		{"an empty line", []string{""}, nil},
		{"one", []string{`"a"`}, []string{`"a"`}},
		{"several", []string{`"a", W/"b","c"`}, []string{`"a"`, `W/"b"`, `"c"`}},
		{"several lines", []string{`"a", "b"`, `W/"c"`}, []string{`"a"`, `"b"`, `W/"c"`}},
		{"commas within", []string{`"a,b", ",", W/"c,"`}, []string{`"a,b"`, `","`, `W/"c,"`}},
		{"empty members", []string{`,"a",, "b" ,`}, []string{`"a"`, `"b"`}},
		{"tabs", []string{"\t\"a\"\t,\t\"b\"\t"}, []string{`"a"`, `"b"`}},
		{"any", []string{"*"}, []string{"*"}},
		{"what is no tag", []string{`a, "b`}, []string{"a", `"b`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Members(test.lines); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// What is between two commas is told as it is, to the last of it.
func TestSplittingKeepsWhatThereIs(t *testing.T) {
	for _, c := range []struct {
		line string
		want []string
	}{
		{"", []string{""}},
		{"a", []string{"a"}},
		{",", []string{"", ""}},
		{" a , b ,", []string{" a ", " b ", ""}},
		{`"a,b\",",c`, []string{`"a,b\","`, "c"}},
		{`a,"b,c`, []string{"a", `"b,c`}},
		{`\",",x`, []string{`\","`, "x"}},
		{"<a,b>", []string{"<a", "b>"}},
	} {
		if got := slices.Collect(Split(c.line)); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.line, got, c.want)
		}
		for member := range Split(c.line) { // and may be left
			if member != c.want[0] {
				t.Errorf("%q: %q first", c.line, member)
			}
			break
		}
	}
}

// What is not closed in a line goes on in the next.
func TestListsAreFilteredMemberByMember(t *testing.T) {
	for _, c := range []struct {
		name        string
		lines, want []string
		angles      bool
	}{
		{"nothing blocked", []string{"a ,b", "c"}, []string{"a ,b", "c"}, false},
		{"one of several", []string{`a, "bad", c`, "d"}, []string{"a, c", "d"}, false},
		{"all of a line", []string{"bad", "d"}, []string{"d"}, false},
		{"all", []string{"bad, bad"}, []string{}, false},
		{"in brackets", []string{"<a,bad>;x, <b>"}, []string{"<b>"}, true},
		{"not in brackets", []string{"<a,bad>;x, <b>"}, []string{"<a, <b>"}, false},
		{"a quote over lines", []string{`a, "b`, `bad"`, "c"}, []string{`a, "b`, "c"}, false},
		{"a quote that joins", []string{`x="b`, `a", d`, `y="ba`, `d"`}, []string{`x="b`, `a", d`, `y="ba`, `d"`}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := FilterList(c.lines, c.angles, func(member string) bool { return strings.Contains(member, "bad") }); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAListKeepsItsLinesIfItDoesNotChange(t *testing.T) {
	for _, c := range []struct{ lines, list, want []string }{
		{[]string{"a,b", "c"}, []string{"a", "b", "c"}, []string{"a,b", "c"}},
		{[]string{"a,b", "c"}, []string{"a", "c"}, []string{"a, c"}},
		{[]string{"a"}, nil, nil},
		{nil, []string{"a"}, []string{"a"}},
	} {
		h := http.Header{}
		if c.lines != nil {
			h["Vary"] = c.lines
		}
		if SetList(h, "Vary", c.list); !slices.Equal(h["Vary"], c.want) || len(h) != min(len(c.want), 1) {
			t.Errorf("%q becomes %q, want %q", c.lines, h["Vary"], c.want)
		}
	}
	if got := NamesWithout([]string{" a,, B", "c"}, func(name string) bool { return name == "B" }); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("names are %q", got)
	}
}
