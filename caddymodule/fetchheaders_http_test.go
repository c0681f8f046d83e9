package caddymodule_test

// Headers that fetch, through the real Caddy.

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

// fetching is a header with something of a denied vendor in every field that
// can fetch or report, and what is left of it.
var (
	fetching = http.Header{
		"Link":                    {"</style.css>; rel=preload; as=style, <https://tracker.test/x.js>; rel=preload; as=script", "<https://tracker.test>; rel=preconnect"},
		"Refresh":                 {"0;url=https://tracker.test/"},
		"Speculation-Rules":       {`"https://tracker.test/rules.json"`},
		"Reporting-Endpoints":     {`a="https://tracker.test/r", b="/r"`},
		"Report-To":               {`{"group":"a","max_age":9,"endpoints":[{"url":"https://tracker.test/r"}]}`},
		"Content-Security-Policy": {"img-src *; report-uri https://tracker.test/csp"},
	}
	fetchingLeft = http.Header{
		"Link":                    {"</style.css>; rel=preload; as=style"},
		"Refresh":                 nil,
		"Speculation-Rules":       nil,
		"Reporting-Endpoints":     {`b="/r"`},
		"Report-To":               {`{"group":"a","max_age":9,"endpoints":[]}`},
		"Content-Security-Policy": {"img-src *"},
	}
)

func setFetching(h http.Header) { maps.Copy(h, fetching) }

func checkFetching(t *testing.T, where string, got, want http.Header) {
	t.Helper()
	for name, lines := range want {
		if !slices.Equal(got[name], lines) {
			t.Errorf("%s: %s: got %q, want %q", where, name, got[name], lines)
		}
	}
}

func TestHeadersThatFetchAreFilteredOnEveryResponse(t *testing.T) {
	statuses := map[string]int{"/ok": 200, "/none": 204, "/moved": 302, "/same": 304, "/wrong": 404, "/error": 500, "/refused": 401}
	types := map[string]string{"page": "text/html", "style": "text/css", "data": "application/json", "unknown": ""}
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setFetching(w.Header())
		if kind := types[r.URL.Query().Get("type")]; kind != "" {
			w.Header().Set("Content-Type", kind)
		}
		w.WriteHeader(statuses[r.URL.Path])
		_, _ = io.WriteString(w, filler)
	}), encoded)
	for path, status := range statuses {
		for kind := range types {
			for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
				where := method + " " + path + " " + kind
				a := s.do(t, method, path+"?type="+kind, nil)
				if a.err != nil || a.StatusCode != status {
					t.Errorf("%s: %v, %v", where, a.Response, a.err)
					continue
				}
				checkFetching(t, where, a.Header, fetchingLeft)
				if !variesBy(a.Header, "Cookie") {
					t.Errorf("%s: Vary: %q", where, a.Header["Vary"])
				}
			}
			a := s.get(t, path+"?type="+kind, "Cookie: "+granted)
			checkFetching(t, "granted: "+path+" "+kind, a.Header, fetching)
			if !variesBy(a.Header, "Cookie") {
				t.Errorf("granted: %s %s: Vary: %q", path, kind, a.Header["Vary"])
			}
		}
	}
}

func TestEarlyHintsFetchNothingThatIsBlocked(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, link := range []string{"</first>; rel=preload, <https://tracker.test/x>; rel=preload", "<https://tracker.test>; rel=preconnect"} {
			w.Header()["Link"] = []string{link}
			w.WriteHeader(http.StatusEarlyHints)
		}
		setFetching(w.Header())
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, filler)
	})
	for name, start := range map[string]func(*testing.T, http.Handler, string) *site{"HTTP/1": serve, "HTTP/2": serveTLS} {
		t.Run(name, func(t *testing.T) {
			s := start(t, upstream, encoded)
			ask := func(cookie string) (hints [][]string, final http.Header) {
				ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
					Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
						hints = append(hints, h["Link"])
						return nil
					},
				})
				req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/", http.NoBody)
				req.Header.Set("Cookie", cookie)
				a := send(t, s.client, req)
				if a.err != nil || a.body != filler {
					t.Fatal(a.Response, a.err)
				}
				return hints, a.Header
			}
			hints, final := ask("a=b")
			if len(hints) != 2 || !slices.Equal(hints[0], []string{"</first>; rel=preload"}) || len(hints[1]) != 0 {
				t.Errorf("hints: %q", hints)
			}
			checkFetching(t, "final", final, fetchingLeft)
			hints, final = ask(strings.ReplaceAll(granted, "consent=", map[string]string{"HTTP/1": "consent=", "HTTP/2": "__Host-consent="}[name]))
			if len(hints) != 2 || !strings.Contains(hints[0][0], "tracker.test") || len(hints[1]) != 1 {
				t.Errorf("granted: hints: %q", hints)
			}
			checkFetching(t, "granted: final", final, fetching)
		})
	}
}

func TestHeadersThatFetchAreCounted(t *testing.T) {
	for mode, want := range map[string]http.Header{"enforce": fetchingLeft, "report": fetching} {
		t.Run(mode, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				setFetching(w.Header())
				w.WriteHeader(http.StatusNoContent)
			}), "metrics /metrics\nconsent {\nmode "+mode+"\n"+policy+"\n}\nreverse_proxy {upstream}")
			checkFetching(t, mode, s.get(t, "/").Header, want)
			// A preload, a preconnect and rules; the endpoints of three fields; a redirect.
			for kind, want := range map[string]int{"hint": 3, "other": 3, "frame": 1} {
				if got := s.count(t, "elements_blocked_total", `category="analytics",kind="`+kind+`"`); got != want {
					t.Errorf("%s: got %d, want %d", kind, got, want)
				}
			}
		})
	}
}
