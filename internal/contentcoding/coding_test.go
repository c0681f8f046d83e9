package contentcoding

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestContentEncodingIsReadAsBrowsersDo(t *testing.T) {
	for _, c := range []struct {
		lines []string
		names []string
		ok    bool
	}{
		{nil, nil, true},
		{[]string{""}, nil, true},
		{[]string{"gzip"}, []string{"gzip"}, true},
		{[]string{" X-GZip ,br", "zstd"}, []string{"gzip", "br", "zstd"}, true},
		{[]string{"identity, none, deflate"}, []string{"deflate"}, true},
		{[]string{"utf-8"}, nil, true}, // no coding at all
		{[]string{"gzip, compress"}, nil, false},
		{[]string{"dcz"}, nil, false},
		{[]string{"br, br, br, br"}, []string{"br", "br", "br", "br"}, false},
	} {
		if names, ok := Parse(c.lines); ok != c.ok || !slices.Equal(names, c.names) {
			t.Errorf("%q: %q, %v", c.lines, names, ok)
		}
	}
}

func TestABackendIsAskedForWhatCanBeDecoded(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, br;q=0.5": "gzip, br;q=0.5", "gzip,compress, BR;q=0.5 ,dcz": "gzip, BR;q=0.5",
		"*": "identity", "exi": "identity", "identity;q=0, exi": "identity;q=0",
	} {
		if got := Accept(header); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

// coded is a text in some codings, with a flush in the middle.
func coded(tb testing.TB, text []byte, names ...string) []byte {
	tb.Helper()
	for _, name := range names {
		var out bytes.Buffer
		e := NewEncoder(name, &out)
		_, err := e.Write(text[:len(text)/2])
		err = errors.Join(err, e.Flush())
		_, writeErr := e.Write(text[len(text)/2:])
		if err = errors.Join(err, writeErr, e.Close()); err != nil {
			tb.Fatal(err)
		}
		e.Release()
		text = out.Bytes()
	}
	return text
}

var chains = [][]string{{"gzip"}, {"deflate"}, {"br"}, {"zstd"}, {"gzip", "br"}, {"zstd", "deflate", "gzip"}}

// text is one of which the codings make less, but not nothing.
func text(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	out := make([]byte, size)
	for i := range out {
		out[i] = "<p> abcdef"[random.IntN(10)]
	}
	return out
}

// What is coded is decoded, however it is cut; what comes behind is ignored.
func TestADecoderUndoesWhatAnEncoderDid(t *testing.T) {
	want := text(100_000)
	for _, names := range chains {
		in := coded(t, want, names...)
		for _, size := range []int{7, 1000, len(in)} {
			var got bytes.Buffer
			d := NewDecoder(names, &got)
			for part := range slices.Chunk(in, size) {
				if _, err := d.Write(part); err != nil {
					t.Fatal(names, err)
				}
			}
			if err := d.Close(); err != nil {
				t.Fatal(names, err)
			}
			if names[len(names)-1] != "zstd" { // behind which there may be another frame
				if _, err := d.Write([]byte("more")); err != nil {
					t.Error(names, err)
				}
			}
			d.Stop()
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%s in pieces of %d: %d bytes, want %d", names, size, got.Len(), len(want))
			}
		}
	}
}

// What was flushed can be read, before there is more.
func TestWhatIsFlushedIsDecodedAtOnce(t *testing.T) {
	for _, names := range chains[:4] {
		var between, got bytes.Buffer
		e := NewEncoder(names[0], &between)
		d := NewDecoder(names, &got)
		for _, part := range []string{"one", "two", "three"} {
			_, _ = e.Write([]byte(part))
			if !e.Unflushed() {
				t.Errorf("%s: there is nothing to flush", names)
			}
			if err := e.Flush(); err != nil {
				t.Fatal(err)
			}
			if _, err := d.Write(between.Bytes()); err != nil {
				t.Fatal(err)
			}
			between.Reset()
			if !strings.HasSuffix(got.String(), part) || e.Unflushed() {
				t.Errorf("%s: of %s came %q", names, part, got.String())
			}
		}
		d.Stop()
		e.Release()
	}
}

func TestAFaultIsAnError(t *testing.T) {
	want := text(10_000)
	for _, names := range chains[:4] {
		in := coded(t, want, names...)
		d := NewDecoder(names, io.Discard)
		_, err := d.Write(in[:len(in)/2])
		if err = errors.Join(err, d.Close()); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s, cut off: %v", names, err)
		}
		d.Stop()
		d = NewDecoder(names, io.Discard)
		_, err = d.Write([]byte("<!doctype html>"))
		var fault *Error
		if err = errors.Join(err, d.Close()); !errors.As(err, &fault) || fault.Codings != names[0] {
			t.Errorf("%s, of what is not coded: %v", names, err)
		}
		d.Stop()
	}
}

// The error of a sink is its own, and ends it.
func TestASinkCanStopADecoder(t *testing.T) {
	d := NewDecoder([]string{"gzip"}, &beginning{room: 10})
	defer d.Stop()
	if _, err := d.Write(coded(t, text(1000), "gzip")); !errors.Is(err, io.ErrShortWrite) {
		t.Error(err)
	}
}

func TestAPrefixIsWhatABodyBeginsWith(t *testing.T) {
	want := text(10_000)
	for _, names := range chains {
		in := coded(t, want, names...)
		for _, n := range []int{len(in), len(in) - 1} {
			if got, more, ok := Prefix(names, in[:n], 100); !bytes.Equal(got, want[:100]) || more || !ok {
				t.Errorf("%s, %d bytes: %q, %v, %v", names, n, got, more, ok)
			}
		}
		if got, more, ok := Prefix(names, in[:1], 100); len(got) > 0 || !more || !ok {
			t.Errorf("%s, one byte: %q, %v, %v", names, got, more, ok)
		}
		if names[0] == "br" || names[len(names)-1] == "br" {
			continue // which has no mark to know it by
		}
		if got, more, ok := Prefix(names, bytes.Repeat([]byte("\xff"), 100), 100); len(got) > 0 || more || ok {
			t.Errorf("%s, no coding: %q, %v, %v", names, got, more, ok)
		}
	}
	if got, more, ok := Prefix(nil, want, 100); !bytes.Equal(got, want) || more || !ok {
		t.Errorf("without a coding: %d bytes, %v, %v", len(got), more, ok)
	}
}

// A timer flushes, unless the handler has it for itself or the loan has ended.
func TestATimerMayFlush(t *testing.T) {
	var out bytes.Buffer
	e := NewEncoder("gzip", &out)
	_, _ = e.Write([]byte("a"))
	if e.FlushLater(); out.Len() == 0 || e.Unflushed() || e.Overdue(0) {
		t.Error("the timer flushes nothing")
	}
	e.TurnDirect()
	_, _ = e.Write([]byte("b"))
	if e.FlushLater(); !e.Unflushed() || !e.Overdue(time.Hour) {
		t.Error("the timer flushes what is for the handler")
	}
	if err := e.Flush(); err != nil || e.Overdue(time.Hour) || !e.Overdue(0) {
		t.Error("the handler does not flush", err)
	}
	e.Release()
	e.FlushLater()
}

// Readers that go back are as good as new.
func TestReadersAreUsedAgain(t *testing.T) {
	want := text(1000)
	for range 3 {
		for _, names := range chains[:4] {
			r, err := NewReader(names[0], bytes.NewReader(coded(t, want, names...)))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes, %v", names, len(got), err)
			}
			ReleaseReader(r)
		}
	}
}
