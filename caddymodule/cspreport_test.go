package caddymodule_test

import (
	"net/http"
	"strings"
	"testing"
)

// Reports are bounded, from this site's pages only, and not more than can be read.
func TestReportsOfTheNetAreBounded(t *testing.T) {
	s := netSite(t, "guard off\ncsp report")
	const report = `{"csp-report":{"blocked-uri":"https://tracker.test/x","effective-directive":"img-src"}}`
	for _, c := range []struct {
		name, body string
		headers    []string
		status     int
	}{
		{"a report", report, nil, http.StatusNoContent},
		{"no JSON", "x", nil, http.StatusBadRequest},
		{"JSON of something else", `{"a":1}`, nil, http.StatusBadRequest},
		{"too long", `{"csp-report":{"blocked-uri":"` + strings.Repeat("a", 20<<10) + `"}}`, nil, http.StatusBadRequest},
		{"of another site", report, []string{"Sec-Fetch-Site: cross-site"}, http.StatusForbidden},
	} {
		if got := s.do(t, http.MethodPost, "/.consent/csp", strings.NewReader(c.body), c.headers...); got.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d", c.name, got.StatusCode, c.status)
		}
	}
	dropped := 0
	for range 120 {
		if s.do(t, http.MethodPost, "/.consent/csp", strings.NewReader(report)).StatusCode == http.StatusTooManyRequests {
			dropped++
		}
	}
	if dropped == 0 {
		t.Error("all of many reports were taken")
	}
	if off := netSite(t, "guard off").do(t, http.MethodPost, "/.consent/csp", strings.NewReader(report)); off.StatusCode != http.StatusNotFound {
		t.Errorf("without the net: status %d", off.StatusCode)
	}
}
