package consent

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// scriptPieces are what decides whether a literal holds a vendor's URL.
var scriptPieces = strings.Split("\"|'|`|+| + |\n|\r\n|\\|\\/|//|/|/*|*/|<!--|-->|- -|(|)|{|}|${|,|;|=|?|:|x|return|https:|http:|https://|\"https://\""+
	"|tracker.test|track|er.test|.tracker.test/x|tracker.test/|//tracker.test/x|\\/\\/tracker.test\\/x|cdn.test/lib/|cdn.test/no|\\x2f\\x2f|\\u002f|\\\\x2f|\\\\u002F|\\57|\\u{74}racker.test"+
	"|t\\racker.test|\\\nracker|www.|@|#|?|%74|.|/[/]/|/\"/|\"a\"|'//'|\"//tracker.test\"|+\"tracker.test/x\"|:\"http://www\")+\".tracker.test/a\"", "|")

// slashPieces are few, so that what hides a slash or a letter comes up often.
var slashPieces = []string{`"`, `"`, "+", "/", "/", `\`, "\n", "\r", " ", "tracker.te", "st/x", "tracker.test", `track\er.test/x`, "https:", "//", "'", "`", "${", "/*", "*/", "<!--", ")"}

func quickPolicy(tb testing.TB) *Policy {
	tb.Helper()
	p, _, err := Compile(Config{Vendors: []Vendor{{
		ID: "v", Categories: []string{"analytics"}, URLs: []string{"tracker.test", "cdn.test/lib/*", "er.test/only"},
	}}})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// checkQuickNo: where a look says no, cutting into tokens finds nothing.
func checkQuickNo(tb testing.TB, p *Policy, script string) (no bool) {
	tb.Helper()
	found := false
	p.scanLiterals([]byte(script), []byte("site.test"), func(int) bool { found = true; return false })
	no = !p.namesURL([]byte(script), []byte("site.test"), func(int) bool { return true })
	if no && found {
		tb.Errorf("a look finds no URL of a vendor in %q", script)
	}
	return no
}

func TestAQuickNoIsRight(t *testing.T) {
	p := quickPolicy(t)
	noes := 0
	for seed := range 400_000 {
		rnd := rand.New(rand.NewPCG(uint64(seed), 3))
		pieces := scriptPieces
		if seed%2 == 0 {
			pieces = slashPieces
		}
		var script strings.Builder
		for range 2 + rnd.IntN(10) {
			script.WriteString(pieces[rnd.IntN(len(pieces))])
		}
		if checkQuickNo(t, p, script.String()) {
			noes++
		}
		if t.Failed() {
			return
		}
	}
	if noes < 20_000 {
		t.Errorf("only %d of 400,000 scripts needed no more than a look", noes)
	}
	for _, script := range []string{
		"x.src=\"/\\\n/tracker.test/x\"", `x.src="https:/"+"/tracker.test/x"`,
		`y="\x2f";x.src="\\x2f/foo.test//tracker.test/x"`, `y="\x2f";x.src="//foo.test\\x2f//tracker.test/x"`,
		`y="\u002f";x.src="//site.test/\\u002F&u=https://tracker.test/x"`,
		`x.src=a+"track\er.test/x"//`, `x.src=a+"tracker.te"+"st/x"//`,
	} {
		if checkQuickNo(t, p, script) {
			t.Errorf("a look says no to %q", script)
		}
	}
	// What is no JavaScript is not joined, nor taken for joined.
	for _, script := range []string{"x.src=\"https:/\n+\"/tracker.test/x\"", "x.src=\"//tracker.te\n+\"st/x\""} {
		checkQuickNo(t, p, script)
	}
	// What most scripts are like needs none.
	for _, script := range []string{
		`n.className='menu '+(t?'open':'')+"";if(/^\w+$/.test(a)||b/2>1){x("https://site.test/a.js")} // a comment`,
		`x={"a":"https:\/\/cdn.test\/no","b":"line\n"}`,
	} {
		if !checkQuickNo(t, p, script) {
			t.Errorf("more than a look for %q", script)
		}
	}
}

func FuzzQuickNo(f *testing.F) {
	p := quickPolicy(f)
	f.Add(`s.src="https://"+"tracker.test/x"`)
	f.Add("x(`https://${h}/`,(a?'https://ssl':'http://www')+'.tracker.test/ga.js')")
	f.Add(`"https:\/\/tracker.test"/**/+"x" <!-- + "tracker.test/"`)
	f.Fuzz(func(t *testing.T, script string) { checkQuickNo(t, p, script) })
}
