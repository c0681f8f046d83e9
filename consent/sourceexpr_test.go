package consent_test

import (
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// A header that names all hosts is long: none is in it that another allows.
func TestSourceExpressionsAreNamedOnce(t *testing.T) {
	p := compile(t, consent.Config{Vendors: vendorsOf("a: acme.example", "a: www.acme.example/x/*", "a: t.acme.example", "b: cdn.example/b/*", "b: cdn.example/c.js", "c: *.only.example", "c: deep.only.example")})
	want := "*.acme.example *.cdn.example/b/ *.cdn.example/c.js *.only.example acme.example cdn.example/b/ cdn.example/c.js"
	if got := strings.Join(p.SourceExpressions(granting(t, p, "analytics")), " "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}
