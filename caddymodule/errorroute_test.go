package caddymodule_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// A consent directive in an error route finds what the visitor sent, not what the site's has left of it.
func TestAnErrorRouteFindsWhatTheVisitorSent(t *testing.T) {
	const consent = "consent {\nsource header X-Consent-Choice" + policy + "\n}\n"
	s := serve(t, unasked(t), consent+`
	@fails path /fails/*
	error @fails 500
	respond "{http.consent.granted}"
	handle_errors {
		`+consent+`
		@yes consent analytics
		header @yes X-Matched yes
		respond "{http.consent.granted} {http.request.header.Cookie} {http.request.header.If-None-Match}" 500
	}`)
	a := s.get(t, "/fails/", "X-Consent-Choice: analytics", "If-None-Match: \"a\"", "Cookie: a=b; _trk=1", "Accept: text/html")
	if a.StatusCode != 500 || !strings.HasPrefix(a.body, "essential,analytics a=b; _trk=1") || !strings.Contains(a.Header.Get("Vary"), "X-Consent-Choice") {
		t.Errorf("granted: %d %q %q", a.StatusCode, a.body, a.Header)
	}
	a = s.get(t, "/fails/", "Cookie: a=b; _trk=1; _legacy=2", "Accept: text/html", "Sec-Fetch-Dest: document")
	expired := slices.ContainsFunc(a.Cookies(), func(c *http.Cookie) bool { return c.Name == "_trk" && c.MaxAge < 0 })
	if a.body != "essential a=b " || !expired {
		t.Errorf("denied: %q %q", a.body, a.Header["Set-Cookie"])
	}
	if a := s.get(t, "/", "X-Consent-Choice: analytics"); a.body != "essential,analytics" {
		t.Errorf("without an error: %q", a.body)
	}
}

// Where the error route has no consent of its own, it sees no more than the site did.
func TestAnErrorRouteWithoutConsentSeesNoMore(t *testing.T) {
	s := serve(t, unasked(t), "consent {"+policy+"\n}\n"+`
	error 500
	handle_errors {
		respond "{http.consent.granted} {http.request.header.Cookie}" 500
	}`)
	if a := s.get(t, "/", "Cookie: a=b; _trk=1"); a.body != "essential a=b" {
		t.Errorf("%q", a.body)
	}
}
