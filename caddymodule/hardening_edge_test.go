package caddymodule_test

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// The map of Caddy's variables is shared with goroutines that outlive a
// handler, such as a transport's that still dials: to write to it after the
// handlers inside were called would crash the server.
func TestTheVariablesAreNotWrittenAfterwards(t *testing.T) {
	var inside, vars map[string]any
	ask(t, handler(t, policy), httptest.NewRequest(http.MethodGet, "/", nil), func(w http.ResponseWriter, r *http.Request) {
		vars = r.Context().Value(caddyhttp.VarsCtxKey).(map[string]any)
		inside = maps.Clone(vars)
		_, _ = io.WriteString(w, original)
	})
	if !maps.Equal(inside, vars) {
		t.Errorf("inside: %v, afterwards: %v", inside, vars)
	}
}

// Servers name a coding also where there is no body.
func TestAnEmptyBodyHasNoCodingToBreak(t *testing.T) {
	for _, coding := range everyCoding {
		for _, length := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, length told %v", coding, length), func(t *testing.T) {
				everyLayer(t, func(t *testing.T, config string) {
					s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header().Set("Content-Type", "text/html")
						w.Header().Set("Content-Encoding", coding)
						w.Header().Set("Location", "/x")
						if length {
							w.Header().Set("Content-Length", "0")
						}
						w.WriteHeader(http.StatusFound)
					}), config)
					a := s.get(t, "/", "Accept-Encoding: gzip, br, zstd, deflate")
					if a.err != nil || a.StatusCode != http.StatusFound || a.body != "" {
						t.Errorf("%v, %v, %q", a.Response, a.err, a.body)
					}
				})
			})
		}
	}
}

// A body of which there is something, but not enough to begin with, is broken.
func TestABodyCutOffInItsFirstBytesIsNoEmptyPage(t *testing.T) {
	for _, coding := range everyCoding {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", coding)
			_, _ = w.Write([]byte{0x78})
		}), proxied)
		if a := s.get(t, "/", "Accept-Encoding: identity"); a.err == nil {
			t.Errorf("%s: %v, ends cleanly with %q", coding, a.Response, a.body)
		}
	}
}

// A trailer of a response without a type comes while its header is held back.
func TestATrailerIsNoWayAroundTheFilter(t *testing.T) {
	for _, body := range []string{"", "x"} {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			w.Header().Set("Trailer", "Set-Cookie")
			_, _ = io.WriteString(w, body)
			_ = http.NewResponseController(w).Flush()
			w.Header().Set("Set-Cookie", trackingCookie)
		}), proxied)
		a := s.get(t, "/")
		if a.err != nil || a.body != body || len(a.Header["Set-Cookie"]) > 0 {
			t.Errorf("%q: %v, Set-Cookie %q", body, a.err, a.Header["Set-Cookie"])
		}
	}
}

// Also not if the handler ends with an error that nobody sees; or if the page was refused.
func TestTrailersAreFilteredBehindAnError(t *testing.T) {
	for contentType, coding := range map[string]string{"image/png": "", "text/html": "compress"} {
		rec := httptest.NewRecorder()
		r := caddyhttp.PrepareRequest(httptest.NewRequest(http.MethodGet, "/x", nil), caddy.NewEmptyReplacer(), rec, nil)
		broken := errors.New("the backend is gone")
		err := handler(t, policy).ServeHTTP(rec, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Content-Encoding", coding)
			_, _ = io.WriteString(w, "x")
			w.Header()[http.TrailerPrefix+"Set-Cookie"] = []string{trackingCookie, sessionCookie}
			return broken
		}))
		if lines := rec.Result().Trailer["Set-Cookie"]; !errors.Is(err, broken) || !slices.Equal(lines, []string{sessionCookie}) {
			t.Errorf("%s: %v, Set-Cookie %q", contentType, err, lines)
		}
	}
}

// Trailers are filtered however they are announced, or not.
func TestTrailersAreFilteredHoweverTheyAreAnnounced(t *testing.T) {
	h := handler(t, policy)
	links := []string{trackingLink, styleLink}
	for name, c := range map[string]struct {
		announced string
		set       func(http.Header)
	}{
		"announced":           {"Link", func(h http.Header) { h["Link"] = links }},
		"announced, and then": {"Link", func(h http.Header) { h["Link"] = links; delete(h, "Trailer") }},
		"not announced":       {"", func(h http.Header) { h[http.TrailerPrefix+"Link"] = links }},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = caddyhttp.PrepareRequest(r, caddy.NewEmptyReplacer(), w, nil)
			_ = h.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "image/png")
				if c.announced != "" {
					w.Header().Set("Trailer", c.announced)
				}
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
				c.set(w.Header())
				return nil
			}))
		}))
		res, err := http.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(res.Body)
		_ = res.Body.Close()
		server.Close()
		if lines := res.Trailer["Link"]; err != nil || !slices.Equal(lines, []string{styleLink}) {
			t.Errorf("%s: %v, Link %q", name, err, lines)
		}
	}
}

