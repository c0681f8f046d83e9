package caddymodule

import "bytes"

// recordingStep is how many bytes of a page are read at a time while it is recorded: wherever
// a backend pauses when the page comes again, no more than that is held back for it.
const recordingStep = 2 << 10

// A recording is of a page that is on its way: what came, and what has become of it. The
// handler writes it, but for what goes out, which holdBack gives it under its lock.
type recording struct {
	memory  *pageMemory
	key     pageHash
	page    rememberedPage
	counted int64 // what the memory has it down for
	spoiled bool  // it would not come out so again, or is too long
}

// runs tells whether there is one that may come to something.
func (r *recording) runs() bool { return r != nil && !r.spoiled }

// took notes what came.
func (r *recording) took(p []byte) {
	if r.grow(len(p)) {
		r.page.in = append(r.page.in, p...)
	}
}

// gave notes what goes out.
func (r *recording) gave(p []byte) {
	if r.grow(len(p)) {
		r.page.out = append(r.page.out, p...)
	}
}

// grow tells whether there is room for n more bytes: what all recordings take at once is bounded, as what
// they are for is.
func (r *recording) grow(n int) bool {
	if !r.runs() {
		return false
	}
	r.counted += int64(n)
	if r.memory.recording.Add(int64(n)) > int64(r.memory.limit) || r.page.size()+n > r.memory.limit/2 {
		r.spoil()
		return false
	}
	return true
}

// mark notes what has become of the first in bytes that came; or of them when flushed.
func (r *recording) mark(in int64, flushed bool) {
	if !r.runs() {
		return
	}
	m := pageMark{int(in), len(r.page.out), flushed}
	if n := len(r.page.marks); n == 0 || r.page.marks[n-1] != m {
		r.page.marks = append(r.page.marks, m)
	}
}

// inSmallPieces tells whether the backend sends less at a time than is worth encoding by itself.
func (r *recording) inSmallPieces() bool { return len(r.page.marks) > 8+len(r.page.in)/(2<<10) }

// note notes what is counted of the page.
func (r *recording) note(n *blockedNote) {
	if r.runs() {
		r.page.notes = append(r.page.notes, n)
	}
}

// spoil drops it.
func (r *recording) spoil() {
	if r != nil {
		r.memory.recording.Add(-r.counted)
		r.counted, r.spoiled, r.page = 0, true, rememberedPage{}
	}
}

// end remembers the page, if it came to its end.
func (r *recording) end(whole, clean bool) {
	if r == nil {
		return
	}
	if whole && !r.spoiled {
		p := r.page
		p.in, p.out, p.clean = bytes.Clone(p.in), bytes.Clone(p.out), clean // no longer than they are
		r.memory.put(r.key, &p)
	}
	r.spoil()
}
