package caddymodule

import (
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// fieldKind is what a field of a response's header can do to the visitor's
// privacy, and so which filter it goes through.
type fieldKind uint8

const (
	harmlessField   fieldKind = iota
	cookieField               // sets a cookie: setcookie.go
	linkField                 // fetches: linkheader.go
	refreshField              // leaves the page: fetchheaders.go
	rulesField                // fetches: fetchheaders.go
	endpointsField            // names where reports go: reporting.go
	reportToField             // the same in JSON: reporting.go
	cspField                  // the same, among other things: reporturi.go
	osRegistryField           // has the system fetch: fetchheaders.go
)

// fieldKinds are the fields that are filtered.
//
// Others only refer to what these have defined, and mean nothing without it:
// NEL, the report-to of CSP, Permissions-Policy, Integrity-Policy and the
// Cross-Origin-* policies name a group of Report-To or a member of
// Reporting-Endpoints. Location is where the visitor goes, or what
// redirect.go is for; Content-Location
// and Alt-Svc name this site's own resource; SourceMap is fetched by
// developer tools only.
var fieldKinds = map[string]fieldKind{
	"Set-Cookie":                          cookieField,
	"Set-Cookie2":                         cookieField,
	"Link":                                linkField,
	"Refresh":                             refreshField,
	"Speculation-Rules":                   rulesField,
	"Reporting-Endpoints":                 endpointsField,
	"Report-To":                           reportToField,
	"Content-Security-Policy":             cspField,
	"Content-Security-Policy-Report-Only": cspField,
	"Attribution-Reporting-Register-Os-Source":  osRegistryField,
	"Attribution-Reporting-Register-Os-Trigger": osRegistryField,
}

// filteredLengths has a bit for each length of their names. Most names in a
// header have another one, and need no lookup; other spellings have the same.
var filteredLengths = lengthsOf(maps.Keys(fieldKinds))

// decisiveLengths is the same for decisive.
var decisiveLengths = lengthsOf(slices.Values(decisive))

func lengthsOf(names iter.Seq[string]) (lengths uint64) {
	for name := range names {
		lengths |= 1 << len(name)
	}
	return lengths
}

// first is the first line of a field whose name is canonical, "" if there is none: Header.Get, which
// makes the name canonical each time.
func first(h http.Header, name string) string {
	if lines := h[name]; len(lines) > 0 {
		return lines[0]
	}
	return ""
}

// kindOf is the kind of a field, or of a trailer. Handlers may have set a key that is not in
// canonical form.
func kindOf(name string) fieldKind {
	name = strings.TrimPrefix(name, http.TrailerPrefix)
	if filteredLengths&(1<<len(name)) == 0 {
		return harmlessField
	}
	return fieldKinds[http.CanonicalHeaderKey(name)]
}

// filterHeader takes out of the header what the visitor's choice forbids. It
// is idempotent and runs before every header section that is sent,
// informational ones included, and before the trailers.
func (w *responseWriter) filterHeader() {
	h := w.Header()
	enforce := w.h.Mode == modeEnforce
	if len(h["Trailer"]) > 0 {
		w.announces = true
		if enforce {
			announceNoCookies(h)
		}
	}
	// A header from which nothing can be taken is looked at all the same if it
	// could be for another visitor: caches must know.
	urls := enforce || !w.h.policy.AllGranted(&w.visit.page)
	var judge *headerJudge
	varies := false
	for name, lines := range h {
		if enforce {
			canonicalize(h, name, lines)
		}
		w.announces = w.announces || strings.HasPrefix(name, http.TrailerPrefix)
		kind := kindOf(name)
		if kind == harmlessField || len(lines) == 0 || kind != cookieField && !urls {
			continue
		}
		var kept []string
		if kind == cookieField {
			kept, varies = w.filterSetCookie(lines), true
		} else {
			if judge == nil {
				judge = &headerJudge{w: w}
			}
			kept = judge.filter(kind, lines)
		}
		switch {
		case !enforce:
		case len(kept) == 0:
			delete(h, name)
		default:
			h[name] = kept
		}
	}
	if enforce && len(h["Vary"]) > 0 {
		w.h.translateVary(h)
	}
	if enforce && (varies || judge != nil && judge.varies) || w.told.asked.Load() {
		varyByDecision(w.h, h)
		w.varyByCoding()
	}
}

// announceNoCookies takes Set-Cookie out of the list of fields that come behind the body: browsers set none for it,
// and those that this module takes away in the header would go there with it.
func announceNoCookies(h http.Header) {
	httpfield.SetList(h, "Trailer", httpfield.NamesWithout(h["Trailer"], func(name string) bool { return kindOf(name) == cookieField }))
}

// filterOwn filters the header of an answer that the module itself gives, by a decision: handlers outside may
// have put something into it.
func (h *Handler) filterOwn(w http.ResponseWriter, r *http.Request, v visit, d consent.Decision) {
	if h.Mode != modeEnforce || len(w.Header()) == 0 {
		return
	}
	v.decision = d
	newResponseWriter(h, v, &handled{policy: h.policy, decision: d}, w, r).filterHeader()
}

// decisive are the fields by which a response is judged. Handlers that set them
// under another spelling mean them all the same, and browsers read them.
var decisive = []string{"Content-Type", "Content-Encoding", "Content-Length", "Content-Range", "Cache-Control", "Last-Modified", "Etag"}

// canonicalize gives a field its canonical name, if it is one of them.
func canonicalize(h http.Header, name string, lines []string) {
	if decisiveLengths&(1<<len(name)) == 0 {
		return
	}
	for _, canonical := range decisive {
		if len(name) == len(canonical) && name != canonical && strings.EqualFold(name, canonical) {
			delete(h, name)
			h[canonical] = append(h[canonical], lines...)
		}
	}
}
