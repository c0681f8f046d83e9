package oracle

import (
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// A Denial says whom a page may not contact.
type Denial struct {
	// Host tells whether a host may not be contacted.
	Host func(host string) bool
	// Text tells whether a script names such a host literally.
	Text func(text string) bool
}

// DenyHost denies a host and its subdomains, and scripts that name it.
func DenyHost(name string) Denial {
	return Denial{
		Host: func(host string) bool {
			host = strings.TrimSuffix(host, ".")
			return host == name || strings.HasSuffix(host, "."+name)
		},
		Text: func(text string) bool { return names(strings.ToLower(text), name) },
	}
}

// names tells whether text has the host's name, and not only as the beginning
// of a longer one.
func names(text, host string) bool {
	for {
		_, rest, found := strings.Cut(text, host)
		if !found {
			return false
		}
		if end := strings.TrimPrefix(rest, "."); end == "" || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-", rune(end[0])) {
			return true
		}
		text = rest
	}
}

// Contacts tells whether fetching ref contacts a denied host, whichever of
// the bases counts.
func (d Denial) Contacts(bases []string, ref string) bool {
	for _, base := range bases {
		u := Resolve(base, ref)
		if u == nil {
			continue
		}
		switch u.Scheme() {
		case "http", "https", "ws", "wss":
			if d.Host(u.Hostname()) {
				return true
			}
		}
	}
	return false
}

var urlParser = whatwg.NewParser()

// Resolve reads a URL of a document whose base is base, which is empty where
// there is none. It returns nil for what is no URL.
func Resolve(base, ref string) *whatwg.Url {
	ref = strings.ToValidUTF8(ref, "\uFFFD") // as a page is decoded
	var u *whatwg.Url
	var err error
	if base == "" {
		u, err = urlParser.Parse(ref)
	} else {
		u, err = urlParser.ParseRef(base, ref)
	}
	if err != nil {
		return nil
	}
	return u
}
