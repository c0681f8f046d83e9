package rewrite

import (
	"bytes"
	"hash/maphash"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// Most pages of a site are made of the same stretches of markup, over and over: its
// head, its menus, its inline scripts, and whole pages that are asked for again. A Memo
// remembers stretches in which nothing was blocked, so that the next time one
// comes it passes after a look at its hash, which is some twenty times as fast as
// reading it.
//
// A stretch is what is left of a window of the input: all that comes before the first
// markup that the window cuts off. It counts where the tokenizer stands in plain text of a plain
// place before it and behind it, so that having read it makes no difference but
// for its bytes, and if judging it had no other effect than verdicts that allow.
// Everything else that the verdicts depend on is in the key of the document: see
// [Rewriter.SetMemo].
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
	young, aged map[uint64]*changed // by hash; the last generation, and the one before
	size, limit int                 // of young, in bytes
}

const (
	// memoWindow is the least size of a window. A smaller one costs more looks; of a
	// larger one more is read again because of one thing in it that is new.
	memoWindow = 2048
	// memoText is the least size of code, by itself, that is worth remembering.
	memoText = 256
	// memoMost is the size up to which a window grows that begins with a long script.
	memoMost = 64 << 10
	// memoShift tells how much it grows at a time: to the fourfold.
	memoShift = 2

	// memoStart is the size of windows in the begin of a document, which is never known.
	memoStart = 256

	memoBits    = 17                  // of what a slot says
	memoGrow    = 1 << (memoBits - 1) // and how many times a window grows until anything is settled
	memoChanged = memoGrow | 1<<8     // what becomes of the window is in young or aged
	memoSeen    = memoGrow | 2<<8     // the window was met once: only the second time is it worth remembering
)

// changed is a window in which something was blocked; or a style sheet that is, with the
// vendors in marks; or code that is: then only first, the verdict, and out, what must run
// all the same.
type changed struct {
	done   int    // how many of its bytes are settled
	out    []byte // what becomes of them
	notes  []any  // of the verdicts
	first  Verdict
	held   bool
	before byte
	marks  string
}

// NewMemo makes a Memo that takes up to about size bytes of memory: an eighth of
// it at once, for what passes, and the rest as it comes, for what changes.
func NewMemo(size int) *Memo {
	n := max(1<<10, size/8/8)
	return &Memo{
		seed: maphash.MakeSeed(), slots: make([]atomic.Uint64, 1<<(bits.Len(uint(n))-1)), window: memoWindow, text: memoText, //nolint:gosec // positive
		young: map[uint64]*changed{}, limit: size / 16 * 7,
	}
}

