package oracle

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// namespaces are those whose elements mean something, by the names that
// x/net/html has for them. In every other, nothing is live.
var namespaces = map[string]string{
	"http://www.w3.org/1999/xhtml":       "",
	"http://www.w3.org/2000/svg":         "svg",
	"http://www.w3.org/1998/Math/MathML": "math",
}

const (
	noNamespace = "none" // of an element without meaning
	piNamespace = "pi"   // of a processing instruction, which stands as an element
	xlink       = "http://www.w3.org/1999/xlink"
)

// parseXML reads a document by the rules of XML into a tree like those of
// x/net/html. ok is false at a fault; the tree then ends where it is.
func parseXML(doc string) (root *html.Node, ok bool) {
	root = &html.Node{Type: html.DocumentNode}
	d := xml.NewDecoder(strings.NewReader(expandDTD(doc)))
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is UTF-8 by now
	at := root
	for {
		token, err := d.Token()
		if err != nil {
			return root, err == io.EOF //nolint:errorlint // never wrapped, as documented
		}
		switch t := token.(type) {
		case xml.StartElement:
			n := xmlElement(&t)
			at.AppendChild(n)
			at = n
		case xml.EndElement:
			if at.Parent != nil {
				at = at.Parent
			}
		case xml.CharData:
			at.AppendChild(&html.Node{Type: html.TextNode, Data: string(t)})
		case xml.ProcInst:
			// One that follows the root element's start tag is ignored.
			if t.Target == "xml-stylesheet" && at == root {
				at.AppendChild(stylesheetPI(string(t.Inst)))
			}
		}
	}
}

// xmlElement makes a node of a start tag. XML knows upper from lower case,
// which the oracle does not, so what has capitals in XHTML is of no namespace.
func xmlElement(t *xml.StartElement) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: t.Name.Local, Namespace: noNamespace}
	ns, known := namespaces[t.Name.Space]
	if known && (ns != "" || t.Name.Local == strings.ToLower(t.Name.Local)) {
		n.Namespace = ns
	}
	for _, a := range t.Attr {
		name := html.Attribute{Key: a.Name.Local, Val: a.Value}
		switch {
		case a.Name.Space == "xmlns", a.Name.Space == "" && a.Name.Local == "xmlns":
			continue
		case a.Name.Space == xlink:
			name.Namespace = "xlink"
		case a.Name.Space != "", ns == "" && a.Name.Local != strings.ToLower(a.Name.Local):
			name.Namespace = noNamespace
		}
		n.Attr = append(n.Attr, name)
	}
	return n
}

var pseudoAttr = regexp.MustCompile(`([a-z]+)\s*=\s*("[^"]*"|'[^']*')`)

// stylesheetPI makes a node of <?xml-stylesheet?> (Associating Style Sheets
// with XML documents, section 3).
func stylesheetPI(inst string) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: "xml-stylesheet", Namespace: piNamespace}
	for _, m := range pseudoAttr.FindAllStringSubmatch(inst, -1) {
		n.Attr = append(n.Attr, html.Attribute{Key: m[1], Val: html.UnescapeString(m[2][1 : len(m[2])-1])})
	}
	return n
}

// An internal DTD can declare entities and default attributes, which
// encoding/xml knows nothing of. They are put in as text beforehand.

var (
	doctypePattern = regexp.MustCompile(`(?s)<!DOCTYPE(?:[^\["'>]|"[^"]*"|'[^']*')*\[((?:[^\]"']|"[^"]*"|'[^']*')*)\]\s*>`)
	entityPattern  = regexp.MustCompile(`(?s)<!ENTITY\s+([^\s%"']+)\s+("[^"]*"|'[^']*')\s*>`)
	attlistPattern = regexp.MustCompile(`(?s)<!ATTLIST\s+([^\s>]+)((?:[^"'>]|"[^"]*"|'[^']*')*)>`)
	attdefPattern  = regexp.MustCompile(`(?s)([^\s"']+)\s+(?:[A-Z]+|\([^)]*\))\s+(#REQUIRED|#IMPLIED|(?:#FIXED\s+)?(?:"[^"]*"|'[^']*'))`)
	charRefPattern = regexp.MustCompile(`&#(?:[0-9]+|x[0-9a-fA-F]+);`)
	// What may hold an entity, and what looks like it and does not.
	expandable = regexp.MustCompile(`(?s)<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>|<[^\s/>!?](?:[^"'<>]|"[^"]*"|'[^']*')*>|&[^\s;&#<]+;`)
	entityRef  = regexp.MustCompile(`&[^\s;&#<]+;`)
)

// dtd is what an internal DTD declares.
type dtd struct {
	entities map[string]string            // by name; values as they are once declared
	defaults map[string]map[string]string // by element and attribute
}

// maxExpansion bounds a document whose entities multiply.
const maxExpansion = 1 << 20

func expandDTD(doc string) string {
	m := doctypePattern.FindStringSubmatchIndex(doc)
	if m == nil {
		return doc
	}
	subset, rest := doc[m[2]:m[3]], doc[m[1]:]
	d := dtd{entities: map[string]string{}, defaults: map[string]map[string]string{}}
	for _, e := range entityPattern.FindAllStringSubmatch(subset, -1) {
		if _, declared := d.entities[e[1]]; !declared { // the first one counts
			d.entities[e[1]] = charRefPattern.ReplaceAllStringFunc(e[2][1:len(e[2])-1], html.UnescapeString)
		}
	}
	for _, list := range attlistPattern.FindAllStringSubmatch(subset, -1) {
		for _, def := range attdefPattern.FindAllStringSubmatch(list[2], -1) {
			value := strings.TrimLeft(strings.TrimPrefix(def[2], "#FIXED"), " \t\r\n")
			if value[0] == '#' {
				continue
			}
			if d.defaults[list[1]] == nil {
				d.defaults[list[1]] = map[string]string{}
			}
			if _, declared := d.defaults[list[1]][def[1]]; !declared {
				d.defaults[list[1]][def[1]] = value
			}
		}
	}
	for range 16 { // an entity's value may hold others
		expanded := expandable.ReplaceAllStringFunc(rest, d.expand)
		if expanded == rest || len(expanded) > maxExpansion {
			break
		}
		rest = expanded
	}
	return doc[:m[0]] + rest
}

// expand puts in what a tag or a reference stands for.
func (d *dtd) expand(s string) string {
	switch {
	case s[0] == '&':
		if value, ok := d.entities[s[1:len(s)-1]]; ok {
			return value
		}
	case s[1] != '!' && s[1] != '?':
		s = entityRef.ReplaceAllStringFunc(s, func(ref string) string {
			value, ok := d.entities[ref[1:len(ref)-1]]
			if !ok {
				return ref
			}
			return strings.NewReplacer(`"`, "&#34;", `'`, "&#39;", "<", "&#60;").Replace(value)
		})
		end := strings.TrimRight(strings.TrimSuffix(s, ">"), "/")
		name := s[1 : 1+strings.IndexAny(s[1:], " \t\r\n/>")]
		for attr, value := range d.defaults[name] {
			if !regexp.MustCompile(`\s` + regexp.QuoteMeta(attr) + `\s*=`).MatchString(end) {
				s = end + " " + attr + "=" + value + s[len(end):]
				end += " " + attr + "=" + value
			}
		}
	}
	return s
}
