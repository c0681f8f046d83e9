package caddymodule

import (
	"hash/maphash"
	"net/http"
	"slices"
	"strings"
)

// Whoever does not say that a document is wanted, a script or a program, may get one all the same, and have one from before
// this module was there: what says that it has not changed is not for this visitor to keep. Only the response tells what
// it is. So of each URL the first response is asked for whole, and that it is no document is remembered.

// noPages remembers that, by the hashes of URLs. It is safe for concurrent use.
type noPages struct {
	seen *generations[uint64, struct{}]
}

// maxNoPages is how many a generation of them has: some megabyte of memory.
const maxNoPages = 1 << 15

// knows tells it of what a request asks for, unless it takes pages, too: then the same URL may answer with one.
func (n *noPages) knows(r *http.Request, uri string) bool {
	if slices.ContainsFunc(r.Header["Accept"], acceptsPages) {
		return false
	}
	_, ok := n.seen.get(n.key(r, uri))
	return ok
}

func (n *noPages) add(r *http.Request, uri string) { n.seen.put(n.key(r, uri), struct{}{}) }

// key is that of a request: what it takes decides what the URL answers with.
func (n *noPages) key(r *http.Request, uri string) uint64 {
	return maphash.Comparable(cleanSeeds[0], [3]string{r.Host, uri, strings.Join(r.Header["Accept"], ",")})
}

// rememberNoPage remembers a response that is not a document, if somebody may ask whether it has changed. What is never read
// as one may say that it is.
func (w *responseWriter) rememberNoPage() {
	h := w.Header()
	if w.visit.purpose != asPart && len(h["Etag"])+len(h["Last-Modified"]) > 0 && documentOf(h, true) == noDocument {
		w.h.noPages.add(w.r, w.visit.uri)
	}
}
