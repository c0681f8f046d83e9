package caddymodule

// Entity tags that name a version of a page.

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

const (
	ours   = "AqI_-bny" // a version: letters, digits, '-' and '_'
	theirs = "EoH-Z1-7"
)

// Versions are as long as httpfield.CutVariant takes them to be, and unlike each other.
func TestVersionsOfAPolicyAreAsLongAsTagsExpect(t *testing.T) {
	h := &Handler{}
	policy, _, err := h.compile()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	d := policy.Nothing()
	for granted := range 1 << len(policy.Categories()) {
		d.Granted = d.Granted*0 | policy.Nothing().Granted
		for i := range policy.Categories() {
			if granted&(1<<i) != 0 {
				d.Granted = d.Granted.With(i)
			}
		}
		v := policy.Variant(&d)
		if len(v) != httpfield.VariantLength || strings.Trim(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
			t.Errorf("version %q", v)
		}
		if again := policy.Variant(&d); again != v {
			t.Errorf("%q, then %q", v, again)
		}
		seen[v] = true
	}
	// Essential is granted in each, so half of them are the same.
	if want := 1 << (len(policy.Categories()) - 1); len(seen) != want {
		t.Errorf("%d versions of %d decisions", len(seen), want)
	}
}

func TestPreconditionsMeanTheSameToTheBackend(t *testing.T) {
	const mine, other, asIs = `"a-c` + ours + `"`, `"a-c` + theirs + `"`, `"a-c` + variantPart + `"`
	for _, test := range []struct {
		name        string
		header      []string // name and value
		document    []string // what is left if it may be answered with a document; nil for all of it
		rest        []string // what is left else
		asked, both bool     // asked for a document; and also else
	}{
		{"nothing", []string{}, []string{}, []string{}, false, false},
		{"the visitor's version", []string{"If-None-Match", mine}, []string{"If-None-Match", `"a"`}, []string{"If-None-Match", `"a"`}, true, true},
		{"another version", []string{"If-None-Match", other}, []string{}, []string{}, false, false},
		{"no version", []string{"If-None-Match", `"a"`}, []string{}, []string{"If-None-Match", `"a"`}, false, false},
		{"any", []string{"If-None-Match", "*"}, []string{}, []string{"If-None-Match", "*"}, false, false},
		{"what passed for another purpose", []string{"If-None-Match", asIs}, []string{}, []string{}, false, false},
		{"all of them", []string{"If-None-Match", `"b,c", ` + mine + `,` + other, "If-None-Match", `W/` + mine},
			[]string{"If-None-Match", `"a", W/"a"`}, []string{"If-None-Match", `"b,c", "a", W/"a"`}, true, true},
		{"what does not change keeps its lines", []string{"If-None-Match", `"x","y"`, "If-None-Match", `"z"`}, []string{},
			[]string{"If-None-Match", `"x","y"`, "If-None-Match", `"z"`}, false, false},
		{"a change of whatever version", []string{"If-Match", other + `, "x"`}, []string{"If-Match", `"a", "x"`}, []string{"If-Match", `"a", "x"`}, false, false},
		{"a change of a version that was compressed", []string{"If-Match", mine[:len(mine)-1] + `-gzip", "x-gzip"`},
			[]string{"If-Match", `"a", "x-gzip"`}, []string{"If-Match", `"a", "x-gzip"`}, false, false},
		{"dates", []string{"If-Modified-Since", "x", "If-Unmodified-Since", "y"}, []string{},
			[]string{"If-Modified-Since", "x", "If-Unmodified-Since", "y"}, false, false},
		{"a part", []string{"Range", "bytes=0-1"}, []string{}, []string{"Range", "bytes=0-1"}, false, false},
		{"a part of no version", []string{"Range", "bytes=0-1", "If-Range", `"a"`}, []string{},
			[]string{"Range", "bytes=0-1", "If-Range", `"a"`}, false, false},
		{"a part of a version", []string{"Range", "bytes=0-1", "If-Range", mine}, []string{}, []string{}, false, false},
		{"a part of another version", []string{"Range", "bytes=0-1", "If-Range", other}, []string{}, []string{}, false, false},
	} {
		for _, doc := range []bool{true, false} {
			h := http.Header{}
			for pair := range slices.Chunk(test.header, 2) {
				h.Add(pair[0], pair[1])
			}
			want, asked := http.Header{}, ""
			if test.asked && (doc || test.both) {
				asked = ours
			}
			left := test.rest
			if doc {
				left = test.document
			}
			for pair := range slices.Chunk(left, 2) {
				want.Add(pair[0], pair[1])
			}
			got := conditional(h, doc, !doc, ours)
			if got != asked || len(h) != len(want) {
				t.Errorf("%s, document %v: asked %v, left %q, want %q", test.name, doc, got, h, want)
			}
			for name := range want {
				if !slices.Equal(h[name], want[name]) {
					t.Errorf("%s, document %v: %s: %q, want %q", test.name, doc, name, h[name], want[name])
				}
			}
		}
	}
}

// One version alone is asked about, the first of those that are good.
func TestOneVersionIsAskedAbout(t *testing.T) {
	const page, asIs = `"a-c` + ours + `"`, `"b-c` + variantPart + `"`
	for _, test := range []struct{ tags, asked, left string }{
		{asIs, variantPart, `"b"`}, {asIs + ", " + page, variantPart, `"b"`}, {page + ", " + asIs + ", " + page, ours, `"a", "a"`},
	} {
		h := http.Header{"If-None-Match": {test.tags}}
		if asked := conditional(h, false, true, ours, variantPart); asked != test.asked || h.Get("If-None-Match") != test.left {
			t.Errorf("%s: %s, left %s", test.tags, asked, h.Get("If-None-Match"))
		}
	}
}

func TestTheValidatorsOfAPageNameItsVersion(t *testing.T) {
	for name, tag := range map[string]string{"Etag": `"a"`, "ETAG": `W/"c"`} {
		h := http.Header{name: {tag, `"b"`}, "last-modified": {"x"}, "X-Etag": {`"d"`}}
		for name, lines := range h { // as filterHeader does before
			canonicalize(h, name, lines)
		}
		nameVariant(h, ours)
		want := strings.TrimSuffix(tag, `"`) + "-c" + ours + `"`
		if len(h) != 2 || !slices.Equal(h["Etag"], []string{want}) || h["X-Etag"][0] != `"d"` {
			t.Errorf("%s: %q, want %s", tag, h, want)
		}
		weaken(h)
		weaken(h)
		if want := "W/" + strings.TrimPrefix(want, "W/"); !slices.Equal(h["Etag"], []string{want}) {
			t.Errorf("weak %s: %q, want %s", tag, h, want)
		}
	}
}
