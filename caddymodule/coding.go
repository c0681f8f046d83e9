package caddymodule

import (
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/encode"

	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
)

// contentCodings lists the codings of a response (contentcoding.Parse).
func contentCodings(h http.Header) (names []string, ok bool) {
	return contentcoding.Parse(h["Content-Encoding"])
}

// lastAccepted is the coding that was applied last, if the client accepts it, as Caddy's encode reads that:
// there are backends that do not ask.
func lastAccepted(names, acceptEncoding []string) string {
	if len(names) == 0 {
		return ""
	}
	last := names[len(names)-1]
	client := http.Request{Header: http.Header{"Accept-Encoding": {strings.Join(acceptEncoding, ", ")}}}
	if !slices.Contains(encode.AcceptedEncodings(&client, nil), last) {
		return ""
	}
	return last
}
