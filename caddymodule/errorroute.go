package caddymodule

import (
	"net/http"
	"slices"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// When a handler inside fails, Caddy runs the error routes (handle_errors), on the request as the handlers of
// the site have left it, with the same Replacer. A consent directive there must find what the visitor sent, and
// what it decides is what placeholders tell from then on. One that is not there leaves all as it is: the
// backend of an error route sees no cookie that the site's did not.

// sentField is a field of a request as the visitor sent it.
type sentField struct {
	name  string
	lines []string
}

// conditionalFields are those that prepareRequest may change of a request for a document.
var conditionalFields = []string{"If-None-Match", "If-Match", "If-Range", "Range", "If-Modified-Since", "If-Unmodified-Since"}

// keep notes fields that are about to be changed.
func (v *visit) keep(h http.Header, names ...string) {
	for _, name := range names {
		if lines, ok := h[name]; ok {
			v.sent = append(v.sent, sentField{name, lines})
		}
	}
}

// wordHandled is the name of a placeholder that nobody can write in a configuration: what a handler of the site has
// found, which only the Replacer knows in an error route.
const wordHandled = "\x00"

// handledBefore returns, in an error route, what the consent directive of the site has found, and gives back to
// the request what it took. It is nil where there was none.
func handledBefore(r *http.Request) *handled {
	if r.Context().Value(caddyhttp.ErrorCtxKey) == nil {
		return nil
	}
	repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return nil
	}
	value, _ := repl.Get(placeholderPrefix + wordHandled)
	before, _ := value.(*handled)
	if before != nil {
		before.giveBack(r.Header)
	}
	return before
}

// giveBack makes a request's header what the visitor sent.
func (told *handled) giveBack(h http.Header) {
	if latest := told.instead.Load(); latest != nil {
		latest.giveBack(h)
	}
	delete(h, consentHeader)
	delete(h, stateHeader)
	for _, field := range slices.Backward(told.sent) {
		h[field.name] = field.lines
	}
}
