package rewrite

import (
	"bytes"
	"io"
)

// output gathers small pieces, so that a page with many changes does not
// become many small writes; large ones go straight through.
type output struct {
	sink    io.Writer
	pending []byte // what was gathered
	// run is a stretch of the input that goes out behind what is pending: see pass.
	run []byte
	// copied gets all bytes that are given while copying is set, for a Memo.
	copied  []byte
	copying bool
	err     error
	// single says that values get single quotes: in another reading all of this markup
	// stands within a value in double quotes (spill.go).
	single bool
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
	o.endRun()
	o.copy(p)
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
	o.endRun()
	if o.copying {
		o.copied = append(o.copied, s...)
	}
	if len(o.pending)+len(s) > maxPending {
		_ = o.flush()
	}
	o.pending = append(o.pending, s...)
}

// writeValue gives "=" and a value in quotes.
func (o *output) writeValue(value []byte) {
	if o.single {
		o.writeString("='")
		o.writeEscaped(value, '\'', "&#39;")
		o.writeString("'")
		return
	}
	o.writeString(`="`)
	o.writeEscaped(value, '"', "&quot;")
	o.writeString(`"`)
}

// writeEscaped makes text fit between quotes. It leaves no '<' in it: a preload scanner that takes
// "<script/>" in SVG for the beginning of a script would find its end tag even in a value. XML allows
// none there anyway.
func (o *output) writeEscaped(p []byte, quote byte, reference string) {
	for len(p) > 0 {
		// Not all of p at once: where one is rare and another frequent, the rare
		// one would be looked for over and over.
		n, ref := next(p, quote, reference, min(len(p), 512), "")
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

// next returns where in p[:n] the first c is, and ref, which it becomes; else n and other.
func next(p []byte, c byte, ref string, n int, other string) (int, string) {
	if i := bytes.IndexByte(p[:n], c); i >= 0 {
		return i, ref
	}
	return n, other
}

// pass is write for bytes that stay as they are until flush: those which follow
// each other in memory become one write.
func (o *output) pass(p []byte) {
	n := len(o.run)
	switch {
	case n > 0 && cap(o.run)-n >= len(p) && &o.run[:n+1][n] == &p[0]:
		o.run = o.run[:n+len(p)]
	case n == 0 && len(o.pending) > 0 && len(p) <= gather:
		o.write(p)
		return
	default:
		_ = o.flush()
		o.run = p
	}
	o.copy(p)
}

func (o *output) copy(p []byte) {
	if o.copying {
		o.copied = append(o.copied, p...)
	}
}

// endRun gives out what pass has gathered.
func (o *output) endRun() {
	run := o.run
	if len(run) == 0 {
		return
	}
	o.run = nil
	if len(run) > gather {
		o.send(run)
	} else {
		o.pending = append(o.pending, run...)
	}
}

func (o *output) flush() error {
	if len(o.run) > 0 { // then nothing is pending
		o.send(o.run)
		o.run = nil
	}
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
