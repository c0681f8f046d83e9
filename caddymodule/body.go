package caddymodule

import (
	"bytes"
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/rewrite"
)

// body is the way of a page's bytes:
//
//	backend -> decoder -> [recoder] rewriter [recoder] -> encoder -> hold-back -> Caddy
//
// The decoder is there if the backend used a content coding; the encoder if
// so and no encode handler outside would compress the page again; the recoder
// around the rewriter if tags are not the bytes of ASCII.
type body struct {
	w        *responseWriter
	judge    pageJudge
	rewriter *rewrite.Rewriter
	decoder  *decoder
	encoder  *lentEncoder
	hold     holdBack
	recoder  *recoder // nil for encodings that are read as they are
	started  bool     // the first three bytes without content coding were seen
	first    []byte   // until then, those that came
	declared string   // canonical name of the encoding in the header
	xml      bool
	escaped  bool // an escape sequence went by before the encoding was known
	tee      bool // report mode: the original bytes go out
	// received counts the bytes that the backend has sent, of length or, if that
	// is -1, of nobody knows how many; decoded those of text that were made of them.
	// ended is set once the page is closed.
	received, length int64
	decoded          int
	ended            bool
}

// newBody sets the way up and takes the header along: the coding is that of
// the output. The response's codings are known to be decodable. length is how
// many bytes the backend will send, -1 if it does not say.
func newBody(w *responseWriter, xml bool, length int64) *body {
	b := &body{w: w, xml: xml, tee: w.h.Mode == modeReport}
	b.judge.reset(w.h, &w.visit, w.r)

	h := w.Header()
	b.length = length
	b.declared = declaredEncoding(lastMediaType(h))
	codings, _ := contentCodings(h)
	outside := w.encodeOutside()
	if b.tee {
		b.hold.sink, b.hold.direct = io.Discard, true
	} else {
		b.hold.w, b.hold.sink, b.hold.buffers = w, w.ResponseWriterWrapper, &w.h.buffers
		// What HTTP/3 has of the header it may read with any write: that is for the handler.
		b.hold.direct = w.r.ProtoMajor >= 3
		delete(h, "Content-Encoding")
		if last := lastAccepted(codings, w.visit.acceptEncoding); last != "" && !outside {
			h.Set("Content-Encoding", last)
			b.encoder = encoderFor(last, &b.hold)
			b.hold.encoder, b.encoder.direct = b.encoder, b.hold.direct
			weaken(h)
		}
		if len(codings) > 0 {
			addVary(h, "Accept-Encoding")
		}
		if outside && !caddyhttp.IsIncremental(h) {
			b.hold.until = encodeMinimum
		}
	}
	b.rewriter = w.h.rewriters.Get().(*rewrite.Rewriter)
	b.rewriter.Reset(pageSink{b}, &b.judge, rewrite.Limits{Tag: w.h.Limits.Tag, Inline: w.h.Limits.Inline})
	if xml {
		b.rewriter.SetXML()
	}
	b.rewriter.SetTrailer(w.trailer)
	if w.leader != "" {
		b.rewriter.SetLeader(w.leader, w.visit.parts&inDocument != 0)
		if w.known {
			b.rewriter.SetClean()
		}
	}
	if len(codings) > 0 {
		b.decoder = newDecoder(codings, plainWriter{b})
	}
	return b
}

// unchanged tells whether the page's bytes are the backend's but for what the
// rewriter does to them.
func (b *body) unchanged() bool {
	return b.decoder == nil && b.encoder == nil && b.recoder == nil && b.length >= 0
}

// write takes bytes as the backend sends them. What is settled of them has gone
// out when it returns, or does some milliseconds later: holdBack. If they are the last,
// by what the backend has said, the page ends here, and with luck is whole before its
// header is sent.
func (b *body) write(p []byte) error {
	if b.ended && len(p) > 0 {
		return http.ErrContentLength
	}
	b.received += int64(len(p))
	late := b.encoder != nil && b.encoder.late()
	if b.tee {
		if _, err := b.w.ResponseWriterWrapper.Write(p); err != nil {
			return err
		}
	}
	var err error
	if b.decoder != nil {
		_, err = b.decoder.Write(p)
	} else {
		err = b.plain(p)
	}
	switch {
	case err != nil:
	case b.received == b.length:
		err = b.close()
	default:
		// A page begins when its first bytes are there, not when a block of the encoder is full.
		if b.encoder != nil && (late || !b.hold.hasBegun()) {
			err = b.encoder.Flush()
		}
		if err == nil {
			err = b.hold.settle()
		}
	}
	return b.forgive(err)
}

// forgive: in report mode no failure to inspect changes the response.
func (b *body) forgive(err error) error {
	if _, ours := failureReason(err); ours && b.tee {
		return nil
	}
	return err
}

// plainWriter is where decoded bytes go.
type plainWriter struct{ b *body }

func (w plainWriter) Write(p []byte) (int, error) {
	err := w.b.begin(len(p))
	if err == nil {
		err = w.b.plain(p)
	}
	return len(p), err
}

// firstPart is how much of a page's text may be compressed before some of it goes out. The
// whole of one that is not longer goes out with its length.
const firstPart = 16 << 10

