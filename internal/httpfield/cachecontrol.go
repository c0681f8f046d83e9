package httpfield

import (
	"iter"
	"strings"
)

// CacheDirectives goes through the directives in the lines of a Cache-Control (RFC 9111 section 5.2): each as it is written,
// without white space around it, and the name in it, of which the case does not count. Empty ones are left out.
func CacheDirectives(lines []string) iter.Seq2[string, string] {
	return func(yield func(directive, name string) bool) {
		for _, line := range lines {
			for directive := range Split(line) {
				directive = strings.TrimSpace(directive)
				if name, _, _ := strings.Cut(directive, "="); directive != "" && !yield(directive, name) {
					return
				}
			}
		}
	}
}
