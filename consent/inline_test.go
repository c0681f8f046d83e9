package consent_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// inlinePolicy has one vendor with these inline patterns.
func inlinePolicy(t testing.TB, patterns ...string) *consent.Policy {
	t.Helper()
	return compile(t, consent.Config{Vendors: []consent.Vendor{{ID: "v", Categories: []string{"analytics"}, Inline: patterns}}})
}

func TestInlinePatternsMatchWhateverTheBlanksAndQuotes(t *testing.T) {
	for _, c := range []struct {
		name    string
		pattern string
		match   []string
		miss    []string
	}{
		{
			"white space next to punctuation does not matter", "fbq('init',",
			[]string{"fbq('init', '1')", "fbq ( 'init' , '1' )", "fbq(\n\t'init'\r\n,'1')", "fbq\v(\f'init','1')"},
			[]string{"fb q('init','1')", "fbq('in it','1')", "fbq('init')"},
		},
		{
			"white space in the pattern does not matter either", " fbq ( 'init' ,\n",
			[]string{"fbq('init','1')", "fbq( 'init' ,'1')"}, nil,
		},
		{
			"white space between words is any white space", "new MixpanelLib(",
			[]string{"new MixpanelLib('t')", "new\n  MixpanelLib ('t')", "x=new\tMixpanelLib('t')"},
			[]string{"newMixpanelLib('t')", "new/**/MixpanelLib('t')"},
		},
		{
			"white space behind the longest word", "function abc(",
			[]string{"function abc(){}", "function\n\tabc ()"}, []string{"functionabc()", "function(abc)", "function", "function "},
		},
		{
			"any quote is any other", "fbq('init'",
			[]string{`fbq("init", 1)`, "fbq(`init`, 1)", `fbq('init', 1)`},
			[]string{"fbq(init, 1)", `fbq(\"init\", 1)`},
		},
		{"quotes in the pattern may be of any kind", `fbq("init"`, []string{"fbq('init')", "fbq(`init`)"}, nil},
		{
			"what starts with a word does not start within one", "fbq('init'",
			[]string{"window.fbq('init')", "(fbq('init'))", "!fbq('init')", "if(x)fbq('init')"},
			[]string{"xfbq('init')", "_fbq('init')", "$fbq('init')", "3fbq('init')", "éfbq('init')"},
		},
		{
			"what starts with punctuation may follow anything", "'gtm.start':",
			[]string{"{'gtm.start':1}", "x'gtm.start':1", `"gtm.start" : 1`}, nil,
		},
		{
			"what ends with a word may go on", "_fs_org",
			[]string{"window['_fs_org']=1", "_fs_organisation"}, []string{"my_fs_org", "_FS_ORG"},
		},
		{
			"a star is anything in between", "analytics.load('*analytics.page(",
			[]string{"analytics.load('k');analytics.page()", "analytics.load('analytics.page()", "analytics.load(\"k\");\n//\nanalytics.page( )"},
			[]string{"analytics.page();analytics.load('k')", "analytics.load('k');myanalytics.page()"},
		},
		{"several stars", "aaa*bbb*ccc", []string{"aaa bbb ccc", "aaa,bbb,aaa,ccc"}, []string{"aaa ccc bbb", "bbb aaa ccc"}},
		{"pieces do not overlap", "aaab*baaa", []string{"aaab baaa", "aaab;baaa"}, []string{"aaabaaa"}},
		{"nor do they share punctuation", "aaa(*(bbb", []string{"aaa((bbb", "aaa(;(bbb"}, []string{"aaa(bbb"}},
		{"the first piece is tried where it stands first", "aaa*bbb", []string{"bbb;aaa;aaa;bbb"}, []string{"bbb;aaa"}},
		{"a star in front or behind says nothing", "*aaab*", []string{"aaab", "x.aaab=1"}, []string{"xaaab"}},
		{"the longest word need not come first", "p.page(", []string{"p.page(1)", "x.p . page(1)"}, []string{"xp.page(1)", "q.page(1)"}},
		{"a script as short as the pattern", "aaa", []string{"aaa"}, []string{"aa", "", "a"}},
		{
			"blanks beyond ASCII", "fbq('init'",
			[]string{"fbq\u00A0('init'", "fbq(\u3000'init'", "window.\u2028fbq\uFEFF (\u205F 'init'", "\u00A0fbq('init'"}, []string{"fbq\u200B('init'"},
		},
		{"and beside a short word", "new abc(", []string{"new\u00A0abc(1)", "new \u2003 abc\u2003(1)", "new\u2029abc\u1680(1)"}, []string{"new\u200Babc(1)"}},
		{"letters beyond ASCII", "größe(", []string{"größe(1)", "x.größe (1)"}, []string{"xgröße(1)", "grösse(1)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := inlinePolicy(t, c.pattern)
			d := granting(t, p)
			for _, script := range c.match {
				if v := p.Inline([]byte(script), []byte(site), d); !v.Blocked || v.Vendor != "v" {
					t.Errorf("%s does not match %q: %+v", c.pattern, script, v)
				}
			}
			for _, script := range c.miss {
				if v := p.Inline([]byte(script), []byte(site), d); v.Blocked || v.Known {
					t.Errorf("%s matches %q: %+v", c.pattern, script, v)
				}
			}
		})
	}
}

