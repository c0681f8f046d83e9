package caddymodule_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// seenEntry is an entry of the inventory as its readers have it.
type seenEntry struct {
	Host, Kind, Vendor, Category string
	Count, Blocked, Reports      int
	First                        string `json:"first_seen"`
	Last                         string `json:"last_seen"`
}

// readInventory asks Caddy's admin API.
func readInventory(t *testing.T, admin string) (all [][]seenEntry) {
	t.Helper()
	res, err := http.Get("http://" + admin + "/consent/inventory")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, _ := io.ReadAll(res.Body)
	var handlers []struct {
		Policy  string
		Hosts   []seenEntry
		Dropped *int
	}
	if err := json.Unmarshal(body, &handlers); err != nil || res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %v: %v\n%s", res.StatusCode, res.Header, err, body)
	}
	for _, h := range handlers {
		if h.Policy == "" || h.Dropped == nil {
			t.Errorf("no policy or count: %s", body)
		}
		all = append(all, h.Hosts)
	}
	return all
}

// The inventory has whom pages and browsers name and no rule knows, and who was blocked;
// and is there for those who run Caddy, only to be read.
func TestTheInventoryHasWhatWasSeen(t *testing.T) {
	admin, addr := freeAddr(t), freeAddr(t)
	upstream := backend(t, page(`<!doctype html><html><head><title>x</title>
<script src="https://tracker.test/a.js"></script><script src="https://tracker.test/b.js"></script>
<img src="https://unknown.test/x.gif"><img src="/own.gif"><img src="https://cdn.site.test/x.gif">
<link rel=stylesheet href="https://fonts.test/x.css"></head><body>x</body></html>`))
	load(t, fmt.Sprintf(`{
	admin %s
	persist_config off
	auto_https off
	log {
		output discard
	}
}
http://%s, http://site.test:%s {
	bind 127.0.0.1
	consent {
		guard off
		banner off
		csp report
%s
		vendor fonts {
			category essential
			urls fonts.test
		}
	}
	reverse_proxy %s
}
`, admin, addr, addr[strings.LastIndexByte(addr, ':')+1:], policy, upstream))
	s := &site{addr: addr, client: plainClient(addr)}
	if all := readInventory(t, admin); len(all) != 1 || len(all[0]) != 0 {
		t.Fatalf("before the first page: %+v", all)
	}
	host := "Host: site.test"
	for range 2 {
		s.get(t, "/", host)
	}
	for _, blocked := range []string{"https://tracker.test/c.js", "https://reported.test/x", "http://site.test/own", "inline", ""} {
		s.do(t, http.MethodPost, "/.consent/csp", strings.NewReader(`{"csp-report":{"blocked-uri":"`+blocked+`","effective-directive":"script-src-elem"}}`), host)
	}
	all := readInventory(t, admin)
	if len(all) != 1 {
		t.Fatalf("%d handlers", len(all))
	}
	got := map[string]seenEntry{}
	for _, e := range all[0] {
		if e.First == "" || e.Last < e.First {
			t.Errorf("%s was seen from %q to %q", e.Host, e.First, e.Last)
		}
		e.First, e.Last = "", ""
		got[e.Host+" "+e.Kind] = e
	}
	want := []seenEntry{
		{Host: "tracker.test", Kind: "script", Vendor: "acme", Category: "analytics", Count: 5, Blocked: 5, Reports: 1},
		{Host: "unknown.test", Kind: "image", Count: 2},
		{Host: "reported.test", Kind: "script", Count: 1, Blocked: 1, Reports: 1},
	}
	for _, e := range want {
		if got[e.Host+" "+e.Kind] != e {
			t.Errorf("%s is %+v, want %+v", e.Host, got[e.Host+" "+e.Kind], e)
		}
	}
	if len(got) != len(want) || !slices.IsSortedFunc(all[0], func(a, b seenEntry) int { return b.Count - a.Count }) {
		t.Errorf("the inventory is %+v", all[0])
	}
	res, err := http.Post("http://"+admin+"/consent/inventory", "application/json", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d", res.StatusCode)
	}
	if a := s.get(t, "/consent/inventory", host); strings.Contains(a.body, "first_seen") {
		t.Error("visitors can read it")
	}
	// A handler that is gone is in it no more.
	var routes caddy.AdminRouter
	if info, err := caddy.GetModule("admin.api.consent"); err == nil {
		routes, _ = info.New().(caddy.AdminRouter)
	}
	if routes == nil {
		t.Fatal("no module")
	}
	if err := caddy.Stop(); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if err := routes.Routes()[0].Handler.ServeHTTP(w, &http.Request{Method: http.MethodGet}); err != nil || strings.TrimSpace(w.Body.String()) != "[]" {
		t.Errorf("when Caddy has stopped: %s (%v)", w.Body, err)
	}
}
