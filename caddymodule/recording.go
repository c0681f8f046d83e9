package caddymodule

import "bytes"

// recordingStep is how many bytes of a page are read at a time while it is recorded: wherever
// a backend pauses when the page comes again, no more than that is held back for it.
const recordingStep = 2 << 10

// A recording is of a page that is on its way: what came, and what has become of it. The
// handler writes it, but for what goes out, which holdBack gives it under its lock.
type recording struct {
	memory  *pageMemory
	key     uint64
	page    rememberedPage
	counted int64 // what the memory has it down for
	spoiled bool  // it would not come out so again, or is too long
}

// startRecording begins a recording of a page of length bytes, -1 if nobody knows.
func startRecording(m *pageMemory, key uint64, length int64) *recording {
	r := &recording{memory: m, key: key}
	if 0 < length && length <= int64(m.limit/4) {
		r.page.in, r.page.out = make([]byte, 0, length), make([]byte, 0, length+length/16)
	}
	return r
}

// took notes what came. What all recordings take is bounded as what they are for is.
func (r *recording) took(p []byte) {
	if r == nil || r.spoiled {
		return
	}
	r.page.in = append(r.page.in, p...)
	grown := int64(len(r.page.in)+len(r.page.out)) - r.counted
	r.counted += grown
	if r.memory.recording.Add(grown) > int64(r.memory.limit) || r.page.size() > r.memory.limit/2 {
		r.spoil()
	}
}

// gave notes what goes out.
func (r *recording) gave(p []byte) {
	if r != nil && !r.spoiled {
		r.page.out = append(r.page.out, p...)
	}
}

// mark notes what has become of the first in bytes that came; or of them when flushed.
func (r *recording) mark(in int64, flushed bool) {
	if r != nil && !r.spoiled {
		r.page.marks = append(r.page.marks, pageMark{int(in), len(r.page.out), flushed})
	}
}

// note notes what is counted of the page.
func (r *recording) note(n *blockedNote) {
	if r != nil && !r.spoiled {
		r.page.notes = append(r.page.notes, n)
	}
}

// spoil drops it.
func (r *recording) spoil() {
	if r != nil {
		r.spoiled, r.page = true, rememberedPage{}
	}
}

// end remembers the page, if it came to its end.
func (r *recording) end(whole, clean bool) {
	if r == nil {
		return
	}
	r.memory.recording.Add(-r.counted)
	if r.counted = 0; whole && !r.spoiled {
		p := r.page
		p.in, p.out, p.clean = bytes.Clone(p.in), bytes.Clone(p.out), clean // no longer than they are
		r.memory.put(r.key, &p)
	}
	r.spoil()
}
