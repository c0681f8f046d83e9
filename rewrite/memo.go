package rewrite

import (
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Most pages of a site are made of the same stretches of markup, over and over: its
// head, its menus, its inline scripts, and whole pages that are asked for again. A Memo
// remembers what became of stretches, so that the next time one comes that is done
// after a look at its hash, which is some twenty times as fast as reading it.
//
// A stretch is a window of the input without the markup at its end that the window cuts
// off. It is remembered if the tokenizer stands in plain text before it and behind it.
// Then to have read it makes no difference but for what is remembered: what it became, its
// verdicts, the encoding that it declares, where in the tree it ends (context.go) and, of the
// first stretches of a document, whether it is no fragment and has got the leader.
// Everything that the verdicts depend on is in the key: what of it belongs to the document,
// see [Rewriter.SetMemo], and what to the place.
//
// The hash is of 63 bits under a key of this process (hash/maphash), so nobody
// can write markup that is taken for other markup; by chance it happens once in
// 2^47 windows.

// A Memo remembers stretches of markup and what becomes of them. It is of a
// fixed size, and new ones take the place of old ones. It is safe for concurrent use.
type Memo struct {
	seed maphash.Seed
	// slots hold the upper bits of a hash, and in the lower ones how many bytes of
	// the window pass, or one of the words below.
	slots []atomic.Uint64
	// window is the least size of a window, and text that of code: memoWindow and memoText
	// but in tests.
	window, text int

	mu          sync.RWMutex
	young, aged map[uint64]*outcome // by hash; the last generation, and the one before
	size, limit int                 // of young, in bytes
}

const (
	// memoWindow is the least size of a window. Smaller ones have to be looked up more often; in a
	// larger one a single thing that is new makes more be read again.
	memoWindow = 2048
	// memoText is the least size of code, by itself, that is worth remembering.
	memoText = 256
	// memoMost is the size up to which a window grows that begins with a long script.
	memoMost = 64 << 10
	// memoShift tells how much a window grows at a time: to four times its size.
	memoShift = 2

	memoBits    = 17                  // how many of a slot's bits are not of the hash
	memoGrow    = 1 << (memoBits - 1) // plus how many times the window has to grow until anything of it is settled
	memoOutcome = memoGrow | 1<<8     // what became of the window is in young or aged
	memoSeen    = memoGrow | 2<<8     // the window was met once: not before the second time is it worth remembering
)

// outcome is what became of a window, unless it just passes, which a slot can say. It is also what became
// of a style sheet that is blocked, because of the vendors in marks; and of a script that is: that has only
// first, the verdict, and out, what must run all the same.
type outcome struct {
	done   int    // how many of its bytes are settled
	out    []byte // what becomes of them
	notes  []any  // of the verdicts
	first  Verdict
	held   bool
	before byte
	marks  string

	passes   bool     // nothing was blocked: out is nil, and the bytes pass
	declared [][]byte // labels of encodings
	whole    bool     // the document is known to be no fragment
	begun    bool     // the leader's place is behind
	context  *context // where it ends; nil for a plain place
}

// NewMemo makes a Memo that takes up to about size bytes of memory: an eighth of
// it at once, for what passes, and the rest as it comes, for what changes.
func NewMemo(size int) *Memo {
	n := max(1<<10, size/8/8)
	return &Memo{
		seed: maphash.MakeSeed(), slots: make([]atomic.Uint64, 1<<(bits.Len(uint(n))-1)), window: memoWindow, text: memoText, //nolint:gosec // positive
		young: map[uint64]*outcome{}, limit: size / 16 * 7,
	}
}

// key is the key of a document with this context; see SetMemo.
func (m *Memo) key(context ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	for _, c := range context {
		_, _ = h.WriteString(c)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// about is a key of its own for everything that is to be told apart under a key. It is a hash, since
// keys that are near each other would meet by adding.
func (m *Memo) about(key uint64, what ...uint64) uint64 {
	for _, w := range what {
		key = maphash.Comparable(m.seed, [2]uint64{key, w})
	}
	return key
}

// hash is that of a window of a document.
func (m *Memo) hash(key uint64, window []byte) uint64 {
	h := (maphash.Bytes(m.seed, window) ^ key) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}

// get returns what a slot says about a window, or 0.
func (m *Memo) get(hash uint64) int {
	slot := m.slots[hash&uint64(len(m.slots)-1)].Load()
	if slot>>memoBits != hash>>memoBits {
		return 0
	}
	return int(slot & (1<<memoBits - 1)) //nolint:gosec // 17 bits
}

func (m *Memo) put(hash uint64, what int) {
	m.slots[hash&uint64(len(m.slots)-1)].Store(hash>>memoBits<<memoBits | uint64(what)) //nolint:gosec // positive
}

func (m *Memo) outcome(hash uint64) *outcome {
	m.mu.RLock()
	c, ok := m.young[hash]
	if !ok {
		c = m.aged[hash]
	}
	m.mu.RUnlock()
	if c != nil && !ok {
		m.putOutcome(hash, c)
	}
	return c
}

func (m *Memo) putOutcome(hash uint64, c *outcome) {
	// About what the map and an outcome itself take, and what a label takes at most: see charset.
	const besides, text = 300, 80
	size := len(c.out) + besides + 64*len(c.notes) + text*len(c.declared)
	if c.context != nil {
		size += 64*len(c.context.scopes) + 32*len(c.context.names)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.size += size
	if m.size > m.limit {
		m.young, m.aged, m.size = make(map[uint64]*outcome, len(m.young)), m.young, size
	}
	m.young[hash] = c
}

// SetMemo gives r a memory of documents that were seen before. variant and context are
// all that the judge's verdicts depend on beside what it is asked: the decision, the
// site, the document's URL, its encoding. What the document itself declares (Base,
// Charset) need not be among them; the policy and the limits are the same for all documents that
// share a Memo. What was blocked is remembered only if the judge is [Remembering]. Call it after New or Reset.
func (r *Rewriter) SetMemo(m *Memo, variant uint64, context ...string) {
	r.memo, r.memoKey = m, m.about(m.key(context...), variant)
	r.again, _ = r.judge.(Remembering)
}
