package rewrite

import "slices"

// taken are all documents of the tables: the properties are tested with each.
var taken = slices.Concat(takenTests, cssTests, documentTests, attributeTests)

type takenTest = struct{ name, in, held, removed string }

// cssTests are about CSS in elements and attributes.
var cssTests = []takenTest{
	{
		"a URL in a style attribute",
		`<p style="color:red;background:url(//tracker.test/x.png)">`,
		`<p data-consent="acme" data-consent-style="color:red;background:url(//tracker.test/x.png)" style="color:red;background:url(data:,)">`,
		`<p style="color:red;background:url(data:,)">`,
	},
	{
		"only the blocked URL of several",
		`<p style='background:url("/a.png"),url("//tracker.test/x.png")'>`,
		`<p data-consent="acme" data-consent-style='background:url("/a.png"),url("//tracker.test/x.png")' style="background:url(&quot;/a.png&quot;),url(&quot;data:,&quot;)">`,
		`<p style="background:url(&quot;/a.png&quot;),url(&quot;data:,&quot;)">`,
	},
	{
		"escapes, in the function's name and in the URL",
		`<p style="background:\75 \72l(\2f\2ftracker\2e test/x)">`,
		`<p data-consent="acme" data-consent-style="background:\75 \72l(\2f\2ftracker\2e test/x)" style="background:\75 \72l(data:,)">`,
		`<p style="background:\75 \72l(data:,)">`,
	},
	{
		"an import in a style element",
		`<style>@import"//tracker.test/x.css";a{color:red}</style>`,
		`<style data-consent="acme" data-consent-text="@import&quot;//tracker.test/x.css&quot;;a{color:red}">@import"data:,";a{color:red}</style>`,
		`<style>@import"data:,";a{color:red}</style>`,
	},
	{
		"image-set with strings",
		`<style>a{background:image-set("//tracker.test/x" 1x,"/b" 2x)}</style>`,
		`<style data-consent="acme" data-consent-text="a{background:image-set(&quot;//tracker.test/x&quot; 1x,&quot;/b&quot; 2x)}">a{background:image-set("data:," 1x,"/b" 2x)}</style>`,
		`<style>a{background:image-set("data:," 1x,"/b" 2x)}</style>`,
	},
	{
		"a custom property that holds a string",
		`<style>:root{--u:"//tracker.test/x"}</style>`,
		`<style data-consent="acme" data-consent-text=":root{--u:&quot;//tracker.test/x&quot;}">:root{--u:"data:,"}</style>`,
		`<style>:root{--u:"data:,"}</style>`,
	},
	{"a string that is only text", `<style>a::after{content:"url(//tracker.test/x)"}</style>`, `=`, `=`},
	{"a comment in CSS", `<style>/* url(//tracker.test/x) */ a{color:red}</style>`, `=`, `=`},
	{"a namespace is a name", `<style>@namespace url(//tracker.test/x);</style>`, `=`, `=`},
	{"a style sheet in another language", `<style type=text/less>a{background:url(//tracker.test/x)}</style>`, `=`, `=`},
	{
		"an unclosed URL at the end",
		`<style>a{background:url( '//tracker.test/x`,
		`<style data-consent="acme" data-consent-text="a{background:url( '//tracker.test/x">a{background:url( 'data:,`,
		`<style>a{background:url( 'data:,`,
	},
	{
		"a style sheet in a data URL",
		`<link rel=stylesheet href="data:text/css,@import '//tracker.test/x.css'">`,
		`<link data-consent="acme" rel=stylesheet data-consent-href="data:text/css,@import '//tracker.test/x.css'">`,
		``,
	},
	{
		"an attribute as a URL",
		`<div data-u="//tracker.test/a" style="background:image-set(attr(data-u) 1x)">`,
		`<div data-consent="acme" data-u="//tracker.test/a" data-consent-style="background:image-set(attr(data-u) 1x)" style="background:image-set(attr(data:,) 1x)">`,
		`<div data-u="//tracker.test/a" style="background:image-set(attr(data:,) 1x)">`,
	},
	{"an attribute that is no URL", `<p style="width:attr(data-w px);background:url(/a)">`, `=`, `=`},
	{
		"the value that a property has at first",
		`<style>@property --u{syntax:"<string>";inherits:true;initial-value:"//tracker.test/a"}</style>`,
		`<style data-consent="acme" data-consent-text="@property --u{syntax:&quot;&lt;string>&quot;;inherits:true;initial-value:&quot;//tracker.test/a&quot;}">@property --u{syntax:"<string>";inherits:true;initial-value:"data:,"}</style>`,
		`<style>@property --u{syntax:"<string>";inherits:true;initial-value:"data:,"}</style>`,
	},
	{
		"what a function gives and takes",
		`<style>@function --f(--x:"//tracker.test/a"){result:"//tracker.test/b"}p{background:--f("//tracker.test/c")}</style>`,
		`<style data-consent="acme" data-consent-text="@function --f(--x:&quot;//tracker.test/a&quot;){result:&quot;//tracker.test/b&quot;}p{background:--f(&quot;//tracker.test/c&quot;)}">@function --f(--x:"data:,"){result:"data:,"}p{background:--f("data:,")}</style>`,
		`<style>@function --f(--x:"data:,"){result:"data:,"}p{background:--f("data:,")}</style>`,
	},
	{
		"a custom property with an escape in its name, and slashes of other kinds",
		`<style>:root{\--u:"//tracker.test/a";--v:"http:\\tracker.test/b";--w:"/\9 /tracker.test/c";--x:"HTTP:tracker.test"}</style>`,
		`<style data-consent="acme" data-consent-text=":root{\--u:&quot;//tracker.test/a&quot;;--v:&quot;http:\\tracker.test/b&quot;;--w:&quot;/\9 /tracker.test/c&quot;;--x:&quot;HTTP:tracker.test&quot;}">:root{\--u:"data:,";--v:"data:,";--w:"data:,";--x:"data:,"}</style>`,
		`<style>:root{\--u:"data:,";--v:"data:,";--w:"data:,";--x:"data:,"}</style>`,
	},
	{
		"strings that are text",
		`<style>:root{--a:b}a[href^="//tracker.test/"],b[title= '//tracker.test/'][lang]{content:"//tracker.test/"}c:before{content :'http://tracker.test/'}</style>`, `=`, `=`,
	},
	{
		"style in SVG with character references",
		`<svg><style>a{fill:&#117;rl(//tracker.test/x)}</style></svg>`,
		`<svg><style data-consent="acme" data-consent-text="a{fill:&amp;#117;rl(//tracker.test/x)}"></style></svg>`,
		`<svg><style></style></svg>`,
	},
}

