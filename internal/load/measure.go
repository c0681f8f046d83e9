package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// row is one comparison: the same path from two sites of Caddy, or another one from
// the first.
type row struct {
	name     string
	path     string
	basePath string // of base, if it is another
	base     site
	site     site
	granted  bool
	accept   string // Accept-Encoding
}

var rows = []row{
	{name: "image, 2 KB", path: "/image/2/identity", site: guarded},
	{name: "image, 100 KB", path: "/image/100/identity", site: guarded},
	{name: "image, 1 MB", path: "/image/1024/identity", site: guarded},
	{name: "image, encode outside, 100 KB", path: "/image/100/identity", base: plainEncode, site: bareEncode, accept: "gzip"},
	{name: "all granted, 100 KB", path: "/vendors/100/identity", site: guarded, granted: true},
	{name: "all granted, gzip, 100 KB", path: "/vendors/100/gzip", site: guarded, granted: true, accept: "gzip"},
	{name: "all granted, encode outside, 100 KB", path: "/vendors/100/identity", base: plainEncode, site: bareEncode, granted: true, accept: "gzip"},
	{name: "nothing to take, 2 KB", path: "/clean/2/identity", site: bare},
	{name: "nothing to take, 100 KB", path: "/clean/100/identity", site: bare},
	{name: "nothing to take, 1 MB", path: "/clean/1024/identity", site: bare},
	{name: "12 elements taken, 2 KB", path: "/vendors/2/identity", site: bare},
	{name: "12 elements taken, 100 KB", path: "/vendors/100/identity", site: bare},
	{name: "12 elements taken, 1 MB", path: "/vendors/1024/identity", site: bare},
	{name: "another page each time, nothing to take, 100 KB", path: "/changing/clean/100/identity", site: bare},
	{name: "another page each time, 12 elements taken, 100 KB", path: "/changing/vendors/100/identity", site: bare},
	{name: "another page each time, 12 elements taken, 1 MB", path: "/changing/vendors/1024/identity", site: bare},
	{name: "another page each time, gzip to gzip, 12 elements taken, 100 KB", path: "/changing/vendors/100/gzip", site: bare, accept: "gzip"},
	{name: "known to be clean, 100 KB", path: "/tagged/clean/100/identity", site: bare},
	{name: "known to be clean, gzip, 100 KB", path: "/tagged/clean/100/gzip", site: bare, accept: "gzip"},
	{name: "gzip to gzip, nothing to take, 100 KB", path: "/clean/100/gzip", site: bare, accept: "gzip"},
	{name: "gzip to gzip, 12 elements taken, 2 KB", path: "/vendors/2/gzip", site: bare, accept: "gzip"},
	{name: "gzip to gzip, 12 elements taken, 100 KB", path: "/vendors/100/gzip", site: bare, accept: "gzip"},
	{name: "gzip to gzip, 12 elements taken, 1 MB", path: "/vendors/1024/gzip", site: bare, accept: "gzip"},
	{name: "br to br, 12 elements taken, 2 KB", path: "/vendors/2/br", site: bare, accept: "br"},
	{name: "br to br, 12 elements taken, 100 KB", path: "/vendors/100/br", site: bare, accept: "br"},
	{name: "br to br, 12 elements taken, 1 MB", path: "/vendors/1024/br", site: bare, accept: "br"},
	{name: "encode outside, nothing to take, 100 KB", path: "/clean/100/identity", base: plainEncode, site: bareEncode, accept: "gzip"},
	{name: "encode outside, 12 elements taken, 100 KB", path: "/vendors/100/identity", base: plainEncode, site: bareEncode, accept: "gzip"},
	{name: "identity and encode instead of gzip to gzip, 12 elements taken, 100 KB", path: "/vendors/100/identity", basePath: "/vendors/100/gzip", base: bare, site: bareEncode, accept: "gzip"},
	{name: "banner and guard, nothing to take, 100 KB", path: "/clean/100/identity", site: guarded},
	{name: "banner and guard, 12 elements taken, 100 KB", path: "/vendors/100/identity", site: guarded},
}

// ratios are of consent to plain.
type ratios struct {
	cpu, rate, firstByte float64 // medians of the rounds
	later                float64 // the same: microseconds to the first byte, added
	p50, p99             float64 // of all requests, to the last byte
}

// measure asks both sides in turn, each over connections of its own.
func measure(ctx context.Context, c *caddy, r row, o options) (ratios, error) {
	base := r
	base.path = cmp.Or(r.basePath, r.path)
	var sides [2]http.Transport
	for i := range sides {
		sides[i].MaxIdleConnsPerHost, sides[i].DisableCompression = o.connections, true
		defer sides[i].CloseIdleConnections()
	}
	var all [4][]float64
	var totals [2][]time.Duration // of all rounds: one has too few for a p99
	for round := range o.rounds + 1 {
		before, err := ask(ctx, c, &sides[0], base, r.base, o)
		if err != nil {
			return ratios{}, err
		}
		with, err := ask(ctx, c, &sides[1], r, r.site, o)
		if err != nil {
			return ratios{}, err
		}
		if round == 0 {
			continue // warms up pools and connections
		}
		for i, value := range [...]float64{
			with.cpu / before.cpu, with.rate / before.rate,
			with.firstByte.Seconds() / before.firstByte.Seconds(), (with.firstByte - before.firstByte).Seconds() * 1e6,
		} {
			all[i] = append(all[i], value)
		}
		totals[0], totals[1] = append(totals[0], before.totals...), append(totals[1], with.totals...)
	}
	slices.Sort(totals[0])
	slices.Sort(totals[1])
	quantile := func(percent int) float64 {
		at := func(sorted []time.Duration) float64 { return sorted[len(sorted)*percent/100].Seconds() }
		return at(totals[1]) / at(totals[0])
	}
	return ratios{
		cpu: median(all[0]), rate: median(all[1]), firstByte: median(all[2]), later: median(all[3]),
		p50: quantile(50), p99: quantile(99),
	}, nil
}

