package rewrite_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/rewrite"
)

// The first of the URLs is the standard's; "-" is none. What is marked as Chromium's was seen in Chromium 156.
func TestARefreshLeadsWhereBrowsersGo(t *testing.T) {
	for _, test := range []struct{ name, content, want string }{
		{"a time and a URL", "0;url=http://a.test/x", "http://a.test/x"},
		{"a comma", "5,url=/x", "/x"},
		{"only white space between", "5 url=/x", "/x"},
		{"no url=", "0;http://a.test/x", "http://a.test/x"},
		{"no url= and only white space", "0 http://a.test/x", "http://a.test/x"},
		{"any case", "0;URL=/x", "/x"},
		{"white space wherever it may be", " \t0 \n ; \f url \r = \t /x ", "/x"},
		{"a fraction", "0.5;url=/x", "/x"},
		{"only a fraction", ".1;url=/x", "/x"},
		{"a dot without digits", ".;url=/x", "/x"},
		{"more dots than a number has", "1.2.3;url=/x", "/x"},
		{"double quotes", `0;url="/x"tail`, "/x"},
		{"single quotes", "0; URL='/x'", "/x"},
		{"quotes without url=", "0;'/x' y", "/x"},
		{"white space in quotes", "0;url= ' /x ' y", "/x"},
		{"a quote that nothing ends", "0;url='/x", "/x"},
		{"another quote within", `0;url='/x"y'`, `/x"y`},
		{"nothing in quotes", "0;url=''/x'", ""},
		{"an empty URL", "0;url=", ""},
		{"a part of url=", "0;ur=/x", "ur=/x"},
		{"a word that begins like it", "0;urlx=/x", "urlx=/x"},
		{"url without =", "0;url /x", "url /x"},
		{"two =", "0;url==/x", "=/x"},
		{"two separators", "0;;url=/x", ";url=/x"},
		{"a separator in the URL", "0;url=/x;y,z", "/x;y,z"},
		{"Unicode's white space before the time (Chromium)", "\u20030;url=/x", "/x"},
		{"Unicode's white space after the time (Chromium)", "0\u2003;url=/x", "/x"},
		{"a vertical tab after the time (Chromium)", "0\v;url=/x", "/x"},
		{"Unicode's white space around the URL (Chromium)", "0;url=\u3000http://a.test/\u2028", "http://a.test/"},
		{"Unicode's white space in quotes (Chromium)", "0;url='\u2003http://a.test/\u2003'", "http://a.test/"},
		{"a URL that is not ASCII", "0;é/x", "é/x"},

		{"no content", "", "-"},
		{"only white space", " \t", "-"},
		{"only a time", "5", "-"},
		{"a time and a separator", "5; ", "-"},
		{"no time", ";url=/x", "-"},
		{"only a URL", "http://a.test/", "-"},
		{"a negative time", "-1;url=/x", "-"},
		{"a sign", "+1;url=/x", "-"},
		{"a unit", "0s;url=/x", "-"},
		{"digits that are not ASCII", "\uff10;url=/x", "-"},
		{"no separator that is ASCII", "0\u2003url=/x", "-"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := "-"
			for url := range rewrite.RefreshURLs([]byte(test.content)) {
				got = string(url)
				break
			}
			if got != test.want {
				t.Errorf("%q: got %q, want %q", test.content, got, test.want)
			}
		})
	}
}

func TestRefreshURLsAreThoseOfAllBrowsers(t *testing.T) {
	for content, want := range map[string]string{
		"0":                              "",
		"0;url=/x'y'z'":                  "/x'y'z'",
		"0;url='/x'":                     "/x",
		"0;url='/x":                      "/x",
		"0;url='/x'y":                    "/x",
		"0;url='http://a'.host.test/'":   "http://a | http://a'.host.test/",
		`0;url="http://a".host.test/"`:   `http://a | http://a".host.test/`,
		`0;url="http://a'.host.test/"`:   `http://a'.host.test/`,
		"0;url=''/x'":                    " | '/x",
		"0;url=''/x":                     " | '/x",
		"0;url=' http://a.test/ ' b ' c": "http://a.test/ | http://a.test/ ' b",
	} {
		var got []string
		for url := range rewrite.RefreshURLs([]byte(content)) {
			got = append(got, string(url))
		}
		if strings.Join(got, " | ") != want {
			t.Errorf("RefreshURLs(%q): got %q, want %q", content, got, want)
		}
	}
}

func TestSrcsetURLsAreThoseOfTheCandidates(t *testing.T) {
	const srcset = "a.png, b,c.png 2x ,, d.png 1x(,) ,e.png,"
	var got []string
	for url := range rewrite.SrcsetURLs([]byte(srcset)) {
		got = append(got, string(url))
	}
	if want := []string{"a.png", "b,c.png", "d.png", "e.png"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
