package rewrite

import "bytes"

// Every question to a judge goes through here, so that a Memo (memo.go) gets to know what
// the answers depended on, and what need not be asked again.

// Remembering is a Judge that can be told of a verdict instead of being asked for it
// again.
type Remembering interface {
	Judge
	// Again says that what a verdict blocked, whose Note this is, was met again in
	// the same markup, and blocked again.
	Again(note any)
}

// noted keeps the Note of a verdict that blocks, for what a Memo remembers of the window.
func (r *Rewriter) noted(v Verdict) Verdict {
	if v.Action != Allow && r.memo != nil {
		r.notes = append(r.notes, v.Note)
	}
	return v
}

// ask asks about r.resource.
func (r *Rewriter) ask() Verdict { return r.noted(r.judge.Resource(&r.resource)) }

// What a key is made for if not for windows alone. It is mixed into the key, so that the same
// bytes have another hash as another thing.
const (
	aboutBase uint64 = 1 + iota
	aboutUncertainBase
	aboutCharset
	aboutStyle
	aboutUncertainStyle // the next of the certain one, which judgeStyle relies on
	aboutImports
	aboutUncertainImports
	aboutPlace // with the things that windowKey names
	aboutCode  // plus the Code
)

// allowedBefore tells whether code was met before, and allowed. Otherwise hash is what
// the other three take: 0 if the code is not worth remembering.
func (r *Rewriter) allowedBefore(text []byte, about uint64) (hash uint64, allowed bool) {
	if r.memo == nil || len(text) < r.memo.text {
		return 0, false
	}
	hash = r.memo.hash(r.memo.about(r.memoKey, about), text)
	return hash, r.memo.get(hash) == 1
}

// rememberAllowed remembers that code is allowed.
func (r *Rewriter) rememberAllowed(hash uint64) {
	if hash != 0 {
		r.memo.put(hash, 1)
	}
}

// blockedBefore returns what became of code that was met before, and blocked; else nil.
func (r *Rewriter) blockedBefore(hash uint64) *outcome {
	if hash == 0 || r.again == nil || r.memo.get(hash) != memoOutcome {
		return nil
	}
	return r.memo.outcome(hash)
}

// rememberOutcome remembers what became of blocked code, or of a window (window.go).
func (r *Rewriter) rememberOutcome(hash uint64, c *outcome) {
	r.memo.putOutcome(hash, c)
	r.memo.put(hash, memoOutcome)
}

// askInline asks about JavaScript, unless the verdict is known.
func (r *Rewriter) askInline(code Code, script []byte) Verdict {
	hash, allowed := r.allowedBefore(script, aboutCode+uint64(code))
	if allowed {
		return Verdict{}
	}
	if c := r.blockedBefore(hash); c != nil {
		r.again.Again(c.first.Note)
		return r.noted(c.first)
	}
	v := r.noted(r.judge.Inline(code, script))
	switch {
	case v.Action == Allow:
		r.rememberAllowed(hash)
	case hash != 0 && r.again != nil:
		c := &outcome{first: v, out: bytes.Clone(v.Keep)}
		c.first.Keep = c.out
		r.rememberOutcome(hash, c)
	}
	return v
}

// base asks about a base URL, on which later verdicts may depend.
func (r *Rewriter) base(href []byte, certain bool) Verdict {
	r.touched = true
	if certain {
		r.learn(href, aboutBase)
	} else {
		r.learn(href, aboutUncertainBase)
	}
	return r.judge.Base(href, certain)
}

// charset tells of a declaration, on which later verdicts may depend.
func (r *Rewriter) charset(label []byte) {
	if r.uncertain || len(label) > maxLabel {
		r.touched = true
	} else if r.out.copying {
		r.declared = append(r.declared, bytes.Clone(label))
	}
	r.learn(label, aboutCharset)
	r.judge.Charset(label)
}

// maxLabel is more than the label of any encoding has (Encoding standard, section 4.2).
const maxLabel = 64

// learn mixes into the key what the document has declared, since verdicts on what follows may
// depend on it.
func (r *Rewriter) learn(data []byte, about uint64) {
	if r.memo != nil {
		r.memoKey = r.memo.hash(r.memo.about(r.memoKey, about), data)
	}
}

// unjudged asks about what cannot be judged. The judge wants to hear of that each time, so no Memo
// answers. In a document within the page it counts as blocked there, so that the page, in
// which the original still stands, takes that out.
func (r *Rewriter) unjudged(kind Kind, err error) Verdict {
	r.touched = true
	v := r.judge.Unjudged(kind, err)
	if v.Action != Allow && r.nesting > 0 {
		r.noteFirst(v, v.Action != Remove)
		r.noteVendor(v.Mark)
	}
	return v
}
