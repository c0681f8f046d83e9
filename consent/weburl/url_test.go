package weburl

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// parse returns the URL's text, or "-" for what fetches nothing.
func parse(t testing.TB, raw, base string) string {
	t.Helper()
	var u, b URL
	if base == "" {
		if !u.Parse([]byte(raw), nil) {
			return "-"
		}
		return u.String()
	}
	if !b.Parse([]byte(base), nil) {
		t.Fatalf("base %q is not a URL", base)
	}
	if !u.Parse([]byte(raw), &b) {
		return "-"
	}
	return u.String()
}

func TestParseReadsURLsAsBrowsersDo(t *testing.T) {
	const base = "https://www.example.com/a/b.html?q=1"
	for _, c := range []struct{ name, raw, want string }{
		{"absolute", "https://cdn.example/x.js", "https://cdn.example/x.js"},
		{"other scheme than the base", "http://cdn.example/x.js", "http://cdn.example/x.js"},
		{"protocol-relative", "//cdn.example/x.js", "https://cdn.example/x.js"},
		{"path-absolute", "/x.js", "https://www.example.com/x.js"},
		{"relative", "x.js", "https://www.example.com/a/x.js"},
		{"relative upwards", "../../x.js", "https://www.example.com/x.js"},
		{"empty is the page itself", "", "https://www.example.com/a/b.html?q=1"},
		{"query only", "?z", "https://www.example.com/a/b.html?z"},
		{"empty query drops the base's", "?", "https://www.example.com/a/b.html"},
		{"fragment only keeps the base's query", "#x", "https://www.example.com/a/b.html?q=1"},
		{"fragment with a question mark", "x#a?b", "https://www.example.com/a/x"},
		{"no path", "https://cdn.example", "https://cdn.example/"},
		{"no path but a query", "https://cdn.example?a=b", "https://cdn.example/?a=b"},
		{"surrounding white space", " \x00\n https://cdn.example/ \t", "https://cdn.example/"},
		{"tabs and newlines inside", "ht\ntps:/\t/cdn.ex\rample/x", "https://cdn.example/x"},
		{"backslashes", `\\cdn.example\x.js`, "https://cdn.example/x.js"},
		{"slash and backslash", `/\cdn.example/x.js`, "https://cdn.example/x.js"},
		{"three slashes", "https:///cdn.example/x", "https://cdn.example/x"},
		{"many mixed slashes", `https:/\//\cdn.example/x`, "https://cdn.example/x"},
		{"no slash, other scheme", "http:cdn.example/x", "http://cdn.example/x"},
		{"one slash, other scheme", "http:/cdn.example/x", "http://cdn.example/x"},
		{"no slash, same scheme, is relative", "https:x.js", "https://www.example.com/a/x.js"},
		{"one slash, same scheme, is relative", "https:/x.js", "https://www.example.com/x.js"},
		{"scheme in capitals", "HTTPS://cdn.example/x", "https://cdn.example/x"},
		{"userinfo", "https://user:pw@cdn.example/x", "https://cdn.example/x"},
		{"several at signs", "https://www.example.com@a@cdn.example/x", "https://cdn.example/x"},
		{"at sign in the path", "https://cdn.example/@a", "https://cdn.example/@a"},
		{"default port", "https://cdn.example:443/x", "https://cdn.example/x"},
		{"default port with zeros", "https://cdn.example:000443/x", "https://cdn.example/x"},
		{"empty port", "https://cdn.example:/x", "https://cdn.example/x"},
		{"other port", "https://cdn.example:8443/x", "https://cdn.example:8443/x"},
		{"port too large", "https://cdn.example:65536/x", "-"},
		{"port not a number", "https://cdn.example:8a/x", "-"},
		{"host in capitals", "https://CDN.Example/X", "https://cdn.example/X"},
		{"host with a trailing dot", "https://cdn.example./x", "https://cdn.example/x"},
		{"percent-encoded host", "https://%63dn.example/x", "https://cdn.example/x"},
		{"percent-encoded dot in the host", "https://cdn%2Eexample/x", "https://cdn.example/x"},
		{"percent-encoded slash in the host", "https://cdn%2fexample/x", "-"},
		{"full-width host", "https://ｃｄｎ．example/x", "https://cdn.example/x"},
		{"ideographic dot", "https://cdn。example/x", "https://cdn.example/x"},
		{"internationalised host", "https://BÜCHER.example/x", "https://xn--bcher-kva.example/x"},
		{"punycode host", "https://XN--BCHER-KVA.example/x", "https://xn--bcher-kva.example/x"},
		{"broken punycode is left alone", "https://xn--a/x", "https://xn--a/x"},
		{"host that is not UTF-8", "https://cdn%80.example/x", "-"},
		{"soft hyphen in the host", "https://cd\u00adn.example/x", "https://cdn.example/x"},
		{"space in the host", "https://cdn example/x", "-"},
		{"no host", "https://", "-"},
		{"only userinfo", "https://user@/x", "-"},
		{"only a port", "https://:80/x", "-"},
		{"underscore in the host", "https://a_b.example/x", "https://a_b.example/x"},
		{"IPv4", "https://127.0.0.1/x", "https://127.0.0.1/x"},
		{"IPv4, hexadecimal and short", "https://0x7f.1/x", "https://127.0.0.1/x"},
		{"IPv4, octal", "https://0177.0.0.01/x", "https://127.0.0.1/x"},
		{"IPv4, one number", "https://2130706433/x", "https://127.0.0.1/x"},
		{"IPv4 with a trailing dot", "https://127.0.0.1./x", "https://127.0.0.1/x"},
		{"IPv4, part too large", "https://256.0.0.1/x", "-"},
		{"IPv4, too many parts", "https://1.2.3.4.5/x", "-"},
		{"IPv4, number too large", "https://4294967296/x", "-"},
		{"a name that ends in a number", "https://foo.0x4/x", "-"},
		{"IPv6", "https://[2001:DB8:0:0::1]:8080/x", "https://[2001:db8::1]:8080/x"},
		{"IPv4 in IPv6", "https://[::ffff:1.2.3.4]/x", "https://[::ffff:102:304]/x"},
		{"IPv6 with a zone", "https://[fe80::1%25eth0]/x", "-"},
		{"IPv6 unclosed", "https://[::1/x", "-"},
		{"IPv4 in brackets", "https://[1.2.3.4]/x", "-"},
		{"dot segments", "https://cdn.example/a/./b/../c", "https://cdn.example/a/c"},
		{"encoded dot segments", "https://cdn.example/a/%2E/b/.%2e/c", "https://cdn.example/a/c"},
		{"dot segments beyond the root", "/../../x", "https://www.example.com/x"},
		{"trailing dot segments", "/a/b/..", "https://www.example.com/a/"},
		{"names that start with dots", "/.well-known/...", "https://www.example.com/.well-known/..."},
		{"escaped letters in the path", "/%74r", "https://www.example.com/tr"},
		{"escaped slash stays", "/a%2fb", "https://www.example.com/a%2Fb"},
		{"lone percent stays", "/100%/x", "https://www.example.com/100%/x"},
		{"decoding happens once", "/%2574r", "https://www.example.com/%2574r"},
		{"characters to encode", "/a b\"<é", "https://www.example.com/a%20b%22%3C%C3%A9"},
		{"double slashes in the path stay", "https://cdn.example//x", "https://cdn.example//x"},
		{"websocket", "wss://cdn.example/x", "wss://cdn.example/x"},
		{"data", "data:text/html,x", "-"},
		{"javascript", "java\nscript:alert(1)", "-"},
		{"blob", "blob:https://www.example.com/x", "-"},
		{"mailto", "mailto:a@b.example", "-"},
		{"file", "file:///etc/passwd", "-"},
		{"a colon that is no scheme", "1a:b", "https://www.example.com/a/1a:b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := parse(t, c.raw, base); got != c.want {
				t.Errorf("Parse(%q) = %s, want %s", c.raw, got, c.want)
			}
		})
	}
}

