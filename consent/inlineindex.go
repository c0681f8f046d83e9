package consent

// indexKey is how many leading bytes of an anchor the index looks at. An
// inline pattern needs a word of at least that length.
const indexKey = 3

// inlineIndex finds all inline patterns in one pass over a script: at the
// start of every word it looks up the word's first bytes. The time does not
// depend on the number of patterns unless their anchors collide.
type inlineIndex struct {
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
		b := bucket(p.pieces[0].anchor[0], p.pieces[0].anchor[1], p.pieces[0].anchor[2])
		x.buckets[b] = append(x.buckets[b], p)
	}
	return x
}

func bucket(a, b, c byte) uint { return (uint(a)*961 ^ uint(b)*31 ^ uint(c)) % 1024 }

// scan calls visit with the vendor of every match, in the order of the
// script, until visit returns false. It may visit a vendor several times. It
// does not allocate unless there are more than 512 patterns with stars.
func (x *inlineIndex) scan(script []byte, visit func(vendor int) bool) {
	// A pattern of several pieces is tried where its first piece first
	// matches. If the rest is not behind that, it is not behind a later place
	// either; not trying again keeps the whole scan linear.
	var space [8]uint64
	tried := space[:]
	if x.multis > 64*len(space) {
		tried = make([]uint64, x.multis/64+1)
	}
	for i := 0; i+indexKey <= len(script); i++ {
		if !isWord[script[i]] {
			continue
		}
		// The word starts here: the loop below leaves i behind words only.
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
			if !visit(p.vendor) {
				return
			}
		}
		for i++; i < len(script) && isWord[script[i]]; i++ {
		}
	}
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
