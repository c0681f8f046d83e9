package weburl

import (
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// suiteCase is an entry of urltestdata.json and of files of its shape.
type suiteCase struct {
	Input                                      string
	Base                                       *string
	Failure                                    bool
	Protocol, Hostname, Port, Pathname, Search string
}

// suiteCases reads the entries of such a file, without its comments.
func suiteCases(t testing.TB, name string) []suiteCase {
	t.Helper()
	var entries []json.RawMessage
	if err := json.Unmarshal(sharedtest.Read(t, name), &entries); err != nil {
		t.Fatal(err)
	}
	var cases []suiteCase
	for _, entry := range entries {
		var c suiteCase
		if json.Unmarshal(entry, &c) == nil {
			cases = append(cases, c)
		}
	}
	return cases
}

// escaped finds percent-encoded bytes.
var escaped = regexp.MustCompile(`%[0-9a-fA-F]{2}`)

// standardPath brings a path of the standard's serialisation into the form
// that the package doc promises, without this package's help: escapes of
// unreserved characters decoded, all others in capitals.
func standardPath(path string) string {
	return escaped.ReplaceAllStringFunc(path, func(m string) string {
		c := decoded(m)[0]
		if c < 0x80 && (c == '-' || c == '.' || c == '_' || c == '~' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z') {
			return string(rune(c))
		}
		return strings.ToUpper(m)
	})
}

// Every case of the suites whose result is fetched from a host, whatever its
// base, and every case that is none: scheme, host, port, path and query.
func TestEveryCaseOfTheURLSuites(t *testing.T) {
	for _, name := range []string{"data/url/urltestdata.json", "data/url/ada_extra_urltestdata.json"} {
		fetched, none, skipped := 0, 0, 0
		for _, c := range suiteCases(t, name) {
			var base *URL
			if c.Base != nil {
				base = new(URL)
				if !base.Parse([]byte(*c.Base), nil) {
					base = nil // only what is absolute means anything
				}
			}
			var u URL
			ok := u.Parse([]byte(c.Input), base)
			fetches := !c.Failure && findScheme([]byte(strings.TrimSuffix(c.Protocol, ":"))) != nil
			if !fetches {
				// A base that this package is not for can still make it a failure.
				if ok && base == nil && c.Base != nil {
					skipped++
					continue
				}
				if none++; ok {
					t.Errorf("Parse(%q, %v) = %s, want none", c.Input, base, u.String())
				}
				continue
			}
			fetched++
			if !ok {
				t.Errorf("Parse(%q, %v): not parsed, want host %q", c.Input, base, c.Hostname)
				continue
			}
			host := c.Hostname
			if len(host) > 1 {
				host = strings.TrimSuffix(host, ".")
			}
			got := []string{string(u.Scheme) + ":", string(u.Host), string(u.Port), string(u.Path)}
			want := []string{c.Protocol, host, c.Port, standardPath(c.Pathname)}
			for i, part := range []string{"scheme", "host", "port", "path"} {
				if got[i] != want[i] {
					t.Errorf("Parse(%q, %v): %s is %q, want %q", c.Input, base, part, got[i], want[i])
				}
			}
			// The query is kept as written, so it is the standard's but for encoding.
			if got, want := decoded(string(u.Query)), decoded(strings.TrimPrefix(c.Search, "?")); got != want {
				t.Errorf("Parse(%q, %v): query is %q, want %q", c.Input, base, got, want)
			}
		}
		t.Logf("%s: %d are fetched from a host, %d are not, %d say nothing because of their base", name, fetched, none, skipped)
	}
}

func decoded(s string) string {
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		b, _ := hex.DecodeString(m[1:])
		return string(b)
	})
}

// Hosts as the IDNA suites want them. Where the standard fails, no browser
// fetches anything, and parsing a host all the same does no harm; the
// count says how often. The other way round it does: a browser fetches, and nobody
// is asked. x/net's table is older than the suites': of the few hosts that
// it refuses, Guess must tell the owner.
func TestHostsOfTheIDNASuites(t *testing.T) {
	for _, name := range []string{"data/url/toascii.json", "data/url/IdnaTestV2.json", "data/url/IdnaTestV2-removed.json"} {
		var entries []json.RawMessage
		if err := json.Unmarshal(sharedtest.Read(t, name), &entries); err != nil {
			t.Fatal(err)
		}
		checked, guessed, refused, lenient := 0, 0, 0, 0
		for _, entry := range entries {
			var c struct {
				Comment, Input string
				Output         *string
			}
			if json.Unmarshal(entry, &c) != nil || c.Input == "" {
				continue
			}
			var u URL
			raw := []byte("https://" + c.Input + "/x")
			ok := u.Parse(raw, nil)
			switch {
			case c.Output == nil && ok:
				lenient++
			case c.Output == nil:
				refused++
			case strings.Trim(*c.Output, ".") == "":
				// Nothing but dots: no such host exists.
			default:
				checked++
				want := strings.TrimSuffix(*c.Output, ".")
				if !ok && u.Guess([]byte("https://"+c.Input+".tracker.test/x"), nil) && strings.HasSuffix(string(u.Host), ".tracker.test") {
					guessed++ // newer than the table, but whose it is can be told
					continue
				}
				if !ok || string(u.Host) != want || string(u.Path) != "/x" {
					t.Errorf("%s: host of %q is %q (%v), want %q (%s)", name, c.Input, u.Host, ok, want, c.Comment)
				}
			}
		}
		t.Logf("%s: %d hosts, %d of them guessed, %d refused, %d parsed that the standard refuses", name, checked, guessed, refused, lenient)
		if guessed*20 > checked {
			t.Errorf("%s: %d of %d are guessed", name, guessed, checked)
		}
	}
}
