package caddymodule_test

// The tests of this package that speak HTTP run the real Caddy in this
// process, with a configuration written as a Caddyfile, in front of a real
// upstream. There is one Caddy per process, so they do not run in parallel.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	_ "github.com/caddyserver/caddy/v2/modules/standard"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/net/http/httpguts"

	_ "github.com/caddy-consent/caddy-consent/caddymodule"
)

// policy is the policy of these tests: one vendor that is denied until
// analytics is granted.
const policy = `
		category essential {
			required
			cookies session
		}
		category analytics {
			cookies _legacy
		}
		vendor acme {
			name "Acme Stats"
			category analytics
			urls tracker.test
			inline "acmeStats("
			cookies _trk _trk_*
		}`

// Cookies of the visitors of these tests.
var (
	granted = ownCookie("analytics", "")
	denied  = ownCookie("", "analytics")
)

// testTime is when the visitors of these tests answered.
var testTime = time.Now()

// ownCookie is a valid cookie of the own source.
func ownCookie(granted, denied string) string {
	return fmt.Sprintf("consent=1.0.%d.c.%s.%s", time.Now().Unix(), granted, denied)
}

// site is a running Caddy.
type site struct {
	addr   string // host:port of the listener
	client *http.Client
}

// serve starts Caddy with the directives in a site block; "{upstream}" in them is
// the address of upstream.
func serve(t *testing.T, upstream http.Handler, directives string) *site {
	t.Helper()
	addr := freeAddr(t)
	config := fmt.Sprintf(`{
	admin off
	persist_config off
	auto_https off
	grace_period 1ns
	log {
		output discard
	}
}
http://%s, http://site.test:%s {
	bind 127.0.0.1
%s
}
`, addr, addr[strings.LastIndexByte(addr, ':')+1:], strings.ReplaceAll(directives, "{upstream}", backend(t, upstream)))
	load(t, config)
	return &site{addr: addr, client: plainClient(addr)}
}

// adapt turns a Caddyfile into JSON.
func adapt(config string) ([]byte, error) {
	adapter := caddyfile.Adapter{ServerType: httpcaddyfile.ServerType{}}
	out, _, err := adapter.Adapt([]byte(config), map[string]any{"filename": "Caddyfile"})
	return out, err
}

// bare makes consent handlers put none of the module's own scripts into pages, unless the
// configuration says otherwise: most tests look at what is taken out of them.
func bare(config string) string {
	if strings.Contains(config, "guard ") {
		return config
	}
	settings := "guard off"
	if !strings.Contains(config, "banner") {
		settings += "\n\t\tbanner off"
	}
	return consentBlock.ReplaceAllString(config, "$0\n\t\t"+settings)
}

var consentBlock = regexp.MustCompile(`\bconsent( \S+)? \{`)

// load runs a configuration until the test ends; see bare.
func load(t *testing.T, config string) {
	t.Helper()
	out, err := adapt(bare(config))
	if err != nil {
		t.Fatalf("adapting: %v\n%s", err, config)
	}
	if err := caddy.Load(out, true); err != nil {
		t.Fatalf("loading: %v", err)
	}
	t.Cleanup(func() { _ = caddy.Stop() })
}

// freeAddr finds a port that nobody listens on, below those that outgoing
// connections of other tests may take in the meantime.
func freeAddr(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000)))
		if err == nil {
			addr := l.Addr().String()
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// plainClient asks the site as it is told: no compression of its own, no
// redirects followed, no cookies kept; every host name is the site's.
func plainClient(addr string) *http.Client {
	return &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableCompression: true,
			TLSClientConfig:    &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, addr)
			},
		},
	}
}

// answer is a response that was read whole.
type answer struct {
	*http.Response
	body string
	err  error // of reading the body
}

// get asks for a path with header lines like "Cookie: a=b".
func (s *site) get(t *testing.T, path string, headers ...string) answer {
	t.Helper()
	return s.do(t, http.MethodGet, path, nil, headers...)
}

func (s *site) do(t *testing.T, method, path string, body io.Reader, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, "http://"+s.addr+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Add(name, value)
	}
	return send(t, s.client, req)
}

func send(t *testing.T, client *http.Client, req *http.Request) answer {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return answer{res, string(text), err}
}

// page is an upstream that serves one HTML page.
func page(html string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, html)
	})
}

// everyCoding are those that pages may come in.
var everyCoding = []string{"gzip", "br", "zstd", "deflate"}

// encode codes text as an upstream would.
func encode(t *testing.T, coding, text string) []byte {
	t.Helper()
	return encodePieces(t, coding, []byte(text))[0]
}

// encodePieces codes a body, and cuts it where all of each part is there.
func encodePieces(t *testing.T, coding string, parts ...[]byte) (pieces [][]byte) {
	t.Helper()
	var out bytes.Buffer
	var w interface {
		io.WriteCloser
		Flush() error
	}
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&out)
	case "br":
		w = brotli.NewWriter(&out)
	case "deflate":
		w = zlib.NewWriter(&out)
	case "zstd":
		w, _ = zstd.NewWriter(&out)
	default:
		return parts
	}
	for i, part := range parts {
		_, _ = w.Write(part)
		end := w.Flush
		if i == len(parts)-1 {
			end = w.Close
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		pieces = append(pieces, bytes.Clone(out.Bytes()))
		out.Reset()
	}
	return pieces
}

// decode undoes what encode did.
func decode(t *testing.T, coding, body string) string {
	t.Helper()
	text, err := decodeBegin(coding, []byte(body))
	if err != nil {
		t.Fatalf("decoding %s: %v", coding, err)
	}
	return text
}

// decodeBegin is what can be read of the begin of a coded body, and why there is no more; nil at
// its end.
func decodeBegin(coding string, begin []byte) (string, error) {
	var r io.Reader = bytes.NewReader(begin)
	var err error
	switch coding {
	case "gzip", "x-gzip":
		r, err = gzip.NewReader(r)
	case "br":
		r = brotli.NewReader(r)
	case "deflate":
		r, err = zlib.NewReader(r)
	case "zstd":
		r, err = zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) // it gives what there is, and has no goroutine
	}
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

// variesBy tells whether Vary names a header.
func variesBy(h http.Header, name string) bool {
	return httpguts.HeaderValuesContainsToken(h["Vary"], name)
}
