package weburl

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// ours brings a host and a path of the standard's serialisation into this
// package's canonical form.
func ours(host, path string) (string, string) {
	if len(host) > 1 {
		host = strings.TrimSuffix(host, ".")
	}
	return host, CanonicalPath(path)
}

// FuzzFastPathAgreesWithSlow holds this package against a complete and
// slower implementation of the standard.
func FuzzFastPathAgreesWithSlow(f *testing.F) {
	const base = "https://www.example.com/a/b.html?q"
	for _, s := range []string{
		"", "x", "/x", "//h/x", "https://h/x", "http:h", "https:h", "https:/h", `\\h\x`, "https://u:p@h:8443/x?y#z",
		"https://H.example./%2e/a/../b", "https://0x7f.1/", "https://[::1]/", "https://%68/", "https://xn--bcher-kva/",
		"https://bücher。example/", "ht\ntp://h", " https://h ", "https://h:0443/", "https://h/%zz", "?", "#", "/..//a/.",
		"https://a.b.c.1e9/", "https://1.2.3/", "https://256/", "https://-a-.b--/", "data:x", "HTTPS://A@B@C",
	} {
		f.Add(s)
	}
	var pageBase URL
	if !pageBase.Parse([]byte(base), nil) {
		f.Fatal("base")
	}
	parser := whatwg.NewParser()
	f.Fuzz(func(t *testing.T, raw string) {
		if !utf8.ValidString(raw) || strings.ContainsRune(raw, utf8.RuneError) {
			t.Skip("documents are decoded before URLs are read")
		}
		var u URL
		ok := u.Parse([]byte(raw), &pageBase)
		if skipOracle(raw) || ok && almostNumber.Match(u.Host) {
			return
		}
		want, err := parser.ParseRef(base, raw)
		if err != nil && ok && strings.Contains(err.Error(), "disallowed rune") {
			return // it applies UseSTD3ASCIIRules, which the standard turns off for "$" and its like
		}
		if err == nil && !ok && len(want.Hostname()) > maxName {
			return // no name of the DNS: see mayBeName
		}
		if err == nil && want.IsIPv4() && strings.ContainsAny(raw, "-+_%") {
			return // strconv reads "0x-f" as a number
		}
		if err == nil && findScheme([]byte(want.Scheme())) == nil {
			err = os.ErrInvalid // another scheme: nothing is fetched from a host
		}
		if ok != (err == nil) {
			t.Fatalf("Parse(%q) = %v (%s), the oracle says %v (%v)", raw, ok, u.String(), err == nil, err)
		}
		if !ok {
			return
		}
		host, path := ours(want.Hostname(), want.Pathname())
		if string(u.Host) != host || string(u.Path) != path || string(u.Port) != want.Port() || string(u.Scheme) != want.Scheme() {
			t.Fatalf("Parse(%q) = %s, the oracle says %s", raw, u.String(), want.Href(true))
		}
	})
}

// almostNumber finds last labels that the oracle, by way of strconv, takes for
// numbers ("-7", "0+0", "99999999999999999999x") and the standard does not.
var almostNumber = regexp.MustCompile(`(^|\.)([0-9][^.]*[^0-9.][^.]*|[-+_][^.]*)$`)

// skipOracle names what the oracle is known to read otherwise than browsers.
func skipOracle(raw string) bool {
	raw = strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(raw) // as parsers do first
	return strings.ContainsRune(raw, '[') ||                             // it accepts some malformed IPv6 addresses
		strings.Contains(strings.ToLower(raw), "xn--") // it refuses broken punycode
}
