package caddymodule

import (
	"io"
	"net/http"
	"strconv"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// responseWriter stands between the handlers inside and Caddy. Its rules:
//
//   - No header leaves before it was filtered, by whichever way: WriteHeader,
//     Write, ReadFrom, a flush, or nothing at all.
//   - What does not need to be rewritten is handed on as it comes, ReadFrom
//     and so sendfile included.
//   - Write takes all it is given, and says so.
//   - What cannot be inspected is refused before its header leaves; what turns
//     out so afterwards aborts the transfer, never ends it cleanly.
type responseWriter struct {
	*caddyhttp.ResponseWriterWrapper
	wrapper caddyhttp.ResponseWriterWrapper // that one, allocated together

	h     *Handler
	r     *http.Request
	visit visit
	told  *handled

	state   writerState
	status  int       // set once WriteHeader was called with a final status
	peeked  []byte    // in sniffing: the body's first bytes
	sniffAt int       // how many of them must be there before they are looked at again
	body    *body     // in rewriting
	clean   *cleanKey // what to remember the page by if it is clean
	leader  string    // what is put into the page's head
	trailer string    // what is put behind the page
	known   bool      // the page is clean: nothing else is done to it
	guarded bool      // scripts run in it that the guard sees to: it gets one, and nothing that is known here stops that

	announces bool // there will be trailers
	failed    bool // what became of the body was counted and logged

	outside, outsideKnown bool // what encodeOutside says

	whole *wholeRequest // ranges.go
}

// writerState is how far a response is.
type writerState uint8

const (
	undecided  writerState = iota // no final header yet
	sniffing                      // header held back until the body tells its type
	passing                       // header sent; bytes go on as they come
	rewriting                     // header sent; bytes go through body
	discarding                    // refused: an error was sent in place of the response
	partial                       // a part of a document: the whole is asked for in its place
	aborted                       // the body could not be inspected to its end
)

func newResponseWriter(h *Handler, v visit, told *handled, w http.ResponseWriter, r *http.Request) *responseWriter {
	rw := &responseWriter{wrapper: caddyhttp.ResponseWriterWrapper{ResponseWriter: w}, h: h, r: r, visit: v, told: told}
	rw.ResponseWriterWrapper = &rw.wrapper
	return rw
}

// Header is the header of the response. Of a page that is under way it is for trailers, which
// nobody may read while the handler sets them.
func (w *responseWriter) Header() http.Header {
	if w.body != nil {
		w.body.hold.turnDirect()
	}
	return w.ResponseWriterWrapper.Header()
}

// WriteHeader filters the header and sends it, unless the type of the body
// must be known first.
func (w *responseWriter) WriteHeader(status int) {
	if w.state != undecided {
		return
	}
	if w.isPart(status) {
		w.state = partial
		return
	}
	w.filterHeader()
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		w.ResponseWriterWrapper.WriteHeader(status) // informational: the final one follows
		return
	}
	w.status = status
	if status == http.StatusSwitchingProtocols || w.r.Method == http.MethodConnect && status < 300 {
		w.state = passing
		w.ResponseWriterWrapper.WriteHeader(status)
		return
	}
	said := contentTypes(w.Header())
	if w.h.Mode == modeEnforce {
		straighten(w.Header(), said)
		w.expireDenied()
	}
	if isRedirect(status) {
		w.filterLocation()
	}
	kind := documentKindOf(said.Effective().Essence, w.visit.document)
	switch asked := w.visit.asked; {
	case status == http.StatusNotModified && asked == variantPart:
		kind = noDocument
		w.passAsIs(asked)
	case status == http.StatusNotModified && asked != "":
		// The version that was asked about, by a tag that named it. What caches were told of it
		// they are told again, for they put this in its place.
		if nameVariant(w.Header(), asked); kind != xmlDocument {
			kind = htmlDocument
		}
		if w.visit.purpose == asData {
			w.varyByPurpose()
		}
	default:
		kind = w.unlessPasses(kind)
	}
	if kind == sniffedDocument && w.bodyAllowed() {
		if w.state = sniffing; w.h.Mode == modeReport {
			w.ResponseWriterWrapper.WriteHeader(status) // nothing waits for what is only reported
		}
		return
	}
	w.commit(kind, nil)
}

// expireDenied takes the cookies away that the browser still has of denied
// categories. Documents do so, and not all that a page loads with them: once is
// enough.
func (w *responseWriter) expireDenied() {
	if len(w.visit.denied) == 0 || !w.visit.document {
		return
	}
	h := w.Header()
	expire(h, w.r, w.visit.denied, w.visit.host, w.visit.path, w.visit.secure)
	w.h.metrics.expired(len(w.visit.denied))
	varyByDecision(w.h, h)
}

