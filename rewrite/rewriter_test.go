package rewrite

import (
	"slices"
	"testing"
)

// takenTests are documents with what holding and removing make of them. "="
// means that nothing changes.
var takenTests = []takenTest{
	{
		"an external script",
		`<p>a<script async src="//tracker.test/x.js" integrity=abc></script>b`,
		`<p>a<script data-consent="acme" type="text/plain" async data-consent-src="//tracker.test/x.js" integrity=abc></script>b`,
		`<p>ab`,
	},
	{
		"an unquoted attribute",
		`<script src=//tracker.test/x.js></script>`,
		`<script data-consent="acme" type="text/plain" data-consent-src=//tracker.test/x.js></script>`,
		``,
	},
	{
		"a '>' within a value",
		`<img alt="a>b" src="//tracker.test/x.png">c`,
		`<img data-consent="acme" alt="a>b" data-consent-src="//tracker.test/x.png">c`,
		`c`,
	},
	{
		"upper case, white space and line breaks around the '='",
		"<IMG\n SRC\t= '//tracker.test/x.png' />c",
		"<IMG data-consent=\"acme\"\n data-consent-SRC\t= '//tracker.test/x.png' />c",
		`c`,
	},
	{
		"character references in a URL",
		`<img src="//tracker&period;test/x?a=1&amp;b=2">`,
		`<img data-consent="acme" data-consent-src="//tracker&period;test/x?a=1&amp;b=2">`,
		``,
	},
	{
		"duplicate attributes: none of them stays",
		`<img src=/a.png src=//tracker.test/x.png>`,
		`<img data-consent="acme" src=/a.png data-consent-src=//tracker.test/x.png>`,
		`<img src=/a.png >`,
	},
	{
		"a type of its own is kept and restorable",
		`<script type=module src=//tracker.test/x.js></script>`,
		`<script data-consent="acme" type="text/plain" data-consent-type=module data-consent-src=//tracker.test/x.js></script>`,
		``,
	},
	{
		"an inline script",
		`<script nonce=n>track("</b>")</script>x`,
		`<script data-consent="acme" type="text/plain" nonce=n>track("</b>")</script>x`,
		`x`,
	},
	{"an inline script that is not blocked", `<script>other()</script>`, `=`, `=`},
	{"JSON is no script", `<script type="application/json">{"a":"track("}</script>`, `=`, `=`},
	{"a script that is data is not fetched", `<script type="text/plain" src="//tracker.test/x.js"></script>`, `=`, `=`},
	{
		"a module is a script",
		`<script type=MODULE>track()</script>`,
		`<script data-consent="acme" type="text/plain" data-consent-type=MODULE>track()</script>`,
		``,
	},
	{
		"an end tag within an escaped script",
		"<script><!--<script>track()</script>--></script>x",
		"<script data-consent=\"acme\" type=\"text/plain\"><!--<script>track()</script>--></script>x",
		"x",
	},
	{
		"an iframe with its text",
		`<iframe src=//tracker.test/f>old <img src=//tracker.test/x></iframe>x`,
		`<iframe data-consent="acme" data-consent-src=//tracker.test/f>old <img src=//tracker.test/x></iframe>x`,
		`x`,
	},
	{
		"a pixel within noscript",
		`<noscript><img src="//tracker.test/p.gif"></noscript>x`,
		`<noscript><img data-consent="acme" data-consent-src="//tracker.test/p.gif"></noscript>x`,
		`<noscript></noscript>x`,
	},
	{
		"noscript whose two readings end at different places",
		`<noscript><style></noscript><img src=//tracker.test/x></style></noscript>`,
		`<noscript><style></noscript><img data-consent="acme" data-consent-src=//tracker.test/x></style></noscript>`,
		`<noscript><style></noscript></style></noscript>`,
	},
	{
		"an svg whose last value ends in a slash is open",
		`<svg a=/><script href=//tracker.test/x></script></svg>`,
		`<svg a=/><script data-consent="acme" type="text/plain" data-consent-href=//tracker.test/x></script></svg>`,
		`<svg a=/></svg>`,
	},
	{
		"a '<' before what is removed makes no tag of what follows",
		`a<<script>track()</script>b <img src=//tracker.test/x>c`,
		`a<<script data-consent="acme" type="text/plain">track()</script>b <img data-consent="acme" data-consent-src=//tracker.test/x>c`,
		`a<<!---->b c`,
	},
	{
		"an svg that is empty",
		`<svg fill="url(//tracker.test/x#a)"/>b`,
		`<svg data-consent="acme" data-consent-fill="url(//tracker.test/x#a)" fill="url(data:,)"/>b`,
		`<svg fill="url(data:,)"/>b`,
	},
	{
		"a noscript that ends in what begins an end tag",
		`<noscript></</noscript x='</a><img src=//tracker.test/x>`,
		`<noscript></noscript x='</a><img src=//tracker.test/x>`,
		`<noscript></noscript x='</a><img src=//tracker.test/x>`,
	},
	{
		"a comment that begins within noscript hides nothing",
		`<noscript><!-- </noscript><img src=//tracker.test/x> --></noscript>`,
		`<noscript><!-- </noscript><img data-consent="acme" data-consent-src=//tracker.test/x> --></noscript>`,
		`<noscript><!-- </noscript> --></noscript>`,
	},
	{"a comment that begins within noscript changes nothing", `<noscript><!-- </noscript><img src=//cdn.test/x> --></noscript>`, `=`, `=`},
	{
		"a value that begins within noscript ends where it did",
		`<noscript><p title="</noscript><img src='//tracker.test/x'>">a</p></noscript>`,
		`<noscript><p title="</noscript><img data-consent='acme' data-consent-src='//tracker.test/x'>">a</p></noscript>`,
		`<noscript><p title="</noscript>">a</p></noscript>`,
	},
	{
		"a value in single quotes that begins within noscript",
		`<noscript><p title='</noscript><script src=//tracker.test/x></script>'>a</p></noscript>`,
		`<noscript><p title='</noscript><script data-consent="acme" type="text/plain" data-consent-src=//tracker.test/x></script>'>a</p></noscript>`,
		`<noscript><p title='</noscript>'>a</p></noscript>`,
	},
	{
		"an element in noscript whose tag hides another",
		`<noscript><img src=//tracker.test/a alt="</noscript><img src=//tracker.test/b>"></noscript>x`,
		`<noscript><img data-consent='acme' data-consent-src=//tracker.test/a alt="</noscript><img data-consent='acme' data-consent-src=//tracker.test/b>"></noscript>x`,
		`<noscript></noscript>"></noscript>x`,
	},
	{
		"a comment that begins within noscript and never ends",
		`<noscript><!-- </noscript><img src=//tracker.test/x> --`,
		`<noscript></noscript><img data-consent="acme" data-consent-src=//tracker.test/x> --`,
		`<noscript></noscript> --`,
	},
	{
		"a preload and a stylesheet",
		`<link rel="PRELOAD foo" as=script href=//tracker.test/x.js><link rel=stylesheet href=//tracker.test/x.css>`,
		`<link data-consent="acme" rel="PRELOAD foo" as=script data-consent-href=//tracker.test/x.js><link data-consent="acme" rel=stylesheet data-consent-href=//tracker.test/x.css>`,
		``,
	},
	{"links that fetch nothing", `<link rel=canonical href=//tracker.test/><a href=//tracker.test/>x</a><form action=//tracker.test/>`, `=`, `=`},
	{"comments", `<!-- <img src=//tracker.test/x> --><!--><p><!-- a --!><p>`, `=`, `=`},
	{
		"comments that end early",
		`<!--><img src=//tracker.test/x>--><!---><img src=//tracker.test/y>`,
		`<!--><img data-consent="acme" data-consent-src=//tracker.test/x>--><!---><img data-consent="acme" data-consent-src=//tracker.test/y>`,
		`<!-->--><!--->`,
	},
	{"textarea and title", `<title><img src=//tracker.test/></title><textarea><script src=//tracker.test/></textarea>`, `=`, `=`},
	{
		"srcset: only the blocked candidates go",
		`<img src=/a.png srcset="/a2.png 2x, //tracker.test/b.png 3x">`,
		`<img data-consent="acme" src=/a.png data-consent-srcset="/a2.png 2x, //tracker.test/b.png 3x" srcset="/a2.png 2x">`,
		`<img src=/a.png srcset="/a2.png 2x">`,
	},
	{
		"a poster",
		`<video poster=//tracker.test/p.png src=/v.mp4>x</video>`,
		`<video data-consent="acme" data-consent-poster=//tracker.test/p.png src=/v.mp4>x</video>`,
		`<video  src=/v.mp4>x</video>`,
	},
	{
		"an svg image",
		`<svg><image xlink:href="//tracker.test/x.png"/></svg>`,
		`<svg><image data-consent="acme" xlink:data-consent-href="//tracker.test/x.png"/></svg>`,
		`<svg><image /></svg>`,
	},
	{
		"style in svg is markup",
		`<svg><style><img src=//tracker.test/x></style></svg>`,
		`<svg><style><img data-consent="acme" data-consent-src=//tracker.test/x></style></svg>`,
		`<svg><style><img></style></svg>`,
	},
	{
		"CDATA hides nothing from the preload scanner",
		`<svg><![CDATA[><img src=//tracker.test/x>]]></svg>`,
		`<svg><![CDATA[><img data-consent="acme" data-consent-src=//tracker.test/x>]]></svg>`,
		`<svg><![CDATA[><img>]]></svg>`,
	},
	{
		"a tag that the end of the input cuts off",
		`<script src="//tracker.test/x.js`,
		`=`, `=`, // no browser makes an element of it
	},
	{"lone brackets", `a < b <> </> </ > <3 <!x> <?php echo "<p>" ?> <`, `=`, `=`},
	{"a graphical button", `<input type=text src=//tracker.test/x>`, `=`, `=`},
	{"plaintext", `<plaintext><img src=//tracker.test/x>`, `=`, `=`},
}

