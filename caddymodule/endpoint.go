package caddymodule

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
)

// endpointPath tells whether the request is for the consent endpoint, and
// for which path below it ("" is the endpoint without its slash). It counts
// where the visitor went: a site whose every path is rewritten to one page, as
// with "try_files {path} /index.html", has the endpoint too. It also counts
// what a prefix was stripped from.
func (h *Handler) endpointPath(r *http.Request) (string, bool) {
	_, asked := original(r)
	for _, path := range [...]string{asked, r.URL.Path} {
		if rest, ok := strings.CutPrefix(path, h.Banner.Path); ok && (rest == "" || rest[0] == '/') {
			return rest, true
		}
	}
	return "", false
}

// serveEndpoint answers requests below the endpoint's path. No other handler
// sees them.
func (h *Handler) serveEndpoint(w http.ResponseWriter, r *http.Request, path string, v visit) error {
	header := w.Header()
	header.Del("Content-Type") // a header directive says it of pages
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if path == "" {
		target := url.URL{Path: h.Banner.Path + "/", RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect)
		return nil
	}
	part, ok := endpointParts[path]
	if !ok || part.there != nil && !part.there(h) {
		http.Error(w, "not found", http.StatusNotFound)
		return nil
	}
	allow := part.methods
	if allow == "" {
		allow = "GET, HEAD"
	}
	if !slices.Contains(strings.Split(allow, ", "), r.Method) {
		return notAllowed(w, allow)
	}
	return part.serve(h, w, r, v)
}

// endpointPart answers one path below the endpoint's.
type endpointPart struct {
	serve   func(h *Handler, w http.ResponseWriter, r *http.Request, v visit) error
	methods string              // those that are allowed; "" for GET and HEAD
	there   func(*Handler) bool // whether the settings have it; nil for always
}

// endpointParts are the paths below the endpoint's.
var endpointParts = map[string]endpointPart{
	"/":             {serve: (*Handler).serveRoot, methods: "GET, HEAD, POST"},
	"/granted":      {serve: (*Handler).serveGranted},
	"/banner.css":   {serve: asset("banner.css"), there: (*Handler).asks},
	"/banner.js":    {serve: script("banner.js"), there: (*Handler).asks},
	"/state":        {serve: (*Handler).serveState, there: (*Handler).asks},
	"/bridge":       {serve: (*Handler).serveBridge, methods: "POST", there: (*Handler).bridges},
	"/bridge.js":    {serve: asset("bridge.js"), there: (*Handler).bridges},
	"/csp":          {serve: (*Handler).serveCSP, methods: "POST", there: (*Handler).hasNet},
	"/early.js":     {serve: (*Handler).serveEarly},
	"/frame.json":   {serve: (*Handler).serveFrame, there: (*Handler).guards},
	"/guard.json":   {serve: (*Handler).serveGuard, there: (*Handler).guards},
	"/policy":       {serve: (*Handler).servePolicyHTML},
	"/policy.json":  {serve: servesPolicy("application/json", writePolicyJSON)},
	"/policy.md":    {serve: servesPolicy("text/markdown; charset=utf-8", (*ui.Policy).WriteMarkdown)},
	"/receipt":      {serve: (*Handler).serveReceipt, there: (*Handler).hasOwn},
	"/receipt.json": {serve: (*Handler).serveReceiptJSON, there: (*Handler).hasOwn},
	"/release.js":   {serve: script("release.js")},
	"/style.css":    {serve: asset("style.css")},

	"/placeholder.css":  {serve: asset("placeholder.css")},
	"/placeholder.js":   {serve: script("placeholder.js")},
	"/placeholder.json": {serve: (*Handler).servePlaceholder},
}

// bridges tells whether another consent manager's answer is handed on.
func (h *Handler) bridges() bool { return h.Bridge }

// serveRoot shows the form, or takes what it sends.
func (h *Handler) serveRoot(w http.ResponseWriter, r *http.Request, v visit) error {
	switch {
	case !h.asks():
		http.Error(w, "on this site another consent manager asks", http.StatusNotFound)
		return nil
	case r.Method == http.MethodPost:
		return h.serveChoice(w, r, v)
	}
	return h.servePreferences(w, r, v)
}

// asks tells whether visitors choose on this module's own page, and not with
// another consent manager.
func (h *Handler) asks() bool { return h.policy.HasOwn() && !h.Bridge }

// asset serves a stylesheet or script.
func asset(name string) func(*Handler, http.ResponseWriter, *http.Request, visit) error {
	data := ui.Asset(name)
	return serves(name, func() []byte { return data })
}

// script serves a script that is made of several files: when it is first asked for.
func script(name string) func(*Handler, http.ResponseWriter, *http.Request, visit) error {
	return serves(name, func() []byte { return ui.Script(name) })
}

// serves makes what answers with bytes as the file of a name.
func serves(name string, data func() []byte) func(*Handler, http.ResponseWriter, *http.Request, visit) error {
	return func(_ *Handler, w http.ResponseWriter, r *http.Request, _ visit) error {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data()))
		return nil
	}
}

// notAllowed answers a request by another method than those of allow.
func notAllowed(w http.ResponseWriter, allow string) error {
	w.Header().Set("Allow", allow)
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	return nil
}

// maxVendors bounds how many vendors one page may ask about.
const maxVendors = 500

// serveGranted answers a shared page's question which of its vendors this
// visitor allows.
func (h *Handler) serveGranted(w http.ResponseWriter, r *http.Request, v visit) error {
	ids := strings.Split(r.URL.Query().Get("vendors"), ",")
	if len(ids) > maxVendors {
		http.Error(w, "too many vendors", http.StatusBadRequest)
		return nil
	}
	answer := struct {
		Granted    []string `json:"granted"` // of the vendors
		Categories []string `json:"categories"`
		Denied     []string `json:"denied"` // of the categories
	}{[]string{}, h.policy.GrantedNames(&v.decision), h.policy.DeniedNames(&v.decision)}
	for _, id := range ids {
		if h.policy.VendorGranted(&v.decision, id) {
			answer.Granted = append(answer.Granted, id)
		}
	}
	return writeJSON(w, answer)
}
