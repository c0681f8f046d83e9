package caddymodule_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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

// It has the cookies, too, that backends set and browsers still have: in report mode those that
// would be taken, which the log names at the level DEBUG, with the page and without their values.
func TestTheInventoryHasCookies(t *testing.T) {
	for mode, verb := range map[string]string{"enforce": "blocked", "report": "would block"} {
		t.Run(mode, func(t *testing.T) {
			admin, addr, logs := freeAddr(t), freeAddr(t), filepath.Join(t.TempDir(), "log")
			upstream := backend(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for _, cookie := range []string{"_trk_1=secret1", "session=secret2", "of_nobody=secret3", "_trk_2=; Max-Age=0"} {
					w.Header().Add("Set-Cookie", cookie)
				}
				w.Header().Set("Content-Type", "text/html")
				_, _ = w.Write([]byte(original))
			}))
			load(t, fmt.Sprintf("{\nadmin %s\npersist_config off\nauto_https off\nlog {\noutput file %s\nformat json\nlevel DEBUG\n}\n}\nhttp://%s {\nbind 127.0.0.1\nconsent {\nmode %s\n%s\n}\nreverse_proxy %s\n}\n",
				admin, logs, addr, mode, policy, upstream))
			s := &site{addr: addr, client: plainClient(addr)}
			for range 2 {
				s.get(t, "/shop?a=secret4", "Cookie: _legacy=secret5; session=secret6; other=secret7")
			}
			var handlers []struct{ Cookies []map[string]any }
			res, err := http.Get("http://" + admin + "/consent/inventory")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			if err := json.NewDecoder(res.Body).Decode(&handlers); err != nil || len(handlers) != 1 {
				t.Fatalf("%v: %v", err, handlers)
			}
			var got []string
			for _, c := range handlers[0].Cookies {
				got = append(got, fmt.Sprint(c["cookie"], " ", c["vendor"], " ", c["category"], " ", c["count"], " ", c["blocked"]))
			}
			want := []string{"_legacy <nil> analytics 2 2", "_trk_1 acme analytics 2 2", "of_nobody <nil> <nil> 2 0"}
			if !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			log, err := os.ReadFile(logs)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range []string{
				`"msg":"` + verb + ` cookie","cookie":"_trk_1","vendor":"acme","category":"analytics","host":"127.0.0.1","path":"/shop"`,
				`"msg":"` + verb + ` cookie","cookie":"_legacy"`,
				`"msg":"` + verb + ` element","vendor":"acme","category":"analytics","kind":"script","resource_host":"tracker.test","host":"127.0.0.1","path":"/shop"`,
			} {
				if bytes.Count(log, []byte(line)) != 2 {
					t.Errorf("not twice in the log: %s", line)
				}
			}
			for line := range bytes.Lines(log) {
				if bytes.Contains(line, []byte("http.handlers.consent")) && bytes.Contains(line, []byte("secret")) {
					t.Errorf("%s", line)
				}
			}
		})
	}
}
