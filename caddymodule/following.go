package caddymodule

import (
	"bytes"
	"errors"
	"hash/maphash"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
)

// While a page comes as it is remembered, what is remembered of it goes out, as far as it
// would have by then: the page is followed. If it turns out to be another one, or if more is
// settled than the memory tells, the page is left: all that came is read after all, and
// what is made of it begins with what has gone out, because the same bytes make the same
// page. That is compared, too.

// following is how far a page that is remembered was followed.
type following struct {
	memory *pageMemory
	key    pageHash
	page   *rememberedPage
	next   int // of the marks
	given  int // how many bytes of what goes out are given out
}

// keyLength is how much of a page's beginning belongs to its key: less than the first piece of it that
// backends send. A page that is shorter, and not compressed, is read as fast as it is looked for.
const keyLength = 1 << 10

// errNotRepeated should never be: a page that was left did not begin as it had gone out.
var errNotRepeated = errors.New("a page that was met before came out otherwise")

// meet begins to follow a page whose first bytes are p, or to record it. What a backend does
// not want to be stored is not (RFC 9111 section 5.2.2.5), though nobody else could get it.
func (b *body) meet(p []byte) {
	m := b.w.h.pageMemory
	coded := len(b.codings) > 0
	if m == nil || b.tee || !coded && (b.w.known || len(p) < keyLength) || forbidsStoring(b.w.ResponseWriterWrapper.Header()["Cache-Control"]) {
		return
	}
	key := b.pageKey(m, p[:min(len(p), keyLength)])
	page, record := m.meet(key)
	switch {
	case page != nil:
		b.following = &following{memory: m, key: key, page: page}
	case record && !b.hold.direct:
		b.recording = &recording{memory: m, key: key}
		b.hold.recording, b.judge.recording = b.recording, b.recording
	}
}

// A pageKey is everything beside its bytes that decides what becomes of a page; and its
// beginning, by its hash.
type pageKey struct {
	granted                   consent.Set
	parts                     parts
	xml, known, guarded       bool
	length                    int64
	begin                     uint64
	scheme, host, uri         string
	encoding, codings, coding string
	leader, trailer           string
}

// pageKey is the key of the page that begins so.
func (b *body) pageKey(m *pageMemory, begin []byte) pageHash {
	v := &b.w.visit
	return m.hash(pageKey{
		granted: v.page.Granted, parts: v.parts, xml: b.xml, known: b.w.known, guarded: b.w.guarded,
		length: b.length, begin: maphash.Bytes(m.seeds[0], begin),
		scheme: v.scheme(), host: b.w.r.Host, uri: v.uri,
		encoding: b.declared, codings: strings.Join(b.codings, ","), coding: b.coding,
		leader: b.w.leader, trailer: b.w.trailer,
	})
}

// follow takes bytes as the backend sends them, if they are those of the page that is remembered.
func (b *body) follow(p []byte) (followed bool, err error) {
	f := b.following
	if !bytes.HasPrefix(f.page.in[b.received:], p) {
		return false, nil
	}
	b.received += int64(len(p))
	if b.received == b.length {
		return true, b.close()
	}
	if err := f.give(b, b.received, false); err != nil {
		return true, err
	}
	// Nothing is to wait for the rest of what the page was recorded in; a step of text at most.
	if !f.exact(b.received) && (b.coding != "" || f.given == 0) {
		return true, b.leave()
	}
	begins := b.coding != "" && !b.hold.hasBegun()
	if err := b.hold.settle(); err != nil {
		return true, err
	}
	if begins && b.hold.hasBegun() {
		b.show()
	}
	return true, nil
}

// followFlush gives out all that is settled, if the memory tells how much that is.
func (b *body) followFlush() (followed, send bool, err error) {
	f := b.following
	if err := f.give(b, b.received, true); err != nil {
		return true, false, err
	}
	if !f.exact(b.received) || b.coding != "" && !f.page.marks[f.next-1].flushed {
		return false, false, nil
	}
	if b.holding() {
		return true, false, nil
	}
	return true, true, b.hold.flush()
}

// followEnd ends the page, if it is all of the one that is remembered.
func (b *body) followEnd() (followed bool, err error) {
	f := b.following
	if b.received != int64(len(f.page.in)) {
		return false, nil
	}
	b.ended = true
	b.count()
	if err := b.hold.keep(f.page.out, f.given, len(f.page.out)); err != nil {
		return true, err
	}
	b.knowClean(f.page.clean)
	return true, b.hold.end()
}

// give gives out what was made of the first received bytes; with flushed, when they
// were flushed.
func (f *following) give(b *body, received int64, flushed bool) error {
	marks := f.page.marks
	for ; f.next < len(marks); f.next++ {
		m := marks[f.next]
		if in := int64(m.in); in > received || in == received && m.flushed && !flushed {
			break
		}
	}
	if f.next == 0 {
		return nil
	}
	from := f.given
	f.given = marks[f.next-1].out
	return b.hold.keep(f.page.out, from, f.given)
}

// exact tells whether the memory knows what becomes of the first received bytes.
func (f *following) exact(received int64) bool {
	return f.next > 0 && int64(f.page.marks[f.next-1].in) == received
}

// count counts what was blocked in a page that is followed.
func (b *body) count() {
	f := b.following
	b.following = nil
	for _, note := range f.page.notes {
		b.judge.Again(note)
	}
}

// leave reads what has come of a page that was followed: it is another one, or has more
// to give out than is remembered.
func (b *body) leave() error {
	f := b.following
	b.following = nil
	f.memory.forget(f.key, f.page)
	came := f.page.in[:b.received]
	b.received = 0
	if f.given > 0 {
		if err := b.repeat(f); err != nil {
			return err
		}
	}
	return b.read(came[b.received:])
}

// repeat reads as much of a page as was followed to the last mark, in the pieces in which it
// was recorded, and compares what becomes of it with what has gone out.
func (b *body) repeat(f *following) error {
	gone := repetition{f.page.out[:f.given]}
	b.hold = &holdBack{sink: &gone, direct: true} // with no header, and no timer
	for _, m := range f.page.marks[:f.next] {
		var err error
		if m.flushed {
			_, err = b.push()
		} else {
			err = b.read(f.page.in[b.received:m.in])
		}
		if err != nil {
			return err
		}
	}
	if err := b.hold.flush(); err != nil {
		return err
	}
	if len(gone.rest) > 0 {
		return errNotRepeated
	}
	b.hold = &b.own
	if b.encoder != nil {
		b.hold.feedBy(b.encoder)
	}
	return nil
}

// repetition compares what is written to it.
type repetition struct{ rest []byte }

func (r *repetition) Write(p []byte) (int, error) {
	if !bytes.HasPrefix(r.rest, p) {
		return 0, errNotRepeated
	}
	r.rest = r.rest[len(p):]
	return len(p), nil
}
