package weburl

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// hostProfile is the standard's "domain to ASCII" with beStrict false (§3.3):
// UTS #46, nontransitional, joiners and bidi checked, hyphens and lengths not.
var hostProfile = idna.New(
	idna.MapForLookup(),
	idna.Transitional(false),
	idna.BidiRule(),
	idna.CheckJoiners(true),
	idna.CheckHyphens(false),
	idna.StrictDomainName(false),
	idna.VerifyDNSLength(false),
)

// Host returns a host name as [URL.Host] has it, without its port: "Example.COM.:8443"
// gives "example.com". Use it on the Host header of a request before
// comparing it with a URL. The result is empty when s is not a host.
func Host(s string) string {
	host, _, ok := cutPort([]byte(s))
	if !ok || len(host) == 0 {
		return ""
	}
	var u URL
	return string(u.canonicalHost(host))
}

// canonicalHost is the host parser (§3.5) for special schemes, and drops one
// trailing dot. It returns nil for an invalid host.
func (u *URL) canonicalHost(host []byte) []byte {
	if host[0] == '[' {
		return u.ipv6(host)
	}
	plain, lower := true, true
	for _, c := range host {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '.', c == '-', c == '_':
		case c >= 'A' && c <= 'Z':
			lower = false
		default:
			plain = false
		}
	}
	if !plain {
		return u.oddHost(host)
	}
	if !lower {
		start := len(u.buf)
		for _, c := range host {
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			u.buf = append(u.buf, c)
		}
		host = u.buf[start:len(u.buf):len(u.buf)]
	}
	if endsInNumber(host) {
		return u.ipv4(host)
	}
	return dropDot(host)
}

// oddHost handles percent-encoding and everything that UTS #46 has a say in.
// It allocates.
func (u *URL) oddHost(host []byte) []byte {
	name := string(percent.Append(make([]byte, 0, len(host)), host))
	if len(name) > maxName && !isASCII(name) && !mayBeName(name) {
		return nil
	}
	ascii, err := domainToASCII(name)
	if err != nil && u.loose {
		ascii, err = labelsToASCII(name), nil
	}
	if err != nil || ascii == "" {
		return nil
	}
	for i := range len(ascii) {
		if forbiddenInDomain(ascii[i]) && (!u.loose || ascii[i] != ' ') {
			return nil
		}
	}
	start := len(u.buf)
	u.buf = append(u.buf, ascii...)
	out := u.buf[start:len(u.buf):len(u.buf)]
	if endsInNumber(out) {
		return u.ipv4(out)
	}
	return dropDot(out)
}

// domainToASCII lower-cases a host of ASCII and leaves the rest to UTS #46.
// Browsers do not refuse ASCII labels that are broken punycode, and neither
// do the web platform's tests; x/net/idna would.
func domainToASCII(host string) (string, error) {
	if isASCII(host) {
		return strings.ToLower(host), nil
	}
	if !utf8.ValidString(host) {
		return "", errNotUTF8
	}
	// The table of x/net maps a capital sharp s to two letters; the
	// standard's newer one, like Unicode's own, to the small one.
	return hostProfile.ToASCII(lower(host))
}

// How many characters a name of the DNS and a label of it may have, in any alphabet.
const (
	maxName  = 253
	maxLabel = 63
)

// mayBeName tells whether labels of a host are short enough for the DNS, though the host is not. Punycode takes
// time that is the square of a label's length, and a page may have many such hosts.
func mayBeName(host string) bool {
	host = fullStops.Replace(norm.NFKC.String(dropIgnored(host))) // nearly what UTS #46 makes of it
	for label := range strings.SplitSeq(host, ".") {
		if utf8.RuneCountInString(label) > maxLabel {
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c >= utf8.RuneSelf }) < 0
}

// fullStops makes a dot of what UTS #46 makes one of.
var fullStops = strings.NewReplacer("\u3002", ".", "\uFF0E", ".", "\uFF61", ".")

// dropIgnored leaves out what UTS #46 ignores, in the newest tables at least.
func dropIgnored(host string) string {
	return strings.Map(func(c rune) rune {
		if c == 0x00AD || c >= utf8.RuneSelf && unicode.In(c, ignored...) {
			return -1
		}
		return c
	}, host)
}

// ignored are the characters that have no look of their own (Default_Ignorable_Code_Point), and some more.
var ignored = []*unicode.RangeTable{unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector}

// lower is Unicode's lower case, of one rune for one: that of a capital I with
// a dot is two.
func lower(host string) string {
	return strings.Map(func(c rune) rune {
		if c == 'İ' {
			return c
		}
		return unicode.ToLower(c)
	}, host)
}

// labelsToASCII does what it can with each label of a host that is none to
// domainToASCII, so that those which are in order still tell whose it is.
func labelsToASCII(host string) string {
	host = fullStops.Replace(dropIgnored(strings.ToValidUTF8(host, "\uFFFD")))
	labels := strings.Split(lower(host), ".")
	for i, label := range labels {
		if ascii, err := domainToASCII(label); err == nil {
			labels[i] = ascii
		} else if ascii, err := idna.Punycode.ToASCII(label); err == nil {
			labels[i] = ascii
		} else {
			labels[i] = "xn--" // it must not be taken for another
		}
	}
	return strings.Join(labels, ".")
}

var errNotUTF8 = errors.New("host is not UTF-8")

// forbiddenInDomain is the standard's forbidden domain code point (§3.2),
// for ASCII.
func forbiddenInDomain(c byte) bool {
	if c <= ' ' || c >= 0x7F {
		return true
	}
	return strings.IndexByte("#/:<>?@[\\]^|%", c) >= 0
}

// dropDot removes the root label's dot: the DNS knows "example.com." and
// "example.com" as one.
func dropDot(host []byte) []byte {
	if len(host) > 1 && bytes.HasSuffix(host, []byte{'.'}) {
		return host[:len(host)-1]
	}
	return host
}
