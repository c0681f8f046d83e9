package caddymodule

import (
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
)

// encodeMinimum is the default minimum_length of Caddy's encode: it decides
// at the first write whether to compress, and does not if that is shorter.
const encodeMinimum = 512

const (
	// maxGather is how many bytes are gathered before they go out, and gatherTime how long the
	// first of them waits for others.
	maxGather  = 64 << 10
	gatherTime = time.Millisecond
	// encodeTime is how long an encoder may keep bytes until its block is full. To flush it is
	// work, and makes the page larger: only a backend that sends slowly is worth it.
	encodeTime = 10 * time.Millisecond
)

// holdBack is the last stage of a page's way. It gathers what goes out, because each
// write to a connection costs more than rewriting does, and sends the header with the
// first of it: a page that is whole by then goes out with its length. With until set, it
// keeps the first bytes until there are more than that, so that encode outside sees
// a first write that is worth compressing; or until begin says that they go out all the same.
//
// Nothing waits for the backend. The first bytes go out at once, and what comes behind
// them after a millisecond, or when it is enough, or with a flush; so does what an encoder
// keeps, after some ten. The handler may by then be waiting for its backend, so a timer does it,
// and locks keep the two apart. Where nothing may go out but while a handler writes, no timer
// does: there each write gives out all that there is, and of an encoder what is ten milliseconds old.
// The header is never the timer's business, nor what comes first behind it.
type holdBack struct {
	w     *responseWriter // whose header is sent; nil if it was
	sink  io.Writer
	until int
	// buffers is where buf is from and goes back to when it is empty: a response
	// that waits for its backend holds no room for what has gone out.
	buffers *sync.Pool             // of *[]byte; nil for none
	encoder *contentcoding.Encoder // whose output this is; nil for none. Its lock is taken before the one here

	mu sync.Mutex // of what follows, and of the sink once the header is sent
	// direct says that nothing may go out but while a handler writes.
	direct   bool
	begun    bool // some of the body has gone out
	buf      []byte
	lent     *[]byte // what the pool knows it by
	kept     []byte  // in place of buf: of a page that is followed
	timer    *time.Timer
	waits    time.Duration // for the timer; 0 for not
	err      error         // what writing met
	panicked any           // the same, in the timer's goroutine
	// recording gets what is written; nil for none.
	recording *recording
}

func (h *holdBack) Write(p []byte) (int, error) {
	h.lock()
	defer h.mu.Unlock()
	h.recording.gave(p)
	if h.gathered()+len(p) > maxGather && !h.holding() {
		if err := h.emit(); err != nil {
			return 0, err
		}
		if len(p) > maxGather/2 {
			h.begun = true
			_, h.err = h.sink.Write(p)
			return len(p), h.err
		}
	}
	if h.buf == nil && h.buffers != nil {
		h.lent = h.buffers.Get().(*[]byte)
		h.buf = *h.lent
	}
	h.buf = append(append(h.buf, h.kept...), p...)
	h.kept = nil
	return len(p), h.err
}

// keep takes what stands between two places of out, which nobody will change, as Write takes what
// it copies. It begins where what was kept before ends.
func (h *holdBack) keep(out []byte, from, to int) error {
	h.lock()
	defer h.mu.Unlock()
	if from < to {
		h.kept = out[from-len(h.kept) : to]
	}
	if len(h.kept) > maxGather && !h.holding() {
		return h.emit()
	}
	return h.err
}

// gathered is how many bytes are.
func (h *holdBack) gathered() int { return len(h.buf) + len(h.kept) }

// feedBy says whose output this is.
func (h *holdBack) feedBy(e *contentcoding.Encoder) {
	h.lock()
	h.encoder = e
	direct := h.direct
	h.mu.Unlock()
	if direct {
		e.TurnDirect()
	}
}

// recorded says whether everything was, and will be as it was: an encoder that is flushed
// by the time makes other bytes of a page each time.
func (h *holdBack) recorded() bool {
	h.lock()
	defer h.mu.Unlock()
	return h.recording != nil
}

