package caddymodule

import (
	"net/http"
	"strings"

	"go.uber.org/zap"
)

// How a response ends: well, with an error, or not at all.

// bodyFailed notes, once, that a page could not be rewritten to its end; in report mode that changes
// nothing. An error of the connection is only passed on.
func (w *responseWriter) bodyFailed(err error) error {
	reason, ours := failureReason(err)
	if !ours {
		return err
	}
	w.noteFailure(reason, err)
	if w.body.tee {
		return nil
	}
	w.state = aborted
	return err
}

// noteFailure counts and logs what is wrong with a body, once.
func (w *responseWriter) noteFailure(reason string, err error) {
	if !w.failed {
		w.failed = true
		w.h.metrics.failed(reason)
		w.h.logUninspectable(w.r, err.Error())
	}
}

// finish ends the response after the handlers inside returned without error.
func (w *responseWriter) finish() error {
	switch w.state {
	case undecided:
		w.filterHeader() // Caddy will send it
	case sniffing:
		w.sniff(true)
	}
	if w.state == rewriting {
		if err := w.bodyFailed(w.body.close()); err != nil && w.state != aborted {
			return err
		}
	}
	if w.state == aborted {
		panic(http.ErrAbortHandler)
	}
	w.filterTrailers()
	return nil
}

// filterTrailers takes out of the fields behind the body what may not be in those before it. Browsers
// of today set no cookie for a trailer, but whoever stands between may merge one into the header
// (RFC 9110 section 6.5.1). Report mode does not count them: what was in the header would be
// counted again.
func (w *responseWriter) filterTrailers() {
	if w.h.Mode != modeEnforce {
		return
	}
	found := w.announces
	for name := range w.Header() {
		found = found || strings.HasPrefix(name, http.TrailerPrefix)
	}
	if found {
		w.filterHeader()
	}
}

// fail ends the response after the handlers inside returned an error. If
// nothing was sent, Caddy's error routes answer, with headers that were filtered.
// If a page was under way, what is held of it must not seem to be its end.
func (w *responseWriter) fail(err error) error {
	switch w.state {
	case undecided, sniffing, partial:
		w.filterHeader()
	case passing, discarding:
		w.filterTrailers()
	case rewriting:
		if w.body.tee {
			break // what went out is the backend's own
		}
		w.h.metrics.failed(reasonInside)
		w.h.logger.Warn("a handler failed within a page, which is given up", zap.Error(err), zap.String("host", w.r.Host), zap.String("path", w.r.URL.Path))
		panic(http.ErrAbortHandler)
	case aborted:
		panic(http.ErrAbortHandler)
	}
	return err
}

// release gives pooled parts back; it runs also after a panic.
func (w *responseWriter) release() {
	if w.body != nil {
		w.body.release()
		w.body = nil
	}
}
