package caddymodule

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// Where a policy of the site's own stops this module's scripts, nobody would be asked: the operator is told, once.
func TestTheOperatorIsToldThatAPolicyStopsTheScripts(t *testing.T) {
	for csp, stops := range map[string]bool{
		"":                            false,
		"img-src 'none'":              false,
		"script-src 'self'":           false,
		"script-src https:":           false,
		"script-src *":                false,
		"script-src www.shop.example": false,
		"script-src *.shop.example:*": false,
		"script-src HTTPS://WWW.Shop.example:8443/.consent/":     false,
		"script-src 'nonce-a'":                                   false,
		"script-src 'strict-dynamic' 'nonce-a'":                  false,
		"script-src 'nonce-a', script-src-elem 'self' 'nonce-b'": false,
		"script-src 'none'; script-src-elem 'self'":              false,
		"script-src 'none'":                                      true,
		"script-src":                                             true,
		"default-src 'none'; img-src 'self'":                     true,
		"script-src 'unsafe-inline' cdn.test":                    true,
		"script-src shop.example *.www.shop.example":             true,
		"script-src www.shop.example/js/":                        true,
		"script-src 'self' 'strict-dynamic' 'sha256-AAAA'":       true,
		"script-src 'self'; script-src-elem cdn.test":            true,
		"script-src 'self', default-src cdn.test":                true,
		"script-src 'nonce-a', script-src 'nonce-b'":             true,
	} {
		core, logs := observer.New(zapcore.WarnLevel)
		h := provisioned(t)
		h.logger = zap.New(core)
		site := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Security-Policy", csp)
			_, err := io.WriteString(w, "<!doctype html><title>x</title>")
			return err
		})
		for range 2 {
			r := httptest.NewRequest(http.MethodGet, "https://www.shop.example/", nil)
			r.Header.Set("Accept", "text/html")
			r = caddyhttp.PrepareRequest(r, caddy.NewReplacer(), httptest.NewRecorder(), nil)
			if err := h.ServeHTTP(httptest.NewRecorder(), r, site); err != nil {
				t.Fatal(err)
			}
		}
		told := logs.FilterMessageSnippet("Content-Security-Policy").All()
		if stops != (len(told) == 1) || len(told) > 1 {
			t.Errorf("%q: told %d times, stops: %v", csp, len(told), stops)
		}
		if stops && len(told) > 0 && !strings.Contains(csp, told[0].ContextMap()["policy"].(string)) {
			t.Errorf("%q: %v", csp, told[0].ContextMap())
		}
	}
}
