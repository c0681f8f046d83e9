package rewrite

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
)

// memoIn is rewriteIn with a memory.
func memoIn(tb testing.TB, m *Memo, j Judge, limits Limits, chunks ...string) string {
	tb.Helper()
	return visited(tb, m, visitor{variant: 1}, j, limits, chunks...)
}

// visitor is whose document it is: what their decision is called, and their leader.
type visitor struct {
	variant uint64
	leader  string
}

// visited is memoIn for a visitor, with a trailer if there is a leader, and without a memory if m is nil.
func visited(tb testing.TB, m *Memo, v visitor, j Judge, limits Limits, chunks ...string) string {
	tb.Helper()
	var out bytes.Buffer
	r := New(&out, j, limits)
	if m != nil {
		r.SetMemo(m, v.variant, "a document")
	}
	if v.leader != "" {
		r.SetLeader(v.leader, false)
		r.SetTrailer("<script src=/trailer.js></script>")
	}
	for _, c := range chunks {
		// A sink that keeps what it was given, or a run that outlives its Write, is
		// found by what becomes of the buffer.
		buf := []byte(c)
		if _, err := r.Write(buf); err != nil {
			tb.Fatal(err)
		}
		clear(buf)
	}
	if err := r.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

// roomyMemo is one in which nothing takes the place of anything else, but once in thousands of
// times: where a slot is, the hash decides, and its key is another each time.
func roomyMemo() *Memo { return NewMemo(32 << 20) }

// smallMemo is one whose windows are so small that a few words fill several.
func smallMemo(window int) *Memo { return withWindows(NewMemo(0), window) }

func withWindows(m *Memo, window int) *Memo {
	m.window, m.text = window, window/4
	return m
}

// FuzzMemo: what is remembered changes no output, whatever comes before it.
func FuzzMemo(f *testing.F) {
	addSeeds(f)
	f.Add([]byte("<html><p>a<p>b<svg><path/></svg><p>a<p>b<script>var a</script><p>a<p>b<img src=//tracker.test/><base href=//a/><p>a<p>b"), uint64(3))
	f.Add([]byte("<meta charset=gbk><title>a</title><p>a<img src=//tracker.test/><meta charset=utf-8><p>b"), uint64(64+30))
	for i, place := range []string{
		"<svg><title><meta charset=gbk></title><style><img src=//tracker.test/></style>", "<select><script>a</script><img src=//tracker.test/></select>",
		"<noscript><meta charset=gbk><img src=//tracker.test/></noscript><p>", "<template><p><img src=//tracker.test/></template>",
		"<p>a<img src=//tracker.test/><!-- a long one -->", "<img src=//tracker.test/><title>a <b>title</title><meta charset=gbk><textarea><img src=//tracker.test/></textarea>",
		"<meta charset=gbk><svg><img src=//tracker.test/><![CDATA[ <p> ]]></svg>", "<img src=//tracker.test/><iframe src=//tracker.test/><img src=//tracker.test/></iframe><script type=text/plain><p></script>",
		"<math><mi><p><b></mi></math><svg><foreignobject><p></svg>", "<frameset><img src=//tracker.test/><style>a{}</style>",
	} {
		f.Add([]byte(place), uint64(i*37+3))
		f.Add([]byte(place+place), uint64(i*37+3+64))
	}
	for i := range uint64(60) { // some window ends behind the paragraph, in something that is no text
		f.Add([]byte("a<!----><meta charset=gbk><p><img src=//tracker.test/><? cut off, here ?>"), i)
		f.Add([]byte("a<!----><meta charset=gbk><p><? cut off, here ?>"), i+64)
	}
	begins := []string{"<html>", "", "<svg>", "<select>", "<template>", "<html><svg><desc>"}
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		// Who allows everything has the same documents: as a whole, or as fragments.
		me, other := visitor{variant: 1}, visitor{variant: 2 + seed>>8%16}
		if seed&64 != 0 {
			me.leader, other.leader = "<script src=/leader.js></script>", "<script src=/other.js></script>"
		}
		begin, otherBegin := begins[seed>>12%uint64(len(begins))], begins[seed>>16%uint64(len(begins))]
		twice := string(doc) + string(doc)
		whole := begin + twice
		for _, judge := range []func() *testJudge{holding, removing} {
			want := judge()
			out := visited(t, nil, me, want, Limits{}, whole)
			m := smallMemo(1 + int(seed%60))
			for range 3 {
				_ = visited(t, m, other, &testJudge{}, Limits{}, otherBegin, twice)
				for _, chunks := range [][]string{{whole}, cut([]byte(whole), seed), {begin, twice}, {whole}, {begin + string(doc)}} {
					got := judge()
					again := visited(t, m, me, got, Limits{}, chunks...)
					if strings.Join(chunks, "") != whole {
						continue
					}
					if again != out {
						t.Fatalf("with a memory of windows of %d\n in   %q\n got  %q\n want %q", m.window, whole, again, out)
					}
					// What the judge must hear of it hears of each time.
					if !slices.Equal(got.bases, want.bases) || !slices.Equal(got.charsets, want.charsets) || len(got.errs) != len(want.errs) || !slices.Equal(got.blocked, want.blocked) {
						t.Fatalf("the judge was told of %q %q %v %q, want %q %q %v %q", got.bases, got.charsets, got.errs, got.blocked, want.bases, want.charsets, want.errs, want.blocked)
					}
				}
			}
		}
	})
}

