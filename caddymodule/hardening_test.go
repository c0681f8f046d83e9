package caddymodule_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// Fields of a response in these tests: a cookie and a preload of a denied
// vendor, and such that may pass.
const (
	trackingCookie = "_trk=1; Path=/; Max-Age=999"
	sessionCookie  = "session=2; Path=/"
	trackingLink   = "<https://tracker.test/x.js>; rel=preload; as=script"
	styleLink      = "</style.css>; rel=preload; as=style"
)

// setBothKinds sets them all.
func setBothKinds(w http.ResponseWriter) {
	w.Header()["Set-Cookie"] = []string{trackingCookie, sessionCookie}
	w.Header()["Link"] = []string{trackingLink, styleLink}
}

// onlyAllowed checks that what may pass is left, and nothing else.
func onlyAllowed(t *testing.T, h map[string][]string) {
	t.Helper()
	for name, want := range map[string]string{"Set-Cookie": sessionCookie, "Link": styleLink} {
		if got := h[name]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// By whichever way a backend's response begins, its header is filtered first.
func TestNoHeaderLeavesUnfiltered(t *testing.T) {
	respond := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			if contentType != "" {
				w.Header().Set("Content-Type", contentType)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, test := range []struct {
		name, method string
		upstream     http.HandlerFunc
		status       int
	}{
		{"a page", "GET", respond(200, "text/html", original), 200},
		{"an image", "GET", respond(200, "image/png", "PNG"), 200},
		{"an event stream", "GET", respond(200, "text/event-stream", "data: 1\n\n"), 200},
		{"the header of a page", "HEAD", respond(200, "text/html", ""), 200},
		{"the answer to a form", "POST", respond(200, "text/html", original), 200},
		{"nothing", "GET", respond(204, "", ""), 204},
		{"a redirect", "GET", respond(303, "", ""), 303},
		{"what is not modified", "GET", respond(304, "", ""), 304},
		{"a page in UTF-16", "GET", respond(200, "text/html; charset=utf-16le", "x\x00"), 200},
		{"a wrong address", "GET", respond(404, "text/plain", "not found"), 404},
		{"an error of the backend", "GET", respond(500, "text/html", original), 500},
		{"a refusal", "GET", respond(401, "application/json", "{}"), 401},
		{"no type", "GET", func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			w.Header()["Content-Type"] = nil
			_, _ = io.WriteString(w, original)
		}, 200},
		{"a flush before anything else", "GET", func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, original)
		}, 200},
	} {
		for _, layer := range []struct{ name, config string }{{"", proxied}, {", inside encode", encoded}} {
			t.Run(test.name+layer.name, func(t *testing.T) {
				a := serve(t, test.upstream, layer.config).do(t, test.method, "/", nil, "Accept-Encoding: gzip")
				if a.err != nil || a.StatusCode != test.status {
					t.Fatalf("%v, %v", a.Response, a.err)
				}
				onlyAllowed(t, a.Header)
				if !variesBy(a.Header, "Cookie") {
					t.Errorf("Vary: %q", a.Header["Vary"])
				}
			})
		}
	}
}

// Handlers of Caddy itself send files by ReadFrom, and answer in other ways.
func TestNoHeaderOfAFileLeavesUnfiltered(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"index.html": original, "a.png": "\x89PNG" + filler} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, nil, fmt.Sprintf(`
	header +Set-Cookie %q
	header +Set-Cookie %q
	header +Link %q
	header +Link %q
	consent {`+policy+`
	}
	root %q
	error /teapot 418
	respond /empty 204
	redir /old /new
	file_server`, trackingCookie, sessionCookie, trackingLink, styleLink, filepath.ToSlash(dir)))
	tag := s.get(t, "/a.png").Header.Get("ETag")
	for _, test := range []struct {
		name, path string
		headers    []string
		status     int
		body       string
	}{
		{"a page", "/", nil, 200, held},
		{"an image", "/a.png", nil, 200, "\x89PNG" + filler},
		{"a part of an image", "/a.png", []string{"Range: bytes=1-3"}, 206, "PNG"},
		{"an image that is not modified", "/a.png", []string{"If-None-Match: " + tag}, 304, ""},
		{"a page that claims not to be modified", "/", []string{"If-None-Match: *", "Accept: text/html"}, 200, held},
		{"no such file", "/b.png", nil, 404, ""},
		{"an error of a handler", "/teapot", nil, 418, ""},
		{"nothing", "/empty", nil, 204, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.get(t, test.path, test.headers...)
			if a.err != nil || a.StatusCode != test.status || a.body != test.body {
				t.Fatalf("%v, %v: %.200s", a.Response, a.err, a.body)
			}
			onlyAllowed(t, a.Header)
		})
	}
}

