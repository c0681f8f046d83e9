package iab

import "math/bits"

// SectionSet is a set of GPP section ids from 0 to 63.
type SectionSet uint64

// Has says whether the section is in the set. Ids out of range never are.
func (s SectionSet) Has(id int) bool { return id >= 0 && id < 64 && s>>id&1 == 1 }

// Len is the number of sections in the set.
func (s SectionSet) Len() int { return bits.OnesCount64(uint64(s)) }

// All yields the ids in ascending order.
func (s SectionSet) All() func(yield func(id int) bool) {
	return func(yield func(int) bool) {
		for rest := uint64(s); rest != 0; rest &= rest - 1 {
			if !yield(bits.TrailingZeros64(rest)) {
				return
			}
		}
	}
}

func (s SectionSet) with(id int) SectionSet {
	if id < 0 || id >= 64 {
		return s
	}
	return s | 1<<id
}

// maxSectionID is far above the ids there are (27 in 2025; a section's own
// header has six bits for its id), and so low that a string of nothing but
// separators is no work.
const maxSectionID = 255

// idRange reads a Range(Fibonacci) of a GPP header one id at a time (GPP
// String, Section Encoding): the number of items in 12 bits, and per item one
// bit, 0 for a single id and 1 for a group, the offset from the last id to
// this or to the group's first, and for a group the offset to its last. The
// offsets are Fibonacci codes, so that ids ascend and none comes twice.
type idRange struct {
	s     string // base64url, all of it in the alphabet
	pos   int    // bit offset in s of the next item
	items int    // items that are left
	last  int    // the id read last, 0 at first
	end   int    // the last id of the group that last is in
}

func newIDRange(s string, pos int) idRange {
	return idRange{s: s, pos: pos + 12, items: int(field(s, pos, 12))}
}

// next is the next id, or 0 at the end. It is not ok when the text ends
// within an item, or an id is beyond all bounds.
func (r *idRange) next() (id int, ok bool) {
	if r.last < r.end {
		r.last++
		return r.last, true
	}
	if r.items == 0 {
		return 0, true
	}
	r.items--
	group := field(r.s, r.pos, 1) == 1
	r.pos++
	first, ok := r.fibonacci()
	if !ok {
		return 0, false
	}
	r.last += first
	r.end = r.last
	if group {
		length, ok := r.fibonacci()
		if !ok {
			return 0, false
		}
		r.end += length
	}
	return r.last, r.end <= maxSectionID
}

// fibonacci reads one number, 1 or more: its bits stand for the Fibonacci
// numbers 1, 2, 3, 5, 8 … from left to right, and as no two neighbours are
// ever needed, a second 1 in a row ends it (GPP String, Fibonacci Encoding).
func (r *idRange) fibonacci() (n int, ok bool) {
	last := uint64(0)
	// One more than the largest that can be in a number: for the 1 at the end.
	for this, next := 1, 2; this < 2*maxSectionID; this, next = next, this+next {
		if r.pos >= len(r.s)*charBits {
			return 0, false
		}
		bit := field(r.s, r.pos, 1)
		r.pos++
		if bit == 1 {
			if last == 1 {
				return n, true
			}
			n += this
		}
		last = bit
	}
	return 0, false
}
