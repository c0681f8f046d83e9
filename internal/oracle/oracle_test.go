package oracle_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/oracle"
)

const page = "https://www.site.test/a/page.html"

var denied = oracle.DenyHost("denied.test")

// What is live in one reading and what is not. The suites against which the
// rewriter is held say more; here is what they have nothing of.
func TestTheOracleKnowsWhatIsLive(t *testing.T) {
	const xhtml = `<html xmlns="http://www.w3.org/1999/xhtml" xmlns:xlink="http://www.w3.org/1999/xlink">`
	for _, test := range []struct {
		how  oracle.Reading
		doc  string
		live bool
	}{
		{oracle.ScriptingOn, `<img src=//denied.test/>`, true},
		{oracle.ScriptingOn, `<img alt=//denied.test/>`, false},
		{oracle.ScriptingOn, `<base href=//denied.test/>`, false},
		{oracle.ScriptingOn, `<base href=//denied.test/><img src=x>`, true},
		{oracle.ScriptingOn, `<noscript><img src=//denied.test/></noscript>`, false},
		{oracle.ScriptingOff, `<noscript><img src=//denied.test/></noscript>`, true},
		{oracle.ScriptingOn, `<script type=text/plain type=module src=//denied.test/></script>`, false},
		{oracle.PreloadScanner, `<script type=text/plain type=module src=//denied.test/></script>`, true},
		{oracle.PreloadScanner, `<script type=module type=text/plain src=//denied.test/></script>`, false},
		{oracle.ScriptingOn, `<script type=speculationrules>{"prefetch":[{"where":{"href_matches":"//denied.test/*"}}]}</script>`, true},
		{oracle.ScriptingOn, `<script type=speculationrules>{"prefetch":[{"where":{"href_matches":"/*"}}]}</script>`, false},

		{oracle.XML, xhtml + `<img src="//denied.test/"/></html>`, true},
		{oracle.XML, xhtml + `<IMG src="//denied.test/"/></html>`, false},
		{oracle.XML, xhtml + `<img SRC="//denied.test/"/></html>`, false},
		{oracle.XML, xhtml + `<textarea><img src="//denied.test/"/></textarea></html>`, true},
		{oracle.XML, xhtml + `<p><![CDATA[<img src="//denied.test/"/>]]></p></html>`, false},
		{oracle.XML, xhtml + `<img xmlns="urn:x" src="//denied.test/"/></html>`, false},
		{oracle.XML, xhtml + `<img x:src="//denied.test/" xmlns:x="urn:x"/></html>`, false},
		{oracle.XML, xhtml + `<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="//denied.test/"/></html>`, true},
		{oracle.XML, xhtml + `<svg xmlns="http://www.w3.org/2000/svg"><script xlink:href="//denied.test/"/></svg></html>`, true},
		{oracle.XML, xhtml + `<script>&quot;denied.test&quot;</script></html>`, true},
		{oracle.XML, xhtml + `<iframe srcdoc="&lt;img src=//denied.test/>"/></html>`, true},
		{oracle.XML, xhtml + `<p></b><img src="//denied.test/"/></html>`, false}, // after the fault
		{oracle.XML, xhtml + `<img src="//denied.test/"/><p></b></html>`, true},  // before it
		{oracle.XML, `<img src="//denied.test/"/>`, false},
		{oracle.XML, `<?xml-stylesheet href='&#47;/denied.test/' type='text/css'?><x/>`, true},
		{oracle.XML, `<x><?xml-stylesheet href='//denied.test/'?></x>`, false},
		{oracle.XML, `<!DOCTYPE html [<!ENTITY t "denied"><!ENTITY u '//&t;.test/'>]>` + xhtml + `<img src="&u;"/></html>`, true},
		{oracle.XML, `<!DOCTYPE html [<!ENTITY e "&#60;img src='//denied.test/'/>">]>` + xhtml + `&e;</html>`, true},
		{oracle.XML, `<!DOCTYPE html [<!ENTITY e "&#60;img src='//denied.test/'/>">]>` + xhtml + `<p title="&e;"/><![CDATA[&e;]]></html>`, false},
		{oracle.XML, `<!DOCTYPE html [<!ENTITY e ""><!ENTITY e "&#60;img src='//denied.test/'/>">]>` + xhtml + `&e;</html>`, false},
		{oracle.XML, `<!DOCTYPE html [<!ATTLIST img alt CDATA #IMPLIED src CDATA "//denied.test/">]>` + xhtml + `<img/></html>`, true},
		{oracle.XML, `<!DOCTYPE html [<!ATTLIST img src CDATA "//denied.test/">]>` + xhtml + `<img src="a"/></html>`, false},
		{oracle.XML, `<!DOCTYPE html [<!ATTLIST img xmlns CDATA #FIXED "http://www.w3.org/1999/xhtml">]><x><img src="//denied.test/"/></x>`, true},
		{oracle.XML, `<!DOCTYPE x [<!ENTITY a "&b;&b;"><!ENTITY b "&a;&a;">]><x>&a;</x>`, false},
	} {
		leaks := oracle.Leaks(page, test.doc, denied, test.how)
		if live := len(leaks) > 0; live != test.live {
			t.Errorf("%v: live %v, want %v: %s", test.how, live, test.live, test.doc)
		}
	}
}

