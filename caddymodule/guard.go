package caddymodule

import (
	"net/http"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// The guard is a part of the early script: it applies the decision to what scripts
// do after the page has come. It puts itself around what makes browsers fetch (elements and
// their attributes, markup, style sheets, fetch, XMLHttpRequest, sendBeacon, WebSocket,
// EventSource, workers) and around document.cookie. What is blocked fails as it would
// without a network; elements are held as in the page itself.
//
// It cannot stand before import() and static imports, before what a script file of a
// worker does, nor before a script that sets out to get around it. The CSP net can.

// guards tells whether pages get the guard.
func (h *Handler) guards() bool { return h.Guard == settingOn && h.Mode == modeEnforce }

// guardRules is what the guard judges by; it is off where nothing is denied.
type guardRules struct {
	Off bool `json:"off,omitempty"`
	consent.Guard
}

// maxGuardRules is how many decisions' rules are remembered: in each of two generations half of
// them. Sites have few; one whose visitors choose too many different sets has them made anew.
const maxGuardRules = 64

// guardRules are those of a decision.
func (h *Handler) guardRules(d *consent.Decision) *guardRules {
	rules, ok := h.knownGuards.get(d.Granted)
	if !ok {
		rules = &guardRules{Off: h.policy.AllGranted(d) && h.policy.AllCookiesPass(d)}
		if !rules.Off {
			rules.Guard = h.policy.Guard(d)
		}
		h.knownGuards.put(d.Granted, rules)
	}
	return rules
}

// ownDomain is the registrable domain of a host, if it makes a difference: where third
// parties are blocked which no rule knows.
func (h *Handler) ownDomain(host string) string {
	if !h.guards() || h.Unknown.Hosts != consent.Block {
		return ""
	}
	return consent.Registrable(host)
}

// guardData is the guard's part of the early script's data.
func (h *Handler) guardData(d *consent.Decision, host string) (data any, ok bool) {
	if !h.guards() {
		return nil, false
	}
	rules := h.guardRules(d)
	return struct {
		Path  string      `json:"path"`
		Own   string      `json:"own,omitempty"`
		Rules *guardRules `json:"rules"`
		// Frames says that those which are held show a placeholder.
		Frames bool `json:"frames,omitempty"`
	}{h.Banner.Path, h.ownDomain(host), rules, h.Blocked.action(rewrite.Frame) == rewrite.Placeholder}, !rules.Off
}

// serveGuard serves the rules for whoever asks: for the guard of a page in which the
// visitor has chosen.
func (h *Handler) serveGuard(w http.ResponseWriter, _ *http.Request, v visit) error {
	return writeJSON(w, h.guardRules(&v.decision))
}
