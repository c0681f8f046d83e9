package rewrite

import (
	"errors"
	"strings"
	"testing"
)

// Whether something is past a limit depends on its length, and not on the pieces in which it comes,
// nor on what was met before.
func TestLimitsDoNotDependOnTheCut(t *testing.T) {
	long := strings.Repeat("x", 64)
	docs := map[string]string{
		"a tag":                         `a<img alt="` + long + `" src=/x>b`,
		"a tag in text":                 `a<<img alt="` + long + `" src=/x>b`,
		"a script's tag":                `<script data-x="` + long + `">x</script>b`,
		"a script":                      `a<script>` + long + `</script>b<img src=//tracker.test/x>`,
		"a script of just the limit":    `a<script>` + long[:32] + `</script>b`,
		"one byte more":                 `a<script>` + long[:33] + `</script>b`,
		"a tag of just the limit":       `<img alt="` + long[:32-len(`<img alt="">`)] + `">b`,
		"a tag of one byte more":        `<img alt="` + long[:33-len(`<img alt="">`)] + `">b`,
		"a script without an end":       `a<script>` + long,
		"a script that may have an end": `a<script>` + long[:30] + `</scr`,
		"a style":                       `<style>` + long + `</style>b`,
		"a style of just the limit":     `<style>` + long[:32] + `</style>b`,
		"a noscript":                    `<noscript>` + long + `</noscript>b<img src=//tracker.test/x>`,
		"a noscript that spills":        `<noscript><p title="` + long[:12] + `</noscript>` + long[:8] + `">b`,
		"a long end tag":                `<script src=//tracker.test/x></script ` + long + `>b<img src=//tracker.test/x>`,
		"an end tag of no interest":     `<p></p ` + long + `>b<img src=//tracker.test/x>`,
		"an end tag behind a style":     `<style>` + long + `</style ` + long + `>b`,
		"foreign content":               `<svg><style>` + long + `</style><title ` + long + `></title></svg>b<img src=//tracker.test/x>`,
		"CDATA":                         `<svg><![CDATA[` + long + `]]></svg>b<img src=//tracker.test/x>`,
		"CDATA of just the limit":       `<svg><![CDATA[` + long[:32] + `]]></svg>b`,
	}
	for _, test := range taken {
		docs[test.name] = test.in
	}
	xml := map[string]string{
		"an empty tag":        `<a><b title="` + long + `"/><img src="//tracker.test/x"/></a>`,
		"a tag with elements": `<a><b title="` + long + `"><img src="//tracker.test/x"/></b><i>c</i></a>`,
		"a tag":               `<a><img alt="` + long + `" src="/x"/>b</a>`,
		"a long prefix":       `<a><` + long + `:img src="//tracker.test/x"/></a>`,
		"a script":            `<a><script>` + long + `</script><img src="//tracker.test/x"/></a>`,
		"CDATA in a script":   `<a><script><![CDATA[` + long + `]]></script></a>`,
		"a long end tag":      `<a><script src="//tracker.test/x"></script` + strings.Repeat(" ", 64) + `>b</a>`,
		"a document type":     `<!DOCTYPE a [<!ENTITY e "` + long + `">]><a><img src="//tracker.test/x"/></a>`,
		"a style sheet":       `<?xml-stylesheet href="` + long + `"?><a><img src="//tracker.test/x"/></a>`,
		"markup in one":       `<!DOCTYPE a [<!ENTITY e "<img src='//tracker.test/x'/>` + long + `">]><a/>`,
		"a style just so":     `<a><style>` + long[:32] + `</style></a>`,
		"a style beyond that": `<a><style>` + long[:33] + `</style></a>`,
	}
	for _, test := range xmlTests {
		xml[test.name] = test.in
	}
	limits := Limits{Tag: 32, Inline: 32}
	for _, unjudged := range []Action{Hold, Remove, Allow} {
		judge := func() *testJudge { return &testJudge{action: Hold, unjudged: unjudged} }
		for name, doc := range docs {
			memo := smallMemo(16)
			want := rewriteIn(t, judge(), limits, doc)
			for n := 1; n < len(doc); n++ {
				if got := rewriteIn(t, judge(), limits, doc[:n], doc[n:]); got != want {
					t.Fatalf("%s, unjudged %d: cut at %d\n in   %s\n got  %s\n want %s", name, unjudged, n, doc, got, want)
				}
			}
			if got := rewriteIn(t, judge(), limits, bytesOf(doc)...); got != want {
				t.Fatalf("%s, unjudged %d: byte by byte\n in   %s\n got  %s\n want %s", name, unjudged, doc, got, want)
			}
			for range 4 {
				if got := memoIn(t, memo, judge(), limits, doc); got != want {
					t.Fatalf("%s, unjudged %d: met before\n in   %s\n got  %s\n want %s", name, unjudged, doc, got, want)
				}
			}
		}
		for name, doc := range xml {
			want, wantErr := rewriteXML(t, judge(), limits, doc)
			for n := 1; n < len(doc); n++ {
				if got, err := rewriteXML(t, judge(), limits, doc[:n], doc[n:]); got != want || !errors.Is(err, wantErr) {
					t.Fatalf("XML, %s, unjudged %d: cut at %d\n in   %s\n got  %s %v\n want %s %v", name, unjudged, n, doc, got, err, want, wantErr)
				}
			}
			if got, err := rewriteXML(t, judge(), limits, bytesOf(doc)...); got != want || !errors.Is(err, wantErr) {
				t.Fatalf("XML, %s, unjudged %d: byte by byte\n in   %s\n got  %s %v\n want %s %v", name, unjudged, doc, got, err, want, wantErr)
			}
		}
	}
}

// What a start tag itself fetches is blocked also where its text is given up.
func TestATagIsJudgedWhereItsTextIsNot(t *testing.T) {
	long := strings.Repeat("x", 300)
	for in, want := range map[string]string{
		`<style onload="track()">` + long + `</style>b`:                               `<style data-consent="acme" data-consent-onload="track()" onload=";">`,
		`<script src=//tracker.test/x.js>` + long + `</script>b`:                      `<script data-consent="acme" type="text/plain" data-consent-src=//tracker.test/x.js>`,
		`<noscript style="background:url(//tracker.test/x)">` + long + `</noscript>b`: `<noscript data-consent="acme" data-consent-style="background:url(//tracker.test/x)" style="background:url(data:,)">`,
	} {
		for _, unjudged := range []Action{Hold, Allow} {
			got := rewriteIn(t, &testJudge{action: Hold, unjudged: unjudged}, Limits{Tag: 100, Inline: 100}, in)
			if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, ">b") {
				t.Errorf("unjudged %d\n got  %s\n want %s…", unjudged, got, want)
			}
		}
	}
}