// Report mode counts what is in the header, once, and takes nothing out.
func TestReportModeCountsOnceWhereThereAreTrailers(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Trailer", "X-Sum")
		w.Header().Set("Set-Cookie", trackingCookie)
		_, _ = io.WriteString(w, "x")
		_ = http.NewResponseController(w).Flush()
		w.Header().Set("X-Sum", "42")
	}), "metrics /metrics\nconsent {\nmode report\n"+policy+"\n}\nreverse_proxy {upstream}")
	count := func() int { return s.count(t, "cookies_blocked_total", `category="analytics"`) }
	before := count()
	a := s.get(t, "/x.png", "Cookie: "+denied)
	if n := count() - before; a.err != nil || a.Trailer.Get("X-Sum") != "42" || n != 1 {
		t.Errorf("%v, trailers %v, %d cookies", a.err, a.Trailer, n)
	}
}

// Report mode changes no page that it cannot read to its end, but it says so, once.
func TestReportModeTellsWhatItCannotRead(t *testing.T) {
	damaged := encode(t, "gzip", original)
	for i := len(damaged) / 2; i < len(damaged); i++ {
		damaged[i] ^= 0xFF
	}
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		for piece := range slices.Chunk(damaged, 100) {
			_, _ = w.Write(piece)
			_ = http.NewResponseController(w).Flush()
		}
	}), "metrics /metrics\nconsent {\nmode report\n"+policy+"\n}\nreverse_proxy {upstream}")
	count := func() int { return s.count(t, "errors_total", `reason="undecodable body"`) }
	before := count()
	a := s.get(t, "/", "Accept-Encoding: gzip")
	if n := count() - before; a.err != nil || a.body != string(damaged) || n != 1 {
		t.Errorf("%v, %d bytes of %d, counted %d times", a.err, len(a.body), len(damaged), n)
	}
}

// Nor is it a way around it for a handler to change the header afterwards.
func TestAHeaderThatComesLateIsFilteredToo(t *testing.T) {
	a := ask(t, handler(t, policy), httptest.NewRequest(http.MethodGet, "/", nil), func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		setBothKinds(w)
		w.WriteHeader(http.StatusTeapot)
	})
	for name, lines := range a.Result().Header {
		if slices.Contains(lines, trackingCookie) || slices.Contains(lines, trackingLink) {
			t.Errorf("%s: %q", name, lines)
		}
	}
}

// The header of a page leaves with its first bytes. What a handler adds to it
// until then is filtered, and names no other version.
func TestAPagesHeaderThatChangesBeforeItLeavesIsFilteredToo(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	a := ask(t, handler(t, policy), r, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusOK)
		setBothKinds(w)
		w.Header().Set("ETag", `"late"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		w.Header().Set("Content-Length", "7")
		_, _ = w.Write([]byte(original))
	})
	for name, lines := range a.Result().Header {
		if slices.Contains(lines, trackingCookie) || slices.Contains(lines, trackingLink) {
			t.Errorf("%s: %q", name, lines)
		}
	}
	if h := a.Result().Header; h.Get("ETag") == `"late"` || h.Get("Last-Modified") != "" || h.Get("Content-Length") == "7" {
		t.Errorf("%v", h)
	}
	if a.Body.String() != held {
		t.Errorf("%q", a.Body)
	}
}

// A secret that is nowhere to be found must not mean: not signed.
func TestAMissingSecretIsAnError(t *testing.T) {
	_, err := provision(t, []byte(`{"cookie": {"secret": "{env.CONSENT_TEST_NO_SUCH_SECRET}"}}`))
	if err == nil {
		t.Error("the cookie is not signed")
	}
}

// What is only reported leaves as it would without this module, also what has no type: net/http tells one by the first bytes.
func TestReportModeTellsNoTypeOfItsOwn(t *testing.T) {
	for _, parts := range [][]string{{"<", "html><body>" + tracker}, {"<html>", tracker}, {"\x89PN", "G\r\n\x1a\n"}, {" ", "<p>"}, {"text"}, {""}} {
		upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = nil
			for _, part := range parts {
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		})
		a := serve(t, upstream, "consent {\nmode report\n"+policy+"\n}\nreverse_proxy {upstream}").get(t, "/")
		// Whether the header is flushed before the first of them is a race in Caddy itself: then there is none.
		if kind := a.Header.Get("Content-Type"); a.body != strings.Join(parts, "") || kind != "" && kind != http.DetectContentType([]byte(parts[0])) {
			t.Errorf("%q: %q %q", parts, kind, a.body)
		}
	}
}
