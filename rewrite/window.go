package rewrite

import (
	"bytes"
	"hash/maphash"
	"slices"
)

// Scanning window by window, with a Memo: memo.go.

// inPlainText tells whether the tokenizer stands in text, in a place that a Memo knows.
func (r *Rewriter) inPlainText() bool {
	return r.mode == inText && r.dropping == dropNothing && r.context.small()
}

// starting tells whether it is still open if the input is a document, or the leader has not found its
// place. In a fragment that stays so.
func (r *Rewriter) starting() bool { return !r.isDocument() || r.leader != "" }

// windowKey is the key of the window that comes next: what becomes of it depends on where in the tree
// it begins and, at the beginning of a document, on what is known of that.
func (r *Rewriter) windowKey() uint64 {
	if !r.starting() && r.context.plain() {
		return r.memoKey
	}
	start := uint64(0)
	if !r.whole {
		start = 1
	}
	if r.noFragment {
		start |= 2
	}
	return r.memo.about(r.memoKey, aboutPlace, start, maphash.String(r.memo.seed, r.leader), r.memo.place(&r.context))
}

// leave notes that the tokenizer leaves plain text with the markup at i, behind which raw text
// begins. If the window ends in that it is remembered up to i.
func (r *Rewriter) leave(i int) {
	if r.out.copying && r.context.small() { // not so within readings of text as markup
		r.settle(i)
		r.leftAt = r.stand(i)
	}
}

// stand is what has become of a window up to a place in it.
type stand struct {
	outcome // without out, notes and declared, of which these are the lengths:

	given, noted, labels int
}

func (r *Rewriter) stand(done int) stand {
	return stand{
		outcome: outcome{
			done: done, first: Verdict{Action: r.blocked.Action, Mark: r.blocked.Mark}, held: r.held, before: r.before,
			whole: r.whole, begun: r.leader == "", context: r.context.snapshot(),
		},
		given: len(r.out.copied), noted: len(r.notes), labels: len(r.declared),
	}
}

// scanWindows does what scan does, window by window: it passes those that are
// remembered, and remembers others.
func (r *Rewriter) scanWindows(p []byte) (done int) {
	r.direct = true
	defer func() { r.direct = false }()
	for done < len(p) && r.err == nil {
		n, unfinished := r.window(p[done:])
		done += n
		if unfinished {
			break
		}
		r.keptAs = unitNone // what the window cut off begins the next one
	}
	return done
}

// window passes or scans the beginning of p. It returns how many bytes are settled, and
// whether what follows them needs more input than p.
func (r *Rewriter) window(p []byte) (done int, unfinished bool) {
	// Only HTML that begins in plain text is worth remembering, and none that passes unread. Behind a '<'
	// what becomes of it depends on that byte: see part.
	worth := r.inPlainText() && !r.clean && !r.xml && !r.gaveUp && r.before != '<'
	var first uint64 // hash of the window before it grew
	for grown := 0; ; grown++ {
		size := r.memo.window << (memoShift * grown)
		if r.mode == inPlaintext || size > memoMost {
			size = len(p)
		}
		window := p[:min(size, len(p))]
		known := worth && len(window) < memoMost
		var hash uint64
		what := 0
		if known {
			hash = r.memo.hash(r.windowKey(), window)
			what = r.memo.get(hash)
			if done = r.recall(window, hash, what); done > 0 {
				return done, false
			}
			// What is above memoBits says something else: memoOutcome, memoSeen.
			if grow := what - memoGrow; grow > grown && grow < memoBits && len(window) < len(p) {
				// It is known how many times to grow, and remembered already.
				grown, first = grow-1, 0
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

// recall does with a window what is remembered of it. It returns how many bytes that settles, 0 if
// nothing is remembered.
func (r *Rewriter) recall(window []byte, hash uint64, what int) (done int) {
	switch {
	case what == memoOutcome:
		c := r.memo.outcome(hash)
		if c == nil || r.again == nil {
			return 0
		}
		for _, note := range c.notes {
			r.again.Again(note)
		}
		for _, label := range c.declared {
			r.charset(label)
		}
		if r.starting() {
			r.whole = c.whole
			if c.begun {
				r.leader = ""
			}
		}
		r.noteFirst(c.first, c.held)
		r.before = c.before
		if c.passes {
			r.out.pass(window[:c.done])
		} else {
			r.out.write(c.out)
		}
		r.context.restore(c.context)
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

// scanWindow scans a window and, if what became of it follows from its bytes and its key, remembers
// that: of all that is settled or, if that ends where no window can begin, up to the last leave.
func (r *Rewriter) scanWindow(window []byte, hash uint64) (done int) {
	before, held, starting, wasPlain := r.blocked, r.held, r.starting(), r.context.plain()
	r.blocked, r.held = Verdict{}, false
	r.touched, r.leftAt, r.notes, r.declared = false, stand{}, r.notes[:0], r.declared[:0]
	r.out.copied, r.out.copying = r.out.copied[:0], true
	done = r.scan(window)
	r.out.copying = false
	end := r.stand(done)
	r.blocked, r.held = before, held
	r.noteFirst(end.first, end.held)
	if !r.inPlainText() {
		end = r.leftAt
	}
	if end.done == 0 || r.touched {
		return done
	}

	c, out := &end.outcome, r.out.copied[:end.given]
	c.passes = c.first.Action == Allow && end.noted == 0 && bytes.Equal(out, window[:end.done])
	switch {
	case c.passes && end.labels == 0 && !starting && wasPlain && c.context == nil:
		r.memo.put(hash, end.done)
	case r.again != nil:
		if !c.passes {
			c.out = bytes.Clone(out)
		}
		c.notes, c.declared = slices.Clone(r.notes[:end.noted]), slices.Clone(r.declared[:end.labels])
		r.rememberOutcome(hash, c)
	}
	return done
}
