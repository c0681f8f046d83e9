package caddymodule

import (
	"bytes"
	"encoding/json"
	"html/template"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
)

// What the answers of the endpoint have in common.

// textsFor are the texts for whoever asks: in the language of the query (lang), for a page of the
// site's that is in one, or of the visitor's browser.
func (h *Handler) textsFor(r *http.Request) (texts ui.Texts, lang, dir string) {
	return h.languages.Choose(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
}

// The Content-Security-Policy of the endpoint's pages, which run no scripts and stand in no frame;
// and of that with a form.
const (
	pagePolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
	formPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// writePage answers with a page under a policy.
func writePage(w http.ResponseWriter, page *template.Template, data any, policy string) error {
	var out bytes.Buffer
	if err := page.Execute(&out, data); err != nil {
		return caddyhttp.Error(http.StatusInternalServerError, err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", policy)
	addVary(header, "Accept-Language")
	_, err := w.Write(out.Bytes())
	return err
}

// writeJSON answers with data for scripts.
func writeJSON(w http.ResponseWriter, data any) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(data)
}