func TestTheOracleReadsHeaders(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"Link", `</a.css>;rel=preload;as=style, <//denied.test/x>; REL="x PreLoad"`, "/a.css //denied.test/x"},
		{"Link", `<//denied.test/x>; rel=canonical`, ""},
		{"Link", `</a>; rel=preload; as=image; imagesrcset="/b 1x, //denied.test/c 2x"`, "/a /b //denied.test/c"},
		{"Link", `</a,b>; title="<//denied.test/>; rel=preload"; rel=icon`, "/a,b"},
		{"Refresh", `0; URL='//denied.test/'`, "//denied.test/"},
		{"Refresh", `30`, ""},
		{"Speculation-Rules", `"/a", "//denied.test/r"`, "/a //denied.test/r"},
		{"Reporting-Endpoints", `a="//denied.test/r", b="/c"`, "//denied.test/r /c"},
		{"Report-To", `{"group":"a","endpoints":[{"url":"//denied.test/r"}]},{"endpoints":[{"url":"/c"}]}`, "//denied.test/r /c"},
		{"Report-To", `{`, ""},
		{"Content-Security-Policy", `img-src //denied.test; Report-URI //denied.test/r /c`, "//denied.test/r /c"},
		{"Content-Security-Policy-Report-Only", `report-to g`, ""},
		{"Content-Location", `//denied.test/`, ""},
	} {
		var urls []string
		for _, s := range oracle.Header(page, http.Header{test.name: {test.value}}) {
			if s.Attr != test.name {
				t.Errorf("%s is of %q", &s, s.Attr)
			}
			urls = append(urls, s.URL)
		}
		if got := strings.Join(urls, " "); got != test.want {
			t.Errorf("%s: %s: got %q, want %q", test.name, test.value, got, test.want)
		}
	}
}

func TestTheOracleDeniesHostsAndTheirSubdomains(t *testing.T) {
	for url, want := range map[string]bool{
		"//denied.test/": true, "//a.DENIED.test./": true, "http://u:p@denied.test:8/": true, `\\denied.test`: true,
		"/denied.test": false, "//xdenied.test/": false, "data:,//denied.test/": false, "http://[": false,
	} {
		if got := denied.Contacts([]string{page}, url); got != want {
			t.Errorf("%s: %v", url, got)
		}
	}
	if denied.Contacts([]string{""}, "/x") || !denied.Contacts([]string{page, "https://denied.test/"}, "x") {
		t.Error("a URL counts relative to each base")
	}
	if !slices.Contains(oracle.Readings, oracle.PreloadScanner) || slices.Contains(oracle.Readings, oracle.XML) {
		t.Error("HTML is not read as XML")
	}
}
