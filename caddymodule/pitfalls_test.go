package caddymodule_test

// Traps into which handlers have fallen that change responses, each a named
// test here unless another file has it.

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// What names no coding is not coded.
func TestABodyThatIsNotCodedIsReadAsItIs(t *testing.T) {
	for _, coding := range []string{"", "identity", "none", "IDENTITY", "identity, identity", ",", "x-unheard-of", "utf-8"} {
		t.Run(coding, func(t *testing.T) {
			everyLayer(t, func(t *testing.T, config string) {
				s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "text/html")
					w.Header()["Content-Encoding"] = []string{coding}
					_, _ = io.WriteString(w, original)
				}), config)
				a := s.get(t, "/", "Accept-Encoding: gzip")
				if got := decode(t, a.Header.Get("Content-Encoding"), a.body); a.err != nil || got != held {
					t.Errorf("%v, %v: %.200q", a.Response, a.err, got)
				}
				if got := a.Header.Get("Content-Encoding"); got != "" && got != "gzip" {
					t.Errorf("Content-Encoding: %q", got)
				}
			})
		})
	}
}

// no-transform is a word to proxies that would save bytes. The site's own
// gateway has a duty to its visitors.
func TestNoTransformIsNoReasonNotToObey(t *testing.T) {
	everyWay(t, proxied, func(t *testing.T, w way, directives string) {
		s := w.start(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			w.Header().Set("Cache-Control", "no-transform, max-age=9")
			page(original).ServeHTTP(w, nil)
		}), directives)
		a := s.get(t, "/", "Accept-Encoding: gzip", "Cookie: "+w.own(denied))
		// encode obeys the word, and codes nothing.
		if a.err != nil || a.body != held || a.Header.Get("Cache-Control") != "private, no-transform, max-age=9" {
			t.Errorf("%v, %v: %.200q", a.Header, a.err, a.body)
		}
		onlyAllowed(t, a.Header)
	})
}

// fileWriter is a response writer that takes files, as net/http's does, to
// have the kernel send them.
type fileWriter struct {
	*httptest.ResponseRecorder
	files int
}

func (w *fileWriter) ReadFrom(r io.Reader) (int64, error) {
	w.files++
	return io.Copy(w.ResponseRecorder, r)
}

func TestFilesThatAreNotRewrittenAreHandedOnAsFiles(t *testing.T) {
	h := handler(t, policy)
	for _, test := range []struct {
		name, contentType, cookie string
		files                     int
		body                      string
	}{
		{"an image", "image/png", denied, 1, original},
		{"a film", "video/mp4", denied, 1, original},
		{"an archive", "application/zip", denied, 1, original},
		{"a page", "text/html", denied, 0, held},
		{"a drawing", "image/svg+xml", denied, 0, ""},
		{"what has no type", "", denied, 0, held},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &fileWriter{ResponseRecorder: httptest.NewRecorder()}
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Cookie", test.cookie)
			r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), w, nil)
			err := h.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				if test.contentType != "" {
					w.Header().Set("Content-Type", test.contentType)
				}
				_, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(original)})
				return err
			}))
			if err != nil || w.files != test.files || test.body != "" && w.Body.String() != test.body {
				t.Errorf("%v; as a file %d times, want %d: %.200q", err, w.files, test.files, w.Body)
			}
		})
	}
}

