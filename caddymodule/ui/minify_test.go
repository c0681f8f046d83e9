package ui_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
)

// How many bytes the guard may have when it travels.
const (
	maxGuardBrotli = 8050
	maxGuardGzip   = 8800
)

func TestTheGuardIsSmall(t *testing.T) {
	script := ui.Small("guard.js")
	size := func(to func(io.Writer) io.WriteCloser) int {
		t.Helper()
		var out bytes.Buffer
		z := to(&out)
		if _, err := z.Write(script); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return out.Len()
	}
	br := size(func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.BestCompression) })
	gz := size(func(w io.Writer) io.WriteCloser {
		z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		return z
	})
	t.Logf("%d bytes, with br %d, with gzip %d", len(script), br, gz)
	if br > maxGuardBrotli {
		t.Errorf("with br the guard has %d bytes, more than %d", br, maxGuardBrotli)
	}
	if gz > maxGuardGzip {
		t.Errorf("with gzip the guard has %d bytes, more than %d", gz, maxGuardGzip)
	}
}
