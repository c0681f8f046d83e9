package caddymodule

import (
	"hash/maphash"
	"net/http"
	"slices"
)

// Whoever does not say that a document is wanted, a script or a program, may get one all the same, and have one from before
// this module was there: what says that it has not changed is not for this visitor to keep. Only the response tells what
// it is. So of each URL the first response is asked for whole, and that it is no document is remembered.

// noPages remembers that, by the hashes of URLs. It is safe for concurrent use.
type noPages struct {
	seen *generations[uint64, bool]
}

// maxNoPages is how many a generation of them has: some megabyte of memory.
const maxNoPages = 1 << 15

// knows tells it of what a request asks for, unless it takes pages, too: then the same URL may answer with one.
func (n *noPages) knows(r *http.Request, uri string) bool {
	if slices.ContainsFunc(r.Header["Accept"], acceptsPages) {
		return false
	}
	is, _ := n.seen.get(n.key(r, uri))
	return is
}

// note takes what a URL has answered with.
func (n *noPages) note(r *http.Request, uri string, isPage bool) {
	key := n.key(r, uri)
	if is, _ := n.seen.get(key); is == isPage { // what is not known counts as a page
		n.seen.put(key, !isPage)
	}
}

func (n *noPages) key(r *http.Request, uri string) uint64 {
	return maphash.Comparable(cleanSeeds[0], [2]string{r.Host, uri})
}

// notePage notes whether a response is a document, if somebody may ask whether it has changed. What is never read
// as one may say that it is.
func (w *responseWriter) notePage() {
	h := w.Header()
	if w.visit.purpose == asPart || w.status == http.StatusNotModified || len(h["Etag"])+len(h["Last-Modified"]) == 0 {
		return
	}
	if kind := documentOf(h, true); kind != sniffedDocument {
		w.h.noPages.note(w.r, w.visit.uri, kind != noDocument)
	}
}