// What is held of a page until it can be judged is bounded, however long it
// is, and what goes beyond is blocked.
func TestWhatIsHeldOfAPageIsBounded(t *testing.T) {
	limited := "\n\tconsent {" + policy + "\n\t\tlimits {\n\t\t\ttag 4KiB\n\t\t\tinline 4KiB\n\t\t}\n\t}\n\treverse_proxy {upstream}"
	long := strings.Repeat("a", 1<<20)
	for _, test := range []struct{ name, page, gone, kept string }{
		{"a long attribute", `<p>1</p><script data-x="` + long + `" src="https://tracker.test/x.js"></script><p>2</p>`, ` src="https://tracker.test`, "<p>1</p><p>2</p>"},
		{"a long script", "<p>1</p><script>" + long + ";acmeStats()</script><p>2</p>", "<script>", "<p>2</p>"},
		{"a long text", "<p>1</p>" + long + tracker + "<p>2</p>", tracker, long + heldTracker + "<p>2</p>"},
		{"a long comment", "<p>1</p><!--" + long + "-->" + tracker, tracker, long + "-->" + heldTracker},
		{"many tags", strings.Repeat(tracker, 20_000), tracker, strings.Repeat(heldTracker, 20_000)},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := serve(t, page(test.page), limited).get(t, "/")
			if strings.Contains(a.body, test.gone) || !strings.Contains(a.body, test.kept) {
				t.Errorf("%v, %d bytes, ending in %.100q", a.err, len(a.body), a.body[max(0, len(a.body)-100):])
			}
		})
	}
}

// The access log tells what was sent, and to whom.
func TestTheAccessLogTellsWhatWasSent(t *testing.T) {
	file := t.TempDir() + "/access.log"
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		setBothKinds(w)
		w.Header().Set("ETag", `"a"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(original)))
		page(original).ServeHTTP(w, nil)
	}), "log {\noutput file "+file+"\nformat json\n}\nlog_append vary {http.response.header.Vary}\nlog_append granted {http.consent.granted}\n"+proxied)
	bodies := []string{s.get(t, "/", "Cookie: "+denied).body, s.get(t, "/", "Cookie: "+granted).body, s.get(t, "/").body}
	_ = caddy.Stop() // the log is written
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	entries := strings.Split(strings.TrimSpace(string(data)), "\n")
	if len(entries) != len(bodies) {
		t.Fatalf("%d entries: %s", len(entries), data)
	}
	for i, want := range []struct{ state, granted string }{{"answered", "essential"}, {"answered", "essential,analytics"}, {"unanswered", "essential"}} {
		var entry struct {
			Size    int                 `json:"size"`
			State   string              `json:"consent_state"`
			List    []string            `json:"consent_granted"`
			Granted string              `json:"granted"`
			Vary    string              `json:"vary"`
			Headers map[string][]string `json:"resp_headers"`
		}
		if err := json.Unmarshal([]byte(entries[i]), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Size != len(bodies[i]) || entry.State != want.state || strings.Join(entry.List, ",") != want.granted || entry.Granted != want.granted || entry.Vary != "Cookie" {
			t.Errorf("%d bytes were sent, %s: %+v", len(bodies[i]), want.granted, entry)
		}
		if links := strings.Join(entry.Headers["Link"], "\n"); (i == 1) != strings.Contains(links, "tracker.test") {
			t.Errorf("%s: %q", want.granted, links)
		}
	}
}

// A browser that goes away in the middle is no error of the page.
func TestAVisitorWhoLeavesIsNoFault(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			done := make(chan struct{})
			s := w.start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if r.URL.Path == "/" {
					_, _ = io.WriteString(w, "<p>short</p>")
					return
				}
				defer close(done)
				for range 100_000 {
					if _, err := io.WriteString(w, original); err != nil {
						return
					}
				}
				t.Error("the backend was not told")
			}), "metrics /metrics\n"+proxied)
			req, _ := http.NewRequest(http.MethodGet, "http://"+s.addr+"/long", http.NoBody)
			res, err := s.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.CopyN(io.Discard, res.Body, 10_000)
			_ = res.Body.Close()
			<-done
			if a := s.get(t, "/"); a.body != "<p>short</p>" {
				t.Errorf("the next page: %v, %v", a.Response, a.err)
			}
			if a := s.get(t, "/metrics"); regexp.MustCompile(`caddy_consent_errors_total\{[^}]*\} [1-9]`).MatchString(a.body) {
				t.Error("it was counted as an error of the page")
			}
		})
	}
}