// documentTests are about documents within the page.
var documentTests = []takenTest{
	{
		"srcdoc: what is not blocked stays",
		`<iframe srcdoc="<p>a<img src='//tracker.test/x.png'>"></iframe>`,
		`<iframe data-consent="acme" data-consent-srcdoc="<p>a<img src='//tracker.test/x.png'>" srcdoc="&lt;p>a&lt;img data-consent=&quot;acme&quot; data-consent-src='//tracker.test/x.png'>"></iframe>`,
		`<iframe srcdoc="&lt;p>a"></iframe>`,
	},
	{
		"srcdoc within srcdoc",
		`<iframe srcdoc="&lt;iframe srcdoc='&amp;lt;script src=//tracker.test/x.js>&amp;lt;/script>'>"></iframe>`,
		`<iframe data-consent="acme" data-consent-srcdoc="&lt;iframe srcdoc='&amp;lt;script src=//tracker.test/x.js>&amp;lt;/script>'>" srcdoc="&lt;iframe data-consent=&quot;acme&quot; data-consent-srcdoc='&amp;lt;script src=//tracker.test/x.js>&amp;lt;/script>' srcdoc=&quot;&amp;lt;script data-consent=&amp;quot;acme&amp;quot; type=&amp;quot;text/plain&amp;quot; data-consent-src=//tracker.test/x.js>&amp;lt;/script>&quot;>"></iframe>`,
		``,
	},
	{"srcdoc that names a host in its text", `<iframe srcdoc="<p>//tracker.test/<!-- <img src=//tracker.test/> -->"></iframe>`, `=`, `=`},
	{
		"a document in a data URL",
		`<iframe src="data:text/html;base64,PGltZyBzcmM9aHR0cDovL3RyYWNrZXIudGVzdC94Pg=="></iframe>a`,
		`<iframe data-consent="acme" data-consent-src="data:text/html;base64,PGltZyBzcmM9aHR0cDovL3RyYWNrZXIudGVzdC94Pg=="></iframe>a`,
		`a`,
	},
	{"text in a data URL", `<iframe src="data:text/plain,<img src=//tracker.test/x>"></iframe>`, `=`, `=`},
	{"a picture in a data URL loads nothing", `<img src="data:image/svg+xml,<image href='//tracker.test/x'/>">`, `=`, `=`},
	{
		"a javascript URL in a frame",
		`<iframe src=" java&#10;script:track()"></iframe>`,
		`<iframe data-consent="acme" data-consent-src=" java&#10;script:track()"></iframe>`,
		``,
	},
	{"a javascript URL that a visitor follows", `<a href="javascript:track()">a</a>`, `=`, `=`},
	{
		"a script in a data URL",
		`<script src="data:text/javascript,track()"></script>`,
		`<script data-consent="acme" type="text/plain" data-consent-src="data:text/javascript,track()"></script>`,
		``,
	},
	{
		"an import map",
		`<script type=importmap>{"imports":{"a":"/a.js","//tracker.test/k":"https:\/\/tracker.test\/x.js"}}</script>`,
		`<script data-consent="acme" data-consent-text="{&quot;imports&quot;:{&quot;a&quot;:&quot;/a.js&quot;,&quot;//tracker.test/k&quot;:&quot;https:\/\/tracker.test\/x.js&quot;}}" type=importmap>{"imports":{"a":"/a.js","//tracker.test/k":"data:text/javascript,"}}</script>`,
		`<script type=importmap>{"imports":{"a":"/a.js","//tracker.test/k":"data:text/javascript,"}}</script>`,
	},
	{
		"speculation rules that list a URL",
		`<script type=speculationrules>{"prefetch":[{"urls":["//tracker.test/x"]}]}</script>a`,
		`<script data-consent="acme" type="text/plain" data-consent-type=speculationrules>{"prefetch":[{"urls":["//tracker.test/x"]}]}</script>a`,
		`a`,
	},
	{
		"a web bundle",
		`<script type=webbundle>{"source":"//tracker.test/a.wbn","scopes":["/x/"]}</script>a`,
		`<script data-consent="acme" type="text/plain" data-consent-type=webbundle>{"source":"//tracker.test/a.wbn","scopes":["/x/"]}</script>a`,
		`a`,
	},
	{
		"a web bundle of this site for resources of another",
		`<script type=webbundle>{"source":"/a.wbn","resources":["//tracker.test/x"]}</script>a`,
		`<script data-consent="acme" type="text/plain" data-consent-type=webbundle>{"source":"/a.wbn","resources":["//tracker.test/x"]}</script>a`,
		`a`,
	},
	{"a web bundle of this site", `<script type=webbundle>{"source":"/a.wbn","resources":["/x"]}</script>`, `=`, `=`},
	{
		"a feed in a data URL",
		`<iframe src='data:application/rss+xml,<html xmlns="http://www.w3.org/1999/xhtml"><script src="//tracker.test/x.js"/></html>'></iframe>a`,
		`<iframe data-consent="acme" data-consent-src='data:application/rss+xml,<html xmlns="http://www.w3.org/1999/xhtml"><script src="//tracker.test/x.js"/></html>'></iframe>a`,
		`a`,
	},
	{
		"srcset: parentheses do not nest",
		`<img srcset="x.png a((b),//tracker.test/c.png 1x">`,
		`<img data-consent="acme" data-consent-srcset="x.png a((b),//tracker.test/c.png 1x" srcset="x.png a((b)">`,
		`<img srcset="x.png a((b)">`,
	},
	{
		"speculation rules that pick any link",
		`<script type=speculationrules>{"prefetch":[{"where":{"selector_matches":"a"}}]}</script>a`,
		`<script data-consent="acme" type="text/plain" data-consent-type=speculationrules>{"prefetch":[{"where":{"selector_matches":"a"}}]}</script>a`,
		`a`,
	},
	{
		"speculation rules for this site",
		`<script type=speculationrules>{"prerender":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/wp-*"}}]}}]}</script>`, `=`, `=`,
	},
}

