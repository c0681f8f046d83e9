package caddymodule

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// Much is sent as text/html that never becomes a page: JSON, scripts. PHP does so unless it is told
// another type. What would be right for a page breaks it, and a browser says what it wants.

// A purpose is what the response to a request may become in a browser.
type purpose uint8

const (
	// asAnything: nobody says.
	asAnything purpose = iota
	// asDocument: something whose elements are alive.
	asDocument
	// asData: whatever the script makes of it that asked. HTML it may put into a page.
	asData
	// asPart: a script, an image, something else that is never read as HTML.
	asPart
)

// purposeOf tells it by the request's Fetch Metadata, else by what it accepts.
func purposeOf(r *http.Request) purpose {
	dest := fetchDest(r)
	switch dest {
	case "document", "iframe", "frame", "object", "embed", "fencedframe":
		return asDocument
	case "audio", "audioworklet", "font", "image", "json", "manifest", "paintworklet", "report", "script",
		"serviceworker", "sharedworker", "style", "text", "track", "video", "webidentity", "worker":
		return asPart
	case "", "empty": // scripts that navigate fetch documents, too
		accept := r.Header["Accept"]
		if slices.ContainsFunc(accept, acceptsPages) {
			return asDocument
		}
		if dest != "" || len(accept) > 0 {
			return asData
		}
	}
	return asAnything
}

// fetchDest is what a browser says that the response is for (Fetch Metadata section 2.1).
func fetchDest(r *http.Request) string { return first(r.Header, "Sec-Fetch-Dest") }

func acceptsPages(accept string) bool {
	return strings.Contains(accept, "text/html") || strings.Contains(accept, "application/xhtml+xml")
}

// wantsDocument tells whether a request for this purpose may be answered with a page
// that a browser shows.
func (p purpose) wantsDocument(r *http.Request) bool {
	return p == asDocument && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// becomesPage tells whether a response that says it is HTML may be read as such. A download is
// not, unless a script asks for it; what browsers embed they may show all the same.
func (v *visit) becomesPage(r *http.Request, h http.Header) bool {
	if v.purpose == asPart {
		return false
	}
	switch fetchDest(r) {
	case "document", "iframe", "frame":
		kind, _, _ := strings.Cut(first(h, "Content-Disposition"), ";")
		return !strings.EqualFold(strings.TrimSpace(kind), "attachment")
	}
	return true
}

// jsonStart is how much of what comes may be blank before it is HTML.
const jsonStart = 512

// startsJSON tells by its first bytes whether text is a JSON object or array (RFC 8259), and
// whether that is settled: brackets, then a string. Shorter values have no markup in them, and
// other text may begin with a bracket.
func startsJSON(first []byte) (yes, settled bool) {
	before := byte(0)
	for _, c := range bytes.TrimPrefix(first[:min(len(first), jsonStart)], []byte("\uFEFF")) {
		switch c {
		case '\t', '\n', '\r', ' ':
			continue
		case '[', '{':
			if before == '{' {
				return false, true
			}
		default:
			return c == '"' && before != 0, true
		}
		before = c
	}
	return false, len(first) >= jsonStart
}

// varyByPurpose tells caches that what passes here as it is would be another page for who shows it.
func (w *responseWriter) varyByPurpose() {
	if w.h.Mode != modeEnforce {
		return
	}
	h := w.ResponseWriterWrapper.Header()
	addVary(h, "Sec-Fetch-Dest", "Accept")
	if !w.h.Cache.Public {
		makePrivate(h)
	}
}
