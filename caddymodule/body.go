package caddymodule

import (
	"io"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/internal/charset"
	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
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
	decoder  *contentcoding.Decoder
	encoder  *contentcoding.Encoder
	hold     *holdBack // own, but while a page is repeated
	own      holdBack
	recoder  *charset.Transcoder // nil for encodings that are read as they are
	codings  []string            // of what the backend sends
	coding   string              // of what goes out; "" for none
	started  bool                // the first three bytes without content coding were seen
	first    []byte              // until then, those that came
	blank    bool                // blanks went out before them
	declared string              // canonical name of the encoding in the header
	xml      bool
	data     bool // it is JSON for a script, and passes
	escaped  bool // an escape sequence went by before the encoding was known
	tee      bool // report mode: the original bytes go out
	// received counts the bytes that the backend has sent, of length or, if that
	// is -1, of nobody knows how many; decoded those of text that were made of them.
	// ended is set once the page is closed.
	received, length int64
	decoded          int
	ended            bool

	following *following // nil but while the page is one that is remembered
	recording *recording // nil if it is not to be
}

// newBody sets the way up and takes the header along: the coding is that of
// the output. The response's codings are known to be decodable. length is how
// many bytes the backend will send, -1 if it does not say.
func newBody(w *responseWriter, xml bool, length int64) *body {
	b := &body{w: w, xml: xml, tee: w.h.Mode == modeReport}
	b.hold = &b.own
	b.judge.reset(w.h, &w.visit, w.r)
	b.judge.guarded = w.guarded

	h := w.Header()
	b.length = length
	b.declared = declaredEncoding(h)
	b.codings, _ = contentCodings(h)
	outside := w.encodeOutside()
	if b.tee {
		b.hold.sink, b.hold.direct = io.Discard, true
	} else {
		b.hold.w, b.hold.sink, b.hold.buffers = w, w.ResponseWriterWrapper, &w.h.buffers
		// What HTTP/3 has of the header it may read with any write: that is for the handler.
		b.hold.direct = w.r.ProtoMajor >= 3
		delete(h, "Content-Encoding")
		if last := lastAccepted(b.codings, w.visit.acceptEncoding); last != "" && !outside {
			b.coding = last
			h.Set("Content-Encoding", last)
			weaken(h)
		}
		if len(b.codings) > 0 {
			addVary(h, "Accept-Encoding")
		}
		if outside && !caddyhttp.IsIncremental(h) {
			b.hold.until = encodeMinimum
		}
	}
	return b
}

// assemble puts the parts together that read the page.
func (b *body) assemble() {
	w := b.w
	if b.coding != "" {
		b.encoder = contentcoding.NewEncoder(b.coding, codedSink{b})
		if b.hold == &b.own {
			b.hold.feedBy(b.encoder)
		}
	}
	b.rewriter = w.h.rewriters.Get().(*rewrite.Rewriter)
	b.rewriter.Reset(pageSink{b}, &b.judge, rewrite.Limits{Tag: w.h.Limits.Tag, Inline: w.h.Limits.Inline})
	if b.xml {
		b.rewriter.SetXML()
	}
	b.rewriter.SetTrailer(w.trailer)
	if w.leader != "" {
		b.rewriter.SetLeader(w.leader, w.visit.parts&inDocument != 0)
		if w.known {
			b.rewriter.SetClean()
		}
	}
	if len(b.codings) > 0 {
		b.decoder = contentcoding.NewDecoder(b.codings, plainWriter{b})
	}
}

// foreseen is the length of a page of which everything that is still to come passes, or -1.
func (b *body) foreseen() int {
	if b.rewriter == nil || b.undecided() || b.decoder != nil || b.encoder != nil || b.recoder != nil || b.length < 0 {
		return -1
	}
	if b.data {
		return int(b.length)
	}
	more, passes := b.rewriter.Passes()
	if !passes {
		return -1
	}
	return int(b.length) + more
}

// write takes bytes as the backend sends them. What is settled of them has gone
// out when it returns, or does some milliseconds later: holdBack. If they are the last,
// by what the backend has said, the page ends here, and with luck is whole before its
// header is sent.
func (b *body) write(p []byte) error {
	if b.ended && len(p) > 0 {
		return http.ErrContentLength
	}
	if b.rewriter == nil && b.following == nil && len(p) > 0 {
		b.meet(p)
	}
	if b.following != nil {
		if followed, err := b.follow(p); followed {
			return err
		}
		if err := b.leave(); err != nil {
			return err
		}
	}
	return b.read(p)
}

// read is write of a page that is not followed.
func (b *body) read(p []byte) error {
	if b.rewriter == nil {
		b.assemble()
	}
	late := b.encoder != nil && b.encoder.Overdue(encodeTime)
	if b.tee {
		if _, err := b.w.ResponseWriterWrapper.Write(p); err != nil {
			return err
		}
	}
	b.recording.took(p)
	err := b.take(p)
	switch {
	case err != nil:
	case b.received == b.length:
		err = b.close()
	case b.undecided():
	default:
		// A page begins when its first bytes are there, not when a block of the encoder is full. What is
		// recorded must be all there, too: nobody will know what the encoder had kept.
		if b.encoder != nil && (late || !b.hold.hasBegun() || b.recording.runs() || b.hold != &b.own) {
			err = b.encoder.Flush()
		}
		if err == nil {
			err = b.hold.settle()
		}
		b.recording.mark(b.received, false)
		if b.encoder != nil && b.recording.runs() && (b.recording.inSmallPieces() || !b.hold.recorded()) {
			b.recording.spoil()
		}
	}
	return err
}