// countingJudge counts what it is asked, and blocks by name.
type countingJudge struct {
	testJudge
	asked int
}

func (j *countingJudge) Resource(r *Resource) Verdict {
	j.asked++
	return j.testJudge.Resource(r)
}

func TestAMemoSparesQuestions(t *testing.T) {
	page := string(samplepage.Ordinary(100<<10, `<script src="https://tracker.test/t.js"></script>`))
	m := roomyMemo()
	ask := func() (string, int) {
		j := &countingJudge{testJudge: *holding()}
		return memoIn(t, m, j, Limits{}, page), j.asked
	}
	first, asked := ask()
	if want := rewriteIn(t, holding(), Limits{}, page); first != want {
		t.Fatal("the first time it differs")
	}
	ask() // what is met twice is remembered
	again, askedAgain := ask()
	if again != first {
		t.Fatal("the third time it differs")
	}
	if askedAgain > asked/5 {
		t.Errorf("asked %d times, then %d", asked, askedAgain)
	}
}

// What comes before a long text is remembered, also if something is blocked in it: a window that
// ends in the middle of the text is not read again.
func TestAMemoKnowsWhatComesBeforeText(t *testing.T) {
	words := strings.Repeat("some words, ", 800)
	for _, text := range []string{
		"<!--" + words + "-->", "<title>" + words + "</title>", "<textarea>" + words + "</textarea>",
		"<script type=application/json>" + words + "</script>", "<noframes>" + words + "</noframes>",
	} {
		page := `<!doctype html><title>t</title>` + strings.Repeat("<p>words\n", 40) + `<img src="//tracker.test/1"><svg><path d="M0 0"/>` +
			`<image href="//tracker.test/2"/></svg>` + text + "<p>" + words
		m := roomyMemo()
		want := rewriteIn(t, removing(), Limits{}, page)
		for turn := range 4 {
			j := &countingJudge{testJudge: *removing()}
			if out := memoIn(t, m, j, Limits{}, page); out != want || strings.Contains(out, "tracker.test") {
				t.Fatalf("%.30q, turn %d: %q", text, turn, out)
			}
			if turn >= 2 && (j.asked != 0 || len(j.blocked) != 2) {
				t.Errorf("%.30q, turn %d: asked %d times, told of %q", text, turn, j.asked, j.blocked)
			}
		}
	}
}

