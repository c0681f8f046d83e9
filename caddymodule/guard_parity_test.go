package caddymodule_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// parityPage is the page whose relative URLs are judged.
const parityPage = "https://www.site.test/a/page?q=1"

// The guard judges in the browser what the policy judges here: about each URL and each
// cookie they say the same, but for those that the list of differences gives a reason for.
func TestBrowserTheGuardJudgesAsThePolicyDoes(t *testing.T) {
	urls, cookies := parityExamples(t)
	urls = slices.Concat(urls, strings.Split(oddURLs, "\n"))
	for _, u := range slices.Clone(urls) {
		urls = append(urls, variations(u)...)
	}
	t.Logf("%d URLs, %d cookies", len(urls), len(cookies))
	expected := parityDifferences(t)
	found := map[string]bool{}
	tab := browser(t, record(t))
	visit(t, tab, "about:blank", true)
	for name, cfg := range map[string]consent.Config{
		"catalog": {Catalog: catalog.Vendors()},
		"unknown": {
			Catalog: catalog.Vendors(), UnknownHosts: consent.Block, UnknownCookies: consent.Strip,
			Except: []string{"www.google-analytics.com/consented/*", "cdn.unknown.example"},
		},
		"rules": {
			Categories: []consent.Category{{Name: "essential", Required: true, Cookies: []string{"_trk_ok", "sess*"}}, {Name: "analytics", Cookies: []string{"a*z", "*_x"}}},
			Vendors: []consent.Vendor{
				{ID: "acme", Categories: []string{"analytics"}, URLs: []string{"tracker.test", "acme.*", "/metrics/*", "*/t.js", "*.subs.test", "paths.test/a/*/c.js", "query.test/x?id=G-*", "acme.test/Ümlaut"}, Cookies: []consent.Cookie{{Name: "_trk*"}}},
				{ID: "fine", Categories: []string{"essential"}, URLs: []string{"ok.tracker.test", "tracker.test/fine/*", "acme.co.uk/own", "paths.test/a/b/c.js"}},
			},
		},
	} {
		p, _, err := consent.Compile(cfg)
		if err != nil {
			t.Fatal(err)
		}
		d := p.Nothing()
		for _, diff := range judgeBoth(t, tab, p, &d, urls, cookies) {
			found[name+" "+diff] = true
			if expected[name+" "+diff] == "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
	}
	for diff := range expected {
		if !found[diff] {
			t.Errorf("testdata/guard_differences.txt: there is no difference about %q", diff)
		}
	}
}

// judgeBoth returns what the guard and the policy judge differently.
func judgeBoth(t *testing.T, tab context.Context, p *consent.Policy, d *consent.Decision, urls, cookies []string) (diffs []string) {
	t.Helper()
	const site = "www.site.test"
	quoted := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	data := map[string]any{"guard": map[string]any{"path": "/.consent", "own": consent.Registrable(site), "rules": p.Guard(d)}}
	script := fmt.Sprintf(`((data, location, urls, cookies) => { "use strict"; %s
		const judged = (url) => { try { return judgeURL(new URL(url, location.href)) && "blocked" } catch { return "" } };
		return JSON.stringify({ urls: urls.map(judged), cookies: cookies.map(cookieVerdict) });
	})(%s, { origin: "https://www.site.test", href: %q }, %s, %s)`, ui.Asset("guard/judge.js"), quoted(data), parityPage, quoted(urls), quoted(cookies))
	text, err := chromedp.Run(tab, chromedp.Evaluate[string](script))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		URLs    []string
		Cookies []int
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || len(got.URLs) != len(urls) || len(got.Cookies) != len(cookies) {
		t.Fatalf("%v: %.200s", err, text)
	}
	var base weburl.URL
	if !base.Parse([]byte(parityPage), nil) {
		t.Fatal("no base")
	}
	base = base.Clone()
	blocked := 0
	for i, url := range urls {
		var u weburl.URL
		want := ""
		if u.Parse([]byte(url), &base) || u.Guess([]byte(url), &base) {
			if p.URL(&u, []byte(site), d).Blocked {
				want = "blocked"
				blocked++
			}
		}
		if got.URLs[i] != want {
			diffs = append(diffs, fmt.Sprintf("%q is %q in the browser, %q here", url, got.URLs[i], want))
		}
	}
	denied := 0
	for i, cookie := range cookies {
		want := -1
		switch v := p.Cookie(cookie, d); {
		case !v.Allow:
			want = 0
			denied++
		case v.Session:
			want = -2
		case v.Cap > 0:
			want = int(v.Cap.Seconds())
		}
		if got.Cookies[i] != want {
			diffs = append(diffs, fmt.Sprintf("cookie %q is %d in the browser, %d here", cookie, got.Cookies[i], want))
		}
	}
	if blocked == 0 || denied == 0 || blocked == len(urls) || denied == len(cookies) {
		t.Errorf("%d of %d URLs and %d of %d cookies are blocked: that shows nothing", blocked, len(urls), denied, len(cookies))
	}
	return diffs
}

// parityExamples are the catalog's: what its rules match, and what they just miss.
func parityExamples(t *testing.T) (urls, cookies []string) {
	t.Helper()
	files, err := filepath.Glob("../consent/catalog/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no examples", err)
	}
	type examples struct{ Match, Miss []string }
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var vendors map[string]struct{ URLs, Cookies examples }
		if json.Unmarshal(text, &vendors) != nil {
			continue // of another form
		}
		for _, v := range vendors {
			urls = slices.Concat(urls, v.URLs.Match, v.URLs.Miss)
			cookies = slices.Concat(cookies, v.Cookies.Match, v.Cookies.Miss)
		}
	}
	slices.Sort(urls)
	slices.Sort(cookies)
	cookies = append(cookies, "_trk", "_trk_ok", "_trk_a", "az", "abz", "aZ", "q_x", "session", "Session", "consent", "__Host-consent", "", "ümlaut")
	return slices.Compact(urls), slices.Compact(cookies)
}

