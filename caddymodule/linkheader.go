package caddymodule

import (
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/httpfield"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// blockedLink tells whether a link-value (RFC 8288 section 3) has a relation
// for which browsers fetch, and a target or an image candidate that is blocked.
//
// Of several rel only the first counts (section 3.3), and a link with an
// anchor is about another page (section 3.2); here each rel counts, and any
// anchor is this page. So does all that looks like a rel or a target,
// whatever stands around it.
func (j *headerJudge) blockedLink(value string) bool {
	kind, fetches := linkType(value)
	if !fetches {
		return false
	}
	for url := range httpfield.LinkTargets(value) {
		if j.blocked(kind, []byte(url)) {
			return true
		}
		// Firefox takes out all white space there is.
		if strings.ContainsAny(url, " \t") && j.blocked(kind, []byte(strings.Join(strings.Fields(url), ""))) {
			return true
		}
	}
	for srcset := range httpfield.LinkParams(value, "imagesrcset") {
		for url := range rewrite.SrcsetURLs([]byte(srcset)) {
			if j.blocked(rewrite.Image, url) {
				return true
			}
		}
	}
	return false
}

// linkType is the kind of the first relation of a link for which browsers fetch.
func linkType(value string) (rewrite.Kind, bool) {
	for rel := range httpfield.LinkParams(value, "rel") {
		// Some have taken single quotes, commas, and rel* (RFC 8187) as well.
		words := strings.Map(func(c rune) rune {
			if strings.ContainsRune(`'",`, c) {
				return ' '
			}
			return c
		}, rel)
		if kind, ok := rewrite.FetchingLinkType([]byte(words)); ok {
			return kind, true
		}
	}
	return rewrite.Other, false
}
