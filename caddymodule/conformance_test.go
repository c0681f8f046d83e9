package caddymodule_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/oracle"
)

// The conformance cases in process: every one goes through a real Caddy with
// the policy of the conformance run, and the oracle judges what comes out.
//
//   - A page that contacts tracker.test must not do so in any reading, and
//     everything else that it was seen to contact must still be there.
//   - A page that does not must come out as it was, but for what is inert.
//
// Two lists tell of what cannot be judged so:
// testdata/conformance_unjudged.txt has the cases of which the oracle sees
// nothing, and which therefore only a browser can judge;
// testdata/conformance_guard.txt has those that no change to the page can
// stop, since a script puts together whom it contacts. Neither may list a
// case for which that is not so.
const (
	unjudgedFile = "testdata/conformance_unjudged.txt"
	guardFile    = "testdata/conformance_guard.txt"
)

// conformanceSites starts Caddy with the policy of the conformance run, for
// http and for https.
func conformanceSites(t *testing.T, upstream string) (plain, secure *site) {
	t.Helper()
	config, err := os.ReadFile(filepath.FromSlash("../internal/conformance/Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	plainAddr, secureAddr := freeAddr(t), freeAddr(t)
	t.Setenv("CONFORMANCE_LOG", "discard")
	t.Setenv("CONFORMANCE_UPSTREAM", upstream)
	t.Setenv("CONFORMANCE_PORT", plainAddr[strings.LastIndexByte(plainAddr, ':')+1:])
	cert, key := certificate(t)
	load(t, fmt.Sprintf("%s\nhttps://site.test%s {\n\ttls %s %s\n\timport site\n}\n",
		config, secureAddr[strings.LastIndexByte(secureAddr, ':'):], cert, key))
	plain = &site{addr: plainAddr, client: plainClient(plainAddr)}
	secure = &site{addr: "site.test", client: secureClient(secureAddr)}
	return plain, secure
}

// navigation is what Chromium sends when it asks for a page or a frame.
var navigation = []string{
	"Host: site.test",
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
	"Accept-Encoding: gzip, deflate, br, zstd",
	"Sec-Fetch-Mode: navigate",
}

func TestConformanceCasesInProcess(t *testing.T) {
	cases := conformanceCases(t)
	unjudged, guard := listed(t, unjudgedFile), listed(t, guardFile)
	known := map[string]bool{}
	for _, c := range cases {
		known[c.ID] = true
	}
	for _, list := range []map[string]string{unjudged, guard, listed(t, knownFile)} {
		for id := range list {
			if !known[id] && !strings.HasPrefix(id, "cookie-") {
				t.Errorf("%s is listed, but no case", id)
			}
		}
	}
	plain, secure := conformanceSites(t, backend(t, conformanceUpstream(t, cases)))
	count := map[string]int{}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			r := observe(t, c, plain, secure)
			switch {
			case guard[c.ID] != "":
				count["for the guard"]++
				r.checkGuard(t, c)
			case unjudged[c.ID] != "":
				count["unjudged"]++
				if reason := r.unjudged(c); reason == "" {
					t.Errorf("can be judged, but %s lists it", unjudgedFile)
				}
			default:
				count["judged, "+c.Expect]++
				if reason := r.unjudged(c); reason != "" {
					t.Fatalf("cannot be judged, and is not in %s: %s", unjudgedFile, reason)
				}
				r.check(t, c)
			}
		})
	}
	t.Logf("%d cases: %v", len(cases), count)
}

// observed is what the oracle saw of a case: its page and the documents
// within it, as the upstream sends them and as they leave Caddy.
type observed struct{ before, after []*view }

func observe(t *testing.T, c *conformanceCase, plain, secure *site) *observed {
	t.Helper()
	s, scheme := plain, "http://"
	if c.Opts.HTTPS {
		s, scheme = secure, "https://"
	}
	r := &observed{}
	paths := c.paths()
	for path, doc := range paths {
		dest := "Sec-Fetch-Dest: iframe"
		if doc == &c.conformanceDoc {
			dest = "Sec-Fetch-Dest: document"
		}
		a := s.get(t, path, append([]string{dest}, navigation...)...)
		if a.err != nil {
			t.Fatalf("%s: %v", path, a.err)
		}
		page := scheme + "site.test" + path
		header := doc.header()
		was, is := viewOf(page, header, plainBody(t, header, string(doc.encoded(t)))), viewOf(page, a.Header, plainBody(t, a.Header, a.body))
		if status := max(doc.Status, 200); a.StatusCode != status && c.Expect == "kept" {
			t.Errorf("%s: status %d, was %d", path, a.StatusCode, status)
		}
		r.before, r.after = append(r.before, was), append(r.after, is)
	}
	return r
}

