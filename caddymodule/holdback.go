package caddymodule

import (
	"io"
	"net/http"
	"reflect"
	"sync"
)

// encodeMinimum is the default minimum_length of Caddy's encode: it decides
// at the first write whether to compress, and does not if that is shorter.
const encodeMinimum = 512

// maxGather is how many bytes are gathered before they go out.
const maxGather = 64 << 10

// holdBack is the last stage of a page's way. It gathers what one write of the
// backend comes to, because each write to a connection costs more than
// rewriting does, and sends the header with the first of it: a page that is whole by
// then goes out with its length. With until set, it keeps the first bytes until
// there are more than that, so that encode outside sees a first write that is
// worth compressing.
type holdBack struct {
	w     *responseWriter // whose header is sent; nil if it was
	sink  io.Writer
	until int
	buf   []byte
	// lent is where buf is from and goes back to when it is empty: a response
	// that waits for its backend holds no room for what has gone out.
	buffers *sync.Pool // of *[]byte; nil for none
	lent    *[]byte
}

func (h *holdBack) Write(p []byte) (int, error) {
	if len(h.buf)+len(p) > maxGather && !h.holding() {
		if err := h.emit(); err != nil {
			return 0, err
		}
		if len(p) > maxGather/2 {
			_, err := h.sink.Write(p)
			return len(p), err
		}
	}
	if h.buf == nil && h.buffers != nil {
		h.lent = h.buffers.Get().(*[]byte)
		h.buf = *h.lent
	}
	h.buf = append(h.buf, p...)
	return len(p), nil
}

// giveBack drops what is gathered, and ends the loan of its room.
func (h *holdBack) giveBack() {
	if h.lent != nil && cap(h.buf) <= 2*maxGather {
		*h.lent = h.buf[:0]
		h.buffers.Put(h.lent)
	}
	h.buf, h.lent = nil, nil
}

// holding tells whether nothing may go out yet.
func (h *holdBack) holding() bool { return h.w != nil && h.until > 0 && len(h.buf) <= h.until }

// settle gives out what is gathered, unless it is too little.
func (h *holdBack) settle() error {
	if h.holding() || len(h.buf) == 0 {
		return nil
	}
	return h.emit()
}

// emit gives out what is gathered, behind the header.
func (h *holdBack) emit() error {
	h.sendHeader(-1)
	if len(h.buf) == 0 {
		return nil
	}
	_, err := h.sink.Write(h.buf)
	h.giveBack()
	return err
}

// end gives out the rest. If nothing has gone out before, its length is known.
func (h *holdBack) end() error {
	h.sendHeader(len(h.buf))
	return h.emit()
}

// sendHeader sends the header, once.
func (h *holdBack) sendHeader(length int) {
	if h.w != nil {
		h.w.sendPageHeader(length)
		h.w = nil
	}
}

// encodePackage is where the writer of Caddy's encode handler is defined.
const encodePackage = "github.com/caddyserver/caddy/v2/modules/caddyhttp/encode"

// encodeOutside tells whether an encode handler outside this one will see the
// response. Caddy offers no other way to know than to look at the writers.
func encodeOutside(w http.ResponseWriter) bool {
	for {
		t := reflect.TypeOf(w)
		if t != nil && t.Kind() == reflect.Pointer && t.Elem().PkgPath() == encodePackage {
			return true
		}
		u, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		w = u.Unwrap()
	}
}
