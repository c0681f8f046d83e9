package oracle

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
)

// A response's header can make a browser fetch or report. Sources: RFC 8288
// (Link), HTML sections 7.4.6.2 (Refresh) and 7.6 (Speculation-Rules),
// Reporting API, Network Error Logging, CSP 3 section 6.5.

// HeaderFields are the fields in which there is something to see, in
// canonical form.
var HeaderFields = []string{
	"Link", "Refresh", "Speculation-Rules", "Reporting-Endpoints", "Report-To",
	"Content-Security-Policy", "Content-Security-Policy-Report-Only",
}

// Header returns what the header of a response makes a browser do that is
// the answer for the URL page. The Attr of a sight is the field's name.
func Header(page string, h http.Header) []Sight {
	o := oracle{page: page, bases: []string{page}}
	for name, lines := range h {
		name = http.CanonicalHeaderKey(name)
		for _, line := range lines {
			o.field(name, line)
		}
	}
	return o.sights
}

var (
	linkValue  = regexp.MustCompile(`<([^>]*)>((?:[^,"]|"(?:[^"\\]|\\.)*")*)`)
	linkParam  = regexp.MustCompile(`;\s*([^\s=;]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s;]*))?`)
	quotedText = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
)

func unquote(s string) string {
	if len(s) > 1 && s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	return strings.NewReplacer(`\\`, `\`, `\`, "").Replace(s)
}

func (o *oracle) field(name, line string) {
	e := &tag{name: "header"}
	note := func(class, url string) { o.see(e, name, class, Sight{URL: url, Derived: true}) }
	switch name {
	case "Link":
		for _, m := range linkValue.FindAllStringSubmatch(line, -1) {
			o.linkHeader(m[1], m[2])
		}
	case "Refresh":
		if url, ok := refreshURL(line); ok {
			note("Refresh", url)
		}
	case "Speculation-Rules", "Reporting-Endpoints":
		for _, m := range quotedText.FindAllStringSubmatch(line, -1) {
			note(name, unquote(m[0]))
		}
	case "Report-To":
		for d := json.NewDecoder(strings.NewReader("[" + line + "]")); ; {
			var groups []struct{ Endpoints []struct{ URL string } }
			if d.Decode(&groups) != nil {
				return
			}
			for _, g := range groups {
				for _, endpoint := range g.Endpoints {
					note(name, endpoint.URL)
				}
			}
		}
	case "Content-Security-Policy", "Content-Security-Policy-Report-Only":
		for directive := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ';' || r == ',' }) {
			words := strings.Fields(directive)
			if len(words) > 1 && strings.EqualFold(words[0], "report-uri") {
				for _, url := range words[1:] {
					note(name, url)
				}
			}
		}
	}
}

// linkHeader looks at a link as at a link element with the same attributes.
func (o *oracle) linkHeader(url, params string) {
	e := &tag{name: "link"}
	e.set("href", url)
	for _, m := range linkParam.FindAllStringSubmatch(params, -1) {
		e.set(strings.ToLower(m[1]), unquote(m[2]))
	}
	before := len(o.sights)
	o.link(e)
	for i := range o.sights[before:] {
		o.sights[before+i].Attr = "Link"
	}
}