// varyByCoding adds to Vary what an encode handler outside would add in a line
// of its own.
func (w *responseWriter) varyByCoding() {
	if h := w.Header(); len(h["Vary"]) > 0 && w.encodeOutside() {
		addVary(h, "Accept-Encoding")
	}
}

// bodyAllowed tells whether this response can have a body (RFC 9110 section 6.4.1).
func (w *responseWriter) bodyAllowed() bool {
	return w.r.Method != http.MethodHead && w.status >= 200 &&
		w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

// commit decides what becomes of the body, sends the header, and gives out
// the first bytes if there are any.
func (w *responseWriter) commit(kind documentKind, first []byte) {
	if w.state == sniffing && w.h.Mode == modeEnforce {
		w.filterHeader() // again: while it was held back, a handler may have added to it
	}
	if w.h.Mode == modeEnforce {
		w.notePage()
	}
	sent := w.state == sniffing && w.h.Mode == modeReport
	w.state = passing
	if kind == htmlDocument || kind == xmlDocument {
		if reason := w.prepareDocument(kind == xmlDocument); reason != "" {
			w.refuse(reason)
			return
		}
	} else if isWorker(w.r) {
		w.addCSP()
	}
	if !sent && (w.state != rewriting || w.h.Mode != modeEnforce) {
		w.ResponseWriterWrapper.WriteHeader(w.status) // else body does, when it has something to send
	}
	if len(first) > 0 {
		_, _ = w.Write(first)
	}
}

// sendPageHeader sends the header of a page that is rewritten. length is that of
// the body, -1 if it is not known. The header is filtered again, since it was
// held back, and a handler may have added to it.
func (w *responseWriter) sendPageHeader(length int) {
	w.filterHeader()
	h := w.Header()
	nameVariant(h, w.h.variant(&w.visit.page, w.visit.parts))
	if w.body.coding != "" {
		weaken(h)
	}
	if length < 0 {
		length = w.body.foreseen()
	}
	if length >= 0 && !w.announces { // nothing comes behind a body of known length
		h["Content-Length"] = []string{strconv.Itoa(length)}
	} else {
		delete(h, "Content-Length")
	}
	w.ResponseWriterWrapper.WriteHeader(w.status)
}

// Write takes bytes of the body. On success it returns len(p), however many
// bytes went out for them.
func (w *responseWriter) Write(p []byte) (int, error) {
	if w.state == undecided {
		w.WriteHeader(http.StatusOK)
	}
	switch w.state {
	case sniffing:
		w.peeked = append(w.peeked, p...)
		if w.h.Mode == modeReport {
			w.sniff(true) // by the first write, as net/http tells the type
		} else if len(w.peeked) >= max(sniffLen, w.sniffAt) {
			w.sniffAt = 2 * len(w.peeked)
			w.sniff(false)
		}
		return len(p), nil
	case rewriting:
		if err := w.bodyFailed(w.body.write(p)); err != nil {
			return 0, err
		}
		return len(p), nil
	case discarding, partial:
		return len(p), nil
	case aborted:
		return 0, errAborted
	}
	return w.ResponseWriterWrapper.Write(p)
}

// ReadFrom keeps sendfile for what is not rewritten.
func (w *responseWriter) ReadFrom(r io.Reader) (int64, error) {
	if w.state == undecided {
		w.WriteHeader(http.StatusOK)
	}
	if w.state == passing {
		return w.ResponseWriterWrapper.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{w}, r)
}

// FlushError sends what is settled. It never sends a header that was not
// filtered, nor decides a type before there is anything to tell it by.
func (w *responseWriter) FlushError() error {
	waits := w.h.Mode == modeEnforce // for what tells the type: what is only reported goes on as it comes
	switch w.state {
	case undecided:
		if waits && documentOf(w.Header(), w.visit.document) == sniffedDocument {
			return nil
		}
		w.WriteHeader(http.StatusOK)
	case sniffing:
		if waits {
			w.sniff(false)
		}
	}
	switch {
	case w.state == sniffing && waits, w.state == partial:
		return nil // a few bytes, held for as long as they may become a document; or none
	case w.state == rewriting:
		if send, err := w.body.flush(); err != nil || !send {
			return w.bodyFailed(err)
		}
	case w.state == aborted:
		return errAborted
	}
	return http.NewResponseController(w.ResponseWriterWrapper).Flush()
}

// Interface guards
var (
	_ http.ResponseWriter                       = (*responseWriter)(nil)
	_ io.ReaderFrom                             = (*responseWriter)(nil)
	_ interface{ FlushError() error }           = (*responseWriter)(nil)
	_ interface{ Unwrap() http.ResponseWriter } = (*responseWriter)(nil)
)