// sample is what one side did in one round.
type sample struct {
	cpu       float64         // seconds of Caddy per request
	rate      float64         // requests per second
	firstByte time.Duration   // the median
	totals    []time.Duration // to the last byte
}

// ask sends requests for the length of a round.
func ask(ctx context.Context, c *caddy, transport *http.Transport, r row, s site, o options) (sample, error) {
	var (
		mu         sync.Mutex
		firsts     []time.Duration
		totals     []time.Duration
		failure    error
		workers    sync.WaitGroup
		pid        = c.cmd.Process.Pid
		start      = time.Now()
		cpu, cpuOK = cpuTime(pid)
	)
	for range o.connections {
		workers.Go(func() {
			for time.Since(start) < o.round && ctx.Err() == nil {
				first, total, err := c.get(ctx, transport, r, s)
				mu.Lock()
				firsts, totals = append(firsts, first), append(totals, total)
				if err != nil {
					failure = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	elapsed := time.Since(start)
	after, ok := cpuTime(pid)
	switch {
	case failure != nil:
		return sample{}, failure
	case ctx.Err() != nil:
		return sample{}, ctx.Err()
	case !cpuOK || !ok:
		return sample{}, fmt.Errorf("cannot read the CPU time of process %d", pid)
	}
	n := float64(len(totals))
	return sample{
		cpu: (after - cpu).Seconds() / n, rate: n / elapsed.Seconds(),
		firstByte: median(firsts), totals: totals,
	}, nil
}

// What a browser sends with all requests, and for a page and an image in it: what a
// proxy does with a request by itself depends on how many fields there are.
var (
	always = http.Header{
		"Accept-Language":    {"en-US,en;q=0.9"},
		"Sec-Ch-Ua":          {`"Chromium";v="140", "Not=A?Brand";v="24"`},
		"Sec-Ch-Ua-Mobile":   {"?0"},
		"Sec-Ch-Ua-Platform": {`"Linux"`},
		"User-Agent":         {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"},
	}
	ofPage = http.Header{
		"Accept":                    {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"},
		"Sec-Fetch-Dest":            {"document"},
		"Sec-Fetch-Mode":            {"navigate"},
		"Sec-Fetch-Site":            {"none"},
		"Sec-Fetch-User":            {"?1"},
		"Upgrade-Insecure-Requests": {"1"},
	}
	ofImage = http.Header{
		"Accept":         {"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"},
		"Referer":        {"http://127.0.0.1/"},
		"Sec-Fetch-Dest": {"image"},
		"Sec-Fetch-Mode": {"no-cors"},
		"Sec-Fetch-Site": {"same-origin"},
	}
)

// get sends one request and reads all of the answer.
func (c *caddy) get(ctx context.Context, transport *http.Transport, r row, s site) (first, total time.Duration, err error) {
	start := time.Now()
	trace := &httptrace.ClientTrace{GotFirstResponseByte: func() { first = time.Since(start) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), http.MethodGet, c.url(s, r.path), http.NoBody)
	if err != nil {
		return 0, 0, err
	}
	kind := ofPage
	if strings.HasPrefix(r.path, "/image") {
		kind = ofImage
	}
	maps.Copy(req.Header, always)
	maps.Copy(req.Header, kind)
	req.Header.Set("Accept-Encoding", cmp.Or(r.accept, "identity"))
	if r.granted {
		req.Header.Set("Cookie", c.granted)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return 0, 0, fmt.Errorf("%s from %s", resp.Status, req.URL)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return first, time.Since(start), err
}

// cpuTime is the time that all threads of a process have run, which the
// scheduler counts in nanoseconds.
func cpuTime(pid int) (time.Duration, bool) {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return 0, false
	}
	var sum time.Duration
	for _, thread := range threads {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, thread.Name()))
		if err != nil {
			continue // it has ended
		}
		fields := bytes.Fields(stat)
		if len(fields) == 0 {
			return 0, false
		}
		ns, err := strconv.ParseInt(string(fields[0]), 10, 64)
		if err != nil {
			return 0, false
		}
		sum += time.Duration(ns)
	}
	return sum, true
}

// residentBytes is a process's resident set, 0 if it cannot be read.
func residentBytes(pid int) int {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	fields := strings.Fields(string(data))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.Atoi(fields[1])
	return pages * os.Getpagesize()
}
