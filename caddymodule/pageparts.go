package caddymodule

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
)

// What a page gets beside what is taken out of it: elements at the beginning of its head,
// before anything that runs, that load this module's own files. They are external, so that
// they need no hash in a Content-Security-Policy, and come from this site.

// parts says which of them a page gets. Pages that differ in it are different
// versions.
type parts uint8

const (
	partEarly  parts = 1 << iota // the script that runs before all others
	partBanner                   // the one that asks
	// inDocument: they are put into what has no sign of a document, too.
	inDocument
	// forScript: a script has asked, and gets JSON as it is; forCode: one that runs or parses what it gets, all
	// that is no markup. They are in no page.
	forScript
	forCode
)

// partsOf tells which parts the response to r gets, if it is a page. It depends on
// the decision by which pages are made, and, by what browsers say of the request (Fetch
// Metadata section 2.1), on whether it asks for a document or for a fragment that a
// script puts into one. Shared pages are the same for both.
func (h *Handler) partsOf(r *http.Request, d *consent.Decision, to purpose) (p parts) {
	p = h.elementsOf(r, d)
	if to != asData {
		return p
	}
	if slices.ContainsFunc(r.Header["Accept"], acceptsCode) {
		p |= forCode
	}
	return p | forScript
}

func (h *Handler) elementsOf(r *http.Request, d *consent.Decision) (p parts) {
	if h.Mode != modeEnforce {
		return 0
	}
	if h.bringsEarly() && !h.policy.AllGranted(d) {
		p |= partEarly
	}
	if h.bannerShown(d) {
		p |= partBanner
	}
	if p == 0 || h.Pages == pagesShared {
		return p
	}
	switch fetchDest(r) {
	case "document", "iframe", "frame":
		return p | inDocument
	case "", "embed", "object", "fencedframe":
		return p
	}
	return 0
}

// bringsParts tells whether some pages get parts, so that all vary by what partsOf
// looks at.
func (h *Handler) bringsParts() bool {
	return h.Mode == modeEnforce && h.Pages != pagesShared &&
		(h.bringsEarly() || !h.Banner.Off && h.asks())
}

// bringsEarly tells whether the settings ask for the early script.
func (h *Handler) bringsEarly() bool {
	return h.Guard == settingOn || h.ConsentMode.Mode == settingOn
}

// leader is the markup of a page's parts. nonce is that of the page's own
// Content-Security-Policy, if it has one: it is used again, never made up.
func (h *Handler) leader(v *visit, nonce string) string {
	switch {
	case v.parts == 0:
		return ""
	case nonce == "":
		return h.outcome(&v.page, v.parts).leader
	}
	return h.leaderFor(&v.page, v.parts, nonce)
}

func (h *Handler) leaderFor(d *consent.Decision, p parts, nonce string) (html string) {
	if p&partEarly != 0 {
		html += h.earlyTag(d, nonceAttribute(nonce)...)
	}
	if p&partBanner != 0 {
		html += h.scriptTag("banner.js", append(nonceAttribute(nonce), " defer")...)
	}
	return html
}

// trailer is the markup behind a shared page, in which something is held.
func (h *Handler) trailer(nonce string) string {
	if h.Pages != pagesShared {
		return ""
	}
	return h.scriptTag("release.js", nonceAttribute(nonce)...)
}

func nonceAttribute(nonce string) []string {
	if nonce == "" {
		return nil
	}
	return []string{` nonce="` + template.HTMLEscapeString(nonce) + `"`}
}

// scriptTag is an element that loads one of this module's scripts, given by its name
// behind the consent path and, if there is one, a query.
func (h *Handler) scriptTag(name string, attributes ...string) string {
	return `<script src="` + template.HTMLEscapeString(h.Banner.Path+"/"+name) + `"` + strings.Join(attributes, "") + `></script>`
}
