// Command conformance runs the conformance cases, of which a real browser
// told what they contact, against a Caddy that it builds from this checkout:
//
//	go run ./internal/conformance
//
// It needs Node 20 or later with npm, openssl and Chromium, and the shared
// test data in ../shared or where CONSENT_SHARED says. All cases take five to
// eight minutes on two cores. The exit status is 0 if exactly those cases fail
// that known.txt and the guard's list name, each with its reason; with -guard on
// those of known.txt and known_guard.txt, and none of the guard's list.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Files of the repository, by their path from its root.
const (
	caddyfile  = "internal/conformance/Caddyfile"
	knownFile  = "internal/conformance/known.txt"
	stillFile  = "internal/conformance/known_guard.txt"
	guardFile  = "caddymodule/testdata/conformance_guard.txt"
	caddyMain  = "./caddymodule/cmd/caddy"
	defaultDir = "../shared"
)

// options are what the command line says.
type options struct {
	shared         string
	guard          string
	port, upstream int
	workers        int
	ids, tier      string
	chunk          string
	steps          string
	reports        string
}

func main() {
	var o options
	shared := os.Getenv("CONSENT_SHARED")
	if shared == "" {
		shared = defaultDir
	}
	flag.StringVar(&o.shared, "shared", shared, "folder of the shared test data")
	flag.StringVar(&o.guard, "guard", "off", "on to run with the guard: the cases of its list then fail no more")
	flag.IntVar(&o.port, "port", 9000, "port of Caddy")
	flag.IntVar(&o.upstream, "upstream", 9100, "port of the harness, which is Caddy's upstream")
	flag.IntVar(&o.workers, "workers", 4, "browsers at a time")
	flag.StringVar(&o.ids, "ids", "", "only cases whose id matches this regular expression")
	flag.StringVar(&o.tier, "tier", "", "only cases of this tier")
	flag.StringVar(&o.chunk, "chunk", "", "how the upstream cuts every page for the browser: whole, a number of bytes, or random")
	flag.StringVar(&o.steps, "steps", strings.Join(stepNames(), ","), "what to run")
	flag.StringVar(&o.reports, "reports", "", "folder for the reports in JSON")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ok, err := run(ctx, &o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run does everything, and leaves nothing behind but the reports.
func run(ctx context.Context, o *options) (ok bool, err error) {
	if _, err := os.Stat(caddyfile); err != nil {
		return false, fmt.Errorf("to be run from the root of the repository: %w", err)
	}
	others := guardFile
	if o.guard == "on" {
		others = stillFile
	}
	expected, err := readKnown(knownFile, others)
	if err != nil {
		return false, err
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return false, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	h, err := prepare(ctx, o, dir)
	if err != nil {
		return false, err
	}
	stopCaddy, err := startCaddy(ctx, o, dir)
	if err != nil {
		return false, err
	}
	defer stopCaddy()

	var results []result
	for _, s := range steps {
		if !slices.Contains(strings.Split(o.steps, ","), s.name) {
			continue
		}
		fmt.Printf("\n== %s\n", s.name)
		start := time.Now()
		r, err := h.run(ctx, s)
		if err != nil {
			return false, fmt.Errorf("%s: %w", s.name, err)
		}
		r.took = time.Since(start)
		results = append(results, r)
	}
	text, ok := summary(results, expected, o.ids == "" && o.tier == "" && o.chunk == "")
	fmt.Print(text)
	return ok, nil
}

// startCaddy builds Caddy and runs it with the policy of the cases.
func startCaddy(ctx context.Context, o *options, dir string) (stop func(), err error) {
	binary := filepath.Join(dir, "caddy")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, caddyMain)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building Caddy: %w", err)
	}
	// Not with ctx: it has to outlive the harness.
	cmd := exec.Command(binary, "run", "--config", caddyfile, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "CONFORMANCE_PORT="+strconv.Itoa(o.port), "CONFORMANCE_GUARD="+o.guard, fmt.Sprintf("CONFORMANCE_UPSTREAM=127.0.0.1:%d", o.upstream))
	log, err := os.Create(filepath.Join(dir, "caddy.log"))
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	stop = func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
			_ = cmd.Process.Kill()
		}
		_ = log.Close()
	}
	if err := await(ctx, o.port, ended); err != nil {
		text, _ := os.ReadFile(log.Name())
		stop()
		return nil, fmt.Errorf("starting Caddy: %w\n%s", err, text)
	}
	return stop, nil
}

var errEnded = errors.New("it has ended")
