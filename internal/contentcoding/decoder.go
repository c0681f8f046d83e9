package contentcoding

import (
	"errors"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
)

// A Decoder undoes content codings push-wise: Write takes coded bytes and gives
// a sink all that can be decoded from them. The libraries pull; they run in a
// coroutine that is resumed by Write and yields when it needs more input, so
// nothing runs at the same time as the caller. It is to be stopped in the end.
type Decoder struct {
	next func() (struct{}, bool)
	stop func()
	feed feed
	err  error // of decoding; nil while it goes on, io.EOF at its end
	sink error // of the sink
}

// feed is the reader on the coroutine's side.
type feed struct {
	in      []byte
	final   bool
	stopped bool // the response was given up
	yield   func(struct{}) bool
}

// An Error is a fault in coded bytes.
type Error struct {
	Codings string // one, or all that were applied if it is not known which it is of
	Err     error
}

func (e *Error) Error() string { return "decoding " + e.Codings + ": " + e.Err.Error() }

// Unwrap returns what the library says.
func (e *Error) Unwrap() error { return e.Err }

// IsCutOff tells whether an error says that coded data ends before its end, and no more than that.
func IsCutOff(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }

// errStopped ends the coroutine of a Decoder whose response was given up.
var errStopped = errors.New("response given up")

func (f *feed) Read(p []byte) (int, error) {
	for len(f.in) == 0 {
		if f.final {
			return 0, io.EOF
		}
		if !f.yield(struct{}{}) {
			f.stopped = true
			return 0, errStopped
		}
	}
	n := copy(p, f.in)
	f.in = f.in[n:]
	return n, nil
}

// NewDecoder makes a Decoder for codings as Parse lists them.
func NewDecoder(names []string, sink io.Writer) *Decoder {
	d := new(Decoder)
	d.next, d.stop = iter.Pull(func(yield func(struct{}) bool) {
		d.feed.yield = yield
		d.err, d.sink = decodeAll(&d.feed, names, sink)
	})
	return d
}

// decodeBuffers are pieces of decoded bytes.
var decodeBuffers = sync.Pool{New: func() any { return new([16 << 10]byte) }}

// decodeAll copies the decoded bytes to sink until there are no more. What a decoder still
// has of a response that was given up is for nobody.
func decodeAll(f *feed, names []string, sink io.Writer) (decodeErr, sinkErr error) {
	var r io.Reader = f
	for _, name := range slices.Backward(names) {
		decoded, err := NewReader(name, r)
		if err != nil {
			return &Error{name, err}, nil
		}
		defer ReleaseReader(decoded)
		r = decoded
	}
	buf := decodeBuffers.Get().(*[16 << 10]byte)
	defer decodeBuffers.Put(buf)
	for {
		n, err := r.Read(buf[:])
		if f.stopped {
			return errStopped, nil
		}
		if n > 0 {
			if _, sinkErr := sink.Write(buf[:n]); sinkErr != nil {
				return errStopped, sinkErr
			}
		}
		if err == io.EOF {
			return io.EOF, nil
		}
		if err != nil {
			return &Error{strings.Join(names, ", "), err}, nil
		}
	}
}

// Write decodes p. Bytes after the end of the coded data are ignored, as browsers do; behind
// a frame of zstd there may be another, and anything else is a fault.
func (d *Decoder) Write(p []byte) (int, error) {
	if err := d.step(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close tells the decoder that no more will come. An end in the middle of the
// coded data is io.ErrUnexpectedEOF.
func (d *Decoder) Close() error {
	d.feed.final = true
	return d.step(nil)
}

func (d *Decoder) step(p []byte) error {
	if d.err == nil {
		d.feed.in = p
		d.next()
	}
	switch {
	case d.sink != nil:
		return d.sink
	case d.err != nil && !errors.Is(d.err, io.EOF):
		return d.err
	}
	return nil
}

// Stop frees what the decoder holds, at any time and as often as one likes. Nothing more comes to the sink.
func (d *Decoder) Stop() { d.stop() }
