package contentcoding

import (
	"bytes"
	"errors"
	"io"
)

// Prefix decodes the first bytes of a body by codings as Parse lists them, up to most bytes. more tells that it takes
// more of the body before anything comes of it; ok is false if that is not to be expected. Without a coding
// they are the body's own, however many.
func Prefix(names []string, body []byte, most int) (prefix []byte, more, ok bool) {
	if len(names) == 0 {
		return body, false, true
	}
	var out beginning
	out.room = most
	d := NewDecoder(names, &out)
	defer d.Stop()
	_, err := d.Write(body)
	if err == nil {
		err = d.Close() // it is cut off, or the beginning is full
	}
	if out.Len() > 0 {
		return out.Bytes(), false, true
	}
	more = errors.Is(err, io.ErrUnexpectedEOF) && len(body) < codedBlock
	return nil, more, more
}

// codedBlock is more than a block of zstd can be (RFC 8878 section 3.1.1.2.4), of which nothing is known before it is there.
const codedBlock = 130 << 10

// beginning takes so many bytes and no more.
type beginning struct {
	bytes.Buffer
	room int
}

func (b *beginning) Write(p []byte) (int, error) {
	n, _ := b.Buffer.Write(p[:min(len(p), b.room)])
	if b.room -= n; b.room == 0 {
		return n, io.ErrShortWrite
	}
	return n, nil
}
