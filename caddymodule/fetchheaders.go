package caddymodule

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/internal/charset"
	"github.com/caddy-consent/caddy-consent/internal/httpfield"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// A header can make a browser fetch, or report, as an element can. What is in
// it is read in the widest sense that some browser gives it, since an entry
// that is taken out for too much is missed by nobody: it is one that names a
// blocked vendor. What is not blocked stays as it was, to the byte.

// headerJudge filters the fields of one header section that hold URLs.
type headerJudge struct {
	w *responseWriter
	// varies tells that the policy knows one of the URLs, so that another
	// decision could lead to another header.
	varies bool

	ready bool // the fields below are set
	site  []byte
	page  weburl.URL // what relative URLs are relative to
	url   weburl.URL // the one in question
}

// filter returns the lines that may pass: the same slice if all may, as they are.
func (j *headerJudge) filter(kind fieldKind, lines []string) []string {
	switch kind {
	case linkField:
		return httpfield.FilterList(lines, true, j.blockedLink)
	case refreshField:
		return j.filterRefresh(lines)
	case rulesField:
		return j.filterStrings(lines, rewrite.Hint)
	case endpointsField, osRegistryField:
		return j.filterStrings(lines, rewrite.Other)
	case reportToField:
		return j.filterReportTo(lines)
	case cspField:
		return j.filterCSP(lines)
	}
	return lines
}

// blocked asks the policy about a URL and counts it if it is blocked.
//
// Browsers take the bytes of a field for Latin-1 (Fetch, "isomorphic
// decode"), some of them for UTF-8: a URL is what either makes of it.
func (j *headerJudge) blocked(kind rewrite.Kind, url []byte) bool {
	if j.blockedURL(kind, url) {
		return true
	}
	if charset.IsASCII(url) {
		return false
	}
	decoded := make([]byte, 0, 2*len(url))
	for _, c := range url {
		decoded = utf8.AppendRune(decoded, rune(c))
	}
	return j.blockedURL(kind, decoded)
}

func (j *headerJudge) blockedURL(kind rewrite.Kind, url []byte) bool {
	v := j.verdict(url, &j.w.visit.page)
	if v.Blocked {
		j.w.h.countBlocked(kind, v, j.url.Host, &j.w.visit)
	}
	return v.Blocked
}

// verdict asks the policy about a URL, which it leaves in j.url.
func (j *headerJudge) verdict(url []byte, d *consent.Decision) consent.Verdict {
	if !j.ready {
		j.ready = true
		j.site, j.page = []byte(j.w.visit.host), *j.w.visit.pageURL(j.w.r)
	}
	if !j.url.Parse(url, &j.page) && !j.url.Guess(url, &j.page) {
		return consent.Verdict{}
	}
	v := j.w.h.policy.URL(&j.url, j.site, d)
	j.varies = j.varies || v.Known && j.w.h.Pages != pagesShared
	return v
}

// filterRefresh drops a redirect to a blocked vendor. Browsers join several
// lines before they read them, and that can make a URL where no line has one.
func (j *headerJudge) filterRefresh(lines []string) []string {
	readings := lines
	if len(lines) > 1 {
		readings = append(slices.Clone(lines), strings.Join(lines, ", "))
	}
	for _, text := range readings {
		for url := range rewrite.RefreshURLs([]byte(text)) {
			if j.blocked(rewrite.Frame, url) {
				return nil
			}
		}
	}
	return lines
}

// filterStrings filters a list or a dictionary whose strings are URLs.
// Speculation-Rules lists the rule sets of a page (HTML, "The
// Speculation-Rules header"); Reporting-Endpoints has a URL for each name
// (Reporting API, the section of that name); Attribution-Reporting-Register-
// OS-Source and -Trigger list what the operating system is to fetch.
func (j *headerJudge) filterStrings(lines []string, kind rewrite.Kind) []string {
	return httpfield.FilterList(lines, false, func(member string) bool {
		for url := range httpfield.QuotedStrings(member) {
			if j.blocked(kind, []byte(url)) {
				return true
			}
		}
		return false
	})
}