// take gives the first of the parts its bytes: in small steps while a page is recorded, if it
// makes no difference to the others.
func (b *body) take(p []byte) (err error) {
	for err == nil {
		step := len(p)
		if b.recording.runs() && b.encoder == nil {
			step = min(recordingStep, len(p))
		}
		b.received += int64(step)
		if b.decoder != nil {
			_, err = b.decoder.Write(p[:step])
		} else {
			err = b.plain(p[:step])
		}
		if p = p[step:]; len(p) == 0 {
			break
		}
		b.recording.mark(b.received, false)
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
	send, err := b.push()
	if err == nil && send && b.hold == &b.own {
		b.show()
	}
	return err
}

// show has what went out shown to the visitor. What it meets, the next write will.
func (b *body) show() { _ = http.NewResponseController(b.w.ResponseWriterWrapper).Flush() }

// flush gives out what is settled. send tells whether anything may be flushed
// to the client: not while the first bytes are held back.
func (b *body) flush() (send bool, err error) {
	if b.tee {
		return true, nil
	}
	if b.undecided() {
		if b.following != nil && b.following.given == 0 {
			if err := b.leave(); err != nil {
				return false, err
			}
		}
		if b.following == nil && b.undecided() {
			return b.beginUndecided()
		}
	}
	if b.following != nil {
		if followed, send, err := b.followFlush(); followed {
			return send, err
		}
		if err := b.leave(); err != nil {
			return false, err
		}
	}
	if send, err = b.push(); err == nil {
		b.recording.mark(b.received, true)
	}
	return send, err
}

// push is flush of a page that is not followed.
func (b *body) push() (send bool, err error) {
	if b.rewriter != nil {
		if err := b.rewriter.Flush(); err != nil {
			return false, err
		}
	}
	if b.holding() {
		return false, nil
	}
	if b.encoder != nil && !b.ended {
		if err := b.encoder.Flush(); err != nil {
			return false, err
		}
	}
	return true, b.hold.flush()
}

// holding tells whether a flush shows nothing yet, for the sake of an encode handler outside. Where the backend has sent
// too little itself for that to compress, or is to send trailers, the page begins.
func (b *body) holding() bool {
	if !b.hold.holding() {
		return false
	}
	nothing := b.hold.gathered() == 0 && len(b.first) == 0
	if (nothing || max(b.received, int64(b.decoded)) > encodeMinimum) && !b.w.announces {
		return true
	}
	b.hold.begin()
	return false
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
	if b.following != nil {
		if followed, err := b.followEnd(); followed {
			return err
		}
		if err := b.leave(); err != nil || b.ended {
			return err
		}
	}
	cutOff := false
	if b.decoder != nil {
		if err := b.decoder.Close(); err != nil {
			if cutOff = contentcoding.IsCutOff(err) && b.decoded > 0 && b.encoder != nil && (b.length < 0 || b.received == b.length); !cutOff {
				// What came before the fault may be shown; its end must not look clean.
				_, _ = b.push()
				return err
			}
			// The message is whole, and browsers show what there is of its coding. What is sent in
			// its place is compressed as far as it comes, too, and as unfinished.
			b.w.noteFailure(reasonDecoding, err)
			b.recording.spoil()
		}
	}
	b.ended = true
	if !b.started {
		if err := b.start(b.first); err != nil {
			return err
		}
	}
	if b.recoder != nil {
		if err := b.recoder.In.Close(); err != nil {
			return err
		}
		if b.recoder.EndsWithin() {
			b.rewriter.SetLeader("", false)
			b.rewriter.SetTrailer("")
		}
	}
	if err := b.rewriter.Close(); err != nil {
		return err
	}
	if b.recoder != nil {
		if err := b.recoder.Out.Close(); err != nil {
			return err
		}
	}
	if b.encoder != nil {
		end := b.encoder.Close
		if cutOff {
			end = b.encoder.Flush
		}
		if err := end(); err != nil {
			return err
		}
	}
	clean := !b.w.visit.blocked && b.recoder == nil && !b.data && !cutOff
	b.knowClean(clean)
	err := b.hold.end()
	if b.recording != nil {
		b.recording.end(err == nil && b.hold.recorded(), clean)
	}
	return err
}

// knowClean remembers that nothing needs to be done to the page, if there is something to know it by.
func (b *body) knowClean(clean bool) {
	if key := b.w.clean; key != nil && clean && b.received == b.length {
		b.w.h.clean.put(*key, b.w.visit.now)
	}
}

// release gives the pooled parts back. Of a page that was followed and does not come to its end all is counted.
func (b *body) release() {
	if b.following != nil {
		b.count()
	}
	b.recording.end(false, false)
	if b.decoder != nil {
		b.decoder.Stop()
	}
	if b.encoder != nil {
		b.encoder.Release()
		b.encoder = nil
	}
	if b.rewriter != nil {
		b.rewriter.Reset(nil, nil, rewrite.Limits{})
		b.w.h.rewriters.Put(b.rewriter)
		b.rewriter = nil
	}
	b.own.giveBack()
}
