package caddymodule_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/caddymodule"
	"github.com/caddy-consent/caddy-consent/internal/samplepage"
)

// Pages that were met before, and such as begin like one.

// sending is how a backend sends a page: in which coding, whether it tells the length, and in which
// pieces, with flushes behind some of them.
type sending struct {
	coding, mediaType string
	body              []byte
	length            bool
	cuts              []int
	flushes           []bool // of each piece
	touches           int    // before which piece it looks at its header; -1 for none
	stops             int    // before which piece it gives up; -1 for none
	empty, early      bool   // it begins with a write of nothing; with a flush
}

// visit has h answer a visitor with it. flushed is how many bytes had gone out after each flush.
func (s *sending) visit(t *testing.T, h caddyhttp.MiddlewareHandler, major int) (c *client, flushed []int, panicked any) {
	t.Helper()
	c = &client{header: http.Header{}, accept: "gzip, br, zstd, deflate", major: major}
	var failed error
	panicked, err := c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", s.mediaType)
		if s.coding != "identity" {
			w.Header().Set("Content-Encoding", s.coding)
		}
		if s.length {
			w.Header().Set("Content-Length", strconv.Itoa(len(s.body)))
		}
		if s.early {
			_ = http.NewResponseController(w).Flush()
		}
		if s.empty {
			_, _ = w.Write(nil)
		}
		from := 0
		for i, to := range append(s.cuts, len(s.body)) {
			if i == s.stops {
				return
			}
			if i == s.touches {
				w.Header().Get("X-Any")
			}
			if n, err := w.Write(s.body[from:to]); n != to-from || err != nil {
				failed = fmt.Errorf("piece %d: %d of %d bytes, %w", i, n, to-from, err)
			}
			if from = to; s.flushes[i] {
				_ = http.NewResponseController(w).Flush()
				c.mu.Lock()
				flushed = append(flushed, c.body.Len())
				c.mu.Unlock()
			}
		}
	})
	if err = cmp.Or(err, failed); err != nil && panicked == nil {
		t.Error(err)
	}
	return c, flushed, panicked
}

// cut has the body sent in random pieces.
func (s *sending) cut(r *rand.Rand, flushes, most int) {
	s.cuts = nil
	at := min(len(s.body), 1024+r.IntN(3000)) // such as a backend begins with
	for ; at < len(s.body) && len(s.cuts) < 20; at += 1 + r.IntN(most) {
		s.cuts = append(s.cuts, at)
	}
	s.flushes = make([]bool, len(s.cuts)+1)
	for i := range s.flushes {
		s.flushes[i] = flushes > 0 && r.IntN(flushes) == 0
	}
	s.touches, s.stops = -1, -1
	s.empty, s.early = r.IntN(5) == 0, r.IntN(5) == 0
}

// A page that begins like one that is remembered comes out as it would have come out, wherever it becomes
// another one, and at each flush as much of it.
func TestAPageThatBeginsLikeOneMetBeforeComesOutAsItWould(t *testing.T) {
	const tracker = `<script src="https://tracker.test/x.js"></script>`
	turns := 6
	if testing.Short() {
		turns = 2
	}
	for _, media := range []string{"text/html; charset=utf-8", "application/xhtml+xml", "text/html; charset=iso-2022-jp", "text/html"} {
		for _, coding := range append([]string{"identity"}, everyCoding...) {
			t.Run(media+", "+coding, func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 2))
				h, plain := handler(t, policy), handler(t, policy+"\nlimits {\nmemo off\n}")
				for turn := range turns {
					page := append(fmt.Appendf(nil, "<!-- %d -->", turn), samplepage.Ordinary(3000+r.IntN(60_000), tracker, tracker, `<img src="https://tracker.test/p">`, `<p title="`+strings.Repeat("x", r.IntN(5000))+`">`)...)
					page = append(page, random[:r.IntN(len(random))]...) // so that coded it is long, too
					s := sending{coding: coding, mediaType: media, length: r.IntN(2) == 0, body: encodePieces(t, coding, page)[0]}
					s.cut(r, r.IntN(3), 20_000)
					want, wantFlushed, _ := s.visit(t, plain, 1)
					for range 4 {
						c, flushed, _ := s.visit(t, h, 1)
						sameVisit(t, coding, want, c, wantFlushed, flushed)
					}
					// The same bytes in other pieces, and then other bytes.
					for i := range 6 {
						again := s
						if i > 1 {
							at := 1024 + r.IntN(len(page)-1024)
							other := bytes.Clone(page)
							copy(other[at:], []string{tracker, "<p>", "x", "</script>"}[r.IntN(4)])
							again.body = encodePieces(t, coding, other)[0]
							again.length = s.length && len(again.body) == len(s.body)
						}
						again.cut(r, r.IntN(3), 20_000)
						switch r.IntN(6) {
						case 0:
							again.touches = r.IntN(len(again.flushes))
						case 1:
							again.stops = r.IntN(len(again.flushes))
						}
						major := 1 + 2*r.IntN(2)
						want, wantFlushed, panicked := again.visit(t, plain, major)
						c, flushed, p := again.visit(t, h, major)
						if (panicked == nil) != (p == nil) {
							t.Fatalf("turn %d: panics with %v, and with %v", turn, panicked, p)
						}
						if panicked == nil {
							sameVisit(t, coding, want, c, wantFlushed, flushed)
						}
						if t.Failed() {
							t.Fatalf("turn %d, %d: %d bytes, length told %v, cuts %v, flushes %v, touched at %d, stopped at %d, HTTP/%d", turn, i,
								len(again.body), again.length, again.cuts, again.flushes, again.touches, again.stops, major)
						}
					}
				}
			})
		}
	}
}

