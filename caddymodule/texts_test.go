package caddymodule_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
)

// A mistake in a file of texts is told with the file's line and column, and with the
// line of the Caddyfile that names it.
func TestAMistakeInAFileOfTextsNamesItsPlace(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"no JSON":                 {"{\n\t\"de\": {\"accept\" \"Ja\"}\n}", `:2:18: invalid character '"' after object key`},
		"the end is missing":      {"{\n\t\"de\": {", ":2:8: unexpected end of JSON input"},
		"more than an object":     {"{}\n{}", `:2:1: invalid character '{' after top-level value`},
		"no object":               {"[]", ":1:1: want an object of languages"},
		"a language of no object": {`{"de": "Ja"}`, ":1:8: de: want an object of texts"},
		"a text of no text":       {"{\"de\": {\n\"accept\": 1}}", ":2:11: de accept: want a text in quotes"},
		"a text of an object":     {"{\"de\": {\n\"accept\": {}}}", ":2:11: de accept: want a text in quotes"},
		"no language":             {`{"german": {}}`, `:1:2: want a language like en or pt-BR, not "german"`},
		"nearly a language":       {`{"ed": {"accept": "Ja"}}`, `:1:2: want a language like en or pt-BR, not "ed", did you mean "de"?`},
		"an unknown text":         {"{\n\n  \"de\": {\"acept\": \"Ja\"}}", `:3:10: unknown text "acept", did you mean "accept"?`},
		"behind other characters": {"\uFEFF{\"de\": {\"accept\": \"Jäßø\", \"acept\": \"Ja\"}}", `:1:27: unknown text "acept"`},
		"a text given twice":      {"{\"de\": {\"accept\": \"Ja\",\n\"accept\": \"Ja\"}}", ":2:1: de accept is already given at "},
		"a language given twice":  {"{\"pt-BR\": {},\n\"pt-br\": {}}", ":2:1: pt-BR is already given at "},
		"a missing placeholder":   {`{"de": {"vendors": "Anbieter"}}`, `:1:20: de vendors: {count} is missing in "Anbieter"`},
		"a wrong placeholder":     {`{"de": {"accept": "Ja, {host}"}}`, `:1:19: de accept: nothing takes the place of {host} in "Ja, {host}"`},
		"an empty text":           {`{"de": {"accept": " "}}`, ":1:19: de accept: the text is empty"},
		"an unknown category": {`{"de": {"category.social.title": "Netze"}}`,
			`:1:9: the policy has no category "social" (it has essential, statistics) of the text "category.social.title"`},
		"nearly a category": {`{"de": {"category.statistic.title": "Netze"}}`, `:1:9: the policy has no category "statistic" (it has essential, statistics) of the text "category.statistic.title", did you mean "category.statistics.title"?`},
		"an unknown text of a category": {`{"de": {"category.statistics.titel": "Zahlen"}}`,
			`:1:9: unknown text "category.statistics.titel", did you mean "category.statistics.title"?`},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "texts.json")
			if err := os.WriteFile(file, []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := adapt(":8080 {\n\tconsent {\n\t\tcategory essential {\n\t\t\trequired\n\t\t}\n\t\tcategory statistics\n\t\tbanner {\n\t\t\ttexts " + file + "\n\t\t}\n\t}\n}\n")
			if err == nil || !strings.Contains(err.Error(), "banner texts: "+file+test.want) || !strings.HasSuffix(err.Error(), "Caddyfile:8") {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// In JSON the same mistakes are made.
func TestTextsInJSONAreChecked(t *testing.T) {
	for config, want := range map[string]string{
		`{"ed": {}}`:                      `want a language like en or pt-BR, not "ed", did you mean "de"?`,
		`{"de": {"acept": "Ja"}}`:         `banner text: unknown text "acept", did you mean "accept"?`,
		`{"de": {"vendors": "Anbieter"}}`: `banner text de vendors: {count} is missing in "Anbieter"`,
		`{"pt-BR": {"accept": "Sim"}, "pt-br": {"save": "!"}}`: `"pt-BR" is the same language as "pt-br"`,
		`{"de": {"category.maps.title": "Karten"}}`:            `the policy has no category "maps" (it has essential, analytics, performance, advertising, social)`,
	} {
		_, err := provision(t, []byte(`{"banner": {"text": `+config+`}}`))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", config, err, want)
		}
	}
}

// A text given alone goes before that of the file, which goes before what the policy calls
// a category, which goes before what ships. A language begins as the one it is a variety of.
func TestWhichTextIsShown(t *testing.T) {
	file := filepath.Join(t.TempDir(), "texts.json")
	if err := os.WriteFile(file, []byte(`{"de": {"accept": "Datei", "reject": "Datei"}, "de-AT": {"save": "Datei"}, "sv": {"save": "Fil"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, unasked(t), `consent {
		category social {
			title Netzwerke
		}
		banner {
			texts `+file+`
			text de accept Einzeln
			text en category.social.title Networks
			text de page_title "Cookies: {host}"
		}
	}`)
	for _, c := range []struct{ lang, key, want string }{
		{"de", "accept", "Einzeln"},
		{"de", "reject", "Datei"},
		{"de", "close", "Schließen"},
		{"de", "category.social.title", "Netzwerke"},
		{"de-AT", "accept", "Einzeln"},
		{"de-AT", "save", "Datei"},
		{"de-AT", "close", "Schließen"},
		{"sv", "save", "Fil"},
		{"sv", "close", "Close"},
		{"sv", "category.social.title", "Networks"},
		{"fr", "category.social.title", "Netzwerke"},
	} {
		var state struct {
			Lang       string
			Texts      map[string]string
			Categories []struct{ Title string }
		}
		if err := json.Unmarshal([]byte(s.get(t, "/.consent/state?lang="+c.lang).body), &state); err != nil {
			t.Fatal(err)
		}
		got := state.Texts[c.key]
		if c.key == "category.social.title" {
			got = state.Categories[0].Title
		}
		if state.Lang != c.lang || got != c.want {
			t.Errorf("%s %s: %s in %s, want %s", c.lang, c.key, got, state.Lang, c.want)
		}
	}
}

// Caddy's own {http.request.host}, which it makes of {host}, is none of a text's.
func TestAHostInATextIsTheVisitors(t *testing.T) {
	s := serve(t, unasked(t), "consent {\nbanner {\ntext en page_title \"Cookies of {host}\"\n}\n}")
	if a := s.get(t, "/.consent/", "Host: site.test"); !strings.Contains(a.body, "<title>Cookies of site.test</title>") {
		t.Errorf("%.400s", a.body)
	}
}

// The nine languages have the same texts, with the same placeholders.
func TestEveryLanguageHasEveryText(t *testing.T) {
	files, err := filepath.Glob("ui/texts/*.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("%v, %v", files, err)
	}
	keys := map[string][]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for key, text := range texts {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s: %s is empty", file, key)
			}
			if got, want := slices.Sorted(slices.Values(ui.Placeholders(text))), slices.Sorted(slices.Values(ui.PlaceholdersOf(key))); !slices.Equal(got, want) {
				t.Errorf("%s: %s has %v, want %v", file, key, got, want)
			}
			keys[key] = append(keys[key], file)
		}
	}
	for key, in := range keys {
		if len(in) != len(files) {
			slices.Sort(in)
			t.Errorf("%s is in %v alone", key, in)
		}
	}
}