func TestEarlyHintsAreFiltered(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		setBothKinds(w)
		w.WriteHeader(http.StatusEarlyHints)
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, original)
	}), proxied)
	var hints []http.Header
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
			hints = append(hints, http.Header(h))
			return nil
		},
	})
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/", http.NoBody)
	res, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	if len(hints) != 1 || string(body) != held {
		t.Fatalf("hints %v, page %.100s", hints, body)
	}
	onlyAllowed(t, hints[0])
	onlyAllowed(t, res.Header)
}

// A connection that changes its protocol is let alone after its header.
func TestASwitchOfProtocolsIsFilteredAndThenLetAlone(t *testing.T) {
	const message = `<script src="https://tracker.test/x.js"></script>`
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Content-Type: text/html\r\nSet-Cookie: " + trackingCookie + "\r\nSet-Cookie: " + sessionCookie + "\r\n" +
			"Link: " + trackingLink + "\r\nLink: " + styleLink + "\r\n\r\n"))
		_, _ = io.CopyN(conn, rw, int64(len(message)))
	}), encoded)
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAccept-Encoding: gzip\r\n\r\n", s.addr)
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(res, err)
	}
	onlyAllowed(t, res.Header)
	_, _ = io.WriteString(conn, message)
	echo := make([]byte, len(message))
	if _, err := io.ReadFull(r, echo); err != nil || string(echo) != message {
		t.Errorf("%q, %v", echo, err)
	}
}

// What handlers inside may do that no backend does.
func TestHandlersCannotGetAroundTheWriter(t *testing.T) {
	h := handler(t, policy)
	for name, next := range map[string]http.HandlerFunc{
		"nothing is written": func(w http.ResponseWriter, _ *http.Request) { setBothKinds(w) },
		"a flush without a type": func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			_ = http.NewResponseController(w).Flush()
		},
		"a flush of an empty page": func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			w.Header().Set("Content-Type", "text/html")
			_ = http.NewResponseController(w).Flush()
		},
		"keys in lower case": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["set-cookie"] = []string{trackingCookie}
			w.Header()["SET-COOKIE2"] = []string{trackingCookie}
			w.Header()["link"] = []string{trackingLink}
			w.Header().Set("Set-Cookie", sessionCookie)
			w.WriteHeader(http.StatusOK)
		},
		"a page that is refused": func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "dcz")
			_, _ = io.WriteString(w, "x")
		},
		"a file is copied": func(w http.ResponseWriter, _ *http.Request) {
			setBothKinds(w)
			_, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("x"))
		},
		"hints alone": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusEarlyHints); setBothKinds(w) },
	} {
		t.Run(name, func(t *testing.T) {
			sent := ask(t, h, httptest.NewRequest(http.MethodGet, "/", nil), next).Result().Header
			for key, lines := range sent {
				for _, line := range lines {
					if line == trackingCookie || line == trackingLink {
						t.Errorf("%s: %s", key, line)
					}
				}
			}
		})
	}
}

