package caddymodule

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/caddy-consent/caddy-consent/consent"
)

// What is wrong with settings that only this package knows. Each mistake is a *consent.Error, of
// which the Caddyfile's parser knows the line.

// check checks them all, and completes the path of the banner.
func (h *Handler) check() error {
	for _, check := range []func() error{
		h.checkPath, h.checkNames, h.checkCSP, h.checkDate, h.checkClear, h.checkLimits, h.checkMixed, h.checkShared, h.checkVary, h.checkLinks,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (h *Handler) checkPath() error {
	if h.Banner.Path == "" {
		h.Banner.Path = defaultPath
	}
	path, rooted := strings.CutPrefix(strings.TrimSuffix(h.Banner.Path, "/"), "/")
	resolved := func(segment string) bool { return segment == "" || segment == "." || segment == ".." } // by browsers
	if !rooted || slices.ContainsFunc(strings.Split(path, "/"), resolved) || strings.ContainsAny(path, "?#%*\\\"<>{}|;,\x7f") ||
		strings.ContainsFunc(path, func(c rune) bool { return c <= ' ' }) {
		return &consent.Error{Subject: "banner path", Word: h.Banner.Path, Problem: `want a path like "/.consent", not`}
	}
	h.Banner.Path = "/" + path
	return nil
}

// escapedPath is the path as it stands in a header.
func (h *Handler) escapedPath() string { return (&url.URL{Path: h.Banner.Path}).EscapedPath() }

// checkNames: some words are taken.
func (h *Handler) checkNames() error {
	for _, c := range h.Categories {
		if c.Name == wordState || c.Name == wordSource || c.Name == wordGranted {
			return &consent.Error{
				Subject: fmt.Sprintf("category %q", c.Name), Word: c.Name,
				Problem: "placeholders need this word; a category must not be named",
			}
		}
	}
	for _, v := range h.Vendors {
		if isMark(v.ID) {
			return &consent.Error{Subject: fmt.Sprintf("vendor %q", v.ID), Word: v.ID, Problem: markProblem}
		}
	}
	return nil
}

const markProblem = "pages mark with this word what belongs to no vendor; a vendor must not be named"

// isMark tells whether it would be mistaken for one.
func isMark(id string) bool { return id == markUnknown || id == markUnjudged }

func (h *Handler) checkClear() error {
	for i := range h.ClearSiteData {
		if h.ClearSiteData[i] == "" {
			return &consent.Error{Subject: "clear_site_data", Problem: "one of the values is empty: want " + strings.Join(clearChoice.words, " or ")}
		}
		if err := clearChoice.check(&h.ClearSiteData[i]); err != nil {
			return err
		}
	}
	return nil
}

// A start tag, and what is between those of a script, are longer than minLimit now and then; how a
// backend cuts its page must not decide about ordinary ones.
const (
	minLimit = 1 << 10
	maxLimit = 1 << 30
)

func (h *Handler) checkLimits() error {
	for _, limit := range []struct {
		name  string
		bytes int
	}{{"limits tag", h.Limits.Tag}, {"limits inline", h.Limits.Inline}} {
		if n := limit.bytes; n != 0 && (n < minLimit || n > maxLimit) {
			return &consent.Error{Subject: limit.name, Problem: fmt.Sprintf("want a size from 1KiB to 1GiB, not %d bytes", n)}
		}
	}
	if h.Limits.Memo > maxLimit {
		return &consent.Error{Subject: "limits memo", Problem: fmt.Sprintf("want a size of at most 1GiB, not %d bytes", h.Limits.Memo)}
	}
	return nil
}

// checkMixed: what the guard sees to runs where there is one, which knows this visitor's decision.
func (h *Handler) checkMixed() error {
	if h.Blocked.Mixed != actionRun || h.Guard == settingOn && h.Pages != pagesShared {
		return nil
	}
	return &consent.Error{Subject: "blocked mixed", Word: h.Blocked.Mixed, Problem: "without a guard, or in pages for everybody, such scripts are held: want guard on and pages visitor, or hold, not"}
}

// checkShared: what is not in a page for everybody, no browser can release.
func (h *Handler) checkShared() error {
	if h.Pages != pagesShared {
		return nil
	}
	for _, blocked := range []struct{ name, word string }{
		{"blocked scripts", h.Blocked.Scripts}, {"blocked frames", h.Blocked.Frames}, {"blocked images", h.Blocked.Images},
	} {
		if blocked.word == actionRemove {
			return &consent.Error{
				Subject: blocked.name, Word: blocked.word,
				Problem: `a page for everybody ("pages shared") must have what some allow in it: want hold, not`,
			}
		}
	}
	return nil
}

func (h *Handler) checkVary() error {
	for _, name := range h.Cache.Vary {
		if !httpguts.ValidHeaderFieldName(name) || name == "*" {
			return &consent.Error{Subject: "cache vary", Word: name, Problem: "want the name of a request header, like X-Consent-Key, not"}
		}
	}
	return nil
}

// checkLinks checks what visitors may follow.
func (h *Handler) checkLinks() error {
	const problem = `want a path like "/privacy", a URL like "https://www.example.com/privacy" or mailto:, not`
	if link := h.Banner.PrivacyPolicy; link != "" && !isLink(link) {
		return &consent.Error{Subject: "banner privacy_policy", Word: link, Problem: problem}
	}
	for _, v := range h.Vendors {
		if v.Privacy != "" && !isLink(v.Privacy) {
			return &consent.Error{Subject: fmt.Sprintf("vendor %q", v.ID), Word: v.Privacy, Problem: "privacy: " + problem}
		}
	}
	return nil
}

// isLink tells whether a link leads to the same place from every page.
func isLink(link string) bool {
	u, err := url.Parse(link)
	switch {
	case err != nil || strings.Contains(link, `\`): // which browsers take for a slash
		return false
	case u.Scheme == "mailto":
		return u.Opaque != ""
	case u.Scheme == "":
		return u.Host != "" || strings.HasPrefix(u.Path, "/")
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
