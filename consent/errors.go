package consent

import (
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// Error is a mistake in a Config, for the person who wrote it.
type Error struct {
	Subject string // where: `category "analytics"`, `vendor "acme"`, `gpc`
	Word    string // the offending word exactly as written; may be empty
	Problem string // what is wrong with it: "unknown vendor"
	Nearest string // the nearest known word, if one is near
	// Known are the words that there are, where they are few; told if none of them is near.
	Known []string
}

// UnknownWord is the Error about a word that is none of those that there are.
func UnknownWord(subject, word, problem string, known []string) *Error {
	return &Error{Subject: subject, Word: word, Problem: problem, Nearest: nearest.Word(word, known), Known: known}
}

// Error reads like: category "analytics": unknown vendor "mixpanell", did you mean "mixpanel"?
func (e *Error) Error() string {
	var b strings.Builder
	if e.Subject != "" {
		b.WriteString(e.Subject)
		b.WriteString(": ")
	}
	b.WriteString(e.Problem)
	if e.Word != "" {
		b.WriteString(` "` + e.Word + `"`)
	}
	if e.Nearest != "" {
		b.WriteString(`, did you mean "` + e.Nearest + `"?`)
	} else if len(e.Known) > 0 {
		b.WriteString("; there are: " + strings.Join(e.Known, ", "))
	}
	return b.String()
}

// Warning is something in a Config that works, but perhaps not as meant.
type Warning struct {
	Message string   // one sentence
	Vendors []string // the ids it is about
}

func (w Warning) String() string { return w.Message }
