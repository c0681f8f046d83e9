package caddymodule

import (
	"iter"
	"strings"

	"golang.org/x/net/http/httpguts"

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
	for url := range angleURLs(value) {
		if j.blocked(kind, []byte(url)) {
			return true
		}
		// Firefox takes out all white space there is.
		if strings.ContainsAny(url, " \t") && j.blocked(kind, []byte(strings.Join(strings.Fields(url), ""))) {
			return true
		}
	}
	for srcset := range linkParams(value, "imagesrcset") {
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
	for rel := range linkParams(value, "rel") {
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

// angleURLs goes through what stands in angle brackets.
func angleURLs(value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			_, rest, ok := strings.Cut(value, "<")
			if !ok {
				return
			}
			url, _, ok := strings.Cut(rest, ">")
			if !ok || !yield(url) {
				return
			}
			value = rest
		}
	}
}

// linkParams goes through the values of a link's parameters of one name, in
// any case and with or without a star. The target is no parameter.
func linkParams(value, name string) iter.Seq[string] {
	if value[0] == '<' {
		_, value, _ = strings.Cut(value, ">")
	}
	return func(yield func(string) bool) {
		for i := 0; i+len(name) <= len(value); i++ {
			if !strings.EqualFold(value[i:i+len(name)], name) || i > 0 && httpguts.IsTokenRune(rune(value[i-1])) {
				continue
			}
			rest, ok := strings.CutPrefix(strings.TrimLeft(value[i+len(name):], "* \t"), "=")
			if !ok {
				continue
			}
			rest = strings.TrimLeft(rest, " \t")
			text, _, _ := strings.Cut(rest, ";")
			if strings.HasPrefix(rest, `"`) {
				text, _ = unquote(rest)
			}
			if !yield(text) {
				return
			}
		}
	}
}
