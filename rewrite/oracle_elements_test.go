package rewrite_test

import (
	"encoding/json"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// What the oracle knows of elements. Sources: HTML sections 2.5.4 (srcset),
// 4.2.5.3 (refresh), 4.2, 4.6, 4.8, 4.12 and 16; SVG 2; Attribution Reporting.

// A tag is an element as the oracle sees it.
type tag struct {
	ns, name, parent string
	attrs            []html.Attribute
	text             string // of script and style
	scanned          bool   // seen by the preload scanner
}

// get returns an attribute; key is "xlink:href" for that of SVG.
func (e *tag) get(key string) (string, bool) {
	for _, a := range e.attrs {
		name := a.Key
		if a.Namespace != "" {
			name = a.Namespace + ":" + name
		}
		if strings.EqualFold(name, key) {
			return a.Val, true
		}
	}
	return "", false
}

func (e *tag) is(key, value string) bool {
	v, _ := e.get(key)
	return strings.EqualFold(v, value)
}

func (o *oracle) element(e *tag) {
	switch e.ns {
	case "":
		o.htmlElement(e)
	case "svg":
		o.svgElement(e)
	}
	if e.scanned {
		return
	}
	for _, a := range e.attrs {
		name := strings.ToLower(a.Key)
		switch {
		case a.Namespace != "":
		case name == "style":
			o.css("style attribute", e.name, name, a.Val)
		case handlers[name]:
			o.see(e, name, "event handler", sight{script: a.Val, derived: true})
		}
	}
}

// simple are the attributes of HTML elements that hold one URL and nothing else.
var simple = map[string][]string{
	"audio": {"src"}, "body": {"background"}, "col": {"background"}, "colgroup": {"background"},
	"img": {"src"}, "table": {"background"}, "tbody": {"background"}, "td": {"background"},
	"tfoot": {"background"}, "th": {"background"}, "thead": {"background"}, "tr": {"background"},
	"video": {"src", "poster"},
}

func (o *oracle) htmlElement(e *tag) {
	for _, attr := range simple[e.name] {
		o.attribute(e, attr)
	}
	switch e.name {
	case "base":
		if href, ok := e.get("href"); ok {
			o.see(e, "href", "base href", sight{url: href, base: true})
			if u := resolve(pageURL, href); u != nil {
				o.bases = append(o.bases[:len(o.bases):len(o.bases)], u.Href(false))
			}
		}
	case "script":
		o.script(e, "src")
	case "style":
		if typ, ok := e.get("type"); !ok || typ == "" || strings.EqualFold(typ, "text/css") {
			o.css("style sheet", e.name, "", e.text)
		}
	case "img":
		o.srcset(e, "srcset")
		o.list(e, "attributionsrc")
	case "source":
		switch e.parent {
		case "picture":
			o.srcset(e, "srcset")
		case "audio", "video":
			o.attribute(e, "src")
		}
	case "track":
		if e.parent == "audio" || e.parent == "video" {
			o.attribute(e, "src")
		}
	case "input":
		if e.is("type", "image") {
			o.attribute(e, "src")
		}
	case "iframe", "frame":
		o.frame(e, "src", true)
		if doc, ok := e.get("srcdoc"); ok && e.name == "iframe" {
			o.inner("srcdoc", doc, o.bases)
		}
	case "embed":
		o.frame(e, "src", false)
	case "object":
		o.frame(e, "data", false)
	case "link":
		o.link(e)
	case "meta":
		o.refresh(e)
	case "a", "area":
		o.list(e, "ping")
		o.list(e, "attributionsrc")
	}
}

// attribute notes an attribute that holds one URL.
func (o *oracle) attribute(e *tag, attr string) bool {
	v, ok := e.get(attr)
	if ok {
		o.see(e, attr, e.name+" "+attr, sight{url: v})
	}
	return ok
}

// list notes an attribute that holds URLs with white space between them.
func (o *oracle) list(e *tag, attr string) {
	v, _ := e.get(attr)
	for _, url := range strings.Fields(v) {
		o.see(e, attr, e.name+" "+attr, sight{url: url, derived: true})
	}
}

// frame notes an attribute that loads a document.
func (o *oracle) frame(e *tag, attr string, runs bool) {
	v, ok := e.get(attr)
	if !ok {
		return
	}
	class := e.name + " " + attr
	if code, ok := javascriptURL(v); ok {
		if runs {
			o.see(e, attr, class+" javascript:", sight{script: code, derived: true})
		}
		return
	}
	if mime, doc, ok := dataURL(v); ok {
		switch mime {
		case "text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml":
			o.inner(class+" "+mime, doc, []string{""})
		}
		return
	}
	o.attribute(e, attr)
}

// jsTypes are the JavaScript MIME type essences.
var jsTypes = map[string]bool{}

func init() {
	for _, t := range strings.Fields(`application/ecmascript application/javascript application/x-ecmascript
		application/x-javascript text/ecmascript text/javascript text/javascript1.0 text/javascript1.1
		text/javascript1.2 text/javascript1.3 text/javascript1.4 text/javascript1.5 text/jscript
		text/livescript text/x-ecmascript text/x-javascript`) {
		jsTypes[t] = true
	}
}

// scriptKind is what a script element is by its type: "code", "importmap",
// "speculationrules", or nothing.
func scriptKind(e *tag) string {
	typ, has := e.get("type")
	lang, hasLang := e.get("language")
	switch {
	case has && typ == "" || !has && (!hasLang || lang == ""):
		return "code"
	case !has:
		typ = "text/" + lang // white space and all
		if jsTypes[strings.ToLower(typ)] {
			return "code"
		}
		return ""
	}
	// White space around it is stripped from a MIME type only.
	switch typ = strings.ToLower(typ); {
	case typ == "module" || jsTypes[strings.Trim(typ, " \t\n\f\r")]:
		return "code"
	case typ == "importmap" || typ == "speculationrules":
		return typ
	}
	return ""
}

// script notes what a script element loads through one of attrs, or else its text.
func (o *oracle) script(e *tag, attrs ...string) {
	kind := scriptKind(e)
	o.list(e, "attributionsrc")
	for _, attr := range attrs {
		v, ok := e.get(attr)
		if !ok {
			continue
		}
		if kind != "code" {
			return
		}
		if _, code, isData := dataURL(v); isData {
			o.see(e, attr, e.name+" "+attr+" data:", sight{script: code, derived: true})
			return
		}
		o.attribute(e, attr)
		return
	}
	if strings.TrimSpace(e.text) == "" {
		return
	}
	switch kind {
	case "code":
		o.see(e, "", strings.TrimPrefix(e.ns+" inline script", " "), sight{script: e.text})
	case "importmap", "speculationrules":
		var v any
		if json.Unmarshal([]byte(e.text), &v) == nil {
			o.json(e, kind, v)
		}
	}
}

// json notes the URLs of an import map or of speculation rules.
func (o *oracle) json(e *tag, kind string, v any) {
	top, _ := v.(map[string]any)
	if kind == "importmap" {
		imports := []any{top["imports"]}
		scopes, _ := top["scopes"].(map[string]any)
		for _, scope := range scopes {
			imports = append(imports, scope)
		}
		for _, m := range imports {
			m, _ := m.(map[string]any)
			for _, address := range m {
				if url, ok := address.(string); ok {
					o.see(e, "", kind, sight{url: url, derived: true})
				}
			}
		}
		return
	}
	for _, action := range []string{"prefetch", "prerender"} {
		rules, _ := top[action].([]any)
		for _, rule := range rules { // one that makes no sense is passed over
			rule, _ := rule.(map[string]any)
			urls, _ := rule["urls"].([]any)
			for _, url := range urls {
				if url, ok := url.(string); ok {
					o.see(e, "", kind, sight{url: url, derived: true})
				}
			}
		}
	}
}

// linkTypes are the link types by which browsers fetch.
var linkTypes = map[string]bool{
	"stylesheet": true, "icon": true, "apple-touch-icon": true, "apple-touch-icon-precomposed": true,
	"apple-touch-startup-image": true, "mask-icon": true, "manifest": true, "modulepreload": true, "preload": true,
	"prefetch": true, "prerender": true, "preconnect": true, "dns-prefetch": true, "compression-dictionary": true,
}

func (o *oracle) link(e *tag) {
	rel, _ := e.get("rel")
	fetches := ""
	for word := range strings.FieldsSeq(strings.ToLower(rel)) {
		if linkTypes[word] {
			fetches = word
			break
		}
	}
	if fetches == "" {
		return
	}
	href, ok := e.get("href")
	if mime, css, isData := dataURL(href); isData && mime == "text/css" {
		o.css("data: style sheet", e.name, "href", css)
	} else if ok {
		o.see(e, "href", "link "+fetches, sight{url: href})
	}
	o.srcset(e, "imagesrcset")
}

// srcset notes the candidates of an attribute (HTML section 4.8.4.2.2).
func (o *oracle) srcset(e *tag, attr string) {
	v, _ := e.get(attr)
	for {
		v = strings.TrimLeft(v, " \t\n\f\r,")
		if v == "" {
			return
		}
		n := strings.IndexAny(v, " \t\n\f\r")
		if n < 0 {
			n = len(v)
		}
		url := v[:n]
		v = v[n:]
		trimmed := strings.TrimRight(url, ",")
		o.see(e, attr, e.name+" "+attr, sight{url: trimmed})
		if trimmed != url {
			continue
		}
		depth := 0
		for n = 0; n < len(v) && (v[n] != ',' || depth > 0); n++ {
			switch v[n] {
			case '(':
				depth++
			case ')':
				depth = max(0, depth-1)
			}
		}
		v = v[n:]
	}
}

// refreshPattern is the shared declarative refresh steps of HTML section
// 7.4.5 up to the URL.
var refreshPattern = regexp.MustCompile(`(?is)^[ \t\n\f\r]*(?:[0-9]+|\.)[0-9.]*(?:[ \t\n\f\r]*[;,]|[ \t\n\f\r])[ \t\n\f\r]*(?:url[ \t\n\f\r]*=[ \t\n\f\r]*)?(.*)$`)

func (o *oracle) refresh(e *tag) {
	if !e.is("http-equiv", "refresh") {
		return
	}
	content, _ := e.get("content")
	m := refreshPattern.FindStringSubmatch(content)
	if m == nil || m[1] == "" {
		return
	}
	url := m[1]
	if q := url[0]; q == '"' || q == '\'' {
		url, _, _ = strings.Cut(url[1:], string(q))
	}
	o.see(e, "content", "meta refresh", sight{url: url, derived: true})
}

// paints are the presentation attributes whose value can hold url().
var paints = map[string]bool{
	"fill": true, "stroke": true, "filter": true, "clip-path": true, "mask": true, "cursor": true, "marker": true,
	"marker-start": true, "marker-mid": true, "marker-end": true,
}

func (o *oracle) svgElement(e *tag) {
	for _, a := range e.attrs {
		if a.Namespace == "" && paints[strings.ToLower(a.Key)] {
			o.css("svg presentation attribute", e.name, strings.ToLower(a.Key), a.Val)
		}
	}
	switch e.name {
	case "script":
		o.script(e, "href", "xlink:href")
	case "style":
		if typ, ok := e.get("type"); !ok || typ == "" || strings.EqualFold(typ, "text/css") {
			o.css("svg style sheet", e.name, "", e.text)
		}
	case "image", "feimage", "use":
		attr := "href"
		if _, ok := e.get(attr); !ok {
			attr = "xlink:href"
		}
		// A fragment alone is of this document, whatever its base.
		if v, ok := e.get(attr); ok && !strings.HasPrefix(v, "#") {
			o.see(e, attr, "svg "+e.name, sight{url: v})
		}
	case "a":
		o.list(e, "ping")
	case "set", "animate":
		o.animation(e)
	}
}

// animation notes what SMIL puts into an attribute that fetches.
func (o *oracle) animation(e *tag) {
	name, _ := e.get("attributeName")
	name = strings.ToLower(name)
	for _, attr := range []string{"to", "from", "by", "values"} {
		v, ok := e.get(attr)
		switch {
		case !ok:
		case paints[name]:
			o.css("svg animation", e.name, attr, v)
		case name == "href" && e.parent != "a":
			for part := range strings.SplitSeq(v, ";") {
				o.see(e, attr, "svg animation", sight{url: strings.TrimSpace(part), derived: true})
			}
		}
	}
}

// handlers are the event handler content attributes (HTML section 8.1.8.2,
// and those of SVG, pointer, touch, animation and transition events).
var handlers = map[string]bool{}

func init() {
	for _, name := range strings.Fields(`abort afterprint animationcancel animationend animationiteration animationstart
		auxclick beforecopy beforecut beforeinput beforematch beforepaste beforeprint beforetoggle beforeunload begin blur
		cancel canplay canplaythrough change click close command contentvisibilityautostatechange contextlost contextmenu
		contextrestored copy cuechange cut dblclick drag dragend dragenter dragleave dragover dragstart drop durationchange
		emptied end ended error focus focusin focusout formdata gotpointercapture hashchange input invalid keydown keypress
		keyup languagechange load loadeddata loadedmetadata loadstart lostpointercapture message messageerror mousedown
		mouseenter mouseleave mousemove mouseout mouseover mouseup mousewheel offline online pagehide pagereveal pageshow
		pageswap paste pause play playing pointercancel pointerdown pointerenter pointerleave pointermove pointerout
		pointerover pointerrawupdate pointerup popstate progress ratechange rejectionhandled repeat reset resize scroll
		scrollend scrollsnapchange scrollsnapchanging search securitypolicyviolation seeked seeking select selectionchange
		selectstart slotchange stalled storage submit suspend timeupdate toggle touchcancel touchend touchmove touchstart
		transitioncancel transitionend transitionrun transitionstart unhandledrejection unload volumechange waiting
		webkitanimationend webkitanimationiteration webkitanimationstart webkittransitionend wheel`) {
		handlers["on"+name] = true
	}
}
