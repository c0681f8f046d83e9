package cookieheader_test

import (
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/cookieheader"
	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// A cookie is judged by one name: when it is set, and when it comes back.
func TestACookieHasOneName(t *testing.T) {
	for pair, want := range map[string]string{
		"a=b": "a", " a = b ": "a", "a": "a", " a ": "a", "=a": "a", "= a=b": "a", "=a=b": "a", "\ta=b=c": "a", "a b=c": "a b",
		"": "", " ": "", "=": "", "==": "", "= =a": "",
	} {
		if got := cookieheader.Name(pair); got != want {
			t.Errorf("%q: %q, want %q", pair, got, want)
		}
		if got := httpfield.SetCookieName(pair + "; Path=/"); got != want {
			t.Errorf("set as %q: %q, want %q", pair, got, want)
		}
	}
}
