package source

import (
	"maps"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// Config is one source as its author wrote it; see the package for the words.
type Config struct {
	// The name of a preset, which the other fields override; or `own` for the
	// cookie of this module.
	Preset string `json:"preset,omitempty"`
	// The cookie's name, or a pattern with one `*`.
	Cookie string `json:"cookie,omitempty"`
	// A request header in place of a cookie.
	Header string `json:"header,omitempty"`
	// `json`, `pairs`, `list`, `value`, `cookies`, `tcf`, `gpp` or `usp`.
	Format string `json:"format,omitempty"`
	// The characters between pairs or entries, and those between a key and its value.
	Separators []string `json:"separators,omitempty"`
	// What is done to the value first. Default: `url`.
	Decode []string `json:"decode,omitempty"`
	// Tests that must all hold, or the visitor is unanswered.
	Answered []string `json:"answered,omitempty"`
	// Groups of tests: if all of one group hold, the answer is implied.
	Implied [][]string `json:"implied,omitempty"`
	// Groups of tests of cookies: if all of one group hold, everything is denied.
	Refused [][]string `json:"refused,omitempty"`
	// The words that grant.
	Granted []string `json:"granted,omitempty"`
	// The words that deny. Default: all that do not grant.
	Denied []string `json:"denied,omitempty"`
	// What a value that is not there means: `denied` or `unanswered`.
	Missing string `json:"missing,omitempty"`
	// What whole values mean.
	When []When `json:"when,omitempty"`
	// The source only denies.
	OptOut bool `json:"opt_out,omitempty"`
	// The selectors of each category: all of a group must be granted, and any
	// group suffices.
	Categories map[string][][]string `json:"categories,omitempty"`
}

// When says what a whole value means.
type When struct {
	Value string `json:"value"`
	// `granted`, `denied`, `implied` or `unanswered`.
	Means string `json:"means"`
}

// An Error is a mistake in a Config, for the person who wrote it.
type Error struct {
	Line    int    // in the text it was parsed from; 0 if it was not
	Word    string // the offending word; may be empty
	Problem string
	Nearest string // the nearest known word, if one is near
}

func (e *Error) Error() string {
	text := e.Problem
	if e.Word != "" {
		text += ` "` + e.Word + `"`
	}
	if e.Nearest != "" {
		text += `, did you mean "` + e.Nearest + `"?`
	}
	return text
}

// The words that begin a source and are no cookies.
const (
	Own        = "own" // the preset that stands for this module's cookie
	wordHeader = "header"
)

// Head sets what the words after "source" say. The error is an *Error without a line.
func (c *Config) Head(words []string) error {
	switch {
	case len(words) == 0:
		return &Error{Problem: "a name is missing, like: source onetrust"}
	case words[0] == wordHeader:
		if len(words) == 1 {
			return &Error{Problem: "a name is missing, like: source header X-Consent-Choice"}
		}
		c.Header = words[1]
		if words = words[2:]; len(words) == 0 {
			return nil
		}
	case len(words) == 1 || !slices.Contains(formatNames, words[1]):
		return c.preset(words)
	default:
		c.Cookie, words = words[0], words[1:]
	}
	return c.format(words)
}

// preset takes the words of a preset: its name, and perhaps another cookie's.
func (c *Config) preset(words []string) error {
	name := words[0]
	if !IsPreset(name) && !NeedsBridge(name) && name != Own {
		if len(words) == 1 {
			e := &Error{Word: name, Problem: "unknown preset", Nearest: nearest.Word(name, append(Presets(), Own))}
			if e.Nearest == "" {
				e.Problem = "unknown preset (a cookie wants its format, as in: source <cookie> json analytics=<selector>)"
			}
			return e
		}
		return &Error{Word: words[1], Problem: "unknown format", Nearest: nearest.Word(words[1], formatNames)}
	}
	c.Preset = name
	switch {
	case len(words) == 1:
		return nil
	case len(words) > 2 || strings.Contains(words[1], "="):
		return &Error{Word: words[len(words)-1], Problem: "a preset takes no more than the name of a cookie; put into a block"}
	case name == Own || NeedsBridge(name):
		return &Error{Word: words[1], Problem: "this source has no cookie to name:"}
	}
	c.Cookie = words[1]
	return nil
}

// format takes a format, its separators, and categories with a selector each.
func (c *Config) format(words []string) error {
	c.Format = words[0]
	if !slices.Contains(formatNames, c.Format) {
		return &Error{Word: c.Format, Problem: "unknown format", Nearest: nearest.Word(c.Format, formatNames)}
	}
	for _, word := range words[1:] {
		category, selector, ok := strings.Cut(word, "=")
		if ok && category != "" && selector != "" && IsName(category) {
			if err := c.Line([]string{category, selector}); err != nil {
				return err
			}
			continue
		}
		if len(c.Categories) > 0 || len(c.Separators) == 2 {
			return &Error{Word: word, Problem: "want <category>=<selector>, not"}
		}
		c.Separators = append(c.Separators, word)
	}
	return nil
}

// keywords are the words that begin a line which is not a category's.
var keywords = []string{"decode", "answered", "implied", "refused", "granted", "denied", "missing", "when", "opt_out"}

// Line adds a line of the block: its first word and the rest. The error is an *Error without
// a line.
func (c *Config) Line(words []string) error {
	if len(words) == 0 {
		return &Error{Problem: "a line is empty: want a keyword or a category, and what it takes"}
	}
	name, args := words[0], words[1:]
	if name == "opt_out" {
		c.OptOut = true
		if len(args) > 0 {
			return &Error{Word: args[0], Problem: "opt_out takes no value, not"}
		}
		return nil
	}
	if len(args) == 0 {
		return &Error{Word: name, Problem: "a value is missing after"}
	}
	switch name {
	case "decode":
		c.Decode = append(c.Decode, args...)
	case "answered":
		c.Answered = append(c.Answered, args...)
	case "implied", "refused":
		var tests []string
		for _, arg := range args {
			tests = append(tests, strings.Split(arg, "&")...)
		}
		to := &c.Implied
		if name == "refused" {
			to = &c.Refused
		}
		*to = append(*to, tests)
	case "granted":
		c.Granted = append(c.Granted, args...)
	case "denied":
		c.Denied = append(c.Denied, args...)
	case "missing":
		if len(args) > 1 {
			return &Error{Word: args[1], Problem: "one word is enough, not"}
		}
		c.Missing = args[0]
	case "when":
		if len(args) != 2 {
			return &Error{Word: args[0], Problem: "want a value and what it means, like: when 0 denied; not"}
		}
		c.When = append(c.When, When{args[0], args[1]})
	default:
		if nearest.Word(name, keywords) != "" || !IsName(name) {
			return &Error{Word: name, Problem: "neither a word of the grammar nor a category:", Nearest: nearest.Word(name, keywords)}
		}
		if c.Categories == nil {
			c.Categories = make(map[string][][]string)
		}
		c.Categories[name] = append(c.Categories[name], args)
	}
	return nil
}

// over returns base with what c says in its place, line by line.
func (c *Config) over(base *Config) Config {
	out := *base
	out.Preset = c.Preset
	if c.Cookie != "" {
		out.Cookie = c.Cookie
	}
	if c.Header != "" {
		out.Cookie, out.Header = "", c.Header
	}
	if c.Format != "" {
		out.Format, out.Separators = c.Format, c.Separators
	}
	for _, f := range []struct{ to, from *[]string }{
		{&out.Separators, &c.Separators}, {&out.Decode, &c.Decode}, {&out.Answered, &c.Answered},
		{&out.Granted, &c.Granted}, {&out.Denied, &c.Denied},
	} {
		if len(*f.from) > 0 {
			*f.to = *f.from
		}
	}
	if len(c.Implied) > 0 {
		out.Implied = c.Implied
	}
	if len(c.Refused) > 0 {
		out.Refused = c.Refused
	}
	if c.Missing != "" {
		out.Missing = c.Missing
	}
	if len(c.When) > 0 {
		out.When = c.When
	}
	out.OptOut = out.OptOut || c.OptOut
	out.Categories = make(map[string][][]string)
	for _, from := range []*Config{base, c} {
		maps.Copy(out.Categories, from.Categories)
	}
	return out
}

// IsName tells whether a category or a vendor may be called s: [a-z0-9_-]+.
func IsName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}
