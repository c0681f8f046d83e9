package rewrite

import (
	"bytes"
	"html"
)

// decode resolves the character references of an attribute's value (HTML
// section 13.2.5.72 and following). It returns the value itself where there
// is none, else a slice that is valid until the next call.
func (r *Rewriter) decode(value []byte) []byte {
	i := bytes.IndexByte(value, '&')
	if i < 0 {
		return value
	}
	if len(r.entities) > 0 {
		// Entities of the document itself (doctype.go). Of a value that grows too large by
		// them only the beginning is judged, which is where a URL says whose it is.
		text, _ := r.expand(string(value), 0)
		value = []byte(text)
		if i = bytes.IndexByte(value, '&'); i < 0 {
			return value
		}
	}
	out := r.decoded[:0]
	for i >= 0 {
		out = append(out, value[:i]...)
		value = value[i:]
		n := charRefLen(value)
		if string(value[:n]) == "&amp;" {
			out = append(out, '&')
		} else if text, ok := resolve(value[:n]); ok {
			out = append(out, text...)
		} else {
			out = append(out, value[:n]...)
		}
		value = value[n:]
		i = bytes.IndexByte(value, '&')
	}
	out = append(out, value...)
	r.decoded = out
	return out
}

// charRefLen is the length of what may be a character reference at the start
// of b, its '&' included: "&#38;", "&#x26", "&amp;", "&amp". In an attribute a
// named one without a semicolon that is followed by '=' is none.
func charRefLen(b []byte) int {
	i := 1
	if i < len(b) && b[i] == '#' {
		i++
		isDigit := func(c byte) bool { return '0' <= c && c <= '9' }
		if i < len(b) && b[i]|0x20 == 'x' {
			i++
			isDigit = func(c byte) bool {
				return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
			}
		}
		for i < len(b) && isDigit(b[i]) {
			i++
		}
		if i < len(b) && b[i] == ';' {
			i++
		}
		return i
	}
	for i < len(b) && (isAlpha(b[i]) || '0' <= b[i] && b[i] <= '9') {
		i++
	}
	switch {
	case i < len(b) && b[i] == ';':
		return i + 1
	case i < len(b) && b[i] == '=':
		return 1
	}
	return i
}

// commonRefs are the references that values are full of.
var commonRefs = map[string]string{
	"&quot;": `"`, "&apos;": "'", "&lt;": "<", "&gt;": ">", "&nbsp;": "\u00A0",
	"&#34;": `"`, "&#034;": `"`, "&#39;": "'", "&#039;": "'", "&#x27;": "'", "&#38;": "&", "&#038;": "&", "&#x26;": "&",
	"&#x3D;": "=", "&#x3d;": "=", "&#61;": "=", "&#x2F;": "/", "&#x2f;": "/", "&#47;": "/", "&#32;": " ", "&#10;": "\n", "&#xA;": "\n",
}

// resolve decodes one whole reference as charRefLen delimits it. The standard
// library reads it by the rules for text, where "&notit;" is "&not" and "it;". In an
// attribute a name counts only as a whole: if letters are left over behind what was
// decoded, it is no reference.
func resolve(ref []byte) (string, bool) {
	if len(ref) < 2 || len(ref) > 64 && ref[1] != '#' {
		return "", false
	}
	if text, ok := commonRefs[string(ref)]; ok {
		return text, true
	}
	if ref[1] == '#' {
		return resolveNumeric(ref)
	}
	switch string(ref) { // the two that the standard library lacks
	case "&nGt;":
		return "\u226B\u20D2", true
	case "&nLt;":
		return "\u226A\u20D2", true
	}
	text := html.UnescapeString(string(ref))
	if text == "" || text[0] == '&' && text == string(ref) {
		return "", false
	}
	last, refLast := text[len(text)-1], ref[len(ref)-1]
	if refLast == ';' {
		return text, last != ';' || len(text) == 1
	}
	return text, !isAlpha(last) && (last < '0' || last > '9')
}

// resolveNumeric decodes a numeric reference by the standard library. That wants a
// semicolon after a single digit, which is added, and its numbers overflow, so those that are too
// large are not left to it.
func resolveNumeric(ref []byte) (string, bool) {
	ref = bytes.TrimSuffix(ref, []byte{';'})
	digits := ref[2:]
	if len(digits) > 0 && digits[0]|0x20 == 'x' {
		digits = digits[1:]
	}
	switch {
	case len(digits) == 0:
		return "", false
	case len(bytes.TrimLeft(digits, "0")) > 8:
		return "\uFFFD", true
	}
	return html.UnescapeString(string(ref) + ";"), true
}
