package caddymodule

import (
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// A page that was inspected to its end and in which nothing was blocked need not
// be inspected again for the same decision: as long as its strong entity tag is
// the same, so are its bytes (RFC 9110 section 8.8.1), and they go out as they
// come, compressed or not, with their length. There are backends that make the tag of a
// date and a length, or of an id: so it is believed for a minute, and then looked at again.

// cleanKey stands for a page, its version and how it is read: a hash under keys of this
// process, so that nobody can make one page look like another.
type cleanKey [2]uint64

var cleanSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// cleanFor is how long a page is believed to be clean by its tag.
const cleanFor = time.Minute

// maxClean is how many pages a generation of them has: some 200 KiB of memory.
const maxClean = 4096

// cleanKey is the key of the response, whose entity tag names its version:
// policy, settings and decision are in it. ok is false for one that has no
// strong tag or no length, or that could not go out as it is.
func (w *responseWriter) cleanKey() (key cleanKey, ok bool) {
	h := w.Header()
	tag, length := first(h, "Etag"), first(h, "Content-Length")
	if w.status != http.StatusOK || w.r.Method != http.MethodGet || length == "" || !strings.HasPrefix(tag, `"`) {
		return key, false
	}
	if _, _, named := httpfield.CutVariant(tag); !named {
		return key, false
	}
	names, _ := contentCodings(h)
	if len(names) > 1 || len(names) == 1 && lastAccepted(names, w.visit.acceptEncoding) == "" {
		return key, false
	}
	for i, seed := range cleanSeeds {
		var hash maphash.Hash
		hash.SetSeed(seed)
		for _, lines := range [...][]string{{w.visit.scheme(), w.r.Host, w.visit.uri, tag, length, strconv.FormatBool(w.guarded)}, h["Content-Type"], h["Content-Encoding"]} {
			_, _ = hash.WriteString(strconv.Itoa(len(lines)))
			for _, line := range lines {
				_, _ = hash.WriteString(line)
				_ = hash.WriteByte(0)
			}
		}
		key[i] = hash.Sum64()
	}
	return key, true
}

// isClean tells whether the page was seen to be clean of late.
func (h *Handler) isClean(key cleanKey, now time.Time) bool {
	seen, ok := h.clean.get(key)
	return ok && now.Sub(seen) < cleanFor
}
