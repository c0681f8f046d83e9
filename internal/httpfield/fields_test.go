package httpfield

import (
	"slices"
	"testing"
)

func TestDirectivesOfCacheControl(t *testing.T) {
	var got []string
	for directive, name := range CacheDirectives([]string{`Private="a, b" , max-age=1,`, "", "=x, No-Store"}) {
		got = append(got, directive, name)
	}
	if want := []string{`Private="a, b"`, "Private", "max-age=1", "max-age", "=x", "", "No-Store", "No-Store"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPartsOfAResource(t *testing.T) {
	for contentRange, want := range map[string]struct{ whole, later bool }{
		"": {}, "bytes 0-9/10": {whole: true}, "bytes 0-8/10": {}, "bytes 1-9/10": {later: true}, "bytes */10": {}, "bytes 0-9/*": {},
		"bytes 00-9/10": {whole: true, later: true}, "pages 1-2/3": {}, "bytes ": {},
	} {
		if whole, later := IsWhole(contentRange), IsLaterPart(contentRange); whole != want.whole || later != want.later {
			t.Errorf("%q: whole %v, later %v", contentRange, whole, later)
		}
	}
}

func TestOnlyWhatAllSaveIsAnAttachment(t *testing.T) {
	for _, lines := range [][]string{{"attachment"}, {" Attachment ; filename=x"}, {"attachment;"}} {
		if !IsAttachment(lines) {
			t.Errorf("%q is none", lines)
		}
	}
	for _, lines := range [][]string{nil, {""}, {"inline"}, {"attachment", "attachment"}, {"\u00a0attachment"}, {"attachment x"}} {
		if IsAttachment(lines) {
			t.Errorf("%q is one", lines)
		}
	}
}

func TestLinksAreReadInTheWidestSense(t *testing.T) {
	for _, c := range []struct {
		member  string
		targets []string
		rels    []string
	}{
		{"", nil, nil},
		{"<", nil, nil},
		{"<a>; rel=x", []string{"a"}, []string{"x"}},
		{`<a>; REL="x y"; rel*=UTF-8''z;norel=n`, []string{"a"}, []string{"x y", "UTF-8''z"}},
		{"<rel=a>;rel = x", []string{"rel=a"}, []string{"x"}},
		{"a <b>;<c> rel=x;", []string{"b", "c"}, []string{"x"}},
		{"rel", nil, nil},
	} {
		if got := slices.Collect(LinkTargets(c.member)); !slices.Equal(got, c.targets) {
			t.Errorf("%q: targets %q", c.member, got)
		}
		if got := slices.Collect(LinkParams(c.member, "rel")); !slices.Equal(got, c.rels) {
			t.Errorf("%q: rels %q", c.member, got)
		}
	}
}

func TestQuotedStringsAreWithoutTheirQuotes(t *testing.T) {
	for s, want := range map[string][]string{
		"": nil, "a": nil, `"`: {""}, `""`: {""}, `x="a\"b";y="c"`: {`a"b`, "c"}, `"a" "b`: {"a", "b"}, `"a\`: {`a\`},
	} {
		if got := slices.Collect(QuotedStrings(s)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
	}
}

func TestALifetimeIsSetWithoutTheOther(t *testing.T) {
	for line, want := range map[string]string{
		"a=1": "a=1", "a=1; Max-Age=5; Path=/; EXPIRES=x": "a=1; Path=/", "a=1;max-age=5;;Secure": "a=1;Secure",
	} {
		if got := SetLifetime(line, 0); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
