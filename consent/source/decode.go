package source

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/caddy-consent/caddy-consent/internal/nearest"
	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// step is one step of decoding. ok is false if the value has not the shape that
// the step needs.
type step func(text string) (out string, ok bool)

// stepNames are the first words of steps.
var stepNames = []string{"url", "base64", "param", "json", "from", "until", "trim", "strip"}

// parseStep parses "url", "base64" or "<name>:<argument>".
func parseStep(word string) (step, error) {
	name, arg, given := strings.Cut(word, ":")
	switch {
	case name == "url" && !given:
		return unescape, nil
	case name == "base64" && !given:
		return fromBase64, nil
	case name == "url" || name == "base64":
		return nil, &Error{Word: word, Problem: name + " takes no argument:"}
	}
	makers := map[string]func(arg string) step{
		"param": param, "json": fromJSON, "from": from, "until": until,
		"trim": func(set string) step {
			return func(text string) (string, bool) { return strings.Trim(text, set), true }
		},
		"strip": strip,
	}
	maker := makers[name]
	switch {
	case maker == nil:
		return nil, &Error{Word: word, Problem: "unknown step", Nearest: nearest.Word(name, stepNames)}
	case arg == "":
		return nil, &Error{Word: word, Problem: "an argument is missing after the colon:"}
	}
	return maker(arg), nil
}

// unescape decodes percent-encoding; what is none stays, since managers and
// libraries encode by half.
func unescape(text string) (string, bool) { return percent.Decode(text), true }

// fromBase64 takes both alphabets, with and without padding.
func fromBase64(text string) (string, bool) {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	out, err := base64.RawStdEncoding.DecodeString(text)
	return string(out), err == nil
}

// param takes one parameter of a query string as it stands; one that is there
// twice with different values is none.
func param(name string) step {
	return func(text string) (out string, ok bool) {
		for pair := range strings.SplitSeq(text, "&") {
			key, value, _ := strings.Cut(pair, "=")
			switch {
			case key != name:
			case ok && value != out:
				return "", false
			default:
				out, ok = value, true
			}
		}
		return out, ok
	}
}

// fromJSON takes the text, the number or the structure at a path of JSON.
func fromJSON(path string) step {
	steps := splitPath(path)
	return func(text string) (string, bool) {
		doc, ok := parseJSON(text)
		if !ok {
			return "", false
		}
		switch found := at(doc, steps).(type) {
		case nil:
			return "", false
		case string:
			return found, true
		default:
			out, err := json.Marshal(found)
			return string(out), err == nil
		}
	}
}

// from keeps what follows the first of a mark, and that itself.
func from(mark string) step {
	return func(text string) (string, bool) {
		n := strings.Index(text, mark)
		if n < 0 {
			return "", false
		}
		return text[n:], true
	}
}

// until keeps what precedes the first of a mark.
func until(mark string) step {
	return func(text string) (string, bool) {
		before, _, _ := strings.Cut(text, mark)
		return before, true
	}
}

// strip takes characters out wherever they stand.
func strip(set string) step {
	return func(text string) (string, bool) {
		if !strings.ContainsAny(text, set) {
			return text, true
		}
		return strings.Map(func(c rune) rune {
			if strings.ContainsRune(set, c) {
				return -1
			}
			return c
		}, text), true
	}
}
