package rewrite_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/caddy-consent/caddy-consent/internal/oracle"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// The oracle is x/net/html, so it is itself held against the trees of the
// suite. Where it differs, the list says so.
func TestHTML5LibOracleBuildsTheTreesOfTheSuite(t *testing.T) {
	known := readDifferences(t, "tree")
	checked := 0
	for _, c := range html5libCases(t) {
		if c.tree == "" || c.fragment || strings.Contains(c.id, "scripted/") {
			continue
		}
		for _, scripting := range []string{"on", "off"} {
			if c.scripting != "" && c.scripting != scripting {
				continue
			}
			root, err := html.ParseWithOptions(strings.NewReader(c.doc), html.ParseOptionEnableScripting(scripting == "on"))
			if err != nil {
				t.Fatalf("%s: %v", c.id, err)
			}
			checked++
			var b strings.Builder
			dump(&b, root, 0)
			if got := b.String(); got != c.tree && !known.listed(c.id, "tree") {
				t.Errorf("%s, scripting %s\n in   %q\n got\n%s want\n%s", c.id, scripting, c.doc, got, c.tree)
			}
		}
	}
	known.checkUsed(t)
	t.Logf("%d trees", checked)
}

// dump writes a tree in the suite's notation.
func dump(b *strings.Builder, n *html.Node, depth int) {
	indent := "| " + strings.Repeat("  ", depth)
	switch n.Type {
	case html.DocumentNode:
		depth--
	case html.DoctypeNode:
		b.WriteString(indent + "<!DOCTYPE " + n.Data)
		if len(n.Attr) > 0 {
			ids := map[string]string{}
			for _, a := range n.Attr {
				ids[a.Key] = a.Val
			}
			fmt.Fprintf(b, ` "%s" "%s"`, ids["public"], ids["system"])
		}
		b.WriteString(">\n")
	case html.CommentNode:
		b.WriteString(indent + "<!-- " + n.Data + " -->\n")
	case html.TextNode:
		b.WriteString(indent + `"` + n.Data + "\"\n")
	case html.ElementNode:
		name := n.Data
		if n.Namespace != "" {
			name = n.Namespace + " " + name
		}
		b.WriteString(indent + "<" + name + ">\n")
		attrs := map[string]string{}
		for _, a := range n.Attr {
			name := a.Key
			if a.Namespace != "" {
				name = a.Namespace + " " + name
			}
			attrs[name] = a.Val
		}
		for _, name := range slices.Sorted(maps.Keys(attrs)) {
			b.WriteString(indent + "  " + name + `="` + attrs[name] + "\"\n")
		}
		if n.Data == "template" && n.Namespace == "" {
			b.WriteString(indent + "  content\n")
			depth++
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		dump(b, c, depth+1)
	}
}

// Every document of the suite as it stands: the rewriter is asked about all
// that any reading of it would load or run, and leaves it byte-identical when
// nothing is blocked.
func TestHTML5LibEverythingLiveIsAskedAbout(t *testing.T) {
	known := readDifferences(t, "unseen")
	sights, questions, cases := 0, 0, html5libCases(t)
	for _, c := range cases {
		j := newSuiteJudge(deniedTest, rewrite.Allow)
		if out := rewriteWith(t, j, c.doc); out != c.doc {
			t.Errorf("%s: nothing is blocked, and yet it changed\n in  %q\n out %q", c.id, c.doc, out)
		}
		questions += len(j.log.seen) + len(j.log.scripts)
		for _, how := range oracle.Readings {
			seen, _ := oracle.Look(pageURL, c.doc, how)
			sights += len(seen)
			for i := range seen {
				if s := &seen[i]; !j.log.asked(s, false) && !known.listed(c.id, "unseen") {
					t.Errorf("%s, %v: the rewriter was not asked about %s\n in %q\n asked %q %q",
						c.id, how, s, c.doc, j.log.seen, j.log.scripts)
				}
			}
		}
	}
	known.checkUsed(t)
	t.Logf("%d documents: %d sights in three readings, %d questions", len(cases), sights, questions)
}

// asked tells whether the judge was asked about a sight. What is found within
// a value need not be asked about under the element's name.
func (q *questions) asked(s *oracle.Sight, spills bool) bool {
	if s.Script != "" {
		return slices.ContainsFunc(q.scripts, func(text string) bool {
			// The code of an SVG script is its text without the markup in it; if the
			// whole is blocked, nobody asks about the code alone. And in a noscript
			// that spills, a script is asked about with what was put into it.
			return sameText(text, s.Script) || (s.SVG || spills) && isWithin(s.Script, normalText.Replace(text))
		})
	}
	return slices.ContainsFunc(q.seen, func(asked question) bool {
		if s.Derived {
			return sameText(asked.url, s.URL)
		}
		return sameText(asked.url, s.URL) && asked.attr == s.Attr && (asked.element == s.Element || asked.element == "image" && s.Element == "img")
	})
}

// isWithin tells whether part is what is left of whole when something is taken out.
func isWithin(part, whole string) bool {
	for i := 0; i < len(whole) && part != ""; i++ {
		if whole[i] == part[0] {
			part = part[1:]
		}
	}
	return part == ""
}

// tookStyle tells whether a URL in a style element was denied.
func (q *questions) tookStyle() bool {
	return slices.ContainsFunc(q.seen, func(asked question) bool {
		return asked.element == "style" && asked.attr == "" && deniedTest.Contacts([]string{pageURL}, asked.url)
	})
}

var normalText = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD")

// sameText compares texts as they are after the preprocessing of the input
// stream, which the parser does and the rewriter leaves to those it asks.
func sameText(a, b string) bool {
	return a == b || normalText.Replace(a) == normalText.Replace(b)
}

// probes are what is put into the documents of the suite: things that a
// browser loads, each of which names a denied host. Their ends must not depend on
// what precedes them more than markup does.
var probes = []string{
	`<img src=//denied.test/p>`,
	`<script src=//denied.test/p></script>`,
	`<iframe src="//denied.test/p"></iframe>`,
	`<svg><image href='//denied.test/p'/></svg>`,
	`<link rel=stylesheet href=//denied.test/p>`,
	`<script>"denied.test"</script>`,
	`<style>@import '//denied.test/p'</style>`,
	`<p style="background:url(//denied.test/p)" onclick="'denied.test'">`,
	`<iframe srcdoc="<img src=//denied.test/p>"></iframe>`,
	`<meta http-equiv=refresh content=0;//denied.test/p>`,
}

// Every document of the suite with a probe before each of its tags, and at its
// end: whatever of it is live in any reading of the document the rewriter is
// asked about, and in its output nothing of it is live.
func TestHTML5LibNoProbeLeaks(t *testing.T) {
	known := readDifferences(t, "leak")
	variants, live, harmless := 0, 0, 0
	for _, c := range html5libCases(t) {
		var failures []string
		for n, place := range probePlaces(c.doc) {
			// All probes at the end, one of them in turn at each other place.
			turn := probes
			if place < len(c.doc) {
				turn = probes[n%len(probes) : n%len(probes)+1]
			}
			for _, probe := range turn {
				doc := c.doc[:place] + probe + c.doc[place:]
				variants++
				n, found := probeLeaks(t, doc)
				if n > 0 {
					live++
				} else {
					harmless++
				}
				if found != "" {
					failures = append(failures, found)
				}
			}
		}
		if len(failures) > 0 && !known.listed(c.id, "leak") {
			t.Errorf("%s: %d leaks, the first of them: %s", c.id, len(failures), failures[0])
		}
	}
	known.checkUsed(t)
	t.Logf("%d variants: the probe is live in %d, in %d it is text or in the way of nothing", variants, live, harmless)
}

// probePlaces are the indices of the '<' in a document, and its end.
func probePlaces(doc string) []int {
	var places []int
	for i := range len(doc) {
		if doc[i] == '<' {
			places = append(places, i)
		}
	}
	return append(places, len(doc))
}

// probeLeaks rewrites a document with both actions. It returns how many
// denied sights the document has, and describes one that is live in the output.
func probeLeaks(tb testing.TB, doc string) (live int, failure string) {
	tb.Helper()
	j := newSuiteJudge(deniedTest, rewrite.Hold)
	held := rewriteWith(tb, j, doc)
	removed := rewriteWith(tb, newSuiteJudge(deniedTest, rewrite.Remove), doc)
	for _, how := range oracle.Readings {
		sights, _ := oracle.Look(pageURL, doc, how)
		for i := range sights {
			s := &sights[i]
			if !s.Denied(deniedTest) {
				continue
			}
			live++
			// Where a text that browsers read differently is left out as a whole,
			// there is no question about what is in it. Nor is there about what was
			// read as a style sheet first, and is gone for that.
			if !j.log.asked(s, strings.Contains(doc, "noscript")) && len(j.log.problems) == 0 && !j.log.tookStyle() {
				return live, fmt.Sprintf("%v: not asked about %s\n in  %q", how, s, doc)
			}
		}
	}
	for _, side := range []struct{ name, out string }{{"held", held}, {"removed", removed}} {
		for how, found := range oracle.Leaks(pageURL, side.out, deniedTest, oracle.Readings...) {
			return live, fmt.Sprintf("%v: %s is live, %s\n in  %q\n out %q", how, &found[0], side.name, doc, side.out)
		}
	}
	return live, ""
}

// The suite's own tokens as the oracle: what it expects of a start tag's
// attributes is what the rewriter asks about when the tag is an img, and the
// attribute its src.
func TestHTML5LibAttributesAreReadAsTheSuiteExpects(t *testing.T) {
	known := readDifferences(t, "attribute")
	checked := 0
	for _, c := range html5libCases(t) {
		doc, want, ok := asImage(c)
		if !ok {
			continue
		}
		checked++
		j := newSuiteJudge(deniedTest, rewrite.Allow)
		rewriteWith(t, j, doc)
		if !j.log.asked(&oracle.Sight{Element: "img", Attr: "src", URL: want}, false) && !known.listed(c.id, "attribute") {
			t.Errorf("%s: got %q, want %q\n in  %q", c.id, j.log.seen, want, doc)
		}
	}
	known.checkUsed(t)
	if checked < 50 {
		t.Errorf("only %d tests were usable", checked)
	}
	t.Logf("%d attributes", checked)
}

// asImage makes the only start tag of a tokenizer test an img, and its first
// attribute the src. ok is false for tests where that cannot be done by
// replacing names.
func asImage(c html5libCase) (doc, want string, ok bool) {
	var tags [][]any
	for _, token := range c.tokens {
		if token[0] == "StartTag" {
			tags = append(tags, token)
		}
	}
	if len(tags) != 1 {
		return "", "", false
	}
	name, _ := tags[0][1].(string)
	attrs, _ := tags[0][2].(map[string]any)
	lower := strings.ToLower(c.doc)
	at := strings.Index(lower, "<"+name)
	if at < 0 || strings.Count(lower, "<"+name) != 1 || len(lower) != len(c.doc) {
		return "", "", false
	}
	rest := c.doc[at+1+len(name):]
	for attr, value := range attrs {
		n := strings.Index(strings.ToLower(rest), attr)
		if n < 1 || strings.IndexByte(" \t\n\f\r/\"'", rest[n-1]) < 0 || strings.Contains(rest[:n], "=") {
			continue // not the first one
		}
		want, _ = value.(string)
		return c.doc[:at] + "<img" + rest[:n] + "src" + rest[n+len(attr):], want, true
	}
	return "", "", false
}

// Every character reference of the suite, within an attribute: the URL that
// the rewriter asks about is the one that x/net/html reads, and where the suite's text
// tells what that is, the suite's.
func TestHTML5LibReferencesAreDecodedInURLs(t *testing.T) {
	known := readDifferences(t, "reference")
	checked, suite := 0, 0
	for _, c := range html5libCases(t) {
		if !strings.Contains(c.doc, "&") || strings.ContainsAny(c.doc, `"`) {
			continue
		}
		for _, after := range []string{"", "=", "a", "/x"} {
			doc := `<img src="` + c.doc + after + `">`
			sights, _ := oracle.Look(pageURL, doc, oracle.ScriptingOn)
			if len(sights) != 1 {
				t.Fatalf("%s: x/net/html sees %v in %q", c.id, sights, doc)
			}
			j := newSuiteJudge(deniedTest, rewrite.Allow)
			rewriteWith(t, j, doc)
			checked++
			if !j.log.asked(&sights[0], false) && !known.listed(c.id, "reference") {
				t.Errorf("%s: got %q, want %q\n in  %q", c.id, j.log.seen, sights[0].URL, doc)
			}
			if want, ok := wholeReference(c); ok && after == "" {
				suite++
				if !j.log.asked(&oracle.Sight{Element: "img", Attr: "src", URL: want}, false) {
					t.Errorf("%s: got %q, the suite wants %q", c.id, j.log.seen, want)
				}
			}
		}
	}
	known.checkUsed(t)
	t.Logf("%d values, of which %d with the suite's own expectation", checked, suite)
}

// wholeReference returns the text that a tokenizer test expects if its input
// is one reference that is matched to its end, so that it means the same in an attribute.
func wholeReference(c html5libCase) (string, bool) {
	if len(c.tokens) != 1 || c.tokens[0][0] != "Character" || c.doc[0] != '&' || strings.Count(c.doc, "&") != 1 {
		return "", false
	}
	text, _ := c.tokens[0][1].(string)
	name := strings.TrimSuffix(strings.Trim(c.doc, "&"), ";")
	if text == "" || strings.ContainsFunc(strings.TrimPrefix(name, "#"), func(r rune) bool {
		return (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z')
	}) {
		return "", false
	}
	// "&notit;" is "¬it;" in text, and in an attribute nothing is decoded.
	if last := text[len(text)-1]; text != ";" && text != c.doc && (last == ';' || last|0x20 >= 'a' && last|0x20 <= 'z' || last >= '0' && last <= '9') {
		return "", false
	}
	return text, true
}
