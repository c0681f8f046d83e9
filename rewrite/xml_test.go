package rewrite

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// rewriteXML is rewriteIn for XML.
func rewriteXML(tb testing.TB, j Judge, limits Limits, chunks ...string) (string, error) {
	tb.Helper()
	var out bytes.Buffer
	r := New(&out, j, limits)
	r.SetXML()
	for _, c := range chunks {
		if _, err := r.Write([]byte(c)); err != nil {
			return out.String(), err
		}
	}
	err := r.Close()
	return out.String(), err
}

var xmlTests = []takenTest{
	{
		"an element that closes itself",
		`<html><script src="//tracker.test/x.js"/><p>a</p></html>`,
		`<html><script data-consent="acme" type="text/plain" data-consent-src="//tracker.test/x.js"/><p>a</p></html>`,
		`<html><p>a</p></html>`,
	},
	{
		"an element with a prefix",
		`<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="//tracker.test/x"></h:img>a`,
		`<h:img data-consent="acme" xmlns:h="http://www.w3.org/1999/xhtml" data-consent-src="//tracker.test/x"></h:img>a`,
		`a`,
	},
	{
		"elements within what HTML reads as text",
		`<title><img src="//tracker.test/x"/></title><style><img src="//tracker.test/y"/></style>`,
		`<title><img data-consent="acme" data-consent-src="//tracker.test/x"/></title><style><img data-consent="acme" data-consent-src="//tracker.test/y"/></style>`,
		`<title></title><style></style>`,
	},
	{
		"a style sheet without a type",
		`<?xml-stylesheet type="" href="//tracker.test/a.css"?><a/>`,
		`<?data-consent-xml-stylesheet type="" href="//tracker.test/a.css"?><a/>`,
		`<a/>`,
	},
	{"a CDATA section is text", `<p><![CDATA[<img src="//tracker.test/x"/>]]></p>`, `=`, `=`},
	{"a comment ends where XML says", `<!--> <img src="//tracker.test/x"/> -->`, `=`, `=`},
	{
		"a script in a CDATA section",
		`<script><![CDATA[ track("</script>") ]]></script>a`,
		`<script data-consent="acme" type="text/plain"><![CDATA[ track("</script>") ]]></script>a`,
		`a`,
	},
	{
		"a script with references",
		`<script>&#116;rack()</script>a`,
		`<script data-consent="acme" type="text/plain">&#116;rack()</script>a`,
		`a`,
	},
	{
		"a style in a CDATA section",
		`<style><![CDATA[a{background:url(//tracker.test/x)}]]></style>`,
		`<style data-consent="acme" data-consent-text="a{background:url(//tracker.test/x)}">a{background:url(data:,)}</style>`,
		`<style>a{background:url(data:,)}</style>`,
	},
	{
		"a processing instruction that links a stylesheet",
		`<?xml version="1.0"?><?xml-stylesheet href="&#47;/tracker.test/x.css"?><a/>`,
		`<?xml version="1.0"?><?data-consent-xml-stylesheet href="&#47;/tracker.test/x.css"?><a/>`,
		`<?xml version="1.0"?><a/>`,
	},
	{
		"an entity in a URL",
		`<!DOCTYPE a [<!ENTITY t "tracker"><!ENTITY u "&t;.test">]><img src="//&u;/x"/>`,
		`<!DOCTYPE a [<!ENTITY t "tracker"><!ENTITY u "&t;.test">]><img data-consent="acme" data-consent-src="//&u;/x"/>`,
		`<!DOCTYPE a [<!ENTITY t "tracker"><!ENTITY u "&t;.test">]>`,
	},
	{
		"an entity that is an element",
		`<!DOCTYPE a [<!ENTITY e "&#60;img src='//tracker.test/x'/>"><!ENTITY ok "<b/>">]><a>&e;&ok;</a>`,
		`<!DOCTYPE a [<!ENTITY e ""><!ENTITY ok "<b/>">]><a>&e;&ok;</a>`,
		`<!DOCTYPE a [<!ENTITY e ""><!ENTITY ok "<b/>">]><a>&e;&ok;</a>`,
	},
	{
		"an attribute by default",
		`<!DOCTYPE a [<!ATTLIST img src CDATA "//tracker.test/x" alt CDATA "">]><img/>`,
		`<!DOCTYPE a []><img/>`,
		`<!DOCTYPE a []><img/>`,
	},
	{"an external document type is not loaded", `<!DOCTYPE html SYSTEM "//tracker.test/x.dtd"><a/>`, `=`, `=`},
	{"what is not well-formed shows nothing", `<img src="//tracker.test/x" src="a"/>`, `=`, `=`},
	{
		"SVG, with xlink under any prefix",
		`<svg xmlns:l="http://www.w3.org/1999/xlink"><image l:href="//tracker.test/x"/></svg>`,
		`<svg xmlns:l="http://www.w3.org/1999/xlink"><image data-consent="acme" l:data-consent-href="//tracker.test/x"/></svg>`,
		`<svg xmlns:l="http://www.w3.org/1999/xlink"><image /></svg>`,
	},
	{"a link that a visitor follows", `<svg><a href="//tracker.test/"><text>//tracker.test</text></a></svg>`, `=`, `=`},
}

