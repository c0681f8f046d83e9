package oracle

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// oracle looks at one document.
type oracle struct {
	page   string // its URL
	how    Reading
	sights []Sight
	bases  []string
	nested int    // documents around this one
	within string // what this document stands in, for Sight.Class
}

// maxNested is how many documents within documents are followed.
const maxNested = 6

func (o *oracle) document(doc string) bool {
	switch o.how {
	case PreloadScanner:
		o.scan(doc)
		return true
	case XML:
		root, ok := parseXML(doc)
		o.tree(root)
		return ok
	}
	root, err := html.ParseWithOptions(strings.NewReader(doc), html.ParseOptionEnableScripting(o.how == ScriptingOn))
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
					o.see(&tag{name: "style", scanned: true}, "", "import", Sight{URL: url, Derived: true})
				}
			}
			style = false
		case html.EndTagToken:
			style = false // of an empty one
		case html.StartTagToken, html.SelfClosingTagToken:
			raw := string(z.Raw())
			t := z.Token()
			style = t.Data == "style"
			if !scanned[t.Data] || style {
				continue
			}
			e := tag{name: t.Data, attrs: t.Attr, scanned: true, parent: "picture"}
			if e.name == "script" {
				e.retype(raw)
			}
			o.element(&e)
		}
	}
}

var rawAttr = regexp.MustCompile(`[\s/]([^\s/>=]+)\s*=\s*("[^"]*"|'[^']*'|[^\s>]*)`)

// retype gives a script the last of several types, as Chromium's scanner
// does. The tokenizer keeps the first one of attributes with the same name.
func (e *tag) retype(raw string) {
	for _, m := range rawAttr.FindAllStringSubmatch(raw, -1) {
		for i := range e.attrs {
			if a := &e.attrs[i]; strings.EqualFold(a.Key, m[1]) && (a.Key == "type" || a.Key == "language") {
				a.Val = html.UnescapeString(strings.Trim(m[2], `"'`))
			}
		}
	}
}

// see notes a sight of the element e.
func (o *oracle) see(e *tag, attr, class string, s Sight) {
	s.Class, s.Element, s.Attr = o.within+class, e.name, attr
	if e.scanned {
		s.Class = "scanner: " + s.Class
	}
	s.Derived, s.SVG = s.Derived || o.nested > 0, e.ns == "svg"
	s.Bases = o.bases
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
				inner := oracle{page: o.page, how: o.how, nested: o.nested + 1, within: o.within + class + " > "}
				inner.css("data: style sheet", element, attr, body)
				o.sights = append(o.sights, inner.sights...)
			}
			continue
		}
		o.sights = append(o.sights, Sight{
			Class: o.within + class, Element: element, Attr: attr, URL: url, Bases: o.bases, Derived: true,
		})
	}
}

// inner looks at a document within this one. bases is empty for one that
// has an origin of its own.
func (o *oracle) inner(class, doc string, bases []string) {
	if o.nested == maxNested || o.how == PreloadScanner {
		return
	}
	in := oracle{page: o.page, how: o.how, bases: bases, nested: o.nested + 1, within: o.within + class + " > "}
	if in.how == XML {
		in.how = ScriptingOn
	}
	in.document(doc)
	// A sandboxed frame has no scripting whatever the page has.
	if in.how == ScriptingOn {
		in.how = ScriptingOff
		in.document(doc)
	}
	o.sights = append(o.sights, in.sights...)
}
