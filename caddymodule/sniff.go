package caddymodule

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
)

// What has no type, or one that is none, browsers tell by its first bytes, and so does this.

// sniffLen is how many bytes http.DetectContentType looks at.
const sniffLen = 512

// sniff ends sniffing: the type is told by the bytes there are, as browsers
// would (MIME Sniffing standard, section 7.1). They decode them before.
// Unless it has ended, it goes on where there are too few of them to tell.
func (w *responseWriter) sniff(ended bool) {
	first := w.peeked
	if len(first) == 0 && !ended {
		return
	}
	kind := noDocument
	if len(first) > 0 {
		begin, more, ok := beginOf(w.Header(), first, sniffLen)
		switch {
		case !ended && (more || ok && len(first) < sniffLen && !sniffable(w.Header(), begin)):
			return
		case ok && !more:
			kind = sniffDocument(w.Header(), begin, w.h.Mode == modeEnforce)
		case uninspectable(w.Header()) == reasonRange:
			// A piece of a file, of which no browser makes a page.
		default:
			kind = htmlDocument // perhaps: what cannot be decoded is refused, or passes, as a page would be
		}
		kind = w.unlessPasses(kind)
	}
	w.peeked = nil
	w.commit(kind, first)
}

// sniffable tells whether the first bytes, fewer than all that count, settle
// already whether they begin a document: they do not, unless with '<'.
func sniffable(h http.Header, first []byte) bool {
	first = withoutBlanks(first)
	if len(first) == 0 || first[0] == 0xEF || first[0] == 0xFE || first[0] == 0xFF {
		return false // perhaps a byte order mark
	}
	return first[0] != '<' || sniffedType(h, first) == "text/html"
}

// sniffedType is the type that is told by a body's first bytes, without parameters: what has none net/http would
// give one, and what has one that is none is told by browsers.
func sniffedType(h http.Header, begin []byte) string {
	markup := withoutBlanks(begin)
	if bytes.HasPrefix(markup, []byte("<!--")) {
		return "text/html" // Chromium does not ask what comes next
	}
	for _, tag := range sniffedTags {
		if len(markup) >= len(tag) && strings.EqualFold(string(markup[:len(tag)]), tag) && first(h, "Content-Type") != "" {
			return "text/html"
		}
	}
	sniffed, _, _ := strings.Cut(http.DetectContentType(begin), ";")
	return sniffed
}

// sniffedTags are what HTML begins with (MIME Sniffing standard section 7.1). Chromium does not ask what comes next,
// so that "<article>" begins with "<a", too.
var sniffedTags = []string{
	"<!doctype html", "<a", "<b", "<div", "<font", "<h1", "<head", "<html", "<iframe", "<p", "<script", "<style", "<table", "<title",
}

// withoutBlanks is what a body begins with behind white space, and a byte order mark.
func withoutBlanks(body []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(body, []byte{0xEF, 0xBB, 0xBF}), htmlBlanks)
}

const htmlBlanks = "\t\n\f\r "

// sniffDocument tells a document by its first bytes, and completes the header
// as it must be for browsers to read it in the same way. What is no document
// is left to net/http, which gives it a type unless the key is there.
func sniffDocument(h http.Header, begin []byte, enforce bool) documentKind {
	sniffed := sniffedType(h, begin)
	kind := noDocument
	switch sniffed {
	case "text/html":
		kind = htmlDocument // without the charset that net/http would add: the document may declare another
	case "text/xml":
		kind = xmlDocument
	case "text/plain":
		// Without it browsers would look at more of the body than was looked at
		// here. Without a charset, they guess that as they would have.
	default:
		return noDocument
	}
	// In report mode the header is net/http's; and what says that it is not to be sniffed, and has a type that is
	// none, is dead text to browsers.
	if enforce && (first(h, "Content-Type") == "" || first(h, "X-Content-Type-Options") == "") {
		h["Content-Type"] = []string{sniffed}
	}
	return kind
}

// beginOf decodes the first bytes of a body by the codings in its header, up to some bytes (contentcoding.Prefix).
func beginOf(h http.Header, body []byte, most int) (begin []byte, more, ok bool) {
	names, ok := contentCodings(h)
	if !ok {
		return body, false, false
	}
	return contentcoding.Prefix(names, body, most)
}
