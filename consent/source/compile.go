package source

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// The formats.
const (
	formatJSON    = "json"
	formatPairs   = "pairs"
	formatList    = "list"
	formatValue   = "value"
	formatCookies = "cookies"
	formatTCF     = "tcf"
	formatGPP     = "gpp"
	formatUSP     = "usp"
)

var formatNames = []string{formatJSON, formatPairs, formatList, formatValue, formatCookies, formatTCF, formatGPP, formatUSP}

// defaultGranted are the words that grant where a source names none.
var defaultGranted = []string{
	"true", "1", "yes", "on", "allow", "allowed", "accept", "accepted", "grant", "granted", "opt_in", "opt-in", "optin",
}

// Source is a compiled Config. It is immutable and safe for concurrent use.
type Source struct {
	name   string
	cookie pattern
	header string
	format string
	// between separates pairs or entries, within a key from its value.
	between, within string
	decode          []step
	answered        [][]selector // all must hold, any of each
	implied         [][]selector // any group, all of it
	refused         [][]selector // the same, of cookies alone
	granted, denied []string
	missing         answer
	when            map[string]means
	optOut          bool
	categories      []string
	rules           [][][]selector // by category: any group, all of it
}

// means is what a whole value means.
type means struct {
	state  State
	answer answer
}

var meanings = map[string]means{
	"granted":    {Answered, granted},
	"denied":     {Answered, denied},
	"implied":    {Implied, granted},
	"unanswered": {Unanswered, silent},
}

// pattern is a name, or with star what begins and ends in two texts.
type pattern struct {
	prefix, suffix string
	star           bool
}

func (p *pattern) match(name string) bool {
	if !p.star {
		return name == p.prefix
	}
	return len(name) >= len(p.prefix)+len(p.suffix) && strings.HasPrefix(name, p.prefix) && strings.HasSuffix(name, p.suffix)
}

