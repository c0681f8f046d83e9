package caddymodule_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/internal/samplepage"
)

// client is what stands outside a handler: it counts what it is given. Like net/http's own it may
// be called by several goroutines, but not at once.
type client struct {
	accept string // Accept-Encoding
	major  int    // of the HTTP version, if it is not that of httptest
	header http.Header
	seen   http.Header
	wrote  func(n int) error // called with how many bytes there are now
	mu     sync.Mutex
	body   bytes.Buffer
	writes int
	// flushed is how many bytes there were at each flush.
	flushed []int
	busy    bool
	over    bool // the handler has returned
	fault   string
}

func (c *client) Header() http.Header { return c.header }
func (c *client) WriteHeader(int)     {}

func (c *client) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.busy || c.over {
		c.fault = "two writes at once, or one after the end"
	}
	c.busy = true
	c.seen = c.header.Clone() // as writers outside may: the race detector watches
	c.writes++
	c.body.Write(p)
	n := c.body.Len()
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.busy = false
		c.mu.Unlock()
	}()
	if c.wrote == nil {
		return len(p), nil
	}
	return len(p), c.wrote(n)
}

func (c *client) Flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy || c.over {
		c.fault = "a flush during a write, or after the end"
	}
	c.flushed = append(c.flushed, c.body.Len())
}

// visit has h answer, and returns how ServeHTTP ended.
func (c *client) visit(h caddyhttp.MiddlewareHandler, backend http.HandlerFunc) (panicked any, err error) {
	defer func() {
		panicked = recover()
		c.mu.Lock()
		c.over = true
		c.mu.Unlock()
	}()
	r := httptest.NewRequest(http.MethodGet, "https://www.shop.example/", nil)
	r.Header.Set("Accept-Encoding", c.accept)
	r.ProtoMajor = max(r.ProtoMajor, c.major)
	r = caddyhttp.PrepareRequest(r, caddy.NewEmptyReplacer(), c, nil)
	return nil, h.ServeHTTP(c, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Content-Type", "text/html")
		backend(w, r)
		return nil
	}))
}

// What a backend has sent goes out while the handler waits for more of it, with no flush.
func TestWhatIsGatheredDoesNotWaitForTheBackend(t *testing.T) {
	html := samplepage.Ordinary(100 << 10)
	h := handler(t, policy)
	came := make(chan int, 1000)
	c := &client{header: http.Header{}, wrote: func(n int) error { came <- n; return nil }}
	_, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
		for sent := 0; sent < len(html); {
			next := min(sent+10_000, len(html))
			_, _ = w.Write(html[sent:next])
			sent = next
			for n := 0; n < sent-1000; { // but for what is held: less than an element
				select {
				case n = <-came:
				case <-time.After(10 * time.Second):
					t.Fatalf("of %d bytes only %d came", sent, n)
				}
			}
		}
	})
	if err != nil || c.body.String() != string(html) || c.fault != "" {
		t.Errorf("%v, %d of %d bytes, %s", err, c.body.Len(), len(html), c.fault)
	}
}

// What comes first is out when Write returns, even if the header has gone ahead of it.
func TestTheFirstBytesGoOutAtOnce(t *testing.T) {
	h := handler(t, policy)
	for _, ahead := range []bool{false, true} {
		c := &client{header: http.Header{}}
		_, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
			if ahead {
				_ = http.NewResponseController(w).Flush()
			}
			_, _ = io.WriteString(w, "<!doctype html><title>t</title><p>first")
			if c.body.Len() == 0 {
				t.Errorf("header ahead %v: nothing is out", ahead)
			}
			time.Sleep(10 * time.Millisecond)
		})
		if err != nil || c.fault != "" {
			t.Error(err, c.fault)
		}
	}
}

// What comes faster than it goes out is gathered: few writes, and whole.
func TestFastBackendsMakeFewWrites(t *testing.T) {
	html := samplepage.Ordinary(1 << 20)
	h := handler(t, policy)
	const pages, size = 20, 1000
	writes := 0
	for range pages {
		c := &client{header: http.Header{}}
		_, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
			for part := range slices.Chunk(html, size) {
				_, _ = w.Write(part)
			}
		})
		if err != nil || c.body.String() != string(html) || c.fault != "" {
			t.Fatalf("%v, %d of %d bytes, %s", err, c.body.Len(), len(html), c.fault)
		}
		writes += c.writes
	}
	if t.Logf("%d writes for each page", writes/pages); writes > pages*len(html)/size/2 {
		t.Error("of less than two writes of the backend each")
	}
}

// A client that is gone, and a writer outside that aborts, are the handler's to know, whoever
// met them.
func TestTheHandlerMeetsWhatTheGatheringMet(t *testing.T) {
	html := samplepage.Ordinary(400 << 10)
	h := handler(t, policy)
	gone := errors.New("gone")
	for name, fail := range map[string]func() error{
		"an error": func() error { return gone },
		"a panic":  func() error { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			c := &client{header: http.Header{}}
			c.wrote = func(n int) error {
				if n > 20_000 {
					return fail()
				}
				return nil
			}
			var met error
			panicked, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
				for part := range slices.Chunk(html, 5000) {
					if _, met = w.Write(part); met != nil {
						return
					}
					time.Sleep(time.Millisecond)
				}
			})
			if panicked != any(http.ErrAbortHandler) && !errors.Is(met, gone) && !errors.Is(err, gone) {
				t.Errorf("met %v, ended with %v, %v", met, err, panicked)
			}
			if c.body.Len() > 200_000 || c.fault != "" {
				t.Errorf("%d bytes went out, %s", c.body.Len(), c.fault)
			}
		})
	}
}

// A handler that gives up, in whatever way, has nothing go out behind it; and one that sets
// trailers has the header for itself.
func TestNothingIsGatheredBehindAHandler(t *testing.T) {
	html := samplepage.Ordinary(100 << 10)
	h := handler(t, policy)
	for range 200 {
		c := &client{header: http.Header{}, wrote: func(int) error { return nil }}
		panicked, _ := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
			for part := range slices.Chunk(html[:50_000], 7000) {
				_, _ = w.Write(part)
			}
			header := w.Header()
			for range 100 {
				header.Set(http.TrailerPrefix+"Digest", "x")
			}
			_, _ = io.WriteString(w, "<p>more")
			panic(http.ErrAbortHandler)
		})
		if panicked != any(http.ErrAbortHandler) || c.fault != "" {
			t.Fatal(panicked, c.fault)
		}
	}
	time.Sleep(10 * time.Millisecond) // goroutines that are late would find themselves in a race
}
