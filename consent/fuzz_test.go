package consent_test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/publicsuffix"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// FuzzDecide: whatever stands in the Cookie header, nothing is granted that
// FormatOwn would not write for one single own cookie. Of a signed cookie,
// not a byte can differ.
func FuzzDecide(f *testing.F) {
	plain := compile(f, consent.Config{Revision: 3})
	signed := compile(f, consent.Config{Revision: 3, OwnCookie: consent.OwnCookie{Secret: "secret"}})
	for _, p := range []*consent.Policy{plain, signed} {
		value := p.FormatOwn(answer(p, "analytics", "social"), site)
		for _, header := range []string{
			"consent=" + value, "a=b; consent=" + value + " ;c", "consent=" + value + "; consent=" + value,
			`consent="` + value + `"`, "consent=" + strings.Replace(value, "social", "chat", 1),
			"consent=" + strings.Replace(value, "analytics", "essential~analytics", 1), "consent=" + value + ".AAAAAAAAAAAAAAAA",
		} {
			f.Add(header)
		}
	}
	f.Add("")
	f.Add("consent=1.3.0.c..")
	f.Fuzz(func(t *testing.T, header string) {
		for _, p := range []*consent.Policy{plain, signed} {
			d := p.Decide(consent.Request{Cookies: []string{header}, Host: site, Now: now})
			granted := p.GrantedNames(&d)
			if (d.State == consent.Answered) != (d.Reason == "") {
				t.Fatalf("%+v", d)
			}
			if d.State != consent.Answered {
				if len(granted) != 1 {
					t.Fatalf("%q without an answer grants %v", header, granted)
				}
				continue
			}
			var values []string
			for name, value := range consent.EachCookie(header) {
				if name == "consent" {
					values = append(values, value)
				}
			}
			if len(values) != 1 {
				t.Fatalf("%d cookies grant %v", len(values), granted)
			}
			choice, err := p.ParseOwn(values[0], site, now)
			if err != nil || !slices.Equal(granted, append([]string{"essential"}, choice.Granted...)) {
				t.Fatalf("%q grants %v, says %+v, %v", values[0], granted, choice, err)
			}
			again := p.FormatOwn(choice, site)
			if p == signed && again != values[0] {
				t.Fatalf("forged: %q, want %q", values[0], again)
			}
			// Without a signature the order, and categories that do not count,
			// may differ; the rest must be the same.
			got, want := strings.Split(values[0], "."), strings.Split(again, ".")
			if !slices.Equal(got[:4], want[:4]) {
				t.Fatalf("%q is read as %q", values[0], again)
			}
			for _, name := range choice.Granted {
				if !slices.Contains(strings.Split(got[4], "~"), name) || slices.Contains(strings.Split(got[5], "~"), name) {
					t.Fatalf("%q does not grant %s", values[0], name)
				}
			}
		}
	})
}

