package caddymodule

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// Where the CSP net is up, browsers report what it stops. Anybody can send such a report: it is read within bounds, and
// believed as little as need be.

// Reports are at most so long, and taken at most so often.
const (
	maxReport      = 16 << 10
	reportsASecond = 10
	reportsAtOnce  = 50
)

func newReportLimiter() *rate.Limiter { return rate.NewLimiter(reportsASecond, reportsAtOnce) }

// violation is what a report tells (CSP Level 3 section 5.3), in the form of report-uri.
type violation struct {
	Report struct {
		Blocked     string `json:"blocked-uri"`
		Directive   string `json:"effective-directive"`
		Disposition string `json:"disposition"`
	} `json:"csp-report"`
}

// serveCSP takes a report: it is counted, and the host that was blocked is logged and noted
// in the inventory.
func (h *Handler) serveCSP(w http.ResponseWriter, r *http.Request, visitor visit) error {
	if isForeign(r) {
		http.Error(w, "reports are accepted from this site's own pages only", http.StatusForbidden)
		return nil
	}
	if !h.reports.Allow() {
		h.metrics.reported(reportDropped)
		http.Error(w, "too many reports", http.StatusTooManyRequests)
		return nil
	}
	var v violation
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxReport))
	if err != nil || json.Unmarshal(body, &v) != nil || v.Report.Blocked == "" {
		h.metrics.reported(reportMalformed)
		http.Error(w, "not a report of a content security policy", http.StatusBadRequest)
		return nil
	}
	h.metrics.reported(reportTaken)
	h.noteReport(v.Report.Blocked, v.Report.Directive, &visitor)
	blocked := v.Report.Blocked // or a word: inline, eval, data
	if u, err := url.Parse(blocked); err == nil && u.Host != "" {
		blocked = u.Hostname()
	}
	h.logger.Info("browser reports what the content security policy stops",
		zap.String("resource_host", shorten(blocked)), zap.String("directive", shorten(v.Report.Directive)),
		zap.String("disposition", shorten(v.Report.Disposition)))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// shorten bounds what is logged of a visitor's words. It is cut between characters.
func shorten(text string) string {
	const most = 253
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// directiveKinds are the kinds of what the directives of a content security policy are
// about (CSP Level 3 section 6.1).
var directiveKinds = map[string]rewrite.Kind{
	"script-src": rewrite.Script, "script-src-elem": rewrite.Script, "worker-src": rewrite.Script,
	"style-src": rewrite.Style, "style-src-elem": rewrite.Style,
	"img-src": rewrite.Image, "media-src": rewrite.Media, "object-src": rewrite.Object,
	"frame-src": rewrite.Frame, "child-src": rewrite.Frame,
}

// noteReport counts the host of a report about a content security policy.
func (h *Handler) noteReport(blocked, directive string, v *visit) {
	var u weburl.URL
	site := []byte(v.host)
	if !u.Parse([]byte(blocked), nil) || bytes.Equal(u.Host, site) {
		return
	}
	kind, known := directiveKinds[directive]
	if !known {
		kind = rewrite.Other
	}
	verdict := h.policy.Resource(&u, site, kinds[kind], &v.decision)
	h.seenHosts.note(u.Host, sighting{kind: kind, verdict: verdict, blocked: true, report: true, at: v.now})
}
