package caddymodule

import (
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// A secret that can be guessed is told, without being told itself.
func TestAShortSecretIsTold(t *testing.T) {
	for secret, told := range map[string]bool{"hunter2": true, strings.Repeat("x", shortSecret): false, "": false} {
		h := &Handler{Cookie: CookieConfig{Secret: secret}}
		_, warnings, err := h.compile()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(warnings, func(w consent.Warning) bool { return strings.HasPrefix(w.Message, "cookie secret: ") })
		if (i >= 0) != told || i >= 0 && strings.Contains(warnings[i].Message, secret) {
			t.Errorf("%q: %v", secret, warnings)
		}
	}
}
