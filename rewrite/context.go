package rewrite

import (
	"slices"
	"strings"
)

// Which text an element holds depends on where in the tree it stands: inside
// svg and math, style and title are ordinary elements; inside select and
// after frameset, browsers of different years ignore different tags. The
// rewriter builds no tree. It tracks just enough to know that it might be in
// such a place, and there it judges raw text as text and as markup (dual.go).

// namespace is what a scope's content is read as.
type namespace uint8

const (
	nsHTML namespace = iota
	nsSVG
	nsMathML
)

// scope is an open element that changes the namespace of its content.
type scope struct {
	name  string
	ns    namespace
	names int // how many of context.names were open when it was opened
}

// openName is the lower-case name of an element of HTML within an integration
// point: its length, then its letters. A name that does not fit is left empty, and no end tag
// closes it.
type openName [32]byte

// newOpenName takes a name in any case.
func newOpenName(name []byte) (n openName) {
	if len(name) < len(n) {
		lowerName(n[1:1], name)
		n[0] = byte(len(name))
	}
	return n
}

// text is the name, empty for one that did not fit.
func (n *openName) text() []byte { return n[1 : 1+n[0]] }

// voidNames are the elements that have no end tag (HTML section 13.1.2, and
// 13.2.6 for the obsolete ones).
var voidNames = func() map[string]bool {
	names := make(map[string]bool)
	for name := range strings.FieldsSeq(`area base basefont bgsound br col embed frame hr img image input keygen link meta param source track wbr`) {
		names[name] = true
	}
	return names
}()

// maxScopes bounds the memory that nesting can take. Deeper nesting is not
// tracked: the place then counts as ambiguous to the end of the document.
const maxScopes = 512

// context is where in the tree the tokenizer may stand.
type context struct {
	scopes []scope
	// names are the elements of HTML that may be open within the integration
	// points of scopes. While one is open, browsers ignore the end tags of scopes
	// around it (HTML section 13.2.6.4.7, "any other end tag").
	names    []openName
	inSelect bool
	// templates counts the open template elements, whose content is inert
	// unless it names a marker.
	templates int
	// unsure is set once an end tag may have closed an element around the foreign content, and that
	// with it: such elements are not tracked. It is reset when the last scope closes.
	unsure bool
	// lost is set once the place cannot be told any more: after a frameset, or
	// when the nesting is too deep.
	lost bool
}

// ambiguous tells whether raw text may be markup here.
func (c *context) ambiguous() bool {
	return c.lost || c.inSelect || len(c.scopes) > 0
}

// foreign tells whether elements belong to SVG or MathML here, where a start
// tag can close itself and CDATA sections exist.
func (c *context) foreign() bool {
	return len(c.scopes) > 0 && c.scopes[len(c.scopes)-1].ns != nsHTML
}

func (c *context) push(s scope) {
	if len(c.scopes) == maxScopes {
		c.lost = true
		return
	}
	s.names = len(c.names)
	c.scopes = append(c.scopes, s)
}

// inHTML tells whether HTML's own rules hold within foreign content.
func (c *context) inHTML() bool {
	return len(c.scopes) > 0 && c.scopes[len(c.scopes)-1].ns == nsHTML
}

// openHTML notes an element of HTML.
func (c *context) openHTML(name []byte) {
	if len(c.names) == maxScopes {
		c.lost = true
		return
	}
	n := newOpenName(name)
	if lower := n.text(); !voidNames[string(lower)] && string(lower) != "svg" && string(lower) != "math" {
		c.names = append(c.names, n)
	}
}

// closeHTML notes an end tag. It reports whether that closes the innermost
// element of HTML.
func (c *context) closeHTML(name []byte) bool {
	last, n := len(c.names)-1, newOpenName(name)
	if last < c.scopes[len(c.scopes)-1].names || len(n.text()) == 0 || c.names[last] != n {
		return false
	}
	c.names = c.names[:last]
	return true
}