// attributeTests are about attributes that fetch on many elements.
var attributeTests = []takenTest{
	{
		"meta refresh",
		`<meta http-equiv="Refresh" content="0; URL='//tracker.test/x'">a`,
		`<meta data-consent="acme" http-equiv="Refresh" data-consent-content="0; URL='//tracker.test/x'">a`,
		`a`,
	},
	{"meta refresh of the page itself", `<meta http-equiv=refresh content=30>`, `=`, `=`},
	{"meta that only names a URL", `<meta property="og:image" content="//tracker.test/x.png">`, `=`, `=`},
	{
		"an event handler",
		`<img src=/a.png onerror='track()'>`,
		`<img data-consent="acme" src=/a.png data-consent-onerror='track()' onerror=";">`,
		`<img src=/a.png onerror=";">`,
	},
	{
		"ping: the other addresses stay",
		`<a href="//tracker.test/" ping="/p //tracker.test/p">a</a>`,
		`<a data-consent="acme" href="//tracker.test/" data-consent-ping="/p //tracker.test/p" ping="/p">a</a>`,
		`<a href="//tracker.test/" ping="/p">a</a>`,
	},
	{
		"attributes of SVG",
		`<svg><path fill="url(//tracker.test/x#a)"/></svg><path fill="url(//tracker.test/x#a)">`,
		`<svg><path data-consent="acme" data-consent-fill="url(//tracker.test/x#a)" fill="url(data:,)"/></svg><path fill="url(//tracker.test/x#a)">`,
		`<svg><path fill="url(data:,)"/></svg><path fill="url(//tracker.test/x#a)">`,
	},
	{
		"an animation that sets a URL",
		`<svg><image><set attributeName=href to="//tracker.test/x"/><animate values="/a;//tracker.test/x"/></image></svg>`,
		`<svg><image><set data-consent="acme" attributeName=href data-consent-to="//tracker.test/x" to="data:,"/><animate data-consent="acme" data-consent-values="/a;//tracker.test/x" values="/a;data:,"/></image></svg>`,
		`<svg><image><set attributeName=href to="data:,"/><animate values="/a;data:,"/></image></svg>`,
	},
	{
		"a base is taken away",
		`<base href="//tracker.test/"><img src=a.png>`,
		`<base data-consent="acme" data-consent-href="//tracker.test/"><img src=a.png>`,
		`<base ><img src=a.png>`,
	},
	{
		"what lazy loaders would bring back",
		`<img src=/blank.gif data-src="//tracker.test/x.png" class=lazy><div data-src="//tracker.test/x">`,
		`<img data-consent="acme" src=/blank.gif data-consent-data-src="//tracker.test/x.png" class=lazy><div data-src="//tracker.test/x">`,
		`<img src=/blank.gif  class=lazy><div data-src="//tracker.test/x">`,
	},
}
