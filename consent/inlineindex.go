package consent

import (
	"encoding/binary"
	"unicode/utf8"
)

// indexKey is how many leading bytes of an anchor its bucket is told by. An
// inline pattern needs a word of at least that length.
const indexKey = 3

// inlineIndex finds all inline patterns in one pass over a script. A first look
// at the four bytes that begin at every second place says no nearly everywhere:
// whether a word begins there is asked only where it says perhaps, since that is
// what a processor cannot foresee. Then the word's bucket has the patterns. The
// time does not depend on the number of patterns unless their anchors collide.
type inlineIndex struct {
	grams   grams // of anchors where a look may hit them
	starts  grams // of those at their first byte
	buckets [1024][]*inlinePattern
	multis  int
}

func newInlineIndex(patterns []inlinePattern) *inlineIndex {
	x := new(inlineIndex)
	for i := range patterns {
		p := &patterns[i]
		if len(p.pieces) > 1 {
			p.multi = x.multis
			x.multis++
		}
		first := &p.pieces[0]
		b := bucket(first.anchor[0], first.anchor[1], first.anchor[2])
		x.buckets[b] = append(x.buckets[b], p)
		x.grams.add(first)
		x.starts.addStart(first)
	}
	return x
}

func bucket(a, b, c byte) uint { return (uint(a)*961 ^ uint(b)*31 ^ uint(c)) % 1024 }

// scan calls visit with the pattern of every match, in the order of the
// script, until visit returns false. It may visit one several times. It
// does not allocate unless there are more than 512 patterns with stars.
func (x *inlineIndex) scan(script []byte, visit func(*inlinePattern) bool) {
	// A pattern of several pieces is tried where its first piece first
	// matches. If the rest is not behind that, it is not behind a later place
	// either; not trying again keeps the whole scan linear.
	var space [8]uint64
	tried := space[:]
	if x.multis > 64*len(space) {
		tried = make([]uint64, x.multis/64+1)
	}
	if len(script) >= indexKey && !x.at(script, 0, tried, visit) {
		return
	}
	// Three looks at a time are about eight bytes; those that an anchor may need
	// beyond the end are left to the last loop.
	i := 0
	for ; i+8+indexKey <= len(script); i += 6 {
		v := binary.LittleEndian.Uint64(script[i:])
		if x.grams.has(uint32(v)) && !x.around(script, i, tried, visit) ||
			x.grams.has(uint32(v>>16)) && !x.around(script, i+2, tried, visit) ||
			x.grams.has(uint32(v>>32)) && !x.around(script, i+4, tried, visit) {
			return
		}
	}
	for i = max(i-1, 1); i+indexKey <= len(script); i++ {
		if beginsWord(script, i) && !x.at(script, i, tried, visit) {
			return
		}
	}
}

// around visits what has its anchor where a look has hit, or beside it.
func (x *inlineIndex) around(script []byte, i int, tried []uint64, visit func(*inlinePattern) bool) bool {
	for j := max(i-1, 1); j <= i+1; j++ {
		if beginsWord(script, j) && x.starts.has(binary.LittleEndian.Uint32(script[j:])) && !x.at(script, j, tried, visit) {
			return false
		}
	}
	return true
}

// beginsWord tells whether no name goes on at script[i:].
func beginsWord(script []byte, i int) bool {
	c := script[i-1]
	if c < utf8.RuneSelf || i < 2 {
		return !isWord[c]
	}
	return blankBefore(script, i) > 0
}

// at visits the patterns that have their anchor at script[i:]. It
// returns false if visit did.
func (x *inlineIndex) at(script []byte, i int, tried []uint64, visit func(*inlinePattern) bool) bool {
	for _, p := range x.buckets[bucket(script[i], script[i+1], script[i+2])] {
		first := &p.pieces[0]
		if !hasPrefix(script[i:], first.anchor) || p.multi >= 0 && tried[p.multi/64]>>(p.multi%64)&1 == 1 {
			continue
		}
		end := first.matchAt(script, i, 0)
		if end < 0 {
			continue
		}
		if p.multi >= 0 {
			tried[p.multi/64] |= 1 << (p.multi % 64)
			if !p.rest(script, end) {
				continue
			}
		}
		if !visit(p) {
			return false
		}
	}
	return true
}

// rest finds all pieces but the first, in order, behind script[:from].
func (p *inlinePattern) rest(script []byte, from int) bool {
	for i := 1; i < len(p.pieces); i++ {
		if from = p.pieces[i].find(script, from); from < 0 {
			return false
		}
	}
	return true
}

func hasPrefix(b []byte, s string) bool { return len(b) >= len(s) && string(b[:len(s)]) == s }