// Compile makes a Source of a Config that is neither Own nor one that needs
// the bridge. The error is an *Error.
func Compile(c Config) (*Source, error) {
	given := c.Preset
	if given != "" {
		preset := presets()[given]
		if preset == nil {
			return nil, &Error{Word: given, Problem: "unknown preset", Nearest: nearest.Word(given, Presets())}
		}
		c = c.over(preset)
	}
	s := &Source{name: given, header: c.Header, format: c.Format, optOut: c.OptOut, granted: c.Granted, denied: c.Denied}
	for _, set := range []func(*Config) error{s.setCookie, s.setFormat, s.setWords, s.setTests, s.setCategories} {
		if err := set(&c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Source) setCookie(c *Config) error {
	switch {
	case c.Cookie == "" && c.Header == "":
		return &Error{Problem: "neither a cookie nor a header is named"}
	case c.Cookie != "" && c.Header != "":
		return &Error{Word: c.Header, Problem: "a source has a cookie or a header, not both:"}
	case c.Header != "" && !httpguts.ValidHeaderFieldName(c.Header):
		return &Error{Word: c.Header, Problem: "no header can be named"}
	case strings.ContainsAny(c.Cookie, "=; \t"):
		return &Error{Word: c.Cookie, Problem: "no cookie can be named"}
	}
	s.cookie.prefix, s.cookie.suffix, s.cookie.star = strings.Cut(c.Cookie, "*")
	if strings.Contains(s.cookie.suffix, "*") || c.Cookie == "*" {
		return &Error{Word: c.Cookie, Problem: "want a name, or a pattern with one star, not"}
	}
	if s.name == "" {
		if s.name = c.Cookie; c.Header != "" {
			s.name = c.Header
		}
	}
	return nil
}

func (s *Source) setFormat(c *Config) error {
	if s.format == "" && s.header != "" {
		s.format, s.between = formatList, ", \t"
	}
	if !slices.Contains(formatNames, s.format) {
		return &Error{Word: s.format, Problem: "unknown format", Nearest: nearest.Word(s.format, formatNames)}
	}
	switch {
	case s.format == formatCookies && len(c.When) > 0:
		return &Error{Word: "when", Problem: "the format cookies has no whole value for"}
	case s.format == formatList && len(c.Granted)+len(c.Denied) > 0:
		return &Error{Word: append(c.Granted, c.Denied...)[0], Problem: "the entries of a list have no words beside them, like"}
	case s.format == formatUSP:
		s.optOut = true // as the standard means it
	}
	if s.format == formatCookies && (!s.cookie.star || s.cookie.suffix != "") {
		return &Error{Word: c.Cookie, Problem: "the format cookies wants a name that ends in a star, not"}
	}
	most := map[string]int{formatPairs: 2, formatList: 1}[s.format]
	if len(c.Separators) > most {
		return &Error{Word: c.Separators[most], Problem: fmt.Sprintf("the format %s takes %d separators at most, not", s.format, most)}
	}
	switch s.format {
	case formatPairs:
		s.between, s.within = ",;&|", ":="
	case formatList:
		if s.between == "" {
			s.between = ","
		}
	}
	if len(c.Separators) > 0 {
		s.between = c.Separators[0]
	}
	if len(c.Separators) > 1 {
		s.within = c.Separators[1]
	}
	steps := c.Decode
	if len(steps) == 0 {
		steps = []string{"url"}
	}
	for _, word := range steps {
		do, err := parseStep(word)
		if err != nil {
			return err
		}
		s.decode = append(s.decode, do)
	}
	return nil
}

func (s *Source) setWords(c *Config) error {
	if len(s.granted) == 0 && s.format != formatValue { // there the selectors are the words
		s.granted = defaultGranted
	}
	switch c.Missing {
	case "", "unanswered":
	case "denied":
		s.missing = denied
	default:
		return &Error{Word: c.Missing, Problem: "missing: want denied or unanswered, not"}
	}
	for _, w := range c.When {
		m, ok := meanings[w.Means]
		if !ok {
			return &Error{Word: w.Means, Problem: "when: want granted, denied, implied or unanswered, not"}
		}
		if s.when == nil {
			s.when = make(map[string]means)
		}
		s.when[w.Value] = m
	}
	return nil
}

func (s *Source) setTests(c *Config) error {
	for _, word := range c.Answered {
		test, err := parseTest(word, s.format)
		if err != nil {
			return err
		}
		s.answered = append(s.answered, test)
	}
	var err error
	if s.implied, err = parseGroups(c.Implied, s.format); err != nil {
		return err
	}
	if s.refused, err = parseGroups(c.Refused, s.format); err != nil {
		return err
	}
	for i, group := range s.refused {
		for j := range group {
			if group[j].cookie == "" {
				return &Error{Word: c.Refused[i][j], Problem: "refused: want tests of cookies, like cookie:answer=no, not"}
			}
		}
	}
	return nil
}

// parseGroups reads groups of tests all of which must hold.
func parseGroups(groups [][]string, format string) (out [][]selector, err error) {
	for _, group := range groups {
		var all []selector
		for _, word := range group {
			test, err := parseOneTest(word, format)
			if err != nil {
				return nil, err
			}
			all = append(all, test)
		}
		out = append(out, all)
	}
	return out, nil
}

func (s *Source) setCategories(c *Config) error {
	for name, groups := range c.Categories {
		if !IsName(name) {
			return &Error{Word: name, Problem: "no category can be named"}
		}
		for _, words := range groups {
			if len(words) == 0 {
				return &Error{Word: name, Problem: "a selector is missing after"}
			}
		}
		s.categories = append(s.categories, name)
	}
	if len(s.categories) == 0 {
		return &Error{Problem: "nothing tells which categories it answers for: add lines like analytics <selector>"}
	}
	if len(s.categories) > maxCategories {
		return &Error{Word: s.categories[maxCategories], Problem: "too many categories:"}
	}
	slices.Sort(s.categories)
	for _, name := range s.categories {
		var rule [][]selector
		for _, words := range c.Categories[name] {
			var all []selector
			for _, word := range words {
				sel, err := parseSelector(word, s.format)
				if err != nil {
					return err
				}
				if s.format == formatGPP && sel.number == 0 {
					s.optOut = true // as the standard means it
				}
				all = append(all, sel)
			}
			rule = append(rule, all)
		}
		s.rules = append(s.rules, rule)
	}
	return nil
}

// Name is the preset's name, or the cookie's or header's.
func (s *Source) Name() string { return s.name }

// Categories are those that the source answers for, in the order of a
// Reading's bits. The result must not be changed.
func (s *Source) Categories() []string { return s.categories }

// OptOut tells that the source's denials count, and its grants do not.
func (s *Source) OptOut() bool { return s.optOut }

// Header is the request header that is read, "" for a cookie.
func (s *Source) Header() string { return s.header }

// Cookies are the names and patterns of the cookies that the source reads.
func (s *Source) Cookies() []string {
	var out []string
	if s.header == "" {
		name := s.cookie.prefix
		if s.cookie.star {
			name += "*" + s.cookie.suffix
		}
		out = append(out, name)
	}
	for _, tests := range slices.Concat(s.answered, s.implied, s.refused) {
		for i := range tests {
			if name := tests[i].cookie; name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}
