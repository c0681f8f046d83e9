package consent_test

import (
	"slices"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/internal/yardstick"
)

// The tests of this package see it from outside, as caddymodule does: what
// they need to know of a Policy, they ask it.

const (
	site = "www.shop.example" // the page's host in these tests
	day  = 24 * time.Hour
)

// now is when the requests of these tests arrive.
var now = time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)

// compile makes a Policy of a Config that is right.
func compile(t testing.TB, cfg consent.Config) *consent.Policy {
	t.Helper()
	p, _, err := consent.Compile(cfg)
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	return p
}

// answer is a visitor's answer from an hour ago: these categories and no
// others.
func answer(p *consent.Policy, granted ...string) consent.Choice {
	c := consent.Choice{At: now.Add(-time.Hour), How: consent.Custom, Granted: granted}
	for _, category := range p.Categories() {
		if !slices.Contains(granted, category.Name) {
			c.Denied = append(c.Denied, category.Name)
		}
	}
	return c
}

// granting is the decision for a visitor who answered so.
func granting(t testing.TB, p *consent.Policy, granted ...string) *consent.Decision {
	t.Helper()
	d := p.Decide(request(p, p.FormatOwn(answer(p, granted...), site)))
	if d.State != consent.Answered {
		t.Fatalf("the answer was not taken: %+v", d)
	}
	return &d
}

// request brings these values of the own cookie, one a header line.
func request(p *consent.Policy, values ...string) consent.Request {
	r := consent.Request{Host: site, Now: now}
	for _, value := range values {
		r.Cookies = append(r.Cookies, p.CookieName(false)+"="+value)
	}
	return r
}

// parse reads an absolute URL.
func parse(t testing.TB, raw string) *weburl.URL {
	t.Helper()
	u := new(weburl.URL)
	if !u.Parse([]byte(raw), nil) {
		t.Fatalf("%q fetches nothing", raw)
	}
	return u
}

// names lists the categories of a decision.
func names(p *consent.Policy, d *consent.Decision) []string { return p.GrantedNames(d) }

// best is the shortest of n times that f computed, in seconds.
func best(tb testing.TB, n int, f func()) float64 {
	tb.Helper()
	shortest := time.Duration(1<<63 - 1)
	for range n {
		start := yardstick.CPUTime(tb)
		f()
		shortest = min(shortest, yardstick.CPUTime(tb)-start)
	}
	return shortest.Seconds()
}
