package contentcoding

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// compressor is one that can be flushed in the middle, and made as good as new.
type compressor interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// The levels and options here and in reader.go are valid, so there are no errors.
var (
	gzipEncoders    = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(io.Discard, 5); return z }}
	deflateEncoders = sync.Pool{New: func() any { z, _ := zlib.NewWriterLevel(io.Discard, 5); return z }}
	brotliEncoders  = sync.Pool{New: func() any { return brotli.NewWriterLevel(io.Discard, 4) }}
	zstdEncoders    = sync.Pool{New: func() any {
		z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return z
	}}
)

// An Encoder codes what is written to it. It is on loan until it is released; given back, it knows nothing of
// the response. A timer may flush it, too (FlushLater), so a lock keeps the two apart; the rest is for one
// goroutine.
type Encoder struct {
	name string
	to   forward
	// unflushed says that it has taken in something since it was flushed.
	unflushed atomic.Bool

	mu         sync.Mutex // of what follows
	compressor compressor // nil once it is given back
	direct     bool       // only the handler flushes it
	flushed    time.Time  // when it last was, if direct
}

// forward is where a compressor writes to.
type forward struct{ io.Writer }

// NewEncoder lends an Encoder for a coding that is Known. What it gives out goes to sink, within a call of
// one of its methods.
func NewEncoder(name string, sink io.Writer) *Encoder {
	e := &Encoder{compressor: codings[name].encoders.Get().(compressor), name: name, to: forward{sink}}
	e.compressor.Reset(&e.to)
	return e
}

// Write implements io.Writer.
func (e *Encoder) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // to flush that would give out nothing to read
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unflushed.Store(true)
	return e.compressor.Write(p)
}

// Unflushed tells whether there is something to flush. It may be asked from anywhere.
func (e *Encoder) Unflushed() bool { return e.unflushed.Load() }

// Flush gives out all that was taken in.
func (e *Encoder) Flush() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.unflushed.Swap(false) {
		return nil
	}
	if e.direct {
		e.flushed = time.Now()
	}
	return e.compressor.Flush()
}

// Overdue tells whether it is for the handler to flush what no timer does, for the last time is as long ago.
func (e *Encoder) Overdue(after time.Duration) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.direct && time.Since(e.flushed) >= after
}

// FlushLater is Flush for a timer, at any time: it does nothing where only the handler flushes, nor behind
// Release.
func (e *Encoder) FlushLater() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.compressor != nil && !e.direct && e.unflushed.Swap(false) {
		_ = e.compressor.Flush() // the handler meets the error at its next write
	}
}

// TurnDirect leaves flushing to the handler.
func (e *Encoder) TurnDirect() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.direct = true
}

// Close ends the coded data. It is still to be released.
func (e *Encoder) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unflushed.Store(false)
	return e.compressor.Close()
}

// Release ends the loan, whatever became of the output. It is not for use behind that.
func (e *Encoder) Release() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.to.Writer = io.Discard
	codings[e.name].encoders.Put(e.compressor)
	e.compressor = nil
	e.unflushed.Store(false)
}
