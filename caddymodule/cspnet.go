package caddymodule

import (
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
)

// The CSP net is a Content-Security-Policy made of the decision: a page may load from
// this site, from the hosts of vendors that are granted, and from where the operator
// says. It says where things come from, and nothing else, so inline scripts and eval
// stay as the site has them. It stands beside what the backend sends: browsers
// obey every policy (CSP Level 3 section 4.1), so none is loosened.

// CSPConfig is the net that the visitor's browser holds.
type CSPConfig struct {
	// `off`; `report` to have browsers tell what they would not load; or `enforce`.
	// Default: `off`.
	Mode string `json:"mode,omitempty"`
	// Source expressions of what pages may load beside this site and granted vendors: hosts,
	// with a scheme, `*.` in front, a port or a path if need be, or schemes (`https:`).
	Allow []string `json:"allow,omitempty"`
}

const (
	cspOff     = "off"
	cspReport  = "report"
	cspEnforce = "enforce"
)

// cspSource is a source expression that can be added (CSP Level 3 section 2.3.1), of which
// keywords, nonces and hashes are none: they say nothing about where things come from.
var cspSource = regexp.MustCompile(`^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?(?:\*|(?:\*\.)?[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*)(?::(?:[0-9]+|\*))?(?:/[^;,'"\s]*)?)$`)

// checkCSP checks the net's settings.
func (h *Handler) checkCSP() error {
	if err := cspChoice.check(&h.CSP.Mode); err != nil {
		return err
	}
	for _, source := range h.CSP.Allow {
		if !cspSource.MatchString(source) {
			return &consent.Error{Subject: "csp allow", Word: source, Problem: `want a host like "cdn.example.com" or "*.example.com", or a scheme like "https:", not`}
		}
	}
	if h.CSP.Mode != cspOff && h.Pages == pagesShared {
		return &consent.Error{Subject: "csp", Word: h.CSP.Mode, Problem: `a page for everybody cannot have a policy for one ("pages shared"): csp must be off, not`}
	}
	return nil
}

// addCSP gives a response the net.
func (w *responseWriter) addCSP() {
	if w.h.Mode != modeEnforce || w.h.CSP.Mode == cspOff || w.h.policy.AllGranted(&w.visit.page) {
		return
	}
	name := "Content-Security-Policy"
	if w.h.CSP.Mode == cspReport {
		name += "-Report-Only"
	}
	varyByDecision(w.h, w.Header())
	w.Header().Add(name, w.h.cspNet(&w.visit.page))
}

// cspNet is the policy under a decision. One directive has it all, since all that fetch
// fall back on it: hosts are many, and would stand in each.
func (h *Handler) cspNet(d *consent.Decision) string {
	sources := slices.Concat(
		[]string{"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: mediastream: filesystem:"},
		h.policy.SourceExpressions(d), h.CSP.Allow,
	)
	return strings.Join(sources, " ") + "; report-uri " + h.escapedPath() + "/csp"
}

// isWorker tells whether the response to r is a script that has a global scope, and so a
// policy, of its own.
func isWorker(r *http.Request) bool {
	switch fetchDest(r) {
	case "worker", "sharedworker", "serviceworker":
		return true
	}
	return false
}

// hasNet tells whether browsers report to this handler.
func (h *Handler) hasNet() bool { return h.CSP.Mode != cspOff && h.Mode == modeEnforce }
