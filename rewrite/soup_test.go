package rewrite_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// soup are the pieces of documents whose structure decides what is live: each
// changes how what follows is read, in a tokenizer or in a tree.
var soup = strings.Split(`<svg>|</svg>|<svg/>|<math>|</math>|<foreignObject>|</foreignObject>|<desc>|</desc>|<svg><title>|</title>|<title>
<mi>|</mi>|<mtext>|</mtext>|<annotation-xml>|<annotation-xml encoding=text/html>|</annotation-xml>|<mglyph>|<malignmark>|<image>|<g>|</g>
<style>|</style>|<style/>|<script>|</script>|<script/>|<textarea>|</textarea>|<xmp>|</xmp>|<iframe>|</iframe>|<noembed>|</noembed>|<noframes>
</noframes>|<noscript>|</noscript>|<plaintext>|<template>|</template>|<select>|</select>|<option>|<selectedcontent>|<optgroup>|<input>|<keygen>
<table>|</table>|<tr>|<td>|</td>|<caption>|</caption>|<colgroup>|<col>|<tbody>|<p>|</p>|</br>|<br>|<b>|</b>|<a>|</a>|<font>|<font color=x>|</font>
<div>|</div>|<span>|</span>|<form>|</form>|<button>|</button>|<object>|</object>|<applet>|<marquee>|<frameset>|</frameset>|<frame>|<html>|</html>
<head>|</head>|<body>|</body>|<h1>|</h2>|<li>|<dd>|<ruby>|<rt>|<nobr>|<pre>|<listing>|<center>|<menu>|<dialog>|<search>|<tfoot>|<video>|<picture>
<!--|-->|--!>|<!-->|<!--->|<!|<?|<![CDATA[|]]>|</|<|>|/>|"|'|=|-|--|!|/| |x|&lt;|<!doctype html>|<x |<x a="|<x a='|<x a=|</x |</style a="|</script |</noscript x='
<svg><style>|<svg><script>|<math><style>|<select><style>|<svg><noscript>|<noscript><style>|<noscript><svg>|<template><svg>|<table><style>|<table><svg>
<script><!--|<script><!--<script>|</script>--></script>|<svg><![CDATA[|<math><mi>|<svg><desc>|<svg><foreignObject>|<p><svg>|<b><svg>`, "|")

// probesInSoup name a denied host, in ways that survive where others are cut off.
var probesInSoup = append([]string{
	`<img src="//denied.test/">`, `<img src='//denied.test/'>`, `<script src=//denied.test/></script>`,
	`<image href=//denied.test/ />`, `<script>'denied.test'</script>`, `<style>a{background:url(//denied.test/)}</style>`,
	`<input type=image src=//denied.test/>`, `<g fill=url(//denied.test/)>`, `<iframe src=//denied.test/></iframe>`,
	`<td background=//denied.test/>`, `<base href=//denied.test/><img src=x>`, `<set attributeName=href to=//denied.test/ />`,
	`<script href=//denied.test/></script>`, `<frame src=//denied.test/>`, `<div style=background:url(//denied.test/)>`,
}, probes...)

func init() {
	for i, piece := range soup {
		soup[i] = strings.Trim(piece, "\n")
	}
	soup = strings.Split(strings.ReplaceAll(strings.Join(soup, "|"), "\n", "|"), "|")
}

// makeSoup makes a document of pieces and probes.
func makeSoup(pick func(n int) int, pieces int) string {
	var b strings.Builder
	for range pieces {
		if pick(3) == 0 {
			b.WriteString(probesInSoup[pick(len(probesInSoup))])
		} else {
			b.WriteString(soup[pick(len(soup))])
		}
	}
	return b.String()
}

// Documents of random structure: what is live in any reading is asked about,
// and nothing of it is live in the output.
func TestMarkupSoupLeaksNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("random documents are not tried with -short")
	}
	docs := 20000
	if testing.Short() {
		docs = 2000
	}
	failures, live := 0, 0
	for seed := range docs {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		doc := makeSoup(rnd.IntN, 2+rnd.IntN(9))
		if oracleMisreads([]byte(doc)) {
			continue
		}
		n, failure := probeLeaks(t, doc)
		if n > 0 {
			live++
		}
		if failure != "" {
			if failures++; failures <= 10 {
				t.Errorf("seed %d: %s", seed, failure)
			}
		}
	}
	t.Logf("%d documents, %d of them with something live, %d leak", docs, live, failures)
}

// FuzzMarkupSoup is the same with documents that the fuzzer composes.
func FuzzMarkupSoup(f *testing.F) {
	f.Add([]byte{1, 0, 40, 0, 3})
	f.Fuzz(func(t *testing.T, recipe []byte) {
		if len(recipe) > 60 {
			return
		}
		i := 0
		pick := func(n int) int {
			if i >= len(recipe) {
				return 0
			}
			i++
			return int(recipe[i-1]) % n
		}
		doc := makeSoup(pick, len(recipe)/2)
		if oracleMisreads([]byte(doc)) || emptyRawText.MatchString(doc) {
			return
		}
		if _, failure := probeLeaks(t, doc); failure != "" {
			t.Error(failure)
		}
	})
}

// styleSoup are the pieces of style sheets.
var styleSoup = []string{
	"url(", "URL(", `u\72l(`, `\75 rl(`, "url", "(", ")", `"`, `'`, `\`, `\"`, `\)`, "\\\n", "\n", "\r\n", "\f", " ", "/*", "*/", "/",
	"@import", "@import ", `@\69mport `, "@namespace ", "@media x{", "@font-face{src:", "@", "image-set(", "-webkit-image-set(", "type(", "src(",
	"format(", "var(--x)", "--x:", "--", "-", "a", "a{b:", "{", "}", ";", ":", ",", "1x", "1e3", "#", "<!--", "-->", "!important", "é", "\x00",
	"//denied.test/", `//\64 enied.test/`, `\2f/denied.test/`, "https://denied.test/", `"//denied.test/"`, `'//denied.test/'`, "url(//denied.test/)",
	`url( "//denied.test/" )`, "url(//denied.test/ a)", "url(//denied.test/",
}

// The same with style sheets and style attributes.
func TestStyleSoupLeaksNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("random documents are not tried with -short")
	}
	const docs = 20000
	failures, live := 0, 0
	for seed := range docs {
		rnd := rand.New(rand.NewPCG(uint64(seed), 2))
		var css strings.Builder
		for range 2 + rnd.IntN(8) {
			css.WriteString(styleSoup[rnd.IntN(len(styleSoup))])
		}
		doc := `<p style="` + html.EscapeString(css.String()) + `">`
		if seed%2 == 0 {
			doc = "<style>" + css.String() + "</style>"
		}
		n, failure := probeLeaks(t, doc)
		if n > 0 {
			live++
		}
		if failure != "" {
			if failures++; failures <= 10 {
				t.Errorf("seed %d: %s", seed, failure)
			}
		}
	}
	t.Logf("%d documents, %d of them with something live, %d leak", docs, live, failures)
}
