package caddymodule_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
)

// everyLayer runs a test with and without an encode handler outside.
func everyLayer(t *testing.T, f func(t *testing.T, config string)) {
	t.Run("alone", func(t *testing.T) { f(t, proxied) })
	t.Run("inside encode", func(t *testing.T) { f(t, encoded) })
}

// A backend that dies in the middle of a page is seen to die.
func TestAnAbortOfTheBackendIsSeenAsAnAbort(t *testing.T) {
	for _, coding := range []string{"identity", "gzip", "br", "zstd", "deflate"} {
		for _, length := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, length told %v", coding, length), func(t *testing.T) {
				everyLayer(t, func(t *testing.T, config string) {
					s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						body := encode(t, coding, original+random)
						w.Header().Set("Content-Type", "text/html")
						if coding != "identity" {
							w.Header().Set("Content-Encoding", coding)
						}
						if length {
							w.Header().Set("Content-Length", strconv.Itoa(len(body)))
						}
						_, _ = w.Write(body[:len(body)/2])
						_ = http.NewResponseController(w).Flush()
						panic(http.ErrAbortHandler)
					}), config)
					a := s.get(t, "/", "Accept-Encoding: gzip, br, zstd, deflate")
					if a.err == nil {
						t.Errorf("a clean end after %d bytes: %v", len(a.body), a.Response)
					}
				})
			})
		}
	}
}

// random is text that does not compress well, so that half a coded body is about half a page.
var random = func() string {
	var b strings.Builder
	for i, x := 0, uint32(1); i < 4000; i++ {
		x = x*1664525 + 1013904223
		fmt.Fprintf(&b, "%x ", x)
	}
	return b.String()
}()

// Nor does a backend's clean end make a whole page of a coded one that stops
// too soon or has a fault: a browser would show it as if it were all. Either the
// connection breaks, or the coding stops too soon, as the backend's does.
func TestATruncatedCodingNeverEndsCleanly(t *testing.T) {
	for _, coding := range everyCoding {
		body := encode(t, coding, original+random)
		broken := append([]byte{}, body...)
		broken[len(broken)/2] ^= 0xff
		for name, sent := range map[string][]byte{
			"two bytes":               body[:2],
			"the half":                body[:len(body)/2],
			"all but the last byte":   body[:len(body)-1],
			"a fault in the middle":   broken,
			"something else entirely": []byte(original),
		} {
			t.Run(coding+", "+name, func(t *testing.T) {
				everyLayer(t, func(t *testing.T, config string) {
					s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Type", "text/html")
						w.Header().Set("Content-Encoding", coding)
						_, _ = w.Write(sent)
					}), config)
					a := s.get(t, "/", "Accept-Encoding: gzip, br, zstd, deflate")
					if a.err == nil && !endsTooSoon(t, a.Header.Get("Content-Encoding"), a.body) {
						t.Errorf("a clean end after %d bytes: %v", len(a.body), a.Response)
					}
				})
			})
		}
	}
}

// endsTooSoon tells whether a coded body stops before its end.
func endsTooSoon(t *testing.T, coding, body string) bool {
	t.Helper()
	if coding == "" {
		return false
	}
	r, err := contentcoding.NewReader(coding, strings.NewReader(body))
	if err == nil {
		defer contentcoding.ReleaseReader(r)
		_, err = io.Copy(io.Discard, r)
	}
	return errors.Is(err, io.ErrUnexpectedEOF)
}

// What comes behind the coded data is not shown, and breaks nothing: browsers do not look at
// it. Of zstd they do: it is another frame, or a fault.
func TestBytesBehindTheCodedDataAreIgnored(t *testing.T) {
	for _, coding := range []string{"gzip", "br", "deflate", "raw deflate"} {
		name, _ := strings.CutPrefix(coding, "raw ")
		whole := encode(t, name, original)
		if name != coding {
			whole = whole[2 : len(whole)-4] // without what zlib has around it
		}
		for how, pieces := range map[string][][]byte{
			"at once":       {slices.Concat(whole, []byte("behind"))},
			"afterwards":    {whole, []byte("behind")},
			"cut":           {whole[:len(whole)-1], slices.Concat(whole[len(whole)-1:], []byte("behind"))},
			"another whole": {slices.Concat(whole, encode(t, name, "behind"))},
		} {
			t.Run(coding+", "+how, func(t *testing.T) {
				everyLayer(t, func(t *testing.T, config string) {
					s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Type", "text/html")
						w.Header().Set("Content-Encoding", name)
						for _, piece := range pieces {
							_, _ = w.Write(piece)
							_ = http.NewResponseController(w).Flush()
						}
					}), config)
					a := s.get(t, "/", "Accept-Encoding: "+name)
					if body := decode(t, a.Header.Get("Content-Encoding"), a.body); a.err != nil || body != held {
						t.Errorf("%v, %v\n%s", a.err, a.Response, body)
					}
				})
			})
		}
	}
}

func TestBehindAFrameOfZstdIsAnotherOrAFault(t *testing.T) {
	frame := func(text string) []byte { return encode(t, "zstd", text) }
	half := len(original) / 2
	for how, c := range map[string]struct {
		body  []byte
		whole bool
	}{
		"another": {slices.Concat(frame(original[:half]), frame(original[half:])), true},
		"a fault": {slices.Concat(frame(original), []byte("behind")), false},
	} {
		t.Run(how, func(t *testing.T) {
			everyLayer(t, func(t *testing.T, config string) {
				s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					w.Header().Set("Content-Encoding", "zstd")
					_, _ = w.Write(c.body)
				}), config)
				a := s.get(t, "/", "Accept-Encoding: zstd")
				if whole := a.err == nil; whole != c.whole || whole && decode(t, a.Header.Get("Content-Encoding"), a.body) != held {
					t.Errorf("%v, %v", a.err, a.Response)
				}
			})
		})
	}
}

// The first part of a page does not wait for the last.
func TestAPageIsShownWhileItStreams(t *testing.T) {
	for _, coding := range []string{"identity", "gzip"} {
		t.Run(coding, func(t *testing.T) {
			everyLayer(t, func(t *testing.T, config string) {
				seen := make(chan struct{})
				s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					var out io.Writer = w
					flush := func() { _ = http.NewResponseController(w).Flush() }
					if coding == "gzip" {
						w.Header().Set("Content-Encoding", "gzip")
						z := gzip.NewWriter(w)
						defer func() { _ = z.Close() }()
						out = z
						flush = func() { _ = z.Flush(); _ = http.NewResponseController(w).Flush() }
					}
					_, _ = io.WriteString(out, original)
					flush()
					select {
					case <-seen:
					case <-time.After(10 * time.Second):
						t.Error("nothing came through")
					}
					_, _ = io.WriteString(out, "<p>the end</p>")
				}), config)
				req, _ := http.NewRequest(http.MethodGet, "http://"+s.addr+"/", http.NoBody)
				req.Header.Set("Accept-Encoding", "gzip")
				res, err := s.client.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = res.Body.Close() }()
				var body io.Reader = res.Body
				if res.Header.Get("Content-Encoding") == "gzip" {
					if body, err = gzip.NewReader(body); err != nil {
						t.Fatal(err)
					}
				}
				first := make([]byte, len(held))
				if _, err := io.ReadFull(body, first); err != nil || string(first) != held {
					t.Errorf("%.200s, %v", first, err)
				}
				close(seen)
				if rest, err := io.ReadAll(body); err != nil || string(rest) != "<p>the end</p>" {
					t.Errorf("%q, %v", rest, err)
				}
			})
		})
	}
}
