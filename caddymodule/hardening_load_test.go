package caddymodule_test

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
)

// count reads one of the module's counters from a site with "metrics
// /metrics", with its labels as Prometheus writes them.
func (s *site) count(t *testing.T, name, labels string) int {
	t.Helper()
	a := s.get(t, "/metrics")
	if a.err != nil || a.StatusCode != http.StatusOK {
		t.Fatal(a.Response, a.err)
	}
	m := regexp.MustCompile(`(?m)^caddy_consent_` + name + regexp.QuoteMeta("{"+labels+"}") + ` (\d+)$`).FindStringSubmatch(a.body)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// Of two directives for a request the more specific one decides, and only it.
func TestTwoDirectivesRewriteOnce(t *testing.T) {
	const frame = `<iframe src="https://tracker.test/frame"></iframe>` + "\n"
	s := serve(t, page(original+frame), `
	encode
	consent {`+policy+`
	}
	consent /report/* {`+policy+`
		mode report
	}
	consent /off/* {
		mode off
	}
	consent /remove/* {`+policy+`
		blocked {
			scripts remove
			frames remove
		}
	}
	metrics /metrics
	reverse_proxy {upstream}`)
	const elements = `category="analytics",kind="script"`
	for _, test := range []struct{ path, want string }{
		{"/", held},
		{"/remove/a", strings.Replace(original, `<script src="https://tracker.test/x.js"></script>`, "", 1) + "\n"},
		{"/report/a", original + frame},
	} {
		before := s.count(t, "elements_blocked_total", elements)
		a := s.get(t, test.path)
		if a.err != nil || !strings.HasPrefix(a.body, test.want) {
			t.Errorf("%s: %v %.300s", test.path, a.err, a.body)
		}
		if strings.Contains(a.body, "srcdoc") != (test.path == "/") || strings.Count(a.body, "<iframe") > 1 {
			t.Errorf("%s ends in %s", test.path, a.body[len(a.body)-200:])
		}
		if n := s.count(t, "elements_blocked_total", elements) - before; n != 1 {
			t.Errorf("%s: %d scripts were counted", test.path, n)
		}
	}
	before := s.count(t, "elements_blocked_total", elements)
	if a := s.get(t, "/off/a"); a.body != original+frame || s.count(t, "elements_blocked_total", elements) != before {
		t.Errorf("where it is off: %.300s", a.body)
	}
}

// Pages of error routes go through the consent of those routes alone, whether
// or not the failed route had one.
func TestErrorRoutesHaveAConsentOfTheirOwn(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		page(original).ServeHTTP(w, r)
	}), `
	consent /reported {`+policy+`
		mode report
	}
	@broken path /reported /open
	error @broken 503
	metrics /metrics
	handle_errors {
		consent {`+policy+`
		}
		reverse_proxy {upstream}
	}`)
	for _, path := range []string{"/reported", "/open"} {
		before := s.count(t, "documents_total", `result="inspected"`)
		a := s.get(t, path)
		if a.err != nil || a.StatusCode != http.StatusServiceUnavailable || a.body != held {
			t.Errorf("%s: %v %v %.200s", path, a.Response, a.err, a.body)
		}
		if n := s.count(t, "documents_total", `result="inspected"`) - before; n != 1 {
			t.Errorf("%s: %d pages were counted", path, n)
		}
	}
}

// crowd asks for pages with opposite choices from several goroutines until
// each has asked n times, or until stop is closed. It returns how many answers
// there were. With a stop, a connection may fail before it has an answer: Caddy
// replaces its listeners when it reloads, and the kernel resets what waits in
// the old ones.
func (s *site) crowd(t *testing.T, n int, stop <-chan struct{}) int {
	t.Helper()
	var answers atomic.Int32
	visitors := []struct{ cookie, want string }{
		{"Cookie: " + granted, original}, {"Cookie: " + denied, held}, {"Accept: */*", held},
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range n {
				select {
				case <-stop:
					return
				default:
				}
				v := visitors[(worker+i)%len(visitors)]
				coding := "identity"
				if i%2 == 0 {
					coding = "gzip"
				}
				a := s.get(t, "/", v.cookie, "Accept-Encoding: "+coding)
				if stop != nil && a.Response == nil {
					continue
				}
				if a.err != nil {
					t.Errorf("%s: %v", v.cookie, a.err)
					return
				}
				answers.Add(1)
				if got := decode(t, a.Header.Get("Content-Encoding"), a.body); got != v.want {
					t.Errorf("%s: %.300s", v.cookie, got)
				}
				cookies := a.Header["Set-Cookie"]
				if len(cookies) != 1 && v.want == held || len(cookies) != 2 && v.want == original {
					t.Errorf("%s: Set-Cookie %q", v.cookie, cookies)
				}
			}
		})
	}
	wg.Wait()
	return int(answers.Load())
}

// tracked serves the page with cookies, coded if the client likes.
func tracked(t *testing.T) http.Handler {
	coded := encode(t, "gzip", original)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setBothKinds(w)
		w.Header().Set("Content-Type", "text/html")
		if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(coded)
			return
		}
		_, _ = io.WriteString(w, original)
	})
}

// Visitors share the policy and the pools of a handler, never a decision.
func TestVisitorsAtOnceGetTheirOwnPages(t *testing.T) {
	everyLayer(t, func(t *testing.T, config string) {
		if n := serve(t, tracked(t), config).crowd(t, 25, nil); n != 200 {
			t.Errorf("%d answers", n)
		}
	})
}