func TestWhatIsTakenChangesOnlyItsElement(t *testing.T) {
	for _, test := range taken {
		t.Run(test.name, func(t *testing.T) {
			for _, side := range []struct {
				judge *testJudge
				want  string
			}{{holding(), test.held}, {removing(), test.removed}} {
				want := side.want
				if want == "=" {
					want = test.in
				}
				if got := rewriteIn(t, side.judge, Limits{}, test.in); got != want {
					t.Errorf("action %d\n in   %s\n got  %s\n want %s", side.judge.action, test.in, got, want)
				}
			}
		})
	}
}

// Invariant 2: the output does not depend on how the input was cut.
func TestEverySplitPointGivesTheSameOutput(t *testing.T) {
	for _, test := range taken {
		for _, judge := range []func() *testJudge{holding, removing} {
			want := rewriteIn(t, judge(), Limits{}, test.in)
			if got := rewriteIn(t, judge(), Limits{}, bytesOf(test.in)...); got != want {
				t.Errorf("%s, byte by byte\n got  %s\n want %s", test.name, got, want)
			}
			for i := range test.in {
				if got := rewriteIn(t, judge(), Limits{}, test.in[:i], test.in[i:]); got != want {
					t.Errorf("%s, cut at %d\n got  %s\n want %s", test.name, i, got, want)
				}
			}
		}
	}
}

