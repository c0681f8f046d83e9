package oracle

import (
	"regexp"
	"slices"
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

// set adds an attribute unless it is there: the first one counts.
func (e *tag) set(key, value string) {
	if _, ok := e.get(key); !ok {
		e.attrs = append(e.attrs, html.Attribute{Key: key, Val: value})
	}
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
	case piNamespace:
		o.attribute(e, "href")
		return
	case noNamespace:
		return
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
			o.see(e, name, "event handler", Sight{Script: a.Val, Derived: true})
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
			o.see(e, "href", "base href", Sight{URL: href, Base: true})
			if u := Resolve(o.page, href); u != nil {
				o.bases = append(slices.Clip(o.bases), u.Href(false))
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
		o.see(e, attr, e.name+" "+attr, Sight{URL: v})
	}
	return ok
}

// list notes an attribute that holds URLs with white space between them.
func (o *oracle) list(e *tag, attr string) {
	v, _ := e.get(attr)
	for url := range strings.FieldsFuncSeq(v, isSpace) {
		o.see(e, attr, e.name+" "+attr, Sight{URL: url, Derived: true})
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
			o.see(e, attr, class+" javascript:", Sight{Script: code, Derived: true})
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

// linkTypes are the link types by which browsers fetch.
var linkTypes = map[string]bool{
	"stylesheet": true, "icon": true, "apple-touch-icon": true, "apple-touch-icon-precomposed": true,
	"apple-touch-startup-image": true, "mask-icon": true, "manifest": true, "modulepreload": true, "preload": true,
	"prefetch": true, "prerender": true, "preconnect": true, "dns-prefetch": true, "compression-dictionary": true,
}

// isSpace tells ASCII white space (Infra section 4.6); others do not separate
// words of HTML.
func isSpace(r rune) bool { return strings.ContainsRune(" \t\n\f\r", r) }

func (o *oracle) link(e *tag) {
	rel, _ := e.get("rel")
	fetches := ""
	for word := range strings.FieldsFuncSeq(strings.ToLower(rel), isSpace) {
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
		o.see(e, "href", "link "+fetches, Sight{URL: href})
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
		o.see(e, attr, e.name+" "+attr, Sight{URL: trimmed})
		if trimmed != url {
			continue
		}
		inParens := false
		for n = 0; n < len(v) && (v[n] != ',' || inParens); n++ {
			inParens = v[n] == '(' || inParens && v[n] != ')'
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
	if url, ok := refreshURL(content); ok {
		o.see(e, "content", "meta refresh", Sight{URL: url, Derived: true})
	}
}

// refreshURL is where a declarative refresh leads to.
func refreshURL(content string) (url string, ok bool) {
	m := refreshPattern.FindStringSubmatch(content)
	if m == nil || m[1] == "" {
		return "", false
	}
	url = m[1]
	if q := url[0]; q == '"' || q == '\'' {
		url, _, _ = strings.Cut(url[1:], string(q))
	}
	return url, true
}
