package caddymodule_test

import (
	"encoding/hex"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
)

// Pages that are decoded and coded again: an encoder keeps what it is given until a block is full.

// soFar is what of a coded body can be read.
func soFar(coding string, begin []byte) string {
	text, _ := decodeBegin(coding, begin) // it ends too soon
	return text
}

// hasAll checks what a visit has ended with: all of a page, and no error.
func (c *client) hasAll(t *testing.T, coding, html string, err error) {
	t.Helper()
	if text := soFar(coding, c.body.Bytes()); err != nil || text != html || c.fault != "" {
		t.Errorf("%s: %v, %d of %d bytes, %s", coding, err, len(text), len(html), c.fault)
	}
}

// A page with a length, whose backend flushes nothing, is shown as it comes all the same.
func TestWhatAnEncoderKeepsDoesNotWaitForTheBackend(t *testing.T) {
	h := handler(t, policy)
	page := slices.Collect(slices.Chunk(samplepage.Ordinary(60<<10), 10_000))
	// Of the first piece of these nothing is settled, but for an empty byte order mark.
	held := append([][]byte{[]byte(`<html lang="ja" class="x`), []byte(`">`)}, page[1:]...)
	var utf16 [][]byte
	for _, part := range held {
		utf16 = append(utf16, slices.Collect(func(yield func(byte) bool) {
			for _, c := range part {
				if !yield(c) || !yield(0) {
					return
				}
			}
		}))
	}
	for _, c := range []struct {
		name, charset string
		parts         [][]byte
		late          int // how many pieces come before anything goes out
	}{{"as usual", "utf-8", page, 0}, {"ISO-2022-JP", "iso-2022-jp", held, 1}, {"UTF-16", "utf-16le", utf16, 1}} {
		for _, coding := range everyCoding {
			t.Run(coding+", "+c.name, func(t *testing.T) { encoderKeepsNothing(t, h, coding, c.charset, c.parts, c.late) })
		}
	}
}

func encoderKeepsNothing(t *testing.T, h caddyhttp.MiddlewareHandler, coding, charset string, parts [][]byte, late int) {
	t.Helper()
	html := slices.Concat(parts...)
	pieces := encodePieces(t, coding, parts...)
	came := make(chan struct{}, 1000)
	c := &client{accept: coding, header: http.Header{}, wrote: func(int) error { came <- struct{}{}; return nil }}
	_, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset="+charset)
		w.Header().Set("Content-Encoding", coding)
		w.Header().Set("Content-Length", strconv.Itoa(len(slices.Concat(pieces...))))
		sent := 0
		for i, piece := range pieces {
			_, _ = w.Write(piece)
			sent += len(parts[i])
			tooLate := time.After(10 * time.Second)
			for {
				c.mu.Lock()
				text := soFar(coding, c.body.Bytes())
				c.mu.Unlock()
				if i == late && text == "" {
					t.Fatal("the first bytes are not out when they are written")
				}
				if len(text) >= sent-1000 { // but for what is held: less than an element
					break
				}
				select {
				case <-came:
				case <-tooLate:
					t.Fatalf("of %d bytes only %d came", sent, len(text))
				}
			}
		}
	})
	c.hasAll(t, coding, string(html), err)
}

// A page that comes in one piece takes some milliseconds to compress again, and begins before that
// is done. One that takes none is whole, and has its length.
func TestWhatComesAtOnceBeginsBeforeItIsCompressed(t *testing.T) {
	h := handler(t, policy)
	for _, coding := range everyCoding {
		for _, size := range []int{10 << 10, 16 << 10, 16<<10 + 1, 200 << 10} {
			html := string(samplepage.Ordinary(200 << 10)[:size])
			body := encode(t, coding, html)
			for _, length := range []string{strconv.Itoa(len(body)), ""} {
				c := &client{accept: coding, header: http.Header{}}
				_, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Encoding", coding)
					if length != "" {
						w.Header().Set("Content-Length", length)
					}
					_, _ = w.Write(body)
				})
				c.hasAll(t, coding, html, err)
				switch whole := c.seen.Get("Content-Length"); {
				case size <= 16<<10:
					if len(c.flushed) > 0 || length != "" && whole != strconv.Itoa(c.body.Len()) {
						t.Errorf("%s, %d bytes: length %q, %d, flushed at %v", coding, size, whole, c.body.Len(), c.flushed)
					}
				case len(c.flushed) != 1 || whole != "":
					t.Errorf("%s, %d bytes: length %q, flushed at %v", coding, size, whole, c.flushed)
				default:
					if text := soFar(coding, c.body.Bytes()[:c.flushed[0]]); len(text) < 8<<10 || len(text) > 16<<10 {
						t.Errorf("%s: it begins with %d bytes", coding, len(text))
					}
				}
			}
		}
	}
}

