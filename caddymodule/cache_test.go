package caddymodule_test

// Visitors of opposite choices behind one shared cache.

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// cacheOrigin is origin, and what caches have trouble with besides.
func cacheOrigin() http.Handler {
	plain := origin()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		switch r.URL.Path {
		case "/short": // goes stale during the run
			w.Header().Set("Cache-Control", "public, max-age=1")
			w.Header().Set("ETag", `"s1"`)
			w.Header().Set("Content-Type", "text/html")
			http.ServeContent(w, r, "", longAgo, strings.NewReader(original))
		case "/track":
			w.Header().Set("Set-Cookie", trackingCookie)
			page(original).ServeHTTP(w, r)
		case "/linked":
			w.Header().Set("Link", trackingLink)
			page(original).ServeHTTP(w, r)
		case "/gone":
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(original))
		default:
			plain.ServeHTTP(w, r)
		}
	})
}

var cachedPaths = []string{"/strong", "/strong?a=b", "/weak", "/comma", "/short", "/dated", "/clean", "/track", "/linked", "/gone", "/image", "/data"}

// cachedVisitor is a visitor of the run.
type cachedVisitor struct {
	name, cookie string
	granted      bool
}

// run is one with a cache.
type cacheRun struct {
	s      *site
	shared bool
	header string // in which a cache says where an answer is from

	mu     sync.Mutex
	stored map[string][]string // by path: tags that were given out, with whose and what
	cache  map[string]int      // where answers are from
	pages  map[string]int      // of them, those to pages without cookies
	count  map[string]int
}

// want is the body that a visitor is to get.
func (run *cacheRun) want(v cachedVisitor, path string) string {
	switch path, _, _ := strings.Cut(path, "?"); {
	case path == "/image":
		return "\x89PNG\r\n\x1a\n0123456789"
	case path == "/data":
		return `{"a": 1}`
	case path == "/clean": // nothing is held, so nothing has to be released
		return "<!doctype html>" + filler
	case run.shared:
		return held + release
	case v.granted:
		return original
	}
	return held
}

// release is what shared pages end in.
const release = `<script src="/.consent/release.js"></script>`

// ask makes one request as a visitor and checks the answer.
func (run *cacheRun) ask(t *testing.T, v cachedVisitor, rng *rand.Rand) {
	t.Helper()
	path := cachedPaths[rng.IntN(len(cachedPaths))]
	coding := []string{"gzip", "identity"}[rng.IntN(2)]
	headers := []string{"Cookie: " + v.cookie, "Accept-Encoding: " + coding}
	if path != "/image" && path != "/data" && rng.IntN(4) > 0 {
		headers = append(headers, lines(asDocument, strings.Clone)...)
	}
	run.mu.Lock()
	stored := slices.Clone(run.stored[path])
	run.mu.Unlock()
	method, given := http.MethodGet, ""
	switch rng.IntN(10) {
	case 0:
		method = http.MethodHead
	case 1:
		headers = append(headers, "If-Modified-Since: "+dated)
	case 2:
		headers = append(headers, "Range: bytes=0-70") // with the script in it
	case 3, 4, 5, 6: // what this visitor has stored, or has from another
		if len(stored) > 0 {
			given = stored[rng.IntN(len(stored))]
			tag, _, _ := strings.Cut(given, "\x00")
			headers = append(headers, "If-None-Match: "+tag)
		}
	}
	a := run.s.do(t, method, path, nil, headers...)
	if a.err != nil {
		t.Errorf("%s for %s: %v", path, v.name, a.err)
		return
	}
	run.mu.Lock()
	defer run.mu.Unlock()
	run.count[fmt.Sprint(a.StatusCode)]++
	from := a.Header.Get(run.header)
	run.cache[from]++
	if path != "/image" && path != "/data" && path != "/track" {
		run.pages[from]++
	}
	where := fmt.Sprintf("%s %s for %s, %q: %d, %v", method, path, v.name, headers[1:], a.StatusCode, a.Header)
	want := run.want(v, path)
	switch a.StatusCode {
	case http.StatusOK, http.StatusNotFound:
		if method == http.MethodHead {
			break
		}
		if got := decode(t, a.Header.Get("Content-Encoding"), a.body); got != want {
			t.Errorf("%s\ngot %.200q", where, got)
		}
		if tag := a.Header.Get("ETag"); tag != "" && coding == "identity" {
			if entry := tag + "\x00" + want; !slices.Contains(run.stored[path], entry) {
				run.stored[path] = append(run.stored[path], entry)
			}
		}
	case http.StatusNotModified:
		if _, body, ok := strings.Cut(given, "\x00"); ok && body != want {
			t.Errorf("%s: what was stored for another has not changed", where)
		}
		if given == "" && slices.Contains(headers, "Sec-Fetch-Dest: document") {
			t.Errorf("%s: by a date", where)
		}
	case http.StatusPartialContent:
		// Who does not ask for a document may be given a part of one: as much as
		// there is to judge.
		if !strings.HasPrefix(want, strings.TrimSuffix(a.body, release)) || slices.Contains(headers, "Sec-Fetch-Dest: document") {
			t.Errorf("%s: a part %q", where, a.body)
		}
	default:
		t.Error(where)
	}
	if !v.granted {
		for name, lines := range a.Header {
			if strings.Contains(strings.Join(lines, "\n"), "_trk=") || name == "Link" && strings.Contains(strings.Join(lines, "\n"), "tracker.test") {
				t.Errorf("%s: %s: %q", where, name, lines)
			}
		}
	}
}

