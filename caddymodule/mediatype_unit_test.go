package caddymodule

import "testing"

// What is wrong with other parameters must not hide the charset: browsers read on.
func TestTheCharsetIsReadAsBrowsersDo(t *testing.T) {
	for contentType, want := range map[string]string{
		"text/html":                                  "",
		"text/html; charset=utf-8":                   nameUTF8,
		"text/html;charset=UTF-16LE":                 nameUTF16LE,
		`text/html; CHARSET="utf-16le"`:              nameUTF16LE,
		`text/html; charset="utf\-16le`:              nameUTF16LE,
		"text/html; charset=utf-16le; foo":           nameUTF16LE,
		"text/html; foo; charset=utf-16le":           nameUTF16LE,
		`text/html; a="b;charset=x"; charset=utf-16`: nameUTF16LE,
		`text/html; a="b" c; charset=utf-16be`:       nameUTF16BE,
		"text/html; charset=; charset=utf-16be":      nameUTF16BE,
		"text/html; charset=utf-16be; charset=utf-8": nameUTF16BE,
		"text/html; charset =utf-16be":               "",
		"text/html; char\u017fet=utf-16be":           "",
		"text/html; charset*=utf-8''utf-16be":        "",
		"text/html; charset":                         "",
		`text/html; charset=""; charset=utf-16le`:    "",
		`text/html; charset="`:                       "",
		"text/html; charset=iso-2022-kr":             nameReplacement,
	} {
		if got := declaredEncoding(contentType); got != want {
			t.Errorf("%s: %q, want %q", contentType, got, want)
		}
	}
}
