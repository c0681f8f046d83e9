package source

import (
	"slices"
	"strconv"
	"strings"
)

// answer is what a selector finds.
type answer uint8

const (
	silent answer = iota // nothing, or nothing that counts
	granted
	denied
)

// not turns granted into denied and denied into granted.
func (a answer) not() answer {
	switch a {
	case granted:
		return denied
	case denied:
		return granted
	}
	return silent
}

// selector is a compiled selector or test.
type selector struct {
	negated bool
	has     bool
	equals  []string // =v1|v2; nil for none
	atLeast int      // >=n, if numeric
	numeric bool

	key    string   // of all formats but json
	path   []string // of json
	member string   // path[member], if listed
	listed bool
	// number is a purpose's, or a special feature's, of the TCF; 0 for sell.
	number  int
	special bool

	// Of tests only: a cookie's name, with equals or text; or, with raw, text
	// that the value has.
	cookie, text string
	raw          bool
}

// absent tells that the selector asks for something not to be there.
func (s *selector) absent() bool { return s.negated && s.has }

// parseTest parses a test: words between commas, of which one must hold.
func parseTest(word, format string) ([]selector, error) {
	var out []selector
	for part := range strings.SplitSeq(word, ",") {
		s, err := parseOneTest(part, format)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func parseOneTest(word, format string) (selector, error) {
	rest, negated := strings.CutPrefix(word, "!")
	if text, ok := strings.CutPrefix(rest, "raw~"); ok {
		if text == "" {
			return selector{}, &Error{Word: word, Problem: "a text is missing after raw~:"}
		}
		return selector{negated: negated, raw: true, text: text}, nil
	}
	name, ok := strings.CutPrefix(rest, "cookie:")
	if !ok {
		s, err := parseSelector(word, format)
		if s.equals == nil && !s.has && !s.numeric && !s.listed && (format == formatJSON || format == formatPairs || format == formatCookies) {
			s.equals = defaultGranted // a test asks for yes, whatever words grant
		}
		return s, err
	}
	s := selector{negated: negated, cookie: name}
	if at := strings.IndexAny(name, "=~"); at >= 0 {
		s.cookie = name[:at]
		if name[at] == '~' {
			s.text = name[at+1:]
		} else {
			s.equals = strings.Split(name[at+1:], "|")
		}
	}
	if s.cookie == "" {
		return s, &Error{Word: word, Problem: "a cookie's name is missing:"}
	}
	return s, nil
}

// parseSelector parses a selector of a format.
func parseSelector(word, format string) (s selector, err error) {
	rest := word
	rest, s.negated = strings.CutPrefix(rest, "!")
	rest, s.has = strings.CutPrefix(rest, "has:")
	if before, after, ok := strings.Cut(rest, ">="); ok && format != formatList {
		rest, s.numeric = before, true
		if s.atLeast, err = strconv.Atoi(after); err != nil {
			return s, &Error{Word: word, Problem: "want a whole number after >=:"}
		}
	} else if at := strings.IndexByte(rest, '='); at > 0 && format != formatList && format != formatValue {
		s.equals = strings.Split(rest[at+1:], "|")
		rest = rest[:at]
	}
	switch format {
	case formatJSON:
		return s, s.parsePath(word, rest)
	case formatTCF, formatGPP, formatUSP:
		return s, s.parseSignal(word, rest, format)
	case formatValue:
		s.key = rest
		if rest == "" && !s.numeric {
			return s, &Error{Word: word, Problem: "a value is missing:"}
		}
		return s, nil
	}
	s.key = rest
	if rest == "" {
		return s, &Error{Word: word, Problem: "a key is missing:"}
	}
	return s, nil
}

// parsePath parses a.b.0 and a.b[member]; a backslash keeps a dot or a bracket.
func (s *selector) parsePath(word, text string) error {
	problem := &Error{Word: word, Problem: "want a path like a.b or a.b[c], not"}
	if strings.HasSuffix(text, "]") && !strings.HasSuffix(text, `\]`) {
		open := strings.LastIndexByte(text, '[')
		if open < 0 {
			return problem
		}
		s.listed, s.member, text = true, text[open+1:len(text)-1], text[:open]
		if s.member == "" {
			return problem
		}
		if text == "" {
			return nil // a member of the whole value
		}
	}
	s.path = splitPath(text)
	if slices.Contains(s.path, "") {
		return problem
	}
	return nil
}

// splitPath splits at dots; a backslash keeps the character behind it.
func splitPath(text string) []string {
	path := []string{""}
	for i := 0; i < len(text); i++ {
		last := len(path) - 1
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			path[last] += text[i : i+1]
		case c == '.':
			path = append(path, "")
		default:
			path[last] += text[i : i+1]
		}
	}
	return path
}

// parseSignal parses a selector of a standard's string.
func (s *selector) parseSignal(word, text, format string) error {
	if text == "sell" && format != formatTCF {
		return nil
	}
	number, special := strings.CutPrefix(text, "sf")
	n, err := strconv.Atoi(number)
	highest := 24
	if special {
		highest = 12
	}
	if err != nil || n < 1 || n > highest || format == formatUSP || s.equals != nil || s.numeric {
		want := "want a purpose's number (1 to 24) or sf1 to sf12, not"
		switch format {
		case formatGPP:
			want = "want sell, a purpose's number (1 to 24) or sf1 to sf12, not"
		case formatUSP:
			want = "want sell, not"
		}
		return &Error{Word: word, Problem: want}
	}
	s.number, s.special = n, special
	return nil
}