// variations are the same URL as browsers may be given it, and some others close by. Of
// many URLs each gets some.
func variations(url string) []string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || scheme != "https" && scheme != "http" {
		return nil
	}
	host, path, _ := strings.Cut(rest, "/")
	all := []string{
		"HTTPS://" + strings.ToUpper(host) + "/" + path,
		"//" + rest,
		"https://user:pass@" + host + "/" + path,
		"https://" + host + ":8443/" + path,
		"https://" + host + "./" + path,
		"wss://" + rest,
		"blob:" + url,
		"https:\\\\" + host + "\\" + path,
		"https://" + strings.Replace(host, "a", "%61", 1) + "/" + path,
		"https://" + host + "/" + strings.Replace(path, "e", "%65", 1),
		"https://x." + host + "/" + path,
		" \t" + url + "\n",
	}
	start := len(url) % len(all)
	return []string{all[start], all[(start+5)%len(all)]}
}

// oddURLs are for the corners of the rules above.
const oddURLs = `/own
own
/metrics/x
/metrics/
https://www.site.test/metrics/x
https://cdn.site.test/metrics/x
http://site.test/x
https://othersite.test/x
https://localhost/x
https://127.0.0.1/t.js
https://[::1]/t.js
https://[::1]:8080/t.js
https://1/x
https://tracker.test
https://tracker.test./x
https://ok.tracker.test/x
https://sub.ok.tracker.test/x
https://tracker.test/fine/x
https://tracker.test/%66ine/x
https://tracker.test/FINE/x
https://acme.co.uk/x
https://acme.co.uk/own
https://www.acme.com.au/x
https://acme.github.io/x
https://acme.test/x
https://acme.de/x
https://acme.kawasaki.jp/x
https://subs.test/x
https://a.subs.test/x
https://paths.test/a/b/c.js
https://paths.test/a/d/c.js
https://paths.test/a/b%2Fd/c.js
https://paths.test/a//c.js
https://query.test/x?id=G-1
https://query.test/x?id=UA-1
https://query.test/x?a=b&id=G-1
https://query.test/x?id=%47-1
https://query.test/x?ID=G-1
https://query.test/x?id=G+1
https://query.test/x?id=G-%ff
https://any.test/t.js
https://any.test/x/t.js?y
https://any.test/t.jsx
https://cdn.unknown.example/x
https://www.google-analytics.com/consented/x
https://www.google-analytics.com/consent
https://müller.example/x
https://xn--mller-kva.example/x
https://МЮЛЛЕР.example/t.js
https://tracker。test/x
https://trackér.test/x
https://acme.test/%C3%9Cmlaut
https://acme.test/Ümlaut
data:text/html,<img src=https://tracker.test/>
blob:https://tracker.test/123
javascript:void 0
about:blank
mailto:a@tracker.test
ftp://tracker.test/x
ws://tracker.test/x
wss://tracker.test:444/x
file://tracker.test/x
http:tracker.test
https:/tracker.test/x
https:///tracker.test/x
https://tracker.test:99999/x
https://tracker.test@ok.test/x
https://ok.test@tracker.test/x
?x
#x
`

// parityDifferences reads the list of those that there are, with their reasons.
func parityDifferences(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open("testdata/guard_differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	out := map[string]string{}
	reason := ""
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "# "):
			reason = line[2:]
		case line != "" && reason == "":
			t.Fatalf("no reason for %s", line)
		case line != "":
			out[line] = reason
		}
	}
	return out
}
