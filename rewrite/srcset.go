package rewrite

import "bytes"

// candidate is one image candidate of a srcset: src[start:end] with its
// descriptors, of which src[start:urlEnd] is the URL.
type candidate struct {
	start, urlEnd, end int
}

// nextCandidate reads the candidate at or after src[i:] as HTML section
// 4.8.4.2.2 ("parse a srcset attribute") does. It returns the index to go on
// from; ok is false when there are no more.
func nextCandidate(src []byte, i int) (c candidate, next int, ok bool) {
	for i < len(src) && (isSpace(src[i]) || src[i] == ',') {
		i++
	}
	if i >= len(src) {
		return c, i, false
	}
	c.start = i
	for i < len(src) && !isSpace(src[i]) {
		i++
	}
	if src[i-1] == ',' { // no descriptors: trailing commas are not of the URL
		c.urlEnd = c.start + len(bytes.TrimRight(src[c.start:i], ","))
		c.end = c.urlEnd
		return c, i, true
	}
	c.urlEnd, c.end = i, i
	depth := 0
	for ; i < len(src); i++ {
		switch src[i] {
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		case ',':
			if depth == 0 {
				c.end = i
				return c, i + 1, true
			}
		}
	}
	c.end = i
	return c, i, true
}

// judgeSrcset asks about each candidate. It returns the verdict on the first
// that is blocked, and what is left of the value without the blocked ones: empty
// if none is left.
func (r *Rewriter) judgeSrcset(res *Resource, value []byte) (Verdict, []byte) {
	var blocked Verdict
	src := append(r.srcset[:0], r.decode(value)...)
	r.srcset = src
	left := r.srcsetLeft[:0]
	for i := 0; ; {
		c, next, ok := nextCandidate(src, i)
		if !ok {
			break
		}
		i = next
		res.URL = src[c.start:c.urlEnd]
		if v := r.judge.Resource(res); v.Action != Allow {
			if blocked.Action == Allow {
				blocked = v
			}
			continue
		}
		if len(left) > 0 {
			left = append(left, ", "...)
		}
		left = append(left, bytes.TrimSpace(src[c.start:c.end])...)
	}
	r.srcsetLeft = left
	return blocked, left
}