func TestRefusedInlinePatterns(t *testing.T) {
	const noWord = "inline pattern without a word of at least three letters before the first star"
	for _, c := range []struct{ pattern, problem string }{
		{"", "empty inline pattern"},
		{" \n", "empty inline pattern"},
		{"*", noWord},
		{"ga(", noWord},
		{"a.b.c", noWord},
		{"ga*create", noWord},
		{"('", noWord},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			_, _, err := consent.Compile(consent.Config{Vendors: []consent.Vendor{{
				ID: "a", Categories: []string{"analytics"}, Inline: []string{c.pattern},
			}}})
			var got *consent.Error
			if !errors.As(err, &got) || got.Word != c.pattern || got.Problem != c.problem {
				t.Errorf("error %v, want %q", err, c.problem)
			}
		})
	}
}

func TestInlineScriptNeedsAllVendorsThatItShowsSignsOf(t *testing.T) {
	p := compile(t, consent.Config{Vendors: []consent.Vendor{
		{ID: "a", Categories: []string{"analytics"}, Inline: []string{"aaa("}},
		{ID: "b", Categories: []string{"social"}, Inline: []string{"bbb("}},
		{ID: "c", Categories: []string{"performance"}, URLs: []string{"c.example"}},
	}})
	const both, three = "bbb();aaa()", "aaa();bbb();new Image().src='https://c.example/'"
	for _, c := range []struct {
		name, script   string
		granted        []string
		vendor         string
		blocked, known bool
	}{
		{name: "of no vendor", script: "ccc()"},
		{name: "all denied names the first in the script", script: both, vendor: "b", blocked: true, known: true},
		{name: "the first granted names the second", script: both, granted: []string{"social"}, vendor: "a", blocked: true, known: true},
		{name: "the second granted names the first", script: both, granted: []string{"analytics"}, vendor: "b", blocked: true, known: true},
		{name: "all granted names the first", script: both, granted: []string{"analytics", "social"}, vendor: "b", known: true},
		{name: "a URL counts as a pattern does", script: three, granted: []string{"analytics", "social"}, vendor: "c", blocked: true, known: true},
		{name: "and so is granted", script: three, granted: []string{"analytics", "social", "performance"}, vendor: "a", known: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := p.Inline([]byte(c.script), []byte(site), granting(t, p, c.granted...))
			if v.Vendor != c.vendor || v.Blocked != c.blocked || v.Known != c.known || v.Keep != nil {
				t.Errorf("%+v", v)
			}
		})
	}
}

// loading makes a script fetch what is in its strings.
const loading = "var s=document.createElement('script');"

