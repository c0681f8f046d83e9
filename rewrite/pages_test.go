package rewrite_test

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/oracle"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// Real pages, as published.

// Invariant 1: a page from which nothing is taken leaves byte-identical.
func TestPagesLeaveByteIdenticalWhenNothingIsBlocked(t *testing.T) {
	for _, name := range sharedFiles(t, "data/pages", "*.html") {
		doc := readFile(t, name)
		// Asked about everything, it blocks nothing; with a host denied that no
		// page names, it is the same.
		for _, action := range []rewrite.Action{rewrite.Allow, rewrite.Hold, rewrite.Remove} {
			j := newSuiteJudge(deniedTest, action)
			j.unjudged = rewrite.Allow
			if out := rewriteWith(t, j, doc); out != doc {
				at := commonPrefix(doc, out)
				t.Errorf("%s, action %d: differs at byte %d\n in  %q\n out %q", filepath.Base(name), action, at,
					oracle.Clip(doc[at:]), oracle.Clip(out[at:]))
			}
			for _, err := range j.log.problems {
				t.Errorf("%s: %v", filepath.Base(name), err)
			}
		}
	}
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// A real page with every third party denied: in what comes out, no reading
// finds anything that contacts one.
func TestPagesContactNoDeniedHost(t *testing.T) {
	before, classes := 0, map[string]int{}
	for _, name := range sharedFiles(t, "data/pages", "*.html") {
		doc, name := readFile(t, name), filepath.Base(name)
		for _, found := range oracle.Leaks(pageURL, doc, thirdParties, oracle.Readings...) {
			before += len(found)
		}
		for _, action := range []rewrite.Action{rewrite.Hold, rewrite.Remove, rewrite.Placeholder} {
			out := rewriteWith(t, newSuiteJudge(thirdParties, action), doc)
			for how, found := range oracle.Leaks(pageURL, out, thirdParties, oracle.Readings...) {
				for i := range found {
					classes[found[i].Class]++
					if i < 3 {
						t.Errorf("%s, action %d, %v: live %s", name, action, how, &found[i])
					}
				}
			}
			// What was rewritten passes a second time unchanged.
			if again := rewriteWith(t, newSuiteJudge(thirdParties, action), out); again != out {
				at := commonPrefix(out, again)
				t.Errorf("%s, action %d: rewritten again it differs at byte %d\n once  %q\n again %q", name, action, at,
					oracle.Clip(out[at:]), oracle.Clip(again[at:]))
			}
		}
	}
	t.Logf("%d contacts in the pages, before; left: %v", before, classes)
}

// Invariant 2 on real pages: pieces of any size give the same output.
func TestPagesDoNotDependOnHowTheyAreCut(t *testing.T) {
	for _, name := range sharedFiles(t, "data/pages", "*.html") {
		doc := readFile(t, name)
		want := rewriteWith(t, newSuiteJudge(thirdParties, rewrite.Hold), doc)
		for _, size := range []int{1, 7, 1000, 32 << 10} {
			var out bytes.Buffer
			r := rewrite.New(&out, newSuiteJudge(thirdParties, rewrite.Hold), rewrite.Limits{})
			for piece := range slices.Chunk([]byte(doc), size) {
				if _, err := r.Write(piece); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != want {
				at := commonPrefix(got, want)
				t.Errorf("%s in pieces of %d: differs at byte %d\n got  %q\n want %q", filepath.Base(name), size, at,
					oracle.Clip(got[at:]), oracle.Clip(want[at:]))
			}
		}
	}
}
