package rewrite

import (
	"math/rand/v2"
	"testing"
)

// addSeeds gives a fuzz target the documents of the tables, and pieces that
// fuzzing finds hard to invent.
func addSeeds(f *testing.F) {
	for _, test := range taken {
		f.Add([]byte(test.in), uint64(1))
	}
	for _, seed := range []string{
		`<svg><script>track()</script><title><img src=//tracker.test/></title></svg><style>a</style>`,
		`<math><mtext><![CDATA[ > <a title=" ]]> <img src=//tracker.test/> ">`,
		`<select><textarea><img src=//tracker.test/></textarea></select>`,
		`<noscript><noscript></noscript><img src=//tracker.test/></noscript>`,
		`<script><!-- <script </script> --></script><img src=//tracker.test/>`,
		`<iframe><!-- </iframe><img src=//tracker.test/> -->`,
	} {
		f.Add([]byte(seed), uint64(2))
	}
}

// cut cuts text at random places, the same for the same seed.
func cut(text []byte, seed uint64) []string {
	rnd := rand.New(rand.NewPCG(seed, 0))
	var chunks []string
	for len(text) > 0 {
		n := min(len(text), 1+rnd.IntN(1+rnd.IntN(40)))
		chunks = append(chunks, string(text[:n]))
		text = text[n:]
	}
	return chunks
}

// FuzzChunks: the output depends neither on how the input was cut, nor does
// rewriting it again change it.
func FuzzChunks(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		for _, judge := range []func() *testJudge{holding, removing} {
			want := rewriteIn(t, judge(), Limits{}, string(doc))
			if got := rewriteIn(t, judge(), Limits{}, cut(doc, seed)...); got != want {
				t.Errorf("cut by seed %d\n in   %q\n got  %q\n want %q", seed, doc, got, want)
			}
		}
		once := rewriteIn(t, holding(), Limits{}, string(doc))
		if twice := rewriteIn(t, holding(), Limits{}, once); twice != once {
			t.Errorf("rewritten twice\n in    %q\n once  %q\n twice %q", doc, once, twice)
		}
	})
}

// FuzzLimits: small limits lose no byte when everything is allowed, and never panic.
func FuzzLimits(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		limits := Limits{Tag: 16 + int(seed%50), Inline: 1 + int(seed%70)} // a name is shorter
		if got := rewriteIn(t, &testJudge{}, limits, cut(doc, seed)...); got != string(doc) {
			t.Errorf("everything allowed, limits %v, seed %d\n in  %q\n got %q", limits, seed, doc, got)
		}
		for _, judge := range []func() *testJudge{holding, removing} {
			whole := rewriteIn(t, judge(), limits, string(doc))
			if got := rewriteIn(t, judge(), limits, cut(doc, seed)...); got != whole {
				t.Errorf("limits %v, seed %d\n in    %q\n got   %q\n whole %q", limits, seed, doc, got, whole)
			}
		}
	})
}