func TestURLsInStringsOfScriptsThatLoad(t *testing.T) {
	p := compile(t, consent.Config{
		Vendors: vendorsOf("v: acme.example", "v: path.example/t.js", "v: query.example/t?id=G-*"),
		Except:  []string{"acme.example/allowed/*"},
	})
	d := granting(t, p)
	for _, c := range []struct {
		name, script string
		blocked      bool
	}{
		{"an absolute URL", `s.src='https://acme.example/t.js'`, true},
		{"a protocol-relative URL", `s.src="//cdn.acme.example/t.js"`, true},
		{"a template", "s.src=`https://acme.example/${id}.js`", true},
		{"a template whose host is whole", "s.src=`https://cdn.acme.example/${`x${1}`}`", true},
		{"the rest of a template", "x=`${a}https://acme.example/`", true},
		{"escaped slashes", `s.src="https:\/\/acme.example\/t.js"`, true},
		{"numbered slashes", `s.src="https:\u002F\x2facme.example\u002ft.js"`, true},
		{"slashes in octal", `s.src="https:\57\057acme.example/t.js"`, true},
		{"a letter in octal", `s.src="https://\141cme.example/t.js"`, true},
		{"an octal digit too many", `s.src="https:\577\577acme.example/t.js"`, false},
		{"escaped letters", `s.src="https://acm\x65.ex\u0061mple/\u{74}.js"`, true},
		{"a line continuation", "s.src='https://acme.exa\\\nmple/t.js'", true},
		{"capitals", `s.src="HTTPS://ACME.Example/t.js"`, true},
		{"userinfo and a port", `s.src="https://a:b@acme.example:8443/"`, true},
		{"markup within a string", `document.write('<script src="https://acme.example/t.js"><\/script>')`, true},
		{"markup without quotes", `x.innerHTML='<img src=//acme.example/p.gif>'`, true},
		{"CSS within a string", `x='@import url(https://acme.example/a.css);'`, true},
		{"the second of two URLs", `x='https://cdn.example/ https://acme.example/'`, true},
		{"a websocket", `new WebSocket('wss://acme.example/')`, true},
		{"a path that matches", `s.src='https://path.example/t.js'`, true},
		{"a path that does not", `s.src='https://path.example/u.js'`, false},
		{"a query that matches", `s.src='https://query.example/t?id=G-1'`, true},
		{"a query that does not", `s.src='https://query.example/t?id=AW-1'`, false},
		{"an exception", `s.src='https://acme.example/allowed/t.js'`, false},
		{"another host", `s.src='https://acme.example.evil.example/'`, false},
		{"a host without slashes", `x='acme.example'`, false},
		{"a URL put together from strings", `s.src='https://acme.'+"example"+'/t.js'`, true},
		{"slashes in two strings", `s.src='https:/'+'/acme.example/t.js'`, true},
		{"blanks beyond ASCII between strings", "s.src='https:/'+\u00A0'/acme.example/t.js'", true},
		{"and before what is added", "s.src='https://acme.'\u2028+\u3000'example/t.js'", true},
		{"and behind a variable", "s.src=(x?'https://':'http://')+\u00A0'acme.example/t.js'", true},
		{"slashes in strings of their own", `s.src='https:'+"/"+'/'+'acme.example/t.js'`, true},
		{"half a host and a variable", `s.src='https://acme.'+tld+'/t.js'`, false},
		{"a host behind a variable", `s.src=scheme+'//acme.example/t.js'`, true},
		{"the vendor in a query only", `s.src='https://cdn.example/?u=acme.example'`, false},
		{"a host that is a literal of its own", `var h='acme.example';s.src='https://'+h+'/t.js'`, true},
		{"the same in a template", "var h='acme.example';s.src=`//${h}/t.js`", true},
		{"the same in a list", "['acme.example'].forEach(function(h){s.src='//'+h+'/p.gif'})", true},
		{"the same behind it", `function f(h){s.src='https://'+h}f('cdn.acme.example')`, true},
		{"a host that nothing is put before", `x={host:'acme.example'};s.src='/t.js'`, false},
		{"another host of its own", `var h='cdn.example';s.src='https://'+h+'/t.js'`, false},
		{"a name that is no host", `var h='acme.example.js/';s.src='https://'+h`, false},
		{"an exception of its own", `var h='allowed.example';s.src='https://'+h`, false},
		{"JSON within a string", `JSON.parse('{"u":"https:\\/\\/acme.example\\/t.js"}')`, true},
		{"a URL that is percent-encoded", `s.src=decodeURIComponent('https%3A%2F%2Facme.example%2Ft.js')`, true},
		{"an encoded URL in the query of another", `s.src='https://cdn.example/?u=https%3A%2F%2Facme.example'`, false},
		{"a comment", "// 'https://acme.example/'\n", false},
		{"a block comment", "/* s.src='https://acme.example/' */", false},
		{"a regular expression", `x=/^"https:\/\/acme.example"/.test(y)`, false},
		{"a regular expression with a slash in a class", `x=y.match(/[/"]https:\/\/acme.example/)`, false},
		{"after a regular expression with a quote", `x=/'/.test(y);s.src='https://acme.example/'`, true},
		{"after a division", `x=a/b;s.src='https://acme.example/';y=c/d`, true},
		{"a string that the script ends in", `s.src="https://acme.example/t.js`, true},
		{"a template that the script ends in", "x=1;s.src=`https://acme.example/t.js", true},
		{"a backslash at the very end", `s.src="https://acme.example/t.js\`, true},
		{"a string behind a continued line", "x='a\\\r\nb';s.src='https://acme.example/'", true},
		{"after a string that is never closed", "x='\ns.src='https://acme.example/'", true},
		{"a string within an expression of a template", "x=`a${f('https://acme.example/')}b`", true},
		{"a regular expression behind braces in a template", "x=`${[{a:1},/https:\\/\\/acme.example/]}`", false},
		{"braces within an expression of a template", "x=`a${{b:{c:1}}}https://acme.example/`", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if v := p.Inline([]byte(loading+c.script), []byte(site), d); v.Blocked != c.blocked || v.Known != c.blocked {
				t.Errorf("%s: %+v", c.script, v)
			}
		})
	}
}

