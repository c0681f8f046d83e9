package rewrite

import "github.com/caddy-consent/caddy-consent/internal/charset"

// linkKinds are the link types that make a browser fetch or prepare to (HTML
// section 4.6.7 and its extensions registry). Not among them are the hyperlinks:
// canonical, alternate, author, license, me, next, prev and their like.
var linkKinds = map[string]Kind{
	"stylesheet":                   Style,
	"icon":                         Image,
	"apple-touch-icon":             Image,
	"apple-touch-icon-precomposed": Image,
	"apple-touch-startup-image":    Image,
	"mask-icon":                    Image,
	"image_src":                    Image,
	"manifest":                     Other,
	"compression-dictionary":       Other,
	"import":                       Script,
	"modulepreload":                Hint,
	"preload":                      Hint,
	"prefetch":                     Hint,
	"prerender":                    Hint,
	"preconnect":                   Hint,
	"dns-prefetch":                 Hint,
	"subresource":                  Hint,
}

// FetchingLinkType tells whether a rel has a link type that makes browsers
// fetch, and which kind: that of the first such type. rel is a list with white
// space between, in any case.
func FetchingLinkType(rel []byte) (Kind, bool) {
	for len(rel) > 0 {
		n := 0
		for n < len(rel) && !isSpace(rel[n]) {
			n++
		}
		if kind, ok := linkKind(rel[:n]); ok {
			return kind, true
		}
		rel = rel[min(n+1, len(rel)):]
	}
	return Other, false
}

// linkKind looks a link type up in any case.
func linkKind(word []byte) (Kind, bool) {
	var buf [32]byte
	if len(word) > len(buf) {
		return Other, false
	}
	kind, ok := linkKinds[string(lowerName(buf[:0], word))]
	return kind, ok
}

// fetchingLink tells whether a link element fetches. If rel is given more than once, any of them
// counts: a browser's parser takes the first, its preload scanner the last.
func fetchingLink(r *Rewriter, tag []byte, attrs []attr) (Kind, bool) {
	for i := range attrs {
		if !equalFold(attrs[i].name(tag), "rel") {
			continue
		}
		if kind, ok := FetchingLinkType(r.decode(attrs[i].value(tag))); ok {
			return kind, true
		}
	}
	return Other, false
}

// imageInput tells whether an input is a graphical submit button. If type is given more than
// once, any of them counts.
func imageInput(r *Rewriter, tag []byte, attrs []attr) (Kind, bool) {
	for i := range attrs {
		if equalFold(attrs[i].name(tag), "type") && equalFold(r.decode(attrs[i].value(tag)), "image") {
			return Image, true
		}
	}
	return Image, false
}

// refreshingMeta tells whether a meta navigates by itself (HTML section
// 4.2.5.3). While it is at it, it tells the judge of the encoding that a meta declares; not where charset
// is given twice, of which some browsers take the first and others the last, unless one is the encoding
// in which the bytes of tags are not always tags: nothing else is safe then.
func refreshingMeta(r *Rewriter, tag []byte, attrs []attr) (Kind, bool) {
	refresh, contentType := false, false
	label := func(a *attr) []byte { return trimSpace(r.decode(a.value(tag))) }
	shifts := func(a *attr) bool { return charset.Name(string(label(a))) == charset.ISO2022JP }
	var declares *attr
	twice := false
	for i := range attrs {
		a := &attrs[i]
		switch name := a.name(tag); {
		case equalFold(name, "http-equiv"):
			value := r.decode(a.value(tag))
			refresh = refresh || equalFold(value, "refresh")
			contentType = contentType || equalFold(value, "content-type")
		case equalFold(name, "charset"):
			twice = declares != nil
			if !twice || shifts(a) {
				declares = a
			}
		}
	}
	if declares != nil && (!twice || shifts(declares)) {
		r.charset(label(declares))
	}
	if contentType {
		for i := range attrs {
			if equalFold(attrs[i].name(tag), "content") {
				if label := contentCharset(r.decode(attrs[i].value(tag))); label != nil {
					r.charset(label)
				}
			}
		}
	}
	return Frame, refresh
}

// contentCharset extracts a character encoding from a meta element's content
// (HTML section 2.4.4).
func contentCharset(s []byte) []byte {
	const word = "charset"
	for i := 0; i+len(word) <= len(s); i++ {
		if !equalFold(s[i:i+len(word)], word) {
			continue
		}
		n := skipSpace(s, i+len(word))
		if n == len(s) || s[n] != '=' {
			continue
		}
		rest := s[skipSpace(s, n+1):]
		end := 0
		if len(rest) > 0 && (rest[0] == '"' || rest[0] == '\'') {
			quote := rest[0]
			for end = 1; end < len(rest) && rest[end] != quote; end++ {
			}
			if end == len(rest) {
				return nil
			}
			return rest[1:end]
		}
		for end < len(rest) && !isSpace(rest[end]) && rest[end] != ';' {
			end++
		}
		return rest[:end]
	}
	return nil
}
