package caddymodule_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

func getRequest(path string) *http.Request { return httptest.NewRequest(http.MethodGet, path, nil) }

// seen is an upstream that notes what it is asked.
type seen struct {
	mu       sync.Mutex
	requests []*http.Request
}

func (s *seen) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.Clone(r.Context()))
	w.Header().Set("Content-Type", "application/json")
}

// take returns the requests since the last time.
func (s *seen) take() []*http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

// one is the only request there was since the last time.
func (s *seen) one(t *testing.T) *http.Request {
	t.Helper()
	requests := s.take()
	if len(requests) != 1 {
		t.Fatalf("the backend was asked %d times", len(requests))
	}
	return requests[0]
}

// What the backend sees of a Cookie header is what the browser sent, but for
// the cookies that are denied.
func TestTheBackendSeesTheRestOfTheCookiesToTheByte(t *testing.T) {
	for _, test := range []struct {
		name       string
		sent, left []string
	}{
		{"nothing denied", []string{"a=b; session=1"}, []string{"a=b; session=1"}},
		{"the denied one alone", []string{"_trk=1"}, nil},
		{"in front", []string{"_trk=1; a=b; c=d"}, []string{"a=b; c=d"}},
		{"in the middle", []string{"a=b; _trk=1; c=d"}, []string{"a=b; c=d"}},
		{"at the end", []string{"a=b; c=d; _trk=1"}, []string{"a=b; c=d"}},
		{"several", []string{"_trk=1; a=b; _trk_x=2; _legacy=3; c=d; _trk=4"}, []string{"a=b; c=d"}},
		{"no spaces", []string{"a=b;_trk=1;c=d"}, []string{"a=b;c=d"}},
		{"odd spaces", []string{"a=b ;  _trk = 1\t; c = d ;e=f"}, []string{"a=b ; c = d ;e=f"}},
		{"empty pairs", []string{"a=b;; ;_trk=1;;c=d"}, []string{"a=b;; ;;c=d"}},
		{"quotes", []string{`a="x y"; _trk="1"; c="d\"`}, []string{`a="x y"; c="d\"`}},
		{"what net/http would not read", []string{`a={"x":[1,2]}; _trk=1; b\c=(d); ä=ö`}, []string{`a={"x":[1,2]}; b\c=(d); ä=ö`}},
		{"values with equals signs", []string{"a=b=c==; _trk=a=b; c=="}, []string{"a=b=c==; c=="}},
		{"empty values", []string{"a=; _trk=; c="}, []string{"a=; c="}},
		{"cookies without a name", []string{"dark; _trk; =light"}, []string{"dark; =light"}},
		{"a denied one without a value", []string{"a=b; _trk; c=d"}, []string{"a=b; c=d"}},
		{"a denied one behind an equals sign", []string{"a=b; =_trk=1; c=d"}, []string{"a=b; c=d"}},
		{"two of one name that may pass", []string{"session=1; _trk=1; session=2"}, []string{"session=1; session=2"}},
		{"several lines", []string{"a=b; _trk=1", "_trk=2", "_legacy=1; c=d"}, []string{"a=b", "c=d"}},
		{"the name in a value, and in another case", []string{"a=_trk=1; _TRK=1; x_trk=1"}, []string{"a=_trk=1; _TRK=1; x_trk=1"}},
		{"tolerated ones", []string{"b_1=x; _trk=1; c_1=y"}, []string{"b_1=x; c_1=y"}},
		{"prefixed ones", []string{"__Host-session=1; __Host-trk=2; __Secure-trk=3; __Host-theme=4"}, []string{"__Host-session=1; __Host-theme=4"}},
		{"a comma separates nothing", []string{"a=b, _trk=1; c=d"}, []string{"a=b, _trk=1; c=d"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			upstream := new(seen)
			s := serve(t, upstream, "consent {"+cookiePolicy+"\n}\nreverse_proxy {upstream}")
			for _, visitor := range []struct {
				name, answer string
				want         []string
			}{
				{"no answer", "", test.left},
				{"denied", denied, append(slices.Clone(test.left), denied)},
				{"granted", ownCookie("analytics~brief~capped", ""), append(slices.Clone(test.sent), ownCookie("analytics~brief~capped", ""))},
			} {
				var headers []string
				for _, line := range test.sent {
					headers = append(headers, "Cookie: "+line)
				}
				if visitor.answer != "" {
					headers = append(headers, "Cookie: "+visitor.answer)
				}
				s.get(t, "/", headers...)
				if got := upstream.one(t).Header["Cookie"]; !slices.Equal(got, visitor.want) {
					t.Errorf("%s: the backend saw %q, want %q", visitor.name, got, visitor.want)
				}
			}
		})
	}
}

