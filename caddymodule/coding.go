package caddymodule

import (
	"errors"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/encode"
)

// maxCodings bounds a chain like "gzip, br". Nobody sends two in earnest.
const maxCodings = 3

// undecodable are the codings that some client can decode and this package
// cannot: those of the IANA registry and of RFC 9842.
var undecodable = []string{"compress", "x-compress", "aes128gcm", "exi", "pack200-gzip", "dcb", "dcz"}

// contentCodings lists the codings of a response in the order in which they were
// applied; identity is none. ok is false if one of them cannot be decoded here.
// A word that is no coding at all is skipped: browsers read such a body as it
// is, and without that word in the header, which the caller takes out, all do.
func contentCodings(h http.Header) (names []string, ok bool) {
	for _, line := range h["Content-Encoding"] {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "" || name == "identity" || name == "none" {
				continue
			}
			if slices.Contains(undecodable, name) {
				return nil, false
			}
			name = strings.TrimPrefix(name, "x-") // x-gzip is gzip: RFC 9110 section 8.4.1.3
			if _, known := codings[name]; known {
				names = append(names, name)
			}
		}
	}
	return names, len(names) <= maxCodings
}

// lastAccepted is the coding that was applied last, if the client accepts it:
// there are backends that do not ask.
func lastAccepted(names, acceptEncoding []string) string {
	if len(names) == 0 {
		return ""
	}
	last := names[len(names)-1]
	client := http.Request{Header: http.Header{"Accept-Encoding": {strings.Join(acceptEncoding, ", ")}}}
	if !slices.Contains(encode.AcceptedEncodings(&client, nil), last) {
		return ""
	}
	return last
}

// decoder undoes content codings push-wise: Write takes coded bytes and gives
// sink all that can be decoded from them. The libraries pull; they run in a
// coroutine that is resumed by Write and yields when it needs more input, so
// nothing runs at the same time as the caller.
type decoder struct {
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

// decodeError is a fault in coded bytes.
type decodeError struct {
	codings string
	err     error
}

func (e *decodeError) Error() string { return "decoding " + e.codings + ": " + e.err.Error() }
func (e *decodeError) Unwrap() error { return e.err }

// errStopped ends a coroutine whose response was given up.
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

// newDecoder makes a decoder for codings that contentCodings accepted. Its
// Stop must be called in the end.
func newDecoder(names []string, sink io.Writer) *decoder {
	d := new(decoder)
	d.next, d.stop = iter.Pull(func(yield func(struct{}) bool) {
		d.feed.yield = yield
		d.err, d.sink = decodeAll(&d.feed, names, sink)
	})
	return d
}

// decodeAll copies the decoded bytes to sink until there are no more. What a decoder still
// has of a response that was given up is for nobody.
func decodeAll(f *feed, names []string, sink io.Writer) (decodeErr, sinkErr error) {
	var r io.Reader = f
	for _, name := range slices.Backward(names) {
		decoded, err := codings[name].decode(r)
		if err != nil {
			return &decodeError{name, err}, nil
		}
		defer putDecoder(decoded)
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
			return &decodeError{strings.Join(names, ", "), err}, nil
		}
	}
}

// Write decodes p. Bytes after the end of the coded data are ignored, as browsers do; behind
// a frame of zstd there may be another, and anything else is a fault.
func (d *decoder) Write(p []byte) (int, error) {
	if err := d.step(p); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close tells the decoder that no more will come. An end in the middle of the
// coded data is io.ErrUnexpectedEOF.
func (d *decoder) Close() error {
	d.feed.final = true
	return d.step(nil)
}

func (d *decoder) step(p []byte) error {
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

// Stop frees what the decoder holds. Nothing more comes to the sink.
func (d *decoder) Stop() { d.stop() }

// acceptable narrows an Accept-Encoding header to what can be decoded, so that
// the backend does not choose a coding that would have to be refused.
// It keeps the order and the weights. An empty result becomes "identity".
func acceptable(header string) string {
	if header == "" {
		return ""
	}
	kept := make([]string, 0, 8)
	dropped := false
	for item := range strings.SplitSeq(header, ",") {
		name, _, _ := strings.Cut(item, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if _, ok := codings[name]; ok || name == "identity" {
			kept = append(kept, strings.TrimSpace(item))
		} else {
			dropped = true
		}
	}
	switch {
	case !dropped:
		return header
	case len(kept) == 0:
		return "identity"
	}
	return strings.Join(kept, ", ")
}
