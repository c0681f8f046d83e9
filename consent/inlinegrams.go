package consent

import "encoding/binary"

// grams is a set of hashes, by the bit, of four bytes that a script may have where
// the anchor of a pattern stands.
type grams [1 << (gramBits - 6)]uint64

const gramBits = 16

func hashGram(four uint32) uint32 {
	return four * 0x9E3779B1 >> (32 - gramBits) // Knuth's multiplicative hash
}

// has tells whether the four bytes may be of an anchor, first byte lowest.
func (g *grams) has(four uint32) bool {
	h := hashGram(four)
	return g[h/64]&(1<<(h%64)) != 0
}

// addStart takes in what a look sees that hits the first byte of the piece's anchor.
func (g *grams) addStart(p *piece) {
	if len(p.anchor) > 3 {
		g.put(p.anchor[:4], nil)
	} else {
		g.put(p.anchor, p.behind())
	}
}

// add takes in that, and what a look sees that hits the byte beside it: so looks at
// every second place find every anchor but one at the very start of the script.
func (g *grams) add(p *piece) {
	g.addStart(p)
	switch {
	case len(p.anchor) > 4:
		g.put(p.anchor[1:5], nil)
	case len(p.anchor) == 4:
		g.put(p.anchor[1:], p.behind())
	default:
		for c := range 256 {
			if !isWord[c] || endsBlank(byte(c)) {
				g.put(string([]byte{byte(c)})+p.anchor, nil)
			}
		}
	}
}

// behind are the bytes that may follow the anchor in a script.
func (p *piece) behind() (all []byte) {
	rest := p.text[p.at+len(p.anchor):]
	for c := range 256 {
		if c := byte(c); rest == "" || isSpace(c) || beginsBlank(c) || sameChar(rest[0], c) {
			all = append(all, c)
		}
	}
	return all
}

// put takes in the four bytes of text, or its three and one of the last ones.
func (g *grams) put(text string, last []byte) {
	var four [4]byte
	if copy(four[:], text) == len(four) {
		last = four[3:]
	}
	for _, four[3] = range last {
		h := hashGram(binary.LittleEndian.Uint32(four[:]))
		g[h/64] |= 1 << (h % 64)
	}
}
