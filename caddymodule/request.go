package caddymodule

import (
	"net/http"
	"strings"
)

// prepareRequest makes the backend answer in a way that can be inspected.
func prepareRequest(r *http.Request) {
	if lines := r.Header["Accept-Encoding"]; len(lines) > 0 {
		r.Header["Accept-Encoding"] = []string{acceptable(strings.Join(lines, ", "))}
	}
	if !wantsDocument(r) {
		return
	}
	// A validator names bytes that were made for some decision, perhaps another
	// one: "not modified" would keep them on the screen. Half a document cannot be
	// inspected. So a document is asked for anew and whole (RFC 9110 sections 13.1, 14.2).
	for _, name := range []string{
		"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range",
	} {
		delete(r.Header, name)
	}
}

// wantsDocument tells whether the request may be answered with a page that a
// browser shows: by its Fetch Metadata, else by what it accepts.
func wantsDocument(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "document", "iframe", "frame", "object", "embed", "fencedframe":
		return true
	case "":
		for _, accept := range r.Header["Accept"] {
			if strings.Contains(accept, "text/html") || strings.Contains(accept, "application/xhtml+xml") {
				return true
			}
		}
	}
	return false
}
