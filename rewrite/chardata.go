package rewrite

import (
	"bytes"
	"slices"
)

// In SVG and in XML the text of a script or of a style sheet is what its text
// nodes hold: markup within is no part of it, and references are resolved. What is
// in a child belongs to no code (DOM section 4.11, "child text content"); whether
// a tag makes one is up to a tree that is not built here.

// reading is a way to read the content of an element as text.
type reading uint8

const (
	asIs   reading = iota // with all markup
	joined                // what is left without markup
	parted                // the same with line ends where tags were
	own                   // what is outside of elements that are opened and closed within
)

// The readings that are asked about. One that is blocked suffices.
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
	var open [][]byte // names of the elements around body's beginning
	text := func(piece []byte) {
		if how != own || len(open) == 0 {
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
			open = nest(open, body[:1+n])
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

// nest notes a tag in the list of those that are open. An end tag closes what is
// open within its element, too; one without an element does nothing.
func nest(open [][]byte, tag []byte) [][]byte {
	if tag[1] != '/' {
		if bytes.HasSuffix(tag, []byte("/>")) {
			return open
		}
		return append(open, tag[1:nameEnd(tag, 1)])
	}
	name := tag[2:nameEnd(tag, 2)]
	for i, start := range slices.Backward(open) {
		if bytes.EqualFold(start, name) {
			return open[:i]
		}
	}
	return open
}
