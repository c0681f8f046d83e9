package caddymodule

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
)

// The early script is the first that runs in a page. It is one file, made of the
// parts that the settings ask for:
//
//	(function (data) { … })({"guard": …, "signals": …});
//
// Its URL names the decision and the version of everything it is made of, so
// that browsers keep it for as long as they like. In a shared page it names neither: it
// is made for whoever asks.

const earlyName = "early.js"

// earlyPart is one part of the early script.
type earlyPart struct {
	// file is the asset: statements that find what data returns in data[key].
	file, key string
	// data is what it needs to know under a decision on a host; ok is false if it is not
	// part of the script then.
	data func(h *Handler, d *consent.Decision, host string) (data any, ok bool)
}

// earlyParts stand in the script in this order.
var earlyParts = []earlyPart{
	{"guard.js", "guard", (*Handler).guardData},
	{"signals.js", "signals", (*Handler).signals},
	{"stubs.js", "stubs", (*Handler).stubs},
}

// earlyTag is the element that loads the early script.
func (h *Handler) earlyTag(d *consent.Decision, attributes ...string) string {
	if h.Pages == pagesShared {
		return h.scriptTag(earlyName, attributes...)
	}
	query := url.Values{"v": {h.variant(d, 0)}, "granted": {strings.Join(h.policy.GrantedNames(d), " ")}}
	return h.scriptTag(earlyName+"?"+query.Encode(), attributes...)
}

// serveEarly serves the early script.
func (h *Handler) serveEarly(w http.ResponseWriter, r *http.Request, v visit) error {
	d := v.decision
	query := r.URL.Query()
	if names, ok := query["granted"]; ok {
		nothing := h.policy.Nothing()
		d = h.policy.Chosen(consent.Choice{Granted: strings.Fields(names[0])}, &nothing)
		if query.Get("v") == h.variant(&d, 0) {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
	}
	script, err := h.earlyScripts.of(h, &d, v.host)
	if err != nil {
		return caddyhttp.Error(http.StatusInternalServerError, err)
	}
	script.serve(w, r)
	return nil
}

// early makes the script, for a page of a host.
func (h *Handler) early(d *consent.Decision, host string) ([]byte, error) {
	all := map[string]any{}
	var script bytes.Buffer
	script.WriteString("(function(data){\"use strict\";\n")
	for _, part := range earlyParts {
		if data, ok := part.data(h, d, host); ok {
			all[part.key] = data
			script.Write(ui.Small(part.file))
			script.WriteString("\n")
		}
	}
	// Scripts of the page that look for the first one find their own.
	script.WriteString("globalThis.document?.currentScript?.remove();\n})(")
	if err := json.NewEncoder(&script).Encode(all); err != nil {
		return nil, err
	}
	script.WriteString(");\n")
	return script.Bytes(), nil
}