// What a module imports by a declaration is fetched before any of it runs, however its URL is written.
func TestWhatAModuleImports(t *testing.T) {
	p := compile(t, consent.Config{Vendors: vendorsOf("v: acme.example")})
	d := granting(t, p)
	for script, blocked := range map[string]bool{
		`import "https://acme.example/t.js"`:                       true,
		`import x from "https://acme.example/t.js"`:                true,
		`import x from /* a */ "https://acme.example/t.js"`:        true,
		"import x from // a\n'https://acme.example/t.js'":          true,
		`import "HTTP://acme.example/a.js"`:                        true,
		`import "https:acme.example/a.js"`:                         true,
		`import "/\\\\acme.example/a.js"`:                          true,
		`import "\x68ttps://acme.example/a.js"`:                    true,
		"import \"ht\\\ntps://acme.example/a.js\"":                 true,
		"\uFEFFimport x from 'https://acme.example/a.js'":          true,
		"a=b\u2028import'https://acme.example/a.js'":               true,
		"import\u00A0x\u00A0from\u00A0'https://acme.example/a.js'": true,
		`export * from "//acme.example/a.js"`:                      true,
		`import {a as b} from 'https://acme.example/';`:            true,
		`import x from "./acme.example/a.js"`:                      false,
		`import x from "/a.js"; var u = "https://acme.example/"`:   false,
		`// import "https://acme.example/t.js"`:                    false,
		`x = 'import "https://acme.example/t.js"'`:                 false,
		`import x from "https://cdn.example/https://acme.example"`: false,
	} {
		if got := p.Inline([]byte(script), []byte(site), d).Blocked; got != blocked {
			t.Errorf("%s: blocked %v", script, got)
		}
	}
}

