package caddymodule

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Most pages that are sent are sent again, byte for byte. What has become of one is
// remembered with it: whoever has the same decision and is sent the same bytes gets what was
// made of them, compressed as it was, and nothing is decoded, read or encoded for it
// (following.go). The bytes are compared, all of them, so nothing depends on a
// header or a promise of the backend; and what else matters is in a key that nobody can
// make alike for two pages.

// A rememberedPage is what a backend has sent and what has become of it. It does not change.
type rememberedPage struct {
	in, out []byte
	marks   []pageMark
	notes   []*blockedNote
	clean   bool // nothing in it was blocked, and it was read in its own encoding
}

// A pageMark says that of the first in bytes out bytes were made, whatever followed.
type pageMark struct {
	in, out int
	flushed bool // because the handler inside has flushed
}

// size is about how many bytes of memory it takes.
func (p *rememberedPage) size() int {
	const mark, note = 24, 160
	return len(p.in) + len(p.out) + mark*len(p.marks) + note*len(p.notes)
}

// pageHash stands for a pageKey: a hash under keys of this process.
type pageHash [2]uint64

// A pageMemory remembers pages by the hashes of their keys. It is of a bounded size and has two
// generations, as generations.go has; it is safe for concurrent use.
type pageMemory struct {
	seeds     [2]maphash.Seed
	limit     int          // of a generation, in bytes; of a page half of it
	recording atomic.Int64 // how many bytes are being recorded

	mu          sync.Mutex
	size        int // of young
	young, aged map[pageHash]*pageEntry
}

// A pageEntry is what is known of a key. A page that is the same twice is worth remembering.
// One that then was another is so the less, the more often that happens: its text may have
// the time in it, or a token.
type pageEntry struct {
	page *rememberedPage // nil for none
	// met is how often it came since anything was tried, worth from how many times on it is
	// worth it to try.
	met, worth int
}

const (
	// entrySize is what an entry takes beside its page, about.
	entrySize = 120
	// backOff is how many times as often a page must come after it was another, and
	// maxWorth the most.
	backOff, maxWorth = 4, 1 << 16
)

// newPageMemory makes one that takes up to about size bytes.
func newPageMemory(size int) *pageMemory {
	return &pageMemory{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, limit: size / 2, young: map[pageHash]*pageEntry{}}
}

// hash hashes a key.
func (m *pageMemory) hash(key pageKey) pageHash {
	return pageHash{maphash.Comparable(m.seeds[0], key), maphash.Comparable(m.seeds[1], key)}
}

// meet returns what is remembered under a key, or whether now is the time to record it.
func (m *pageMemory) meet(key pageHash) (page *rememberedPage, record bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.entry(key)
	if e.page != nil {
		return e.page, false
	}
	if e.met++; e.met < e.worth {
		return nil, false
	}
	e.met = 0 // the next ones do not record the same meanwhile
	return nil, true
}

// put remembers a page.
func (m *pageMemory) put(key pageHash, page *rememberedPage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	size := page.size()
	if size > m.limit/2 {
		return
	}
	e := m.entry(key)
	if e.page != nil {
		m.size -= e.page.size()
	}
	m.grow(size)
	m.young[key] = &pageEntry{page: page, worth: e.worth}
}

// forget notes that a page was another one than is remembered.
func (m *pageMemory) forget(key pageHash, page *rememberedPage) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e := m.entry(key); e.page == page { // else that is known already
		*e = pageEntry{worth: min(e.worth*backOff, maxWorth)}
		m.size -= page.size()
	}
}

// entry is that of a key, which is made if there is none, in the young generation.
func (m *pageMemory) entry(key pageHash) *pageEntry {
	if e := m.young[key]; e != nil {
		return e
	}
	e := m.aged[key]
	if e == nil {
		e = &pageEntry{worth: 2}
	}
	delete(m.aged, key)
	size := entrySize
	if e.page != nil {
		size += e.page.size()
	}
	m.grow(size)
	m.young[key] = e
	return e
}

// grow makes room for size more bytes in the young generation.
func (m *pageMemory) grow(size int) {
	if m.size += size; m.size > m.limit {
		m.young, m.aged, m.size = make(map[pageHash]*pageEntry), m.young, size
	}
}
