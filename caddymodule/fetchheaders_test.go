package caddymodule_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// filteredFields are the fields of a header that these tests are about.
var filteredFields = []string{
	"Link", "Refresh", "Speculation-Rules", "Reporting-Endpoints", "Report-To", "NEL",
	"Content-Security-Policy", "Content-Security-Policy-Report-Only", "Location", "SourceMap",
	"Attribution-Reporting-Register-OS-Source", "Attribution-Reporting-Register-OS-Trigger",
}

// passHeader has a handler answer with these lines in its header, and returns
// what is left of them.
func passHeader(t *testing.T, h caddyhttp.MiddlewareHandler, cookie string, lines []string) (left []string, sent http.Header) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/dir/page", nil)
	r.Host = "site.test"
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	sent = ask(t, h, r, func(w http.ResponseWriter, _ *http.Request) {
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			w.Header().Add(name, value)
		}
		w.Header().Set("Content-Type", "text/css")
		w.WriteHeader(http.StatusOK)
	}).Result().Header
	for _, name := range filteredFields {
		for _, value := range sent.Values(name) {
			left = append(left, name+": "+value)
		}
	}
	return left, sent
}

// headerPolicy has a vendor that is elsewhere and one that is a part of the
// site. Its categories are the default ones, so that a visitor can grant all
// that is in the catalog.
const headerPolicy = `
		vendor acme {
			category analytics
			urls tracker.test
		}
		vendor own {
			category analytics
			urls /metrics/*
		}`

var allGranted = ownCookie("analytics~performance~advertising~social", "")

// untouched says that nothing of a header may be taken.
var untouched = []string{"untouched"}