// Rewriting what was rewritten changes nothing more: pages that include
// fragments pass twice.
func TestRewritingTwiceIsRewritingOnce(t *testing.T) {
	for _, test := range taken {
		for _, judge := range []func() *testJudge{holding, removing} {
			once := rewriteIn(t, judge(), Limits{}, test.in)
			if twice := rewriteIn(t, judge(), Limits{}, once); twice != once {
				t.Errorf("%s\n once  %s\n twice %s", test.name, once, twice)
			}
		}
	}
}

func TestTheJudgeIsAskedAboutAllThatFetches(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     []string
	}{
		{"references are decoded", `<img src="/a?b=1&amp;c=2&copy=3&#x2f;&colon;">`, []string{"image img src /a?b=1&c=2&copy=3/:"}},
		{"every candidate", `<img srcset="/a 1x,/b  2x , /c,d 3x">`, []string{"image img srcset /a", "image img srcset /b", "image img srcset /c,d"}},
		{"a link's kind is that of its rel", `<link rel=stylesheet href=/a><link rel="x Preconnect" href=//b>`, []string{"style link href /a", "hint link href //b"}},
		{"all sources of media", `<video src=a poster=b><source src=c><track src=d></video>`, []string{"media video src a", "image video poster b", "media source src c", "media track src d"}},
		{"href of a script counts in svg only", `<script href=/a></script><svg><script href=/b></script></svg>`, []string{"script script href /b"}},
		{"in noscript", `<noscript><iframe src=/a></iframe></noscript>`, []string{"frame iframe src /a"}},
		{"not in comments, text or JSON", `<!--<img src=/a>--><textarea><img src=/b></textarea><script type=application/json>"<img src=/c>"</script>`, nil},
	} {
		j := &testJudge{record: true}
		rewriteIn(t, j, Limits{}, test.in)
		if !slices.Equal(j.seen, test.want) {
			t.Errorf("%s\n got  %q\n want %q", test.name, j.seen, test.want)
		}
	}
}

