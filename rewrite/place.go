package rewrite

import (
	"hash/maphash"
	"slices"
)

// Where in the tree a window of the input begins and ends, for a Memo.

// maxPlace is how many elements of a sort may be open in a place that a Memo knows. An icon in
// a page has few; a document that nests more is hardly met twice.
const maxPlace = 16

// plain tells whether nothing is open that the context tracks.
func (c *context) plain() bool {
	return len(c.scopes) == 0 && len(c.names) == 0 && c.templates == 0 && !c.inSelect && !c.unsure && !c.lost
}

// small tells whether a Memo knows such places.
func (c *context) small() bool {
	return len(c.scopes) <= maxPlace && len(c.names) <= maxPlace && c.templates <= maxPlace
}

// place is a hash of all that a small context is, 0 for a plain one.
func (m *Memo) place(c *context) uint64 {
	if c.plain() {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(m.seed)
	// A hash does not fail. The numbers are below maxPlace.
	for _, s := range c.scopes {
		_, _ = h.WriteString(s.name)
		_, _ = h.Write([]byte{0, byte(s.ns), byte(s.names)}) //nolint:gosec // see above
	}
	for i := range c.names {
		_, _ = h.Write(c.names[i][:])
	}
	flags := byte(c.templates) << 3 //nolint:gosec // see above
	for i, set := range []bool{c.inSelect, c.unsure, c.lost} {
		if set {
			flags |= 1 << i
		}
	}
	_, _ = h.Write([]byte{byte(len(c.scopes)), flags}) //nolint:gosec // see above
	return h.Sum64()
}

// snapshot is a copy to keep, nil of a plain context.
func (c *context) snapshot() *context {
	if c.plain() {
		return nil
	}
	kept := *c
	kept.scopes, kept.names = slices.Clone(c.scopes), slices.Clone(c.names)
	return &kept
}

// restore makes c what it was when a snapshot of it was taken.
func (c *context) restore(snapshot *context) {
	scopes, names := c.scopes[:0], c.names[:0] // their memory is c's own
	*c = context{}
	if snapshot != nil {
		*c = *snapshot
		scopes, names = append(scopes, snapshot.scopes...), append(names, snapshot.names...)
	}
	c.scopes, c.names = scopes, names
}
