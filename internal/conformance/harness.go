package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// A step is one program of the harness.
type step struct {
	name   string
	script string
	args   []string
	cases  string // file of the cases, if it takes one
	report bool   // it writes one
}

// steps are the whole run.
var steps = []step{
	{name: "browser", script: "harness.mjs", cases: "bypass.json", report: true},
	{name: "invariance", script: "harness.mjs", args: []string{"--invariance"}, cases: "bypass.json"},
	{name: "streaming", script: "harness.mjs", args: []string{"--streaming"}},
	{name: "cookies", script: "cookies.mjs", cases: "cookies.json", report: true},
}

func stepNames() []string {
	names := make([]string, len(steps))
	for i, s := range steps {
		names[i] = s.name
	}
	return names
}

// harness is a copy of the harness that is ready to run: the shared data is
// read-only, and what it depends on must be installed beside it.
type harness struct {
	options  *options
	dir      string
	cases    string
	chromium string
}

// prepare copies the harness and installs what it depends on.
func prepare(ctx context.Context, o *options, dir string) (*harness, error) {
	h := &harness{options: o, dir: filepath.Join(dir, "harness"), cases: filepath.Join(o.shared, "conformance")}
	if err := os.CopyFS(h.dir, os.DirFS(filepath.Join(h.cases, "harness"))); err != nil {
		return nil, fmt.Errorf("copying the harness: %w", err)
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			h.chromium = path
			break
		}
	}
	if h.chromium == "" {
		return nil, errors.New("no Chromium (Debian: apt install chromium)")
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--no-audit", "--no-fund", "--silent")
	npm.Dir, npm.Stdout, npm.Stderr = h.dir, os.Stderr, os.Stderr
	if err := npm.Run(); err != nil {
		return nil, fmt.Errorf("npm ci: %w", err)
	}
	return h, nil
}

// A result is what a step said.
type result struct {
	step   step
	total  int
	failed []failure
	took   time.Duration
}

type failure struct{ id, what string }

// run runs one step. That cases fail is no error.
func (h *harness) run(ctx context.Context, s step) (result, error) {
	args := append([]string{filepath.Join(h.dir, s.script),
		"--proxy", fmt.Sprintf("http://127.0.0.1:%d", h.options.port),
		"--origin-port", strconv.Itoa(h.options.upstream),
		"--chromium", h.chromium,
	}, s.args...)
	if s.cases != "" {
		args = append(args, "--cases", filepath.Join(h.cases, s.cases))
		if h.options.ids != "" {
			args = append(args, "--ids", h.options.ids)
		}
	}
	if s.cases == "bypass.json" {
		args = append(args, "--workers", strconv.Itoa(h.options.workers))
		if h.options.tier != "" {
			args = append(args, "--tier", h.options.tier)
		}
		if h.options.chunk != "" {
			args = append(args, "--chunk", h.options.chunk)
		}
	}
	report := ""
	if s.report {
		report = filepath.Join(h.dir, s.name+".json")
		if h.options.reports != "" {
			if err := os.MkdirAll(h.options.reports, 0o755); err != nil {
				return result{}, err
			}
			report = filepath.Join(h.options.reports, s.name+".json")
		}
		args = append(args, "--report", report)
	}
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, "node", args...)
	cmd.Env = append(os.Environ(), "TMPDIR="+filepath.Dir(h.dir)) // profiles of browsers that do not end in time
	cmd.Stdout, cmd.Stderr = io.MultiWriter(os.Stdout, &out), os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return result{}, ctx.Err()
	}
	if exit := new(exec.ExitError); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return result{}, err
	}
	r := result{step: s}
	if s.report {
		if err := r.readReport(report); err != nil {
			return r, err
		}
	} else {
		r.readOutput(out.String())
	}
	if r.total == 0 {
		return r, errors.New("no case was run")
	}
	return r, nil
}

// readReport reads a report: that of the cookies is a list only.
func (r *result) readReport(file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	type item struct {
		ID, Kind string
		Pass     bool
		Fails    []string
	}
	var items []item
	if bytes.HasPrefix(data, []byte("[")) {
		err = json.Unmarshal(data, &items)
	} else {
		whole := struct{ Results *[]item }{&items}
		err = json.Unmarshal(data, &whole)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	r.total = len(items)
	for _, i := range items {
		if !i.Pass {
			r.failed = append(r.failed, failure{i.ID, fmt.Sprint(i.Kind, " ", i.Fails)})
		}
	}
	return nil
}

var (
	failLine  = regexp.MustCompile(`(?m)^FAIL (\S+)\s*(.*)$`)
	totalLine = regexp.MustCompile(`(?m)^invariance: passed \d+ failed \d+ of (\d+)$`)
	okLine    = regexp.MustCompile(`(?m)^(?:ok  |FAIL) `)
)

// readOutput reads what a step without a report has printed.
func (r *result) readOutput(out string) {
	if m := totalLine.FindStringSubmatch(out); m != nil {
		r.total, _ = strconv.Atoi(m[1])
	} else {
		r.total = len(okLine.FindAllString(out, -1))
	}
	for _, m := range failLine.FindAllStringSubmatch(out, -1) {
		r.failed = append(r.failed, failure{m[1], m[2]})
	}
}

// await waits until something listens on a port of this machine.
func await(ctx context.Context, port int, ended <-chan struct{}) error {
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.Now().Add(20 * time.Second); ; {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err == nil {
			_ = conn.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ended: // something else listens there
			return errEnded
		case <-time.After(100 * time.Millisecond):
		}
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}
