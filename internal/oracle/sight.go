package oracle

// A Sight is something in a document that a browser acts upon without being asked.
type Sight struct {
	Class   string // what sort it is, for reports: "img src", "style sheet"
	Element string // lower-case name
	Attr    string // lower-case name; empty for text
	URL     string // character references and CSS escapes decoded
	Script  string // code, where it is not a URL
	// Bases are what URL may be relative to: the page or frame, and the bases
	// that precede it.
	Bases []string
	// Derived: found within a value (CSS, srcdoc, a data: document, refresh).
	Derived bool
	SVG     bool // of an SVG element
	// Base: a <base href>, which contacts nobody itself.
	Base bool
}

// Denied tells whether a sight contacts whom it may not.
func (s *Sight) Denied(d Denial) bool {
	switch {
	case s.Base:
		return false
	case s.Script != "":
		return d.Text(s.Script)
	}
	return d.Contacts(s.Bases, s.URL)
}

func (s *Sight) String() string {
	if s.Script != "" {
		return s.Class + " " + Clip(s.Script)
	}
	return s.Class + " " + Clip(s.URL)
}

// Clip shortens text for a message.
func Clip(s string) string {
	if len(s) > 160 {
		return s[:160] + "…"
	}
	return s
}

// A Reading is one way to read a document.
type Reading uint8

const (
	// ScriptingOn is HTML as a browser reads it whose visitor has scripting.
	ScriptingOn Reading = iota
	// ScriptingOff is HTML where noscript counts.
	ScriptingOff
	// PreloadScanner is HTML as a list of tags, ahead of the parser.
	PreloadScanner
	// XML is XHTML, SVG and whatever else has elements of theirs.
	XML
)

// Readings are those of a document that is HTML.
var Readings = []Reading{ScriptingOn, ScriptingOff, PreloadScanner}

func (r Reading) String() string {
	return [...]string{"scripting on", "scripting off", "preload scanner", "XML"}[r]
}

// Look returns what one reading of a document shows that is served at the URL
// page. ok is false if the parser refuses the document: x/net/html where
// elements nest too deep, encoding/xml at a fault, up to which browsers show
// the document and sights has what there is.
func Look(page, doc string, how Reading) (sights []Sight, ok bool) {
	o := oracle{page: page, bases: []string{page}, how: how}
	ok = o.document(doc)
	return o.sights, ok
}

// Leaks returns what each reading of a document shows of denied hosts.
func Leaks(page, doc string, d Denial, which ...Reading) map[Reading][]Sight {
	var out map[Reading][]Sight
	for _, how := range which {
		sights, _ := Look(page, doc, how)
		for i := range sights {
			if sights[i].Denied(d) {
				if out == nil {
					out = make(map[Reading][]Sight)
				}
				out[how] = append(out[how], sights[i])
			}
		}
	}
	return out
}
