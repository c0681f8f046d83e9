package caddymodule

import (
	"bytes"
	"strconv"

	"github.com/caddy-consent/caddy-consent/internal/charset"
)

// What becomes of a page's bytes between the content codings: its first ones tell its encoding, and
// whether it is a page at all.

// plain takes bytes without content coding.
func (b *body) plain(p []byte) error {
	if !b.started {
		first := p
		if len(b.first) > 0 {
			b.first = append(b.first, p...)
			first = b.first
		}
		// The mark is of three bytes at most; only what may be UTF-16 without one
		// needs more.
		if n := len(first); !b.blank && (n < 3 || n < 6 && (first[0] == 0 || first[0] == '<' && first[1] == 0)) {
			b.first = bytes.Clone(first)
			return nil
		}
		if b.mayBeData() {
			if _, settled := b.startsData(first); !settled {
				b.first = bytes.Clone(first)
				return nil
			}
		}
		return b.start(first)
	}
	return b.text(p)
}

// start finds out the encoding from the first bytes, and takes them.
func (b *body) start(first []byte) error {
	b.started = true
	b.first = nil
	name, mark := b.declared, 0
	if !b.blank {
		name, mark = b.encodingBy(first)
	}
	if name != "" {
		b.judge.charset.Declare(name)
	}
	if charset.NeedsTranscoding(name) {
		b.recoder = charset.NewTranscoder(name, b.rewriter, encodedSink{b})
		b.judge.charset = charset.Decoded()
		if _, err := (encodedSink{b}).Write(first[:mark]); err != nil {
			return err
		}
		first = first[mark:]
	}
	if b.recoder == nil && b.mayBeData() {
		if data, _ := b.startsData(first); data {
			b.passData()
		}
	}
	if m := b.w.h.memo; m != nil {
		// Verdicts depend on what is granted, and on where relative URLs lead.
		v := &b.w.visit
		b.rewriter.SetMemo(m, uint64(v.page.Granted), v.scheme(), b.w.r.Host, v.path, name, strconv.FormatBool(b.judge.guarded))
	}
	return b.text(first)
}

// encodingBy is the encoding of a document that begins so, and the length of the mark that says it.
func (b *body) encodingBy(first []byte) (name string, mark int) {
	if name, mark = charset.SniffBOM(first); name == "" {
		name = b.declared
	}
	if name == "" {
		name = charset.SniffXML(first)
	}
	return name, mark
}

// mayBeData tells whether what begins like JSON is.
func (b *body) mayBeData() bool { return !b.xml && b.w.visit.purpose == asData }

// startsData tells by the first bytes whether this is data, and whether that is settled. For who runs or parses it
// all is that does not begin as markup does.
func (b *body) startsData(first []byte) (yes, settled bool) {
	if b.w.visit.parts&forCode == 0 {
		return startsJSON(first)
	}
	begin := withoutBlanks(first)
	return len(begin) > 0 && begin[0] != '<', len(begin) > 0
}

// undecided tells whether it still could be: HTML's first character has not come.
func (b *body) undecided() bool { return !b.started && !b.ended && b.mayBeData() }

// beginUndecided sends a header that is good for data and for a page, and the blanks that there are: those mean nothing
// in either. Some flush them, so that nobody takes the connection for dead.
func (b *body) beginUndecided() (send bool, err error) {
	if b.holding() {
		return false, nil
	}
	b.varyByPurpose()
	if len(b.first) > 0 && len(bytes.TrimLeft(b.first, htmlBlanks)) == 0 && !charset.NeedsTranscoding(b.declared) && b.coding == "" {
		b.blank = true
		_, err = b.hold.Write(b.first)
		b.first = b.first[:0]
	}
	if err == nil {
		err = b.hold.flush()
	}
	return true, err
}

// varyByPurpose has the header say that it is, if it can still say anything.
func (b *body) varyByPurpose() {
	if b.hold.w != nil {
		b.w.varyByPurpose()
	}
}

// passData lets what is no page pass.
func (b *body) passData() {
	b.data = true
	b.recording.spoil()
	b.rewriter.SetLeader("", false)
	b.rewriter.SetTrailer("")
	b.varyByPurpose()
}

// text takes text in the document's encoding. Escape sequences mean something
// in ISO-2022-JP alone: where one comes, that is what the document must have
// declared by then, or never will.
func (b *body) text(p []byte) error {
	if b.data {
		_, err := encodedSink{b}.Write(p)
		return err
	}
	if b.recoder == nil && b.judge.charset.Tentative() {
		if i := bytes.IndexByte(p, 0x1B); i >= 0 {
			if err := b.rewrite(p[:i]); err != nil {
				return err
			}
			p = p[i:]
			// XML that is not in this encoding cannot hold the character at all.
			if b.xml || b.judge.charset.IsISO2022JP() {
				b.recoder = charset.NewTranscoder(charset.ISO2022JP, b.rewriter, encodedSink{b})
			} else {
				b.escaped = true
			}
		}
	}
	if err := b.rewrite(p); err != nil {
		return err
	}
	if b.escaped && b.judge.charset.IsISO2022JP() {
		b.escaped = false
		if b.w.h.OnError == onErrorBlock {
			return errLateCharset
		}
	}
	return nil
}

func (b *body) rewrite(p []byte) error {
	if b.recoder != nil {
		_, err := b.recoder.In.Write(p)
		return err
	}
	_, err := b.rewriter.Write(p)
	return err
}

// pageSink takes what the rewriter gives out.
type pageSink struct{ b *body }

func (s pageSink) Write(p []byte) (int, error) {
	if r := s.b.recoder; r != nil {
		return r.Out.Write(p)
	}
	return encodedSink(s).Write(p)
}

// encodedSink takes the page's bytes in their own encoding.
type encodedSink struct{ b *body }

func (s encodedSink) Write(p []byte) (int, error) {
	if s.b.encoder != nil {
		return s.b.encoder.Write(p)
	}
	return s.b.hold.Write(p)
}

// codedSink takes them in their content coding.
type codedSink struct{ b *body }

func (s codedSink) Write(p []byte) (int, error) { return s.b.hold.Write(p) }
