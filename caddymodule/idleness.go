package caddymodule

import (
	"sync/atomic"

	"go.uber.org/zap"
)

// idleness notices a handler that never acts, because another one further out matches all that
// it would: two directives without matchers, say, of which the second was written in vain.
// Nothing tells so when a config is loaded.
type idleness struct {
	active atomic.Bool
	skips  atomic.Uint32
}

// idleAfter is after how many requests that another handler took care of it is worth a warning.
const idleAfter = 100

// acts notes that the handler takes care of a request.
func (i *idleness) acts() {
	if !i.active.Load() {
		i.active.Store(true)
	}
}

// skipped notes that it does not, and warns once.
func (i *idleness) skipped(logger *zap.Logger) {
	if !i.active.Load() && i.skips.Add(1) == idleAfter {
		logger.Warn("a consent directive has no effect: of several that match a request the outermost acts, "+
			"and for every request so far that was another; give them matchers, or make them one",
			zap.Int("requests", idleAfter))
	}
}
