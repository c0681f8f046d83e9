package consent

import (
	"strings"
	"unsafe"
)

// glob is a pattern in which '*' stands for any text, and everything else for
// itself. It is anchored at both ends.
type glob struct {
	prefix string   // up to the first star; all of it when exact
	middle []string // between stars, to be found in this order
	suffix string   // after the last star
	exact  bool     // there is no star
}

func newGlob(pattern string) glob { return globOf(strings.Split(pattern, "*")) }

// globOf makes a glob of what stands between its stars.
func globOf(parts []string) glob {
	g := glob{prefix: parts[0], exact: len(parts) == 1}
	if g.exact {
		return g
	}
	g.suffix = parts[len(parts)-1]
	for _, m := range parts[1 : len(parts)-1] {
		if m != "" {
			g.middle = append(g.middle, m)
		}
	}
	return g
}

// literal is how many characters the pattern fixes: its specificity.
func (g *glob) literal() int {
	n := len(g.prefix) + len(g.suffix)
	for _, m := range g.middle {
		n += len(m)
	}
	return n
}

// match takes each middle part at its first place, which is enough: an
// earlier place never leaves less room for the rest. So it is linear in s for
// every middle part.
func (g *glob) match(s string) bool {
	if g.prefix != "" && (s == "" || s[0] != g.prefix[0]) {
		return false // most are told apart by that
	}
	if g.exact {
		return s == g.prefix
	}
	if len(s) < len(g.prefix)+len(g.suffix) || !strings.HasPrefix(s, g.prefix) || g.suffix != "" && !strings.HasSuffix(s, g.suffix) {
		return false
	}
	s = s[len(g.prefix) : len(s)-len(g.suffix)]
	for _, m := range g.middle {
		i := strings.Index(s, m)
		if i < 0 {
			return false
		}
		s = s[i+len(m):]
	}
	return true
}

// view lets functions that take strings look at bytes without a copy. The
// string must not outlive the call it is made for: the bytes may change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
