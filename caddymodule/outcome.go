package caddymodule

import (
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"sync/atomic"

	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/consent"
)

// outcome is what a set of granted categories comes to, worked out once.
type outcome struct {
	variant string    // names the version of pages: validators.go
	leader  string    // what a page without a nonce gets: pageparts.go
	summary string    // for the backend
	granted zap.Field // for the access log
}

// outcomes remembers them. Visitors can name any set of categories, so there is
// a bound; beyond it all are forgotten, and those that are in use come back.
type outcomes struct{ current atomic.Pointer[outcomeTable] }

type outcomeTable struct {
	known sync.Map // of outcomeKey to *outcome
	count atomic.Int32
}

func (o *outcomes) table() *outcomeTable {
	if t := o.current.Load(); t != nil {
		return t
	}
	o.current.CompareAndSwap(nil, new(outcomeTable))
	return o.current.Load()
}

func (o *outcomes) put(key outcomeKey, value *outcome) {
	t := o.table()
	if t.count.Add(1) > maxOutcomes {
		o.current.CompareAndSwap(t, new(outcomeTable))
		t = o.table()
		t.count.Add(1)
	}
	t.known.Store(key, value)
}

type outcomeKey struct {
	granted consent.Set
	parts   parts
}

const maxOutcomes = 1024

// outcome is that of a decision, on pages with some parts. It is safe for concurrent use.
func (h *Handler) outcome(d *consent.Decision, p parts) *outcome {
	key := outcomeKey{d.Granted, p}
	if known, ok := h.outcomes.table().known.Load(key); ok {
		return known.(*outcome)
	}
	sum := sha256.Sum256(append([]byte(h.policy.Variant(d)+h.salt), byte(p)))
	o := &outcome{
		variant: base64.RawURLEncoding.EncodeToString(sum[:6]),
		summary: h.policy.Summary(d),
		granted: zap.Strings("consent_granted", h.policy.GrantedNames(d)),
	}
	if p != 0 {
		o.leader = h.leaderFor(d, p, "")
	}
	h.outcomes.put(key, o)
	return o
}

// variant names the version of pages that is made by a decision: by the policy,
// by all settings that change a page's bytes, and by its parts.
func (h *Handler) variant(d *consent.Decision, p parts) string { return h.outcome(d, p).variant }
