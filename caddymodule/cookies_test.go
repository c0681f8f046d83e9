package caddymodule_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// cookiePolicy is policy, with categories whose cookies are not all dropped
// while they are denied, and names with prefixes.
const cookiePolicy = `
		category essential {
			required
			cookies session __Host-session
		}
		category analytics {
			cookies _legacy __Host-trk __Secure-trk __Http-trk __Host-Http-trk
		}
		category brief {
			cookies b_*
			on_denied session
		}
		category capped {
			cookies c_*
			on_denied cap 24h
		}
		vendor acme {
			category analytics
			cookies _trk _trk_*
		}`

// later is a date that has not come.
const later = "Wed, 09 Jun 2100 10:18:14 GMT"

// cookieLines are Set-Cookie lines, and what is left of each for a visitor who
// denies: "-" is nothing, and "" the line as it is.
var cookieLines = []struct{ name, line, left string }{
	{"a denied vendor's", "_trk=1; Path=/; Max-Age=999", "-"},
	{"by a pattern", "_trk_1=2; Domain=site.test; Path=/; Secure; HttpOnly; SameSite=None; Partitioned", "-"},
	{"a denied category's", "_legacy=1", "-"},
	{"a second of the name", "_trk=2; Path=/shop", "-"},
	{"of a session", "_trk=1", "-"},
	{"with the prefix of hosts", "__Host-trk=1; Path=/; Secure", "-"},
	{"with the prefix of TLS", "__Secure-trk=1; Secure", "-"},
	{"a value in quotes", `_trk="a b"; Path=/`, "-"},
	{"a value that is anything", `_trk={"a":[1,2]}\,=; Path=/`, "-"},
	{"no value", "_trk=; Path=/", "-"},
	{"a comma in the date", "_trk=1; Expires=" + later + "; Path=/", "-"},
	{"spaces and tabs", "_trk \t=\t 1 ;Path=/", "-"},
	{"no equals sign", "_trk; Path=/", "-"},
	{"an equals sign in front", "=_trk=1; Path=/", "-"},
	{"attributes in any case", "_trk=1; PATH=/; max-age=99; HTTPONLY", "-"},
	{"a date that nobody can read", "_trk=1; Expires=yesterday", "-"},
	{"an age that nobody can read", "_trk=1; Max-Age=0x0", "-"},
	{"an age before a date that is over", "_trk=1; Max-Age=99; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "-"},
	{"the last of two ages", "_trk=1; Max-Age=0; Max-Age=99", "-"},
	{"the last of two dates", "_trk=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=" + later, "-"},
	{"an attribute's value that looks like another", "_trk=1; Comment=Max-Age=0", "-"},

	{"an age that some cannot read behind a deletion", "_trk=5; Max-Age=0; Max-Age=x", "-"},
	{"an empty one", "_trk=5; Max-Age=0; Max-Age=", "-"},
	{"one with a plus", "_trk=5; Max-Age=0; Max-Age=+5", "-"},
	{"a date that some cannot read behind a deletion", "_trk=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Expires=x", "-"},
	{"a date of the past behind an age that nobody can read", "_trk=; Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
	{"a deletion by its age", "_trk=; Path=/; Max-Age=0", ""},
	{"a deletion by an age below zero", "_trk=deleted; max-age = -1", ""},
	{"a deletion by its date", "_trk=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/", ""},
	{"a deletion by a date with dashes", "_trk=; expires=Thu, 01-Jan-1970 00:00:01 GMT; path=/", ""},
	{"a deletion by a short year", "_trk=; expires=Thursday, 01-Jan-70 00:00:01 GMT", ""},
	{"a deletion by asctime's date", "_trk=; expires=Thu Jan  1 00:00:00 1970", ""},
	{"a deletion by an age before a date", "_trk=; Max-Age=0; Expires=" + later, ""},
	{"a deletion by the last of two ages", "_trk=; Max-Age=99; Max-Age=0", ""},
	{"a deletion on a parent domain", "_trk=; Domain=site.test; Path=/; Max-Age=0; Secure", ""},
	{"a deletion with the prefix of hosts", "__Host-trk=; Path=/; Max-Age=0; Secure", ""},

	{"an essential one", "session=2; Path=/; HttpOnly", ""},
	{"a second essential one of the name", "session=3; Path=/shop", ""},
	{"an essential one with the prefix of hosts", "__Host-session=2; Path=/; Secure", ""},
	{"the visitor's answer", "consent=1.0.1.c.analytics.; Path=/; Max-Age=99", ""},
	{"the visitor's answer, under its other name", "__Host-consent=1.0.1.c.analytics.; Path=/; Secure", ""},
	{"one that nobody knows", "theme=dark; Max-Age=99", ""},
	{"a name in another case is another name", "_TRK=1", ""},
	{"a name within a name", "x_trk=1", ""},
	{"the name in a value", "theme=_trk=1", ""},
	{"a value alone", "dark", ""},

	{"a tolerated one, until the session ends", "b_1=x; Path=/; Max-Age=99; Secure; Expires=" + later, "b_1=x; Path=/; Secure"},
	{"a tolerated one of the session", "b_1=x; Path=/", ""},
	{"a deletion of a tolerated one", "b_1=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/", ""},
	{"a capped one", `c_1="a, b"; Max-Age=864000; Path=/; SameSite=Lax`, `c_1="a, b"; Max-Age=86400; Path=/; SameSite=Lax`},
	{"a capped one with a date", "c_1=x; Expires=" + later + "; Path=/", "c_1=x; Max-Age=86400; Path=/"},
	{"a capped one that is short of it", "c_1=x; Max-Age=60; Expires=" + later, ""},
	{"a capped one of the session", "c_1=x; Path=/", ""},
	{"a deletion of a capped one", "c_1=; Max-Age=0; Path=/", ""},
}

// allCookieLines are the lines, and those that are left.
func allCookieLines() (lines, left []string) {
	for _, c := range cookieLines {
		lines = append(lines, c.line)
		switch c.left {
		case "-":
		case "":
			left = append(left, c.line)
		default:
			left = append(left, c.left)
		}
	}
	return lines, left
}

// differences names the rows of which something else is left.
func differences(t *testing.T, where string, got []string) {
	t.Helper()
	_, want := allCookieLines()
	if slices.Equal(got, want) {
		return
	}
	rest := got
	for _, c := range cookieLines {
		want := c.left
		switch want {
		case "-":
			if len(rest) > 0 && rest[0] == c.line {
				t.Errorf("%s: %s: %q came through", where, c.name, c.line)
				rest = rest[1:]
			}
			continue
		case "":
			want = c.line
		}
		if len(rest) > 0 && rest[0] == want {
			rest = rest[1:]
			continue
		}
		t.Errorf("%s: %s: want %q, there are %.200q", where, c.name, want, rest)
		if len(rest) > 0 && strings.HasPrefix(rest[0], strings.SplitAfter(want, "=")[0]) {
			rest = rest[1:]
		}
	}
	if !t.Failed() || len(rest) > 0 {
		t.Errorf("%s: not expected: %q", where, rest)
	}
}

// responses are kinds of responses by their paths.
var responses = map[string]struct {
	status      int
	contentType string
	headers     []string
}{
	"/page":      {200, "text/html; charset=utf-8", nil},
	"/coded":     {200, "text/html", []string{"Content-Encoding: gzip"}},
	"/unknown":   {200, "", nil},
	"/feed":      {200, "application/rss+xml", nil},
	"/data":      {200, "application/json", nil},
	"/image":     {200, "image/png", nil},
	"/script":    {200, "text/javascript", nil},
	"/download":  {200, "application/octet-stream", []string{"Content-Disposition: attachment"}},
	"/stream":    {200, "text/event-stream", nil},
	"/created":   {201, "application/json", []string{"Location: /x"}},
	"/none":      {204, "", nil},
	"/part":      {206, "image/png", []string{"Content-Range: bytes 0-1/9"}},
	"/moved":     {302, "text/html", []string{"Location: /page"}},
	"/see-other": {303, "", []string{"Location: /page"}},
	"/same":      {304, "", []string{`ETag: "a"`}},
	"/wrong":     {400, "text/plain", nil},
	"/login":     {401, "text/html", []string{"WWW-Authenticate: Basic"}},
	"/missing":   {404, "text/html", nil},
	"/broken":    {500, "text/html", nil},
	"/away":      {503, "application/json", nil},
	"/hints":     {200, "text/html", nil}, // after a 103
}

func TestSetCookieObeysOnEveryKindOfResponse(t *testing.T) {
	lines, left := allCookieLines()
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := responses[r.URL.Path]
		w.Header()["Set-Cookie"] = lines
		if r.URL.Path == "/hints" {
			w.WriteHeader(http.StatusEarlyHints)
		}
		w.Header()["Content-Type"] = nil
		if kind.contentType != "" {
			w.Header().Set("Content-Type", kind.contentType)
		}
		for _, line := range kind.headers {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Set(name, value)
		}
		body := []byte(original)
		if r.URL.Path == "/coded" {
			body = encode(t, "gzip", original)
		}
		w.WriteHeader(kind.status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(body)
		}
	})
	const directives = "\n\tconsent {" + cookiePolicy + "\n\t}\n\treverse_proxy {upstream}"
	everyWay(t, directives, func(t *testing.T, w way, directives string) {
		s := w.start(t, upstream, directives)
		for path, kind := range responses {
			for _, visitor := range []struct {
				name, cookie string
				want         []string
			}{
				{"no answer", "a=b", left},
				{"denied", w.own(denied), left},
				{"granted", w.own(ownCookie("analytics~brief~capped", "")), lines},
			} {
				where := path + ", " + visitor.name
				a := s.ask1xx(t, path, "Cookie: "+visitor.cookie, "Accept: text/html", "Accept-Encoding: gzip")
				if a.err != nil || a.StatusCode != kind.status {
					t.Errorf("%s: %v, %v", where, a.Response, a.err)
					continue
				}
				sections := append(slices.Clone(a.hints), a.Header)
				if (path == "/hints") != (len(a.hints) == 1) {
					t.Errorf("%s: %d sections of hints", where, len(a.hints))
				}
				for _, section := range sections {
					got := section["Set-Cookie"]
					if visitor.name == "granted" {
						if !slices.Equal(got, lines) {
							t.Errorf("%s: %q", where, got)
						}
						continue
					}
					differences(t, where, got)
				}
				if !varies(a.Header, "Cookie") {
					t.Errorf("%s: Vary: %q", where, a.Header["Vary"])
				}
			}
		}
		a := s.do(t, http.MethodHead, "/page", nil)
		differences(t, "HEAD", a.Header["Set-Cookie"])
		a = s.do(t, http.MethodPost, "/data", strings.NewReader("{}"))
		differences(t, "POST", a.Header["Set-Cookie"])
	})
}

