package httpfield

import (
	"fmt"
	"strings"
)

// IsWhole tells whether a Content-Range (RFC 9110 section 14.4) is of all bytes.
func IsWhole(contentRange string) bool {
	var first, last, length int64
	n, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &first, &last, &length)
	return err == nil && n == 3 && first == 0 && last == length-1
}

// IsLaterPart tells whether a Content-Range is of a part that does not begin at the beginning. One without a
// part ("bytes */1000") is not, nor is one in other units.
func IsLaterPart(contentRange string) bool {
	_, rest, _ := strings.Cut(contentRange, "bytes ")
	return rest != "" && rest[0] != '*' && !strings.HasPrefix(rest, "0-")
}
