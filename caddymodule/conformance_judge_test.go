package caddymodule_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"

	doccharset "github.com/caddy-consent/caddy-consent/internal/charset"
	"github.com/caddy-consent/caddy-consent/internal/oracle"
)

// What the oracle makes of a response, before and after.

var trackerDenied = oracle.DenyHost("tracker.test")

// docKind is how browsers take a response.
type docKind uint8

const (
	otherKind docKind = iota // as text, as a download, as whatever its bytes look like
	htmlKind
	xmlKind
)

// A view is a response as the oracle sees it.
type view struct {
	page   string // its URL
	kind   docKind
	plain  []byte                            // without content codings
	doc    string                            // in UTF-8
	sights map[oracle.Reading][]oracle.Sight // of the document
	fields []oracle.Sight                    // of the header
	header http.Header
}

// viewOf looks at a response whose content codings are taken off. What is
// neither HTML nor XML is read as HTML, in case a browser does.
func viewOf(page string, h http.Header, plain []byte) *view {
	v := &view{page: page, plain: plain, header: h, fields: oracle.Header(page, h), sights: map[oracle.Reading][]oracle.Sight{}}
	contentType := lastType(h)
	essence, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch essence = strings.TrimSpace(essence); {
	case essence == "text/html":
		v.kind = htmlKind
	case strings.HasSuffix(essence, "+xml"), strings.HasSuffix(essence, "/xml"), essence == "text/xsl":
		v.kind = xmlKind
	}
	enc, name, _ := charset.DetermineEncoding(plain, contentType)
	decode := enc.NewDecoder()
	if name == "iso-2022-jp" {
		decode = &encoding.Decoder{Transformer: doccharset.NewISO2022JPDecoder()} // the library's reads a yen sign as a backslash
	}
	doc, err := decode.Bytes(plain)
	if err != nil {
		doc = plain
	}
	v.doc = strings.TrimPrefix(string(doc), "\uFEFF")
	for _, how := range v.readings() {
		v.sights[how], _ = oracle.Look(page, v.doc, how)
	}
	return v
}

func (v *view) readings() []oracle.Reading {
	if v.kind == xmlKind {
		return []oracle.Reading{oracle.XML}
	}
	return oracle.Readings
}

// lastType is the Content-Type that counts: the last that is one.
func lastType(h http.Header) (last string) {
	for line := range strings.SplitSeq(strings.Join(h["Content-Type"], ","), ",") {
		if kind, sub, ok := strings.Cut(line, "/"); ok && kind != "" && sub != "" {
			last = strings.TrimSpace(line)
		}
	}
	return last
}

// plainBody takes the content codings off a body that browsers know.
func plainBody(t *testing.T, h http.Header, body string) []byte {
	t.Helper()
	codings := strings.Split(strings.ToLower(strings.Join(h["Content-Encoding"], ",")), ",")
	for _, coding := range slices.Backward(codings) {
		body = decode(t, strings.TrimSpace(coding), body)
	}
	return []byte(body)
}

// leaks are the sights that contact tracker.test or name it in code.
func (v *view) leaks() (found []string) {
	for how, sights := range v.sights {
		for i := range sights {
			if sights[i].Denied(trackerDenied) {
				found = append(found, fmt.Sprintf("%v: %s", how, &sights[i]))
			}
		}
	}
	for i := range v.fields {
		if v.fields[i].Denied(trackerDenied) {
			found = append(found, "header: "+v.fields[i].String())
		}
	}
	slices.Sort(found)
	return found
}

// scripts tells whether anything runs.
func (v *view) scripts() bool {
	for _, sights := range v.sights {
		if slices.ContainsFunc(sights, func(s oracle.Sight) bool { return s.Script != "" || s.Element == "script" }) {
			return true
		}
	}
	return false
}

// requests are the URLs that a view makes a browser ask for, by reading.
func (v *view) requests(how oracle.Reading) map[string]bool {
	urls := map[string]bool{}
	for _, sights := range [][]oracle.Sight{v.sights[how], v.fields} {
		for i := range sights {
			for _, base := range sights[i].Bases {
				if u := oracle.Resolve(base, sights[i].URL); u != nil && sights[i].Script == "" {
					urls[u.Href(true)] = true
				}
			}
		}
	}
	return urls
}