func TestXMLIsReadByItsOwnRules(t *testing.T) {
	for _, test := range xmlTests {
		t.Run(test.name, func(t *testing.T) {
			for _, side := range []struct {
				judge func() *testJudge
				want  string
			}{{holding, test.held}, {removing, test.removed}} {
				want := side.want
				if want == "=" {
					want = test.in
				}
				got, err := rewriteXML(t, side.judge(), Limits{}, test.in)
				if got != want || err != nil {
					t.Errorf("%v\n in   %s\n got  %s\n want %s", err, test.in, got, want)
				}
				if got, _ := rewriteXML(t, side.judge(), Limits{}, bytesOf(test.in)...); got != want {
					t.Errorf("byte by byte\n got  %s\n want %s", got, want)
				}
				for i := range test.in {
					if got, _ := rewriteXML(t, side.judge(), Limits{}, test.in[:i], test.in[i:]); got != want {
						t.Fatalf("cut at %d\n got  %s\n want %s", i, got, want)
					}
				}
				if twice, _ := rewriteXML(t, side.judge(), Limits{}, want); twice != want {
					t.Errorf("rewritten twice\n got  %s\n want %s", twice, want)
				}
			}
		})
	}
}

// A document type declaration that outgrows the limit ends the document: what
// it defines can neither be judged nor left out.
func TestADeclarationOfXMLPastTheLimitEndsTheDocument(t *testing.T) {
	in := `<!DOCTYPE a [<!ENTITY e "` + string(bytes.Repeat([]byte("x"), 200)) + `">]><a/>`
	limits := Limits{Tag: 100}
	if out, err := rewriteXML(t, holding(), limits, bytesOf(in)...); !errors.Is(err, ErrTagTooLong) || out != "" {
		t.Errorf("got %q, %v", out, err)
	}
	if out, err := rewriteXML(t, &testJudge{}, limits, bytesOf(in)...); err != nil || out != in {
		t.Errorf("allowed: got %q, %v", out, err)
	}
}

// Entities that grow without bounds are not expanded.
func TestXMLEntitiesAreBounded(t *testing.T) {
	in := `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">`
	for c := 'b'; c < 'm'; c++ {
		in += `<!ENTITY ` + string(c) + ` "`
		for range 10 {
			in += "&" + string(c-1) + ";"
		}
		in += `">`
	}
	in += `]><img src="&l;"/>`
	if _, err := rewriteXML(t, holding(), Limits{}, in); err != nil {
		t.Error(err)
	}
	// Whose a URL is its beginning tells, however long it gets.
	long := `<!DOCTYPE a [<!ENTITY a "` + strings.Repeat("a", maxEntity/2) + `">]><img src="//tracker.test/&a;&a;&a;"/>`
	if out, err := rewriteXML(t, holding(), Limits{}, long); err != nil || !strings.Contains(out, " data-consent-src=") {
		t.Errorf("a URL past the limit of entities is live: %v", err)
	}
}

// FuzzXML: chunks do not matter, and nothing panics.
func FuzzXML(f *testing.F) {
	for _, test := range xmlTests {
		f.Add([]byte(test.in), uint64(1))
	}
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64) {
		for _, judge := range []func() *testJudge{holding, removing} {
			want, _ := rewriteXML(t, judge(), Limits{}, string(doc))
			if got, _ := rewriteXML(t, judge(), Limits{}, cut(doc, seed)...); got != want {
				t.Errorf("cut by seed %d\n in   %q\n got  %q\n want %q", seed, doc, got, want)
			}
		}
		limits := Limits{Tag: 1 + int(seed%50), Inline: 1 + int(seed%70)}
		if got, err := rewriteXML(t, &testJudge{}, limits, cut(doc, seed)...); got != string(doc) || err != nil {
			t.Errorf("everything allowed: got %q of %q, %v", got, doc, err)
		}
	})
}
