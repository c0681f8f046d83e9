package caddymodule

import (
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// Whoever makes up decisions until the memory is full does not make it useless for all others.
func TestOutcomesAreRememberedHoweverManyThereWere(t *testing.T) {
	h := provisioned(t)
	for i := range 3 * maxOutcomes {
		h.outcome(&consent.Decision{Granted: consent.Set(i)}, 0)
	}
	d := h.policy.Nothing()
	if once := h.outcome(&d, 0); h.outcome(&d, 0) != once {
		t.Error("worked out each time")
	}
	if n := h.outcomes.table().count.Load(); n > maxOutcomes {
		t.Errorf("%d are remembered", n)
	}
}
