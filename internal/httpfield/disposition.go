package httpfield

import "strings"

// IsAttachment reads the lines of a Content-Disposition as strictly as any browser (RFC 6266 section 4.1): several
// of them, or other blanks, are no attachment to some.
func IsAttachment(lines []string) bool {
	if len(lines) != 1 {
		return false
	}
	kind, _, _ := strings.Cut(lines[0], ";")
	return strings.EqualFold(strings.Trim(kind, " \t"), "attachment")
}
