package caddymodule

// What a request costs of which only the cookies are touched, as of an image or
// of data, from the visitor's decision to the header of the response.

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// nowhere is a response that nobody reads.
type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header       { return w.header }
func (nowhere) WriteHeader(int)             {}
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

func BenchmarkRequest(b *testing.B) {
	h := provisioned(b)
	var many, long strings.Builder
	for i := range 100 {
		fmt.Fprintf(&many, "cookie_%d=%032x; _ga_%08d=GS1.1.1703241600.%d; ", i, i, i, i)
	}
	for long.Len() < 8<<10 {
		fmt.Fprintf(&long, "state_%d=%s; _fbp=fb.1.1596403881668.1116446470; ", long.Len(), strings.Repeat("x", 500))
	}
	set := []string{
		"session=8f14e45fceea167a5a36dedd4bea2543; Path=/; HttpOnly; Secure; SameSite=Lax",
		"_ga=GA1.2.1033501218.1368477899; Path=/; Domain=.shop.example; Expires=Wed, 09 Jun 2100 10:18:14 GMT",
		"_fbp=fb.1.1596403881668.1116446470; Path=/; Max-Age=7776000",
	}
	for _, c := range []struct {
		name, cookies string
		set           []string
	}{
		{"no cookies", "", nil},
		{"cookies as usual", "_ga=GA1.2.1033501218.1368477899; PHPSESSID=8f14e45fceea167a5a36dedd4bea2543; theme=dark", set},
		{"8 KB of cookies", long.String()[:8<<10], set},
		{"200 cookies, half of them denied", strings.TrimSuffix(many.String(), "; "), set},
	} {
		b.Run(c.name, func(b *testing.B) {
			prepared := httptest.NewRequest(http.MethodGet, "https://www.shop.example/data.json", nil)
			prepared = caddyhttp.PrepareRequest(prepared, caddy.NewReplacer(), nowhere{http.Header{}}, nil)
			next := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				header := w.Header()
				header["Content-Type"] = []string{"application/json"}
				if c.set != nil {
					header["Set-Cookie"] = c.set
				}
				w.WriteHeader(http.StatusOK)
				return nil
			})
			b.SetBytes(int64(len(c.cookies)))
			b.ReportAllocs()
			for b.Loop() {
				// The handler adds to the replacer of each request.
				r := prepared.WithContext(context.WithValue(prepared.Context(), caddy.ReplacerCtxKey, caddy.NewEmptyReplacer()))
				r.Header = http.Header{"Accept": {"application/json"}, "Accept-Encoding": {"gzip, br, zstd"}}
				if c.cookies != "" {
					r.Header["Cookie"] = []string{c.cookies}
				}
				if err := h.ServeHTTP(nowhere{http.Header{}}, r, next); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
