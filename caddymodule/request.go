package caddymodule

import (
	"net/http"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
)

// prepareRequest lets the backend see what it may, and makes it answer in a
// way that can be inspected.
func (h *Handler) prepareRequest(r *http.Request, v *visit) {
	h.filterCookies(r, v)
	h.tellBackend(r.Header, v)
	if lines := r.Header["Accept-Encoding"]; len(lines) > 0 {
		asked := strings.Join(lines, ", ")
		if kept := contentcoding.Accept(asked); len(lines) > 1 || kept != asked {
			v.keep(r.Header, "Accept-Encoding")
			r.Header["Accept-Encoding"] = []string{kept}
		}
	}
	if v.document || r.Header["If-None-Match"] != nil || r.Header["If-Match"] != nil || r.Header["If-Range"] != nil || r.Header["If-Modified-Since"] != nil {
		v.keep(r.Header, conditionalFields...)
		good := []string{h.variant(&v.page, v.parts)}
		if v.purpose == asPart {
			good = append(good, variantPart)
		}
		bare := !v.document && (v.purpose == asPart || h.noPages.knows(r, v.uri))
		v.asked = conditional(r.Header, v.document, bare, good...)
	}
}

// filterCookies takes cookies that are denied out of the request, and notes
// their names.
func (h *Handler) filterCookies(r *http.Request, v *visit) {
	lines := r.Header["Cookie"]
	if len(lines) == 0 || h.policy.AllCookiesPass(&v.decision) {
		return
	}
	changed := false
	removed := func(name string, verdict consent.CookieVerdict) {
		changed = true
		h.countCookie(name, verdict, v)
		if verdict.Known {
			v.denied = append(v.denied, name)
		}
	}
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		if line = h.policy.FilterCookies(line, &v.decision, removed); line != "" {
			kept = append(kept, line)
		}
	}
	if changed {
		v.keep(r.Header, "Cookie")
	}
	if len(kept) == 0 {
		delete(r.Header, "Cookie")
		return
	}
	r.Header["Cookie"] = kept
}

// reportCookies notes those that filterCookies would take.
func (h *Handler) reportCookies(r *http.Request, v *visit) {
	for _, line := range r.Header["Cookie"] {
		h.policy.FilterCookies(line, &v.decision, func(name string, verdict consent.CookieVerdict) { h.countCookie(name, verdict, v) })
	}
}

// The headers by which the backend learns of the decision.
const (
	consentHeader = "X-Consent"
	stateHeader   = "X-Consent-State"
)

// tellBackend sets them, in place of any that the client has sent. Of shared
// pages the backend must not make one for each visitor: it is told what they are
// made by.
func (h *Handler) tellBackend(header http.Header, v *visit) {
	for name := range header {
		if len(name) >= len(consentHeader) && strings.EqualFold(name[:len(consentHeader)], consentHeader) {
			v.keep(header, name)
			delete(header, name)
		}
	}
	told := &v.decision
	if v.document {
		told = &v.page
	}
	values := [...]string{h.outcome(told, 0).summary, told.State.String()} // one allocation for both
	header[consentHeader] = values[0:1:1]
	header[stateHeader] = values[1:2:2]
}

// placeholderPrefix is what the handler's placeholders begin with.
const placeholderPrefix = "http.consent."

// The words after it that are not categories. No category may be named so.
const (
	wordState   = "state"
	wordSource  = "source"
	wordGranted = "granted"
)

// setPlaceholders makes {http.consent.*} known to the handlers inside.
func setPlaceholders(r *http.Request, told *handled) {
	repl, ok := r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
	if !ok {
		return
	}
	repl.Map(func(key string) (any, bool) {
		word, ours := strings.CutPrefix(key, placeholderPrefix)
		switch latest := told.instead.Load(); {
		case !ours:
			return nil, false
		case word == wordHandled:
			return told, true
		case latest != nil:
			return latest.tell(word)
		}
		return told.tell(word)
	})
}

// tell answers a placeholder.
func (told *handled) tell(word string) (any, bool) {
	policy, decision := told.policy, &told.decision
	switch _, category := policy.Category(word); {
	case category, word == wordState, word == wordSource, word == wordGranted:
		told.asked.Store(true)
	default:
		return nil, false
	}
	switch word {
	case wordState:
		return decision.State.String(), true
	case wordSource:
		return decision.Source, true
	case wordGranted:
		return strings.Join(policy.GrantedNames(decision), ","), true
	}
	return policy.Granted(decision, word), true
}
