package caddymodule

import (
	"bytes"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// blockedNote is what there is to count of something that was blocked, and where. A page
// that is remembered is counted each time anew, and its dozen trackers would be looked up
// in three tables each.
type blockedNote struct {
	kind    rewrite.Kind
	verdict consent.Verdict
	host    []byte                         // empty for inline scripts
	counter prometheus.Counter             // nil without a registry
	entry   atomic.Pointer[inventoryEntry] // the last that the host had
}

// countBlocked counts and logs what was blocked, or would be in report mode. The note is for
// doing so again.
func (h *Handler) countBlocked(kind rewrite.Kind, v consent.Verdict, host []byte, page *visit) *blockedNote {
	n := &blockedNote{kind: kind, verdict: v, host: bytes.Clone(host), counter: h.metrics.element(v.Category, kind)}
	n.count(h, page)
	return n
}

// count counts and logs it once more, on a page. It is safe for concurrent use.
func (n *blockedNote) count(h *Handler, page *visit) {
	if n.counter != nil {
		n.counter.Inc()
	}
	s := sighting{kind: n.kind, verdict: n.verdict, blocked: true, at: page.now}
	if e := n.entry.Load(); e == nil || !e.again(s) {
		n.entry.Store(h.seenHosts.note(n.host, s))
	}
	message := "blocked element"
	if h.Mode == modeReport {
		message = "would block element"
	}
	if c := h.logger.Check(zapcore.DebugLevel, message); c != nil {
		c.Write(zap.String("vendor", n.verdict.Vendor), zap.String("category", n.verdict.Category),
			zap.Stringer("kind", n.kind), zap.ByteString("resource_host", n.host), zap.String("host", page.host), zap.String("path", page.path))
	}
}

// countCookie notes a cookie that a backend sets or a browser has, unless a rule allows it, and logs one that is
// blocked, or would be. Its value nobody learns.
func (h *Handler) countCookie(name string, v consent.CookieVerdict, page *visit) {
	if v.Allow && v.Known || len(name) > maxNoted {
		return
	}
	h.seenCookies.note([]byte(name), sighting{verdict: consent.Verdict{Vendor: v.Vendor, Category: v.Category}, blocked: !v.Allow, at: page.now})
	if v.Allow {
		return
	}
	message := "blocked cookie"
	if h.Mode == modeReport {
		message = "would block cookie"
	}
	if c := h.logger.Check(zapcore.DebugLevel, message); c != nil {
		c.Write(zap.String("cookie", name), zap.String("vendor", v.Vendor), zap.String("category", v.Category),
			zap.String("host", page.host), zap.String("path", page.path))
	}
}
