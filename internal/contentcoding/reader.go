package contentcoding

import (
	"bufio"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

var (
	gzipReaders   = sync.Pool{New: func() any { return &gzipReader{in: bufio.NewReader(nil)} }}
	brotliReaders = sync.Pool{New: func() any { return new(brotliReader) }}
	zstdReaders   = sync.Pool{New: func() any {
		// With a concurrency of 1 it has no goroutine, and gives output as soon as
		// there is input.
		z, _ := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(zstdWindow))
		return z
	}}
)

// zstdWindow is the largest window that is accepted: what RFC 9659 section 3
// lets a server use for the zstd content coding.
const zstdWindow = 8 << 20

// gzipReader reads by way of a bufio.Reader, for which the library has a loop
// of its own. That waits for input only when it has none.
type gzipReader struct {
	gzip.Reader
	in *bufio.Reader
}

func readGzip(r io.Reader) (io.Reader, error) {
	z := gzipReaders.Get().(*gzipReader)
	z.in.Reset(r)
	if err := z.Reset(z.in); err != nil {
		return nil, err
	}
	// Browsers stop after the first member, and so do we: what they would
	// not show must not reach a page.
	z.Multistream(false)
	return z, nil
}

// readDeflate reads the zlib format that RFC 9110 means, or the raw deflate
// that some servers send in its name.
func readDeflate(r io.Reader) (io.Reader, error) {
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

// brotliReader ends where the coded data ends, as browsers do. The library takes bytes
// behind that for a fault, and as brotli has no checksum some faults are no more than that.
type brotliReader struct{ brotli.Reader }

func (z *brotliReader) Read(p []byte) (int, error) {
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

func readBrotli(r io.Reader) (io.Reader, error) {
	z := brotliReaders.Get().(*brotliReader)
	return z, z.Reset(r)
}

func readZstd(r io.Reader) (io.Reader, error) {
	z := zstdReaders.Get().(*zstd.Decoder)
	return z, z.Reset(r)
}

// NewReader reads the beginning of a body in a coding that is Known, and returns what reads the rest of it, decoded. It
// reads no further than it must to give what there is, and goes back with ReleaseReader.
func NewReader(name string, r io.Reader) (io.Reader, error) { return codings[name].read(r) }

// ReleaseReader takes back what NewReader gave. zlib and flate are rare,
// and cheap.
func ReleaseReader(r io.Reader) {
	switch z := r.(type) {
	case *gzipReader:
		z.in.Reset(nil)
		gzipReaders.Put(z)
	case *brotliReader:
		if z.Reset(nil) == nil {
			brotliReaders.Put(z)
		}
	case *zstd.Decoder:
		if z.Reset(nil) == nil {
			zstdReaders.Put(z)
		}
	}
}