// headerTests say what is left of a header when analytics is denied. What is
// marked as Chromium's was seen in Chromium 156.
var headerTests = []struct {
	name     string
	in, want []string
}{
	{"a preload", []string{`Link: <https://tracker.test/x.js>; rel=preload; as=script`}, nil},
	{"a preload of another vendor", []string{`Link: <https://cdn.test/x.js>; rel=preload; as=script`}, untouched},
	{"the one of two in a line", []string{`Link: <https://cdn.test/a>;rel=preload ,  <https://tracker.test/x>; rel=preload`},
		[]string{`Link: <https://cdn.test/a>;rel=preload`}},
	{"the one of two lines", []string{`Link: </a>; rel=preload,`, `Link: <//tracker.test/x>;rel="preload";as=style`},
		[]string{`Link: </a>; rel=preload,`}},
	{"the one in the middle", []string{`Link: </a>; rel=preload, <//tracker.test>; rel=preconnect,, </b>; rel=prefetch`},
		[]string{`Link: </a>; rel=preload, </b>; rel=prefetch`}},
	{"any case", []string{`Link: <HTTPS://TRACKER.TEST/x>;REL=PreLoad`}, nil},
	{"a canonical URL", []string{`Link: <https://tracker.test/x>; rel=canonical`}, untouched},
	{"hyperlinks", []string{`Link: <https://tracker.test/2>; rel="next last"; title="2", <https://tracker.test/l>; rel=license`}, untouched},
	{"no relation", []string{`Link: <https://tracker.test/x>`}, untouched},
	{"a hyperlink beside a preload", []string{`Link: <https://tracker.test/2>; rel=next, </a>; rel=preload`}, untouched},
	{"what prepares a connection", []string{`Link: <https://tracker.test>; rel=preconnect`, `Link: <//tracker.test>; rel=dns-prefetch`}, nil},
	{"what only Firefox loads", []string{`Link: <https://tracker.test/x.css>; rel=stylesheet`}, nil},
	{"all relations of a list", []string{"Link: <//tracker.test/x>; rel=\"canonical\tpreload\""}, nil},
	{"the second of two rel", []string{`Link: <//tracker.test/x>; rel=canonical; rel=preload`}, nil},
	{"rel with a star", []string{`Link: <//tracker.test/x>; rel*=UTF-8''preload`}, nil},
	{"white space around =", []string{"Link: <//tracker.test/x> ; rel \t= \t\"preload\""}, nil},
	{"escapes", []string{`Link: <//tracker.test/x>; rel="pre\load"`}, nil},
	{"single quotes", []string{`Link: <//tracker.test/x>; rel='preload'`}, nil},
	{"a parameter of another name", []string{`Link: <//tracker.test/x>; data-rel=preload; rel=canonical`}, untouched},
	{"a rel in the target", []string{`Link: <//tracker.test/?;rel=preload>; rel=canonical`}, untouched},
	{"a semicolon in rel (Chromium)", []string{`Link: <//tracker.test/x>; rel="x; preload"`}, nil},
	{"a comma in a URL", []string{`Link: </a,b>; rel=preload, <//tracker.test/a,b>; rel=preload`}, []string{`Link: </a,b>; rel=preload`}},
	{"a comma in quotes", []string{`Link: </a>; title="a, \", b"; rel=preload, <//tracker.test/>; title=", "; rel=preload`},
		[]string{`Link: </a>; title="a, \", b"; rel=preload`}},
	{"a title that names the vendor", []string{`Link: </a>; rel=preload; title="https://tracker.test/"`}, untouched},
	{"an anchor that names the vendor", []string{`Link: </a>; rel=preload; anchor="https://tracker.test/"`}, untouched},
	{"a link from an anchor", []string{`Link: <//tracker.test/x>; rel=preload; anchor="#a"`}, nil},
	{"an image candidate", []string{`Link: <//cdn.test/a>; rel=preload; as=image; imagesrcset="/a;b,c 1x, //tracker.test/x 2x"`}, nil},
	{"an image candidate without quotes", []string{`Link: <>; rel=preload; as=image; ImageSrcset=//tracker.test/x`}, nil},
	{"other image candidates", []string{`Link: </a>; rel=preload; as=image; imagesrcset="/tracker.test/a 1x, /b 2x"; imagesizes="1px, 2px"`}, untouched},
	{"a bracket that nothing closes (Chromium)", []string{`Link: <//tracker.test/x>; title=a<b, c; rel=preload`}, nil},
	{"a quote that nothing closes", []string{`Link: </a>; rel=preload, </b>; title="c, <//tracker.test/x>; rel=preload`},
		[]string{`Link: </a>; rel=preload`}},
	{"a quote over two lines (Chromium)", []string{`Link: </a>; rel=preload`, `Link: <//tracker.test/x>; title="a`, `Link: b"; rel=preload`},
		[]string{`Link: </a>; rel=preload`}},
	{"a bracket over two lines (Chromium)", []string{`Link: <//tracker.test/x`, `Link: >;rel=preload`}, nil},
	{"lines that are open and innocent", []string{`Link: </a>; title="a`, `Link: b"; rel=preload`}, untouched},
	{"a quote in the middle of a value", []string{`Link: <//tracker.test/x>; title=a"b;c";rel=preload`}, nil},
	{"Latin-1 (Chromium)", []string{"Link: <//tr\xaacker.test/x>; rel=preload"}, nil},
	{"a soft hyphen in Latin-1 (Chromium)", []string{"Link: <//tra\xadcker.test/x>; rel=preload"}, nil},
	{"UTF-8", []string{"Link: <//\uff54racker.test/x>; rel=preload"}, nil},
	{"white space in a URL", []string{`Link: < //tra cker.test/x >; rel=preload`}, nil},
	{"a part of the site", []string{`Link: </metrics/m.js>; rel=preload, <../metrics/m.js>; rel=preload, <metrics/m.js>; rel=preload`},
		[]string{`Link: <metrics/m.js>; rel=preload`}},
	{"rubbish", []string{`Link: `, `Link: ,;<">,`, `Link: rel=preload`, `Link: <`, `Link: >;rel=`}, untouched},

	{"a redirect", []string{`Refresh: 0;url=https://tracker.test/x`}, nil},
	{"a redirect in an hour", []string{`Refresh: 3600, URL="https://tracker.test/x"`}, nil},
	{"a redirect within the site", []string{`Refresh: 0;url=/x?u=https://tracker.test/`}, untouched},
	{"no redirect", []string{`Refresh: 5`}, untouched},
	{"no refresh at all", []string{`Refresh: https://tracker.test/`}, untouched},
	{"a redirect in two lines (Chromium)", []string{`Refresh: 0`, `Refresh: url=https://tracker.test/x`}, nil},
	{"the second of two redirects", []string{`Refresh: 0;url=/x`, `Refresh: 0;url=https://tracker.test/x`}, nil},
	{"a redirect that ends at the last quote (Chromium)", []string{`Refresh: 0;url='http://a'.tracker.test/'`}, nil},
	{"a redirect in Latin-1 (Chromium)", []string{"Refresh: 0;url=http://tr\xaacker.test/"}, nil},
	{"the redirect of a status", []string{`Location: https://tracker.test/x`, `SourceMap: https://tracker.test/x`}, untouched},

	{"rules of speculation", []string{`Speculation-Rules: "/rules.json", "https://tracker.test/rules.json"`}, []string{`Speculation-Rules: "/rules.json"`}},
	{"the only rules", []string{`Speculation-Rules: "//tracker.test/a,b"`}, nil},
	{"a registration with the system", []string{`Attribution-Reporting-Register-OS-Source: "https://tracker.test/s", "https://ads.test/s"; debug-reporting`,
		`Attribution-Reporting-Register-OS-Trigger: "https://tracker.test/t"`},
		[]string{`Attribution-Reporting-Register-OS-Source: "https://ads.test/s"; debug-reporting`}},
	{"endpoints for reports", []string{`Reporting-Endpoints: main="/r", t="https://tracker.test/r", u="https://tracker.test/u";x`, `Reporting-Endpoints: o="https://other.test/"`},
		[]string{`Reporting-Endpoints: main="/r"`, `Reporting-Endpoints: o="https://other.test/"`}},
	{"an endpoint with escapes", []string{`Reporting-Endpoints: a="\/\/tracker.test\/"`, `Reporting-Endpoints: b="//tracker.test/\"a\\"`}, nil},
	{"endpoints that a strict parser refuses", []string{`Reporting-Endpoints: a=:YQ:, A="/", g="https://tracker.test/"`}, []string{`Reporting-Endpoints: a=:YQ:, A="/"`}},
	{"endpoints over two lines", []string{`Reporting-Endpoints: a="/r`, `Reporting-Endpoints: b", c="//tracker.test/"`},
		[]string{`Reporting-Endpoints: a="/r, b"`}},
	{"what refers to endpoints", []string{`NEL: {"report_to":"tracker.test","max_age":9}`}, untouched},

	{"a group of endpoints", []string{`Report-To: {"group":"a","max_age":9,"endpoints":[{"url":"https://tracker.test/r"}]}`},
		[]string{`Report-To: {"group":"a","max_age":9,"endpoints":[]}`}},
	{"one endpoint of a group", []string{`Report-To: {"max_age":9, "endpoints" : [ {"url":"https://tracker.test/r"}, {"url":"/r","priority":2} ] }, {"group":"b"}`},
		[]string{`Report-To: {"max_age":9, "endpoints" : [{"url":"/r","priority":2}] }, {"group":"b"}`}},
	{"the lines of Report-To", []string{`Report-To: {"endpoints":[{"url":"/r"}], "max_age": 1 }`, `Report-To: {"endpoints":[{"url":"\u002f\/tracker.test"}]}`},
		[]string{`Report-To: {"endpoints":[{"url":"/r"}], "max_age": 1 }`, `Report-To: {"endpoints":[]}`}},
	{"a member given twice", []string{`Report-To: {"endpoints":[{"url":"/r"}],"endpoints":[{"url":"/r","url":"//tracker.test"}]}`},
		[]string{`Report-To: {"endpoints":[{"url":"/r"}],"endpoints":[]}`}},
	{"members in another case", []string{`Report-To: {"Endpoints":[{"url":"//tracker.test"}],"endpoints":[{"URL":"//tracker.test"}]}`}, untouched},
	{"JSON in another form", []string{`Report-To: 1, [{"url":"//tracker.test"}], {"endpoints":{"url":"//tracker.test"}}, {"endpoints":["//tracker.test",{"url":1}]}`}, untouched},
	{"JSON over two lines", []string{`Report-To: {"max_age":9`, `Report-To: "endpoints":[{"url":"//tracker.test"}]}`},
		[]string{`Report-To: {"max_age":9, "endpoints":[]}`}},
	{"innocent JSON over two lines", []string{`Report-To: {"max_age":9`, `Report-To: "endpoints":[{"url":"/r"}]}`}, untouched},
	{"no JSON", []string{`Report-To: {"endpoints":[{"url":"\x2f/tracker.test"}]}`}, nil},
	{"JSON and more", []string{`Report-To: {}], [{"endpoints":[{"url":"//tracker.test"}]}`}, nil},

	{"the reports of a policy", []string{`Content-Security-Policy: img-src 'self'; report-uri https://tracker.test/csp`}, []string{`Content-Security-Policy: img-src 'self'`}},
	{"one of the reports", []string{"Content-Security-Policy-Report-Only: default-src 'self'; REPORT-URI\t//tracker.test/a  /b; script-src 'none'"},
		[]string{"Content-Security-Policy-Report-Only: default-src 'self';REPORT-URI /b; script-src 'none'"}},
	{"a policy that only reports", []string{`Content-Security-Policy-Report-Only: report-uri //tracker.test/a;`, `Content-Security-Policy-Report-Only: img-src *; report-to t`},
		[]string{`Content-Security-Policy-Report-Only: img-src *; report-to t`}},
	{"several policies", []string{`Content-Security-Policy: script-src 'self'; report-uri //tracker.test/a, img-src https://tracker.test, report-uri //tracker.test/a`},
		[]string{`Content-Security-Policy: script-src 'self', img-src https://tracker.test`}},
	{"the second report-uri", []string{`Content-Security-Policy: report-uri /a; report-uri //tracker.test/a`}, []string{`Content-Security-Policy: report-uri /a`}},
	{"reports to others", []string{`Content-Security-Policy: img-src https://tracker.test;report-uri /csp https://other.test/csp ; `}, untouched},
	{"a directive of another name", []string{`Content-Security-Policy: report-uris //tracker.test/a; report-uri`}, untouched},
}

