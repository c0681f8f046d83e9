package consent

import (
	"strings"
)

// Error is a mistake in a Config, for the person who wrote it.
type Error struct {
	Subject string // where: `category "analytics"`, `vendor "acme"`, `gpc`
	Word    string // the offending word exactly as written; may be empty
	Problem string // what is wrong with it: "unknown vendor"
	Nearest string // the nearest known word, if one is near
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
	}
	return b.String()
}

// Warning is something in a Config that works, but perhaps not as meant.
type Warning struct {
	Message string   // one sentence
	Vendors []string // the ids it is about
}

func (w Warning) String() string { return w.Message }
