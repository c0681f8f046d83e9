package caddymodule

import (
	"net/http"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/httpfield"
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
		"serviceworker", "sharedworker", "style", "track", "video", "webidentity", "worker":
		return asPart
	case "text": // import … with { type: "text" }
		return asData
	case "", "empty": // scripts that navigate fetch documents, too
		accept := r.Header["Accept"]
		if slices.ContainsFunc(accept, acceptsPages) && !slices.ContainsFunc(accept, acceptsJSON) {
			return asDocument
		}
		if dest != "" || len(accept) > 0 {
			return asData
		}
	}
	return asAnything
}

// fetchDest is what a browser says that the response is for (Fetch Metadata section 2.1). No browser
// says it twice; lines that are joined are no destination that there is.
func fetchDest(r *http.Request) string { return strings.Join(r.Header["Sec-Fetch-Dest"], ", ") }

// acceptsJSON tells whether somebody asks who takes data as well: no window does.
func acceptsJSON(accept string) bool { return strings.Contains(accept, "json") }

func acceptsPages(accept string) bool {
	return strings.Contains(accept, "text/html") || strings.Contains(accept, "application/xhtml+xml")
}

// acceptsCode tells whether somebody asks who runs or parses the answer, as jQuery does for scripts and JSON. Some
// put it into the page all the same if it is HTML; others name JSON before all else.
func acceptsCode(accept string) bool {
	return strings.Contains(accept, "javascript") ||
		acceptsJSON(accept) && !strings.Contains(accept, "*/*") && !strings.Contains(accept, "text/")
}

// wantsDocument tells whether a request for this purpose may be answered with a page
// that a browser shows.
func (p purpose) wantsDocument(r *http.Request) bool {
	return p == asDocument && (r.Method == http.MethodGet || r.Method == http.MethodHead)
}

// What passes because of what it is for is a version of its own: a tag that names it is good for the
// same purpose alone. These words stand where others name a decision: outcome.variant. Data for a script
// needs none: whether it is data its bytes tell, and forScript and forCode are in the name of what scripts get.
const (
	variantPart = "as--part"
	variantFile = "as--file" // a download: asked for whole each time
)

// passes tells whether a response that says it is HTML is never read as such, and as which version it then
// passes. A download is not, unless a script asks for it; what browsers embed they may show all the same.
func (v *visit) passes(r *http.Request, h http.Header) (variant string, ok bool) {
	switch v.purpose {
	case asPart:
		return variantPart, true
	case asDocument:
		switch fetchDest(r) {
		case "document", "iframe", "frame":
			return variantFile, httpfield.IsAttachment(h["Content-Disposition"])
		}
	}
	return "", false
}

// unlessPasses is the kind of a response that says it is of this one, or noDocument for HTML that passes as something
// else, which it is made ready for.
func (w *responseWriter) unlessPasses(kind documentKind) documentKind {
	if kind != htmlDocument {
		return kind
	}
	variant, passes := w.visit.passes(w.r, w.Header())
	if !passes {
		return kind
	}
	w.passAsIs(variant)
	return noDocument
}

// passAsIs readies the header of a part or a download.
func (w *responseWriter) passAsIs(variant string) {
	if w.h.Mode != modeEnforce {
		return
	}
	w.varyByPurpose()
	h := w.ResponseWriterWrapper.Header()
	nameVariant(h, variant)
	if variant == variantFile {
		// For whom a handler outside, or a cache, makes a page of it after all.
		h.Add("Content-Security-Policy", "sandbox; default-src 'none'")
	}
}

// varyByPurpose tells caches that what is sent as HTML and passes would be another page for who shows
// it. None that are for many may have it: not all of them heed Vary.
func (w *responseWriter) varyByPurpose() {
	h := w.ResponseWriterWrapper.Header()
	addVary(h, "Sec-Fetch-Dest", "Accept")
	makePrivate(h)
}
