package source

import (
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/cookieheader"
)

// State says whether there is an answer.
type State uint8

const (
	// Unanswered means that the visitor has not been asked or has not replied.
	Unanswered State = iota
	// Implied means that a consent manager granted or denied without asking.
	Implied
	// Answered means that the visitor chose.
	Answered
)

func (s State) String() string {
	switch s {
	case Unanswered:
		return "unanswered"
	case Implied:
		return "implied"
	case Answered:
		return "answered"
	}
	return "invalid"
}

// Set is a set of a source's categories: bit i stands for the i-th of
// Source.Categories.
type Set uint64

// maxCategories is how many a Set can hold.
const maxCategories = 64

// maxValue is how long a value may be: more than browsers store in one cookie,
// since a header can be put together from several.
const maxValue = 16 << 10

// Reading is what a source found in a request. A category that is in neither
// set was not answered.
type Reading struct {
	State           State
	Granted, Denied Set
	// Reason says why the visitor counts as unanswered: one of the Reason
	// constants. Empty when answered or implied. What is unanswered grants nothing, but
	// cookies of one name that disagree may still deny.
	Reason string
}

// The reasons.
const (
	ReasonNoCookie  = "no cookie"
	ReasonOversized = "oversized"
	ReasonMalformed = "malformed"
	ReasonDuplicate = "duplicate"
	ReasonOpen      = "not answered yet"
	ReasonSilent    = "nothing about any category"
)

// Request is what a source reads.
type Request struct {
	Cookies []string // the raw Cookie header lines
	// Header gives the lines of a header by its canonical name; nil for none.
	Header func(name string) []string
}

// Read reads the visitor's answer. Of cookies of one name that disagree the
// stricter counts. Of those that a pattern matches, the ones that hold no
// answer do not: managers keep other things under like names.
func (s *Source) Read(r *Request) Reading {
	if len(s.refused) > 0 && slices.ContainsFunc(s.refused, (&document{source: s, request: r}).holdsAll) {
		return s.whole(meanings["denied"])
	}
	if s.header != "" {
		var lines []string
		if r.Header != nil {
			lines = r.Header(s.header)
		}
		if len(lines) == 0 {
			return Reading{Reason: ReasonNoCookie}
		}
		return s.value(r, strings.Join(lines, ", "))
	}
	if s.format == formatCookies {
		return s.manyCookies(r)
	}
	var found [maxCookies]namedReading
	n := 0
	for _, line := range r.Cookies {
		for name, value := range cookieheader.Each(line) {
			if !s.cookie.match(name) {
				continue
			}
			if n == maxCookies {
				return Reading{Reason: ReasonDuplicate}
			}
			found[n] = namedReading{name, s.value(r, value)}
			n++
		}
	}
	return combined(found[:n])
}

// maxCookies is how many cookies a name or pattern may match: no manager
// writes so many, and each may want the whole header looked through.
const maxCookies = 8

type namedReading struct {
	name string
	Reading
}

// combined is what the cookies come to that a source has found: of one name the
// stricter, of several names those that hold an answer.
func combined(found []namedReading) Reading {
	out := Reading{Reason: ReasonNoCookie}
	first := true
	for i := range found {
		if slices.ContainsFunc(found[:i], func(f namedReading) bool { return f.name == found[i].name }) {
			continue // taken with the first of its name
		}
		next := found[i].Reading
		for _, other := range found[i+1:] {
			if other.name == found[i].name {
				next = stricter(next, other.Reading)
			}
		}
		switch {
		case first, out.State == Unanswered && out.Denied == 0:
			out = next
		case next.State == Unanswered && next.Denied == 0:
		default:
			out = stricter(out, next)
		}
		first = false
	}
	return out
}

// stricter is what two readings that count alike come to. What either denies stays
// denied, even if the whole is no answer.
func stricter(a, b Reading) Reading {
	if a == b {
		return a
	}
	out := Reading{State: min(a.State, b.State), Granted: a.Granted & b.Granted, Denied: a.Denied | b.Denied}
	if out.State == Unanswered || out.Granted|out.Denied == 0 {
		return Reading{Denied: out.Denied, Reason: ReasonDuplicate}
	}
	return out
}

// value reads one value.
func (s *Source) value(r *Request, raw string) Reading {
	if len(raw) > maxValue {
		return Reading{Reason: ReasonOversized}
	}
	if len(raw) > 1 && raw[0] == '"' && raw[len(raw)-1] == '"' {
		raw = raw[1 : len(raw)-1] // a cookie's value may be in quotes (RFC 6265, section 4.1.1)
	}
	text, ok := s.decoded(raw)
	if !ok {
		return Reading{Reason: ReasonMalformed}
	}
	if m, ok := s.when[strings.TrimSpace(text)]; ok {
		return s.whole(m)
	}
	d := document{source: s, request: r, raw: raw}
	if !d.parse(text) {
		return Reading{Reason: ReasonMalformed}
	}
	return s.judge(&d)
}

// decoded does the source's steps. ok is false if the value has not the shape that
// one of them needs, or grows too long.
func (s *Source) decoded(text string) (out string, ok bool) {
	for _, do := range s.decode {
		if text, ok = do(text); !ok || len(text) > maxValue {
			return "", false
		}
	}
	return text, true
}

// manyCookies reads cookies that are a category each.
func (s *Source) manyCookies(r *Request) Reading {
	d := document{source: s, request: r}
	for _, line := range r.Cookies {
		for name, value := range cookieheader.Each(line) {
			if !s.cookie.match(name) {
				continue
			}
			if len(value) > maxValue {
				return Reading{Reason: ReasonOversized}
			}
			if text, ok := s.decoded(value); ok {
				d.pairs = append(d.pairs, pair{name[len(s.cookie.prefix):], text})
			}
		}
	}
	if len(d.pairs) == 0 {
		return Reading{Reason: ReasonNoCookie}
	}
	return s.judge(&d)
}

// whole is what a value means that stands for all categories.
func (s *Source) whole(m means) Reading {
	all := Set(1)<<len(s.categories) - 1
	switch m.answer {
	case granted:
		return Reading{State: m.state, Granted: all}
	case denied:
		return Reading{State: m.state, Denied: all}
	}
	return Reading{State: m.state, Reason: ReasonOpen}
}

// judge asks a parsed value for every category.
func (s *Source) judge(d *document) Reading {
	for _, tests := range s.answered {
		if !d.holdsAny(tests) {
			return Reading{Reason: ReasonOpen}
		}
	}
	out := Reading{State: Answered}
	for i, rule := range s.rules {
		switch d.category(rule) {
		case granted:
			out.Granted |= 1 << i
		case denied:
			out.Denied |= 1 << i
		}
	}
	if out.Granted|out.Denied == 0 {
		return Reading{Reason: ReasonSilent}
	}
	if slices.ContainsFunc(s.implied, d.holdsAll) {
		out.State = Implied
	}
	return out
}

// Choices spells a reading out: granted (true), denied (false) or nothing
// (nil) for each of the source's categories.
func (s *Source) Choices(r Reading) map[string]*bool {
	out := make(map[string]*bool, len(s.categories))
	for i, name := range s.categories {
		switch bit := Set(1) << i; {
		case r.Denied&bit != 0:
			out[name] = new(bool)
		case r.Granted&bit != 0:
			yes := true
			out[name] = &yes
		default:
			out[name] = nil
		}
	}
	return out
}
