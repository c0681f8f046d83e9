package caddymodule

import "hash/maphash"

// Whoever does not say that a document is wanted, a script or a program, may get one all the same, and have one from before
// this module was there: what says that it has not changed is not for this visitor to keep. Only the response tells what
// it is. So of each URL the first response is asked for whole, and that it is no document is remembered.

// noPages remembers that, by the hashes of URLs. It is safe for concurrent use.
type noPages struct {
	seen *generations[uint64, struct{}]
}

// maxNoPages is how many a generation of them has: some megabyte of memory.
const maxNoPages = 1 << 15

func (n *noPages) knows(host, uri string) bool {
	_, ok := n.seen.get(n.key(host, uri))
	return ok
}

func (n *noPages) add(host, uri string) { n.seen.put(n.key(host, uri), struct{}{}) }

func (n *noPages) key(host, uri string) uint64 {
	return maphash.Comparable(cleanSeeds[0], [2]string{host, uri})
}

// rememberNoPage remembers a response that is not a document, if somebody may ask whether it has changed. What is never read
// as one may say that it is.
func (w *responseWriter) rememberNoPage() {
	h := w.Header()
	if w.visit.purpose != asPart && len(h["Etag"])+len(h["Last-Modified"]) > 0 && documentOf(h, true) == noDocument {
		w.h.noPages.add(w.r.Host, w.visit.uri)
	}
}
