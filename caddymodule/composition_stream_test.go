package caddymodule_test

// Connections that live on after their header, and bodies that come as they
// are made.

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// A WebSocket is opened under the same rules as any response, and then its
// bytes are nobody's business.
func TestAWebSocketFlowsBothWays(t *testing.T) {
	asked := new(seen)
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.ServeHTTP(w, r)
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Content-Type: text/html\r\nSet-Cookie: "+trackingCookie+"\r\nSet-Cookie: "+sessionCookie+"\r\n\r\n"+tracker)
		for { // what comes in goes out again, in capitals
			line, err := rw.ReadString('\n')
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, strings.ToUpper(line))
		}
	}), encoded)
	for who, cookie := range map[string]string{"denied": "_trk=1; a=b; " + denied, "granted": "_trk=1; a=b; " + granted} {
		t.Run(who, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
			_, _ = fmt.Fprintf(conn, "GET /socket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
				"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nAccept-Encoding: gzip\r\n"+
				"Cookie: %s\r\nX-Consent: analytics=1\r\n\r\n", s.addr, cookie)
			in := bufio.NewReader(conn)
			res, err := http.ReadResponse(in, nil)
			if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
				t.Fatal(res, err)
			}
			want := map[string]string{"denied": sessionCookie, "granted": trackingCookie + "\n" + sessionCookie}[who]
			if got := strings.Join(res.Header["Set-Cookie"], "\n"); got != want {
				t.Errorf("Set-Cookie: %q", got)
			}
			first := make([]byte, len(tracker))
			if _, err := io.ReadFull(in, first); err != nil || string(first) != tracker {
				t.Fatalf("%q, %v", first, err)
			}
			for i := range 3 {
				_, _ = fmt.Fprintf(conn, "<script src=\"https://tracker.test/%d.js\">\n", i)
				if got, err := in.ReadString('\n'); err != nil || got != fmt.Sprintf("<SCRIPT SRC=\"HTTPS://TRACKER.TEST/%d.JS\">\n", i) {
					t.Fatalf("%q, %v", got, err)
				}
			}
			r := asked.one(t)
			sees := map[string]string{"denied": "a=b; " + denied, "granted": cookie}[who]
			if got := r.Header.Get("Cookie"); got != sees || strings.Contains(r.Header.Get("X-Consent"), "analytics=1") != (who == "granted") {
				t.Errorf("the backend saw %v", r.Header)
			}
		})
	}
}

// live has a backend that says one thing, waits until the client has it, and
// says the next.
func live(t *testing.T, s *site, turn chan<- struct{}, path string, want []string, headers ...string) *http.Response {
	t.Helper()
	req, _ := http.NewRequest(http.MethodGet, "http://"+s.addr+path, http.NoBody)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	for _, part := range want {
		got := make([]byte, len(part))
		if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != part {
			t.Fatalf("%q, %v; want %q", got, err, part)
		}
		turn <- struct{}{}
	}
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		t.Errorf("rest %q, %v", rest, err)
	}
	return res
}

// speaker writes its parts, each when the last has been heard.
func speaker(t *testing.T, turn <-chan struct{}, header map[string]string, parts []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		setBothKinds(w)
		for name, value := range header {
			w.Header().Set(name, value)
		}
		for _, part := range parts {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
			select {
			case <-turn:
			case <-time.After(10 * time.Second):
				t.Errorf("%q was not heard", part)
				return
			}
		}
	})
}

// Events arrive when they happen, whatever is in them.
func TestEventsAreNotHeldBack(t *testing.T) {
	events := []string{"data: 1\n\n", "data: " + tracker + "\n\n", ": <script src=\"https://tracker.test/", "\n\n"}
	for _, kind := range []string{"text/event-stream", "text/event-stream; charset=utf-8", "application/x-ndjson", "text/plain"} {
		everyWay(t, proxied, func(t *testing.T, w way, directives string) {
			turn := make(chan struct{})
			s := w.start(t, speaker(t, turn, map[string]string{"Content-Type": kind, "X-Content-Type-Options": "nosniff"}, events), directives)
			res := live(t, s, turn, "/", events, "Cookie: "+w.own(denied))
			if res.Header.Get("Content-Type") != kind {
				t.Errorf("Content-Type: %q", res.Header.Get("Content-Type"))
			}
			onlyAllowed(t, res.Header)
		})
	}
}

// Nor are pages, as far as they can be judged: not even behind encode, which waits for nothing either.
func TestAPageThatIsSentAtOnceIsNotHeldBack(t *testing.T) {
	parts := []string{"<!doctype html><p>1</p>", tracker, "<p>2</p>"}
	want := []string{"<!doctype html><p>1</p>", heldTracker, "<p>2</p>"}
	for _, header := range []map[string]string{{"Content-Type": "text/html"}, {"Content-Type": "text/html", "Incremental": "?1"}} {
		everyWay(t, proxied, func(t *testing.T, w way, directives string) {
			turn := make(chan struct{})
			s := w.start(t, speaker(t, turn, header, parts), directives)
			onlyAllowed(t, live(t, s, turn, "/", want).Header)
		})
	}
}

