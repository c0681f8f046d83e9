package caddymodule

import (
	"encoding/json"
	"net/http"

	"github.com/caddy-consent/caddy-consent/consent"
)

// serveBridge takes what the bridge posts: the answer of a consent manager which no
// server can read.
func (h *Handler) serveBridge(w http.ResponseWriter, r *http.Request, v visit) error {
	if h.refusesOrigin(w, r) {
		return nil
	}
	var posted map[string]bool
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxForm))
	err := decoder.Decode(&posted)
	answer := h.bridged(posted, v)
	if err != nil || decoder.More() || len(answer.Granted)+len(answer.Denied) == 0 {
		http.Error(w, `want JSON like {"analytics": true, "advertising": false}, with categories of this site`, http.StatusBadRequest)
		return nil
	}
	h.keep(w, r, v, answer)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// bridged is the choice that a bridge posts. A category that the manager does not
// know was not asked about; social follows advertising, as with other sources.
func (h *Handler) bridged(posted map[string]bool, v visit) consent.Choice {
	c := consent.Choice{At: v.now, How: consent.Bridged}
	if advertising, ok := posted["advertising"]; ok {
		if _, known := posted["social"]; !known {
			posted["social"] = advertising
		}
	}
	for _, info := range h.policy.Categories() {
		granted, ok := posted[info.Name]
		switch {
		case info.Required || !ok:
		case granted:
			c.Granted = append(c.Granted, info.Name)
		default:
			c.Denied = append(c.Denied, info.Name)
		}
	}
	return c
}
