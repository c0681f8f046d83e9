package catalog

import (
	"bytes"
	"encoding/json"
	"path"
	"regexp"
	"strings"
)

// Line is the line of a catalog file in which the vendor with this id has a text, like
// one of its patterns; that of the id if word is empty, or not there. It is 1 if there is
// no such vendor.
func Line(data []byte, id, word string) int {
	block := regexp.MustCompile(`"id"\s*:\s*` + regexp.QuoteMeta(quoted(id))).FindIndex(data)
	if block == nil {
		return 1
	}
	at, rest := block[0], data[block[1]:]
	if next := regexp.MustCompile(`"id"\s*:`).FindIndex(rest); next != nil {
		rest = rest[:next[0]]
	}
	if i := bytes.Index(rest, []byte(quoted(word))); word != "" && i >= 0 {
		at = block[1] + i
	}
	return 1 + bytes.Count(data[:at], []byte{'\n'})
}

// quoted is text as a JSON string, in the form that people write.
func quoted(text string) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // a string is always encoded
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// Find tells in which built-in file, and in which line of it, a vendor has a text: see
// Line. ok is false if there is no such vendor.
func Find(id, word string) (file string, line int, ok bool) {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	for _, v := range Vendors() {
		ok = ok || v.ID == id
	}
	for _, entry := range entries {
		data, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		if ok && bytes.Contains(data, []byte(`"id": `+quoted(id))) {
			return path.Join("consent/catalog", entry.Name()), Line(data, id, word), true
		}
	}
	return "", 0, false
}
