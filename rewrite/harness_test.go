package rewrite

import (
	"bytes"
	"testing"
)

// testJudge blocks what names tracker.test, and inline scripts that call
// track(); the tests of this package are written around those two.
type testJudge struct {
	action   Action
	unjudged Action
	keep     string
	byHost   bool // the mark is a host's first label, instead of acme
	record   bool
	seen     []string // with record: "kind element attr url" of every question
	bases    []string
	charsets []string
	errs     []error
	blocked  []string // the notes of what was blocked, once each time
}

// block gives a verdict, whose note names what it is about.
func (j *testJudge) block(v Verdict, what []byte) Verdict {
	note := string(what)
	j.blocked = append(j.blocked, note)
	v.Note = note
	return v
}

func (j *testJudge) Again(note any) { j.blocked = append(j.blocked, note.(string)) }

func (j *testJudge) Base(href []byte, certain bool) Verdict {
	j.bases = append(j.bases, string(href))
	if bytes.Contains(bytes.ToLower(href), []byte("tracker.test")) {
		return Verdict{Action: j.action, Mark: "acme"}
	}
	return Verdict{}
}

func (j *testJudge) Charset(label []byte) { j.charsets = append(j.charsets, string(label)) }

func (j *testJudge) Within(bool) Judge { return j }

func (j *testJudge) Resource(r *Resource) Verdict {
	if j.record {
		j.seen = append(j.seen, r.Kind.String()+" "+r.Element+" "+r.Attr+" "+string(r.URL))
	}
	if bytes.Contains(bytes.ToLower(r.URL), []byte("tracker.test")) {
		v := Verdict{Action: j.action, Mark: "acme", Document: `<p>"Acme" & more</p>`}
		if j.byHost {
			label, _, _ := bytes.Cut(bytes.TrimLeft(r.URL, "/"), []byte{'.'})
			v.Mark = string(label)
		}
		return j.block(v, r.URL)
	}
	return Verdict{}
}

func (j *testJudge) Inline(_ Code, script []byte) Verdict {
	if bytes.Contains(script, []byte("track(")) {
		return j.block(Verdict{Action: j.action, Mark: "acme", Keep: []byte(j.keep)}, script)
	}
	return Verdict{}
}

func (j *testJudge) Unjudged(_ Kind, err error) Verdict {
	j.errs = append(j.errs, err)
	return Verdict{Action: j.unjudged, Mark: "acme"}
}

func holding() *testJudge  { return &testJudge{action: Hold, unjudged: Hold} }
func removing() *testJudge { return &testJudge{action: Remove, unjudged: Remove} }

// rewriteIn rewrites the concatenation of chunks, which it writes one by one.
func rewriteIn(tb testing.TB, j Judge, limits Limits, chunks ...string) string {
	tb.Helper()
	var out bytes.Buffer
	r := New(&out, j, limits)
	for _, c := range chunks {
		if n, err := r.Write([]byte(c)); n != len(c) || err != nil {
			tb.Fatalf("Write of %d bytes: got %d, %v", len(c), n, err)
		}
	}
	if err := r.Close(); err != nil {
		tb.Fatalf("Close: %v", err)
	}
	return out.String()
}

// bytesOf cuts text into single bytes.
func bytesOf(text string) []string {
	out := make([]string, len(text))
	for i := range out {
		out[i] = text[i : i+1]
	}
	return out
}
