package consent

import "slices"

// cookieIndex finds the most specific pattern for a name: names by a map, patterns by a
// trie of what stands before their first star. The time depends on the name's length, and
// on the patterns that begin as it does.
type cookieIndex struct {
	exact map[string]*cookieRule
	wild  []*cookieRule // the patterns, the most specific first
	nodes []cookieNode  // the first is the root
}

// cookieNode stands for a beginning of names.
type cookieNode struct {
	rules []*cookieRule // whose prefix it is, the most specific first
	next  []cookieEdge  // by character
}

type cookieEdge struct {
	char byte
	node int
}

func (c *cookieRules) index() *cookieIndex {
	x := &cookieIndex{exact: make(map[string]*cookieRule), nodes: make([]cookieNode, 1)}
	for _, r := range c.inOrder {
		if r.name.exact {
			x.exact[r.pattern] = r
		} else {
			x.wild = append(x.wild, r)
		}
	}
	slices.SortStableFunc(x.wild, compareCookieRules)
	for _, r := range x.wild {
		at := x.grow(r.name.prefix)
		x.nodes[at].rules = append(x.nodes[at].rules, r)
	}
	return x
}

// grow returns the node for a prefix, which it makes if need be.
func (x *cookieIndex) grow(prefix string) int {
	at := 0
	for i := range len(prefix) {
		next := x.nodes[at].step(prefix[i])
		if next == 0 {
			next = len(x.nodes)
			x.nodes = append(x.nodes, cookieNode{})
			x.nodes[at].next = append(x.nodes[at].next, cookieEdge{prefix[i], next})
		}
		at = next
	}
	return at
}

// step returns the node for one character more, or 0.
func (n *cookieNode) step(c byte) int {
	for _, e := range n.next {
		if e.char == c {
			return e.node
		}
	}
	return 0
}

// find returns the rule for a cookie's name, or nil.
func (x *cookieIndex) find(name string) *cookieRule {
	if r := x.exact[name]; r != nil || name == "" {
		return r
	}
	var best *cookieRule
	for i, at := 0, 0; ; i++ {
		for _, r := range x.nodes[at].rules {
			if best != nil && compareCookieRules(best, r) <= 0 {
				break
			}
			if r.name.match([]byte(name)) {
				best = r
				break
			}
		}
		if i == len(name) {
			return best
		}
		if at = x.nodes[at].step(name[i]); at == 0 {
			return best
		}
	}
}
