package caddymodule_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/oracle"
)

// A cookieCase is a response with cookies, and what a browser stored of them.
type cookieCase struct {
	ID, Why string
	Set     []string // values of Set-Cookie
	Name    string   // another name of the field
	Early   string   // a cookie on an informational response before
	Status  int
	Headers [][2]string
	CT      *string
	Kind    string // how it is asked for
	Body    string
	NoBody  bool
	Tier    string
	Either  bool // both outcomes are right
	Expect  []struct{ Name, Value string }
}

// raw is the response as bytes, since some of it no HTTP server would send.
func (c *cookieCase) raw() []byte {
	var b strings.Builder
	if c.Early != "" {
		fmt.Fprintf(&b, "HTTP/1.1 103 Early Hints\r\nSet-Cookie: %s\r\nLink: </a.css>; rel=preload; as=style\r\n\r\n", c.Early)
	}
	status := max(c.Status, http.StatusOK)
	contentType := "text/html; charset=utf-8"
	if c.CT != nil {
		contentType = *c.CT
	}
	body := c.Body
	if body == "" && !c.NoBody {
		body = "<!doctype html><title>c</title>ok"
	}
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nCache-Control: no-store\r\nConnection: close\r\n", status, http.StatusText(status), contentType)
	for _, field := range c.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", field[0], field[1])
	}
	name := c.Name
	if name == "" {
		name = "Set-Cookie"
	}
	for _, value := range c.Set {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	if status != http.StatusNoContent && status != http.StatusNotModified {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(body))
	}
	return latin1(b.String() + "\r\n" + body)
}

// latin1 makes a byte of every character: the cases name bytes so.
func latin1(s string) []byte {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, byte(r))
	}
	return out
}

// rawUpstream answers with the bytes of the case that the path names.
func rawUpstream(t *testing.T, cases []*cookieCase) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				r, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				for _, c := range cases {
					if r.URL.Path == "/ck/"+c.ID {
						_, _ = conn.Write(c.raw())
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// cookieName is the name under which a server would see a cookie again
// (RFC 6265bis section 5.6): that of one without a name is in its value.
func cookieName(setCookie string) string {
	pair, _, _ := strings.Cut(setCookie, ";")
	name, value, named := strings.Cut(pair, "=")
	if name = strings.Trim(name, " \t"); named && name != "" {
		return name
	}
	if !named {
		value = pair
	}
	name, _, _ = strings.Cut(strings.Trim(value, " \t"), "=")
	return strings.Trim(name, " \t")
}

// Of the cookies of every response, the denied ones do not leave Caddy, and
// those that a browser stored and may are there as they came.
func TestConformanceCookies(t *testing.T) {
	var cases []*cookieCase
	readConformance(t, "cookies.json", &cases)
	guard := listed(t, guardFile)
	s, _ := conformanceSites(t, rawUpstream(t, cases))
	count := map[string]int{}
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			if (c.Tier == "script") != (guard[c.ID] != "") {
				t.Errorf("of tier %q, listed in %s: %v", c.Tier, guardFile, guard[c.ID] != "")
			}
			if c.Tier == "script" {
				count["for the guard"]++
				return
			}
			if c.Either {
				count["either way"]++
				return
			}
			count["judged"]++
			checkCookies(t, c, caseCookies(t, s, c))
		})
	}
	for id := range guard {
		if strings.HasPrefix(id, "cookie-") && !slices.ContainsFunc(cases, func(c *cookieCase) bool { return c.ID == id }) {
			t.Errorf("%s lists %s, which is no case", guardFile, id)
		}
	}
	t.Logf("%d cases: %v", len(cases), count)
}

// caseCookies asks for a case as the page would, and returns all cookies of
// the answer, those of informational responses included.
func caseCookies(t *testing.T, s *site, c *cookieCase) []string {
	t.Helper()
	method := map[string]string{"post": http.MethodPost, "head": http.MethodHead}[c.Kind]
	if method == "" {
		method = http.MethodGet
	}
	var cookies []string
	trace := &httptrace.ClientTrace{Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
		cookies = append(cookies, h["Set-Cookie"]...)
		return nil
	}}
	r, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), method, "http://"+s.addr+"/ck/"+c.ID, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "site.test"
	if c.Kind == "" {
		r.Header.Set("Accept", "text/html,*/*;q=0.8")
	}
	a := send(t, s.client, r)
	if a.err != nil {
		t.Fatal(a.err)
	}
	for name, lines := range a.Header {
		if name == "Set-Cookie" || name == "Set-Cookie2" {
			cookies = append(cookies, lines...)
		}
	}
	return append(cookies, a.Trailer["Set-Cookie"]...)
}

func checkCookies(t *testing.T, c *cookieCase, got []string) {
	t.Helper()
	for _, line := range got {
		if name := cookieName(line); name == "_trk" || strings.HasPrefix(name, "_trk_") {
			t.Errorf("%s: denied, and yet sent: %q", c.Why, line)
		}
	}
	for _, want := range c.Expect {
		// The field as it came: white space may differ, since HTTP lets it.
		sent := slices.IndexFunc(c.Set, func(line string) bool {
			return strings.HasPrefix(spaced(line), spaced(want.Name+"="+want.Value)) || spaced(line) == want.Value
		})
		if sent < 0 {
			sent = slices.IndexFunc(c.Set, func(line string) bool { // a name in UTF-8, byte for character
				return strings.HasPrefix(string(latin1(line)), want.Name+"="+want.Value)
			})
		}
		if sent < 0 {
			t.Fatalf("%s=%s is not of this case", want.Name, oracle.Clip(want.Value))
		}
		line := string(latin1(spaced(c.Set[sent])))
		if !slices.ContainsFunc(got, func(is string) bool { return spaced(is) == line }) {
			t.Errorf("%s: %q is missing in %q", c.Why, oracle.Clip(line), got)
		}
	}
}

// spaced is text with one space wherever there is white space. That of other
// scripts is none.
func spaced(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n", r) }), " ")
}