func TestAHeaderFetchesNothingThatIsBlocked(t *testing.T) {
	deny := handler(t, headerPolicy)
	report := handler(t, "mode report\n"+headerPolicy)
	for _, test := range headerTests {
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			if slices.Equal(want, untouched) {
				want = test.in
			}
			got, _ := passHeader(t, deny, denied, test.in)
			if !slices.Equal(got, want) {
				t.Errorf("denied:\n got %q\nwant %q", got, want)
			}
			if again, _ := passHeader(t, deny, "", got); !slices.Equal(again, want) {
				t.Errorf("filtered twice:\n got %q\nwant %q", again, want)
			}
			if got, _ := passHeader(t, deny, allGranted, test.in); !slices.Equal(got, test.in) {
				t.Errorf("granted:\n got %q\nwant %q", got, test.in)
			}
			got, sent := passHeader(t, report, denied, test.in)
			if !slices.Equal(got, test.in) || sent.Get("Vary") != "" {
				t.Errorf("report: Vary %q\n got %q\nwant %q", sent.Get("Vary"), got, test.in)
			}
		})
	}
}

func TestUnreadableFieldsObeyOnError(t *testing.T) {
	unreadable := []string{`Report-To: {"max_age":1 /* a day */}`}
	h := handler(t, "on_error pass\n"+headerPolicy)
	if got, _ := passHeader(t, h, denied, unreadable); !slices.Equal(got, unreadable) {
		t.Errorf("got %q", got)
	}
}

