package caddymodule

import (
	"strings"

	"github.com/caddy-consent/caddy-consent/rewrite"
)

// filterCSP takes blocked URIs out of the report-uri directives of content
// security policies (CSP Level 3, "report-uri"), and a directive that has none left.
// It touches nothing else: what a policy forbids stays forbidden.
//
// Of several report-uri in a policy the first counts; all are filtered, since
// without the first another would.
func (j *headerJudge) filterCSP(lines []string) []string {
	kept := make([]string, 0, len(lines))
	changed := false
	for _, line := range lines {
		left, edited := editList(line, ",", func(policy string) (string, bool) {
			return editList(policy, ";", j.filterDirective)
		})
		changed = changed || edited
		if strings.TrimSpace(left) != "" {
			kept = append(kept, left)
		}
	}
	if !changed {
		return lines
	}
	return kept
}

// filterDirective filters one directive; what it returns is blank if nothing is left of it.
func (j *headerJudge) filterDirective(directive string) (left string, changed bool) {
	words := strings.Fields(directive)
	if len(words) == 0 || !strings.EqualFold(words[0], "report-uri") {
		return directive, false
	}
	kept := words[:1:1]
	for _, uri := range words[1:] {
		if !j.blocked(rewrite.Other, []byte(uri)) {
			kept = append(kept, uri)
		}
	}
	switch len(kept) {
	case len(words):
		return directive, false
	case 1:
		return "", true
	}
	return strings.Join(kept, " "), true
}

// editList gives each part of a list to edit, and puts together what it
// returns, without the parts of which nothing is left.
func editList(list, separator string, edit func(part string) (left string, changed bool)) (string, bool) {
	var out []string
	changed := false
	for part := range strings.SplitSeq(list, separator) {
		left, edited := edit(part)
		changed = changed || edited
		if strings.TrimSpace(left) != "" {
			out = append(out, left)
		}
	}
	if !changed {
		return list, false
	}
	return strings.Trim(strings.Join(out, separator), " \t"), true
}
