package consent_test

import (
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// Most requests pass at a glance at their path; none may that a rule is for,
// however its path is written.
func TestTheGlanceAtOwnPathsMissesNone(t *testing.T) {
	vendors := vendorsOf("a: */collect/v1", "b: */agent_*", "c: /metrics/*", "d: */x%20y/z", "e: */Mixed/Case.js?id=1", "f: /?tid=*")
	for _, rules := range [][]consent.Vendor{vendors[:1], vendors[:2], vendors[3:], vendors} {
		p := compile(t, consent.Config{Vendors: rules})
		nobody := p.Decide(consent.Request{Now: now})
		blocked := 0
		for _, uri := range []string{
			"/", "/collect/v1", "/collect/v1?x", "/collect/v1/", "//collect/v1", "/x/../collect/v1", "/./collect/v1", "/collect/%76%31",
			`/collect\v1`, "/collect/v1#x", "/agent_1.js", "/a/agent_1.js", "/%61gent_1", "/agent_", "/metrics/", "/metrics/x?y", "/metrics",
			"/x%20y/z", "/x y/z", "/Mixed/Case.js?id=1", "/Mixed/Case.js", "/mixed/case.js?id=1", "/articles/2026/11/a-page.html?q=collect/v1",
			"/é", "", "?", "*", "/..", "/.", "http://www.shop.example/collect/v1",
		} {
			path, _, _ := strings.Cut(uri, "?")
			if !strings.HasPrefix(path, "/") {
				uri, path = "/", "/" // as the handler takes it
			}
			var u weburl.URL
			if !u.Parse([]byte("https://"+site+uri), nil) {
				continue
			}
			if p.OwnPath(&u, []byte(site), &nobody).Blocked {
				blocked++
				if !p.MayBeOwnPath(path) {
					t.Errorf("%s is blocked, but not at a glance", uri)
				}
			}
		}
		if blocked == 0 {
			t.Error("nothing was blocked: this test proves nothing")
		}
		if p.MayBeOwnPath("/articles/2026/11/a-page.html") {
			t.Error("an ordinary path passes no glance")
		}
	}
}