// Blanks by which a backend keeps a connection alive before it has something to say, for who may put it into a page as
// for who parses it, go out as they come.
func TestBlanksBeforeAnAnswerAreNotHeldBack(t *testing.T) {
	for _, answer := range []string{`{"a":1}`, tracker} {
		parts := []string{" ", "\n", "  ", answer}
		want := slices.Clone(parts)
		if answer == tracker {
			want[3] = heldTracker
		}
		everyWay(t, proxied, func(t *testing.T, w way, directives string) {
			turn := make(chan struct{})
			s := w.start(t, speaker(t, turn, map[string]string{"Content-Type": "text/html"}, parts), directives)
			live(t, s, turn, "/", want, "Accept: */*")
		})
	}
}

// Trailers come after a body that was changed as after one that was not, and are filtered as
// headers are.
func TestTrailersStayTrailers(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", strings.TrimPrefix(r.URL.Path, "/"))
		w.Header().Set("Trailer", "X-Sum, Set-Cookie")
		_, _ = io.WriteString(w, original)
		_ = http.NewResponseController(w).Flush()
		_, _ = io.WriteString(w, "<p>the end</p>")
		w.Header().Set("X-Sum", "42")
		w.Header().Set(http.TrailerPrefix+"X-Late", "43")
		setBothKinds(w)
		w.Header()[http.TrailerPrefix+"Link"] = w.Header()["Link"] // not announced
	})
	everyWay(t, proxied, func(t *testing.T, w way, directives string) {
		s := w.start(t, upstream, directives)
		for kind, want := range map[string]string{"/text/html": held, "/application/json": original} {
			a := s.get(t, kind, "Cookie: "+w.own(denied), "Accept-Encoding: gzip")
			if got := decode(t, a.Header.Get("Content-Encoding"), a.body); a.err != nil || got != want+"<p>the end</p>" {
				t.Errorf("%s: %v, %.200q", kind, a.err, got)
			}
			if a.Header.Get("X-Sum") != "" || a.Trailer.Get("X-Sum") != "42" || a.Trailer.Get("X-Late") != "43" {
				t.Errorf("%s: header %q, trailers %v", kind, a.Header.Get("X-Sum"), a.Trailer)
			}
			onlyAllowed(t, a.Trailer)
		}
	})
}

// Cookies that are taken away are in the header, whatever the backend says that its trailers will be.
func TestCookiesAreTakenAwayInTheHeader(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Trailer", "X-Sum, Set-Cookie")
		_, _ = io.WriteString(w, original)
		w.Header().Set("X-Sum", "42")
	})
	everyWay(t, proxied, func(t *testing.T, w way, directives string) {
		a := w.start(t, upstream, directives).get(t, "/", "Accept: text/html", "Cookie: _trk=1; "+w.own(denied))
		if a.Trailer.Get("X-Sum") != "42" || len(a.Trailer["Set-Cookie"]) > 0 || !strings.Contains(a.Header.Get("Set-Cookie"), "_trk=;") {
			t.Errorf("header %q, trailers %v", a.Header["Set-Cookie"], a.Trailer)
		}
	})
}

// Over HTTP/2 and HTTP/3 a WebSocket is a tunnel to this site (RFC 8441, RFC
// 9220): Caddy makes an upgrade of it for the backend.
func TestAWebSocketOverHTTP2AndHTTP3IsOneOfTheSite(t *testing.T) {
	h := handler(t, policy)
	for _, test := range []struct {
		name    string
		tunnel  func(r *http.Request)
		covered bool
	}{
		{"HTTP/2", func(r *http.Request) {
			r.Proto, r.ProtoMajor = "HTTP/2.0", 2
			r.Header[":protocol"] = []string{"websocket"} // as net/http has it
		}, true},
		{"HTTP/3", func(r *http.Request) { r.Proto, r.ProtoMajor = "websocket", 3 }, true},
		{"a tunnel to somewhere else", func(r *http.Request) { r.Proto, r.ProtoMajor = "HTTP/2.0", 2 }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodConnect, "https://site.test/socket", nil)
			test.tunnel(r)
			r.Header.Set("Cookie", "_trk=1; a=b")
			r.Header.Set("X-Consent", "analytics=1")
			w := ask(t, h, r, func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Cookie"); (got == "a=b") != test.covered {
					t.Errorf("the backend saw the cookies %q", got)
				}
				if got := r.Header.Get("X-Consent"); (got == "essential=1, analytics=0") != test.covered {
					t.Errorf("the backend was told %q", got)
				}
				setBothKinds(w)
				w.Header().Set("Content-Type", "text/html")
				w.WriteHeader(http.StatusOK)
				_ = http.NewResponseController(w).Flush()
				_, _ = io.WriteString(w, tracker[:20])
				_, _ = io.WriteString(w, tracker[20:])
			})
			if got := w.Body.String(); got != tracker {
				t.Errorf("%q came through", got)
			}
			if test.covered {
				onlyAllowed(t, w.Result().Header)
			}
		})
	}
}