// requests is how many the run makes in all, of how many visitors at once.
const (
	requests = 1000
	atOnce   = 8
)

func (run *cacheRun) all(t *testing.T, requests int) {
	t.Helper()
	var wg sync.WaitGroup
	for worker := range atOnce {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(4, uint64(worker)))
			visitors := []cachedVisitor{
				{"who granted", fmt.Sprintf("session=%d; %s", worker, granted), true},
				{"who denied", fmt.Sprintf("session=%d; %s", worker, denied), false},
				{"who said nothing", fmt.Sprintf("session=%d", worker), false},
			}
			for range requests / atOnce {
				run.ask(t, visitors[rng.IntN(len(visitors))], rng)
				if t.Failed() {
					return
				}
			}
		})
	}
	wg.Wait()
}

// share is how many of a hundred answers were found in the cache.
func share(cache map[string]int) int {
	hits, all := cache["HIT"]+cache["REVALIDATED"]+cache["STALE"]+cache["UPDATING"], 0
	for _, n := range cache {
		all += n
	}
	return 100 * hits / max(1, all)
}

func TestASharedCacheNeverMixesVisitors(t *testing.T) {
	const consent = "encode gzip\nconsent {" + policy + "\n%s\n}\nreverse_proxy {upstream}"
	for _, test := range []struct {
		name, settings string
		front, behind  bool
		shared         bool
		key            string // of the cache in front
		hits           int    // per cent, at least
	}{
		// Hits of what is no page, since pages may not be stored.
		{name: "in front, with pages of each visitor", front: true, key: "$request_uri", hits: 5},
		{name: "in front, allowed to store them by Vary", settings: "cache {\npublic\n}", front: true, key: "$request_uri", hits: 40},
		{name: "in front, by a key that it makes", settings: "cache {\nvary X-Consent-Key\npublic\n}", front: true, key: `"$request_uri $consent_key"`, hits: 60},
		{name: "in front, with pages for everybody", settings: "pages shared", front: true, shared: true, key: "$request_uri", hits: 70},
		{name: "behind", behind: true, hits: 70},
		{name: "behind, with pages for everybody", settings: "pages shared", behind: true, shared: true, hits: 70},
		{name: "in front and behind", settings: "cache {\npublic\n}", front: true, behind: true, key: "$request_uri", hits: 40},
	} {
		t.Run(test.name, func(t *testing.T) {
			directives, where := fmt.Sprintf(consent, test.settings), ""
			if test.behind {
				behind := nginx(t, backend(t, cacheOrigin()), "X-Cache-Behind", "$request_uri")
				directives = strings.ReplaceAll(directives, "{upstream}", behind)
				where = "X-Cache-Behind"
			}
			s := serve(t, cacheOrigin(), directives)
			if test.front {
				front := nginx(t, s.addr, "X-Cache", test.key)
				where = "X-Cache"
				s = &site{addr: front, client: plainClient(front)}
			}
			run := &cacheRun{s: s, shared: test.shared, header: where, stored: map[string][]string{}, cache: map[string]int{}, pages: map[string]int{}, count: map[string]int{}}
			run.all(t, requests)
			all, pages := share(run.cache), share(run.pages)
			if all < test.hits {
				t.Errorf("%d%% were hits, of which there should be %d%%", all, test.hits)
			}
			t.Logf("%d%% of %d requests were hits, of those for pages without cookies %d%%; cache %v, statuses %v", all, requests, pages, run.cache, run.count)
		})
	}
}

// A proxy in front has little room for a response's header: nginx, unless told
// otherwise, 4 KiB. What does not fit into it is a page that cannot be seen.
func TestAWithdrawalFitsThroughAProxyInFront(t *testing.T) {
	addr := freeAddr(t)
	load(t, caddyfileOf("grace_period 1ns", "http://"+addr[strings.LastIndexByte(addr, ':'):]+" {\nbind 127.0.0.1\n"+
		strings.ReplaceAll(proxied, "{upstream}", backend(t, page(original)))+"\n}"))
	front := nginx(t, addr, "X-Cache", "$request_uri")
	s := &site{addr: front, client: plainClient(front)}
	var jar []string
	for i := range 40 {
		jar = append(jar, fmt.Sprintf("_trk_%d_%s=1", i, strings.Repeat("x", i)))
	}
	for _, path := range []string{"/", "/shop/", "/shop/with/many/folders/in/which/cookies/can/be/page.html"} {
		a := s.get(t, path, "Host: a.b.www.shop.example", "Cookie: "+strings.Join(jar, "; "), "Accept: text/html")
		if a.err != nil || a.StatusCode != http.StatusOK || a.body != held || len(a.expired(t)) == 0 {
			t.Errorf("%s: %v, %v: %d lines, %.100q", path, a.Status, a.err, len(a.Header["Set-Cookie"]), a.body)
		}
	}
}
