// Command load measures what consent costs: one Caddy, built from this
// checkout, serves the same backend with and without it, and the two are asked
// in turn in one run:
//
//	go run ./internal/load
//
// It prints the medians of several rounds: CPU time of Caddy per request,
// requests per second, the time to the first byte, and to the last (p50 and
// p99), each as a ratio to a plain reverse_proxy that carried the same bytes.
// Ratios are what counts; the times of one machine mean nothing on another.
// Requests have the fields that a browser sends.
// Everything is on loopback, with few connections and for some seconds per row.
// It reads /proc, so it needs Linux.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// options are what the command line says.
type options struct {
	round       time.Duration
	rounds      int
	connections int
	only        string
}

func main() {
	var o options
	flag.DurationVar(&o.round, "round", 60*time.Millisecond, "how long each side of a row is asked in a round")
	flag.IntVar(&o.rounds, "rounds", 100, "rounds, of which the medians count")
	flag.IntVar(&o.connections, "connections", 4, "connections at a time")
	flag.StringVar(&o.only, "only", "", "only rows whose name contains this")
	flag.Parse()
	// SIGPIPE: who reads the table has gone.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGPIPE)
	err := run(ctx, o)
	stop()
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// config has the listeners of a plain proxy, of one with consent as it is by
// default, and of one that only takes out and adds nothing, this and the plain one also
// with encode. The variables are their ports and the backend.
const config = `{
	admin off
	auto_https off
	log {
		level ERROR
	}
}
http://127.0.0.1:%[1]d {
	reverse_proxy %[6]s
}
http://127.0.0.1:%[2]d {
	consent
	reverse_proxy %[6]s
}
http://127.0.0.1:%[3]d {
	consent {
		banner off
		guard off
	}
	reverse_proxy %[6]s
}
http://127.0.0.1:%[4]d {
	encode
	reverse_proxy %[6]s
}
http://127.0.0.1:%[5]d {
	encode
	consent {
		banner off
		guard off
	}
	reverse_proxy %[6]s
}
`

// site is a listener of Caddy.
type site int

const (
	plain   site = iota
	guarded      // with banner and guard
	bare
	plainEncode
	bareEncode
	sites
)

// caddy is the process under test.
type caddy struct {
	cmd     *exec.Cmd
	ports   [sites]int
	granted string // the cookie of somebody who allows everything
}

func (c *caddy) url(s site, path string) string {
	return fmt.Sprintf("http://127.0.0.1:%d%s", c.ports[s], path)
}

func run(ctx context.Context, o options) error {
	dir, err := os.MkdirTemp("", "consent-load-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	backend := httptest.NewServer(newBackend())
	defer backend.Close()
	c, err := start(ctx, dir, strings.TrimPrefix(backend.URL, "http://"))
	if err != nil {
		return err
	}
	defer func() {
		_ = c.cmd.Process.Signal(os.Interrupt)
		_ = c.cmd.Wait()
	}()

	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "CPU\trequests/s\tfirst byte\tp50\tp99\t+µs to first byte\t  row\t")
	for _, r := range rows {
		if !strings.Contains(r.name, o.only) {
			continue
		}
		result, err := measure(ctx, c, r, o)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		_, _ = fmt.Fprintf(w, "%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t  %s\t\n",
			result.cpu, result.rate, result.firstByte, result.p50, result.p99, result.later, r.name)
		_ = w.Flush() // so that there is something to see
	}
	fmt.Printf("resident memory of Caddy at the end: %.0f MiB\n", float64(residentBytes(c.cmd.Process.Pid))/(1<<20))
	return nil
}

// start builds Caddy, runs it and waits until it answers.
func start(ctx context.Context, dir, backend string) (*caddy, error) {
	binary := filepath.Join(dir, "caddy")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", binary, "./caddymodule/cmd/caddy").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building Caddy, from the repository's root: %w\n%s", err, out)
	}
	c := new(caddy)
	for i := range c.ports {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		c.ports[i] = port
	}
	file := filepath.Join(dir, "Caddyfile")
	text := fmt.Sprintf(config, c.ports[0], c.ports[1], c.ports[2], c.ports[3], c.ports[4], backend)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	c.cmd = exec.CommandContext(ctx, binary, "run", "--config", file)
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		granted, err := c.accept()
		if err == nil {
			c.granted = granted
			return c, nil
		}
		if time.Now().After(deadline) {
			_ = c.cmd.Process.Kill()
			return nil, fmt.Errorf("caddy does not answer: %w", err)
		}
	}
}

// accept allows everything, as a visitor does, and returns the cookie.
func (c *caddy) accept() (string, error) {
	target := c.url(guarded, "/.consent/")
	req, err := http.NewRequest(http.MethodPost, target, strings.NewReader(url.Values{"choice": {"accept"}}.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", strings.TrimSuffix(target, "/.consent/"))
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	_, _ = io.Copy(io.Discard, resp.Body)
	for _, cookie := range resp.Cookies() {
		if cookie.Name == "consent" {
			return "consent=" + cookie.Value, nil
		}
	}
	return "", fmt.Errorf("no consent cookie with %s", resp.Status)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// median of values, which it sorts.
func median[T int | int64 | float64 | time.Duration](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
