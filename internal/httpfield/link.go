package httpfield

import (
	"iter"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// LinkTargets goes through what stands in angle brackets in a member of Link (RFC 8288 section 3): its target, and
// all else that some browser could take for one.
func LinkTargets(member string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			_, rest, ok := strings.Cut(member, "<")
			if !ok {
				return
			}
			url, _, ok := strings.Cut(rest, ">")
			if !ok || !yield(url) {
				return
			}
			member = rest
		}
	}
}

// LinkParams goes through the values of the parameters of one name in a member of Link, in
// any case and with or without a star; so is all that looks like one, whatever stands around it. A target
// that the member begins with is no parameter.
func LinkParams(member, name string) iter.Seq[string] {
	if strings.HasPrefix(member, "<") {
		_, member, _ = strings.Cut(member, ">")
	}
	return func(yield func(string) bool) {
		for i := 0; i+len(name) <= len(member); i++ {
			if !strings.EqualFold(member[i:i+len(name)], name) || i > 0 && httpguts.IsTokenRune(rune(member[i-1])) {
				continue
			}
			rest, ok := strings.CutPrefix(strings.TrimLeft(member[i+len(name):], "* \t"), "=")
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
