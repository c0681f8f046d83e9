package consent

import (
	"bytes"
	"strings"
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

// match tells whether the pattern is for all of s. It keeps nothing of s, nor changes it, so that a
// string is not copied for it.
func (g *glob) match(s []byte) bool {
	// Most are told apart by their first byte.
	return (g.prefix == "" || len(s) > 0 && s[0] == g.prefix[0]) && g.matchAll(s)
}

// matchAll takes each middle part at its first place, which is enough: an
// earlier place never leaves less room for the rest. So it is linear in s for
// every middle part.
func (g *glob) matchAll(s []byte) bool {
	if g.exact {
		return string(s) == g.prefix
	}
	middle := len(s) - len(g.suffix)
	if middle < len(g.prefix) || string(s[:len(g.prefix)]) != g.prefix || string(s[middle:]) != g.suffix {
		return false
	}
	s = s[len(g.prefix):middle]
	for _, m := range g.middle {
		i := bytes.Index(s, []byte(m))
		if i < 0 {
			return false
		}
		s = s[i+len(m):]
	}
	return true
}