// Over HTTP/3 no timer writes: what an encoder has kept for long goes out with the next write, and
// all of the first one at once.
func TestAnEncoderWithoutATimerIsFlushedByTheHandler(t *testing.T) {
	for _, size := range []int{10_000, 60_000} {
		withoutATimer(t, slices.Collect(slices.Chunk(samplepage.Ordinary(300<<10), size)))
	}
}

func withoutATimer(t *testing.T, parts [][]byte) {
	t.Helper()
	h := handler(t, policy)
	for _, coding := range everyCoding {
		c := &client{accept: coding, major: 3, header: http.Header{}}
		_, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			sent := 0
			for i, piece := range encodePieces(t, coding, parts...) {
				_, _ = w.Write(piece)
				sent += len(parts[i])
				if text := soFar(coding, c.body.Bytes()); len(text) < sent-1000 {
					t.Errorf("%s: of %d bytes %d are out", coding, sent, len(text))
				}
				time.Sleep(12 * time.Millisecond)
			}
		})
		if err != nil || c.fault != "" {
			t.Error(coding, err, c.fault)
		}
	}
}

// Who sends fast has no blocks cut short, and the page comes as small as ever.
func TestFastBackendsFillTheEncodersBlocks(t *testing.T) {
	if testing.Short() {
		t.Skip("with -short, as with the race detector, nothing is fast")
	}
	html := samplepage.Ordinary(500 << 10)
	h := handler(t, policy)
	for _, coding := range everyCoding {
		body := encode(t, coding, string(html))
		size := func(pieces int) int {
			c := &client{accept: coding, header: http.Header{}}
			_, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", coding)
				w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				for part := range slices.Chunk(body, len(body)/pieces+1) {
					_, _ = w.Write(part)
				}
			})
			c.hasAll(t, coding, string(html), err)
			return c.body.Len()
		}
		once, many := size(1), size(20)
		for range 2 { // what else the machine does may have it wait
			many = min(many, size(20))
		}
		if many > once*103/100+60 {
			t.Errorf("%s: %d bytes in one piece, %d in 20", coding, once, many)
		}
	}
}

// As TestNothingIsGatheredBehindAHandler, and at whatever time the encoder is flushed.
func TestNothingIsEncodedBehindAHandler(t *testing.T) {
	html := samplepage.Ordinary(100 << 10)
	h := handler(t, policy)
	for _, coding := range everyCoding {
		pieces := encodePieces(t, coding, slices.Collect(slices.Chunk(html, 7000))...)
		for i := range 12 {
			c := &client{accept: coding, header: http.Header{}, wrote: func(int) error { return nil }}
			panicked, _ := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", coding)
				for _, piece := range pieces[:len(pieces)/2] {
					_, _ = w.Write(piece)
				}
				time.Sleep(time.Duration(7+i/2) * time.Millisecond) // some before the timer, some behind it
				header := w.Header()
				for range 1000 {
					header.Set(http.TrailerPrefix+"Digest", strings.Repeat("x", i))
				}
				_, _ = w.Write(pieces[len(pieces)/2])
				panic(http.ErrAbortHandler)
			})
			if panicked != any(http.ErrAbortHandler) || c.fault != "" {
				t.Fatal(coding, panicked, c.fault)
			}
		}
	}
	time.Sleep(30 * time.Millisecond) // goroutines that are late would find themselves in a race
}

// What a decoder still has of a page whose backend gives up is not given out behind it. (Over
// HTTP/3, where no timer does so by rights.)
func TestNothingIsDecodedBehindAHandler(t *testing.T) {
	noise := make([]byte, 100<<10)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	html := "<!doctype html><title>t</title><p>" + hex.EncodeToString(noise)
	h := handler(t, policy)
	for _, coding := range everyCoding {
		body := encode(t, coding, html)
		for size := 1000; size < 40_000; size += 2000 {
			out, flushed := 0, 0
			c := &client{accept: coding, major: 3, header: http.Header{}}
			panicked, _ := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", coding)
				_, _ = w.Write(body[:size])
				c.mu.Lock()
				out, flushed = c.body.Len(), len(c.flushed)
				c.mu.Unlock()
				panic(http.ErrAbortHandler)
			})
			if panicked != any(http.ErrAbortHandler) || c.fault != "" || c.body.Len() > out || len(c.flushed) > flushed {
				t.Fatalf("%s, %d bytes: %v, %s, %d bytes are out, then %d", coding, size, panicked, c.fault, out, c.body.Len())
			}
		}
	}
}
