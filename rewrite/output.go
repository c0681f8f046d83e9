package rewrite

import "io"

// output gathers small pieces, so that a page with many changes does not
// become many small writes; large ones go straight through.
type output struct {
	sink    io.Writer
	pending []byte
	err     error
}

const (
	// gather is the size up to which pieces are copied together.
	gather = 2048
	// maxPending is when gathered pieces are written.
	maxPending = 8192
)

func (o *output) write(p []byte) {
	if len(p) == 0 {
		return
	}
	if len(p) > gather || len(o.pending)+len(p) > maxPending {
		_ = o.flush()
		if len(p) > gather {
			o.send(p)
			return
		}
	}
	o.pending = append(o.pending, p...)
}

func (o *output) writeString(s string) {
	if len(o.pending)+len(s) > maxPending {
		_ = o.flush()
	}
	o.pending = append(o.pending, s...)
}

func (o *output) flush() error {
	if len(o.pending) > 0 {
		o.send(o.pending)
		o.pending = o.pending[:0]
	}
	return o.err
}

func (o *output) send(p []byte) {
	if o.err == nil {
		_, o.err = o.sink.Write(p)
	}
}
