package consent_test

import (
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
)

// cookies is a Cookie header as a browser of an older site sends it; %s is
// the visitor's answer.
const cookies = "_ga=GA1.2.1033501218.1368477899; PHPSESSID=8f14e45fceea167a5a36dedd4bea2543; " +
	"ajs_anonymous_id=%226f0c3e5e-5a1b-4a4b-9d3d-2a7d3a1f0b1c%22; consent=%s; theme=dark; cart=\"a|b\"; _fbp=fb.1.1596403881668.1116446470"

// catalogPolicy is the default policy with the whole catalog, and a visitor
// who allowed analytics only.
func catalogPolicy(t testing.TB, cfg consent.Config) (*consent.Policy, *consent.Decision) {
	t.Helper()
	cfg.Catalog = catalog.Vendors()
	p := compile(t, cfg)
	return p, granting(t, p, "analytics")
}

// visit is a request of that visitor.
func visit(p *consent.Policy) consent.Request {
	header := strings.Replace(cookies, "%s", p.FormatOwn(answer(p, "analytics"), site), 1)
	return consent.Request{Cookies: []string{header}, Host: site, Now: now}
}

// pageURLs are resources of a page, by what finding their rule takes.
var pageURLs = []struct{ name, url string }{
	{"own site", "https://" + site + "/assets/app-3f2a.js"},
	{"unknown host", "https://d3e54v103j8qbb.cloudfront.net/js/jquery.min.js"},
	{"host rule", "https://rs.fullstory.com/rec/page"},
	{"path rule", "https://connect.facebook.net/en_US/fbevents.js"},
	{"query rule", "https://www.googletagmanager.com/gtag/js?id=G-ABCDEFGH&l=dataLayer"},
	{"many labels", "https://a.b.c.d.e.f.g.h.cdn.example.org/x.js"},
}

// suffixURL is one whose host must be cut at its public suffix.
const suffixURL = "https://www.google.co.uk/pagead/1p-user-list/974303325/?guid=ON"

// cookieNames are cookies, by what finding their rule takes.
var cookieNames = []struct{ name, cookie string }{
	{"exact", "_fbp"},
	{"pattern", "_ga_ABCDEFGH"},
	{"unknown", "PHPSESSID"},
	{"own", "__Host-consent"},
}

// scripts are inline scripts of 30 KB.
var scripts = []struct{ name, script string }{
	// Code without a sign of anybody: everything is looked at.
	{"code", fill("!function(e,t){\"use strict\";var n=document.createElement('div');n.className='menu '+(t?'open':'');" +
		"for(var i=0;i<e.length;i++){n.appendChild(r(e[i].label,/^\\w+$/.test(e[i].id)?e[i].id:`item-${i}`))}}([],window.innerWidth/2>400);\n")},
	// State full of URLs, which loads nothing.
	{"state", fill(`window.__STATE__={"items":[{"id":1,"title":"A \"quoted\" title","image":"https:\/\/images.shop.example\/1.jpg","link":"//www.shop.example/1"}]};` + "\n")},
	// Code full of URLs, each of which is read.
	{"URLs", fill(`document.createElement("img").src="https://images.shop.example/1.jpg";x.push("//static.shop.example/2.jpg");` + "\n")},
	// The vendor at the very end.
	{"vendor last", fill("var a=function(b){return b&&b.length?b.slice(1):[]};\n") + "gtag('config','AW-1234');"},
}

func fill(line string) string { return strings.Repeat(line, 30_000/len(line)) }

func BenchmarkDecide(b *testing.B) {
	for _, c := range []struct {
		name string
		cfg  consent.Config
	}{{"plain", consent.Config{}}, {"signed", consent.Config{OwnCookie: consent.OwnCookie{Secret: "secret"}}}} {
		b.Run(c.name, func(b *testing.B) {
			p, _ := catalogPolicy(b, c.cfg)
			r := visit(p)
			b.SetBytes(int64(len(r.Cookies[0])))
			b.ReportAllocs()
			for b.Loop() {
				if d := p.Decide(r); d.State != consent.Answered {
					b.Fatalf("%+v", d)
				}
			}
		})
	}
}

func BenchmarkURL(b *testing.B) {
	p, d := catalogPolicy(b, consent.Config{})
	bench := func(name, url string) {
		b.Run(name, func(b *testing.B) {
			u, host := parse(b, url), []byte(site)
			b.SetBytes(int64(len(url)))
			b.ReportAllocs()
			for b.Loop() {
				p.URL(u, host, d)
			}
		})
	}
	for _, c := range pageURLs {
		bench(c.name, c.url)
	}
	bench("public suffix rule", suffixURL)
}

func BenchmarkInline(b *testing.B) {
	p, d := catalogPolicy(b, consent.Config{})
	for _, c := range scripts {
		b.Run(c.name, func(b *testing.B) {
			script, host := []byte(c.script), []byte(site)
			b.SetBytes(int64(len(script)))
			b.ReportAllocs()
			for b.Loop() {
				p.Inline(script, host, d)
			}
		})
	}
}

func BenchmarkCookie(b *testing.B) {
	p, d := catalogPolicy(b, consent.Config{})
	for _, c := range cookieNames {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.cookie)))
			b.ReportAllocs()
			for b.Loop() {
				p.Cookie(c.cookie, d)
			}
		})
	}
}

// BenchmarkCompile is what a reload costs.
func BenchmarkCompile(b *testing.B) {
	cfg := consent.Config{Catalog: catalog.Vendors()}
	b.ReportAllocs()
	for b.Loop() {
		compile(b, cfg)
	}
}

// What happens for every request, resource and cookie leaves no garbage.
func TestARequestLeavesNoGarbage(t *testing.T) {
	p, d := catalogPolicy(t, consent.Config{Except: []string{"fonts.example/*"}})
	check := func(name string, f func()) {
		t.Helper()
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	r := visit(p)
	r.GPC = true
	check("Decide", func() { p.Decide(r) })
	none := consent.Request{Cookies: []string{"a=b"}, Host: site, Now: now}
	check("Decide without an own cookie", func() { p.Decide(none) })
	host := []byte(site)
	for _, c := range pageURLs {
		u := parse(t, c.url)
		check("URL: "+c.name, func() { p.URL(u, host, d) })
	}
	for _, c := range cookieNames {
		check("Cookie: "+c.name, func() { p.Cookie(c.cookie, d) })
	}
}