// A judge of another site, or after another base, is asked again.
func TestAMemoKnowsWhatVerdictsDependOn(t *testing.T) {
	const page = `<html><p>Some text that is long enough.<img src=a.gif><p>Some text that is long enough.`
	m := withWindows(roomyMemo(), 16)
	for _, c := range []struct {
		name, before, context string
		variant               uint64
	}{
		{"the first", "", "a", 1},
		{"another decision", "", "a", 2},
		{"another site", "", "b", 1},
		{"a base", `<base href=//x.test/>`, "a", 1},
		{"another base", `<base href=//y.test/>`, "a", 1},
		{"an encoding", `<meta charset=gbk>`, "a", 1},
	} {
		for round, want := range []int{1, 1, 0} {
			j := &countingJudge{testJudge: *holding()}
			r := New(io.Discard, j, Limits{})
			r.SetMemo(m, c.variant, c.context)
			for _, part := range []string{"<html>", c.before, page[len("<html>"):]} {
				_, _ = r.Write([]byte(part))
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if j.asked != want {
				t.Errorf("%s, time %d: asked %d times, want %d", c.name, round, j.asked, want)
			}
		}
	}
}

// The begin of a document is remembered too, with the encoding that it declares and
// the leader in it.
func TestAMemoKnowsTheBegin(t *testing.T) {
	page := `<!doctype html><html><head><meta charset=gbk><title>a</title><script src=//tracker.test/t.js></script><img src=a.gif></head>` + strings.Repeat("<p>Text.", 1000)
	m := roomyMemo()
	for _, leader := range []string{"", "<script src=/one.js></script>", "<script src=/two.js></script>"} {
		who := visitor{variant: 1, leader: leader}
		want := &countingJudge{testJudge: *holding()}
		out := visited(t, nil, who, want, Limits{}, page)
		if !strings.Contains(out, "</title>"+leader) {
			t.Fatal("no leader")
		}
		for round, asked := range []int{2, 2, 0, 0} {
			j := &countingJudge{testJudge: *holding()}
			if got := visited(t, m, who, j, Limits{}, page); got != out {
				t.Errorf("round %d: %.300s, want %.300s", round, got, out)
			}
			if j.asked != asked || !slices.Equal(j.charsets, want.charsets) {
				t.Errorf("leader %q, round %d: asked %d times, want %d; told of %q", leader, round, j.asked, asked, j.charsets)
			}
		}
	}
}

// Nor is a part of a page read again, which has no begin and gets no leader.
func TestAMemoKnowsFragments(t *testing.T) {
	part := strings.Repeat("<li>Text.", 500) + `<img src=//tracker.test/x.gif><img src=a.gif>` + strings.Repeat("<li>Text.", 500)
	m := roomyMemo()
	who := visitor{variant: 1, leader: "<script src=/one.js></script>"}
	out := visited(t, nil, who, holding(), Limits{}, part)
	for round, asked := range []int{2, 2, 0, 0} {
		j := &countingJudge{testJudge: *holding()}
		if got := visited(t, m, who, j, Limits{}, part); got != out || j.asked != asked {
			t.Errorf("round %d: asked %d times, want %d: %.300s", round, j.asked, asked, got)
		}
	}
	whole := "<!doctype html>" + part
	if got, want := visited(t, m, who, holding(), Limits{}, whole), visited(t, nil, who, holding(), Limits{}, whole); got != want {
		t.Errorf("as a document: %.300s", got)
	}
}

// A declaration in markup that is markup to some only is heard of each time.
func TestAMemoForgetsNoEncoding(t *testing.T) {
	for _, begin := range []string{"<noscript><meta charset=gbk></noscript>", "<svg><title><meta charset=gbk></title></svg>", "<meta charset='" + strings.Repeat("x", 100) + "'>"} {
		page := "<!doctype html><html><head><title>x</title>" + begin + strings.Repeat("<p>Text.", 1000) + "<meta charset=utf-8>" + strings.Repeat("<p>Text.", 1000)
		m, want := roomyMemo(), holding()
		rewriteIn(t, want, Limits{}, page)
		for round := range 4 {
			j := holding()
			memoIn(t, m, j, Limits{}, page)
			if !slices.Equal(j.charsets, want.charsets) {
				t.Errorf("%s, round %d: told of %q, want %q", begin, round, j.charsets, want.charsets)
			}
		}
	}
}

// The same stretch begins a fragment for one visitor and is in the middle of a page for another:
// what one allows says nothing about the other.
func TestAMemoKeepsVisitorsApart(t *testing.T) {
	const part = "<p>text<img src=//tracker.test/x.gif><p>more"
	for variant := range uint64(64) {
		m := roomyMemo()
		for range 3 {
			_ = visited(t, m, visitor{variant: 2 + variant}, &testJudge{}, Limits{}, "<!doctype html><html><body>", part)
		}
		if got := visited(t, m, visitor{variant: 1}, removing(), Limits{}, part); strings.Contains(got, "tracker.test") {
			t.Errorf("%d: %s", variant, got)
		}
	}
}

// A script longer than a window grows it, and is remembered as a whole.
func TestAMemoKnowsLongScripts(t *testing.T) {
	page := "<html><p>a</p><script>" + strings.Repeat("call(1);\n", 3000) + "</script><p>b</p>" + strings.Repeat("<b>c</b>", 2000)
	m := roomyMemo()
	j := &inlineCounter{}
	for round, want := range []int{1, 0, 0} {
		j.n = 0
		if out := memoIn(t, m, j, Limits{}, page); out != page {
			t.Fatal("changed")
		}
		if j.n != want {
			t.Errorf("round %d: asked about %d scripts, want %d", round, j.n, want)
		}
	}
}

type inlineCounter struct {
	testJudge
	n int
}

func (j *inlineCounter) Inline(Code, []byte) Verdict {
	j.n++
	return Verdict{}
}

func TestAMemoIsOfAFixedSize(t *testing.T) {
	m := NewMemo(1 << 20)
	if got := len(m.slots) * 8; got > 1<<17 || got < 1<<16 {
		t.Errorf("%d bytes", got)
	}
}

// A style sheet that is blocked is blocked again as it was: for its own vendors, and where its
// text means the same.
func TestAMemoKnowsStyleSheets(t *testing.T) {
	filler := strings.Repeat("p{margin:0}", 400)
	sheet := "a{background:url(//a.tracker.test/a)}b{background:url(//other.test/b)}c{background:url(//b.tracker.test/c)}" + filler
	reference := "a{background:url(//&#97;.&#116;racker.test/a)}" + filler
	for name, page := range map[string]string{
		"several vendors":        "<html><style>" + sheet + "</style><p>a</p><style>" + sheet + "</style>",
		"a vendor of the tag":    `<html><style style="background:url(//b.tracker.test/d)">` + sheet + "</style><p>a</p><style>" + sheet + "</style>",
		"in SVG":                 "<html><svg><style>" + sheet + "</style></svg><p>a</p><style>" + sheet + "</style>",
		"references, in SVG too": "<html><style>" + reference + "</style><p>a</p><svg><style>" + reference + "</style></svg>",
	} {
		t.Run(name, func(t *testing.T) {
			judge := func() *countingJudge {
				j := &countingJudge{testJudge: *holding()}
				j.byHost = true
				return j
			}
			want := judge()
			out := rewriteIn(t, want, Limits{}, page)
			if strings.Count(out, "data-consent=") == 0 {
				t.Fatal("nothing is blocked: that shows nothing")
			}
			m := roomyMemo()
			for round := range 4 {
				j := judge()
				if got := memoIn(t, m, j, Limits{}, page); got != out {
					t.Fatalf("round %d:\n%.400s\nwant\n%.400s", round, got, out)
				}
				if !slices.Equal(j.blocked, want.blocked) {
					t.Errorf("round %d: told of %q, want %q", round, j.blocked, want.blocked)
				}
				if round > 1 && j.asked > want.asked/2 {
					t.Errorf("round %d: asked %d times, at first %d times", round, j.asked, want.asked)
				}
			}
		})
	}
}

// In SVG markup within a style sheet is none of its text: what is allowed where it is text is not
// known to be allowed there.
func TestAStyleThatIsNotAppliedIsKnownByItsReadings(t *testing.T) {
	sheet := "a{color:red}" + strings.Repeat("b{color:blue}", 200) + `@imp<b></b>ort "//tracker.test/x";`
	m := roomyMemo()
	certain := "<style type=text/less>" + sheet + "</style>"
	for range 3 {
		if out := memoIn(t, m, holding(), Limits{}, certain); out != certain {
			t.Fatalf("%.300q", out)
		}
	}
	ambiguous := "<svg><style type=text/less>" + sheet + "</style></svg>"
	want := rewriteIn(t, holding(), Limits{}, ambiguous)
	if got := memoIn(t, m, holding(), Limits{}, ambiguous); got != want || got == ambiguous {
		t.Errorf("got  %.120q\nwant %.120q", got, want)
	}
}
