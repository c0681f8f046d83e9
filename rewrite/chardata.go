package rewrite

import (
	"bytes"
	"strings"
)

// In SVG and in XML the text of a script or of a style sheet is what its text
// nodes hold: markup within is no part of it, and references are resolved. Nor is
// the text of child elements (DOM section 4.11, "child text content"); but which tags
// make a child only a tree would tell, and none is built here. So there are several readings.

// reading is a way to read the content of an element as text.
type reading uint8

const (
	asIs   reading = iota // with all markup
	joined                // without markup
	parted                // without markup, and with line ends where tags were
	own                   // without markup, and without what is in elements
)

// The readings that are asked about. If one is blocked, the code is.
var (
	readInHTML    = []reading{asIs}
	readAmbiguous = []reading{asIs, joined, parted, own}
	readInXML     = []reading{joined, parted, own}
)

// characterData reads an element's content.
func (r *Rewriter) characterData(body []byte, how reading) []byte {
	if how == asIs || bytes.IndexByte(body, '<') < 0 && bytes.IndexByte(body, '&') < 0 {
		return body
	}
	var out []byte
	var open openNames // the elements within that are open where body begins
	text := func(piece []byte) {
		if len(open.names) == 0 {
			out = append(out, piece...)
		}
	}
	for len(body) > 0 {
		n := bytes.IndexByte(body, '<')
		if n < 0 {
			n = len(body)
		}
		text(r.decode(body[:n]))
		body = body[n:]
		switch {
		case len(body) == 0:
		case bytes.HasPrefix(body, []byte("<![CDATA[")):
			var data []byte
			data, body, _ = bytes.Cut(body[len("<![CDATA["):], []byte(endCDATA))
			text(data)
		case bytes.HasPrefix(body, []byte("<!--")):
			var end commentState
			n, _ := end.scan(body[len("<!--"):])
			body = body[len("<!--")+n:]
		case len(body) > 1 && (isAlpha(body[1]) || body[1] == '/'):
			end := inTagName
			n, _ := end.scan(body[1:])
			if how == own {
				open.nest(body[:1+n])
			}
			body = body[1+n:]
			if how == parted {
				out = append(out, '\n')
			}
		case len(body) > 1 && (body[1] == '!' || body[1] == '?'):
			_, body, _ = bytes.Cut(body, []byte{'>'})
		default:
			text(body[:1])
			body = body[1:]
		}
	}
	return out
}

// openNames are the names of elements that are open, and how many there are of each.
type openNames struct {
	names []string
	times map[string]int
}

// nest notes a tag. An end tag closes what is open within its element, too; one of an element that is
// not open does nothing.
func (o *openNames) nest(tag []byte) {
	if tag[1] != '/' {
		if bytes.HasSuffix(tag, []byte("/>")) {
			return
		}
		if o.times == nil {
			o.times = make(map[string]int)
		}
		name := strings.ToLower(string(tag[1:endOfName(tag, 1)]))
		o.names = append(o.names, name)
		o.times[name]++
		return
	}
	name := strings.ToLower(string(tag[2:endOfName(tag, 2)]))
	for closed := ""; o.times[name] > 0 && closed != name; {
		last := len(o.names) - 1
		closed = o.names[last]
		o.names = o.names[:last]
		o.times[closed]--
	}
}
