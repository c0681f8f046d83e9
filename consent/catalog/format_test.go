package catalog_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// Every file is written in one way, so that a change shows what changed and
// nothing else: fields in the order of doc.go, one pattern or cookie a line.
// Stubs may stand in one line where that is short enough to read.
func TestEachFileIsFormatted(t *testing.T) {
	eachFile(t, func(t *testing.T, category string, vendors []consent.Vendor) {
		got, err := os.ReadFile(category + ".json")
		if err != nil {
			t.Fatal(err)
		}
		blocks := make([]string, len(vendors))
		for i := range vendors {
			blocks[i] = format(t, category, &vendors[i], got)
		}
		want := "[\n" + strings.Join(blocks, ",\n") + "\n]\n"
		wantLines, gotLines := strings.Split(want, "\n"), strings.Split(string(got), "\n")
		for i, line := range gotLines {
			if i >= len(wantLines) || line != wantLines[i] {
				t.Fatalf("%s.json:%d reads\n%s\nwant\n%s", category, i+1, line, strings.Join(wantLines[min(i, len(wantLines)):min(i+1, len(wantLines))], ""))
			}
		}
	})
}

// format is a vendor's block as it should stand in the file.
func format(t *testing.T, category string, v *consent.Vendor, file []byte) string {
	t.Helper()
	var fields []string
	field := func(name, value string) { fields = append(fields, "\t\t\""+name+"\": "+value) }
	text := func(name, value string) {
		if value != "" {
			field(name, asJSON(t, value))
		}
	}
	text("id", v.ID)
	text("name", v.Name)
	text("company", v.Company)
	text("group", v.Group)
	if len(v.Categories) != 1 || v.Categories[0] != category {
		field("categories", inOneLine(t, v.Categories))
	}
	if len(v.URLs) > 0 {
		field("urls", onePerLine(t, v.URLs))
	}
	if len(v.Inline) > 0 {
		field("inline", onePerLine(t, v.Inline))
	}
	if len(v.Cookies) > 0 {
		field("cookies", onePerLine(t, v.Cookies))
	}
	switch line := inOneLine(t, v.Stubs); {
	case len(v.Stubs) == 0:
	case bytes.Contains(file, []byte(line)):
		field("stubs", line)
	default:
		field("stubs", onePerLine(t, v.Stubs))
	}
	text("privacy", v.Privacy)
	if len(v.Sources) > 0 {
		field("sources", inOneLine(t, v.Sources))
	}
	return "\t{\n" + strings.Join(fields, ",\n") + "\n\t}"
}

func inOneLine[T any](t *testing.T, list []T) string {
	t.Helper()
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = asJSON(t, item)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

func onePerLine[T any](t *testing.T, list []T) string {
	t.Helper()
	items := make([]string, len(list))
	for i, item := range list {
		items[i] = "\t\t\t" + asJSON(t, item)
	}
	return "[\n" + strings.Join(items, ",\n") + "\n\t\t]"
}

// asJSON writes a value in one line, with a space behind commas and colons
// that are not in a text.
func asJSON(t *testing.T, value any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\x00")
	if err := enc.Encode(value); err != nil {
		t.Fatal(err)
	}
	out := strings.TrimSpace(b.String())
	out = strings.ReplaceAll(out, ",\n\x00", ", ")
	out = strings.ReplaceAll(out, "{\n\x00", "{")
	return strings.ReplaceAll(out, "\n}", "}")
}