// begin lets a page begin whose next n bytes of text make it longer than its first part. To
// compress the rest may take milliseconds, also if the backend has sent all of it in one
// piece, and for browsers there is enough to load in a page's head.
func (b *body) begin(n int) error {
	before := b.decoded
	b.decoded += n
	if b.encoder == nil || b.decoded <= firstPart || before < firstPart/2 || b.hold.hasBegun() {
		return nil
	}
	send, err := b.flush()
	if err == nil && send {
		_ = http.NewResponseController(b.w.ResponseWriterWrapper).Flush() // what it meets, the next write will
	}
	return err
}

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
		if n := len(first); n < 3 || n < 6 && (first[0] == 0 || first[0] == '<' && first[1] == 0) {
			b.first = bytes.Clone(first)
			return nil
		}
		return b.start(first)
	}
	return b.text(p)
}

// start finds out the encoding from the first bytes, and takes them.
func (b *body) start(first []byte) error {
	b.started = true
	b.first = nil
	name, mark := byteOrderMark(first)
	if name == "" {
		name = b.declared
	}
	if name == "" {
		name = unmarked(first)
	}
	if name != "" {
		b.judge.charset.declare(name)
	}
	if transcoded(name) {
		b.recoder = newRecoder(name, b.rewriter, b.out())
		b.judge.charset = charset{known: true}
		if _, err := b.out().Write(first[:mark]); err != nil {
			return err
		}
		first = first[mark:]
	}
	if m := b.w.h.memo; m != nil {
		// Verdicts depend on what is granted, and on where relative URLs lead.
		v := &b.w.visit
		b.rewriter.SetMemo(m, uint64(v.page.Granted), v.scheme(), b.w.r.Host, v.path, name)
	}
	return b.text(first)
}

// text takes text in the document's encoding. Escape sequences mean something
// in ISO-2022-JP alone: where one comes, that is what the document must have
// declared by then, or never will.
func (b *body) text(p []byte) error {
	if b.recoder == nil && (!b.judge.charset.known || b.judge.charset.fromMeta) {
		if i := bytes.IndexByte(p, 0x1B); i >= 0 {
			if err := b.rewrite(p[:i]); err != nil {
				return err
			}
			p = p[i:]
			// XML that is not in this encoding cannot hold the character at all.
			if b.xml || b.judge.charset.encoding == iso2022JP {
				b.recoder = newRecoder(nameISO2022JP, b.rewriter, b.out())
			} else {
				b.escaped = true
			}
		}
	}
	if err := b.rewrite(p); err != nil {
		return err
	}
	if b.escaped && b.judge.charset.encoding == iso2022JP {
		b.escaped = false
		if b.w.h.OnError == onErrorBlock {
			return errLateCharset
		}
	}
	return nil
}

func (b *body) rewrite(p []byte) error {
	if b.recoder != nil {
		_, err := b.recoder.in.Write(p)
		return err
	}
	_, err := b.rewriter.Write(p)
	return err
}

// pageSink takes what the rewriter gives out.
type pageSink struct{ b *body }

func (s pageSink) Write(p []byte) (int, error) {
	if r := s.b.recoder; r != nil {
		return r.out.Write(p)
	}
	return s.b.out().Write(p)
}

// out is what takes the page's bytes in their own encoding.
func (b *body) out() io.Writer {
	if b.encoder != nil {
		return b.encoder
	}
	return &b.hold
}

// flush gives out what is settled. send tells whether anything may be flushed
// to the client: not while the first bytes are held back.
func (b *body) flush() (send bool, err error) {
	if b.tee {
		return true, nil
	}
	if err := b.rewriter.Flush(); err != nil {
		return false, err
	}
	if b.hold.holding() {
		return false, nil
	}
	if b.encoder != nil && !b.ended {
		if err := b.encoder.Flush(); err != nil {
			return false, err
		}
	}
	return true, b.hold.flush()
}

// close ends the page.
func (b *body) close() error {
	if b.ended {
		return nil
	}
	if b.received == 0 {
		b.ended = true
		return b.hold.end() // servers name a coding also where there is no body, as in a redirect
	}
	if b.decoder != nil {
		if err := b.decoder.Close(); err != nil {
			// What came before the fault may be shown; its end must not look clean.
			_, _ = b.flush()
			return b.forgive(err)
		}
	}
	b.ended = true
	if !b.started {
		if err := b.start(b.first); err != nil {
			return err
		}
	}
	if b.recoder != nil {
		if err := b.recoder.in.Close(); err != nil {
			return err
		}
		if b.recoder.endsWithin() {
			b.rewriter.SetLeader("", false)
			b.rewriter.SetTrailer("")
		}
	}
	if err := b.rewriter.Close(); err != nil {
		return err
	}
	if b.recoder != nil {
		if err := b.recoder.out.Close(); err != nil {
			return err
		}
	}
	if b.encoder != nil {
		if err := b.encoder.Close(); err != nil {
			return err
		}
	}
	if key := b.w.clean; key != nil && !b.w.visit.blocked && b.recoder == nil && b.received == b.length {
		b.w.h.clean.put(*key, struct{}{})
	}
	return b.hold.end()
}

// release gives the pooled parts back.
func (b *body) release() {
	if b.decoder != nil {
		b.decoder.Stop()
	}
	if b.encoder != nil {
		b.encoder.giveBack()
		b.encoder = nil
	}
	if b.rewriter != nil {
		b.rewriter.Reset(nil, nil, rewrite.Limits{})
		b.w.h.rewriters.Put(b.rewriter)
		b.rewriter = nil
	}
	b.hold.giveBack()
}
