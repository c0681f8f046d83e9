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
// it comes. So does this, filtered, and whoever gets it compressed gets it as unfinished.
func TestAPageWhoseCodingEndsEarlyIsShownAsFarAsItComes(t *testing.T) {
	page := original + strings.Repeat("<p>more and more</p>", 500)
	whole := encode(t, "gzip", page)
	for _, missing := range []int{4, 8, len(whole) / 4} {
		cut := whole[:len(whole)-missing]
		backend := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Length", strconv.Itoa(len(cut)))
			_, _ = w.Write(cut)
		})
		for outside, directive := range map[string]string{"": "", "encode": "encode\n"} {
			s := serve(t, backend, directive+"metrics /metrics\nconsent {\n"+policy+"\n}\nreverse_proxy {upstream}")
			count := func() int { return s.count(t, "errors_total", `reason="undecodable body"`) }
			before := count()
			plain := s.get(t, "/", "Cookie: "+denied, "Accept-Encoding: identity")
			if plain.err != nil || plain.StatusCode != http.StatusOK || !strings.HasPrefix(plain.body, held[:20]) || strings.Contains(plain.body, `src="http://tracker.test`) {
				t.Errorf("%d bytes missing, %q outside: %v, status %d, %.200q", missing, outside, plain.err, plain.StatusCode, plain.body)
			}
			if missing < 10 && len(plain.body) < len(page) {
				t.Errorf("%d bytes missing, %q outside: %d bytes of %d", missing, outside, len(plain.body), len(page))
			}
			if n := count() - before; n != 1 {
				t.Errorf("%d bytes missing, %q outside: counted %d times", missing, outside, n)
			}
			if outside != "" {
				continue
			}
			coded := s.get(t, "/", "Cookie: "+denied, "Accept-Encoding: gzip")
			z, err := gzip.NewReader(strings.NewReader(coded.body))
			if err != nil || coded.Header.Get("Content-Encoding") != "gzip" {
				t.Fatal(err, coded.Header)
			}
			text, err := io.ReadAll(z)
			if !errors.Is(err, io.ErrUnexpectedEOF) || string(text) != plain.body {
				t.Errorf("%d bytes missing: %v, %d bytes, want %d", missing, err, len(text), len(plain.body))
			}
		}
	}
}
