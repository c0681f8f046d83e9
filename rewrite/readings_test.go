package rewrite

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// utf16Base64 is a text in UTF-16LE, in Base64.
func utf16Base64(text string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return base64.StdEncoding.EncodeToString(out)
}

// Where browsers differ in how they read something, or read it in more than one way, each
// reading is judged.
func TestEveryReadingOfADataURLIsJudged(t *testing.T) {
	for name, in := range map[string]string{
		"a line end that stays in the markup of a frame":  "<iframe src='data:text/html,<img\nsrc=//tracker.test/x>'></iframe>",
		"a tab as a reference":                            "<iframe src='data:text/html,<img&#9;src=//tracker.test/x>'></iframe>",
		"a line end that is taken out":                    "<iframe src='da\nta:text/html,<im\ng src=//tracker.test/x>'></iframe>",
		"two slashes before the type":                     "<iframe src='data://text/html,<img src=//tracker.test/x>'></iframe>",
		"the encoding of a parameter, of a style sheet":   "<link rel=stylesheet href='data:text/css;charset=utf-16le;base64," + utf16Base64("@import '//tracker.test/x'") + "'>",
		"a byte order mark":                               "<link rel=stylesheet href='data:text/css;base64," + utf16Base64("\uFEFF@import '//tracker.test/x'") + "'>",
		"the encoding that an element names, of a script": "<script charset=utf-16le src='data:text/javascript;base64," + utf16Base64("track()") + "'></script>",
		"the encoding that a document declares":           "<iframe src='data:text/html,<meta charset=iso-2022-jp><p>%1b$B<!--%1b(B<img src=//tracker.test/x>%1b$B-->%1b(B'></iframe>",
		"the type of a script that ends in a blank":       "<script type='text/javascript\v' src=//tracker.test/x></script>",
		"what a style sheet imports that is not applied":  "<style type=text/less>@import '//tracker.test/x';a{color:red}</style>",
	} {
		if out := rewriteIn(t, holding(), Limits{}, in); !strings.Contains(out, `data-consent="acme"`) {
			t.Errorf("%s: %q", name, out)
		}
	}
}

func TestWhatHasNoEffectHoldsNoScript(t *testing.T) {
	for in, want := range map[string]string{
		`<script src="/a.js" src="//tracker.test/x"></script>`:                           `<script src="/a.js" ></script>`,
		`<svg><script href="/a.js" xlink:href="//tracker.test/x"></script></svg>`:        `<svg><script href="/a.js" ></script></svg>`,
		`<svg><script xlink:href="//tracker.test/x" href="/a.js"></script></svg>`:        `<svg><script  href="/a.js"></script></svg>`,
		`<script src="//tracker.test/x" src="/a.js"></script>`:                           `<script data-consent="acme" type="text/plain" data-consent-src="//tracker.test/x" src="/a.js"></script>`,
		`<script type=speculationrules>{"prefetch":[{"urls":["/a","/b"]}]}</script>`:     `=`,
		`<style type=text/less>a{background:url(//tracker.test/x)}@import "/a";</style>`: `=`,
	} {
		if want == "=" {
			want = in
		}
		if out := rewriteIn(t, holding(), Limits{}, in); out != want {
			t.Errorf("%s\n got %s\nwant %s", in, out, want)
		}
	}
}

func TestSpeculationRulesLoseTheURLsThatAreBlocked(t *testing.T) {
	const in = `<script type=speculationrules>{"prefetch":[{"urls":["/a","//tracker.test/x","/b"],"eagerness":"immediate"}]}</script>`
	want := `{"prefetch":[{"urls":["/a","data:,","/b"],"eagerness":"immediate"}]}</script>`
	if out := rewriteIn(t, holding(), Limits{}, in); !strings.HasSuffix(out, want) || !strings.HasPrefix(out, `<script data-consent="acme" data-consent-text="`) {
		t.Error(out)
	}
}

// A style sheet is what its own text nodes hold, in XML (DOM section 4.11, "child text content").
func TestAStyleSheetInXMLIsItsOwnText(t *testing.T) {
	const in = `<html xmlns="http://www.w3.org/1999/xhtml"><style>a{background:url(//track<b>x</b>er.test/x)}</style></html>`
	out, err := rewriteXML(t, holding(), Limits{}, in)
	if err != nil || strings.Contains(strings.ReplaceAll(out, "data-consent-text", ""), ">a{background:url(//track") || !strings.Contains(out, "data:,") {
		t.Error(out, err)
	}
}

// What a judge is told of an encoding is what all browsers read.
func TestAnEncodingThatIsDeclaredTwiceAtOnceIsNone(t *testing.T) {
	for in, want := range map[string]int{
		"<meta charset=utf-8>":                   1,
		"<meta charset=utf-8 charset=shift_jis>": 0,
	} {
		j := holding()
		rewriteIn(t, j, Limits{}, in)
		if len(j.charsets) != want {
			t.Errorf("%s: %q", in, j.charsets)
		}
	}
}
