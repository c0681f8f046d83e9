package caddymodule

// What holds for any header, tried on headers put together at random from the
// pieces that matter to parsers. Not a native fuzz target: with Caddy
// instrumented for coverage that would take minutes to build and find no more.

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// headerRig filters headers with everything denied.
type headerRig struct {
	h *Handler
	r *http.Request
}

func newHeaderRig(t *testing.T) *headerRig {
	t.Helper()
	h := &Handler{
		seenHosts: newInventory(), seenCookies: newCookieInventory(),
		Vendors: []consent.Vendor{{ID: "acme", Categories: []string{"analytics"}, URLs: []string{"tracker.test"}}},
		logger:  zap.NewNop(),
	}
	policy, _, err := h.compile()
	if err != nil {
		t.Fatal(err)
	}
	h.policy = policy
	r := httptest.NewRequest(http.MethodGet, "/dir/page", nil)
	r.Host = "site.test"
	return &headerRig{h, r}
}

func (rig *headerRig) writer() *responseWriter {
	v := visit{host: "site.test", now: time.Now()}
	v.decision = rig.h.policy.Decide(consent.Request{Host: v.host, Now: v.now})
	return newResponseWriter(rig.h, v, new(handled), httptest.NewRecorder(), rig.r)
}

func (rig *headerRig) filter(name string, lines []string) []string {
	w := rig.writer()
	w.Header()[name] = slices.Clone(lines)
	w.filterHeader()
	return w.Header()[name]
}

// blocked asks the policy itself, as a browser would read the URL.
func (rig *headerRig) blocked(url string) bool {
	j := headerJudge{w: rig.writer()}
	return j.blockedURL(rewrite.Other, []byte(url))
}

// tryAll gives check random lines made of pieces, and what is left of them.
func (rig *headerRig) tryAll(t *testing.T, name string, pieces []string, check func(lines, left []string) string) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	blocked := 0
	for range 30_000 {
		lines := make([]string, 1+random.IntN(8)/6)
		for i := range lines {
			for range 1 + random.IntN(14) {
				lines[i] += pieces[random.IntN(len(pieces))]
			}
		}
		left := rig.filter(name, lines)
		if again := rig.filter(name, left); !slices.Equal(again, left) {
			t.Fatalf("%q: filtered once %q, twice %q", lines, left, again)
		}
		if problem := check(lines, left); problem != "" {
			t.Fatalf("%q: left %q: %s", lines, left, problem)
		}
		if !slices.Equal(lines, left) {
			blocked++
		}
	}
	if blocked < 1000 {
		t.Errorf("only %d headers had anything to block", blocked)
	}
}

func TestNoReadingOfALinkHeaderFetchesWhatIsBlocked(t *testing.T) {
	rig := newHeaderRig(t)
	pieces := []string{
		"<//tracker.test/x>", "</a>", "<//tracker.test/x>;rel=preload", "</a>; rel=preload", `; rel="next preload"`, ";rel=next", ";rel=preload",
		`; title="a"`, `;title="`, `;imagesrcset="//tracker.test/x 1x, /b 2x"`, ";imagesrcset=/a", ",", ", ", `"`, "<", ">", ";", `\`, `\"`, "=", " ", "a", "'",
	}
	rig.tryAll(t, "Link", pieces, func(lines, left []string) string {
		for _, strict := range []bool{false, true} {
			for _, text := range append(slices.Clone(left), strings.Join(left, ", ")) {
				for _, url := range fetchedLinks(text, strict) {
					if rig.blocked(url) {
						return "a browser fetches " + url
					}
				}
			}
		}
		if !strings.Contains(strings.Join(lines, ""), "tracker") && !slices.Equal(lines, left) {
			return "changed for nothing"
		}
		return ""
	})
}

// fetchedLinks is how browsers read Link: strict is Chromium, where what is
// open swallows the rest; otherwise, as in Firefox, it is an ordinary character.
func fetchedLinks(text string, strict bool) (urls []string) {
	for _, value := range cutOutside(text, ',', strict) {
		value = strings.Trim(value, " \t")
		url, params, ok := strings.Cut(value, ">")
		if !ok || !strings.HasPrefix(url, "<") {
			continue
		}
		first := map[string]string{}
		for _, param := range cutOutside(params, ';', strict) {
			name, value, _ := strings.Cut(param, "=")
			name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
			if _, seen := first[name]; seen {
				continue
			}
			if strings.HasPrefix(value, `"`) {
				var b strings.Builder
				for i := 1; i < len(value) && value[i] != '"'; i++ {
					if value[i] == '\\' && i+1 < len(value) {
						i++
					}
					b.WriteByte(value[i])
				}
				value = b.String()
			}
			first[name] = value
		}
		if _, ok := rewrite.FetchingLinkType([]byte(first["rel"])); !ok {
			continue
		}
		urls = append(urls, url[1:])
		for url := range rewrite.SrcsetURLs([]byte(first["imagesrcset"])) {
			urls = append(urls, string(url))
		}
	}
	return urls
}

func cutOutside(text string, separator byte, strict bool) (parts []string) {
	start := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case separator:
			parts = append(parts, text[start:i])
			start = i + 1
		case '"', '<':
			end := i + 1
			for end < len(text) && text[end] != c && (c == '"' || text[end] != '>') {
				if c == '"' && text[end] == '\\' {
					end++
				}
				end++
			}
			if end < len(text) || strict {
				i = end
			}
		}
	}
	return append(parts, text[start:])
}

