package caddymodule

import (
	"net/http"

	"github.com/caddy-consent/caddy-consent/rewrite"
)

// Where Location leads a window, the visitor goes. Where it leads an image, a script, a frame or what a script
// fetches, nobody sees it: the page names an address of its own site, and the browser asks a vendor.

// redirectedKinds are what is fetched, by its destination; others are rewrite.Other.
var redirectedKinds = map[string]rewrite.Kind{
	"script": rewrite.Script, "image": rewrite.Image, "style": rewrite.Style, "iframe": rewrite.Frame, "frame": rewrite.Frame,
	"audio": rewrite.Media, "video": rewrite.Media, "track": rewrite.Media, "object": rewrite.Object, "embed": rewrite.Object,
}

// filterLocation drops a redirect to a blocked vendor of what a page loads. A browser treats it as failed. Who does not
// say what it loads (Fetch Metadata) is taken for a window.
func (w *responseWriter) filterLocation() {
	h := w.Header()
	lines := h["Location"]
	if len(lines) == 0 {
		return
	}
	// By the visitor's own decision, also from shared pages: nothing in a browser could give it back.
	j := headerJudge{w: w}
	v := j.verdict([]byte(lines[0]), &w.visit.decision)
	if kind, ok := w.redirectedKind(); ok && v.Blocked {
		w.h.countBlocked(kind, v, j.url.Host, &w.visit)
		if w.h.Mode == modeEnforce {
			delete(h, "Location")
		}
	}
	if w.h.Mode == modeEnforce && (v.Known || v.Blocked) {
		varyByDecision(w.h, h)
		w.varyByPurpose()
		w.varyByCoding()
	}
}

// redirectedKind is what a page loads with this request. ok is false for a window.
func (w *responseWriter) redirectedKind() (kind rewrite.Kind, ok bool) {
	dest := fetchDest(w.r)
	if dest == "" || dest == "document" || dest == "empty" && purposeOf(w.r) == asDocument {
		return 0, false
	}
	kind, ok = redirectedKinds[dest]
	if !ok {
		kind = rewrite.Other
	}
	return kind, true
}

// isRedirect tells statuses that browsers follow (Fetch standard, "redirect status").
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}
