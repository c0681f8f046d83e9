package caddymodule

import (
	"bytes"
	"strings"
)

// jsonStart is how much of what comes may pass before it is no JSON with a string in it.
const jsonStart = 512

// notScripts are what servers put before JSON, so that it is no script.
var notScripts = []string{")]}',", ")]}'", "for(;;);", "while(1);"}

// startsJSON tells by its first bytes whether text is JSON (RFC 8259) in which markup may be, and whether
// that is settled. It is at the first string within an object or array; other text may begin with
// brackets, too. A string alone is none: text may be a quotation.
func startsJSON(first []byte) (yes, settled bool) {
	over := len(first) >= jsonStart
	rest := bytes.TrimPrefix(first[:min(len(first), jsonStart)], []byte("\uFEFF"))
	for _, prefix := range notScripts {
		if after, ok := bytes.CutPrefix(rest, []byte(prefix)); ok {
			rest = after
			break
		}
		if len(rest) > 0 && strings.HasPrefix(prefix, string(rest)) {
			return false, over
		}
	}
	before := byte(0) // the last character that is no blank
	for depth := 0; len(rest) > 0; {
		c := rest[0]
		switch rest = rest[1:]; {
		case c == ' ', c == '\t', c == '\n', c == '\r':
			continue
		case c == '"' && depth > 0:
			return true, true
		case before == '{' && c != '}', depth == 0 && c != '[' && c != '{':
			return false, true
		}
		switch before = c; c {
		case '[', '{':
			depth++
		case ',':
		case ']', '}':
			if depth--; depth == 0 {
				return false, true // with no string in it
			}
		case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			rest = bytes.TrimLeft(rest, "+-.0123456789Ee")
		case 't', 'f', 'n':
			word := map[byte]string{'t': "true", 'f': "false", 'n': "null"}[c]
			n := min(len(word)-1, len(rest))
			if string(rest[:n]) != word[1:1+n] {
				return false, true
			}
			rest = rest[n:]
		default:
			return false, true
		}
	}
	return false, over
}