// HTTP/2 and HTTP/3 cut the header into its cookies (RFC 9113 section 8.2.3).
func TestTheBackendSeesOneCookieHeaderOverEveryProtocol(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			upstream := new(seen)
			s := w.start(t, upstream, "consent {"+cookiePolicy+"\n}\nreverse_proxy {upstream}")
			own := w.own(denied)
			s.get(t, "/", `Cookie: a="x y"; _trk=1; session=2; _trk_x=3; `+own)
			if got, want := strings.Join(upstream.one(t).Header["Cookie"], "; "), `a="x y"; session=2; `+own; got != want {
				t.Errorf("the backend saw %q, want %q", got, want)
			}
		})
	}
}

// The backend is told what it may do, and can rely on who tells it.
func TestTheBackendIsToldTheDecision(t *testing.T) {
	const none = "essential=1, analytics=0, brief=0, capped=0"
	claims := []string{
		"X-Consent: essential=1, analytics=1, brief=1, capped=1", "X-Consent: analytics=1", "x-consent: analytics=1",
		"X-CONSENT-STATE: answered", "x-consent-state: answered", "X-Consent-Analytics: 1", "x-consent-source: own",
		"X_Consent: analytics=1", "X_CONSENT_STATE: answered", "X-Consent_State: answered",
	}
	for _, w := range ways {
		upstream := new(seen)
		s := w.start(t, upstream, "consent {\ngpc analytics"+cookiePolicy+"\n}\nreverse_proxy {upstream}")
		for _, test := range []struct {
			name, summary, state string
			headers              []string
		}{
			{"no answer", none, "unanswered", nil},
			{"denied", none, "answered", []string{"Cookie: " + w.own(denied)}},
			{"granted", "essential=1, analytics=1, brief=0, capped=0", "answered", []string{"Cookie: " + w.own(granted)}},
			{"a signal of the browser", none, "answered", []string{"Cookie: " + w.own(granted), "Sec-GPC: 1"}},
			{"rubbish", none, "unanswered", []string{"Cookie: " + w.own("consent=1")}},
			{"a claim of the client", none, "unanswered", claims},
			{"a claim against an answer", "essential=1, analytics=1, brief=0, capped=0", "answered", []string{"Cookie: " + w.own(granted), "X-Consent: analytics=0", "X-Consent-State: unanswered"}},
		} {
			t.Run(test.name+", "+w.name, func(t *testing.T) {
				s.get(t, "/", test.headers...)
				told := map[string][]string{}
				for name, lines := range upstream.one(t).Header {
					if strings.HasPrefix(strings.ReplaceAll(strings.ToLower(name), "_", "-"), "x-consent") {
						told[name] = lines
					}
				}
				if got, want := fmt.Sprintf("%q", told), fmt.Sprintf("%q", map[string][]string{
					"X-Consent": {test.summary}, "X-Consent-State": {test.state},
				}); got != want {
					t.Errorf("the backend was told %s, want %s", got, want)
				}
			})
		}
	}
}

