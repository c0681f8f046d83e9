package caddymodule

import (
	"crypto/sha256"
	"net/http"
	"strings"
)

// A page that was inspected to its end and in which nothing was blocked need not
// be inspected again for the same decision: as long as its strong entity tag is
// the same, so are its bytes (RFC 9110 section 8.8.1), and they go out as they
// come, compressed or not, with their length.

// cleanKey stands for a page, its version and how it is read.
type cleanKey [16]byte

// maxClean is how many pages a generation of them has: some 200 KiB of memory.
const maxClean = 4096

// cleanKey is the key of the response, whose entity tag names its version:
// policy, settings and decision are in it. ok is false for one that has no
// strong tag or no length, or that could not go out as it is.
func (w *responseWriter) cleanKey() (key cleanKey, ok bool) {
	h := w.Header()
	tag, length := h.Get("ETag"), h.Get("Content-Length")
	if w.status != http.StatusOK || w.r.Method != http.MethodGet || length == "" || !strings.HasPrefix(tag, `"`) {
		return key, false
	}
	if _, _, named := cutVariant(tag); !named {
		return key, false
	}
	names, _ := contentCodings(h)
	if len(names) > 1 || len(names) == 1 && lastAccepted(names, w.visit.acceptEncoding) == "" {
		return key, false
	}
	uri, _ := original(w.r)
	scheme := "http"
	if w.visit.secure {
		scheme = "https"
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{
		scheme, w.r.Host, uri, tag, length,
		strings.Join(h["Content-Type"], ","), strings.Join(h["Content-Encoding"], ","),
	}, "\x00")))
	return cleanKey(sum[:len(key)]), true
}
