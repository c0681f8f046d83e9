package caddymodule

import (
	"net/http"
	"strings"
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
func documentOf(h http.Header, wanted bool) documentKind {
	essence := mediaType(h)
	switch essence {
	case "text/html":
		return htmlDocument
	case "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml", "text/xsl", "application/xslt+xml":
		return xmlDocument
	case "", "unknown/unknown", "application/unknown", "*/*":
		return sniffedDocument
	}
	if strings.HasSuffix(essence, "+xml") && essence != "application/rss+xml" && essence != "application/atom+xml" && wanted {
		// Some browsers show them, some do not; as data nobody's elements live.
		// Feeds are shown as text.
		return xmlDocument
	}
	return noDocument
}

// mediaType is the media type that counts, in lower case without parameters:
// of several values, in one line or many, the last valid one (Fetch standard,
// "extract a MIME type"). It is empty if there is none.
func mediaType(h http.Header) string {
	essence, _, _ := strings.Cut(lastMediaType(h), ";")
	return strings.ToLower(strings.TrimSpace(essence))
}

// lastMediaType is the value that counts, with its parameters.
func lastMediaType(h http.Header) string {
	last := ""
	for _, line := range h["Content-Type"] {
		for value := range splitOutsideQuotes(line) {
			if isMediaType(value) {
				last = value
			}
		}
	}
	return last
}

// isMediaType tells whether a value has a type and a subtype.
func isMediaType(value string) bool {
	essence, _, _ := strings.Cut(value, ";")
	essence = strings.TrimSpace(essence)
	slash := strings.IndexByte(essence, '/')
	return slash > 0 && slash < len(essence)-1 && strings.IndexByte(essence, ' ') < 0 && strings.IndexByte(essence, '\t') < 0
}

// charsetParameter is the charset in a Content-Type as browsers read it, or "" (MIME Sniffing standard section 4.4,
// "parse a MIME type"): what is wrong with other parameters does not count, and of two the first does.
func charsetParameter(contentType string) string {
	_, rest, _ := strings.Cut(contentType, ";")
	for rest != "" {
		end := strings.IndexAny(rest, ";=")
		if end < 0 {
			break
		}
		name, separator := strings.TrimLeft(rest[:end], httpBlanks), rest[end]
		if rest = rest[end+1:]; separator == ';' {
			continue
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			text, n := unquote(rest)
			value = text
			_, rest, _ = strings.Cut(rest[n:], ";")
		} else {
			value, rest, _ = strings.Cut(rest, ";")
			if value = strings.TrimRight(value, httpBlanks); value == "" {
				continue
			}
		}
		if isNamed(name, "charset") {
			return value
		}
	}
	return ""
}

const httpBlanks = " \t\r\n"

// splitOutsideQuotes splits a list at its commas, but not within quoted
// strings (RFC 9110 section 5.6.4).
func splitOutsideQuotes(list string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if strings.IndexByte(list, ',') < 0 { // as nearly always
			yield(list)
			return
		}
		start, quoted := 0, false
		for i := 0; i < len(list); i++ {
			switch c := list[i]; {
			case c == '\\' && quoted:
				i++
			case c == '"':
				quoted = !quoted
			case c == ',' && !quoted:
				if !yield(list[start:i]) {
					return
				}
				start = i + 1
			}
		}
		yield(list[start:])
	}
}