// key is the key of a document about which all of this is said.
func (m *Memo) key(context ...string) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	for _, c := range context {
		_, _ = h.WriteString(c)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
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

func (m *Memo) getChanged(hash uint64) *changed {
	m.mu.RLock()
	c, ok := m.young[hash]
	if !ok {
		c = m.aged[hash]
	}
	m.mu.RUnlock()
	if c != nil && !ok {
		m.putChanged(hash, c)
	}
	return c
}

func (m *Memo) putChanged(hash uint64, c *changed) {
	const besides = 200 // what a map and the parts take, about
	size := len(c.out) + besides + 64*len(c.notes)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.size += size; m.size > m.limit {
		m.young, m.aged, m.size = make(map[uint64]*changed, len(m.young)), m.young, size
	}
	m.young[hash] = c
}

// SetMemo gives r a memory of documents that were seen before. variant and context are
// all that the judge's verdicts depend on beside what it is asked: the decision, the
// site, the document's URL, its encoding. What the document itself declares (Base,
// Charset) need not be among them; the policy and the limits are the same for all documents that
// share a Memo. Only of a [Remembering] judge it remembers what was blocked. Call it after New or Reset.
func (r *Rewriter) SetMemo(m *Memo, variant uint64, context ...string) {
	r.memo, r.memoKey = m, m.key(context...)+variant
	r.again, _ = r.judge.(Remembering)
}

// plain tells whether the tokenizer stands in text of a place where everything is
// what it seems, and nothing is to be put into the document.
func (r *Rewriter) plain() bool {
	return r.mode == inText && r.dropping == dropNothing && r.whole && r.leader == "" && r.context.plain()
}

// leave notes that the markup at i leads out of a plain place, if r is in one.
func (r *Rewriter) leave(i int) {
	if !r.uncertain && r.context.plain() {
		r.leftAt = i
	}
}

// plain tells whether nothing is open that the context tracks.
func (c *context) plain() bool {
	return len(c.scopes) == 0 && len(c.names) == 0 && c.templates == 0 && !c.inSelect && !c.unsure && !c.lost
}

// scanWindows does what scan does, window by window: it passes those that are
// remembered, and remembers others.
func (r *Rewriter) scanWindows(p []byte) (done int) {
	r.direct = true
	defer func() { r.direct = false }()
	for done < len(p) && r.err == nil {
		n, held := r.window(p[done:])
		done += n
		if held {
			break
		}
		r.keptAs = heldNothing // what the window cut off begins the next one
	}
	return done
}

// window passes or scans the begin of p. It returns how many bytes are settled, and
// whether what follows them needs more input than p.
func (r *Rewriter) window(p []byte) (done int, held bool) {
	plain := r.plain() && r.before != '<' // else what is removed at its begin leaves something behind: part
	var first uint64                      // hash of the window before it grew
	for size, grown := r.memo.window, 0; ; size, grown = size<<memoShift, grown+1 {
		switch {
		case r.mode == inPlaintext || size > memoMost:
			size = len(p)
		case grown == 0 && (!r.whole || r.leader != ""):
			size = min(size, memoStart)
		}
		window := p[:min(size, len(p))]
		known := plain && len(window) < memoMost
		var hash uint64
		what := 0
		if known {
			hash = r.memo.hash(r.memoKey, window)
			what = r.memo.get(hash)
			if done = r.recall(window, hash, what); done > 0 {
				return done, false
			}
			if grow := what - memoGrow; grow > grown && grow < memoBits && len(window) < len(p) {
				size, grown, first = r.memo.window<<(memoShift*(grow-1)), grow-1, 0
				continue
			}
			if grown == 0 {
				first = hash
			}
		}
		if what == memoSeen {
			done = r.scanWindow(window, hash)
		} else if done = r.scan(window); known && done > 0 {
			r.memo.put(hash, memoSeen)
		}
		if done == 0 && len(window) < len(p) {
			continue
		}
		if grown > 0 && first != 0 {
			r.memo.put(first, memoGrow+grown)
		}
		return done, done < len(window) && len(window) == len(p)
	}
}

// recall does what is remembered of a window, if anything is.
func (r *Rewriter) recall(window []byte, hash uint64, what int) (done int) {
	switch {
	case what == memoChanged:
		c := r.memo.getChanged(hash)
		if c == nil || r.again == nil {
			return 0
		}
		for _, note := range c.notes {
			r.again.Again(note)
		}
		r.noteFirst(c.first, c.held)
		r.out.write(c.out)
		r.before = c.before
		return c.done
	case 0 < what && what <= len(window):
		r.out.pass(window[:what])
		r.before = window[what-1]
		return what
	}
	return 0
}

// noteFirst notes what was blocked in a part of the document.
func (r *Rewriter) noteFirst(first Verdict, held bool) {
	if r.blocked.Action == Allow {
		r.blocked = first
	}
	r.held = r.held || held
}

// scanWindow scans a window, and remembers what became of it if that follows from its bytes.
func (r *Rewriter) scanWindow(window []byte, hash uint64) (done int) {
	before, held, key := r.blocked, r.held, r.memoKey
	r.blocked, r.held = Verdict{}, false
	r.touched, r.leftAt, r.notes = false, 0, r.notes[:0]
	r.out.copied, r.out.copying = r.out.copied[:0], true
	done = r.scan(window)
	r.out.copying = false
	c := changed{done: done, first: Verdict{Action: r.blocked.Action, Mark: r.blocked.Mark}, held: r.held, before: r.before}
	r.blocked, r.held = before, held
	r.noteFirst(c.first, c.held)

	plain := r.plain()
	switch {
	case done == 0 || r.touched || key != r.memoKey:
	case c.first.Action == Allow && len(r.notes) == 0 && bytes.Equal(r.out.copied, window[:done]):
		if !plain {
			done = r.leftAt
		}
		if done > 0 {
			r.memo.put(hash, done)
		}
	case plain && r.again != nil:
		c.out, c.notes = bytes.Clone(r.out.copied), slices.Clone(r.notes)
		r.knowsBlocked(hash, &c)
	}
	return c.done
}
