package caddymodule

import (
	"iter"
	"strings"
)

// The members of a list in a header are cut at commas outside of quoted
// strings and, in Link, of angle brackets (RFC 8288, RFC 9651). That says where
// each member is in the text, and fails at nothing; a parser of the whole
// would refuse what some browser accepts.
//
// Where it is open how to cut, too little is cut: what is judged at once
// contains all that any browser sees in it.

// filterList returns the lines without the members that are blocked; the
// same slice if none is. A line without members is dropped with the last of them.
func filterList(lines []string, angles bool, blocked func(member string) bool) []string {
	left, open := filterLines(lines, angles, blocked)
	if !open || len(left) < 2 {
		return left
	}
	// What is open at the end of a line goes on in the next: to a browser
	// several lines are one, joined by commas (RFC 9110 section 5.3).
	joined := []string{strings.Join(left, ", ")}
	if again, _ := filterLines(joined, angles, blocked); len(again) == 0 || again[0] != joined[0] {
		return again
	}
	return left
}

// filterLines takes each line for itself. open tells that one ends in the
// middle of something.
func filterLines(lines []string, angles bool, blocked func(member string) bool) (left []string, open bool) {
	kept := make([]string, 0, len(lines))
	changed := false
	for _, line := range lines {
		members, lineOpen := listMembers(line, angles)
		open = open || lineOpen
		pass := make([]string, 0, len(members))
		for _, member := range members {
			if !blocked(member) {
				pass = append(pass, member)
			}
		}
		if len(pass) == len(members) {
			kept = append(kept, line)
			continue
		}
		changed = true
		if len(pass) > 0 {
			kept = append(kept, strings.Join(pass, ", "))
		}
	}
	if !changed {
		return lines, open
	}
	return kept, open
}

// listMembers cuts a line at its commas. open tells that a quote or bracket
// is not closed; all that comes after it is of the last member.
func listMembers(line string, angles bool) (members []string, open bool) {
	start := 0
	add := func(end int) {
		if member := strings.Trim(line[start:end], " \t"); member != "" {
			members = append(members, member)
		}
		start = end + 1
	}
	var closer byte // of what is open
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case closer == '"' && c == '\\':
			i++
		case closer != 0:
			if c == closer {
				closer = 0
			}
		case c == '"':
			closer = '"'
		case c == '<' && angles:
			closer = '>'
		case c == ',':
			add(i)
		}
	}
	add(len(line))
	return members, closer != 0
}

// quotedStrings goes through the quoted strings in s, without their quotes and
// escapes. One that is not closed ends with s.
func quotedStrings(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			i := strings.IndexByte(s, '"')
			if i < 0 {
				return
			}
			text, n := unquote(s[i:])
			if !yield(text) {
				return
			}
			s = s[i+n:]
		}
	}
}

// unquote reads the quoted string at the beginning of s (RFC 9110 section
// 5.6.4; Fetch standard, "collect an HTTP quoted string"), and returns how long it is there.
func unquote(s string) (text string, n int) {
	var b strings.Builder
	for n = 1; n < len(s); n++ {
		switch s[n] {
		case '"':
			return b.String(), n + 1
		case '\\':
			if n++; n == len(s) {
				return b.String() + `\`, n
			}
		}
		b.WriteByte(s[n])
	}
	return b.String(), n
}
