package httpfield

import (
	"net/http"
	"slices"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/charset"
)

// What is wrong with other parameters must not hide the charset: browsers read on.
func TestTheCharsetIsReadAsBrowsersDo(t *testing.T) {
	for contentType, want := range map[string]string{
		"text/html":                                  "",
		"text/html; charset=utf-8":                   charset.UTF8,
		"text/html;charset=UTF-16LE":                 charset.UTF16LE,
		`text/html; CHARSET="utf-16le"`:              charset.UTF16LE,
		`text/html; charset="utf\-16le`:              charset.UTF16LE,
		"text/html; charset=utf-16le; foo":           charset.UTF16LE,
		"text/html; foo; charset=utf-16le":           charset.UTF16LE,
		`text/html; a="b;charset=x"; charset=utf-16`: charset.UTF16LE,
		`text/html; a="b" c; charset=utf-16be`:       charset.UTF16BE,
		"text/html; charset=; charset=utf-16be":      charset.UTF16BE,
		"text/html; charset=utf-16be; charset=utf-8": charset.UTF16BE,
		"text/html; charset =utf-16be":               "",
		"text/html; char\u017fet=utf-16be":           "",
		"text/html; charset*=utf-8''utf-16be":        "",
		"text/html; charset":                         "",
		`text/html; charset=""; charset=utf-16le`:    "",
		`text/html; charset="`:                       "",
		"text/html; charset=iso-2022-kr":             charset.Replacement,
	} {
		if got := charset.Name(ParseContentType([]string{contentType}).Effective().Charset); got != want {
			t.Errorf("%s: %q, want %q", contentType, got, want)
		}
	}
}

// Where browsers do not read the same, both readings are told, and one is made of them.
func TestBothReadingsOfATypeAreTold(t *testing.T) {
	html, plain := ContentType{Essence: "text/html"}, ContentType{Essence: "text/plain"}
	utf8 := ContentType{"text/html", "utf-8"}
	for _, c := range []struct {
		lines              []string
		standard, chromium ContentType
		effective          ContentType
		leaves             string // "" for as it came
	}{
		{nil, ContentType{}, ContentType{}, ContentType{}, ""},
		{[]string{"Text/HTML; charset=utf-8"}, utf8, utf8, utf8, ""},
		{[]string{"text/html;charset=utf-8", "text/html"}, utf8, utf8, utf8, ""},
		{[]string{"text/html charset=utf-8"}, ContentType{}, html, html, "text/html"},
		{[]string{"text/html (x); charset=UTF8"}, ContentType{}, ContentType{"text/html", "UTF8"}, ContentType{"text/html", "UTF8"}, "text/html; charset=utf-8"},
		{[]string{"text/plain, text/html(x)"}, plain, html, plain, "text/plain"},
		{[]string{`text/plain; a="`, `", text/html`}, html, ContentType{Essence: `",`}, html, "text/html"},
		{[]string{"text/@(x)"}, ContentType{}, ContentType{Essence: "text/@"}, ContentType{}, ""},
		{[]string{"*/*"}, ContentType{}, ContentType{}, ContentType{}, ""},
	} {
		got := ParseContentType(c.lines)
		if got.Effective() != c.effective || got.Agree() != (got.Standard == got.Chromium) {
			t.Errorf("%q: %+v, effective %+v", c.lines, got, got.Effective())
		}
		if got.Standard != c.standard || got.Chromium != c.chromium {
			t.Errorf("%q: %+v", c.lines, got)
		}
		h, leaves := http.Header{"Content-Type": c.lines}, c.lines
		if c.leaves != "" {
			leaves = []string{c.leaves}
		}
		if got.Straighten(h); !slices.Equal(h["Content-Type"], leaves) {
			t.Errorf("%q: leaves as %q", c.lines, h["Content-Type"])
		}
	}
}
