package caddymodule

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/andybalholm/brotli"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/encode"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
)

// earlyScripts keeps the early scripts that were made, compressed as well as can be:
// browsers wait for them, and each is asked for often. A decision has one, and one for each
// registrable domain where that matters. Those that are asked for stay, 128 at most of some 100 KB
// each; anybody may ask for any, so that beyond the first 64 they are compressed as pages are, in a moment.
type earlyScripts struct {
	scripts *generations[earlyKey, *earlyScript]
	made    atomic.Int64
}

const maxEarlyScripts = 64

func newEarlyScripts() *earlyScripts {
	return &earlyScripts{scripts: newGenerations[earlyKey, *earlyScript](maxEarlyScripts)}
}

type earlyKey struct {
	granted consent.Set
	own     string // ownDomain
}

// of returns the script of a decision for pages of a host. It is safe for concurrent use.
func (s *earlyScripts) of(h *Handler, d *consent.Decision, host string) (*earlyScript, error) {
	key := earlyKey{d.Granted, h.ownDomain(host)}
	if script, ok := s.scripts.get(key); ok {
		return script, nil
	}
	plain, err := h.early(d, host)
	if err != nil {
		return nil, err
	}
	script := &earlyScript{plain: plain, quick: s.made.Add(1) > maxEarlyScripts}
	s.scripts.put(key, script)
	return script, nil
}

// earlyScript is a script and what it is compressed, made when it is first asked for.
type earlyScript struct {
	plain []byte
	quick bool // it is to be compressed in a moment

	coded [len(earlyCodings)]struct {
		once sync.Once
		data []byte
	}
}

// earlyCodings are the codings that are offered, the smallest first.
var earlyCodings = [...]struct {
	name string
	best func(io.Writer) io.WriteCloser
}{
	{"br", func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, brotli.BestCompression) }},
	{"gzip", func(w io.Writer) io.WriteCloser {
		z, _ := gzip.NewWriterLevel(w, gzip.BestCompression) // a valid level
		return z
	}},
	{"zstd", func(w io.Writer) io.WriteCloser {
		z, _ := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1)) // valid options
		return z
	}},
}

// in returns the script in one of earlyCodings, by its place.
func (s *earlyScript) in(coding int) []byte {
	c := &s.coded[coding]
	c.once.Do(func() {
		var out bytes.Buffer
		var z io.WriteCloser
		if s.quick {
			lent := contentcoding.NewEncoder(earlyCodings[coding].name, &out) // as pages are
			defer lent.Release()
			z = lent
		} else {
			z = earlyCodings[coding].best(&out)
		}
		_, _ = z.Write(s.plain) // a buffer takes everything
		_ = z.Close()
		c.data = bytes.Clone(out.Bytes())
	})
	return c.data
}

// serve sends the script, in the smallest coding that the client accepts.
func (s *earlyScript) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", "text/javascript; charset=utf-8")
	addVary(header, "Accept-Encoding")
	data := s.plain
	if coding := earlyCoding(r); coding >= 0 {
		data = s.in(coding)
		header.Set("Content-Encoding", earlyCodings[coding].name)
	}
	header.Set("Content-Length", strconv.Itoa(len(data)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(data) // the client may be gone
	}
}

// earlyCoding is the place in earlyCodings of what the client likes best, -1 if it has none.
func earlyCoding(r *http.Request) int {
	names := make([]string, len(earlyCodings))
	for i := range earlyCodings {
		names[i] = earlyCodings[i].name
	}
	for _, accepted := range encode.AcceptedEncodings(r, names) {
		if i := slices.Index(names, accepted); i >= 0 {
			return i
		}
	}
	return -1
}
