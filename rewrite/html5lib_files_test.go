package rewrite_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// An html5libCase is one document of the html5lib test suite.
type html5libCase struct {
	// id names it in html5lib_differences.txt: file, number within the file,
	// and for tokenizer tests that start in another state, the element that
	// brings the tokenizer there.
	id  string
	doc string
	// tokens are what a tokenizer test that starts in the data state expects.
	tokens [][]any
	// tree is what a tree construction test expects; scripting is "on", "off"
	// or, for both, empty; fragment marks a test whose tree is that of a
	// fragment in some context.
	tree, scripting string
	fragment        bool
}

// html5libCases reads the whole suite. Every input counts as a document,
// whatever the test does with it: a rewriter sees documents only, so fragment
// tests lose their context, and scripting is not the page's to decide, so every
// document is read with and without it. The scripted tests call
// document.write, which no parser without scripting can follow: their markup counts.
func html5libCases(tb testing.TB) []html5libCase {
	tb.Helper()
	var cases []html5libCase
	for _, name := range sharedFiles(tb, "data/html5lib-tests", "tokenizer/*.test") {
		cases = append(cases, tokenizerCases(tb, name)...)
	}
	for _, pattern := range []string{"tree-construction/*.dat", "tree-construction/scripted/*.dat"} {
		for _, name := range sharedFiles(tb, "data/html5lib-tests", pattern) {
			cases = append(cases, treeCases(tb, name)...)
		}
	}
	return cases
}

// startStates tells how a document brings a tokenizer into a state. The
// element's name stands for that of the test's lastStartTag.
var startStates = map[string][]string{
	"Data state":          {""},
	"PLAINTEXT state":     {"<plaintext>"},
	"RCDATA state":        {"<textarea>", "<title>"},
	"RAWTEXT state":       {"<style>", "<xmp>", "<iframe>", "<noframes>", "<noscript>"},
	"Script data state":   {"<script>"},
	"CDATA section state": {"<svg><![CDATA[", "<math><mtext><![CDATA["},
}

func tokenizerCases(tb testing.TB, file string) []html5libCase {
	tb.Helper()
	type test struct {
		Input, LastStartTag string
		Output              [][]any
		DoubleEscaped       bool
		InitialStates       []string
	}
	var suite struct{ Tests, XMLViolationTests []test }
	if err := json.Unmarshal([]byte(readFile(tb, file)), &suite); err != nil {
		tb.Fatalf("%s: %v", file, err)
	}
	base := "tokenizer/" + strings.TrimSuffix(filepath.Base(file), ".test")
	var cases []html5libCase
	for i, t := range append(suite.Tests, suite.XMLViolationTests...) {
		if t.DoubleEscaped {
			t.Input = unescapeTwice(t.Input)
			t.Output = nil // only the input is of use
		}
		if t.InitialStates == nil {
			t.InitialStates = []string{"Data state"}
		}
		for _, state := range t.InitialStates {
			starts, ok := startStates[state]
			if !ok {
				tb.Fatalf("%s: unknown state %q", file, state)
			}
			for _, start := range starts {
				c := html5libCase{id: fmt.Sprintf("%s:%d", base, i+1), doc: t.Input}
				if start == "" {
					c.tokens = t.Output
				} else {
					c.id += ":" + start
					c.doc = start + endTagOf(t.Input, t.LastStartTag, start)
				}
				cases = append(cases, c)
			}
		}
	}
	return cases
}

// endTagOf makes the end tags in input, which are those of the element last, end start.
func endTagOf(input, last, start string) string {
	name := strings.Trim(start, "<>")
	if last == "" || strings.ContainsAny(name, "<[") {
		return input
	}
	return regexp.MustCompile(`(?i)(</?)`+regexp.QuoteMeta(last)).ReplaceAllString(input, "${1}"+name)
}

var escapedUnit = regexp.MustCompile(`\\u([0-9a-fA-F]{4})`)

func unescapeTwice(s string) string {
	return escapedUnit.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:], 16, 32)
		return string(rune(n)) // a lone surrogate becomes U+FFFD, as in any decoded document
	})
}

// treeCases reads a .dat file: sections that begin with lines of '#' and a name.
func treeCases(tb testing.TB, file string) []html5libCase {
	tb.Helper()
	data := readFile(tb, file)
	dir, base := filepath.Split(file)
	base = filepath.Base(dir) + "/" + strings.TrimSuffix(base, ".dat")
	var cases []html5libCase
	for i, part := range strings.Split("\n"+data, "\n#data\n")[1:] {
		c := html5libCase{id: fmt.Sprintf("%s:%d", base, i+1)}
		doc, rest, ok := strings.Cut(part, "#errors\n")
		if !ok {
			tb.Fatalf("%s, test %d: no #errors", file, i+1)
		}
		c.doc = strings.TrimSuffix(doc, "\n")
		_, tree, ok := strings.Cut(rest, "#document\n")
		if !ok {
			tb.Fatalf("%s, test %d: no #document", file, i+1)
		}
		c.tree = strings.TrimRight(tree, "\n") + "\n"
		head := "\n" + strings.TrimSuffix(rest, tree)
		c.fragment = strings.Contains(head, "\n#document-fragment\n")
		switch {
		case strings.Contains(head, "\n#script-on\n"):
			c.scripting = "on"
		case strings.Contains(head, "\n#script-off\n"):
			c.scripting = "off"
		}
		cases = append(cases, c)
	}
	return cases
}

// differences are what html5lib_differences.txt lists: cases in which the
// rewriter and x/net/html differ, and why that is right. A line is the case's
// id, the kind of difference and the reason.
type differences struct {
	reason map[string]string
	used   map[string]bool
}

const differencesFile = "testdata/html5lib_differences.txt"

// readDifferences returns the listed differences of some kinds.
func readDifferences(tb testing.TB, kinds ...string) *differences {
	tb.Helper()
	f, err := os.Open(filepath.FromSlash(differencesFile))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	d := &differences{reason: map[string]string{}, used: map[string]bool{}}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 4 {
			tb.Fatalf("%s: %q has no reason", differencesFile, line)
		}
		for _, kind := range kinds {
			if fields[1] == kind {
				d.reason[fields[0]+" "+kind] = strings.Join(fields[2:], " ")
			}
		}
	}
	return d
}

// listed tells whether a difference is known, and remembers that it was met.
func (d *differences) listed(id, kind string) bool {
	key := id + " " + kind
	if _, ok := d.reason[key]; !ok {
		return false
	}
	d.used[key] = true
	return true
}

// checkUsed complains about listed differences that are none.
func (d *differences) checkUsed(tb testing.TB) {
	tb.Helper()
	for key := range d.reason {
		if !d.used[key] {
			tb.Errorf("%s lists %q, which does not differ", differencesFile, key)
		}
	}
}