// contextRole is what a start tag does to the context.
type contextRole struct {
	scope scope     // what it opens
	in    namespace // where it does so; nsHTML: everywhere
	// breaksOut ends foreign content (HTML section 13.2.6.5). font does so with
	// some attributes only: see open.
	breaksOut bool
}

// contextRoles lists svg and math, the integration points in them whose
// content is HTML again (HTML section 13.2.6), and the tags that break out.
var contextRoles = func() map[string]contextRole {
	roles := map[string]contextRole{
		"svg":  {scope: scope{name: "svg", ns: nsSVG}},
		"math": {scope: scope{name: "math", ns: nsMathML}},
	}
	for _, name := range []string{"foreignobject", "desc", "title"} {
		roles[name] = contextRole{scope: scope{name: name, ns: nsHTML}, in: nsSVG}
	}
	for _, name := range []string{"mi", "mo", "mn", "ms", "mtext", "annotation-xml"} {
		roles[name] = contextRole{scope: scope{name: name, ns: nsHTML}, in: nsMathML}
	}
	for _, name := range []string{
		"b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed",
		"h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr",
		"ol", "p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var",
	} {
		roles[name] = contextRole{breaksOut: true}
	}
	return roles
}()

// maxRole is the length of the longest name in contextRoles.
const maxRole = len("annotation-xml")

// open notes a start tag; name is in any case.
func (c *context) open(name []byte, selfClosing bool) {
	if c.inHTML() {
		c.openHTML(name)
	}
	var buf [maxRole]byte
	if len(name) > maxRole {
		return
	}
	lower := lowerName(buf[:0], name)
	switch string(lower) {
	case "select":
		c.inSelect = true
		return
	case "frameset":
		c.lost = true
		return
	case "template":
		c.templates++
		return
	case "font":
		c.unsure = c.unsure || c.foreign()
		return
	}
	role, ok := contextRoles[string(lower)]
	switch {
	case !ok:
	case role.breaksOut:
		c.breakOut()
	case selfClosing:
	case role.in == nsHTML || c.foreign() && c.scopes[len(c.scopes)-1].ns == role.in:
		c.push(role.scope)
	}
}

// close notes an end tag; name is in any case.
func (c *context) close(name []byte) {
	closed := c.inHTML() && c.closeHTML(name)
	switch {
	case equalFold(name, "select"):
		c.inSelect = false
		return
	case equalFold(name, "template"):
		c.templates = max(0, c.templates-1)
		return
	case closed:
		return
	}
	for i, s := range slices.Backward(c.scopes) {
		if equalFold(name, s.name) {
			if len(c.names) > s.names {
				return // browsers most probably ignore it; the scope stays, and with it both readings
			}
			c.scopes = c.scopes[:i]
			c.unsure = c.unsure && i > 0
			return
		}
	}
	if !c.foreign() {
		return
	}
	if equalFold(name, "p") || equalFold(name, "br") { // HTML section 13.2.6.5
		c.breakOut()
		return
	}
	var buf [32]byte
	if len(name) > len(buf) || !foreignNames[string(lowerName(buf[:0], name))] {
		c.unsure = true
	}
}

// breakOut ends foreign content.
func (c *context) breakOut() {
	for c.foreign() {
		c.scopes = c.scopes[:len(c.scopes)-1]
	}
	c.unsure = c.unsure && len(c.scopes) > 0
}

// foreignNames are common elements of SVG and MathML whose end tags close no
// element of HTML around them.
var foreignNames = func() map[string]bool {
	names := make(map[string]bool)
	for name := range strings.FieldsSeq(`animate animatemotion animatetransform circle clippath defs ellipse feblend
		fecolormatrix fecomponenttransfer fecomposite fedropshadow feflood fegaussianblur feimage femerge femergenode
		feoffset filter g image line lineargradient marker mask metadata mpath path pattern polygon polyline
		radialgradient rect set stop switch symbol text textpath tspan use view
		mfrac mrow msqrt mstyle msub msup msubsup mtable mtd mtr munder mover munderover semantics annotation`) {
		names[name] = true
	}
	return names
}()
