package caddymodule_test

// Scenarios that must not depend on how a visitor's client speaks HTTP, nor on
// whether an encode handler is outside.

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"

	"golang.org/x/net/http/httpguts"
)

// way is one way in which a client reaches the site.
type way struct {
	name  string
	start func(*testing.T, http.Handler, string) *site
	// secure tells that the visitor's cookie has its name of sites with TLS.
	secure bool
	// proto is what the client speaks.
	proto string
}

var ways = []way{
	{"HTTP/1.1", serve, false, "HTTP/1.1"},
	{"HTTP/2", serveTLS, true, "HTTP/2.0"},
	{"HTTP/3", serveHTTP3, true, "HTTP/1.1"},
}

// own is the visitor's answer under the name that it has on this way.
func (w way) own(cookie string) string {
	if w.secure {
		return "__Host-" + cookie
	}
	return cookie
}

// everyWay runs a test for every protocol, with and without encode.
func everyWay(t *testing.T, directives string, f func(t *testing.T, w way, directives string)) {
	t.Helper()
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) { f(t, w, directives) })
		t.Run(w.name+", inside encode", func(t *testing.T) { f(t, w, "\n\tencode gzip"+directives) })
	}
}

// serveHTTP3 is serve for a client that speaks HTTP/3: Caddy's own, which a
// site in front has to ask the site in question. In front nothing is changed.
func serveHTTP3(t *testing.T, upstream http.Handler, directives string) *site {
	t.Helper()
	cert, key := certificate(t)
	front, addr := freeAddr(t), freeAddr(t)
	name := "site.test" + addr[strings.LastIndexByte(addr, ':'):]
	load(t, caddyfileOf("grace_period 1ns", fmt.Sprintf(`https://%s {
	bind 127.0.0.1
	tls %s %s
	@other not protocol http/3
	error @other 505
	%s
}
http://%s {
	bind 127.0.0.1
	reverse_proxy https://%s {
		header_up Host %s
		header_up Accept-Encoding {header.Accept-Encoding}
		transport http {
			versions 3
			tls_insecure_skip_verify
			tls_server_name site.test
			compression off
		}
	}
}`, name, cert, key, strings.ReplaceAll(directives, "{upstream}", backend(t, upstream)), front, addr, name)))
	return &site{addr: front, client: plainClient(front)}
}

// varies tells whether caches are told that a response depends on a header.
func varies(h http.Header, name string) bool {
	return httpguts.HeaderValuesContainsToken(h["Vary"], name)
}

// informed is a response with the header sections that came before it.
type informed struct {
	answer
	hints []http.Header
}

// ask1xx is get, and notes informational responses.
func (s *site) ask1xx(t *testing.T, path string, headers ...string) (out informed) {
	t.Helper()
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, h textproto.MIMEHeader) error {
			out.hints = append(out.hints, http.Header(h))
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Add(name, value)
	}
	out.answer = send(t, s.client, req)
	return out
}