// A handler outside may have set a key as no client can.
func TestClaimsInAnyCaseAreReplaced(t *testing.T) {
	r := getRequest("/")
	r.Header["x-consent"] = []string{"analytics=1"}
	r.Header["X-CONSENT-STATE"] = []string{"answered"}
	r.Header["x-cOnSeNt-other"] = []string{"1"}
	ask(t, handler(t, policy), r, func(_ http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			if strings.EqualFold(name[:min(9, len(name))], "x-consent") && name != "X-Consent" && name != "X-Consent-State" {
				t.Errorf("%s: %q", name, r.Header[name])
			}
		}
		if got := r.Header.Get("X-Consent"); got != "essential=1, analytics=0" {
			t.Errorf("X-Consent: %q", got)
		}
	})
}

// In report mode nothing of a request changes.
func TestReportModeLetsTheRequestAlone(t *testing.T) {
	upstream := new(seen)
	s := serve(t, upstream, "consent {\nmode report\n"+policy+"\n}\nreverse_proxy {upstream}")
	headers := []string{"Cookie: _trk=1; a=b", "Accept: text/html", `If-None-Match: "a"`, "Range: bytes=0-1", "If-Modified-Since: Mon, 02 Jan 2006 15:04:05 GMT"}
	s.get(t, "/metrics", headers...)
	r := upstream.one(t)
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		if got := r.Header.Get(name); got != value {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// The site itself may collect for a vendor. What a denied one would get does
// not reach the backend.
func TestACollectorOfADeniedVendorIsNotReached(t *testing.T) {
	const directives = "consent {" + policy + `
	vendor gateway {
		category analytics
		urls /metrics/* /collect?v=2 /t.js
	}
	catalog {
		except /metrics/open/*
	}
}
reverse_proxy {upstream}`
	for _, w := range ways {
		upstream := new(seen)
		s := w.start(t, upstream, directives)
		for _, test := range []struct {
			name, method, path string
			reached            bool
		}{
			{"a script", "GET", "/metrics/t.js", false},
			{"a beacon", "POST", "/metrics/g/collect?v=2", false},
			{"the header of a script", "HEAD", "/metrics/t.js", false},
			{"a question whether it may be asked", "OPTIONS", "/metrics/t.js", false},
			{"the folder", "GET", "/metrics/", false},
			{"letters in another spelling", "GET", "/%6detrics/t.js", false},
			{"dots that lead there", "GET", "/x/../metrics/t.js", false},
			{"dots in another spelling", "GET", "/x/%2e%2E/metrics/t.js", false},
			{"a query that tells", "GET", "/collect?a=b&v=2", false},
			{"a query of something else", "GET", "/collect?v=1", true},
			{"the exact path", "GET", "/t.js", false},
			{"another path", "GET", "/t.js.map", true},
			{"without the slash", "GET", "/metrics", true},
			{"a longer word", "GET", "/metricsx/", true},
			{"the path in the query", "GET", "/?/metrics/t.js", true},
			{"what is excepted", "GET", "/metrics/open/t.js", true},
		} {
			t.Run(test.name+", "+w.name, func(t *testing.T) {
				for _, cookie := range []string{"a=b", w.own(denied)} {
					a := s.do(t, test.method, test.path, nil, "Cookie: "+cookie)
					if test.reached {
						upstream.one(t)
						continue
					}
					if n := len(upstream.take()); a.err != nil || a.StatusCode != http.StatusNoContent || a.body != "" || n > 0 {
						t.Errorf("%v, %v; the backend was asked %d times", a.Response, a.err, n)
					}
					if got := a.Header.Get("Cache-Control"); got != "no-store" {
						t.Errorf("Cache-Control: %q", got)
					}
					if !varies(a.Header, "Cookie") {
						t.Errorf("Vary: %q", a.Header["Vary"])
					}
				}
				a := s.do(t, test.method, test.path, nil, "Cookie: "+w.own(granted))
				if r := upstream.one(t); a.err != nil || a.StatusCode != http.StatusOK || r.Method != test.method || r.RequestURI != test.path {
					t.Errorf("granted: %v, %v, asked for %s", a.Response, a.err, r.RequestURI)
				}
			})
		}
	}
}
