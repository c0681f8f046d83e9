package consent

import (
	"bytes"
	"strings"
	"unique"

	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// queryTest asks that a query has a parameter of a name whose value matches.
type queryTest struct {
	name  unique.Handle[string]
	value glob
	any   bool // the parameter need only be there
}

// parseQueryTests reads "id=G-*&l=dataLayer".
func parseQueryTests(query string) ([]queryTest, string) {
	var tests []queryTest
	for part := range strings.SplitSeq(query, "&") {
		name, value, has := strings.Cut(part, "=")
		switch {
		case name == "":
			return nil, "URL pattern with an empty query test"
		case strings.Contains(name, "*"):
			return nil, "URL pattern with a star in the name of a query parameter"
		case strings.Contains(value, "?"):
			return nil, "URL pattern with a second question mark"
		}
		// Patterns are copied from URLs, escapes and all. An escaped star is
		// no star.
		parts := strings.Split(value, "*")
		for i, part := range parts {
			parts[i] = string(decodeQuery(nil, []byte(part)))
		}
		name = string(decodeQuery(nil, []byte(name)))
		tests = append(tests, queryTest{name: unique.Make(name), value: globOf(parts), any: !has})
	}
	return tests, ""
}

// passes tells whether the query of f passes a test. The rules of a host ask about the same
// parameter one after the other: where it stands is found once.
func (f *fetch) passes(t *queryTest) bool {
	if !f.seen {
		f.seen, f.encoded = true, isEncoded(f.query)
	}
	if f.encoded {
		return t.matches(f.query, true)
	}
	if f.asked != t.name {
		f.asked, f.times = t.name, 0
		for query := f.query; len(query) > 0; {
			var pair []byte
			pair, query = cut(query, '&')
			if value, is := t.valueIn(pair); is {
				f.value = value
				f.times++
			}
		}
	}
	switch f.times {
	case 0:
		return false
	case 1:
		return t.any || t.value.match(f.value)
	}
	return t.matches(f.query, false)
}

// cut is [bytes.Cut] at one byte, which takes half the time for texts as short as these.
func cut(s []byte, sep byte) (before, after []byte) {
	if i := bytes.IndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, nil
}

// matches looks at every parameter of the name: servers differ in which of
// several counts. encoded says that something in the query may have to be decoded.
func (t *queryTest) matches(query []byte, encoded bool) bool {
	for len(query) > 0 {
		var pair []byte
		pair, query = cut(query, '&')
		switch value, is := t.valueIn(pair); {
		case is && (t.any || !encoded && t.value.match(value) || encoded && t.valued(value)):
			return true
		case encoded && t.matchesEncoded(pair):
			return true
		}
	}
	return false
}

// valueIn is the value of a pair that has the test's name, as it stands.
func (t *queryTest) valueIn(pair []byte) (value []byte, is bool) {
	name := t.name.Value()
	switch n := len(name); {
	case !hasPrefix(pair, name):
		return nil, false
	case len(pair) == n:
		return nil, true
	default:
		return pair[n+1:], pair[n] == '='
	}
}

// matchesEncoded is for a pair whose name may stand there encoded.
func (t *queryTest) matchesEncoded(pair []byte) bool {
	name, value, _ := bytes.Cut(pair, []byte{'='})
	return isEncoded(name) && t.namedEncoded(name) && (t.any || t.valued(value))
}

// valued tells whether a value is what the test wants.
func (t *queryTest) valued(value []byte) bool {
	if !isEncoded(value) {
		return t.value.match(value)
	}
	var scratch [512]byte
	return t.value.match(decodeQuery(scratch[:0], value))
}

func (t *queryTest) namedEncoded(name []byte) bool {
	var scratch [128]byte
	return string(decodeQuery(scratch[:0], name)) == t.name.Value()
}

func isEncoded(s []byte) bool { return bytes.IndexByte(s, '%') >= 0 || bytes.IndexByte(s, '+') >= 0 }

// decodeQuery appends the application/x-www-form-urlencoded meaning of s to
// dst (URL standard §5.1). It returns s itself when there is nothing to
// decode.
func decodeQuery(dst, s []byte) []byte {
	if !isEncoded(s) {
		return s
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			if decoded, ok := percent.At(s[i:]); ok {
				c = decoded
				i += 2
			}
		}
		dst = append(dst, c)
	}
	return dst
}
