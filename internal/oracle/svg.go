package oracle

import (
	"strings"
)

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
			o.see(e, attr, "svg "+e.name, Sight{URL: v})
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
				o.see(e, attr, "svg animation", Sight{URL: strings.TrimSpace(part), Derived: true})
			}
		}
	}
}