// lock locks what the timer uses, too. If that one has panicked, as writers outside may
// to abort a response, it is the handler that has to.
func (h *holdBack) lock() {
	h.mu.Lock()
	if p := h.panicked; p != nil {
		h.mu.Unlock()
		panic(p)
	}
}

// begin lets go out what is there, however little it is.
func (h *holdBack) begin() {
	h.mu.Lock()
	h.until = 0
	h.mu.Unlock()
}

// holding tells whether nothing may go out yet.
func (h *holdBack) holding() bool { return h.w != nil && h.until > 0 && h.gathered() <= h.until }

// settle sees to it that what is gathered goes out, unless it is too little.
func (h *holdBack) settle() error {
	h.lock()
	defer h.mu.Unlock()
	if !h.holding() && h.gathered() > 0 && (!h.begun || h.direct) {
		return h.emit()
	}
	h.wait()
	return h.err
}

// hasBegun tells whether some of the body has gone out.
func (h *holdBack) hasBegun() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.begun
}

// wait starts the timer if there is something that waits for it.
func (h *holdBack) wait() {
	wait := gatherTime
	switch {
	case h.holding() || !h.begun || h.direct:
		return
	case h.gathered() > 0:
	case h.encoder != nil && h.encoder.Unflushed():
		wait = encodeTime
	default:
		return
	}
	if h.waits > 0 && h.waits <= wait {
		return
	}
	h.waits = wait
	if h.timer == nil {
		h.timer = time.AfterFunc(wait, h.later)
	} else {
		h.timer.Reset(wait)
	}
}

// later gives out what is gathered by then. The handler meets what comes of it at its next write.
func (h *holdBack) later() {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		if p != any(http.ErrAbortHandler) {
			p = fmt.Sprintf("%v\n\n%s", p, debug.Stack()) // the handler's stack says nothing of it
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.panicked = p
	}()
	if h.fired() == encodeTime {
		h.encoder.FlushLater()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gathered() > 0 && !h.direct {
		_ = h.emit()
	}
	h.wait()
}

// fired says for what the timer was started.
func (h *holdBack) fired() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	waited := h.waits
	if h.waits = 0; waited == encodeTime {
		h.recording = nil
	}
	return waited
}

// flush gives out what is gathered.
func (h *holdBack) flush() error {
	h.lock()
	defer h.mu.Unlock()
	return h.emit()
}

// turnDirect gives out what is gathered, and has everything after it go out by itself.
func (h *holdBack) turnDirect() {
	if h.w != nil || h.direct {
		return
	}
	if h.encoder != nil {
		h.encoder.TurnDirect()
	}
	h.lock()
	defer h.mu.Unlock()
	if h.direct = true; h.encoder != nil {
		h.recording = nil
	}
	_ = h.emit() // the next write meets the error
}

// end gives out the rest. If nothing has gone out before, its length is known.
func (h *holdBack) end() error {
	h.lock()
	defer h.mu.Unlock()
	h.sendHeader(h.gathered())
	return h.emit()
}

// giveBack drops what is gathered: nothing more goes out.
func (h *holdBack) giveBack() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.timer != nil {
		h.timer.Stop()
	}
	h.drop()
}

// emit gives out what is gathered, behind the header.
func (h *holdBack) emit() error {
	h.sendHeader(-1)
	defer h.drop()
	if h.err != nil || h.gathered() == 0 {
		return h.err
	}
	h.begun = true
	out := h.buf
	if h.kept != nil {
		out = h.kept
	}
	_, h.err = h.sink.Write(out)
	return h.err
}

// drop forgets what is gathered, and ends the loan of its room.
func (h *holdBack) drop() {
	if h.lent != nil && cap(h.buf) <= 2*maxGather {
		*h.lent = h.buf[:0]
		h.buffers.Put(h.lent)
	}
	h.buf, h.lent, h.kept = nil, nil, nil
}

// sendHeader sends the header, once.
func (h *holdBack) sendHeader(length int) {
	if h.w != nil {
		h.w.sendPageHeader(length)
		h.w = nil
	}
}