// FuzzCookieHeader: what net/http reads of a header, EachCookie reads too.
func FuzzCookieHeader(f *testing.F) {
	for _, header := range []string{"", "a=b; c=d", "a;a=;=a", `a="b"; c=d\`, "a;;=b;c==d ", "a=\"b c\";\td = e\t", "a/b=c; ä=ö"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		if strings.ContainsAny(header, "\r\n") {
			return // no header has these, and net/http trims them
		}
		type pair struct{ name, value string }
		var ours []pair
		for name, value := range consent.EachCookie(header) {
			if strings.Contains(name+value, ";") || strings.Contains(name, "=") || strings.Trim(name, " \t") != name || strings.Trim(value, " \t") != value {
				t.Fatalf("%q has %q=%q", header, name, value)
			}
			ours = append(ours, pair{name, value})
		}
		r := http.Request{Header: http.Header{"Cookie": {header}}}
		for _, c := range r.Cookies() {
			value := strings.Trim(c.Value, " \t") // which net/http leaves there
			if c.Quoted {
				value = `"` + c.Value + `"`
			}
			at := slices.IndexFunc(ours, func(p pair) bool {
				// To net/http, what stands without '=' is a name and not a value.
				return p == pair{c.Name, value} || value == "" && p == pair{"", c.Name}
			})
			if at < 0 {
				t.Fatalf("net/http reads %s=%s, of %q is left %q", c.Name, value, header, ours)
			}
			ours = ours[at+1:] // the order is the same
		}
	})
}

// FuzzInline: the index finds an inline pattern where looking at every place
// finds it, no script makes it panic or take long, and what is kept of a
// script are its calls of gtag('consent', …).
func FuzzInline(f *testing.F) {
	for _, seed := range []struct{ pattern, script string }{
		{"fbq('init'", "!function(){};fbq ( \"init\" , 1)"},
		{"analytics.load('*analytics.page(", "analytics.load('x');analytics.page()"},
		{"new MixpanelLib(", "x = new\n MixpanelLib ('t')"},
		{"'gtm.start':*event:'gtm.js'", "w[l].push({'gtm.start':\nnew Date().getTime(),event:'gtm.js'});"},
		{"aaa * ( * bbb", "aaa((bbb"},
		{"a b", "gtag('consent','default',{});gtag('config','G-1');s.src='https://www.google-analytics.com/'"},
		{"a b", "x = 1 // a b\n/* a b */;self.f.push(['(a b)'])"},
		{"aaa", "x=`${`a${/[`]/}`}`;document.write(\"<img src=\\/\\/\\x61\\u{62}.example>\")//"},
		{"aaa", "if(a)\n gtag('consent',\"update\")\n;function gtag(){x/2}window.gtag ( 'consent' , [({})] )"},
		{"aaa", "x.onclick=async (e)=>fbq('track',{a:[`${b}`]});(function(){fbq('init')})();y={z(){ga('send')}}"},
	} {
		f.Add(seed.pattern, seed.script)
	}
	whole := compile(f, consent.Config{Catalog: catalog.Vendors()})
	denied := granting(f, whole)
	f.Fuzz(func(t *testing.T, pattern, script string) {
		v := whole.Inline([]byte(script), []byte(site), denied)
		if v.Blocked != (v.Category != "") || v.Blocked && !v.Known {
			t.Fatalf("%+v", v.Verdict)
		}
		if v.Keep != nil && (!v.Blocked || !bytes.Contains(v.Keep, []byte("gtag")) || !bytes.Contains(v.Keep, []byte("consent"))) {
			t.Fatalf("%+v keeps %q", v.Verdict, v.Keep)
		}
		if guarded := whole.InlineGuarded([]byte(script), []byte(site), denied); guarded.Blocked && !v.Blocked {
			t.Fatalf("%+v with a guard", guarded.Verdict)
		}
		if long := strings.Repeat(script, (64<<10)/max(1, len(script))); best(t, 1, func() { whole.InlineGuarded([]byte(long), []byte(site), denied) }) > 2 {
			t.Fatalf("64 KiB of %q take more than two seconds", script)
		}

		p, _, err := consent.Compile(consent.Config{Vendors: []consent.Vendor{{ID: "v", Categories: []string{"analytics"}, Inline: []string{pattern}}}})
		if err != nil || len(script) > 1000 {
			return
		}
		d := granting(t, p)
		code, _ := consent.CodeOf([]byte(script))
		want := occurs(pattern, script) && occurs(pattern, string(code))
		if got := p.Inline([]byte(script), []byte(site), d).Blocked; got != want {
			t.Fatalf("pattern %q in %q: %v, want %v", pattern, script, got, want)
		}
	})
}

// occurs is what an inline pattern means, without any index: each piece is
// tried at every place.
func occurs(pattern, script string) bool {
	from := 0 // the end of the earliest match so far
	for part := range strings.SplitSeq(pattern, "*") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		end := -1
		for at := from; at <= len(script); at++ {
			if e := occursAt(words, script, at); e >= 0 && (end < 0 || e < end) {
				end = e
			}
		}
		if end < 0 {
			return false
		}
		from = end
	}
	return true
}

// occursAt returns the end of words at script[at:], or -1.
func occursAt(words []string, script string, at int) int {
	if isWord(words[0][0]) && at > 0 && isWord(script[at-1]) && !endsInBlank(script[:at]) {
		return -1
	}
	i, last := at, byte(0)
	for n, word := range words {
		for m := range len(word) {
			c := word[m]
			spaces := len(script[i:]) - len(strings.TrimLeftFunc(script[i:], isBlank))
			switch between := isWord(last) && isWord(c); {
			case n == 0 && m == 0, between && m > 0:
				spaces = 0 // none may be there
			case between && spaces == 0:
				return -1
			}
			i += spaces
			if i >= len(script) || !same(c, script[i]) {
				return -1
			}
			i, last = i+1, c
		}
	}
	return i
}

// endsInBlank tells whether text ends in white space, or the end of a line.
func endsInBlank(text string) bool { return strings.TrimRightFunc(text, isBlank) != text }

