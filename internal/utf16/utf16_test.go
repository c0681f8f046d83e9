package utf16

import (
	"bytes"
	"io"
	"testing"

	"golang.org/x/text/transform"
)

// UTF-16 comes back byte for byte, valid or not, however it was cut.
func FuzzUTF16(f *testing.F) {
	for _, seed := range []string{"", "a", "a\x00", "\x00\xD8", "\x3D\xD8\x00\xDE", "\x00\xDC\x00\xD8a\x00b", "\x00\xD8\x00", "\xFF\xFF\xFE\xFF"} {
		f.Add([]byte(seed), false, 1)
		f.Add([]byte(seed), true, 3)
	}
	f.Fuzz(func(t *testing.T, text []byte, big bool, chunk int) {
		var out bytes.Buffer
		encode := transform.NewWriter(&out, &Encoder{Big: big})
		decode := transform.NewWriter(encode, &Decoder{Big: big})
		chunk = 1 + max(chunk, -chunk-1)%7
		for rest := text; len(rest) > 0; {
			n := min(chunk, len(rest))
			if _, err := decode.Write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		for _, w := range []io.Closer{decode, encode} {
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(out.Bytes(), text) {
			t.Errorf("got %x of %x", out.Bytes(), text)
		}
	})
}