func TestStateThatMentionsURLsIsLeftAlone(t *testing.T) {
	p := compile(t, consent.Config{Vendors: vendorsOf("v: acme.example")})
	d := granting(t, p)
	const url = `"https://acme.example/t.js"`
	for _, c := range []struct {
		name, script string
		blocked      bool
	}{
		{"plain JSON", `{"url":` + url + `}`, false},
		{"state of a framework", `window.__STATE__={"links":[{"href":` + url + `}]}`, false},
		{"state pushed to a framework", `self.__next_f.push([1,` + url + `])`, false},
		{"a link's address", `a.href=` + url, false},
		{"a link in markup", `m.innerHTML='<p><a class="x" href=` + url + `>Route</a>'`, false},
		{"a link and an image", `m.innerHTML='<a href=` + url + `><img src=` + url + `></a>'`, true},
		{"an area that is no link", `m.innerHTML='<audio href=` + url + ` src=` + url + `>'`, true},
		{"a link that stands in an attribute", `document.write("<link title='<a ' rel=stylesheet href='https://acme.example/x.css'>")`, true},
		{"an animation", `$("html").animate({top:0});window.open(` + url + `)`, false},
		{"an animation of CSS", `e.animate({background:"url(https://acme.example/t)"})`, true},
		{"an image that follows a link", `m.innerHTML='<a href="/"><img src=` + url + `>'`, true},
		{"words of loading as keys", `window.__STATE__={"src":1,"fetch":2,"from":"2024","title":"import",url:` + url + `}`, false},
		{"a navigation", `location.assign(` + url + `)`, false},
		{"a list of domains", `var domains=[` + url + `]`, false},
		{"names that only look like loading", `prefetch(` + url + `);recreateElement();x.mysrc=1`, false},
		{"srcset", `x.srcset=` + url, true},
		{"a background", `q.style.background=` + url, true},
		{"sound", `new Audio(` + url + `).play()`, true},
		{"src as a string", `x["src"]=` + url, true},
		{"createElement", `document.createElement("script").x=` + url, true},
		{"an image", `new Image().src=` + url, true},
		{"src", `x.src = ` + url, true},
		{"setAttribute", `x.setAttribute("src",` + url + `)`, true},
		{"setAttribute of something else", `x.setAttribute("title",` + url + `)`, false},
		{"fetch", `fetch(` + url + `)`, true},
		{"a beacon", `navigator.sendBeacon(` + url + `)`, true},
		{"XMLHttpRequest", `var r=new XMLHttpRequest;r.open("GET",` + url + `)`, true},
		{"a socket", `new WebSocket("wss://acme.example/")`, true},
		{"server-sent events", `new EventSource(` + url + `)`, true},
		{"import()", `import(` + url + `)`, true},
		{"RequireJS", `require([` + url + `], f)`, true},
		{"paths of RequireJS", `require.config({paths: {fb: ` + url + `}})`, true},
		{"a script by jQuery", `$.ajax({url: ` + url + `, dataType: "script"})`, true},
		{"a loader's function", `loadScript(` + url + `)`, true},
		{"another loader's", `$LAB.script(` + url + `).wait()`, true},
		{"data by jQuery", `$.ajax({url: ` + url + `, dataType: "json"})`, false},
		{"an import", `import ` + url, true},
		{"an import of names", `import {a} from ` + url, true},
		{"an export of another's names", `export * from ` + url, true},
		{"a worker's import", `importScripts(` + url + `)`, true},
		{"a worker", `new Worker(` + url + `)`, true},
		{"document.write", `document.write('<img src=//acme.example/p>')`, true},
		{"innerHTML", `x.innerHTML='<img src=//acme.example/p>'`, true},
		{"insertAdjacentHTML", `x.insertAdjacentHTML("beforeend",'<img src=//acme.example/p>')`, true},
		{"jQuery", `$.getScript(` + url + `)`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if v := p.Inline([]byte(c.script), []byte(site), d); v.Blocked != c.blocked {
				t.Errorf("%s: %+v", c.script, v)
			}
		})
	}
}

// The index keeps one bit for each pattern with a star.
func TestManyPatternsWithStars(t *testing.T) {
	patterns := make([]string, 600)
	for i := range patterns {
		patterns[i] = fmt.Sprintf("word%d(*end%d(", i, i)
	}
	p := inlinePolicy(t, patterns...)
	d := granting(t, p)
	for _, c := range []struct {
		script  string
		blocked bool
	}{
		{"word0();end0()", true},
		{"word599();end599()", true},
		{"word599();end598()", false},
		{"word64();word128();word599();word1();end1()", true},
	} {
		if v := p.Inline([]byte(c.script), []byte(site), d); v.Blocked != c.blocked {
			t.Errorf("%s: %+v", c.script, v.Verdict)
		}
	}
}