// After a switch of protocols there is no response any more whose cookies
// could be seen to: what counts is its header.
func TestSetCookieObeysOnASwitchOfProtocols(t *testing.T) {
	lines, _ := allCookieLines()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
			"Set-Cookie: "+strings.Join(lines, "\r\nSet-Cookie: ")+"\r\n\r\n")
	}), "consent {"+cookiePolicy+"\n}\nreverse_proxy {upstream}")
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, _ = fmt.Fprintf(conn, "GET /socket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", s.addr)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(res, err)
	}
	differences(t, "101", res.Header["Set-Cookie"])
}

// What no rule knows is a matter of its own setting, whatever was granted.
func TestUnknownCookiesAreAllowedStrippedOrEndWithTheSession(t *testing.T) {
	const (
		unknown = "theme=dark; Max-Age=99; Path=/; Expires=" + later
		deleted = "theme=; Max-Age=0; Path=/"
		answer  = "consent=1.0.1.c..; Max-Age=99"
		known   = "session=1; Max-Age=99"
	)
	for _, test := range []struct {
		setting string
		want    []string
		sent    string // what the backend sees of theme=dark; session=1
	}{
		{"allow", []string{unknown, deleted, answer, known}, "theme=dark; session=1"},
		{"strip", []string{deleted, answer, known}, "session=1"},
		{"session", []string{"theme=dark; Path=/", deleted, answer, known}, "theme=dark; session=1"},
	} {
		for who, cookie := range map[string]string{"granted": granted, "denied": denied} {
			t.Run(test.setting+", "+who, func(t *testing.T) {
				s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header()["Set-Cookie"] = []string{unknown, deleted, answer, known}
					w.Header().Set("X-Sent", r.Header.Get("Cookie"))
				}), "consent {"+policy+"\nunknown {\ncookies "+test.setting+"\n}\n}\nreverse_proxy {upstream}")
				a := s.get(t, "/", "Cookie: theme=dark; session=1; "+cookie)
				if got := a.Header["Set-Cookie"]; !slices.Equal(got, test.want) {
					t.Errorf("Set-Cookie: %q, want %q", got, test.want)
				}
				if got, want := a.Header.Get("X-Sent"), test.sent+"; "+cookie; got != want {
					t.Errorf("the backend saw %q, want %q", got, want)
				}
			})
		}
	}
}

// A key that is not in canonical form reaches a client all the same.
func TestSetCookieObeysWhateverItsKeyLooksLike(t *testing.T) {
	h := handler(t, cookiePolicy)
	lines, _ := allCookieLines()
	for _, key := range []string{"set-cookie", "SET-COOKIE", "Set-cookie", "sEt-CoOkIe"} {
		w := ask(t, h, getRequest("/"), func(w http.ResponseWriter, _ *http.Request) {
			w.Header()[key] = lines
			w.WriteHeader(http.StatusTeapot)
		})
		differences(t, key, w.Result().Header[key])
	}
}
