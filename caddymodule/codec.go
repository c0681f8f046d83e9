package caddymodule

import (
	"bufio"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// To make a compressor costs more than to compress a page with it, and Reset
// makes one as good as new. So those that are not in use are kept.

// codings are the content codings that can be undone and redone (RFC 9110
// section 8.4.1), by their names in Content-Encoding.
var codings = map[string]coding{
	"gzip":    {decodeGzip, &gzipEncoders},
	"deflate": {decodeDeflate, &deflateEncoders},
	"br":      {decodeBrotli, &brotliEncoders},
	"zstd":    {decodeZstd, &zstdEncoders},
}

type coding struct {
	// decode reads the beginning of a coded body. What it gives goes back with
	// putDecoder.
	decode   func(io.Reader) (io.Reader, error)
	encoders *sync.Pool // of encoder
}

// encoder is a compressor that can be flushed in the middle.
type encoder interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// The levels and options here and below are valid, so there are no errors.
var (
	gzipEncoders    = sync.Pool{New: func() any { z, _ := gzip.NewWriterLevel(io.Discard, 5); return z }}
	deflateEncoders = sync.Pool{New: func() any { z, _ := zlib.NewWriterLevel(io.Discard, 5); return z }}
	brotliEncoders  = sync.Pool{New: func() any { return brotli.NewWriterLevel(io.Discard, 4) }}
	zstdEncoders    = sync.Pool{New: func() any {
		z, _ := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		return z
	}}
)

// lentEncoder is an encoder in use. Given back, it knows nothing of the response. The timer of
// holdBack flushes it, too, so a lock keeps the two apart.
type lentEncoder struct {
	name string
	to   forward
	// unflushed says that it has taken in something since it was flushed.
	unflushed atomic.Bool

	mu      sync.Mutex // of what follows
	encoder encoder    // nil once it is given back
	direct  bool       // only the handler flushes it
	flushed time.Time  // when it last was, if direct
}

// forward is where an encoder writes to.
type forward struct{ io.Writer }

// encoderFor lends an encoder for a coding that contentCodings accepted.
func encoderFor(name string, sink io.Writer) *lentEncoder {
	l := &lentEncoder{encoder: codings[name].encoders.Get().(encoder), name: name, to: forward{sink}}
	l.encoder.Reset(&l.to)
	return l
}

func (l *lentEncoder) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil // to flush that would give out nothing to read
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unflushed.Store(true)
	return l.encoder.Write(p)
}

// Flush gives out all that was taken in.
func (l *lentEncoder) Flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.unflushed.Swap(false) {
		return nil
	}
	if l.direct {
		l.flushed = time.Now()
	}
	return l.encoder.Flush()
}

// late tells whether it is for the handler to flush what no timer does.
func (l *lentEncoder) late() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.direct && time.Since(l.flushed) >= encodeTime
}

// flushLater is Flush for the timer.
func (l *lentEncoder) flushLater() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.encoder != nil && !l.direct && l.unflushed.Swap(false) {
		_ = l.encoder.Flush() // the handler meets the error at its next write
	}
}

// turnDirect leaves flushing to the handler.
func (l *lentEncoder) turnDirect() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.direct = true
}

// Close ends the coded data.
func (l *lentEncoder) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unflushed.Store(false)
	return l.encoder.Close()
}

// giveBack ends the loan, whatever became of the output.
func (l *lentEncoder) giveBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to.Writer = io.Discard
	codings[l.name].encoders.Put(l.encoder)
	l.encoder = nil
	l.unflushed.Store(false)
}

var (
	gzipDecoders   = sync.Pool{New: func() any { return &gzipDecoder{in: bufio.NewReader(nil)} }}
	brotliDecoders = sync.Pool{New: func() any { return new(brotliDecoder) }}
	zstdDecoders   = sync.Pool{New: func() any {
		// With a concurrency of 1 it has no goroutine, and gives output as soon as
		// there is input.
		z, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		return z
	}}
	decodeBuffers = sync.Pool{New: func() any { return new([16 << 10]byte) }}
)

// zstdWindow is the largest window that is accepted: what RFC 9659 section 3
// lets a server use for the zstd content coding.
const zstdWindow = 8 << 20

// gzipDecoder reads by way of a bufio.Reader, for which the library has a loop
// of its own. That waits for input only when it has none.
type gzipDecoder struct {
	gzip.Reader
	in *bufio.Reader
}

func decodeGzip(r io.Reader) (io.Reader, error) {
	z := gzipDecoders.Get().(*gzipDecoder)
	z.in.Reset(r)
	if err := z.Reset(z.in); err != nil {
		return nil, err
	}
	// Browsers stop after the first member, and so do we: what they would
	// not show must not reach a page.
	z.Multistream(false)
	return z, nil
}

// decodeDeflate reads the zlib format that RFC 9110 means, or the raw deflate
// that some servers send in its name.
func decodeDeflate(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	head, err := b.Peek(2)
	if err == io.EOF && len(head) > 0 {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if head[0]&0x0f == 8 && (uint16(head[0])<<8|uint16(head[1]))%31 == 0 { // RFC 1950 section 2.2
		return zlib.NewReader(b)
	}
	return flate.NewReader(b), nil
}

// brotliDecoder ends where the coded data ends, as browsers do. The library takes bytes
// behind that for a fault, and as brotli has no checksum some faults are no more than that.
type brotliDecoder struct{ brotli.Reader }

func (z *brotliDecoder) Read(p []byte) (int, error) {
	n, err := z.Reader.Read(p)
	if err != nil && err == errBehindBrotli { //nolint:errorlint // it is that one, as it is
		err = io.EOF
	}
	return n, err
}

// errBehindBrotli is what the library says of them. It has no name for it, so it is asked:
// 06 is a stream without content (RFC 7932 section 9.1).
var errBehindBrotli = func() error {
	_, err := brotli.NewReader(strings.NewReader("\x06 ")).Read(make([]byte, 1))
	return err
}()

func decodeBrotli(r io.Reader) (io.Reader, error) {
	z := brotliDecoders.Get().(*brotliDecoder)
	return z, z.Reset(r)
}

func decodeZstd(r io.Reader) (io.Reader, error) {
	z := zstdDecoders.Get().(*zstd.Decoder)
	return z, z.Reset(r)
}

// putDecoder takes back what a decode function gave. zlib and flate are rare,
// and cheap.
func putDecoder(r io.Reader) {
	switch z := r.(type) {
	case *gzipDecoder:
		z.in.Reset(nil)
		gzipDecoders.Put(z)
	case *brotliDecoder:
		if z.Reset(nil) == nil {
			brotliDecoders.Put(z)
		}
	case *zstd.Decoder:
		if z.Reset(nil) == nil {
			zstdDecoders.Put(z)
		}
	}
}
