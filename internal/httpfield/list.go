package httpfield

import (
	"iter"
	"net/http"
	"slices"
	"strings"
)

// The members of a list in a header are cut at commas outside of quoted
// strings and, in Link, of angle brackets (RFC 8288, RFC 9651). That says where
// each member is in the text, and fails at nothing; a parser of the whole
// would refuse what some browser accepts.
//
// Where it is open how to cut, too little is cut: what is judged at once
// contains all that any browser sees in it.

// cut cuts a list at the first comma outside of quoted strings and, with angles, of angle
// brackets. more tells that there is one; open that there is none because a quote or
// bracket is not closed.
func cut(list string, angles bool) (member, rest string, more, open bool) {
	var closer byte // of what is open
	for i := 0; i < len(list); i++ {
		c := list[i]
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
			return list[:i], list[i+1:], true, false
		}
	}
	return list, "", false, closer != 0
}

// Split goes through what is between the commas of a line, outside of quoted strings (RFC 9110 section 5.6.4): with
// the white space around it, and also where there is nothing.
func Split(line string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if strings.IndexByte(line, ',') < 0 { // as nearly always
			yield(line)
			return
		}
		for rest, more := line, true; more; {
			var member string
			if member, rest, more, _ = cut(rest, false); !yield(member) {
				return
			}
		}
	}
}

// Members are the members of a list, in one line or many, without white space around them. Empty ones are none.
func Members(lines []string) []string {
	var members []string
	for _, line := range lines {
		for member := range Split(line) {
			if member = strings.TrimSpace(member); member != "" {
				members = append(members, member)
			}
		}
	}
	return members
}

// SetList sets a field to a list, or deletes it where there is nothing in it. Its name is canonical.
// A field that does not change keeps its lines.
func SetList(h http.Header, name string, members []string) {
	switch {
	case len(members) == 0:
		delete(h, name)
	case !slices.Equal(Members(h[name]), members):
		h[name] = []string{strings.Join(members, ", ")}
	}
}

// NamesWithout are the names in a list of fields (RFC 9110 section 5.6.1), but for those that are dropped.
func NamesWithout(lines []string, drops func(name string) bool) (kept []string) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name != "" && !drops(name) {
				kept = append(kept, name)
			}
		}
	}
	return kept
}

// FilterList returns the lines of a list without the members that are blocked; the
// same slice if none is. A line without members is dropped with the last of them. angles tells that what is
// in angle brackets is in one piece, as in Link. blocked may see two members as one, and may be asked twice.
func FilterList(lines []string, angles bool, blocked func(member string) bool) []string {
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
		members, lineOpen := lineMembers(line, angles)
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

// lineMembers are the members in a line. open tells that a quote or bracket
// is not closed; all that comes after it is of the last member.
func lineMembers(line string, angles bool) (members []string, open bool) {
	for rest, more := line, true; more; {
		var member string
		member, rest, more, open = cut(rest, angles)
		if member = strings.Trim(member, " \t"); member != "" {
			members = append(members, member)
		}
	}
	return members, open
}
