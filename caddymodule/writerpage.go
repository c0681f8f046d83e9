package caddymodule

import (
	"io"
	"net/http"
	"strconv"

	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// What a response that is a document goes through between its header and its body.

// prepareDocument readies a response that is a document. It returns why the page cannot be
// inspected if it must be refused for it.
func (w *responseWriter) prepareDocument(xml bool) (refusal string) {
	h := w.Header()
	enforce := w.h.Mode == modeEnforce
	if enforce {
		varyByVisitor(w.h, h)
		w.varyByCoding()
		if w.status != http.StatusNotModified { // WriteHeader has named what was asked about
			nameVariant(h, w.h.variant(&w.visit.page, w.visit.parts))
		}
	}
	if !xml {
		w.bringParts()
	}
	w.addCSP()
	allGranted := w.h.policy.AllGranted(&w.visit.page)
	if allGranted && (w.leader == "" || uninspectable(h) != "") || w.status == http.StatusNotModified || w.status == http.StatusNoContent {
		w.h.metrics.document(untouched)
		return ""
	}
	if reason := uninspectable(h); reason != "" {
		w.h.metrics.failed(reason)
		w.h.logUninspectable(w.r, reason)
		if w.h.OnError == onErrorBlock && enforce {
			return reason
		}
		w.h.metrics.document(untouched)
		return ""
	}
	length, err := strconv.ParseInt(first(h, "Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	w.known = allGranted
	if enforce && !allGranted && w.passesAsClean() {
		return ""
	}
	switch {
	case allGranted:
		w.h.metrics.document(untouched) // but for what asks
	case w.known:
		w.h.metrics.document(knownClean)
	default:
		w.h.metrics.document(inspected)
	}
	if enforce {
		w.dropStaleFields()
	}
	b := newBody(w, xml, length) // which takes the header along
	if w.r.Method == http.MethodHead {
		return ""
	}
	w.state = rewriting
	w.body = b
	return ""
}

// bringParts finds out what an HTML page gets beside what is taken out of it, under its policies.
func (w *responseWriter) bringParts() {
	h := w.Header()
	scripts := w.h.scriptsUnder(h["Content-Security-Policy"], w.visit.host)
	w.leader, w.trailer = w.h.leader(&w.visit, scripts.nonce), w.h.trailer(scripts.nonce)
	w.guarded = w.h.Blocked.Mixed == actionRun && w.visit.parts&(partEarly|inDocument) == partEarly|inDocument &&
		scripts.sure && len(h["Integrity-Policy"]) == 0 && !headersOutside(w.ResponseWriter)
	if scripts.stopped != "" && (w.leader != "" || w.trailer != "") {
		w.h.stopped.tell(w.h.logger, w.r, scripts.stopped)
	}
}

// passesAsClean tells whether the page goes through as it is, since nothing was blocked in it before and
// it gets nothing. Otherwise it notes what is known, or what to know it by.
func (w *responseWriter) passesAsClean() bool {
	key, ok := w.cleanKey()
	if !ok {
		return false
	}
	if w.known = w.h.isClean(key, w.visit.now); !w.known {
		w.clean = &key
		return false
	}
	if w.leader != "" {
		return false
	}
	w.h.metrics.document(knownClean)
	h := w.Header()
	delete(h, "Accept-Ranges")
	if first(h, "Content-Encoding") != "" {
		addVary(h, "Accept-Encoding")
	}
	return true
}

// dropStaleFields takes away what was true of the page before. What was asked for as a part and is the whole
// is sent as such: its bytes will be others, and none are missing.
func (w *responseWriter) dropStaleFields() {
	h := w.Header()
	if w.status == http.StatusPartialContent && httpfield.IsWhole(first(h, "Content-Range")) {
		w.status = http.StatusOK
		delete(h, "Content-Range")
	}
	for _, name := range []string{"Content-Length", "Accept-Ranges", "Content-Md5", "Digest", "Content-Digest", "Repr-Digest"} {
		delete(h, name)
	}
}

// refuse answers with an error in place of a page that cannot be inspected.
func (w *responseWriter) refuse(reason string) {
	w.h.metrics.document(refused)
	h := w.Header()
	for name := range h {
		switch name {
		case "Set-Cookie", "Vary", "Cache-Control", "Server", "Via", "Alt-Svc", "Strict-Transport-Security":
		default:
			delete(h, name)
		}
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.status = http.StatusBadGateway
	w.state = discarding
	w.ResponseWriterWrapper.WriteHeader(w.status)
	if w.r.Method != http.MethodHead {
		_, _ = io.WriteString(w.ResponseWriterWrapper,
			"This page could not be checked against your cookie settings and was withheld.\nReason: "+reason+"\n")
	}
}