// A header differs from visitor to visitor if the policy knows what is in it,
// whoever gets all of it.
func TestAHeaderThatCouldBeFilteredVaries(t *testing.T) {
	opt := handler(t, "gpc analytics\ndnt analytics\n"+headerPolicy)
	for _, test := range []struct {
		name, line, vary string
	}{
		{"a vendor", "Link: <//tracker.test/x>; rel=preload", "Cookie, Sec-GPC, DNT"},
		{"a hyperlink to a vendor", "Link: <//tracker.test/x>; rel=next", ""},
		{"nobody that the policy knows", "Link: <//cdn.test/x>; rel=preload", ""},
		{"a vendor's endpoint", `Reporting-Endpoints: a="//tracker.test/"`, "Cookie, Sec-GPC, DNT"},
		{"what is dropped if it cannot be read", `Report-To: {`, "Cookie, Sec-GPC, DNT"},
		{"a cookie", "Set-Cookie: session=1", "Cookie, Sec-GPC, DNT"},
		{"a policy", "Content-Security-Policy: img-src https://tracker.test", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, cookie := range []string{allGranted, granted, denied} {
				_, sent := passHeader(t, opt, cookie, []string{test.line})
				if got := strings.Join(sent["Vary"], ", "); got != test.vary {
					t.Errorf("%s: got Vary %q, want %q", cookie, got, test.vary)
				}
				if got := sent.Get("Cache-Control"); got != "" {
					t.Errorf("%s: Cache-Control: %s", cookie, got)
				}
			}
		})
	}
}

// Unknown hosts are blocked for everybody.
func TestAHeaderOfUnknownHostsIsFiltered(t *testing.T) {
	h := handler(t, "unknown {\nhosts block\n}\n"+headerPolicy)
	in := []string{"Link: <//cdn.test/x>; rel=preload, </a>; rel=preload, <//www.site.test/>; rel=preconnect"}
	want := []string{"Link: </a>; rel=preload, <//www.site.test/>; rel=preconnect"}
	got, sent := passHeader(t, h, allGranted, in)
	if !slices.Equal(got, want) || sent.Get("Vary") != "" {
		t.Errorf("got %q, Vary %q", got, sent.Get("Vary"))
	}
}

func TestAKeyInAnyCaseIsFiltered(t *testing.T) {
	h := handler(t, policy)
	const upper = "LINK"
	var sent map[string][]string = ask(t, h, httptest.NewRequest(http.MethodGet, "/", nil), func(w http.ResponseWriter, _ *http.Request) {
		header := w.Header()
		header["link"] = []string{"<https://tracker.test/x>; rel=preload"}
		header[upper] = []string{"</a>; rel=preload, <https://tracker.test/x>; rel=preload"}
		header["refresh"] = []string{"0;url=https://tracker.test/"}
		header["report-TO"] = []string{"{"}
		header["content-security-policy"] = []string{"report-uri https://tracker.test/"}
		w.WriteHeader(http.StatusOK)
	}).Result().Header
	if got := sent[upper]; !slices.Equal(got, []string{"</a>; rel=preload"}) {
		t.Errorf("LINK: %q", got)
	}
	for _, name := range []string{"link", "refresh", "report-TO", "content-security-policy"} {
		if got, ok := sent[name]; ok {
			t.Errorf("%s: %q", name, got)
		}
	}
}
