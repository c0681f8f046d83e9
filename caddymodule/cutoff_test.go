package caddymodule_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// A message that is whole, but in which the coding of a page ends early, browsers show as far as
// it comes. So does this, filtered, and whoever gets it compressed gets it as unfinished. Uncompressed it
// would look whole: that connection breaks.
func TestAPageWhoseCodingEndsEarlyIsShownAsFarAsItComes(t *testing.T) {
	page := original + strings.Repeat("<p>more and more</p>", 500)
	whole := encode(t, "gzip", page)
	for _, missing := range []int{4, 8, len(whole) / 4} {
		cut := whole[:len(whole)-missing]
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Length", strconv.Itoa(len(cut)))
			_, _ = w.Write(cut)
		}), "metrics /metrics\nconsent {\n"+policy+"\n}\nreverse_proxy {upstream}")
		count := func() int { return s.count(t, "errors_total", `reason="undecodable body"`) }
		before := count()
		coded := s.get(t, "/", "Cookie: "+denied, "Accept-Encoding: gzip")
		if coded.err != nil || coded.Header.Get("Content-Encoding") != "gzip" {
			t.Fatal(coded.err, coded.Response)
		}
		if n := count() - before; n != 1 {
			t.Errorf("%d bytes missing: counted %d times", missing, n)
		}
		z, err := gzip.NewReader(strings.NewReader(coded.body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if got := string(text); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.HasPrefix(got, held[:20]) || strings.Contains(got, ` src="https://tracker.test`) {
			t.Errorf("%d bytes missing: %v, %.200q", missing, err, got)
		}
		if missing < 10 && len(text) < len(page) {
			t.Errorf("%d bytes missing: %d bytes of %d", missing, len(text), len(page))
		}
		if plain := s.get(t, "/", "Cookie: "+denied, "Accept-Encoding: identity"); plain.err == nil {
			t.Errorf("%d bytes missing: a clean end after %d", missing, len(plain.body))
		}
	}
}
