package caddymodule

import (
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"sync/atomic"

	"github.com/caddy-consent/caddy-consent/consent"
)

// outcome is what a set of granted categories comes to, worked out once.
type outcome struct {
	variant string // names the version of pages: validators.go
	summary string // for the backend
	granted []string
}

// outcomes remembers them. Visitors can name any set of categories, so there is
// a bound; beyond it they are worked out each time.
type outcomes struct {
	known sync.Map // of consent.Set to *outcome
	count atomic.Int32
}

const maxOutcomes = 1024

// outcome is safe for concurrent use.
func (h *Handler) outcome(d *consent.Decision) *outcome {
	if known, ok := h.outcomes.known.Load(d.Granted); ok {
		return known.(*outcome)
	}
	sum := sha256.Sum256([]byte(h.policy.Variant(d) + h.salt))
	o := &outcome{
		variant: base64.RawURLEncoding.EncodeToString(sum[:6]),
		summary: h.policy.Summary(d),
		granted: h.policy.GrantedNames(d),
	}
	if h.outcomes.count.Load() < maxOutcomes {
		if _, known := h.outcomes.known.LoadOrStore(d.Granted, o); !known {
			h.outcomes.count.Add(1)
		}
	}
	return o
}

// variant names the version of pages that is made by a decision: by the policy
// and by all settings that change a page's bytes.
func (h *Handler) variant(d *consent.Decision) string { return h.outcome(d).variant }
