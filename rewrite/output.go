package rewrite

import (
	"bytes"
	"io"
)

// output gathers small pieces, so that a page with many changes does not
// become many small writes; large ones go straight through.
type output struct {
	sink    io.Writer
	pending []byte
	err     error
}

const (
	// gather is the size up to which pieces are copied together.
	gather = 2048
	// maxPending is when gathered pieces are written.
	maxPending = 8192
)

func (o *output) write(p []byte) {
	if len(p) == 0 {
		return
	}
	if len(p) > gather || len(o.pending)+len(p) > maxPending {
		_ = o.flush()
		if len(p) > gather {
			o.send(p)
			return
		}
	}
	o.pending = append(o.pending, p...)
}

func (o *output) writeString(s string) {
	if len(o.pending)+len(s) > maxPending {
		_ = o.flush()
	}
	o.pending = append(o.pending, s...)
}

// writeEscaped makes text fit between double quotes. Of markup in it no reading
// of the page must make any: a preload scanner that takes "<script/>" in SVG for
// a script sees its end wherever there is one. In XML a value cannot hold '<' anyway.
func (o *output) writeEscaped(p []byte) {
	for len(p) > 0 {
		// Not all of p at once: where one is rare and another frequent, the rare
		// one would be looked for over and over.
		n, ref := next(p, '"', "&quot;", min(len(p), 512), "")
		n, ref = next(p, '&', "&amp;", n, ref)
		n, ref = next(p, '<', "&lt;", n, ref)
		o.write(p[:n])
		o.writeString(ref)
		if ref != "" {
			n++
		}
		p = p[n:]
	}
}

// next is where the next c is in p, if it is before n, and what it becomes.
func next(p []byte, c byte, ref string, n int, other string) (int, string) {
	if i := bytes.IndexByte(p[:n], c); i >= 0 {
		return i, ref
	}
	return n, other
}

func (o *output) flush() error {
	if len(o.pending) > 0 {
		o.send(o.pending)
		o.pending = o.pending[:0]
	}
	return o.err
}

func (o *output) send(p []byte) {
	if o.err == nil {
		_, o.err = o.sink.Write(p)
	}
}
