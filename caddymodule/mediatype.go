package caddymodule

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/caddy-consent/caddy-consent/internal/charset"
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
func mediaType(h http.Header) string { return contentTypeOf(h).essence }

// declaredEncoding is the name of the encoding in a Content-Type, or "".
func declaredEncoding(h http.Header) string { return charset.Name(contentTypeOf(h).charset) }

// contentType is what the lines of a Content-Type come to.
type contentType struct {
	essence string // in lower case
	charset string // a label, "" for none
	// other is what some browsers may read in its place, "" for the same.
	other string
	// odd says that not all browsers may read it so.
	odd bool
}

// contentTypeOf reads it as the Fetch standard does ("extract a MIME type"): of several values, in one line or
// many, the last valid one counts. Chromium has rules of its own, by which values are types that the standard
// knows nothing of, "text/html charset=utf-8" among them: where by the standard there is none, they count.
func contentTypeOf(h http.Header) contentType {
	lines := h["Content-Type"]
	if len(lines) == 0 {
		return contentType{}
	}
	essence, parameters, _ := strings.Cut(lines[0], ";")
	if essence = strings.Trim(essence, httpBlanks); len(lines) == 1 && isMediaType(essence) && strings.IndexByte(parameters, ',') < 0 {
		return contentType{essence: strings.ToLower(essence), charset: charsetParameter(parameters)} // as nearly always
	}
	var standard, chromium contentType
	for value := range splitOutsideQuotes(strings.Join(lines, ", ")) {
		essence, parameters, _ := strings.Cut(value, ";")
		if essence = strings.Trim(essence, httpBlanks); isMediaType(essence) {
			standard.take(essence, parameters)
		}
	}
	for _, line := range lines {
		for value := range splitOutsideQuotes(line) {
			if value = strings.Trim(value, httpBlanks); value == "*/*" || strings.IndexByte(value, '/') < 0 {
				continue
			}
			essence, rest := value, ""
			if end := strings.IndexAny(value, httpBlanks+";("); end >= 0 {
				essence, rest = value[:end], value[end:]
			}
			_, parameters, _ := strings.Cut(rest, ";")
			chromium.take(essence, parameters)
		}
	}
	t := standard
	if standard.essence == "" && isMediaType(chromium.essence) {
		t = chromium
	}
	if t.odd = standard != chromium; t.odd {
		t.other = chromium.essence
	}
	return t
}

// take lets a value count. One of the same type as that before keeps its charset, unless it has one itself.
func (t *contentType) take(essence, parameters string) {
	if essence = strings.ToLower(essence); essence != t.essence {
		*t = contentType{essence: essence}
	}
	if label := charsetParameter(parameters); label != "" {
		t.charset = label
	}
}

// straighten makes a header that browsers may read otherwise say what was read in it.
func (t contentType) straighten(h http.Header) {
	if !t.odd || t.essence == "" || documentKindOf(t.essence, true) == noDocument && documentKindOf(t.other, true) == noDocument {
		return // of what is shown by nobody each may think as it likes
	}
	h["Content-Type"] = []string{t.essence}
	if name := charset.Name(t.charset); name != "" { // browsers ignore others
		h["Content-Type"][0] += "; charset=" + name
	}
}

// isMediaType tells whether this is a type and a subtype.
func isMediaType(essence string) bool {
	kind, subtype, ok := strings.Cut(essence, "/")
	return ok && essence != "*/*" && httpguts.ValidHeaderFieldName(kind) && httpguts.ValidHeaderFieldName(subtype) // which is a token
}

// charsetParameter is the charset among a type's parameters as browsers read them, or "" (MIME Sniffing standard
// section 4.4, "parse a MIME type"): what is wrong with others does not count, and of two the first does.
func charsetParameter(parameters string) string {
	for rest := parameters; rest != ""; {
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
