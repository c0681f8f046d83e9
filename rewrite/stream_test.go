package rewrite

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// counter counts what it is given.
type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// heap is the memory in use after a collection.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Invariant 3: memory is bounded whatever the page's size.
func TestMemoryIsFlatOver100MB(t *testing.T) {
	if testing.Short() {
		t.Skip("100 MB are not rewritten with -short")
	}
	const total, bound = 100 << 20, 1 << 20
	part := []byte(strings.Repeat(`<div class="card"><p>Text, and <a href="/x?a=1&amp;b=2">a link</a>.</p>`+
		`<img src="/a.png"><script>var a = 1 < 2;</script></div>`+"\n", 400) +
		`<script src="//tracker.test/x.js"></script>`)
	var out counter
	r := New(&out, holding(), Limits{})
	before := heap()
	var written, peak int64
	for written < total {
		if _, err := r.Write(part); err != nil {
			t.Fatal(err)
		}
		written += int64(len(part))
		if written%(10<<20) < int64(len(part)) {
			peak = max(peak, int64(heap())-int64(before))
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if out.n < written {
		t.Errorf("%d bytes in, %d out: held elements grow, nothing is lost", written, out.n)
	}
	if peak > bound {
		t.Errorf("the heap grew by %d bytes, want at most %d", peak, bound)
	}
}

// Invariant 3: what is held is bounded by the limits in the worst cases too.
func TestNoInputMakesItHoldMoreThanItsLimits(t *testing.T) {
	limits := Limits{Tag: 64 << 10, Inline: 64 << 10}
	const bound = 512 << 10
	for name, doc := range map[string]struct{ start, part string }{
		"one attribute without end":          {`<img alt="`, "aaaaaaaaaaaaaaaa"},
		"attributes without end":             {`<img `, ` a="b" c=d`},
		"a tag name without end":             {`<im`, "gggggggggg"},
		"an inline script without end":       {"<script>", "var a = b;\n"},
		"an escaped script without end":      {"<script><!--<script>", "</script> <!-- <script"},
		"a comment without end":              {"<!--", "- -> --! "},
		"nesting without end":                {"", "<svg><foreignObject>"},
		"noscript without end":               {"<noscript>", "<p>text"},
		"noscripts within noscripts":         {"", "<noscript><style>"},
		"a CDATA section without end":        {"<svg><![CDATA[", "> ]] "},
		"a textarea without end":             {"<textarea>", "</textare"},
		"style in svg without end":           {"<svg><style>", "a{} </styl"},
		"brackets":                           {"", "<"},
		"a bogus comment without end":        {"<!x", "aaaa"},
		"a srcset of very many candidates":   {"<img srcset='", "/a.png 1x, "},
		"very many attributes of one name":   {"<img ", "src=//tracker.test/x "},
		"an end tag with too many attribute": {"</p ", "a=b "},
	} {
		t.Run(name, func(t *testing.T) {
			var out counter
			r := New(&out, removing(), limits)
			chunk := []byte(strings.Repeat(doc.part, 1+8192/len(doc.part)))
			before := heap()
			if _, err := r.Write([]byte(doc.start)); err != nil {
				t.Fatal(err)
			}
			var peak int64
			for n := 0; n < 8<<20; n += len(chunk) {
				if _, err := r.Write(chunk); err != nil {
					t.Fatal(err)
				}
				if n%(2<<20) < len(chunk) {
					peak = max(peak, int64(heap())-int64(before))
				}
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if peak > bound {
				t.Errorf("the heap grew by %d bytes, want at most %d", peak, bound)
			}
		})
	}
}

// The first byte leaves as soon as the first byte that came is judged.
func TestNothingSettledWaits(t *testing.T) {
	var out bytes.Buffer
	r := New(&out, holding(), Limits{})
	for _, step := range []struct{ in, out string }{
		{"<!doc", "<!doc"},
		{"type html><p>Hello", "type html><p>Hello"},
		{" world<", " world"},
		{"b>x", "<b>x"},
		{"<img alt='a", ""},
		{"'>y<!-- a", "<img alt='a'>y<!-- a"},
		{" b --><script>1", " b -->"},
		{"</scr", ""},
		{"ipt>z", "<script>1</script>z"},
		{"<textarea>a</t", "<textarea>a"},
		{"extarea>", "</textarea>"},
	} {
		out.Reset()
		if _, err := r.Write([]byte(step.in)); err != nil {
			t.Fatal(err)
		}
		if out.String() != step.out {
			t.Errorf("after %q: got %q, want %q", step.in, out.String(), step.out)
		}
	}
}

// A tag that comes byte by byte is scanned once, not once per byte.
func TestALongTagByteByByteIsLinear(t *testing.T) {
	doc := `<img alt="` + strings.Repeat("a", 900<<10) + `" src=//tracker.test/x>`
	var out counter
	r := New(&out, holding(), Limits{})
	for i := range doc { // quadratic, this would take minutes
		if _, err := r.Write([]byte{doc[i]}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsPastALimitIsNeutralised(t *testing.T) {
	limits := Limits{Tag: 100, Inline: 100}
	long := strings.Repeat("x", 300)
	for _, test := range []struct {
		name, in, held, removed, allowed string
		err                              error
	}{
		{
			"a start tag of an element that fetches is dropped",
			`a<img alt="` + long + `" src=/x>b`, `ab`, `ab`, "=", ErrTagTooLong,
		},
		{
			"a script of which the tag is too long goes with its text",
			`a<script data-x="` + long + `">x</script>b`, `ab`, `ab`, "=", ErrTagTooLong,
		},
		{"so is any other: it may have a style", `a<a title="` + long + `">b</a>`, `ab</a>`, `ab</a>`, "=", ErrTagTooLong},
		{"an end tag is let through", `a</a title="` + long + `">b`, "=", "=", "=", nil},
		{
			"an inline script is neutralised",
			`a<script async>` + long + `</script>b`,
			`a<script data-consent="acme" type="text/plain" async>` + long + `</script>b`,
			`ab`, "=", ErrInlineTooLong,
		},
		{
			"noscript is emptied",
			`a<noscript>` + long + `</noscript>b`, `a<noscript></noscript>b`, `a<noscript></noscript>b`, "=", ErrInlineTooLong,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, side := range []struct {
				judge *testJudge
				want  string
			}{
				{holding(), test.held}, {removing(), test.removed},
				{&testJudge{action: Hold, unjudged: Allow}, test.allowed},
			} {
				want := side.want
				if want == "=" {
					want = test.in
				}
				if got := rewriteIn(t, side.judge, limits, bytesOf(test.in)...); got != want {
					t.Errorf("unjudged %d\n got  %s\n want %s", side.judge.unjudged, got, want)
				}
				if test.err == nil && len(side.judge.errs) > 0 || test.err != nil && (len(side.judge.errs) != 1 || !errors.Is(side.judge.errs[0], test.err)) {
					t.Errorf("reasons %v, want %v", side.judge.errs, test.err)
				}
			}
		})
	}
}

// failing is a sink that takes n bytes.
type failing struct{ n int }

var errSink = errors.New("client is gone")

func (f *failing) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errSink
	}
	return len(p), nil
}

func TestASinkErrorSticks(t *testing.T) {
	r := New(&failing{n: 3}, holding(), Limits{})
	if _, err := r.Write([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if n, err := r.Write([]byte("def")); n != 0 || !errors.Is(err, errSink) {
			t.Errorf("Write: got %d, %v", n, err)
		}
	}
	if err := r.Close(); !errors.Is(err, errSink) {
		t.Errorf("Close: got %v", err)
	}
}

// A rewriter that is used again shows nothing of the document before.
func TestResetForgetsEverything(t *testing.T) {
	r := new(Rewriter)
	for _, rest := range []string{"<img src='", "<script>", "<svg><style>", "<!--", "<textarea>", "<plaintext>", "<select>"} {
		r.Reset(io.Discard, removing(), Limits{})
		if _, err := r.Write([]byte("<script>a" + "</script>" + rest + "secret")); err != nil {
			t.Fatal(err)
		}
		for _, test := range taken {
			var out bytes.Buffer
			r.Reset(&out, holding(), Limits{})
			if _, err := r.Write([]byte(test.in)); err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			want := test.held
			if want == "=" {
				want = test.in
			}
			if out.String() != want {
				t.Errorf("after %q, %s: got %s", rest, test.name, out.String())
			}
		}
	}
}
