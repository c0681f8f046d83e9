package caddymodule

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// filterSetCookie returns the lines that may pass, in a slice of their own if
// any may not. Each cookie stands in a line of its own (RFC 6265 section 3).
func (w *responseWriter) filterSetCookie(lines []string) []string {
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		name := setCookieName(line)
		v := w.h.policy.Cookie(name, &w.visit.decision)
		switch {
		case v.Allow && v.Session:
			kept = append(kept, sessionCookie(line))
		case v.Allow || isDeletion(line, w.visit.now):
			kept = append(kept, line)
		default:
			w.h.metrics.cookie(v.Category)
		}
	}
	return kept
}

// setCookieName is the name under which a browser stores the cookie. Without
// '=' it has no name, and is sent as its bare value: that counts as its name here.
func setCookieName(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	name, value, found := strings.Cut(pair, "=")
	name = strings.Trim(name, " \t")
	if !found || name == "" {
		if found {
			name, _, _ = strings.Cut(value, "=")
		}
		return strings.Trim(name, " \t")
	}
	return name
}

// attributes calls f for each attribute of a Set-Cookie line, with its name
// in lower case, until f returns false.
func attributes(line string, f func(attr, name, value string) bool) {
	_, rest, _ := strings.Cut(line, ";")
	for attr := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(attr, "=")
		if !f(attr, strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)) {
			return
		}
	}
}

// isDeletion tells whether the line takes a cookie away: by its Max-Age, else
// by its Expires, of each of which the last counts (RFC 6265 section 5.3).
func isDeletion(line string, now time.Time) bool {
	var byAge, hasAge, byDate bool
	attributes(line, func(_, name, value string) bool {
		switch name {
		case "max-age":
			if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
				hasAge, byAge = true, seconds <= 0
			}
		case "expires":
			if date, ok := cookieDate(value); ok {
				byDate = date.Before(now)
			}
		}
		return true
	})
	if hasAge {
		return byAge
	}
	return byDate
}

// dateLayouts are the forms of Expires that servers send beside the three of HTTP.
var dateLayouts = []string{
	"Mon, 02-Jan-2006 15:04:05 MST",
	"Mon, 02-Jan-06 15:04:05 MST",
	"Mon, 2 Jan 2006 15:04:05 MST",
	time.RFC1123Z,
}

// cookieDate reads an Expires attribute. What it cannot read is no date, so
// that the cookie counts as one that stays.
func cookieDate(value string) (time.Time, bool) {
	if t, err := http.ParseTime(value); err == nil {
		return t, true
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, value); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// sessionCookie takes away what makes a cookie outlive the browser's session.
func sessionCookie(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	var b strings.Builder
	b.WriteString(pair)
	attributes(line, func(attr, name, _ string) bool {
		if name != "expires" && name != "max-age" && name != "" {
			b.WriteByte(';')
			b.WriteString(attr)
		}
		return true
	})
	return b.String()
}
