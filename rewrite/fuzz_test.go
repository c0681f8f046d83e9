package rewrite

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"
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
		limits := Limits{Tag: 1 + int(seed%50), Inline: 1 + int(seed%70)}
		if got := rewriteIn(t, &testJudge{}, limits, cut(doc, seed)...); got != string(doc) {
			t.Errorf("everything allowed, limits %v, seed %d\n in  %q\n got %q", limits, seed, doc, got)
		}
		rewriteIn(t, removing(), limits, cut(doc, seed)...)
	})
}

// FuzzDOM: a DOM parser, with scripting on and off, finds nothing in the
// output that would contact the blocked host through an attribute of the table.
func FuzzDOM(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		if bytes.ContainsRune(doc, 0) {
			return // x/net/html keeps NULs where browsers replace them
		}
		out := rewriteIn(t, holding(), Limits{}, cut(doc, seed)...)
		for _, scripting := range []bool{true, false} {
			root, err := html.ParseWithOptions(strings.NewReader(out), html.ParseOptionEnableScripting(scripting))
			if err != nil {
				continue
			}
			if live := liveURL(root); live != "" {
				t.Errorf("scripting %v: %s is live\n in  %q\n out %q", scripting, live, doc, out)
			}
		}
	})
}

// liveURL finds an attribute that would fetch from tracker.test.
func liveURL(n *html.Node) string {
	if n.Type == html.ElementNode {
		for _, a := range n.Attr {
			if !strings.Contains(strings.ToLower(a.Val), "tracker.test") || strings.HasPrefix(a.Val, "data:") {
				continue
			}
			name := a.Key
			if a.Namespace != "" {
				name = a.Namespace + ":" + name
			}
			switch n.Data + " " + name {
			case "script src":
				typ, ok := attrOf(n, "type")
				if n.Namespace == "" && (!ok || typeOf([]byte(typ)) == typeRuns) {
					if lang, has := attrOf(n, "language"); ok || !has || lang == "" {
						return n.Data + " " + name
					}
				}
			case "img src", "img srcset", "iframe src", "embed src", "object data", "video poster", "frame src":
				return n.Data + " " + name
			}
		}
	}
	if n.Data == "template" {
		return "" // its content is inert here
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if live := liveURL(c); live != "" {
			return live
		}
	}
	return ""
}

func attrOf(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}
