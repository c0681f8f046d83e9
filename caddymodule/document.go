package caddymodule

import (
	"net/http"
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/charset"
	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// documentKind says whether and how a browser reads a response as a document
// whose elements are alive.
type documentKind uint8

const (
	noDocument documentKind = iota
	htmlDocument
	xmlDocument
	// sniffedDocument: the header does not tell; the body's first bytes will.
	sniffedDocument
)

// documentOf tells it by the Content-Type of a response. wanted says that its request
// may be answered with a document.
func documentOf(h http.Header, wanted bool) documentKind { return documentKindOf(mediaType(h), wanted) }

// documentKindOf tells it by the media type.
func documentKindOf(essence string, wanted bool) documentKind {
	switch essence {
	case "text/html":
		return htmlDocument
	case "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "text/xsl", "application/xslt+xml":
		return xmlDocument
	case "", "unknown/unknown", "application/unknown":
		return sniffedDocument
	}
	if strings.HasSuffix(essence, "+xml") && essence != "application/rss+xml" && essence != "application/atom+xml" && wanted {
		// Some browsers show them, some do not; as data nobody's elements live.
		// Feeds are shown as text.
		return xmlDocument
	}
	return noDocument
}

// mediaType is the media type that counts, in lower case without parameters; it is empty if there is none.
func mediaType(h http.Header) string { return contentTypes(h).Effective().Essence }

func contentTypes(h http.Header) httpfield.ContentTypes {
	return httpfield.ParseContentType(h["Content-Type"])
}

// declaredEncoding is the name of the encoding in a Content-Type, or "".
func declaredEncoding(h http.Header) string {
	return charset.Name(contentTypes(h).Effective().Charset)
}

// straighten makes the type of what may be a document to some browser the same to all. Of what is shown by nobody each
// may think as it likes.
func straighten(h http.Header, said httpfield.ContentTypes) {
	if said.Agree() {
		return // as nearly always
	}
	if documentKindOf(said.Effective().Essence, true) != noDocument || documentKindOf(said.Chromium.Essence, true) != noDocument {
		said.Straighten(h)
	}
}
