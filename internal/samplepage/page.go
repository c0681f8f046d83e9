// Package samplepage makes the page that benchmarks and load runs measure with,
// where no real ones are at hand.
package samplepage

import (
	"bytes"
	"strings"
)

// Ordinary makes a page of about size bytes as pages are: text, links and images,
// some nine tags per KiB, a style sheet and a few scripts of the site itself.
// The elements are spread over it, and all are in it however small it is.
func Ordinary(size int, elements ...string) []byte {
	var b bytes.Buffer
	b.WriteString(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title><link rel="stylesheet" href="/a.css">` +
		`<script src="/a.js"></script><style>p{margin:0;background:url(/p.png)} .card{display:flex}</style></head><body>`)
	step := size / max(1, len(elements))
	for i, next := 0, 0; b.Len() < size; i++ {
		b.WriteString(`<div class="card card--wide" id="c"><a href="/a/long/path/to/an/article.html?x=1&amp;y=2">A headline of some words</a>` +
			`<p>Lorem ipsum dolor sit amet, <b>consectetur</b> adipisici elit, sed eiusmod tempor incidunt ut labore.</p></div>` + "\n")
		if i%20 == 0 {
			b.WriteString(`<img src="/images/picture.jpg" width="300" height="200" alt="A picture"><script>window.x=window.x||[];x.push({a:1});</script>`)
		}
		for ; len(elements) > 0 && b.Len() > next; next += step {
			b.WriteString(elements[0])
			elements = elements[1:]
		}
	}
	b.WriteString(strings.Join(elements, "") + "</body></html>\n")
	return b.Bytes()
}