func TestWriteTakesAllItIsGiven(t *testing.T) {
	h := handler(t, policy)
	for _, kind := range []struct{ contentType, coding string }{
		{"text/html", ""}, {"text/html", "gzip"}, {"text/html", "dcz"}, {"text/plain", ""}, {"", ""},
	} {
		for _, size := range []int{0, 1, 511, 512, 513, 100_000} {
			t.Run(fmt.Sprintf("%d bytes of %q in %q", size, kind.contentType, kind.coding), func(t *testing.T) {
				ask(t, h, httptest.NewRequest(http.MethodGet, "/", nil), func(w http.ResponseWriter, _ *http.Request) {
					if kind.contentType != "" {
						w.Header().Set("Content-Type", kind.contentType)
					}
					text := strings.Repeat(original, 1+size/len(original))[:size]
					body := []byte(text)
					if kind.coding == "gzip" {
						w.Header().Set("Content-Encoding", "gzip")
						body = encode(t, "gzip", text)
					} else if kind.coding != "" {
						w.Header().Set("Content-Encoding", kind.coding)
					}
					half := len(body) / 2
					if n, err := w.Write(body[:half]); n != half || err != nil {
						t.Errorf("Write returned %d of %d, %v", n, half, err)
					}
					rest := int64(len(body) - half)
					if n, err := io.Copy(w, strings.NewReader(string(body[half:]))); n != rest || err != nil {
						t.Errorf("Copy returned %d of %d, %v", n, rest, err)
					}
				})
			})
		}
	}
}

func TestAnErrorOfAHandlerKeepsItsStatus(t *testing.T) {
	dead := freeAddr(t)
	const errorPage = `
	handle_errors {
		consent {` + policy + `
		}
		header Content-Type text/html
		respond "{err.status_code} <script src=\"https://tracker.test/x.js\"></script>"
	}`
	s := serve(t, nil, "encode\nconsent {"+policy+"\n}\nerror /teapot 418\nreverse_proxy "+dead+errorPage)
	for path, want := range map[string]int{"/teapot": 418, "/": 502} {
		a := s.get(t, path)
		body := fmt.Sprintf(`%d <script data-consent="acme" type="text/plain" data-consent-src="https://tracker.test/x.js"></script>`, want)
		if a.err != nil || a.StatusCode != want || a.body != body {
			t.Errorf("%s: %v %v %s", path, a.Response, a.err, a.body)
		}
		a = s.get(t, path, "Cookie: "+granted)
		if !strings.Contains(a.body, `<script src="https://tracker.test/x.js">`) {
			t.Errorf("%s, granted: %s", path, a.body)
		}
	}
}

// A handler that fails in the middle of a page leaves a broken transfer: to
// give out what is held of it would make a clean end.
func TestAnErrorInThePageNeverEndsCleanly(t *testing.T) {
	h := handler(t, policy)
	mistake := errors.New("the database went away")
	for name, end := range map[string]func() error{
		"an error": func() error { return mistake },
		"a panic":  func() error { panic(mistake) },
		"an abort": func() error { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := caddyhttp.PrepareRequest(httptest.NewRequest(http.MethodGet, "/", nil), caddy.NewReplacer(), w, nil)
			defer func() {
				if recover() == nil {
					t.Error("the response ended as if nothing had happened")
				}
				if got := w.Body.String(); got != "<p>one</p>" {
					t.Errorf("sent: %q", got)
				}
			}()
			_ = h.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, `<p>one</p><script src="https://tracker.test/x.js`)
				return end()
			}))
		})
	}
}

// Half a unit at the end of UTF-16 is no text, and nothing can stand behind it.
func TestNothingIsPutBehindHalfAUnit(t *testing.T) {
	text := strings.Join(strings.Split("<!doctype html><title>half</title>a unit", ""), "\x00") + "\x00"
	for _, end := range []string{"", "x"} {
		upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-16")
			_, _ = io.WriteString(w, text+end)
		})
		s := serve(t, upstream, "consent {\nguard on\nbanner off\n"+policy+"\n}\nreverse_proxy {upstream}")
		body := s.get(t, "/", "Sec-Fetch-Dest: document").body
		if grown := len(body) > len(text+end); !strings.HasPrefix(body, text+end) || grown != (end == "") {
			t.Errorf("behind %q: %q", end, body)
		}
	}
}
