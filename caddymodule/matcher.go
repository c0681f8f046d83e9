package caddymodule

import (
	"net/http"
	"strings"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

func init() {
	caddy.RegisterModule(new(MatchConsent))
}

// MatchConsent matches requests of visitors who allow all of the named
// categories:
//
//	@stats consent analytics
//
// It asks the `consent` handler that the request has passed, so it works in
// directives that are ordered after it, and inside of it. Without one it
// never matches.
type MatchConsent struct {
	// The categories, all of which must be granted.
	Categories []string `json:"categories,omitempty"`

	logger *zap.Logger
	warn   sync.Once
}

// CaddyModule returns the Caddy module information.
func (*MatchConsent) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.matchers.consent",
		New: func() caddy.Module { return new(MatchConsent) },
	}
}

// Provision readies the matcher.
func (m *MatchConsent) Provision(ctx caddy.Context) error {
	m.logger = ctx.Logger()
	return nil
}

// UnmarshalCaddyfile sets up the matcher from Caddyfile tokens. Syntax:
//
//	consent <categories...>
func (m *MatchConsent) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	for d.Next() { // several in one matcher set add up
		n := len(m.Categories)
		m.Categories = append(m.Categories, d.RemainingArgs()...)
		if len(m.Categories) == n {
			return d.Err("consent: name at least one category, like: consent analytics")
		}
		for _, name := range m.Categories[n:] {
			if strings.ContainsAny(name, ",;") {
				return d.Errf("consent: categories are separated by spaces, without commas: %q", name)
			}
		}
		if d.NextBlock(0) {
			return d.Err("consent: a matcher has no block; name the categories after it")
		}
	}
	return nil
}

// MatchWithError returns true if the visitor grants all categories.
func (m *MatchConsent) MatchWithError(r *http.Request) (bool, error) {
	handled, _ := r.Context().Value(handledKey{}).(*handled)
	if handled == nil {
		m.once("a consent matcher stands where no consent handler has been: it never matches", "")
		return false, nil
	}
	handled.asked.Store(true)
	for _, name := range m.Categories {
		if _, ok := handled.policy.Category(name); !ok {
			m.once("a consent matcher names a category that the policy does not have: it never matches", name, zap.String("meant", nearest.Word(name, categoryNames(handled.policy))))
			return false, nil
		}
		if !handled.policy.Granted(&handled.decision, name) {
			return false, nil
		}
	}
	return true, nil
}

// once warns about a mistake that cannot be seen before a request comes.
func (m *MatchConsent) once(message, category string, about ...zap.Field) {
	m.warn.Do(func() {
		if m.logger != nil {
			m.logger.Warn(message, append(about, zap.String("category", category))...)
		}
	})
}

// Interface guards
var (
	_ caddy.Provisioner                 = (*MatchConsent)(nil)
	_ caddyfile.Unmarshaler             = (*MatchConsent)(nil)
	_ caddyhttp.RequestMatcherWithError = (*MatchConsent)(nil)
)