func TestNoReadingOfEndpointsHasWhatIsBlocked(t *testing.T) {
	rig := newHeaderRig(t)
	pieces := []string{`a="//tracker.test/x"`, `a="/r"`, `, b="//tracker.test/"`, `, c="/r"`, `;x`, ",", ", ", `"`, `\`, "=", "?1", ":YQ:", "(", ")", "<", ">", " ", "a"}
	rig.tryAll(t, "Reporting-Endpoints", pieces, func(lines, left []string) string {
		text := strings.Join(left, ", ")
		for i := range len(text) {
			// Wherever a parser may think that a string begins.
			if text[i] == '"' {
				if url, _, ok := strings.Cut(text[i+1:], `"`); ok && strings.HasPrefix(url, "//tracker.test") && cleanBefore(text[:i]) {
					return "a browser reports to " + url
				}
			}
		}
		if !strings.Contains(strings.Join(lines, ""), "tracker") && !slices.Equal(lines, left) {
			return "changed for nothing"
		}
		return ""
	})
}

// cleanBefore tells that a string can begin after s: all strings in it are closed.
func cleanBefore(s string) bool { return !strings.Contains(s, `\`) && strings.Count(s, `"`)%2 == 0 }

func TestReportToIsTheSameJSONWithoutWhatIsBlocked(t *testing.T) {
	rig := newHeaderRig(t)
	pieces := []string{
		`{"group":"a","endpoints":[{"url":"//tracker.test/"}]}`, `{"endpoints":[{"url":"/r"} , {"url":"//tracker.test/","weight":1}],"max_age":1}`, `{"endpoints":[`,
		`{"url":"/r"}`, `{"url":"\u002f/tracker.test"}`, `]}`, `{"endpoints":[]}`, ", ", ",", "[", "]", "{", "}", `"endpoints":`, `"x":`, "1", " ", `"`, "null",
	}
	type group = map[string]any
	rig.tryAll(t, "Report-To", pieces, func(lines, left []string) string {
		in, ok := parseGroups(lines)
		out, okLeft := parseGroups(left)
		if !ok {
			if len(left) > 0 {
				return "what cannot be read is left"
			}
			return ""
		}
		if !okLeft {
			return "not JSON any more"
		}
		changed := false
		for _, g := range in {
			if g, ok := g.(group); ok {
				if list, ok := g["endpoints"].([]any); ok {
					n := len(list)
					g["endpoints"] = slices.DeleteFunc(list, func(e any) bool {
						endpoint, _ := e.(group)
						url, _ := endpoint["url"].(string)
						return rig.blocked(url)
					})
					changed = changed || len(g["endpoints"].([]any)) != n
				}
			}
		}
		want, _ := json.Marshal(in)
		got, _ := json.Marshal(out)
		if string(want) != string(got) {
			return "want " + string(want)
		}
		if !changed && !slices.Equal(lines, left) {
			// Of a member given twice a browser sees the last; the first may have had something.
			if text := strings.Join(lines, ""); strings.Count(text, `"endpoints":`) < 2 {
				return "changed for nothing"
			}
		}
		return ""
	})
}

func parseGroups(lines []string) (groups []any, ok bool) {
	if json.Unmarshal([]byte("["+strings.Join(lines, ", ")+"]"), &groups) == nil {
		return groups, true
	}
	groups = nil
	for _, line := range lines { // one without groups makes no JSON of them all
		var more []any
		if json.Unmarshal([]byte("["+line+"]"), &more) != nil {
			return nil, false
		}
		groups = append(groups, more...)
	}
	return groups, true
}

// A policy forbids afterwards what it forbade before.
func TestAContentSecurityPolicyIsNeverLoosened(t *testing.T) {
	rig := newHeaderRig(t)
	pieces := []string{"img-src 'self'", "report-uri", " //tracker.test/x", " /csp", "; ", ";", ", ", ",", " ", "\t", "script-src //tracker.test", "; report-uri //tracker.test", "REPORT-URI //tracker.test /csp", "; sandbox"}
	rig.tryAll(t, "Content-Security-Policy", pieces, func(lines, left []string) string {
		in, uris := readPolicies(lines)
		out, urisLeft := readPolicies(left)
		if !slices.Equal(in, out) {
			return "want " + strings.Join(in, " / ")
		}
		uris = slices.DeleteFunc(uris, rig.blocked)
		if !slices.Equal(uris, urisLeft) {
			return "want reports to " + strings.Join(uris, " ")
		}
		return ""
	})
}

// readPolicies are the policies that forbid anything, and all that they report to.
func readPolicies(lines []string) (policies, uris []string) {
	for policy := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		var directives []string
		for directive := range strings.SplitSeq(policy, ";") {
			words := strings.Fields(directive)
			switch {
			case len(words) == 0:
			case strings.EqualFold(words[0], "report-uri"):
				uris = append(uris, words[1:]...)
			default:
				directives = append(directives, strings.Join(words, " "))
			}
		}
		if len(directives) > 0 {
			policies = append(policies, strings.Join(directives, "; "))
		}
	}
	return policies, uris
}

// Looking at a header in which there is nothing to filter costs no memory.
func TestAHarmlessHeaderCostsNothing(t *testing.T) {
	w := newHeaderRig(t).writer()
	for _, name := range []string{"Content-Type", "Content-Length", "Date", "Etag", "Server", "Cache-Control", "Vary", "Location"} {
		w.Header().Set(name, "a")
	}
	if n := testing.AllocsPerRun(100, w.filterHeader); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
