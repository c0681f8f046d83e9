package caddymodule

import (
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// varyByVisitor tells caches that a response was made for one visitor's
// decision: also where nothing had to be changed for it (RFC 9110 section 12.5.5).
func varyByVisitor(h *Handler, header http.Header) {
	if h.Pages == pagesShared {
		return
	}
	h.pagesVary.addTo(header)
	if !h.Cache.Public {
		makePrivate(header)
	}
}

// cacheFields are fields for caches of one kind alone, beside those that end in -Cache-Control.
var cacheFields = []string{"Surrogate-Control", "X-Accel-Expires", "Edge-Control"}

// makePrivate keeps caches that are not one visitor's from storing a response.
func makePrivate(header http.Header) {
	// Caches that have a field of their own obey that one (RFC 9213).
	for name := range header {
		if hasSuffixFold(name, "-Cache-Control") || slices.ContainsFunc(cacheFields, func(field string) bool { return strings.EqualFold(name, field) }) {
			delete(header, name)
		}
	}
	header["Cache-Control"] = []string{privateCacheControl(header["Cache-Control"])}
}

// varyByDecision names what a decision is made from.
func varyByDecision(h *Handler, header http.Header) { h.varies.addTo(header) }

// translateVary has a response that was chosen by what its backend was told of the decision vary by what that is made
// from: nobody outside has seen those fields (RFC 9110 section 12.5.5).
func (h *Handler) translateVary(header http.Header) {
	vary := header["Vary"]
	if !httpguts.HeaderValuesContainsToken(vary, consentHeader) && !httpguts.HeaderValuesContainsToken(vary, stateHeader) {
		return
	}
	httpfield.SetList(header, "Vary", httpfield.NamesWithout(vary, func(name string) bool {
		return strings.EqualFold(name, consentHeader) || strings.EqualFold(name, stateHeader)
	}))
	varyByDecision(h, header)
	if !h.Cache.Public {
		makePrivate(header)
	}
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}

// fieldNames are names of request headers for Vary, each once.
type fieldNames struct {
	names []string
	line  string // all of them
}

func newFieldNames(names ...string) fieldNames {
	h := make(http.Header)
	addVary(h, names...)
	return fieldNames{names, first(h, "Vary")}
}

// addTo names them in Vary.
func (f *fieldNames) addTo(h http.Header) {
	if len(h["Vary"]) == 0 && f.line != "" {
		h["Vary"] = []string{f.line}
		return
	}
	addVary(h, f.names...)
}

// decisionHeaders are the request's headers that a decision is made from.
func (h *Handler) decisionHeaders() []string {
	if len(h.Cache.Vary) > 0 {
		return h.Cache.Vary
	}
	names := append([]string{"Cookie"}, h.policy.SourceHeaders()...)
	if h.policy.UsesGPC() {
		names = append(names, "Sec-GPC")
	}
	if h.policy.UsesDNT() {
		names = append(names, "DNT")
	}
	return names
}

// addVary names request headers in Vary, each once.
func addVary(h http.Header, names ...string) {
	vary := h["Vary"]
	if httpguts.HeaderValuesContainsToken(vary, "*") {
		return
	}
	line := slices.Clip(vary)
	for _, name := range names {
		if !httpguts.HeaderValuesContainsToken(line, name) {
			line = append(line, name)
		}
	}
	if len(line) > len(vary) {
		// In one line: there are caches that read no more than one.
		h["Vary"] = []string{strings.Join(line, ", ")}
	}
}

// privateCacheControl makes shared caches stay away (RFC 9111 section
// 5.2.2.7) and keeps what the backend says otherwise.
func privateCacheControl(lines []string) string {
	kept := []string{"private"}
	for directive, name := range httpfield.CacheDirectives(lines) {
		switch strings.ToLower(name) {
		case "", "public", "private", "s-maxage", "proxy-revalidate":
		case "no-store":
			return strings.Join(lines, ", ") // stricter than private
		default:
			kept = append(kept, directive)
		}
	}
	return strings.Join(kept, ", ")
}

// forbidsStoring tells whether nobody is to keep a response (RFC 9111 section 5.2.2.5).
func forbidsStoring(lines []string) bool {
	for directive := range httpfield.CacheDirectives(lines) {
		if strings.EqualFold(directive, "no-store") {
			return true
		}
	}
	return false
}
