package consent_test

import (
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// The parts that kept calls stand in.
const (
	dataLayer  = "window.dataLayer=window.dataLayer||[];"
	usualGtag  = dataLayer + "function gtag(){dataLayer.push(arguments);}"
	denyAll    = "gtag('consent','default',{ad_storage:'denied'})"
	grantAll   = "gtag('consent','update',{ad_storage:'granted'})"
	keptDenial = "\ntry{" + denyAll + ";}catch(e){}"
)

// keepPolicy blocks whatever configures Google Analytics.
func keepPolicy(t testing.TB) (*consent.Policy, *consent.Decision) {
	t.Helper()
	p := inlinePolicy(t, "gtag('config','G-")
	return p, granting(t, p)
}

func TestConsentCallsThatAreKept(t *testing.T) {
	p, d := keepPolicy(t)
	for _, c := range []struct{ name, script, want string }{
		{"the first statement", denyAll, usualGtag + keptDenial},
		{"after a semicolon", "x=1;" + denyAll + ";y()", usualGtag + keptDenial},
		{"after a function", "function f(){}" + denyAll, usualGtag + keptDenial},
		{"after a block", "if(x){y()}\n" + denyAll, usualGtag + keptDenial},
		{"on a line of its own after a call", "f(x)\n" + denyAll, usualGtag + keptDenial},
		{"on a line of its own after a word", "x=y\n" + denyAll, usualGtag + keptDenial},
		{"on a line of its own after a string", "x='y'\n" + denyAll, usualGtag + keptDenial},
		{"on a line of its own after a template", "x=`y`\n" + denyAll, usualGtag + keptDenial},
		{"on a line of its own after an array", "x=[1]\n" + denyAll, usualGtag + keptDenial},
		{"after a statement behind an if", "if(x)y()\n" + denyAll, usualGtag + keptDenial},
		{"after comments", "<!-- old\n// x(\n/* { */" + denyAll, usualGtag + keptDenial},
		{"after strings with brackets", `x="{";y='(';z=` + "`[`;" + denyAll, usualGtag + keptDenial},
		{"after a regular expression with brackets", "x=/[({]/;" + denyAll, usualGtag + keptDenial},
		{"after a division", "x=a/b;" + denyAll, usualGtag + keptDenial},
		{"after a division of x++", "x=i++/2;" + denyAll, usualGtag + keptDenial},
		{"after a division of brackets", "x=f(a)/b;" + denyAll, usualGtag + keptDenial},
		{"after a division of an element", "x=a[0]/b;" + denyAll, usualGtag + keptDenial},
		{"at window", "window." + denyAll, usualGtag + "\ntry{window." + denyAll + ";}catch(e){}"},
		{"at self", "self." + denyAll, usualGtag + "\ntry{self." + denyAll + ";}catch(e){}"},
		{"at globalThis", "globalThis." + denyAll, usualGtag + "\ntry{globalThis." + denyAll + ";}catch(e){}"},
		{
			"with other quotes and white space", "gtag ( \"consent\" ,\n \"default\", { } )",
			usualGtag + "\ntry{gtag ( \"consent\" ,\n \"default\", { } );}catch(e){}",
		},
		{
			"with nested brackets and strings", `gtag('consent','default',{a:f([")"]),b:'}'})`,
			usualGtag + "\n" + `try{gtag('consent','default',{a:f([")"]),b:'}'});}catch(e){}`,
		},
		{"several, in their order", denyAll + ";" + grantAll, usualGtag + keptDenial + "\ntry{" + grantAll + ";}catch(e){}"},
		{"what follows a call is dropped", denyAll + ".x()", usualGtag + keptDenial},
		{
			"with the script's own gtag", "function gtag(){layer.push(arguments)}" + denyAll,
			dataLayer + "function gtag(){layer.push(arguments)}" + keptDenial,
		},
		{
			"with the script's own gtag, defined later", denyAll + "\nfunction gtag(a,b){if(a){layer.push({b})}}",
			dataLayer + "function gtag(a,b){if(a){layer.push({b})}}" + keptDenial,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := p.Inline([]byte(c.script+"\n;gtag('config','G-1')"), []byte(site), d)
			if !v.Blocked || string(v.Keep) != c.want {
				t.Errorf("of %s\nkept %s\nwant %s", c.script, v.Keep, c.want)
			}
		})
	}
}

