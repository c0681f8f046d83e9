package caddymodule

import (
	"net/http"
	"reflect"
)

// Who will see a response behind this module: what handlers outside do to it is not to be done here, or is yet to come.

// The packages in which writers of Caddy's handlers are defined.
const (
	encodePackage  = "github.com/caddyserver/caddy/v2/modules/caddyhttp/encode"
	headersPackage = "github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
)

// headersOutside tells whether a header handler outside this one will see the
// response, that may change any field.
func headersOutside(w http.ResponseWriter) bool { return isOutside(w, headersPackage) }

// encodeOutside tells whether an encode handler outside this one will see the response. It looks once.
func (w *responseWriter) encodeOutside() bool {
	if !w.outsideKnown {
		w.outside, w.outsideKnown = isOutside(w.ResponseWriter, encodePackage), true
	}
	return w.outside
}

// isOutside looks for the writer of a package: Caddy offers no other way to know who will see a response.
func isOutside(w http.ResponseWriter, pkg string) bool {
	for {
		t := reflect.TypeOf(w)
		if t != nil && t.Kind() == reflect.Pointer && t.Elem().PkgPath() == pkg {
			return true
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = u.Unwrap()
	}
}
