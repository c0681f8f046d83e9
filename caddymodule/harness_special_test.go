package caddymodule_test

// What some tests need beside serve: a whole configuration of their own, a
// site with TLS, and a handler without a server.

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// caddyfileOf is a whole Caddyfile: the options that tests have in common,
// more of them, and sites.
func caddyfileOf(options, sites string) string {
	return `{
	admin off
	persist_config off
	auto_https off
	log {
		output discard
	}
` + options + `
}
` + sites + "\n"
}

// backend starts an upstream and returns its address.
func backend(t *testing.T, upstream http.Handler) string {
	t.Helper()
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// overTLS sends requests for http URLs over TLS.
type overTLS struct{ *http.Transport }

func (t overTLS) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "https"
	return t.Transport.RoundTrip(r)
}

// serveTLS is serve with TLS. The client speaks HTTP/2.
func serveTLS(t *testing.T, upstream http.Handler, directives string) *site {
	t.Helper()
	cert, key := certificate(t)
	addr := freeAddr(t)
	name := "site.test" + addr[strings.LastIndexByte(addr, ':'):]
	load(t, caddyfileOf("grace_period 1ns", fmt.Sprintf("https://%s {\nbind 127.0.0.1\ntls %s %s\n%s\n}",
		name, cert, key, strings.ReplaceAll(directives, "{upstream}", backend(t, upstream)))))
	return &site{addr: name, client: secureClient(addr)}
}

// certificate writes files with a certificate of package httptest and its key.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	pair := server.TLS.Certificates[0]
	server.Close()
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.ToSlash(t.TempDir())
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]},
		"key.pem":  {Type: "PRIVATE KEY", Bytes: private},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir + "/cert.pem", dir + "/key.pem"
}

// secureClient is plainClient over TLS.
func secureClient(addr string) *http.Client {
	client := plainClient(addr)
	transport := client.Transport.(*http.Transport)
	transport.ForceAttemptHTTP2 = true
	client.Transport = overTLS{transport}
	return client
}

// handler is a consent handler alone, for what no client can be made to send
// and no backend can be made to do.
func handler(t *testing.T, settings string) caddyhttp.MiddlewareHandler {
	t.Helper()
	out, err := adapt(bare(":80 {\n\tconsent {\n" + settings + "\n\t}\n}\n"))
	if err != nil {
		t.Fatal(err)
	}
	h, err := provision(t, consentHandlers(out)[0])
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ask has a handler answer a request as Caddy would, with next inside.
func ask(t *testing.T, h caddyhttp.MiddlewareHandler, r *http.Request, next http.HandlerFunc) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), w, nil)
	err := h.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		next(w, r)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return w
}
