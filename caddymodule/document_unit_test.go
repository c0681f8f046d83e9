package caddymodule

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/charset"
)

// What a Content-Type says to Chromium it says here, and where not all browsers read the same in it, all are told what
// was read. The right column is the header that leaves, "" for one that leaves as it came.
func TestTheTypeIsReadAsBrowsersDo(t *testing.T) {
	for _, c := range []struct {
		lines  []string
		kind   documentKind
		leaves string
	}{
		{[]string{"text/html"}, htmlDocument, ""},
		{[]string{" Text/HTML ;charset=utf-8"}, htmlDocument, ""},
		{[]string{`text/html; a="b,c"`}, htmlDocument, ""},
		{[]string{"text/html", "text/html; charset=utf-8"}, htmlDocument, ""},
		{[]string{"text/html; charset=utf-16le", "text/html"}, htmlDocument, ""},
		{[]string{"text/html; charset=utf-16le, text/html;x=1"}, htmlDocument, ""},
		{[]string{"text/html; charset=utf-16le", "*/*"}, htmlDocument, ""},
		{[]string{"text/html charset=utf-8"}, htmlDocument, "text/html"},
		{[]string{"text/html(utf8)"}, htmlDocument, "text/html"},
		{[]string{"text/html (x); charset=utf-16le"}, htmlDocument, "text/html; charset=utf-16le"},
		{[]string{"text/html, */*"}, htmlDocument, ""},
		{[]string{"text/html", "(text/plain)"}, htmlDocument, "text/html"},
		{[]string{"text/html", "text/html(x)"}, htmlDocument, ""},
		{[]string{"text/plain,text/html(x)"}, noDocument, "text/plain"},
		{[]string{"text/html, text/plain"}, noDocument, ""},
		{[]string{"application/ld+json;profile=https://a.test/b,https://a.test/c"}, noDocument, ""},
		{[]string{`text/plain; a="`, `", text/html`}, htmlDocument, "text/html"},
		{[]string{"image/png, text/html;"}, htmlDocument, ""},
		{[]string{"image/svg+xml(x)"}, xmlDocument, "image/svg+xml"},
		{[]string{"application/xhtml+xml charset=utf-8"}, xmlDocument, "application/xhtml+xml"},
		{[]string{"text/xml, */*"}, xmlDocument, ""},
		{[]string{"html"}, sniffedDocument, ""},
		{[]string{"text /html"}, sniffedDocument, ""},
		{[]string{";charset=utf-8"}, sniffedDocument, ""},
		{[]string{"*/*"}, sniffedDocument, ""},
		{[]string{"unknown/unknown"}, sniffedDocument, ""},
		{nil, sniffedDocument, ""},
	} {
		h := http.Header{"Content-Type": c.lines}
		if kind := documentOf(h, true); kind != c.kind {
			t.Errorf("%q: kind %d, want %d", c.lines, kind, c.kind)
		}
		straighten(h, contentTypes(h))
		leaves := c.lines
		if c.leaves != "" {
			leaves = []string{c.leaves}
		}
		if !slices.Equal(h["Content-Type"], leaves) {
			t.Errorf("%q: leaves as %q, want %q", c.lines, h["Content-Type"], leaves)
		}
		if name := declaredEncoding(h); strings.Contains(strings.Join(c.lines, ""), "utf-16") && name != charset.UTF16LE {
			t.Errorf("%q: charset %q", c.lines, name)
		}
	}
}