func TestRelativeURLWithoutBaseFetchesNothing(t *testing.T) {
	for _, raw := range []string{"", "x", "/x", "//cdn.example/x", "?q", "#f"} {
		if got := parse(t, raw, ""); got != "-" {
			t.Errorf("Parse(%q, nil) = %s", raw, got)
		}
	}
}

func TestCloneOwnsItsBytes(t *testing.T) {
	raw := []byte("https://cdn.example:8443/a/b?c")
	var u URL
	if !u.Parse(raw, nil) {
		t.Fatal("not parsed")
	}
	c := u.Clone()
	for i := range raw {
		raw[i] = 'X'
	}
	u.Parse([]byte("http://%61:1/%62?q"), nil)
	if got, want := c.String(), "https://cdn.example:8443/a/b?c"; got != want {
		t.Errorf("clone changed to %s, want %s", got, want)
	}
}

func TestHostNormalisesAHostHeader(t *testing.T) {
	for in, want := range map[string]string{
		"Example.COM:8443": "example.com",
		"example.com.":     "example.com",
		"[::1]:80":         "[::1]",
		"bücher.example":   "xn--bcher-kva.example",
		"127.1":            "127.0.0.1",
		"":                 "",
		"a b":              "",
		"a:b":              "",
	} {
		if got := Host(in); got != want {
			t.Errorf("Host(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseDoesNotAllocate(t *testing.T) {
	var base, u URL
	base.Parse([]byte("https://www.example.com/a/b.html"), nil)
	for _, raw := range [][]byte{
		[]byte("https://www.google-analytics.com/analytics.js"),
		[]byte("//connect.facebook.net/en_US/fbevents.js?v=1"),
		[]byte("/assets/app.js"),
		[]byte("../img/logo.png"),
		[]byte("HTTPS://CDN.Example:443/%74r"),
		[]byte("https://127.0.0.1/x"),
	} {
		u.Parse(raw, &base) // grows the scratch buffer
		if n := testing.AllocsPerRun(100, func() { u.Parse(raw, &base) }); n != 0 {
			t.Errorf("Parse(%q): %v allocations", raw, n)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	var base, u URL
	base.Parse([]byte("https://www.example.com/a/b.html"), nil)
	for _, c := range []struct{ name, raw string }{
		{"absolute", "https://www.googletagmanager.com/gtag/js?id=G-ABCDEFGH"},
		{"protocol-relative", "//connect.facebook.net/en_US/fbevents.js"},
		{"path-absolute", "/assets/app-3f2a.js"},
		{"relative", "../img/logo.png"},
		{"capitals", "https://CDN.Example/x.js"},
		{"idna", "https://bücher.example/x.js"},
	} {
		raw := []byte(c.raw)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if !u.Parse(raw, &base) {
					b.Fatal("not parsed")
				}
			}
		})
	}
}

func TestResultsStayInsideTheirOwnBytes(t *testing.T) {
	// Appending to one part must not overwrite the next: slices of the scratch
	// buffer are capped.
	var u URL
	u.Parse([]byte("HTTPS://CDN.Example/%61/%62"), nil)
	_ = append(u.Host, "!!!!"...)
	if !bytes.Equal(u.Path, []byte("/a/b")) {
		t.Errorf("path is %q", u.Path)
	}
}

// Of a host in another alphabet Punycode takes time that is the square of its length. One of so many letters is
// none; but a browser leaves out what has no look, however much of it there is.
func TestALongHostInAnotherAlphabetCostsLittle(t *testing.T) {
	var page URL
	page.Parse([]byte("https://www.example.com/"), nil)
	var letters strings.Builder
	for c := range rune(20_000) {
		letters.WriteRune(0x4E00 + c)
	}
	for name, raw := range map[string]string{
		"letters": "//" + letters.String() + ".example/", "encoded": "//" + strings.Repeat("%E4%B8%80", 20_000) + ".example/",
	} {
		start := time.Now()
		var u URL
		if u.Parse([]byte(raw), &page) || u.Guess([]byte(raw), &page) {
			t.Errorf("%s: %.60s", name, u.Host)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
	for _, nothing := range []string{"\u00AD", "\u200B", "\u2060", "\uFE0F", "\U000E0100"} {
		var u URL
		if raw := "//track" + strings.Repeat(nothing, 20_000) + "er.example/x"; !u.Parse([]byte(raw), &page) || string(u.Host) != "tracker.example" {
			t.Errorf("%U: %.60s", []rune(nothing), u.Host)
		}
	}
	for _, label := range []string{"\u4E00.", "%E4%B8%80.", "a\u3002", "\u4E00\uFF61"} {
		start := time.Now()
		var u URL
		if raw := "//" + strings.Repeat(label, 20_000) + "example/"; !u.Parse([]byte(raw), &page) || time.Since(start) > time.Second {
			t.Errorf("%v: %.60s", time.Since(start), u.Host)
		}
	}
	var u URL
	if raw := "//" + strings.Repeat("a.", 20_000) + "tracker%2Eexample/"; !u.Parse([]byte(raw), &page) || len(u.Host) < 40_000 {
		t.Errorf("%.60s", u.Host)
	}
}