// While configurations follow each other, every answer is right; and the
// metrics are those of the configuration that runs.
func TestReloadsUnderLoad(t *testing.T) {
	upstream := backend(t, tracked(t))
	addr := freeAddr(t)
	s := &site{addr: addr, client: plainClient(addr)}
	config := func(i int) string {
		return caddyfileOf("grace_period 10s", fmt.Sprintf("http://%s {\nbind 127.0.0.1\nencode\nmetrics /metrics\nconsent {%s\nlimits {\ntag %dKiB\n}\n}\nreverse_proxy %s\n}",
			addr, policy, 100+i, upstream))
	}
	load(t, config(0))
	stop := make(chan struct{})
	var reloaded atomic.Int32
	go func() {
		defer close(stop)
		for i := range 12 {
			out, err := adapt(bare(config(1 + i)))
			if err == nil {
				err = caddy.Load(out, false)
			}
			if err != nil {
				t.Errorf("reload %d: %v", i, err)
				return
			}
			reloaded.Add(1)
			time.Sleep(20 * time.Millisecond)
		}
	}()
	answers := s.crowd(t, 1_000_000, stop)
	if reloaded.Load() != 12 || answers < 50 {
		t.Fatalf("%d answers while it reloaded %d times", answers, reloaded.Load())
	}
	const state = `state="answered"`
	before := s.count(t, "decisions_total", state)
	for range 3 {
		s.get(t, "/", "Cookie: "+granted)
	}
	if n := s.count(t, "decisions_total", state) - before; n != 3 {
		t.Errorf("3 requests after the last reload were counted as %d", n)
	}
}

// Two sites of one configuration count into the same metrics.
func TestTwoSitesShareTheMetrics(t *testing.T) {
	upstream := backend(t, page(original))
	one, two := freeAddr(t), freeAddr(t)
	config := func(addr string) string {
		return fmt.Sprintf("http://%s {\nbind 127.0.0.1\nmetrics /metrics\nconsent {%s\n}\nreverse_proxy %s\n}\n", addr, policy, upstream)
	}
	load(t, caddyfileOf("grace_period 1ns", config(one)+config(two)))
	a, b := &site{one, plainClient(one)}, &site{two, plainClient(two)}
	a.get(t, "/")
	b.get(t, "/")
	b.get(t, "/", "Cookie: "+granted)
	for _, s := range []*site{a, b} {
		for labels, want := range map[string]int{
			`documents_total result="inspected"`:                            3,
			`decisions_total state="answered"`:                              1,
			`elements_blocked_total category="analytics",kind="script"`:     2,
			`errors_total reason="unknown content coding"`:                  0,
			`cookies_blocked_total category="analytics"`:                    0,
			`elements_blocked_total category="analytics",kind="stylesheet"`: 0,
		} {
			name, labels, _ := strings.Cut(labels, " ")
			if n := s.count(t, name, labels); n != want {
				t.Errorf("%s{%s}: %d, want %d", name, labels, n, want)
			}
		}
	}
}

// HTTP/2 frames a body by its length where it is told one: a length left over
// from the page before would break the stream.
func TestHTTP2GetsTheSamePage(t *testing.T) {
	long := strings.Repeat(original, 300)
	for _, test := range []struct {
		name     string
		upstream http.HandlerFunc
	}{
		{"a page with its length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(original)))
			_, _ = io.WriteString(w, original)
		}},
		{"a long page", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, long) }},
		{"a page in parts", func(w http.ResponseWriter, _ *http.Request) {
			for part := range slices.Chunk([]byte(original), 600) { // less, and encode compresses none of it
				_, _ = w.Write(part)
				_ = http.NewResponseController(w).Flush()
			}
		}},
		{"a coded page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(encode(t, "gzip", original))
		}},
		{"an empty page", func(http.ResponseWriter, *http.Request) {}},
		{"a refused page", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", "dcz") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			everyLayer(t, func(t *testing.T, config string) {
				upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					setBothKinds(w)
					w.Header().Set("Content-Type", "text/html")
					test.upstream(w, r)
				})
				// A cookie by the name over TLS and one by the name without.
				headers := []string{"Cookie: " + denied + "; __Host-" + denied, "Accept-Encoding: gzip"}
				want := serve(t, upstream, config).get(t, "/", headers...)
				got := serveTLS(t, upstream, config).get(t, "/", headers...)
				if want.err != nil || got.err != nil || got.ProtoMajor != 2 {
					t.Fatalf("HTTP/1.1: %v; HTTP/2: %v, %v", want.err, got.Response, got.err)
				}
				coding := got.Header.Get("Content-Encoding")
				for _, name := range []string{"Date", "Content-Length", "Alt-Svc"} {
					delete(want.Header, name)
					delete(got.Header, name)
				}
				if got.StatusCode != want.StatusCode || !maps.EqualFunc(got.Header, want.Header, slices.Equal) {
					t.Errorf("got %d %v, want %d %v", got.StatusCode, got.Header, want.StatusCode, want.Header)
				}
				if a, b := decode(t, coding, got.body), decode(t, coding, want.body); a != b {
					t.Errorf("got %.200s\nwant %.200s", a, b)
				}
			})
		})
	}
}
