package caddymodule

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// kind tells by its form what an argument of "caddy consent explain" is.
func (o *explainOptions) kind(what string) (string, error) {
	switch o.as {
	case asURL, asCookie, asPage:
		return o.as, nil
	case "":
	default:
		return "", fmt.Errorf("--as: want url, cookie or page, not %q", o.as)
	}
	path, ext := strings.IndexAny(what, "/?#"), strings.ToLower(filepath.Ext(what))
	switch info, err := os.Stat(filepath.Clean(what)); {
	case strings.Contains(what, "://") || strings.HasPrefix(what, "//"):
		return asURL, nil
	case what != "" && err == nil && info.Mode().IsRegular():
		return asPage, nil
	case cookieName(what) != what:
		return asCookie, nil
	case (ext == ".html" || ext == ".htm") && path != 0 && (path < 0 || !startsWithHost(what)):
		return "", fmt.Errorf("there is no file %s; for a cookie or a URL of that name, add --as", what)
	case path >= 0 || startsWithHost(what) || startsWithScheme(what):
		return asURL, nil
	}
	return asCookie, nil
}

// startsWithHost tells whether a text is a URL without its scheme: what stands before the
// path has a public suffix, or is an address or localhost.
func startsWithHost(text string) bool {
	host := text
	if i := strings.IndexAny(host, "/?#"); i >= 0 {
		host = host[:i]
	}
	if i := strings.LastIndexByte(host, ':'); i >= 0 && strings.Trim(host[i+1:], "0123456789") == "" {
		host = host[:i]
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || host == "localhost" {
		return true
	}
	suffix, icann := publicsuffix.PublicSuffix(strings.ToLower(host))
	path := len(host) < len(text)
	return strings.Trim(host, ".") != "" && strings.Contains(host, ".") && suffix != host && (icann || path)
}

// startsWithScheme tells whether a text is a URL of which browsers fetch nothing.
func startsWithScheme(text string) bool {
	scheme, _, ok := strings.Cut(strings.ToLower(text), ":")
	return ok && slices.Contains([]string{"about", "blob", "data", "javascript", "mailto", "tel"}, scheme)
}

// cookieName is the name of a cookie as headers have it: "Set-Cookie: name=value; Path=/". A
// text that is neither that nor "name=value" comes back as it is.
func cookieName(text string) string {
	if header, value, ok := strings.Cut(text, ":"); ok && strings.EqualFold(header, "Set-Cookie") {
		name, _, _ := strings.Cut(value, "=")
		return strings.TrimSpace(name)
	}
	if i := strings.IndexAny(text, "=/?"); i > 0 && text[i] == '=' {
		return text[:i]
	}
	return text
}