// A call that may run later, or not at all, must not run now: it may be the
// one that grants everything when a button is pressed.
func TestConsentCallsThatAreNotKept(t *testing.T) {
	p, d := keepPolicy(t)
	for _, c := range []struct{ name, script string }{
		{"none", "gtag('js',new Date())"},
		{"in a function", "function accept(){" + grantAll + "}"},
		{"in a function, on a line of its own", "function accept(){\n" + grantAll + "\n}"},
		{"in a function expression", "x.onclick=function(){" + grantAll + "};"},
		{"in an arrow function", "x.onclick=()=>" + grantAll},
		{"in an arrow function, on a line of its own", "x.onclick=()=>\n" + grantAll},
		{"in an arrow function's block", "x.onclick=()=>{" + grantAll + "}"},
		{"in a method", "class A{accept(){" + grantAll + "}}"},
		{"in a block", "{" + grantAll + "}"},
		{"behind an if", "if(x)" + grantAll},
		{"behind an if, on a line of its own", "if(x)\n" + grantAll},
		{"behind an if with brackets, on a line of its own", "if(f(x)&&(y))\n" + grantAll},
		{"behind an else", "if(x){}else " + grantAll},
		{"behind an else, on a line of its own", "if(x){}\nelse\n" + grantAll},
		{"behind a while", "while(x)\n" + grantAll},
		{"behind a for", "for(;;)\n" + grantAll},
		{"behind a do", "do\n" + grantAll + "\nwhile(x)"},
		{"behind a with", "with(x)\n" + grantAll},
		{"behind an and", "x&&" + grantAll},
		{"behind an and, on a line of its own", "x&&\n" + grantAll},
		{"behind a question mark", "x?" + grantAll + ":0"},
		{"behind a label", "x:" + grantAll},
		{"behind typeof", "typeof\n" + grantAll},
		{"as an argument", "f(" + grantAll + ")"},
		{"in a template", "x=`${" + grantAll + "}`"},
		{"in a template, on a line of its own", "x=`${\n" + grantAll + "\n}`"},
		{"in the text of a template", "x=`\n" + grantAll + "\n`"},
		{"in a string", `x="` + grantAll + `"`},
		{"in a comment", "// " + grantAll},
		{"in a block comment", "/*\n" + grantAll + "\n*/"},
		{"in a regular expression", "x=/" + grantAll + "/"},
		{"of another function", "my" + grantAll},
		{"of another object", "x." + grantAll},
		{"with another first argument", "gtag('consents','default',{})"},
		{"with a first argument that is computed", "gtag(consent,'default',{})"},
		{"in a function, behind a division of x++", "i++/2;function f(){y=x/2;" + grantAll + "}"},
		{"in a function, behind a regular expression with a brace", "function f(s){if(s)/[)}]/.test(s);" + grantAll + "}"},
		{"that does not end", "gtag('consent','default',{"},
		{"that is no call", "gtag\n('js');gtag.x('consent')"},
		{"with a definition that does not end", "function gtag(){if(x){"},
		{"with a definition without a body", "function gtag()"},
		{"with a definition without brackets", "function gtag,gtag('consent')"},
		{"that is too long", "gtag('consent','default',{x:'" + strings.Repeat("x", 16<<10) + "'})"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := p.Inline([]byte("gtag('config','G-1');"+c.script), []byte(site), d)
			if !v.Blocked || v.Keep != nil {
				t.Errorf("of %.200s\nkept %s", c.script, v.Keep)
			}
		})
	}
}

func TestKeptConsentIsBounded(t *testing.T) {
	p, d := keepPolicy(t)
	v := p.Inline([]byte("gtag('config','G-1');"+strings.Repeat(denyAll+";", 1000)), []byte(site), d)
	if n := strings.Count(string(v.Keep), "'consent'"); n != 16 {
		t.Errorf("%d calls are kept", n)
	}
	long := "function gtag(){" + strings.Repeat("x();", 2<<10) + "}"
	v = p.Inline([]byte("gtag('config','G-1');"+long+denyAll), []byte(site), d)
	if want := usualGtag + keptDenial; string(v.Keep) != want {
		t.Errorf("with a definition that is too long, kept %.200s\nwant %s", v.Keep, want)
	}
}

func TestNothingIsKeptOfAScriptThatMayRun(t *testing.T) {
	p := inlinePolicy(t, "gtag('config','G-")
	script := []byte(denyAll + ";gtag('config','G-1')")
	if v := p.Inline(script, []byte(site), granting(t, p, "analytics")); v.Blocked || v.Keep != nil {
		t.Errorf("%+v, kept %s", v.Verdict, v.Keep)
	}
}

func TestKeptConsentOwnsItsBytes(t *testing.T) {
	p, d := keepPolicy(t)
	script := []byte("function gtag(){layer.push(arguments)}" + denyAll + ";gtag('config','G-1')")
	v := p.Inline(script, []byte(site), d)
	want := string(v.Keep)
	clear(script)
	if string(v.Keep) != want {
		t.Errorf("changed to %q with the script's buffer", v.Keep)
	}
}