// isBlank is JavaScript's white space and line terminators.
func isBlank(c rune) bool {
	return strings.ContainsRune(" \t\n\v\f\r\uFEFF\u2028\u2029", c) || unicode.Is(unicode.Zs, c)
}

func isWord(c byte) bool {
	return c >= 0x80 || c == '_' || c == '$' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func same(a, b byte) bool {
	const quotes = "'\"`"
	return a == b || strings.IndexByte(quotes, a) >= 0 && strings.IndexByte(quotes, b) >= 0
}

// FuzzURLPattern: a pattern matches what its parts say, one by one.
func FuzzURLPattern(f *testing.F) {
	for _, seed := range []struct{ pattern, url string }{
		{"acme.example/t.js", "https://cdn.acme.example/t.js?x"},
		{"*.acme.example/a*b*c?id=G-*&l", "https://x.acme.example/abbc?l&id=G-1"},
		{"google.*/ads/*", "https://www.google.co.uk/ads/x"},
		{"*.google.*", "https://google.com/"},
		{"/metrics/*", "https://" + site + "/metrics/x"},
		{"*/gtm.js?id=GTM-*", "https://127.0.0.1/gtm.js?id=GTM-1"},
		{"[::1]/%74?", "https://[::1]/t?"},
		{"bücher.example/é", "//BÜCHER.example:8080/a/../%c3%a9"},
		{"x", "https://x./"},
	} {
		f.Add(seed.pattern, seed.url)
	}
	var page weburl.URL
	page.Parse([]byte("https://"+site+"/"), nil)
	f.Fuzz(func(t *testing.T, pattern, raw string) {
		p, _, err := consent.Compile(consent.Config{Vendors: []consent.Vendor{{ID: "v", Categories: []string{"analytics"}, URLs: []string{pattern}}}})
		var u weburl.URL
		if err != nil || !u.Parse([]byte(raw), &page) || len(pattern)*len(u.String()) > 1<<24 { // of which the oracle takes too long
			return
		}
		want, sure := matches(pattern, &u)
		d := granting(t, p)
		if got := p.URL(&u, []byte(site), d); sure && got.Blocked != want {
			t.Fatalf("%q for %s: %+v, want %v", pattern, u.String(), got, want)
		}
	})
}

// matches is what a URL pattern means, part by part. It is not sure about
// queries that net/url refuses.
func matches(pattern string, u *weburl.URL) (match, sure bool) {
	rest, query, hasQuery := strings.Cut(pattern, "?")
	host, path, hasPath := strings.Cut(rest, "/")
	if !hostMatches(host, string(u.Host)) {
		return false, true
	}
	if hasPath && !starMatches(weburl.CanonicalPath("/"+path), string(u.Path)) {
		return false, true
	}
	if !hasQuery {
		return true, true
	}
	for test := range strings.SplitSeq(query, "&") {
		name, value, hasValue := strings.Cut(test, "=")
		found := false
		for pair := range strings.SplitSeq(string(u.Query), "&") {
			k, v, _ := strings.Cut(pair, "=")
			name2, err1 := url.QueryUnescape(k)
			value2, err2 := url.QueryUnescape(v)
			if err1 != nil || err2 != nil || strings.ContainsAny(test, "%+") { // %2A is no star
				return false, false
			}
			found = found || pair != "" && name2 == name && (!hasValue || starMatches(value, value2))
		}
		if !found {
			return false, true
		}
	}
	return true, true
}

func hostMatches(pattern, host string) bool {
	switch pattern {
	case "":
		return host == site
	case "*":
		return true
	}
	name, subs := strings.CutPrefix(pattern, "*.")
	name, anySuffix := strings.CutSuffix(name, ".*")
	if anySuffix {
		suffix, icann := publicsuffix.PublicSuffix(host)
		if !icann || suffix == host {
			return false
		}
		host = strings.TrimSuffix(host, "."+suffix)
	}
	name = weburl.Host(name)
	return host == name && !subs || strings.HasSuffix(host, "."+name)
}

// starMatches reads the pattern byte by byte, with all places of s that what
// was read of it can reach: as many steps as the two are long, multiplied.
func starMatches(pattern, s string) bool {
	reached := make([]bool, len(s)+1)
	reached[0] = true
	for _, c := range []byte(pattern) {
		if c == '*' {
			first := slices.Index(reached, true)
			for i := range reached {
				reached[i] = first >= 0 && i >= first
			}
			continue
		}
		for i := len(s); i > 0; i-- {
			reached[i] = reached[i-1] && s[i-1] == c
		}
		reached[0] = false
	}
	return reached[len(s)]
}
