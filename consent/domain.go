package consent

import (
	"bytes"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Registrable domains: whose a host is, by the Public Suffix List.

// IsThirdParty reports whether two canonical hosts ([weburl.Host]) have different registrable
// domains. Hosts without one (localhost, addresses) are only equal to
// themselves. It does not allocate for hosts that were asked about lately.
func IsThirdParty(host, site []byte) bool {
	if bytes.Equal(host, site) {
		return false
	}
	if !bytes.Equal(lastLabels(host), lastLabels(site)) {
		return true // a registrable domain has two labels at least
	}
	a, b := registrable(host), registrable(site)
	return len(a) == 0 || !bytes.Equal(a, b)
}

// HostOf returns the host that a Host header names, as cookies know it: without what they do not
// depend on, the port (RFC 6265, section 8.5), the case of its letters and the root's dot.
func HostOf(header string) string {
	host := header
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// lastLabels are a host's last two labels.
func lastLabels(host []byte) []byte {
	last := max(0, bytes.LastIndexByte(host, '.'))
	return host[bytes.LastIndexByte(host[:last], '.')+1:]
}

// Registrable returns the registrable domain of a canonical host ([weburl.Host]), "" if it
// has none: of an address, of a public suffix and of a name like localhost.
func Registrable(host string) string { return string(registrable([]byte(host))) }

// registrable is EffectiveTLDPlusOne without the error that allocates. The
// result is a part of host, nil if there is none.
func registrable(host []byte) []byte {
	suffix, _ := publicSuffix(host)
	// Only an address has a last label that starts with a digit or a bracket.
	last := host[bytes.LastIndexByte(host, '.')+1:]
	if suffix >= len(host) || len(last) == 0 || last[0] <= '9' || last[0] == '[' {
		return nil
	}
	start := bytes.LastIndexByte(host[:len(host)-suffix-1], '.') + 1
	return host[start:]
}

// beforeSuffix is the length of a host's part before its public suffix, 0 if it has none. Only
// suffixes that registries run count: google.github.io is somebody's page.
func beforeSuffix(host []byte) int {
	suffix, icann := publicSuffix(host)
	if !icann {
		return 0
	}
	return max(0, len(host)-suffix-1)
}

// publicSuffix is the length of a host's public suffix, and whether a registry runs it.
// Looking one up takes an allocation and longer than all rules do, and a site's pages
// name the same few hosts: they are remembered.
func publicSuffix(host []byte) (length int, icann bool) {
	known, ok := suffixes.get(host)
	if !ok {
		suffix, icann := publicsuffix.PublicSuffix(string(host))
		known = suffixOf{len(suffix), icann}
		suffixes.put(host, known)
	}
	return known.length, known.icann
}

type suffixOf struct {
	length int
	icann  bool
}

var suffixes perHost[suffixOf]
