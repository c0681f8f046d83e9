package caddymodule

import (
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// filterSetCookie returns the lines that may pass, in a slice of their own if
// any may not. Each cookie stands in a line of its own (RFC 6265 section 3).
func (w *responseWriter) filterSetCookie(lines []string) []string {
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		name := httpfield.SetCookieName(line)
		v := w.h.policy.Cookie(name, &w.visit.decision)
		deletes := httpfield.IsDeletion(line, w.visit.now)
		// Later the same header is filtered again. A cookie without a name has its value for one.
		if pair, _, _ := strings.Cut(line, ";"); !deletes && w.state == undecided && strings.Contains(pair, "=") {
			w.h.countCookie(name, v, &w.visit)
		}
		switch {
		case deletes:
			kept = append(kept, line)
		case v.Allow && v.Session:
			kept = append(kept, httpfield.SetLifetime(line, 0))
		case v.Allow && v.Cap > 0:
			kept = append(kept, httpfield.CapLifetime(line, v.Cap, w.visit.now))
		case v.Allow:
			kept = append(kept, line)
		default:
			w.h.metrics.cookie(v.Category)
		}
	}
	return kept
}
