package caddymodule_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	packed "github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// earlySite is a site with the policy of Caddyfile.example's shape: the whole catalog.
func earlySite(t *testing.T) *site {
	t.Helper()
	return serve(t, page(callingPage), "consent {\nguard on\npages shared\n}\nreverse_proxy {upstream}")
}

// Whoever accepts a coding gets the early script in the smallest of those that it likes
// best, and caches are told.
func TestTheEarlyScriptTravelsCompressed(t *testing.T) {
	s := earlySite(t)
	plain := s.get(t, "/.consent/early.js", "Accept-Encoding: identity")
	if plain.Header.Get("Content-Encoding") != "" || !strings.HasPrefix(plain.body, "(function(data){") {
		t.Fatalf("%v %.100s", plain.Header, plain.body)
	}
	for _, c := range []struct {
		accept, coding string
		open           func(io.Reader) (io.Reader, error)
	}{
		{"gzip, deflate, br, zstd", "br", func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }},
		{"gzip, deflate", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"zstd", "zstd", func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) }},
		{"br;q=0.5, gzip", "gzip", func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
		{"br;q=0, compress", "", func(r io.Reader) (io.Reader, error) { return r, nil }},
	} {
		for range 2 { // the second comes from what was kept
			a := s.get(t, "/.consent/early.js", "Accept-Encoding: "+c.accept)
			if got := a.Header.Get("Content-Encoding"); got != c.coding || !variesBy(a.Header, "Accept-Encoding") || a.Header.Get("Content-Length") != fmt.Sprint(len(a.body)) {
				t.Errorf("%s: coding %q, want %q: %v", c.accept, got, c.coding, a.Header)
			}
			r, err := c.open(strings.NewReader(a.body))
			if err != nil {
				t.Fatalf("%s: %v", c.accept, err)
			}
			if body, err := io.ReadAll(r); err != nil || !bytes.Equal(body, []byte(plain.body)) {
				t.Errorf("%s: %d bytes, want those %d that come plain (%v)", c.accept, len(body), len(plain.body), err)
			}
		}
	}
	if head := s.do(t, http.MethodHead, "/.consent/early.js", nil, "Accept-Encoding: gzip"); head.body != "" || head.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("HEAD: %v, %d bytes", head.Header, len(head.body))
	}
}

// Anybody may ask for the script of any decision: beyond the bound they are compressed in a
// moment, and not as well as can be.
func TestEarlyScriptsBeyondTheBoundAreCompressedInAMoment(t *testing.T) {
	var categories strings.Builder
	for i := range 7 {
		fmt.Fprintf(&categories, "category c%d\nvendor v%d {\ncategory c%d\nurls v%d.test\n}\n", i, i, i, i)
	}
	s := serve(t, page("x"), "consent {\nguard on\n"+categories.String()+"}\nreverse_proxy {upstream}")
	best := 0
	for set := range 127 { // all but everything
		var names []string
		for i := range 7 {
			if set>>i&1 == 1 {
				names = append(names, fmt.Sprintf("c%d", i))
			}
		}
		a := s.get(t, "/.consent/early.js?granted="+strings.Join(names, "+"), "Accept-Encoding: gzip")
		if a.StatusCode != http.StatusOK || len(a.body) < 1000 {
			t.Fatalf("%v: %d, %d bytes", names, a.StatusCode, len(a.body))
		}
		if a.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%v: not compressed", names)
		}
		var again bytes.Buffer
		z, _ := packed.NewWriterLevel(&again, packed.BestCompression)
		_, _ = io.WriteString(z, decode(t, "gzip", a.body))
		_ = z.Close()
		if len(a.body) <= again.Len() {
			best++
		}
	}
	if best != 64 {
		t.Errorf("%d scripts are compressed as well as can be, want 64", best)
	}
}

// How much all of it weighs is in the README.
func TestTheREADMETellsWhatTheEarlyScriptWeighs(t *testing.T) {
	a := earlySite(t).get(t, "/.consent/early.js", "Accept-Encoding: br")
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "with the whole catalog it is ")
	var kb int
	if _, err := fmt.Sscanf(rest, "%d KB", &kb); !found || err != nil {
		t.Fatalf("the README does not say it (%v)", err)
	}
	if got := (len(a.body) + 1023) / 1024; got < kb-2 || got > kb+2 {
		t.Errorf("the early script has %d KB, and the README says %d", got, kb)
	}
}
