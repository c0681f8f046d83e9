package caddymodule_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// withdrawn is a site whose backend sets nothing.
const withdrawn = "\n\tconsent {" + cookiePolicy + "\n\t}\n\treverse_proxy {upstream}"

// expired are the names of the cookies that a response takes away.
func (a answer) expired(t *testing.T) (names []string) {
	t.Helper()
	for _, c := range a.Cookies() {
		if c.MaxAge >= 0 || c.Value != "" {
			continue
		}
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	slices.Sort(names)
	return names
}

// kinds serves every kind of response at the path that names its status.
func kinds(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var status int
		contentType := r.URL.Query().Get("type")
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &status); err != nil {
			t.Errorf("no status in %s", r.URL)
		}
		w.Header()["Content-Type"] = nil
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(original))
	})
}

// A cookie that the browser still has of a denied category goes with the first
// document that it is sent with, and with none of what the document loads.
func TestDocumentsTakeDeniedCookiesAway(t *testing.T) {
	const browser = "Accept: text/html,application/xhtml+xml,*/*;q=0.8"
	dest := func(dest string) []string {
		accept := "Accept: */*"
		if dest == "document" || dest == "iframe" {
			accept = browser
		}
		return []string{accept, "Sec-Fetch-Dest: " + dest}
	}
	everyWay(t, withdrawn, func(t *testing.T, w way, directives string) {
		s := w.start(t, kinds(t), directives)
		for _, test := range []struct {
			name, method, path string
			headers            []string
			expires            bool
		}{
			{"a page", "GET", "/200?type=text/html", dest("document"), true},
			{"a page of a browser without fetch metadata", "GET", "/200?type=text/html", []string{browser}, true},
			{"the header of a page", "HEAD", "/200?type=text/html", dest("document"), true},
			{"a frame", "GET", "/200?type=text/html", dest("iframe"), true},
			{"an image that is shown by itself", "GET", "/200?type=image/png", dest("document"), true},
			{"a page without a type", "GET", "/200", dest("document"), true},
			{"a redirect", "GET", "/302", dest("document"), true},
			{"a page that is not modified", "GET", "/304", dest("document"), true},
			{"a page that is missing", "GET", "/404?type=text/html", dest("document"), true},
			{"an error", "GET", "/500?type=text/html", dest("document"), true},
			{"nothing", "GET", "/204", dest("document"), true},
			{"an image", "GET", "/200?type=image/png", dest("image"), false},
			{"a script", "GET", "/200?type=text/javascript", dest("script"), false},
			{"a style", "GET", "/200?type=text/css", dest("style"), false},
			{"what a script asks for", "GET", "/200?type=text/html", dest("empty"), false},
			{"data", "GET", "/200?type=application/json", []string{"Accept: application/json"}, false},
			{"a client that says nothing", "GET", "/200?type=text/html", nil, false},
			{"a form", "POST", "/200?type=text/html", dest("document"), false},
		} {
			t.Run(test.name, func(t *testing.T) {
				headers := append([]string{"Cookie: _trk=1; session=2; theme=3; b_1=4; c_1=5; _legacy=6; " + w.own(denied)}, test.headers...)
				a := s.do(t, test.method, test.path, nil, headers...)
				if a.err != nil {
					t.Fatal(a.err)
				}
				want := []string{"_legacy", "_trk"}
				if !test.expires {
					want = nil
				}
				if got := a.expired(t); !slices.Equal(got, want) {
					t.Errorf("expired: %q, want %q", got, want)
				}
				if test.expires && !varies(a.Header, "Cookie") {
					t.Errorf("Vary: %q", a.Header["Vary"])
				}
			})
		}
	})
}

func TestNothingIsTakenAwayThatNeedNotBe(t *testing.T) {
	page := []string{"Accept: text/html", "Sec-Fetch-Dest: document"}
	for _, test := range []struct {
		name, settings, cookie string
		want                   []string
	}{
		{"once it is gone", "", "session=2; " + denied, nil},
		{"without an answer it goes as well", "", "_trk=1; session=2", []string{"_trk"}},
		{"when it is granted", "", "_trk=1; " + granted, nil},
		{"when nobody knows it", "", "theme=1; " + denied, nil},
		{"when nobody knows it and it is stripped", "unknown {\ncookies strip\n}", "theme=1; _trk=2; " + denied, []string{"_trk"}},
		{"when it is tolerated", "", "b_1=1; c_1=2; " + denied, nil},
		{"the visitor's own answer, though it does not count", "", "consent=rubbish; __Host-consent=rubbish", nil},
		{"several of one name are one", "", "_trk=1; _trk=2; " + denied, []string{"_trk"}},
		{"in report mode", "mode report", "_trk=1; " + denied, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, kinds(t), "consent {"+cookiePolicy+"\n"+test.settings+"\n}\nreverse_proxy {upstream}")
			a := s.get(t, "/200?type=text/html", append([]string{"Cookie: " + test.cookie}, page...)...)
			if got := a.expired(t); !slices.Equal(got, test.want) {
				t.Errorf("expired: %q, want %q", got, test.want)
			}
		})
	}
}

