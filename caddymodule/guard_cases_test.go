package caddymodule_test

// guardCase is something that a script does with T, an address of a vendor that is
// denied, and with O, that of one that no rule knows. Nobody at T is contacted, and
// O + "/o" is asked for, unless lone says that the script has no O. says is an
// expression that becomes true.
type guardCase struct {
	name, script, says string
	lone               bool
	csp                bool // only the CSP net can do it
	noCSP              bool // the CSP net cannot: it does not stop navigations, nor choose
}

var guardCases = []guardCase{
	// Elements and their properties.
	{name: "script src property", script: `const s = document.createElement("script"); s.src = T + "/t"; document.head.append(s); const o = document.createElement("script"); o.src = O + "/o"; document.head.append(o)`},
	{name: "script fires error", script: `const s = document.createElement("script"); s.onerror = () => window.failed = s.isConnected; s.src = T + "/t"; document.head.appendChild(s)`, says: `window.failed`, lone: true},
	{name: "script src after insertion", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); document.head.append(s); s.src = u }`},
	{name: "script setAttribute", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); s.setAttribute("SRC", u); document.head.append(s) }`},
	{name: "script setAttributeNS", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); s.setAttributeNS(null, "src", u); document.head.append(s) }`},
	{name: "script setAttributeNode", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"), a = document.createAttribute("src"); a.value = u; s.setAttributeNode(a); document.head.append(s) }`},
	{name: "script attribute node's value", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); s.setAttribute("src", ""); s.getAttributeNode("src").value = u; document.head.append(s) }`},
	{name: "script setNamedItem", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"), a = document.createAttribute("src"); a.value = u; s.attributes.setNamedItem(a); document.head.append(s) }`},
	{name: "module script", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); s.type = "module"; s.src = u; document.head.append(s) }`},
	{name: "insertBefore, as loaders do", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); s.async = 1; s.src = u; const f = document.getElementsByTagName("script")[0]; f.parentNode.insertBefore(s, f) }`},
	{name: "script in SVG", script: `for (const u of [T + "/t", O + "/o"]) { const g = document.createElementNS("http://www.w3.org/2000/svg", "svg"), s = document.createElementNS("http://www.w3.org/2000/svg", "script"); s.setAttribute("href", u); g.append(s); document.body.append(g) }`},
	{name: "script cloned", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); s.src = u; document.head.append(s.cloneNode()) }`},
	{name: "new Image", script: `new Image().src = T + "/t"; new Image().src = O + "/o"`},
	{name: "image fires error later", script: `const i = new Image(); i.src = T + "/t"; i.onerror = () => window.failed = true`, says: `window.failed`, lone: true},
	{name: "image allowed settles as ever", script: `const i = new Image(); i.onload = i.onerror = (e) => window.settled = e.isTrusted && i.src === O + "/o" && i instanceof Image; i.src = O + "/o"`, says: `window.settled`},
	{name: "image srcset", script: `new Image().srcset = T + "/t 1x"; new Image().srcset = O + "/o 1x"`},
	{name: "image srcset of both", noCSP: true, script: `new Image().srcset = T + "/t 1x, " + O + "/o 2x"`},
	{name: "image setAttribute", script: `new Image().setAttribute("src", T + "/t"); new Image().setAttribute("src", O + "/o")`},
	{name: "picture source", script: `for (const u of [T + "/t", O + "/o"]) { const p = document.createElement("picture"), s = document.createElement("source"); s.srcset = u; p.append(s, new Image()); document.body.append(p) }`},
	{name: "input image", script: `for (const u of [T + "/t", O + "/o"]) { const i = document.createElement("input"); i.type = "image"; i.src = u; document.body.append(i) }`},
	{name: "SVG image", script: `for (const u of [T + "/t", O + "/o"]) { const g = document.createElementNS("http://www.w3.org/2000/svg", "svg"), i = document.createElementNS("http://www.w3.org/2000/svg", "image"); i.setAttributeNS("http://www.w3.org/1999/xlink", "xlink:href", u); i.setAttribute("width", 9); i.setAttribute("height", 9); g.append(i); document.body.append(g) }`},
	{name: "SVG image baseVal", script: `for (const u of [T + "/t", O + "/o"]) { const g = document.createElementNS("http://www.w3.org/2000/svg", "svg"), i = document.createElementNS("http://www.w3.org/2000/svg", "image"); g.append(i); document.body.append(g); i.href.baseVal = u }`},
	{name: "iframe src", script: `for (const u of [T + "/t", O + "/o"]) { const f = document.createElement("iframe"); f.src = u; document.body.append(f) }`},
	{name: "iframe src after insertion", script: `for (const u of [T + "/t", O + "/o"]) { const f = document.createElement("iframe"); document.body.append(f); f.src = u }`},
	{name: "iframe srcdoc", script: `const f = document.createElement("iframe"); f.srcdoc = "<img src='" + T + "/t'><img src='" + O + "/o'>"; document.body.append(f)`},
	{name: "script in srcdoc", script: `const f = document.createElement("iframe"); f.srcdoc = "<script>new Image().src = '" + T + "/t'; new Image().src = '" + O + "/o'</" + "script>"; document.body.append(f)`},
	{name: "iframe data document", script: `for (const u of [T + "/t", O + "/o"]) { const f = document.createElement("iframe"); f.src = "data:text/html,<img src=" + u + ">"; document.body.append(f) }`},
	{name: "iframe about:blank, its Image", script: `const f = document.createElement("iframe"); document.body.append(f); new f.contentWindow.Image().src = T + "/t"; new f.contentWindow.Image().src = O + "/o"`},
	{name: "iframe about:blank, its fetch", script: `const f = document.createElement("iframe"); document.body.append(f); f.contentWindow.fetch(T + "/t").catch(() => 0); f.contentWindow.fetch(O + "/o")`},
	{name: "iframe about:blank by markup, by index", script: `document.body.insertAdjacentHTML("beforeend", "<iframe></iframe>"); const w = window[0]; w.document.body.innerHTML = "<img src=" + T + "/t><img src=" + O + "/o>"`},
	{name: "iframe, document.write", script: `const f = document.createElement("iframe"); document.body.append(f); const d = f.contentDocument; d.open(); d.write("<img src=" + T + "/t><img src=" + O + "/o>"); d.close()`},
	{name: "object data", script: `for (const u of [T + "/t", O + "/o"]) { const o = document.createElement("object"); o.data = u; document.body.append(o) }`},
	{name: "embed src", script: `for (const u of [T + "/t", O + "/o"]) { const o = document.createElement("embed"); o.src = u; document.body.append(o) }`},
	{name: "link stylesheet", script: `for (const u of [T + "/t", O + "/o"]) { const l = document.createElement("link"); l.rel = "stylesheet"; l.href = u; document.head.append(l) }`},
	{name: "link whose rel comes last", script: `for (const u of [T + "/t", O + "/o"]) { const l = document.createElement("link"); l.href = u; document.head.append(l); l.rel = "stylesheet" }`},
	{name: "rel of what fetches nothing", script: `const a = document.createElement("a"), g = document.createElementNS("http://www.w3.org/2000/svg", "a"); a.href = T + "/t"; a.rel = "noopener"; g.setAttribute("href", T + "/t"); g.setAttribute("rel", "noopener"); const m = document.createElement("meta"); m.content = "x"; m.httpEquiv = "x"; window.kept = a.rel === "noopener" && a.href === T + "/t" && g.getAttribute("rel") === "noopener"`, says: `window.kept`, lone: true},
	{name: "link preload", script: `for (const u of [T + "/t", O + "/o"]) { const l = document.createElement("link"); l.rel = "preload"; l.as = "script"; l.href = u; document.head.append(l) }`},
	{name: "link preconnect", script: `const l = document.createElement("link"); l.rel = "preconnect"; l.href = T; document.head.append(l)`, lone: true},
	{name: "link canonical stays", script: `const l = document.createElement("link"); l.rel = "canonical"; l.href = T + "/t"; document.head.append(l); window.kept = l.href === T + "/t"`, says: `window.kept`, lone: true},
	{name: "video src and poster", script: `for (const u of [T + "/t", O + "/o"]) { const v = document.createElement("video"); v.poster = u; v.src = u; document.body.append(v) }`},
	{name: "new Audio", script: `new Audio(T + "/t").load(); new Audio(O + "/o").load()`},
	{name: "track", script: `for (const u of [T + "/t", O + "/o"]) { const v = document.createElement("video"), t = document.createElement("track"); t.default = true; t.src = u; v.crossOrigin = "anonymous"; v.append(t); document.body.append(v); t.track.mode = "showing" }`},
	{name: "base href", script: `const b = document.createElement("base"); b.href = T; document.head.append(b); new Image().src = "/t"; new Image().src = O + "/o"`},
	{name: "body background", script: `document.body.background = T + "/t"; const t = document.createElement("table"); t.setAttribute("background", O + "/o"); t.innerHTML = "<tr><td>x"; document.body.append(t)`},
	{name: "meta refresh", noCSP: true, script: `const m = document.createElement("meta"); m.httpEquiv = "refresh"; m.content = "0;url=" + T + "/t"; document.head.append(m); new Image().src = O + "/o"`},

	// Markup.
	{name: "innerHTML", script: `document.body.innerHTML = "<p>a<img src=" + T + "/t><img src=" + O + "/o>"`},
	{name: "innerHTML with a character reference", script: `document.body.innerHTML = "<img src=" + T.replace(":", "&colon;") + "/t><img src=" + O + "/o>"`},
	{name: "innerHTML of a detached element", script: `document.createElement("div").innerHTML = "<img src=" + T + "/t><img src=" + O + "/o>"`},
	{name: "innerHTML with a handler", script: `document.body.innerHTML = "<img src=data:, onerror=\"new Image().src='" + T + "/t';new Image().src='" + O + "/o'\">"`},
	{name: "outerHTML", script: `const d = document.createElement("div"); document.body.append(d); d.outerHTML = "<img src=" + T + "/t><img src=" + O + "/o>"`},
	{name: "insertAdjacentHTML", script: `document.body.insertAdjacentHTML("beforeend", "<iframe src=" + T + "/t></iframe><iframe src=" + O + "/o></iframe>")`},
	{name: "setHTMLUnsafe", script: `document.body.setHTMLUnsafe("<img src=" + T + "/t><img src=" + O + "/o>")`},
	{name: "setHTML", script: `if (document.body.setHTML) document.body.setHTML("<img src=" + T + "/t><img src=" + O + "/o>", { sanitizer: { elements: [{ name: "img", attributes: ["src"] }] } }); else new Image().src = O + "/o"`},
	{name: "template content", script: `const t = document.createElement("template"); t.innerHTML = "<img src=" + T + "/t><img src=" + O + "/o>"; document.body.append(t.content.cloneNode(true))`},
	{name: "createContextualFragment", script: `document.body.append(document.createRange().createContextualFragment("<script src=" + T + "/t></" + "script><script src=" + O + "/o></" + "script>"))`},
	{name: "what nobody sees stays as it is", script: `const text = '<p style="background:url(' + T + '/t)"><img src="' + T + '/t"></p>', t = document.createElement("template"),
			d = document.implementation.createHTMLDocument(""), p = new DOMParser().parseFromString(text, "text/html"), e = document.createElement("div");
		d.body.innerHTML = t.innerHTML = text; d.body.firstChild.firstChild.src = T + "/t";
		e.contentEditable = true; document.body.append(e); e.innerHTML = '<a ping="' + T + '/t">x</a>';
		window.same = [d.body, t, p.body].every((at) => at.innerHTML === text) && !e.querySelector("[data-consent]");
		document.body.append(document.importNode(t.content, true), t.content.cloneNode(true), document.adoptNode(p.body.firstChild), d.body.firstChild); new Image().src = O + "/o"`, says: `window.same`},
	{name: "DOMParser, adopted", script: `const d = new DOMParser().parseFromString("<img src=" + T + "/t><img src=" + O + "/o>", "text/html"); document.body.append(...d.body.childNodes)`},
	{name: "DOMParser of XML", script: `const d = new DOMParser().parseFromString("<div xmlns='http://www.w3.org/1999/xhtml'><img src='" + T + "/t'/><img src='" + O + "/o'/></div>", "text/xml"); document.body.append(d.documentElement)`},
	{name: "document.write", script: `document.write("<p><img src=" + T + "/t><img src=" + O + "/o>")`},
	{name: "document.write of a script", script: `document.write("<script src='" + T + "/t'></" + "script><script src='" + O + "/o'></" + "script>")`},
	{name: "document.write in parts", script: `document.write("<im"); document.write("g src="); document.write(T + "/t>"); document.writeln("<img", " src=" + O + "/o>")`},
	{name: "document.write of text in parts", script: `document.write("<textarea id=area>a"); document.write("b</textarea><title>it<img src=" + T + "/t>"); document.write("</title><img src=" + O + "/o>")`, says: `document.getElementById("area").value === "ab"`},
	{name: "document.write keeps what is open", script: `document.write("<div id=open><img src=" + T + "/t>"); document.write("<img src=" + O + "/o></div><p id=next>")`, says: `document.getElementById("open").children.length === 2 && !document.querySelector("#open p")`},
	{name: "shadow root", script: `const d = document.createElement("div"); document.body.append(d); d.attachShadow({ mode: "closed" }).innerHTML = "<img src=" + T + "/t><img src=" + O + "/o>"`},
	{name: "element in a shadow root", script: `const d = document.createElement("div"); document.body.append(d); const r = d.attachShadow({ mode: "open" }); for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"); s.src = u; r.append(s) }`},
	{name: "parseHTMLUnsafe, adopted", script: `const d = Document.parseHTMLUnsafe("<img src=" + T + "/t><img src=" + O + "/o>"); document.body.append(...d.body.childNodes)`},
	{name: "Range.insertNode", script: `for (const u of [T + "/t", O + "/o"]) { const s = document.createElement("script"), r = document.createRange(); s.src = u; r.selectNode(document.body.firstChild); r.insertNode(s) }`},

	// Style.
	{name: "style property", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; d.style.backgroundImage = "url(" + u + ")"; document.body.append(d) }`},
	{name: "style shorthand", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; d.style.background = "red url('" + u + "')"; document.body.append(d) }`},
	{name: "style property of an element in the page", script: `for (const [i, u] of [T + "/t", O + "/o"].entries()) { const d = document.createElement("div"); d.textContent = "x"; document.body.append(d); d.style.backgroundImage = "url(" + u + ")"; d.offsetWidth; d.style["background-image"] = "url(" + u + i + ")"; d.style.webkitMaskImage = "url(" + u + ")" }`},
	{name: "style of a rule", script: `const s = document.createElement("style"); s.textContent = "body{color:red} html{color:red}"; document.head.append(s); for (const [i, u] of [T + "/t", O + "/o"].entries()) s.sheet.cssRules[i].style.background = "url(" + u + ")"`},
	{name: "style cssText", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; d.style.cssText = "color:red;background:url(" + u + ")"; document.body.append(d) }`},
	{name: "style setProperty", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; d.style.setProperty("--a", "url(" + u + ")"); d.style.background = "var(--a)"; document.body.append(d) }`},
	{name: "style attribute", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; d.setAttribute("style", "background:url(" + u + ")"); document.body.append(d) }`},
	{name: "style attribute, escaped", script: `document.body.innerHTML = "<p style='background:u\\72l(" + T.replace("t", "\\000074") + "/t)'>x<p style='background:url(" + O + "/o)'>x"`},
	{name: "style element", script: `const s = document.createElement("style"); s.textContent = "@import '" + T + "/t'; @import url(" + O + "/o);"; document.head.append(s)`},
	{name: "CSS behind a comment with an apostrophe", script: "const s = document.createElement(\"style\"); s.append(\"/* Don't remove */ @import '\" + T + \"/t'; /* isn't */ @import '\" + O + \"/o';\"); document.head.append(s)"},
	{name: "CSS behind an escaped quote", script: `const s = document.createElement("style"); s.textContent = "@import '" + O + "/o'; a::before{content:\"\\\"\"} b::before{content:'\\''} body{background:url('" + T + "/t')}"; document.head.append(s)`},
	{name: "CSS that only names an address", script: `const s = document.createElement("style"); s.textContent = "a[href^='" + T + "/t'], .sm\\:x { content: '" + T + "/t' }"; document.head.append(s); window.kept = s.sheet.cssRules[0].cssText.split(T).length === 3`, says: `window.kept`, lone: true},
	{name: "document with a body's background, written", script: `const f = document.createElement("iframe"); document.body.append(f); const d = f.contentDocument; d.open(); d.write("<!doctype html><html lang=de><head><style>@import '" + T + "/t';</style></head><body class=k background='" + T + "/t'><img src=" + O + "/o></body></html>"); d.close(); window.kept = d.compatMode === "CSS1Compat" && d.documentElement.lang === "de" && d.body.className === "k"`, says: `window.kept`},
	{name: "document with frames, written", script: `const f = document.createElement("iframe"); document.body.append(f); const d = f.contentDocument; d.open(); d.write("<frameset cols=*><frame src='" + T + "/t'></frameset>"); d.close(); new Image().src = O + "/o"`},
	{name: "srcdoc with a body's background", script: `const f = document.createElement("iframe"); f.srcdoc = "<body background='" + T + "/t' style='background:url(" + T + "/t)'><img src='" + O + "/o'>"; document.body.append(f)`},
	{name: "SVG image by markup in SVG", script: `const g = document.createElementNS("http://www.w3.org/2000/svg", "svg"); document.body.append(g); g.innerHTML = "<g><image href='" + T + "/t'/></g><image href='" + O + "/o'/>"; g.insertAdjacentHTML("beforeend", "<image href='" + T + "/t'/>")`},
	{name: "SVG elements that close themselves", script: `document.body.insertAdjacentHTML("beforeend", "<svg id=v><use href='" + T + "/t#a'/><circle r=1 /></svg>"); window.kept = document.querySelector("#v > circle") !== null`, says: `window.kept`, lone: true},
	{name: "window that was opened", script: `const w = open(""); if (w) w.document.write("<img src='" + T + "/t'>"); new Image().src = O + "/o"`},
	{name: "worker under a nonce", script: `window.kept = false; const w = new Worker(URL.createObjectURL(new Blob(["postMessage(1)"]))); w.onmessage = () => window.kept = true`, says: `window.kept`, lone: true},
	{name: "style element, text node", script: `const s = document.createElement("style"); document.head.append(s); s.append("body{background:url(" + T + "/t)} html{background:url(" + O + "/o)}")`},
	{name: "insertRule", script: `const s = document.createElement("style"); document.head.append(s); s.sheet.insertRule("body{background:url(" + T + "/t)}"); s.sheet.insertRule("html{background:url(" + O + "/o)}")`},
	{name: "adopted style sheet", script: `const s = new CSSStyleSheet(); s.replaceSync("body{background:url(" + T + "/t)} html{background:url(" + O + "/o)}"); document.adoptedStyleSheets = [s]`},
	{name: "style property map", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; document.body.append(d); d.attributeStyleMap.set("background-image", "url(" + u + ")") }`},
	{name: "style property map, a value", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; document.body.append(d); d.attributeStyleMap.set("background-image", CSSStyleValue.parse("background-image", "url(" + u + ")")) }`},
	{name: "animate", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; document.body.append(d); d.animate([{ backgroundImage: "url(" + u + ")" }, { backgroundImage: "none", offset: 1 }], 1e4); d.animate({ listStyleImage: ["url(" + u + ")", "none"] }, { duration: 1e4 }) }`},
	{name: "keyframe effect", script: `for (const u of [T + "/t", O + "/o"]) { const d = document.createElement("div"); d.textContent = "x"; document.body.append(d); const e = new KeyframeEffect(d, [{ backgroundImage: "url(" + u + ")" }, { backgroundImage: "none" }], 1e4); new Animation(e).play(); const f = new KeyframeEffect(d, null, 1e4); f.setKeyframes({ borderImageSource: ["url(" + u + ")", "none"] }); new Animation(f).play() }`},
	{name: "animation keeps what it is given", script: `const d = document.createElement("div"); document.body.append(d); const a = d.animate({ opacity: [0, 1], offset: [0, 0.5] }, 100), k = a.effect.getKeyframes(); window.kept = k.length === 2 && k[1].offset === 0.5 && k[1].opacity === "1" && d.animate(null, 10).effect.getKeyframes().length === 0`, says: `window.kept`, lone: true},
	{name: "what is copied and refused is as ever", script: `const e = new KeyframeEffect(document.body, { opacity: [0, 1] }, 9); let refused = 0; for (const f of [() => document.body.animate(), () => new FontFace("x")]) try { f() } catch { refused++ } const bytes = new Uint8Array(9); new FontFace("x", bytes).load().catch(() => 0); window.kept = new KeyframeEffect(e).target === document.body && refused === 2`, says: `window.kept`, lone: true},
	{name: "keyframes rule", script: `const s = document.createElement("style"); s.textContent = "@keyframes k { to { color: red } } div { animation: k 9s paused; animation-delay: -1s }"; document.head.append(s); const d = document.createElement("div"); d.textContent = "x"; document.body.append(d); s.sheet.cssRules[0].appendRule("from { background-image: url(" + T + "/t) }"); s.sheet.cssRules[0].appendRule("to { background-image: url(" + O + "/o) }"); d.style.animationDelay = "-8s"`},
	{name: "FontFace", script: `new FontFace("a", "url(" + T + "/t)").load().catch(() => 0); new FontFace("b", "url(" + O + "/o)").load().catch(() => 0)`},

	// Requests.
	{name: "fetch", script: `fetch(T + "/t").catch((e) => window.failed = e instanceof TypeError); fetch(O + "/o")`, says: `window.failed`},
	{name: "fetch of a Request", script: `fetch(new Request(T + "/t", { method: "POST", body: "x" })).catch(() => window.failed = true); fetch(new Request(O + "/o"))`, says: `window.failed`},
	{name: "fetch of a URL object", script: `fetch(new URL(T + "/t")).catch(() => window.failed = true); fetch(new URL(O + "/o"))`, says: `window.failed`},
	{name: "XMLHttpRequest", script: `const x = new XMLHttpRequest(); x.onerror = () => window.failed = x.readyState === 4 && x.status === 0; x.open("POST", T + "/t"); x.setRequestHeader("X-A", "b"); x.send("x"); const o = new XMLHttpRequest(); o.open("GET", O + "/o"); o.send()`, says: `window.failed`},
	{name: "XMLHttpRequest of a subclass", script: `class X extends XMLHttpRequest {} for (const u of [T + "/t", O + "/o"]) { const x = new X(); x.open("GET", u); x.send() }`},
	{name: "sendBeacon", script: `window.sent = navigator.sendBeacon(T + "/t", "x") === true && navigator.sendBeacon(O + "/o", "x")`, says: `window.sent`},
	{name: "WebSocket", script: `const w = new WebSocket(T.replace("http", "ws") + "/t"); w.onclose = (e) => { window.shut = w.readyState === 3 && w instanceof WebSocket }; new WebSocket(O.replace("http", "ws") + "/o")`, says: `window.shut`},
	{name: "EventSource", script: `const e = new EventSource(T + "/t"); e.onerror = () => window.failed = true; new EventSource(O + "/o")`, says: `window.failed`},
	{name: "Worker from a blob", script: `new Worker(URL.createObjectURL(new Blob(["importScripts('" + O + "/o'); fetch('" + T + "/t').catch(() => 0); try { importScripts('" + T + "/u') } catch {}"])))`},
	{name: "Worker from a blob that is revoked", script: `const u = URL.createObjectURL(new Blob(["fetch('" + O + "/o'); new WebSocket('" + T.replace("http", "ws") + "/t')"])); new Worker(u); URL.revokeObjectURL(u)`},
	{name: "a ping", script: `const a = document.createElement("a"); a.href = "#x"; a.ping = T + "/t " + O + "/o"; document.body.append(a); a.click()`},
	{name: "speculation rules", noCSP: true, script: `const s = document.createElement("script"); s.type = "speculationrules"; s.textContent = JSON.stringify({ prefetch: [{ urls: [T + "/t"], source: "list" }] }).replaceAll("/", "\\/"); document.head.append(s); window.held = s.type === "text/plain" && s.dataset.consentType === "speculationrules"`, says: `window.held`, lone: true},
	{name: "import map with odd strings", noCSP: true, script: `const s = document.createElement("script"); s.type = "importmap"; s.textContent = '{"imports":{"a\\"b":"./x","c\\\\":"./y","d":"' + T + '/t.js"}}'; document.head.append(s); window.held = s.type === "text/plain"`, says: `window.held`, lone: true},
	{name: "a frame whose document is XML", noCSP: true, script: `const f = document.createElement("iframe"); f.src = URL.createObjectURL(new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"], { type: "image/svg+xml" })); f.onload = () => { const w = f.contentWindow; w.fetch(T + "/t").catch(() => window.failed = true); w.fetch(O + "/o") }; document.body.append(f)`, says: `window.failed`},
	{name: "tag manager's loader", script: `(function (w, d, s, l, i) { w[l] = w[l] || []; var f = d.getElementsByTagName(s)[0], j = d.createElement(s); j.async = true; j.src = T + "/gtm.js?id=" + i; f.parentNode.insertBefore(j, f) })(window, document, "script", "dataLayer", "x"); new Image().src = O + "/o"`},
	{name: "navigator links stay", script: `const a = document.createElement("a"); a.href = T + "/t"; document.body.append(a); window.kept = a.href === T + "/t"`, says: `window.kept`, lone: true},

	// Only the net can.
	{name: "import()", script: `import(T + "/t").catch(() => 0); import(O + "/o")`, csp: true},
	{name: "import in a module made here", script: `const s = document.createElement("script"); s.type = "module"; s.textContent = "import '" + O + "/o'; import('" + T + "/t').catch(() => 0)"; document.head.append(s)`, csp: true},
}
