package rewrite_test

import (
	"strings"

	"golang.org/x/net/html"
)

// The oracle tells what a document would make a browser do by itself. It
// shares nothing with the rewriter: it looks at a finished tree of
// golang.org/x/net/html, and at the flat list of tags that a preload scanner
// sees. What it reports is a sight.

// A sight is something in a document that a browser acts upon without being asked.
type sight struct {
	class   string // what sort it is, for reports: "img src", "style sheet"
	element string // lower-case name
	attr    string // lower-case name; empty for text
	url     string // character references and CSS escapes decoded
	script  string // code, where it is not a URL
	// bases are what url may be relative to: the page or frame, and the bases
	// that precede it.
	bases []string
	// derived: found within a value (CSS, srcdoc, a data: document, refresh).
	derived bool
	svg     bool // of an SVG element
	// base: a <base href>, which contacts nobody itself.
	base bool
}

// denied tells whether a sight contacts whom it may not.
func (s *sight) denied(d denial) bool {
	switch {
	case s.base:
		return false
	case s.script != "":
		return d.text(s.script)
	}
	return d.contacts(s.bases, s.url)
}

func (s *sight) String() string {
	if s.script != "" {
		return s.class + " " + clip(s.script)
	}
	return s.class + " " + clip(s.url)
}

// clip shortens text for a message.
func clip(s string) string {
	if len(s) > 160 {
		return s[:160] + "…"
	}
	return s
}

// A reading is one way to read a document.
type reading uint8

const (
	scriptingOn reading = iota
	scriptingOff
	preloadScanner
)

var readings = []reading{scriptingOn, scriptingOff, preloadScanner}

func (r reading) String() string {
	return [...]string{"scripting on", "scripting off", "preload scanner"}[r]
}

// look returns what one reading of a document shows. ok is false if
// x/net/html refuses the document, as it does where elements nest too deep.
func look(doc string, how reading) (sights []sight, ok bool) {
	o := oracle{bases: []string{pageURL}, how: how}
	ok = o.document(doc)
	return o.sights, ok
}

// leaks returns what each reading shows of denied hosts.
func leaks(doc string, d denial, which ...reading) map[reading][]sight {
	var out map[reading][]sight
	for _, how := range which {
		sights, _ := look(doc, how)
		for i := range sights {
			if sights[i].denied(d) {
				if out == nil {
					out = make(map[reading][]sight)
				}
				out[how] = append(out[how], sights[i])
			}
		}
	}
	return out
}

type oracle struct {
	how    reading
	sights []sight
	bases  []string
	nested int    // documents around this one
	within string // what this document stands in, for sight.class
}

// maxNested is how many documents within documents are followed.
const maxNested = 6

func (o *oracle) document(doc string) bool {
	if o.how == preloadScanner {
		o.scan(doc)
		return true
	}
	root, err := html.ParseWithOptions(strings.NewReader(doc), html.ParseOptionEnableScripting(o.how == scriptingOn))
	if err != nil {
		return false
	}
	o.tree(root)
	return true
}

// tree looks at a node and what is below it. The content of templates is
// looked at like everything else: declarative shadow roots and out-of-order
// streaming make it live in browsers, which x/net/html knows nothing of.
func (o *oracle) tree(n *html.Node) {
	if n.Type == html.ElementNode {
		e := tag{ns: n.Namespace, name: strings.ToLower(n.Data), attrs: n.Attr}
		if n.Parent != nil {
			e.parent = n.Parent.Data
		}
		if e.name == "script" || e.name == "style" {
			e.text = textOf(n)
		}
		o.element(&e)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		o.tree(c)
	}
}

// textOf is the child text content of a script or style element.
func textOf(n *html.Node) string {
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// scanned are the elements that Chromium's preload scanner fetches for.
var scanned = map[string]bool{
	"base": true, "img": true, "input": true, "link": true, "script": true,
	"source": true, "style": true, "video": true,
}

// scan reads the tags of a document as a preload scanner does: tag after tag,
// without a tree, so that no place is foreign content.
func (o *oracle) scan(doc string) {
	z := html.NewTokenizer(strings.NewReader(doc))
	style := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if style {
				for _, url := range cssImports(string(z.Raw())) {
					o.see(&tag{name: "style", scanned: true}, "", "import", sight{url: url, derived: true})
				}
			}
			style = false
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			style = t.Data == "style"
			if !scanned[t.Data] || style {
				continue
			}
			e := tag{name: t.Data, attrs: t.Attr, scanned: true, parent: "picture"}
			o.element(&e)
		}
	}
}

// see notes a sight of the element e.
func (o *oracle) see(e *tag, attr, class string, s sight) {
	s.class, s.element, s.attr = o.within+class, e.name, attr
	if e.scanned {
		s.class = "scanner: " + s.class
	}
	s.derived, s.svg = s.derived || o.nested > 0, e.ns == "svg"
	s.bases = o.bases
	o.sights = append(o.sights, s)
}

// css notes the URLs of a style sheet.
func (o *oracle) css(class, element, attr, css string) {
	for _, url := range cssSights(css) {
		if strings.HasPrefix(url, "#") {
			continue // of this document, whatever its base (CSS Values 4 section 4.5.1.1)
		}
		if mime, body, ok := dataURL(url); ok && mime == "text/css" {
			if o.nested < maxNested {
				inner := oracle{how: o.how, nested: o.nested + 1, within: o.within + class + " > "}
				inner.css("data: style sheet", element, attr, body)
				o.sights = append(o.sights, inner.sights...)
			}
			continue
		}
		o.sights = append(o.sights, sight{
			class: o.within + class, element: element, attr: attr, url: url, bases: o.bases, derived: true,
		})
	}
}

// inner looks at a document within this one. bases is empty for one that
// has an origin of its own.
func (o *oracle) inner(class, doc string, bases []string) {
	if o.nested == maxNested || o.how == preloadScanner {
		return
	}
	in := oracle{how: o.how, bases: bases, nested: o.nested + 1, within: o.within + class + " > "}
	in.document(doc)
	// A sandboxed frame has no scripting whatever the page has.
	if o.how == scriptingOn {
		in.how = scriptingOff
		in.document(doc)
	}
	o.sights = append(o.sights, in.sights...)
}
