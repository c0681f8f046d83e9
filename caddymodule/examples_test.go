package caddymodule_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Every example is a site that runs: its Caddyfile is adapted, loaded and asked.
func TestExamplesAreServed(t *testing.T) {
	files, err := filepath.Glob("../examples/*/Caddyfile")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no examples")
	}
	for _, file := range append(files, "../Caddyfile.example") {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			addr := localAddr(t)
			load(t, exampleCaddyfile(t, file, addr))
			client := plainClient(strings.Replace(addr, "localhost", "127.0.0.1", 1))
			for _, path := range []string{"/", "/.consent/"} {
				a := fetch(t, client, "http://"+addr+path, "a=b", "")
				if a.err != nil || a.StatusCode != http.StatusOK || !strings.Contains(a.body, "</html>") {
					t.Errorf("%s: %v, %v", path, a.Response, a.err)
				}
			}
		})
	}
}

// Other rules for other countries.
func TestExampleRegions(t *testing.T) {
	addr := localAddr(t)
	load(t, exampleCaddyfile(t, "../examples/regions/Caddyfile", addr))
	s := &site{addr: strings.Replace(addr, "localhost", "127.0.0.1", 1), client: plainClient(strings.Replace(addr, "localhost", "127.0.0.1", 1))}
	const tracker, embed = `<script src="//rum-static.pingdom.net/`, `<iframe class="frame" src="https://www.facebook.com/plugins/like.php`
	for _, test := range []struct {
		name            string
		headers         []string
		tracker, embed  bool
		analyticsPlease string
	}{
		{name: "opt-in", headers: []string{"CF-IPCountry: DE"}, analyticsPlease: "404"},
		{name: "opt-out", headers: []string{"CF-IPCountry: US"}, tracker: true, embed: true, analyticsPlease: "200"},
		{name: "opt-out, with the signal", headers: []string{"CF-IPCountry: US", "Sec-GPC: 1"}, tracker: true, analyticsPlease: "200"},
	} {
		t.Run(test.name, func(t *testing.T) {
			headers := append([]string{"Host: " + addr}, test.headers...)
			a := s.get(t, "/", headers...)
			if got := strings.Contains(a.body, tracker); got != test.tracker {
				t.Errorf("analytics: %v", got)
			}
			if got := strings.Contains(a.body, embed); got != test.embed {
				t.Errorf("social media: %v", got)
			}
			if got := strings.Join(a.Header["Vary"], ", "); !strings.Contains(got, "Cookie, Sec-GPC, CF-IPCountry") {
				t.Errorf("Vary: %s", got)
			}
			if a := s.get(t, "/measured", headers...); !strings.HasPrefix(a.Status, test.analyticsPlease) {
				t.Errorf("/measured answers %s", a.Status)
			}
		})
	}
}
