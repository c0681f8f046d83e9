package caddymodule_test

import (
	"strings"
	"testing"
)

// A form that tells a denied vendor something is validated all the same: with the guard there is a stub for the call.
func TestAnEventHandlerGoesOnWhereAStubTakesTheCall(t *testing.T) {
	const form = `<form onsubmit="acmeStats('send', 'form'); return validate(this)">`
	const loader = `<a onclick="acmeStats('x'); new Image().src = 'https://tracker.test/x'">`
	settings := strings.Replace(policy, `inline "acmeStats("`, "inline \"acmeStats(\"\n\t\t\tstubs acmeStats()", 1)
	for guard, goesOn := range map[string]bool{"on": true, "off": false} {
		s := serve(t, page("<!doctype html><html><head></head><body>"+form+loader), "consent {\nguard "+guard+settings+"\n}\nreverse_proxy {upstream}")
		a := s.get(t, "/", "Accept: text/html")
		if strings.Contains(a.body, form) != goesOn || strings.Contains(a.body, loader) || goesOn != strings.Contains(s.get(t, "/.consent/early.js").body, "acmeStats()") {
			t.Errorf("guard %s: %s", guard, a.body)
		}
	}
}