func leaksOf(views []*view) (found []string) {
	for _, v := range views {
		for _, leak := range v.leaks() {
			found = append(found, v.page+": "+leak)
		}
	}
	return found
}

// unjudged tells why the oracle cannot judge a case, or "".
func (r *observed) unjudged(c *conformanceCase) string {
	if c.Expect == "blocked" {
		if leaksOf(r.before) == nil && !r.mute(c) {
			return "the oracle sees no contact in the page as it is"
		}
		return ""
	}
	for i := range r.before {
		if c.Probe != "" && string(r.before[i].plain) != string(r.after[i].plain) {
			return "it has changed, and only a browser can tell whether so has " + c.Probe
		}
	}
	return ""
}

// mute tells that a case is judged although the oracle does not see whom its
// scripts contact: none is left.
func (r *observed) mute(c *conformanceCase) bool {
	return c.Tier == "script" && slices.ContainsFunc(r.before, (*view).scripts) && !slices.ContainsFunc(r.after, (*view).scripts)
}

// check judges a case.
func (r *observed) check(t *testing.T, c *conformanceCase) {
	t.Helper()
	if c.Expect == "blocked" {
		if leaks := leaksOf(r.after); leaks != nil {
			t.Errorf("%s: live %s\n out %q", c.Why, strings.Join(leaks, "\n     "), r.clipAfter())
		}
	}
	for i := range r.before {
		if missing := lost(r.before[i], r.after[i], c.Keep); missing != nil {
			t.Errorf("%s: lost %s\n out %q", c.Why, strings.Join(missing, "\n     "), r.clipAfter())
		}
		if c.Expect != "kept" || c.Opts.Lax { // lax: the page may change
			continue
		}
		if problem := harm(r.before[i], r.after[i]); problem != "" {
			t.Errorf("%s: %s\n out %q", c.Why, problem, r.clipAfter())
		}
	}
}

func (r *observed) clipAfter() string {
	out := r.after[0].doc
	if len(out) > 2000 {
		out = out[:2000] + "…"
	}
	return out
}

// checkGuard: what is left to the guard must need it.
func (r *observed) checkGuard(t *testing.T, c *conformanceCase) {
	t.Helper()
	if !slices.Contains([]string{"script", "subresource"}, c.Tier) || c.Expect != "blocked" {
		t.Errorf("%s lists a case of tier %s, expected to be %s", guardFile, c.Tier, c.Expect)
	}
	if (leaksOf(r.before) != nil || r.mute(c)) && leaksOf(r.after) == nil {
		t.Errorf("%s: stopped without a guard, but %s lists it", c.Why, guardFile)
	}
}

// The conformance cases once more: what comes out does not depend on how the
// upstream cuts its bytes, nor on what it lets wait.
func TestConformanceCasesDoNotDependOnHowTheyAreCut(t *testing.T) {
	cases := conformanceCases(t)
	plain, _ := conformanceSites(t, backend(t, conformanceUpstream(t, cases)))
	for _, c := range cases {
		body := c.encoded(t)
		if len(body) > 64<<10 {
			continue // rewrite has tests for those, which are faster
		}
		t.Run(c.ID, func(t *testing.T) {
			t.Parallel() // with each other: there is one Caddy for all
			get := func(query string) string {
				a := plain.get(t, "/c/"+c.ID+query, append([]string{"Sec-Fetch-Dest: document"}, navigation...)...)
				if a.err != nil {
					t.Fatal(query, a.err)
				}
				return fmt.Sprintf("%d %q\n%s", a.StatusCode, a.Header["Content-Type"], plainBody(t, a.Header, a.body))
			}
			whole := get("")
			// After the first byte, within a signature, and in the middle of what matters.
			for _, cut := range []int{1, 4, max(strings.Index(string(body), "tracker"), len(body)/2)} {
				if got := get(fmt.Sprintf("?cut=%d", cut)); got != whole {
					t.Errorf("%s: cut after %d bytes it is\n%s\nand whole\n%s", c.Why, cut, oracle.Clip(got), oracle.Clip(whole))
				}
				if testing.Short() {
					break
				}
			}
		})
	}
}