func TestBasesAreReportedInOrder(t *testing.T) {
	j := &testJudge{}
	rewriteIn(t, j, Limits{}, `<base target=x><base href="//a&amp;b/"><base href=/c>`)
	if want := []string{"//a&b/", "/c"}; !slices.Equal(j.bases, want) {
		t.Errorf("got %q, want %q", j.bases, want)
	}
}

func TestWhatMustRunStaysOutsideTheHeldScript(t *testing.T) {
	for _, test := range []struct {
		action Action
		want   string
	}{
		{Hold, `<script nonce="n&amp;">keep()</script><script data-consent="acme" type="text/plain" nonce="n&amp;" async>keep();track()</script>`},
		{Remove, `<script nonce="n&amp;">keep()</script>`},
	} {
		j := &testJudge{action: test.action, keep: "keep()"}
		if got := rewriteIn(t, j, Limits{}, `<script nonce="n&amp;" async>keep();track()</script>`); got != test.want {
			t.Errorf("action %d: got %s", test.action, got)
		}
	}
}

func TestAPlaceholderTakesThePlaceOfAFrame(t *testing.T) {
	for in, want := range map[string]string{
		`<iframe width=5 src=//tracker.test/></iframe>`:  `<iframe data-consent="acme" srcdoc="&lt;p>&quot;Acme&quot; &amp; more&lt;/p>" width=5 data-consent-src=//tracker.test/></iframe>`,
		`<iframe srcdoc=x src=//tracker.test/></iframe>`: `<iframe data-consent="acme" srcdoc=x data-consent-src=//tracker.test/></iframe>`,
		`<img src=//tracker.test/>`:                      `<img data-consent="acme" data-consent-src=//tracker.test/>`,
	} {
		if got := rewriteIn(t, &testJudge{action: Placeholder}, Limits{}, in); got != want {
			t.Errorf("%s\n got  %s\n want %s", in, got, want)
		}
	}
}

func TestEveryKindHasAName(t *testing.T) {
	for kind, want := range map[Kind]string{Script: "script", Other: "other", Other + 1: "Kind(8)"} {
		if got := kind.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