// lost are the requests of keep that before makes and after does not.
func lost(before, after *view, keep []string) (missing []string) {
	for _, how := range before.readings() {
		had, has := before.requests(how), after.requests(how)
		for _, url := range keep {
			if i := strings.LastIndexByte(url, ' '); i >= 0 {
				url = url[i+1:] // "POST http://…"
			}
			if had[url] && !has[url] {
				missing = append(missing, fmt.Sprintf("%v: %s", how, url))
			}
		}
	}
	return missing
}

// sightKey is what of a sight a visitor could notice: not what it is
// relative to, which goes with a denied base.
type sightKey struct{ element, attr, url, script string }

func keyOf(s *oracle.Sight) sightKey { return sightKey{s.Element, s.Attr, s.URL, s.Script} }

// inertValues are what takes the place of what is denied, where something must.
var inertValues = map[string]bool{"data:,": true, "data:text/javascript,": true, ";": true}

// harmless tells that a sight is missed by nobody: it contacts tracker.test,
// or would in a browser that takes it for more than others do.
func harmless(s *oracle.Sight) bool {
	if s.Denied(trackerDenied) || trackerDenied.Contacts(s.Bases, s.URL) {
		return true
	}
	scheme, _, ok := strings.Cut(strings.ToLower(s.URL), ":")
	return ok && slices.Contains([]string{"ftp", "javascript", "data"}, scheme) && trackerDenied.Text(s.URL)
}

// placeholderFiles are this module's own, which a placeholder loads where a page has a
// frame that some browser would fetch.
var placeholderFiles = map[string]bool{"/.consent/placeholder.css": true, "/.consent/placeholder.js": true}

// harm tells what of a page that contacts nobody has changed. Nothing may
// but what is inert, or would not be so in another browser: all that does not
// contact tracker.test is there as before and nothing else, and so is the
// text that a visitor sees.
func harm(before, after *view) string {
	if bytes.Equal(before.plain, after.plain) {
		return fieldHarm(before, after)
	}
	if before.kind == otherKind && after.kind == otherKind {
		return "what is no document has changed"
	}
	for _, how := range before.readings() {
		was, is := map[sightKey]int{}, map[sightKey]int{}
		for i := range before.sights[how] {
			s := &before.sights[how][i]
			if !harmless(s) {
				was[keyOf(s)]++
			}
		}
		known := maps.Clone(was)
		for i := range before.sights[how] {
			known[keyOf(&before.sights[how][i])]++
		}
		for i := range after.sights[how] {
			s := &after.sights[how][i]
			is[keyOf(s)]++
			if known[keyOf(s)] == 0 && !inertValues[s.URL+s.Script] && !placeholderFiles[s.URL] {
				return fmt.Sprintf("%v: new %s", how, s)
			}
		}
		for key, n := range was {
			if is[key] < n {
				return fmt.Sprintf("%v: lost %v", how, key)
			}
		}
	}
	if was, is := before.text(), after.text(); was != is {
		return fmt.Sprintf("the text has changed\n was %q\n is  %q", oracle.Clip(was), oracle.Clip(is))
	}
	return fieldHarm(before, after)
}

// fieldHarm tells which field of the header is not what it was without need.
func fieldHarm(before, after *view) string {
	for name, was := range before.header {
		name = http.CanonicalHeaderKey(name)
		if slices.ContainsFunc(before.fields, func(s oracle.Sight) bool { return s.Attr == name && s.Denied(trackerDenied) }) {
			continue
		}
		switch name {
		case "Cache-Control", "Vary", "Content-Encoding", "Content-Length", "Accept-Ranges":
			continue
		}
		is := after.header[name]
		if !slices.EqualFunc(was, is, func(a, b string) bool { return strings.TrimSpace(a) == strings.TrimSpace(b) }) &&
			(len(was) > 0 || name != "Content-Type") { // without one, the server says what it is
			return fmt.Sprintf("%s: was %q, is %q", name, was, is)
		}
	}
	return ""
}

// unseen are the elements whose text no visitor sees.
var unseen = map[string]bool{
	"script": true, "style": true, "noscript": true, "iframe": true, "noembed": true, "noframes": true, "template": true,
}

// text is what a visitor with scripting reads, and the doctype, which decides
// how it looks.
func (v *view) text() string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		switch n.Type {
		case html.DoctypeNode:
			fmt.Fprintf(&b, "<%s %v>", n.Data, n.Attr)
		case html.TextNode:
			b.WriteString(n.Data)
		case html.ElementNode:
			if unseen[n.Data] {
				return
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	if root, err := html.Parse(strings.NewReader(v.doc)); err == nil {
		walk(root)
	}
	return b.String()
}
