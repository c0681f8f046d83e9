package rewrite

import (
	"bytes"
	"iter"
)

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
	if src[i-1] == ',' { // no descriptors: the commas separate candidates, and are no part of the URL
		c.urlEnd = c.start + len(bytes.TrimRight(src[c.start:i], ","))
		c.end = c.urlEnd
		return c, i, true
	}
	c.urlEnd, c.end = i, i
	inParens := false // which do not nest
	for ; i < len(src); i++ {
		switch src[i] {
		case '(':
			inParens = true
		case ')':
			inParens = false
		case ',':
			if !inParens {
				c.end = i
				return c, i + 1, true
			}
		}
	}
	c.end = i
	return c, i, true
}

// SrcsetURLs goes through the URLs of a srcset's candidates.
func SrcsetURLs(srcset []byte) iter.Seq[[]byte] {
	return func(yield func(url []byte) bool) {
		for i := 0; ; {
			c, next, ok := nextCandidate(srcset, i)
			if !ok || !yield(srcset[c.start:c.urlEnd]) {
				return
			}
			i = next
		}
	}
}
