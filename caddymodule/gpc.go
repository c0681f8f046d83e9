package caddymodule

import "net/http"

// gpcPath is where a site says that it obeys Global Privacy Control (GPC
// specification, "GPC Support Resource").
const gpcPath = "/.well-known/gpc.json"

// gpcSince is the date that tells which version of the specification is meant: when
// this module's handling of the signal was last changed.
const gpcSince = "2026-11-24"

// serveGPC answers that the site obeys the signal.
func serveGPC(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return notAllowed(w, "GET, HEAD")
	}
	w.Header().Set("Cache-Control", "public, max-age=86400")
	return writeJSON(w, struct {
		GPC        bool   `json:"gpc"`
		LastUpdate string `json:"lastUpdate"`
	}{true, gpcSince})
}