// The places are those of the address that the visitor asked for.
func TestCookiesAreExpiredWhereTheVisitorIs(t *testing.T) {
	addr := freeAddr(t)
	load(t, caddyfileOf("grace_period 1ns", fmt.Sprintf(`http://:%s {
	bind 127.0.0.1
	consent {%s
	}
	respond ok
}`, addr[strings.LastIndexByte(addr, ':')+1:], cookiePolicy)))
	s := &site{addr: addr, client: plainClient(addr)}
	for _, test := range []struct {
		host, path string
		want       []string
	}{
		{"www.shop.example:8080", "/x/y?a=/b/c", []string{
			"/", "/ shop.example", "/ www.shop.example", "/x", "/x shop.example", "/x www.shop.example",
			"/x/", "/x/ shop.example", "/x/ www.shop.example", "/x/y", "/x/y shop.example", "/x/y www.shop.example",
		}},
		{"WWW.Shop.Example.", "/", []string{"/", "/ shop.example", "/ www.shop.example"}},
		{"localhost:1", "/", []string{"/"}},
		{"127.0.0.1:1", "/x", []string{"/", "/x"}},
		{"[::1]:1", "/", []string{"/"}},
	} {
		t.Run(test.host, func(t *testing.T) {
			a := s.get(t, test.path, "Host: "+test.host, "Accept: text/html", "Cookie: _trk=1")
			var got []string
			for _, c := range a.Cookies() {
				got = append(got, strings.TrimSpace(c.Path+" "+c.Domain))
			}
			slices.Sort(got) // the order of the places is not fixed
			if !slices.Equal(got, slices.Sorted(slices.Values(test.want))) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// The answer by which a visitor withdraws takes away what the browser sent
// along with it: no page has to be visited for that.
func TestTheAnswerItselfTakesAway(t *testing.T) {
	upstream := unasked(t)
	for _, w := range ways {
		s := w.start(t, upstream, withdrawn)
		const jar = "_trk=1; _legacy=2; b_1=3; c_1=4; session=5; theme=6; "
		for _, test := range []struct {
			name, cookie, form string
			want               []string
		}{
			{"rejecting all", jar + w.own(granted), "choice=reject", []string{"_legacy", "_trk"}},
			{"saving nothing", jar + w.own(granted), "choice=save", []string{"_legacy", "_trk"}},
			{"keeping it", jar + w.own(granted), "choice=save&category=analytics", nil},
			{"accepting all", jar + w.own(denied), "choice=accept", nil},
			{"rejecting what was never granted", jar, "choice=reject", []string{"_legacy", "_trk"}},
			{"rejecting with a clean browser", "session=5; " + w.own(granted), "choice=reject", nil},
		} {
			t.Run(test.name+", "+w.name, func(t *testing.T) {
				a := s.choose(t, test.form, "Cookie: "+test.cookie)
				if got := a.expired(t); !slices.Equal(got, test.want) {
					t.Errorf("expired: %q, want %q", got, test.want)
				}
				first := a.Cookies()[0]
				if a.StatusCode != http.StatusSeeOther || first.Name != w.own("consent") || first.MaxAge <= 0 {
					t.Errorf("%v, %v", a.Response, first)
				}
				if got := a.Header["Clear-Site-Data"]; got != nil {
					t.Errorf("Clear-Site-Data, which nobody asked for: %q", got)
				}
			})
		}
	}
}

// Clear-Site-Data can take more than it should: it is sent where an operator
// asks for it, and only when something is withdrawn.
func TestClearSiteDataIsSentOnlyOnAWithdrawal(t *testing.T) {
	s := serve(t, unasked(t), "consent {\ngpc capped\nclear_site_data cache storage"+cookiePolicy+"\n}\nreverse_proxy {upstream}")
	both := ownCookie("analytics~brief", "")
	for _, test := range []struct {
		name, cookie, form string
		headers            []string
		sent               bool
	}{
		{"all is withdrawn", granted, "choice=reject", nil, true},
		{"a part is withdrawn", both, "choice=save&category=brief", nil, true},
		{"one is withdrawn while another is granted", granted, "choice=save&category=brief", nil, true},
		{"nothing changes", granted, "choice=save&category=analytics", nil, false},
		{"more is granted", granted, "choice=accept", nil, false},
		{"nothing was granted", denied, "choice=reject", nil, false},
		{"there was no answer", "a=b", "choice=reject", nil, false},
		{"there was none, and all is granted", "a=b", "choice=accept", nil, false},
		{"what a signal denies was not granted", ownCookie("capped", ""), "choice=reject", []string{"Sec-GPC: 1"}, false},
		{"a choice that is none", granted, "choice=maybe", nil, false},
		{"a choice from another site", granted, "choice=reject", []string{"Sec-Fetch-Site: cross-site"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.choose(t, test.form, append(test.headers, "Cookie: "+test.cookie)...)
			want := ""
			if test.sent {
				want = `"cache", "storage"`
			}
			if got := strings.Join(a.Header["Clear-Site-Data"], "; "); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	if a := s.get(t, "/.consent/", "Cookie: "+denied); a.Header.Get("Clear-Site-Data") != "" {
		t.Errorf("the page: %v", a.Header)
	}
}

// How often cookies had to be taken away is counted.
func TestExpiriesAreCounted(t *testing.T) {
	s := serve(t, kinds(t), "metrics /metrics\n"+withdrawn)
	s.get(t, "/200?type=text/html", "Accept: text/html", "Cookie: _trk=1; _legacy=2; session=3")
	s.get(t, "/200?type=image/png", "Accept: image/*", "Cookie: _trk=1")
	s.choose(t, "choice=reject", "Cookie: _trk=1")
	a := s.get(t, "/metrics")
	if !strings.Contains(a.body, "\ncaddy_consent_cookies_expired_total 3\n") {
		t.Errorf("no such count in the metrics: %d bytes", len(a.body))
	}
}
