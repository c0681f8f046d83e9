package caddymodule

import (
	"context"
	"maps"
	"net/http"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// A part of a document cannot be inspected, and its numbers are those of other bytes. Who asks for a page gets it
// whole, without the backend being asked for a part (conditionalFields). Where only the response tells that it
// is one, the handlers inside are asked once more, for all of it: a server may always answer so
// (RFC 9110 section 14.2).

// wholeRequest is what they are asked then.
type wholeRequest struct {
	request *http.Request
	header  http.Header // as it was before they were asked for a part
	groups  map[string]struct{}
}

// routeGroups is where Caddy notes which of several routes, of which one alone is to act, has acted: two
// handle blocks are such.
const routeGroups = caddy.CtxKey("route_group")

func groupsOf(r *http.Request) map[string]struct{} {
	groups, _ := r.Context().Value(routeGroups).(map[string]struct{})
	return groups
}

// wholeOf readies that for a request for a part whose response may turn out to be a document; else it is nil.
func (w *responseWriter) wholeOf(r *http.Request) *wholeRequest {
	if r.Header["Range"] == nil || w.h.Mode != modeEnforce || r.Method != http.MethodGet && r.Method != http.MethodHead || r.ContentLength != 0 {
		return nil
	}
	whole := r.Clone(r.Context()) // handlers may rewrite it
	delete(whole.Header, "Range")
	delete(whole.Header, "If-Range")
	return &wholeRequest{whole, w.Header().Clone(), maps.Clone(groupsOf(r))}
}

// isPart tells whether the response with this status is a part that nobody is to see: of a document, or of several
// parts each with a type of its own. One without a type is told by its bytes.
func (w *responseWriter) isPart(status int) bool {
	if status != http.StatusPartialContent || w.whole == nil {
		return false
	}
	h := w.Header()
	if mediaType(h) == "multipart/byteranges" {
		return w.visit.purpose != asPart
	}
	kind := documentOf(h, w.visit.document)
	if kind == htmlDocument {
		_, passes := w.visit.passes(w.r, h)
		return !passes
	}
	return kind == xmlDocument
}

// askForWhole starts the response over, with all of the document.
func (w *responseWriter) askForWhole(next caddyhttp.Handler) error {
	whole, h := w.whole, w.Header()
	w.whole, w.state, w.r = nil, undecided, whole.request
	if vars, ok := w.r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any); ok {
		// What was asked before may still read them: a proxy dials on when it has found another connection.
		w.r = w.r.WithContext(context.WithValue(w.r.Context(), caddyhttp.VarsCtxKey, maps.Clone(vars)))
	}
	clear(h)
	maps.Copy(h, whole.header)
	if groups := groupsOf(w.r); groups != nil {
		clear(groups)
		maps.Copy(groups, whole.groups)
	}
	return next.ServeHTTP(w, w.r)
}
