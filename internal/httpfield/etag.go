package httpfield

import "strings"

// An entity tag (RFC 9110 section 8.8.3) can name a version of what it is of: "abc" becomes "abc-cXXXXXXXX".

// VariantLength is how long the name of a version is. It is of letters, digits, '-' and '_'.
const VariantLength = 8

const variantMark = "-c"

// CutVariant splits an entity tag, quoted and perhaps weak, into the one that was there before
// and the version that it names. ok is false if it names none; then the tag is as it was.
func CutVariant(tag string) (before, variant string, ok bool) {
	const suffix = len(variantMark) + VariantLength + 1 // with the quote
	at := len(tag) - suffix
	if at < 1 || !strings.HasSuffix(tag, `"`) || tag[at:at+len(variantMark)] != variantMark {
		return tag, "", false
	}
	return tag[:at] + `"`, tag[at+len(variantMark) : len(tag)-1], true
}

// WithVariant makes an entity tag name a version, unless it does. What is no entity tag stays as it is.
func WithVariant(tag, variant string) string {
	if _, of, ok := CutVariant(tag); ok && of == variant {
		return tag
	}
	if len(tag) < 2 || !strings.HasSuffix(tag, `"`) {
		return tag
	}
	return tag[:len(tag)-1] + variantMark + variant + `"`
}
