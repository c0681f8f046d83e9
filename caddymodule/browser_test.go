package caddymodule_test

// The browser tests drive a real Chromium, headless. All hosts but the site
// are mapped to one recorder on loopback, so nothing leaves this machine and
// everything a page would contact is seen.

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// recorder stands in for every host on the network.
type recorder struct {
	addr string

	mu       sync.Mutex
	requests []string // host and URI
	hosts    map[string]bool
	last     time.Time
}

// record starts a recorder that speaks HTTP and TLS on one port.
func record(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{hosts: make(map[string]bool)}
	server := httptest.NewUnstartedServer(r)
	server.Config.ErrorLog = discardLog
	server.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		r.note(hello.ServerName, "") // a connection alone is a contact: preconnect
		return nil, nil
	}}
	server.StartTLS()
	t.Cleanup(server.Close)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	plain := &http.Server{Handler: r, ReadHeaderTimeout: 20 * time.Second, ErrorLog: discardLog}
	queue := make(chan net.Conn)
	go func() { _ = plain.Serve(&connQueue{l, queue}) }()
	t.Cleanup(func() { _ = plain.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				close(queue)
				return
			}
			go route(conn, queue, server.Listener.Addr().String())
		}
	}()
	r.addr = l.Addr().String()
	return r
}

// route looks at a connection's first byte: 0x16 begins a TLS handshake.
func route(conn net.Conn, plain chan<- net.Conn, tlsAddr string) {
	in := bufio.NewReader(conn)
	first, err := in.Peek(1)
	if err != nil {
		_ = conn.Close()
		return
	}
	if first[0] != 0x16 {
		plain <- &peekedConn{conn, in}
		return
	}
	back, err := net.Dial("tcp", tlsAddr)
	if err != nil {
		_ = conn.Close()
		return
	}
	go func() { _, _ = in.WriteTo(back); _ = back.Close() }()
	_, _ = bufio.NewReader(back).WriteTo(conn)
	_ = conn.Close()
}

// connQueue is a listener whose connections come from a channel.
type connQueue struct {
	net.Listener
	queue <-chan net.Conn
}

func (q *connQueue) Accept() (net.Conn, error) {
	conn, ok := <-q.queue
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

// peekedConn is a connection of which something was read ahead.
type peekedConn struct {
	net.Conn
	in *bufio.Reader
}

func (c *peekedConn) Read(p []byte) (int, error) { return c.in.Read(p) }

// browsersOwn are hosts of the browser's maker, which it asks on its own account
// whatever page is open.
var browsersOwn = []string{"accounts.google.com", "clients2.google.com", "update.googleapis.com"}

func (r *recorder) note(host, uri string) {
	if slices.Contains(browsersOwn, host) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hosts[host] = true
	if uri != "" {
		r.requests = append(r.requests, host+uri)
	}
	r.last = time.Now()
}

var pixel, _ = base64.StdEncoding.DecodeString("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

// ServeHTTP answers with something harmless of the kind that was asked for.
func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	host, _, _ := strings.Cut(req.Host, ":")
	r.note(host, req.URL.RequestURI())
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Access-Control-Allow-Origin", "*")
	switch req.Header.Get("Sec-Fetch-Dest") {
	case "image":
		h.Set("Content-Type", "image/gif")
		_, _ = w.Write(pixel)
	case "style":
		h.Set("Content-Type", "text/css")
	case "iframe":
		h.Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "<!doctype html><title>%s</title>", req.Host)
	default:
		h.Set("Content-Type", "text/javascript")
	}
}

// contacted are the hosts so far, in order of their names.
func (r *recorder) contacted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.hosts))
}

// await waits for a request, host and URI, but not for ever: a busy machine takes its
// time to start a worker.
func (r *recorder) await(request string) {
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		r.mu.Lock()
		there := slices.Contains(r.requests, request)
		r.mu.Unlock()
		if there {
			return
		}
	}
}

// take waits until the page has been quiet for a while, and returns what was
// contacted since the last time.
func (r *recorder) take() (requests []string, hosts map[string]bool) {
	const quiet = 250 * time.Millisecond
	for start := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		r.mu.Lock()
		since := max(start.UnixNano(), r.last.UnixNano())
		if time.Now().UnixNano()-since > int64(quiet) {
			requests, hosts = r.requests, r.hosts
			r.requests, r.hosts = nil, make(map[string]bool)
			r.mu.Unlock()
			return requests, hosts
		}
		r.mu.Unlock()
	}
}

const (
	// askNobody are the features by which Chromium itself asks its maker: when it starts, for every page
	// with a form, and so on.
	askNobody = "AutofillServerCommunication,OptimizationHints,OptimizationGuideModelDownloading,OptimizationHintsFetching," +
		"OptimizationTargetPrediction,MediaRouter,AimEnabled,AimServerEligibilityEnabled,PreconnectToSearch"
	// noUpgrades are those by which it asks for https where http is written, and for translations.
	noUpgrades = "HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,HttpsFirstBalancedMode,Translate"
)

// browser starts Chromium with an empty profile. extra are further flags as
// name and value. The test is skipped where there is no Chromium, unless
// CONSENT_REQUIRE_BROWSER is set, as in CI.
func browser(t *testing.T, r *recorder, extra ...string) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if testing.Short() {
		t.Skip("browser tests do not run with -short")
	}
	if path == "" {
		if os.Getenv("CONSENT_REQUIRE_BROWSER") != "" {
			t.Fatal("CONSENT_REQUIRE_BROWSER is set, but there is no chromium")
		}
		t.Skip("no chromium: the browser tests are skipped (Debian: apt install chromium)")
	}
	opts := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Headless, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-features", askNobody),
		chromedp.Flag("ignore-certificate-errors", true),
		chromedp.Flag("host-resolver-rules", "MAP * "+r.addr+", EXCLUDE localhost, EXCLUDE 127.0.0.1"),
	}
	for pair := range slices.Chunk(extra, 2) {
		name, value := pair[0], pair[1]
		if name == "disable-features" {
			value += "," + askNobody
		}
		opts = append(opts, chromedp.Flag(name, value))
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		// Gracefully, so that nothing still writes into the profile when it is removed.
		_ = chromedp.Cancel(ctx)
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting chromium: %v", err)
	}
	return ctx
}

// visit loads a page, with scripting or without, and waits for its load event.
func visit(t *testing.T, ctx context.Context, url string, scripting bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripting}); err != nil {
		t.Fatalf("switching scripting: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatalf("visiting %s: %v", url, err)
	}
}