func TestEveryURLCountsInCodeThatMakesADocument(t *testing.T) {
	p := compile(t, consent.Config{Vendors: vendorsOf("v: acme.example")})
	code := []byte(`'<img '+'src="https://acme.example/p.gif">'`)
	for _, granted := range [][]string{nil, {"analytics"}} {
		d := granting(t, p, granted...)
		want := consent.Verdict{Vendor: "v", VendorName: "v", Known: true}
		if granted == nil {
			want.Blocked, want.Category = true, "analytics"
		}
		if v := p.InlineDocument(code, []byte(site), d); v.Verdict != want {
			t.Errorf("with %v: %+v, want %+v", granted, v.Verdict, want)
		}
		if v := p.Inline(code, []byte(site), d); v.Known {
			t.Errorf("as a script: %+v", v.Verdict)
		}
	}
}

func TestInlineTimeIsLinear(t *testing.T) {
	p := compile(t, consent.Config{Vendors: append(vendorsOf("u: google.*/ads/*", "u: acme.example"), consent.Vendor{
		ID: "v", Categories: []string{"analytics"},
		Inline: []string{"analytics.load('*analytics.page(", "aaa*bbb*ccc", "new MixpanelLib(", "fbq('init'", "(aaa)", "aaa*;;"},
	})})
	d := granting(t, p, "analytics")
	for _, c := range []struct{ name, unit string }{
		{"the start of a pattern again and again", "analytics.load('"},
		{"a first piece without the rest", "aaa "},
		{"almost a pattern", "new  MixpanelLib "},
		{"white space around nothing", "aaa   (   aaa"},
		{"white space only", "fbq" + strings.Repeat(" ", 1000)},
		{"opening brackets", "gtag('consent',(["},
		{"calls that never end", ";gtag('consent',{"},
		{"definitions that never end", "function gtag("},
		{"templates", "`${"},
		{"templates that never end", "x=`"},
		{"comments that never end", "/*"},
		{"backslashes", `"\\\\\\`},
		{"slashes in strings", loading + `"//////////`},
		{"URLs without a host", `"https://`},
		{"escapes that lead nowhere", `"\u{\x\u`},
		{"strings that are added", `fetch("\n")` + strings.Repeat("+'!", 300)},
		{"labels of a host", loading + `"//a.a.a.a.a.google.a`},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Ten times the script may take ten times as long, but not a
			// hundred. The bound between them leaves room for a busy machine.
			run := func(size int) float64 {
				script := []byte(strings.Repeat(c.unit, size/len(c.unit)+1))
				return best(t, 3, func() { p.Inline(script, []byte(site), d) })
			}
			small, large := run(20<<10), run(200<<10)
			if large > 40*small && large > 0.1 {
				t.Errorf("20 KiB take %.1f ms, 200 KiB take %.1f ms", small*1e3, large*1e3)
			}
		})
	}
}

