package rewrite

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// tagPieces are what decides where a tag ends and what its attributes are.
var tagPieces = []string{" ", "\n", "/", "=", "=", `"`, `'`, ">", "a", "on", "onclick", "style", "ping", "src", "x=y", `a="b"`, "a='>'", "=\"", "\t=", "<", "\x00", "é"}

// The fast path of tags agrees with the states of the standard: where it finds
// an end, that is the end, and no attribute that acts escapes it.
func TestQuickTagAgreesWithTheStates(t *testing.T) {
	quick := 0
	for seed := range 400_000 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 4))
		var b strings.Builder
		b.WriteString(" ") // what ends the name
		for range 1 + rnd.IntN(9) {
			b.WriteString(tagPieces[rnd.IntN(len(tagPieces))])
		}
		tag := []byte(b.String())
		end, acts, letters := quickTag(tag, 0)
		if end == 0 {
			continue // left to the states
		}
		quick++
		st := inTagName
		if want, found := st.scan(tag); !found || want != end {
			t.Fatalf("%q ends at %d, by the states at %d (%v)", tag, end, want, found)
		}
		want := false
		for _, a := range parseAttrs(tag[:end], 0, nil) {
			// Without a value none of them does anything.
			if letters&letter(tag[a.nameStart]) == 0 {
				t.Fatalf("%q: the letter of %q is missing", tag, a.name(tag))
			}
			want = want || a.valStart > a.nameEnd && anyElement.fetching(a.name(tag), false, false) != nil
		}
		if want && !acts {
			t.Fatalf("%q has an attribute that acts", tag)
		}
	}
	if quick < 50_000 {
		t.Errorf("only %d tags were read the quick way", quick)
	}
}
