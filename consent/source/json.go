package source

import (
	"encoding/json"
	"io"
	"strconv"
	"strings"
)

// parseJSON reads a whole text as one JSON value. Numbers stay as written.
func parseJSON(text string) (any, bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var doc any
	if d.Decode(&doc) != nil {
		return nil, false
	}
	_, err := d.Token()
	return doc, err == io.EOF
}

// at follows a path of members and indexes; nil if there is nothing. A text
// on the way that holds JSON is followed into.
func at(doc any, path []string) any {
	for _, name := range path {
		switch node := inner(doc).(type) {
		case map[string]any:
			doc = node[name]
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(node) {
				return nil
			}
			doc = node[n]
		default:
			return nil
		}
	}
	return doc
}

// inner is the structure that a text holds, or doc itself.
func inner(doc any) any {
	text, ok := doc.(string)
	if !ok || !strings.HasPrefix(text, "[") && !strings.HasPrefix(text, "{") {
		return doc
	}
	if parsed, ok := parseJSON(text); ok {
		return parsed
	}
	return doc
}

// textOf is a plain value as text; ok is false for null and for structures.
func textOf(doc any) (text string, ok bool) {
	switch v := doc.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// lists tells whether a list has a member, or a structure a member that counts.
// It is silent if doc is neither.
func (s *Source) lists(doc any, member string) (found answer) {
	switch node := inner(doc).(type) {
	case []any:
		for _, item := range node {
			if text, ok := textOf(item); ok && text == member {
				return granted
			}
		}
		return denied
	case map[string]any:
		if text, ok := textOf(node[member]); ok {
			return s.word(text)
		}
	}
	return silent
}

// present tells whether a value is there, and neither empty nor a plain no.
func present(doc any) bool {
	switch v := doc.(type) {
	case nil:
		return false
	case bool:
		return v
	case json.Number:
		return v != "0"
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}