// A name in a comment, or in the state of a page that a framework hands on, is no sign of the vendor:
// without that state there would be no page.
func TestWhatRunsCountsAndNotWhatIsSaid(t *testing.T) {
	p := compile(t, consent.Config{Vendors: []consent.Vendor{{
		ID: "v", Categories: []string{"analytics"}, Inline: []string{"fbq('init',", "gtag('config','G-", "_vq.push("}, URLs: []string{"tracker.test"},
	}}})
	for script, blocked := range map[string]bool{
		`self.__next_f.push([1,"a:[\"$\",\"script\",null,{\"children\":\"gtag('config','G-ABC')\"}]"])`:                                                                                               false,
		`(self.__next_f=self.__next_f||[]).push([0]);self.__next_f.push([2,null])/* fbq('init', */`:                                                                                                   false,
		`self.__next_f.push([1,"Then call fbq('init', 'ID'), el.innerHTML = '<img src=https://tracker.test/x>'"])`:                                                                                    false,
		`window.__reactRouterContext.streamController.enqueue("[\"Paste gtag('config','G-ABC123')\"]");`:                                                                                              false,
		`window.cfg={"snippet":"fbq('init', '1')","n":[-1,2.5,true,!1,null]};var a="fbq('init',1)",b={c:"fbq('init',1)"}`:                                                                             false,
		`window.state={"hero":{"backgroundImage":"/a.jpg"},"video":"https://tracker.test/1"};`:                                                                                                        false,
		`window.state={article:"How to use innerHTML",embed:"https://tracker.test/1"}`:                                                                                                                false,
		`window.state=JSON.parse("{\"a\":\"innerHTML\",\"b\":\"https://tracker.test/1\"}")`:                                                                                                           false,
		`window.__NUXT__=(function(a,b){return {layout:a,data:[{css:{backgroundImage:"/a.jpg"},html:"<b onerror=\"this.src='/b.jpg'\">",video:"https://tracker.test/1"}],error:b}}("default",null));`: false,
		`window.x=(function(a){return {y:a}})("innerHTML https://tracker.test/1")`:                                                                                                                    false,
		`/* removed 2024: fbq('init','1'); */ startShop();`:                                                                                                                                           false,
		"// gtag('config', 'G-ABC123');\ninitMenu();":                                                                                                                                                 false,
		"<!-- fbq('init', 1)\ninitMenu()\n-->":                                                                                                                                                        false,

		`fbq('init','1')`:                                                                       true,
		"// Meta\u2028fbq('init','1')":                                                          true,
		"window.x=1\u2028eval('fbq(\"init\",1)')":                                               true,
		`/* Meta */ fbq('init','1')`:                                                            true,
		"startShop() // the shop\nfbq('init', 1)":                                               true,
		`_vq.push(["id", 1])`:                                                                   true,
		`window.x = "a"; window.y = fbq('init', '1')`:                                           true,
		`self.f.push([1,"fbq('init',1)"]); eval(self.f[0][1])`:                                  true,
		`self.f.push([1,"fbq('init',1)"].map(f))`:                                               true,
		"window.x = `fbq('init',1)`":                                                            true,
		`document.body.innerHTML = "<img onload=fbq('init',1)>"`:                                true,
		`window.location = "javascript:fbq('init',1)"`:                                          true,
		`location = "javascript:fbq('init',1)"`:                                                 true,
		`window["location"] = "javascript:fbq('init',1)"`:                                       true,
		`window.top.location = "javascript:fbq('init',1)"`:                                      true,
		`new Function("fbq('init',1)")`:                                                         true,
		`x = () => "fbq('init',1)"`:                                                             true,
		`import "https://tracker.test/x.js"; import("https://tracker.test/")`:                   true,
		`window.x=(function(a){a.innerHTML="<img src=https://tracker.test/x>"}(document.body))`: true,
		`window.x=(function(a){return a("https://tracker.test/x")})(fetch); fetch("/")`:         true,
		`window.x={a:"https://tracker.test/x"};document.createElement("script").src=window.x.a`: true,
		`window.a={};JSON.parse('{"import(\"https://tracker.test/x.js\")":1}',eval)`:            true,
		`var f=function(){};(window.eval||{})("import('https://tracker.test/a.js')")`:           true,
		`window.y=1;(window.x||function(){return 1})("import('https://tracker.test/a.js')")`:    true,
		`window.y=(function(){return 1},eval)("import('https://tracker.test/a.js')")`:           true,
		`window.y=(function(){return eval})()("import('https://tracker.test/a.js')")`:           true,
		`window.x=JSON.parse("{}"),fbq('init',1)`:                                               true,
		`window.x={a:"innerHTML"};(f)("https://tracker.test/x")`:                                true,
		`window.x = {get y() { fbq('init',1) }}`:                                                true,
		`x = a /fbq('init',1)/ b`:                                                               true,
		`x = "http://a" ; /*"*/ fbq('init',1) /*"*/`:                                            true,
	} {
		if got := p.Inline([]byte(script), nil, new(consent.Decision)).Blocked; got != blocked {
			t.Errorf("%s: blocked %v", script, got)
		}
	}
}