// sameVisit checks that two visitors get the same, and at each flush no less of it.
func sameVisit(t *testing.T, coding string, want, got *client, wantFlushed, flushed []int) {
	t.Helper()
	if want.fault+got.fault != "" || fmt.Sprint(want.header["Content-Encoding"]) != fmt.Sprint(got.header["Content-Encoding"]) {
		t.Errorf("%s %s; %v and %v", want.fault, got.fault, want.header, got.header)
	}
	wantText, wantErr := decodeBegin(coding, want.body.Bytes())
	gotText, gotErr := decodeBegin(coding, got.body.Bytes())
	if wantText != gotText || (wantErr == nil) != (gotErr == nil) {
		t.Errorf("%d bytes of text, %v; now %d, %v", len(wantText), wantErr, len(gotText), gotErr)
	}
	for i := range wantFlushed {
		a, b := soFar(coding, want.body.Bytes()[:wantFlushed[i]]), soFar(coding, got.body.Bytes()[:flushed[i]])
		if len(b) < len(a) {
			t.Errorf("flush %d: %d bytes of text, not %d", i, len(b), len(a))
		}
	}
}

// What is remembered goes out in place of what would have been made, for the same page, decision and
// visitor's coding, and for no other.
func TestARememberedPageIsFollowed(t *testing.T) {
	first := samplepage.Ordinary(50<<10, `<script src="https://tracker.test/x.js"></script>`)
	for _, coding := range append([]string{"identity"}, everyCoding...) {
		h := handler(t, policy).(*caddymodule.Handler)
		sent := func(rest string) *sending {
			parts := encodePieces(t, coding, append(bytes.Clone(first), random...), []byte(rest))
			return &sending{
				coding: coding, mediaType: "text/html; charset=utf-8", body: slices.Concat(parts...),
				cuts: []int{len(parts[0]) / 2, len(parts[0])}, flushes: make([]bool, 3), touches: -1, stops: -1,
			}
		}
		pages := 0
		for visits := 0; visits < 100 && pages == 0; visits++ { // two are enough, if none is slow
			sent("<p>end").visit(t, h, 1)
			h.Remembered(func(out []byte) {
				pages++
				clear(out[len(out)-4:])
			})
		}
		c, _, p := sent("<p>end").visit(t, h, 1)
		if out := c.body.Bytes(); pages != 1 || p != nil || !bytes.HasSuffix(out, make([]byte, 4)) {
			t.Errorf("%s: %d pages are remembered; %v, it ends in %q", coding, pages, p, out[len(out)-4:])
		}
		// If what has gone out of a page could not be repeated, it does not end cleanly.
		h.Remembered(func(out []byte) { clear(out[100:200]) })
		if c, _, p := sent("<p>other end").visit(t, h, 1); p != any(http.ErrAbortHandler) {
			t.Errorf("%s: %d bytes went out that are not the page's, and it ended with %v", coding, c.body.Len(), p)
		}
	}
}

// What was blocked in a page is counted once for each visitor, whether it is the page that is
// remembered or turns out to be another one.
func TestWhatWasBlockedInAPageThatIsFollowedIsCounted(t *testing.T) {
	page := string(samplepage.Ordinary(40<<10, `<script src="https://tracker.test/x.js"></script>`, `<script>acmeStats(1)</script>`))
	visits := 0
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, page)
		if visits++; visits%4 == 0 {
			_, _ = io.WriteString(w, `<p><script src="https://tracker.test/y.js"></script>`) // now and then
		}
	}), "metrics /metrics\nconsent {"+policy+"\n}\nreverse_proxy {upstream}")
	want := 0
	for i := 1; i <= 40; i++ {
		if want += 2; i%4 == 0 {
			want++
		}
		s.get(t, "/", "Cookie: "+denied)
		if n := s.count(t, "elements_blocked_total", `category="analytics",kind="script"`); n != want {
			t.Fatalf("visit %d: %d blocked in all, want %d", i, n, want)
		}
	}
}

// A backend that does not want its page to be stored has its way.
func TestNoStoreIsHeeded(t *testing.T) {
	html := samplepage.Ordinary(10 << 10)
	for header, want := range map[string]int{"": 1, "max-age=60": 1, "private, No-Store": 0, "no-store": 0} {
		h := handler(t, policy).(*caddymodule.Handler)
		for range 4 {
			c := &client{header: http.Header{}}
			_, _ = c.visit(h, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Cache-Control", header)
				_, _ = w.Write(html)
			})
		}
		pages := 0
		if h.Remembered(func([]byte) { pages++ }); pages != want {
			t.Errorf("%q: %d pages are remembered, want %d", header, pages, want)
		}
	}
}
